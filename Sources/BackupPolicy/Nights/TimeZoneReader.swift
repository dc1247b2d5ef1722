/// The counts in front of a TZif data block (RFC 9636, section 3.1).
struct TimeZoneHeader {
  var version: Int
  var universalCount: Int
  var standardCount: Int
  var leapCount: Int
  var timeCount: Int
  var typeCount: Int
  var nameByteCount: Int

  /// The length of the block that follows, with times of 4 or 8 bytes.
  func byteCount(timeByteCount: Int) -> Int {
    timeCount * (timeByteCount + 1) + typeCount * 6 + nameByteCount
      + leapCount * (timeByteCount + 4) + standardCount + universalCount
  }
}

/// Reads a TZif file from front to back and never past its end.
struct TimeZoneReader {
  let bytes: [UInt8]
  var offset = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func skip(_ byteCount: Int) throws(TimeZoneDataError) {
    guard byteCount <= bytes.count - offset else { throw .truncated }
    offset += byteCount
  }

  private mutating func integer(byteCount: Int) throws(TimeZoneDataError) -> UInt64 {
    guard byteCount <= bytes.count - offset else { throw .truncated }
    var value: UInt64 = 0
    for byte in bytes[offset..<(offset + byteCount)] { value = value << 8 | UInt64(byte) }
    offset += byteCount
    return value
  }

  mutating func header() throws(TimeZoneDataError) -> TimeZoneHeader {
    guard bytes.count - offset >= 44 else {
      throw offset == 0 ? .notTimeZoneData : .truncated
    }
    guard bytes[offset..<(offset + 4)].elementsEqual([0x54, 0x5a, 0x69, 0x66]) else {
      throw .notTimeZoneData
    }
    let version: Int
    switch bytes[offset + 4] {
    case 0: version = 1
    case 0x32...0x34: version = Int(bytes[offset + 4] - 0x30)
    default: throw .notTimeZoneData
    }
    offset += 20
    var counts: [Int] = []
    for _ in 0..<6 {
      let count = Int(try integer(byteCount: 4))
      // No count can exceed the file, and then no product below can overflow.
      guard count <= TimeZoneData.byteCountMax else { throw .malformed(at: offset - 4) }
      counts.append(count)
    }
    guard (1...256).contains(counts[4]), counts[5] >= 1,
      counts[0] == 0 || counts[0] == counts[4], counts[1] == 0 || counts[1] == counts[4]
    else { throw .malformed(at: offset) }
    return TimeZoneHeader(
      version: version, universalCount: counts[0], standardCount: counts[1], leapCount: counts[2],
      timeCount: counts[3], typeCount: counts[4], nameByteCount: counts[5])
  }

  mutating func block(
    _ header: TimeZoneHeader, timeByteCount: Int
  ) throws(TimeZoneDataError) -> ([Int64], [UInt8], [LocalOffset]) {
    guard header.byteCount(timeByteCount: timeByteCount) <= bytes.count - offset else {
      throw .truncated
    }
    var times: [Int64] = []
    times.reserveCapacity(header.timeCount)
    for _ in 0..<header.timeCount {
      let raw = try integer(byteCount: timeByteCount)
      let time =
        timeByteCount == 8
        ? Int64(bitPattern: raw) : Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: raw)))
      if let last = times.last, last >= time { throw .malformed(at: offset - timeByteCount) }
      times.append(time)
    }
    let indexes = Array(bytes[offset..<(offset + header.timeCount)])
    guard indexes.allSatisfy({ Int($0) < header.typeCount }) else { throw .malformed(at: offset) }
    offset += header.timeCount
    let names = bytes[(offset + header.typeCount * 6)...].prefix(header.nameByteCount)
    var types: [LocalOffset] = []
    for _ in 0..<header.typeCount {
      let raw = try integer(byteCount: 4)
      let seconds = Int(Int32(bitPattern: UInt32(truncatingIfNeeded: raw)))
      let daylight = try integer(byteCount: 1)
      let nameOffset = Int(try integer(byteCount: 1))
      // RFC 9636 recommends offsets above -25 h and below +26 h; more would break day arithmetic.
      guard (-89_999...93_599).contains(seconds), daylight <= 1, nameOffset < names.count
      else { throw .malformed(at: offset - 6) }
      let name = names.dropFirst(nameOffset).prefix { $0 != 0 }
      guard name.endIndex < names.endIndex else { throw .malformed(at: offset - 1) }
      types.append(
        LocalOffset(
          seconds: seconds, isDaylightSaving: daylight == 1,
          abbreviation: String(decoding: name, as: UTF8.self)))
    }
    try skip(
      header.nameByteCount + header.leapCount * (timeByteCount + 4)
        + header.standardCount + header.universalCount)
    return (times, indexes, types)
  }

  /// The text between the two newlines that end the file.
  mutating func footer() throws(TimeZoneDataError) -> [UInt8] {
    let rest = bytes[offset...]
    guard rest.count >= 2 else { throw .truncated }
    guard rest.first == 0x0a, rest.last == 0x0a else { throw .malformed(at: offset) }
    return Array(rest.dropFirst().dropLast())
  }
}
