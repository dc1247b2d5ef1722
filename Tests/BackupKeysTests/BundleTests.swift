import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupTestSupport
import Testing

@Suite("Bundles")
struct BundleTests {
  private static let repository = RepositoryID(Digest(hashing: [1]))

  private static func content(_ byteCount: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: UInt64(byteCount))
    return generator.bytes(byteCount)
  }

  @Test("Bundles follow their vectors", arguments: FormatVector.load("bundle"))
  func vectors(_ vector: FormatVector) throws {
    func read() throws -> [UInt8] {
      guard vector.has("hex") else {
        return try BundleContent(decoding: vector.bytes("content")).encode()
      }
      let opener: Bundle.Opener =
        vector.has("passphrase")
        ? .passphrase(vector.bytes("passphrase"))
        : .key(try KeyPair(seed: try SecretKey(copying: vector.bytes("seed").span)))
      let repository = try #require(RepositoryID(vector.bytes("repository")))
      return try Bundle.open(vector.bytes("hex"), with: opener, repository: repository)
    }
    guard vector.isAccepted else {
      #expect(throws: (any Error).self) { try read() }
      return
    }
    #expect(try read() == vector.bytes("content"))
    #expect(
      try BundleContent(decoding: vector.bytes("content")).encode() == vector.bytes("content"))
  }

  @Test(
    "A content of any length comes back, and for nobody else",
    arguments: [1, 1 << 20 - 1, 1 << 20, 1 << 20 + 1, 3 << 20])
  func lengths(_ byteCount: Int) throws {
    let content = Self.content(byteCount)
    let (pair, other) = (try KeyPair.random(), try KeyPair.random())
    let bundle = try Bundle.seal(
      content, to: .key(pair.publicKey), repository: Self.repository)
    #expect(bundle.count <= Bundle.byteCountMax)
    #expect(
      try Bundle.open(bundle, with: .key(pair), repository: Self.repository) == content)
    #expect(try Bundle.header(of: bundle).recipient == pair.keyID)
    for opener in [Bundle.Opener.key(other), .passphrase([1])] {
      #expect(throws: BundleError.wrongOpener) {
        try Bundle.open(bundle, with: opener, repository: Self.repository)
      }
    }
    #expect(throws: BundleError.otherRepository) {
      try Bundle.open(
        bundle, with: .key(pair), repository: RepositoryID(Digest(hashing: [2])))
    }
  }

  @Test("No byte can be changed, and no piece cut off, swapped or doubled")
  func changes() throws {
    let pair = try KeyPair.random()
    let bundle = try Bundle.seal(
      Self.content(2 << 20), to: .key(pair.publicKey), repository: Self.repository)
    let piece = 1 << 20 + 40
    let front = bundle.count - 2 * piece
    for at in Array(stride(from: 0, to: front, by: 17))
      + Array(stride(from: front, to: bundle.count, by: 499_979))
    {
      var changed = bundle
      changed[at] ^= 0x10
      #expect(throws: BundleError.self, "byte \(at)") {
        try Bundle.open(changed, with: .key(pair), repository: Self.repository)
      }
    }
    let (head, first, second) = (
      bundle[..<front], bundle[front..<front + piece], bundle[(front + piece)...]
    )
    for changed in [
      head + second + first, head + first, head + second, head + first + first + second,
    ] {
      #expect(throws: BundleError.changed) {
        try Bundle.open([UInt8](changed), with: .key(pair), repository: Self.repository)
      }
    }
    for count in [0, 7, 40, front - 1, front, front + 39, bundle.count - 1] {
      #expect(throws: BundleError.self, "cut to \(count)") {
        try Bundle.open(
          [UInt8](bundle[..<count]), with: .key(pair), repository: Self.repository)
      }
    }
  }

  @Test("A passphrase opens what was made under it")
  func passphrase() throws {
    let words = [UInt8]("correct horse battery".utf8)
    let bundle = try Bundle.seal(
      [1, 2, 3], to: .passphrase(words), repository: Self.repository)
    #expect(
      try Bundle.open(bundle, with: .passphrase(words), repository: Self.repository) == [1, 2, 3])
    #expect(throws: BundleError.wrongOpener) {
      try Bundle.open(bundle, with: .passphrase(words + [1]), repository: Self.repository)
    }
    #expect(try Bundle.header(of: bundle).recipient == nil)
  }

  @Test("A passphrase with a NUL byte is refused: at its end it would be the same as without")
  func nulPassphrase() throws {
    let words = [UInt8]("correct horse battery".utf8)
    let bundle = try Bundle.seal([1], to: .passphrase(words), repository: Self.repository)
    for padded in [words + [0], [0] + words] {
      #expect(throws: BundleError.badPassphrase) {
        try Bundle.seal([1], to: .passphrase(padded), repository: Self.repository)
      }
      #expect(throws: BundleError.badPassphrase) {
        try Bundle.open(bundle, with: .passphrase(padded), repository: Self.repository)
      }
    }
  }

  @Test("The same files give the same content, whatever their order")
  func order() throws {
    let files: [String: [UInt8]] = ["b/c": [1], "a": [], "b/a": [2, 3]]
    let content = try BundleContent(files)
    #expect(content.files.map(\.name) == ["a", "b/a", "b/c"])
    #expect(try BundleContent(decoding: content.encode()) == content)
    #expect(throws: FormatError.self) { try BundleContent([:]) }
    #expect(throws: FormatError.self) {
      try BundleContent(["a": [UInt8](repeating: 0, count: Limits.bundleFileByteCount + 1)])
    }
  }
}
