import BackupCrypto
import BackupFormat
import BackupLog
import BackupPolicy
import BackupSystem

/// What a machine notes for itself in the state folder, as canonical JSON; lost notes make fields
/// unmeasured, and nothing else.
private enum Notes {
  private static let byteCountMax = 1 << 20

  static func path(_ name: String, _ policy: PolicyFile) -> [UInt8] {
    [UInt8]((policy.statePath + "/" + name).utf8)
  }

  static func read(_ path: [UInt8]) -> [String: CanonicalJSON] {
    guard let bytes = try? SecureFile.readWhole(path, limitByteCount: byteCountMax),
      let notes = try? CanonicalJSON(decoding: bytes)
    else { return [:] }
    return notes.object ?? [:]
  }

  static func write(_ notes: [String: CanonicalJSON], _ path: [UInt8]) {
    // As said above: what can't be noted is not measured.
    try? SecureFile.replaceDurably(path, CanonicalJSON.object(notes).encode().span)
  }
}

/// How many files each data set had in the last nights.
struct FileCounts {
  private static let nightCount = 7
  private let path: [UInt8]

  init(_ policy: PolicyFile) { path = Notes.path("file-counts", policy) }

  private static func counts(_ value: CanonicalJSON?) -> [(day: Int, files: Int)] {
    (value?.array ?? []).compactMap { pair in
      guard let numbers = pair.array?.compactMap(\.integer), numbers.count == 2 else { return nil }
      return (Int(numbers[0]), Int(numbers[1]))
    }
  }

  /// The median of the seven nights before a night; of an even number the lower of the two in the
  /// middle.
  func median(of set: SetID, before night: BackupLog.Night) -> Int? {
    let earlier = Self.counts(Notes.read(path)[set.hex]).filter { $0.day < night.dayNumber }
      .sorted { $0.day < $1.day }.suffix(Self.nightCount).map(\.files).sorted()
    return earlier.isEmpty ? nil : earlier[(earlier.count - 1) / 2]
  }

  /// Notes the counts of a night, once for each set.
  func note(_ counts: [(SetID, Int)], of night: BackupLog.Night) {
    var notes = Notes.read(path)
    for (set, files) in counts {
      let kept = Self.counts(notes[set.hex]).filter { $0.day != night.dayNumber }
        .sorted { $0.day < $1.day }.suffix(Self.nightCount)
      notes[set.hex] = .array(
        (kept + [(night.dayNumber, files)]).map {
          .array([.integer(Int64($0.0)), .integer(Int64($0.1))])
        })
    }
    Notes.write(notes, path)
  }
}

/// Of which snapshot the newest copy at each location of the policy is.
struct CopyNotes {
  private let path: [UInt8]

  init(_ policy: PolicyFile) { path = Notes.path("copies", policy) }

  /// When reading the newest live snapshot of a log began, in seconds since 1970.
  private static func newest(_ log: LogState) -> Int64? {
    log.liveSnapshots.map(\.taken.readStart).max()
  }

  /// Notes that a location has all that a log speaks of.
  func note(_ location: String, _ log: LogState) {
    guard let newest = Self.newest(log) else { return }
    var notes = Notes.read(path)
    notes[location] = .integer(newest)
    Notes.write(notes, path)
  }

  /// By how many seconds the newest snapshot of each location lies behind the newest of the log, by the
  /// location's place in the policy; nil if no copy to a location was ever noted.
  func lags(_ policy: Policy, _ log: LogState) -> [Int: Int64]? {
    guard let newest = Self.newest(log) else { return nil }
    let notes = Notes.read(path)
    var lags: [Int: Int64] = [:]
    for (place, location) in policy.locations.enumerated() {
      guard let copied = notes[location.name]?.integer else { continue }
      lags[place] = max(0, newest - copied)
    }
    return lags.isEmpty ? nil : lags
  }
}

/// The names of data sets that the owner destroyed: once their keys are gone, nobody else knows which
/// data set of the policy was which.
struct DestroyedNames {
  private let path: [UInt8]

  init(_ policy: PolicyFile) { path = Notes.path("destroyed-sets", policy) }

  /// The set that had a name.
  func set(named name: String) -> SetID? {
    Notes.read(path)[name]?.string.flatMap { SetID(hex: $0) }
  }

  /// Notes the name of a set.
  func note(_ name: String, _ set: SetID) {
    var notes = Notes.read(path)
    guard notes[name]?.string != set.hex else { return }
    notes[name] = .string(set.hex)
    Notes.write(notes, path)
  }
}

/// The wall clock beside the clock that nobody sets, at the last record.
struct ClockNotes {
  private let path: [UInt8]
  private let boot: String?
  private let wall: Int64
  private let elapsed: Int64

  /// Reads both clocks.
  init(_ policy: PolicyFile) {
    path = Notes.path("clock", policy)
    boot = SystemClock.bootID().map { String(decoding: $0, as: UTF8.self) }
    let now = SystemClock.now()
    wall = now.seconds * 1_000 + Int64(now.nanoseconds / 1_000_000)
    elapsed = Int64(clamping: SystemClock.bootNanoseconds() / 1_000_000)
  }

  /// By how many whole seconds the wall clock went on more than time did since the last record; below 0
  /// if it was put back; nil if the machine was started since, for then nobody knows.
  ///
  /// A time service that lets the clock run faster or slower for a while does so with both.
  var stepSeconds: Int64? {
    let notes = Notes.read(path)
    guard let boot, notes["boot"]?.string == boot, let oldWall = notes["wall"]?.integer,
      let oldElapsed = notes["elapsed"]?.integer, oldElapsed <= elapsed
    else { return nil }
    return Int64((Double(wall - oldWall - (elapsed - oldElapsed)) / 1_000).rounded())
  }

  /// Notes them for the next record.
  func note() {
    guard let boot else { return }
    Notes.write(
      ["boot": .string(boot), "elapsed": .integer(elapsed), "wall": .integer(wall)], path)
  }
}

/// The SHA-256 of the program that runs, which is hashed again when the file is another.
enum ToolBuild {
  static func digest(_ policy: PolicyFile) -> Digest? {
    let path = Notes.path("tool-build", policy)
    guard let file = try? Descriptor.open(at: nil, [UInt8]("/proc/self/exe".utf8), [.readOnly]),
      let status = try? FileStatus.read(of: file)
    else { return nil }
    // Nobody can set a change time.
    let identity = [
      "\(status.device)", "\(status.inode)", "\(status.byteCount)", "\(status.changeTime.seconds)",
      "\(status.changeTime.nanoseconds)",
    ].joined(separator: " ")
    let notes = Notes.read(path)
    if notes["identity"]?.string == identity,
      let known = notes["sha256"]?.string.flatMap({ Digest(hex: $0) })
    {
      return known
    }
    guard let digest = try? hash(file) else { return nil }
    Notes.write(["identity": .string(identity), "sha256": .string(digest.hex)], path)
    return digest
  }

  private static func hash(_ file: Descriptor) throws -> Digest? {
    let hasher = SHA256Hasher()
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    var offset: UInt64 = 0
    while true {
      var span = piece.mutableSpan
      let count = try file.readFully(at: offset, into: &span)
      if count == 0 { break }
      hasher.update(piece.span.extracting(0..<count))
      offset += UInt64(count)
    }
    return Digest(hasher.finish())
  }
}
