import BackupCompression
import BackupCrypto
import BackupFormat
import BackupObjects
import BackupTestSupport
import Testing

@Suite("Sealing and opening blocks")
struct BlockTests {
  /// What a block holds.
  enum Content: CaseIterable {
    case text, noise, zeros

    func bytes(_ count: Int) -> [UInt8] {
      switch self {
      case .text:
        let line = [UInt8]("All of this was here last night, and some of it is new. ".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count + line.count)
        while bytes.count < count { bytes.append(contentsOf: line) }
        bytes.removeLast(bytes.count - count)
        return bytes
      case .noise:
        guard let noise = try? RandomBytes.make(count: count) else { return [] }
        return noise
      case .zeros: return [UInt8](repeating: 0, count: count)
      }
    }
  }

  static let choices: [CompressionChoice] = [.zstd(level: 3), .zlib(level: 6)]

  @Test(
    "What was sealed opens", arguments: [1, 5, 4_095, 1 << 20, 4 << 20],
    choices)
  func roundTrip(_ count: Int, _ choice: CompressionChoice) throws {
    let fixture = try Fixture()
    let key = try fixture.runKey()
    var sealer = try BlockSealer(key: key, repository: fixture.repository, compression: choice)
    var opener = try BlockOpener(repository: fixture.repository, set: fixture.set)
    var sealed: [UInt8] = []
    var opened: [UInt8] = []
    for (i, content) in Content.allCases.enumerated() {
      let raw = content.bytes(count)
      var buffer = [UInt8](repeating: 0xee, count: BlockSealer.frontByteCount) + raw
      let kind: ObjectKind = i == 1 ? .cataloguePage : .dataBlock
      let number = i == 2 ? UInt32.max - 1 : UInt32(i)
      let byteCount = try sealer.seal(
        &buffer, rawByteCount: count, kind: kind, number: number, into: &sealed)
      #expect(byteCount <= count + Limits.blockOverheadByteCount)
      #expect(sealer.digest == SHA256.hash([UInt8](sealed[0..<byteCount])))
      #expect([UInt8](buffer[BlockSealer.frontByteCount...]) == raw)
      if count >= 4_095 {
        #expect((byteCount < count / 2) == (content != .noise))
        if content == .noise { #expect(byteCount == count + Limits.blockOverheadByteCount) }
      }
      let rawByteCount = try opener.open(
        sealed.span.extracting(0..<byteCount), key: key.contentKey, kind: kind,
        address: BlockAddress(run: fixture.run, number: number), into: &opened)
      #expect(rawByteCount == count)
      #expect([UInt8](opened[0..<rawByteCount]) == raw)
    }
  }

  /// Noise in which each 4 KiB begin with 245 zeros: some 240 of 4,096 bytes are gained, less than a sixteenth.
  @Test("What gains a 64th is compressed", arguments: choices)
  func smallGain(_ choice: CompressionChoice) throws {
    let fixture = try Fixture()
    var sealer = try BlockSealer(
      key: try fixture.runKey(), repository: fixture.repository, compression: choice)
    let count = 1 << 20
    var raw = Content.noise.bytes(count)
    for start in stride(from: 0, to: count, by: 4_096) {
      for i in 0..<245 { raw[start + i] = 0 }
    }
    var buffer = [UInt8](repeating: 0, count: BlockSealer.frontByteCount) + raw
    var sealed: [UInt8] = []
    let byteCount = try sealer.seal(
      &buffer, rawByteCount: count, kind: .dataBlock, number: 0, into: &sealed)
    #expect(byteCount < count - count / 64 && byteCount > count - count / 16)
  }

  @Test("Nonces differ from block to block")
  func nonces() throws {
    let fixture = try Fixture()
    var sealer = try BlockSealer(
      key: try fixture.runKey(), repository: fixture.repository, compression: .zstd(level: 1))
    var seen: Set<[UInt8]> = []
    var sealed: [UInt8] = []
    for _ in 0..<50 {
      var buffer = [UInt8](repeating: 0, count: 6)
      _ = try sealer.seal(&buffer, rawByteCount: 1, kind: .dataBlock, number: 0, into: &sealed)
      #expect(seen.insert([UInt8](sealed[0..<24])).inserted)
    }
  }

  /// A sealed block of the run of `fixture`, number 7.
  private static func sealed(
    _ raw: [UInt8], _ key: RunKey, _ fixture: Fixture, _ choice: CompressionChoice = .zstd(level: 3)
  ) throws -> [UInt8] {
    var sealer = try BlockSealer(key: key, repository: fixture.repository, compression: choice)
    var buffer = [UInt8](repeating: 0, count: BlockSealer.frontByteCount) + raw
    var output: [UInt8] = []
    let byteCount = try sealer.seal(
      &buffer, rawByteCount: raw.count, kind: .dataBlock, number: 7, into: &output)
    return [UInt8](output[0..<byteCount])
  }

  private static func open(
    _ sealed: [UInt8], _ key: SecretKey, repository: RepositoryID, set: SetID, run: RunID,
    number: UInt32 = 7, kind: ObjectKind = .dataBlock
  ) throws -> [UInt8] {
    var opener = try BlockOpener(repository: repository, set: set)
    var raw: [UInt8] = []
    let count = try opener.open(
      sealed.span, key: key, kind: kind, address: BlockAddress(run: run, number: number), into: &raw
    )
    return [UInt8](raw[0..<count])
  }

  @Test("A block opens in its place only")
  func otherPlaces() throws {
    let fixture = try Fixture()
    let other = try Fixture(100)
    let key = try fixture.runKey()
    let raw = Content.text.bytes(300)
    let sealed = try Self.sealed(raw, key, fixture)
    let (repository, set, run) = (fixture.repository, fixture.set, fixture.run)
    let right = key.contentKey
    #expect(
      try Self.open(sealed, right, repository: repository, set: set, run: run) == raw)
    let refused = ObjectError.authenticationFailed
    #expect(throws: refused) {
      try Self.open(
        sealed, try fixture.runKey().contentKey, repository: repository, set: set, run: run)
    }
    #expect(throws: refused) {
      try Self.open(sealed, right, repository: other.repository, set: set, run: run)
    }
    #expect(throws: refused) {
      try Self.open(sealed, right, repository: repository, set: other.set, run: run)
    }
    #expect(throws: refused) {
      try Self.open(sealed, right, repository: repository, set: set, run: other.run)
    }
    for number: UInt32 in [0, 6, 8, 7 + 256, .max] {
      #expect(throws: refused) {
        try Self.open(sealed, right, repository: repository, set: set, run: run, number: number)
      }
    }
    for kind in ObjectKind.allCases where kind != .dataBlock {
      #expect(throws: refused) {
        try Self.open(sealed, right, repository: repository, set: set, run: run, kind: kind)
      }
    }
  }

  @Test("An opener may change run, kind and number, and go on after a refusal")
  func reuse() throws {
    let fixture = try Fixture()
    let runs = try [fixture.run, RunID.repeating(77)]
    let keys = try runs.map { try fixture.runKey($0) }
    var opener = try BlockOpener(repository: fixture.repository, set: fixture.set)
    var raw: [UInt8] = []
    for round in 0..<6 {
      let which = round % 2
      let content = [UInt8](repeating: UInt8(round), count: 3_000 - round * 400)
      let sealed = try Self.sealed(content, keys[which], fixture)
      let address = BlockAddress(run: runs[which], number: 7)
      let wrong = BlockAddress(run: runs[1 - which], number: 7)
      #expect(throws: ObjectError.authenticationFailed) {
        _ = try opener.open(
          sealed.span, key: keys[which].contentKey, kind: .dataBlock, address: wrong, into: &raw)
      }
      let count = try opener.open(
        sealed.span, key: keys[which].contentKey, kind: .dataBlock, address: address, into: &raw)
      #expect([UInt8](raw[0..<count]) == content)
    }
  }

  @Test("A flipped bit, a missing byte or one more is refused", arguments: choices)
  func damage(_ choice: CompressionChoice) throws {
    let fixture = try Fixture()
    let key = try fixture.runKey()
    for content in [Content.text, .noise] {
      let sealed = try Self.sealed(content.bytes(1_500), key, fixture, choice)
      func refuses(_ bytes: [UInt8]) {
        #expect(throws: ObjectError.self) {
          try Self.open(
            bytes, key.contentKey, repository: fixture.repository, set: fixture.set,
            run: fixture.run)
        }
      }
      for bit in stride(from: 0, to: sealed.count * 8, by: 37) {
        var flipped = sealed
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        refuses(flipped)
      }
      for count in stride(from: 0, to: sealed.count, by: 13) { refuses([UInt8](sealed[0..<count])) }
      refuses([UInt8](sealed.dropLast()))
      refuses([UInt8](sealed.dropFirst()))
      refuses(sealed + [0])
      refuses([])
    }
  }

  /// A sealed block with a plaintext of one's own.
  private static func forged(
    _ codec: UInt8, _ rawByteCount: Int, _ payload: [UInt8], _ key: RunKey, _ fixture: Fixture
  ) throws -> [UInt8] {
    let front = [codec] + (0..<4).map { UInt8(truncatingIfNeeded: rawByteCount >> (8 * $0)) }
    let data = AssociatedData(
      .dataBlock, repository: fixture.repository, set: fixture.set, run: fixture.run, number: 7)
    return try XAES256GCM.seal(front + payload, key: key.contentKey, binding: data.bytes)
  }

  private static func compressed(_ raw: [UInt8], _ choice: CompressionChoice) throws -> [UInt8] {
    var output = [UInt8](repeating: 0, count: raw.count + 1_000)
    var span = output.mutableSpan
    let count: Int?
    switch choice {
    case .zstd(let level):
      count = try ZstdCompressor(level: level).compress(raw.span, into: &span)
    case .zlib(let level):
      count = try ZlibCompressor(level: level).compress(raw.span, into: &span)
    }
    return [UInt8](output[0..<(count ?? 0)])
  }

  @Test("A payload that yields another length than it says is refused", arguments: choices)
  func bombs(_ choice: CompressionChoice) throws {
    let fixture = try Fixture()
    let key = try fixture.runKey()
    let codec: UInt8 = choice == .zstd(level: 3) ? 2 : 1
    func open(_ rawByteCount: Int, _ payload: [UInt8]) throws -> Int {
      try Self.open(
        try Self.forged(codec, rawByteCount, payload, key, fixture), key.contentKey,
        repository: fixture.repository, set: fixture.set, run: fixture.run
      ).count
    }
    let small = try Self.compressed(Content.zeros.bytes(100_000), choice)
    #expect(try open(100_000, small) == 100_000)
    for lie in [1, 99_999, 100_001, 4 << 20] {
      #expect(throws: ObjectError.badCompression, "\(lie)") { try open(lie, small) }
    }
    for lie in [0, (4 << 20) + 1, Int(UInt32.max)] {
      #expect(throws: ObjectError.malformed(.outOfRange(.size)), "\(lie)") { try open(lie, small) }
    }
    // Eight mebibytes that say they are four.
    let large = try Self.compressed(Content.zeros.bytes(8 << 20), choice)
    #expect(large.count < 20_000)
    #expect(throws: ObjectError.badCompression) { try open(4 << 20, large) }
    #expect(throws: ObjectError.badCompression) { try open(100_000, small + small) }
    #expect(throws: ObjectError.badCompression) { try open(100_000, small + [0]) }
    #expect(throws: ObjectError.badCompression) { try open(100_000, [UInt8](small.dropLast())) }
    #expect(throws: ObjectError.badCompression) { try open(5, [1, 2, 3, 4, 5]) }
    #expect(throws: ObjectError.malformed(.outOfRange(.size))) { try open(5, []) }
  }

  @Test("A zstd frame that is skipped, or stands beside another, is refused")
  func zstdFrames() throws {
    let fixture = try Fixture()
    let key = try fixture.runKey()
    let frame = try Self.compressed(Content.zeros.bytes(1_000), .zstd(level: 3))
    let skipped: [UInt8] = [0x50, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 0]
    for payload in [skipped + frame, frame + skipped, skipped] {
      #expect(throws: ObjectError.badCompression) {
        try Self.open(
          try Self.forged(2, 1_000, payload, key, fixture), key.contentKey,
          repository: fixture.repository, set: fixture.set, run: fixture.run)
      }
    }
  }
}
