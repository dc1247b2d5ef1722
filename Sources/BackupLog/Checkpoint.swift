internal import BackupCrypto
public import BackupFormat

/// The head of a log as a C2SP signed note (`c2sp.org/signed-note`, `c2sp.org/tlog-checkpoint`).
public struct Checkpoint: Hashable, Sendable {
  /// The most bytes a checkpoint has.
  public static let byteCountMax = 65_536

  /// What the log is called.
  public let origin: String
  /// The size and the root.
  public let head: LogHead
  /// The signature lines, in order.
  public internal(set) var signatures: [NoteSignature]

  /// Makes a checkpoint without signatures; nil if the origin is empty or can't stand in a note.
  public init?(origin: String, head: LogHead) {
    guard !origin.isEmpty, Self.isText(origin) else { return nil }
    self.origin = origin
    self.head = head
    signatures = []
  }

  /// The origin of a repository's log: `nightsafe/<repository id>`.
  public static func origin(of repository: RepositoryID) -> String {
    "nightsafe/\(repository.hex)"
  }

  /// The name under which a key signs: `nightsafe/<key id>`.
  public static func keyName(of key: KeyID) -> String { "nightsafe/\(key.hex)" }

  /// What is signed: origin, size and base64 root, each with its line end.
  public var body: [UInt8] {
    [UInt8]("\(origin)\n\(head.size)\n\(Base64.encode(head.root.bytes))\n".utf8)
  }

  /// The whole note.
  public var bytes: [UInt8] {
    body + [0x0a] + signatures.flatMap { [UInt8]($0.line.utf8) }
  }

  /// Reads a note with a body of exactly three lines and 1 to 64 signatures.
  public init(parsing bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.byteCountMax else { throw .limitExceeded(.text) }
    guard let text = String(validating: bytes, as: UTF8.self), text.utf8.last == 0x0a else {
      throw .notCanonical(at: bytes.count)
    }
    let lines = bytes.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    guard 5...68 ~= lines.count, lines[3].isEmpty, lines.allSatisfy(Self.isText),
      let size = Int(lines[1]), size >= 0, String(size) == lines[1],
      let root = Base64.decode(lines[2]).flatMap({ Digest($0) }),
      let checkpoint = Checkpoint(
        origin: lines[0], head: LogHead(size: size, root: root))
    else { throw .notCanonical(at: 0) }
    self = checkpoint
    for line in lines.dropFirst(4) {
      guard let signature = NoteSignature(line: line) else { throw .notCanonical(at: 0) }
      signatures.append(signature)
    }
    guard self.bytes == bytes else { throw .notCanonical(at: 0) }
  }

  /// Whether `text` holds no control characters.
  private static func isText(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
  }
}

/// A signature line of a note: `— <name> base64(key hash ‖ signature)`.
public struct NoteSignature: Hashable, Sendable {
  /// The name of the key.
  public let name: String
  /// The first four bytes of SHA-256(name ‖ 0x0a ‖ type ‖ public key).
  public let keyHash: [UInt8]
  /// The signature in the form of its type.
  public let signature: [UInt8]

  init(name: String, keyHash: [UInt8], signature: [UInt8]) {
    self.name = name
    self.keyHash = keyHash
    self.signature = signature
  }

  init?(line: String) {
    let parts = line.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == "—", Self.isName(String(parts[1])),
      let blob = Base64.decode(String(parts[2])), blob.count > 4
    else { return nil }
    self.init(
      name: String(parts[1]), keyHash: [UInt8](blob[0..<4]), signature: [UInt8](blob[4...]))
  }

  var line: String { "— \(name) \(Base64.encode(keyHash + signature))\n" }

  static func isName(_ name: String) -> Bool {
    !name.isEmpty && !name.contains("+") && !name.contains { $0.isWhitespace }
  }

  static func keyHash(name: String, type: UInt8, ed25519: [UInt8]) -> [UInt8] {
    [UInt8](SHA256.hash([UInt8](name.utf8) + [0x0a, type] + ed25519)[0..<4])
  }
}
