public import BackupFormat

extension Predicate {
  /// A bundle was made for somebody outside (`Docs/format.md`, section 11.2).
  public struct Disclosed: Hashable, Sendable, FieldCoded {
    /// The SHA-256 of the whole file.
    public var bundle: Digest
    /// The size of the log that lies in it.
    public var logSize: Int
    /// The first night that it tells of.
    public var first: Night
    /// The last one.
    public var last: Night
    /// Which editions lie open in it, sorted.
    public var editions: [DisclosedEdition]
    /// Whose key opens it; nil where a passphrase does.
    public var recipient: KeyID?

    /// Makes the predicate of its fields.
    public init(
      bundle: Digest, logSize: Int, first: Night, last: Night, editions: [DisclosedEdition],
      recipient: KeyID?
    ) {
      self.bundle = bundle
      self.logSize = logSize
      self.first = first
      self.last = last
      self.editions = editions
      self.recipient = recipient
    }

    /// What stands where nobody's key opens it.
    private static let nobody = [UInt8](repeating: 0, count: KeyID.byteCount)

    init(fields f: inout FieldReader) throws(FormatError) {
      bundle = try f.id("bundle")
      logSize = try f.count("size")
      first = try f.night("first")
      last = try f.night("last")
      editions = try f.sortedChoices("editions")
      let key: KeyID = try f.id("recipient")
      recipient = key.bytes == Self.nobody ? nil : key
      guard first <= last else { throw .outOfRange(.predicate) }
    }

    var fields: [String: CanonicalJSON] {
      [
        "bundle": .id(bundle),
        "size": .count(logSize),
        "first": .string(first.description),
        "last": .string(last.description),
        "editions": .list(editions) { .choice($0) },
        "recipient": .string(recipient?.hex ?? Hex.encode(Self.nobody)),
      ]
    }
  }

  /// An edition that lies open in a bundle.
  public enum DisclosedEdition: String, Hashable, Comparable, CaseIterable, Sendable {
    /// For the system administrator.
    case administrator
    /// For those who may open the backups.
    case confidential
    /// For everyone.
    case `public`

    /// By name.
    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  }
}
