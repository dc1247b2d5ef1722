public import BackupFormat

/// A time as a machine saw it; the clock is a value handed in.
public struct LogTime: Hashable, Sendable {
  /// Seconds since 1970-01-01 UTC.
  public var unix: Int64
  /// Whether the kernel called its clock synchronised (`adjtimex(2)`).
  public var synchronised: Bool

  /// Makes a time.
  public init(unix: Int64, synchronised: Bool) {
    self.unix = unix
    self.synchronised = synchronised
  }
}

/// The head of a log: its size and the Merkle root over its entries.
public struct LogHead: Hashable, Sendable {
  /// How many entries there are.
  public var size: Int
  /// The root of RFC 6962.
  public var root: Digest

  /// Makes a head.
  public init(size: Int, root: Digest) {
    self.size = size
    self.root = root
  }

  /// The head of a log without entries.
  public static let empty = LogHead(size: 0, root: Digest(hashing: []))
}

/// An object that a statement publishes.
public struct Subject: Hashable, Sendable {
  /// Where the object lies.
  public var path: ObjectPath
  /// The SHA-256 of the object.
  public var digest: Digest

  /// Names an object.
  public init(path: ObjectPath, digest: Digest) {
    self.path = path
    self.digest = digest
  }

  /// Names an object whose name is its digest; nil for other paths.
  public init?(_ path: ObjectPath) {
    guard let digest = path.digest else { return nil }
    self.init(path: path, digest: digest)
  }
}

/// What someone wants to say: a predicate and the objects that it publishes.
public struct Draft: Hashable, Sendable {
  /// What is said.
  public var predicate: Predicate
  /// The objects that it publishes, in the order in which they are written.
  public var subjects: [Subject]

  /// Makes a draft.
  public init(_ predicate: Predicate, subjects: [Subject] = []) {
    self.predicate = predicate
    self.subjects = subjects
  }
}

/// One statement of the log (`Docs/format.md`, sections 9.1 and 9.2), an in-toto statement v1.
public struct Statement: Hashable, Sendable {
  /// Random; a statement counts once.
  public var id: StatementID
  /// The key that signs.
  public var signer: KeyID
  /// The log that the signer saw.
  public var seen: LogHead
  /// When it was signed, on the signer's clock.
  public var time: LogTime
  /// The objects that it publishes, without the first subject.
  public var subjects: [Subject]
  /// What it says.
  public var predicate: Predicate

  /// Makes a statement.
  public init(
    id: StatementID, signer: KeyID, seen: LogHead, time: LogTime, subjects: [Subject],
    predicate: Predicate
  ) {
    self.id = id
    self.signer = signer
    self.seen = seen
    self.time = time
    self.subjects = subjects
    self.predicate = predicate
  }
}
