public import BackupFormat

/// Where an object lies in the store.
public enum ObjectPath: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// `FORMAT`.
  case format
  /// `log/<number>`.
  case log(Int)
  /// `checkpoints/<size>.<key id>`.
  case checkpoint(size: Int, key: KeyID)
  /// `keys/<set>/<key id>`.
  case key(set: SetID, key: KeyID)
  /// `packs/<run>/<number>`.
  case pack(PackID)
  /// `index/<digest>`.
  case index(Digest)
  /// `chunks/<digest>`.
  case chunks(Digest)
  /// `snapshots/<digest>`.
  case snapshot(Digest)
  /// `records/<digest>`.
  case record(Digest)
  /// `erasures/<digest>`.
  case erasure(Digest)

  /// The largest log number that a name of 16 digits can hold.
  static let numberMax = 9_999_999_999_999_999

  /// The path as text, components joined by `/`.
  public var text: String {
    switch self {
    case .format: "FORMAT"
    case .log(let number): "log/\(Self.digits(number, 16))"
    case .checkpoint(let size, let key): "checkpoints/\(Self.digits(size, 16)).\(key.hex)"
    case .key(let set, let key): "keys/\(set.hex)/\(key.hex)"
    case .pack(let pack): "packs/\(pack.run.hex)/\(Self.digits(Int(pack.number), 8))"
    case .index(let digest): "index/\(digest.hex)"
    case .chunks(let digest): "chunks/\(digest.hex)"
    case .snapshot(let digest): "snapshots/\(digest.hex)"
    case .record(let digest): "records/\(digest.hex)"
    case .erasure(let digest): "erasures/\(digest.hex)"
    }
  }

  /// The path as text.
  public var description: String { text }

  /// The digest that is the object's name; nil where names are no digests.
  public var digest: Digest? {
    switch self {
    case .index(let digest), .chunks(let digest), .snapshot(let digest), .record(let digest),
      .erasure(let digest):
      digest
    case .format, .log, .checkpoint, .key, .pack: nil
    }
  }

  /// Reads a path; nil for any text that ``text`` does not write.
  public init?(_ text: String) {
    let bytes = [UInt8](text.utf8)
    let slash = bytes.firstIndex(of: 0x2f) ?? bytes.count
    let rest = min(slash + 1, bytes.count)..<bytes.count
    switch String(decoding: bytes[..<slash], as: UTF8.self) {
    case "FORMAT":
      guard slash == bytes.count else { return nil }
      self = .format
    case "log":
      guard let number = Self.number(bytes[rest], 16) else { return nil }
      self = .log(number)
    case "checkpoints":
      guard let (size, key) = Self.halves(bytes[rest], at: 0x2e),
        let size = Self.number(size, 16), let key = Self.id(key, KeyID.self)
      else { return nil }
      self = .checkpoint(size: size, key: key)
    case "keys":
      guard let (set, key) = Self.halves(bytes[rest], at: 0x2f),
        let set = Self.id(set, SetID.self), let key = Self.id(key, KeyID.self)
      else { return nil }
      self = .key(set: set, key: key)
    case "packs":
      guard let (run, number) = Self.halves(bytes[rest], at: 0x2f),
        let run = Self.id(run, RunID.self), let number = Self.number(number, 8),
        let pack = PackID(run: run, number: UInt32(number))
      else { return nil }
      self = .pack(pack)
    case let folder:
      guard let named = Self.namedByDigest[folder], let digest = Self.id(bytes[rest], Digest.self)
      else { return nil }
      self = named(digest)
    }
  }

  /// The kinds whose names are digests, by their folders.
  private static let namedByDigest: [String: @Sendable (Digest) -> ObjectPath] = [
    "index": { .index($0) }, "chunks": { .chunks($0) }, "snapshots": { .snapshot($0) },
    "records": { .record($0) }, "erasures": { .erasure($0) },
  ]

  /// What stands before and after the first `separator`; the ids and numbers of a path hold none.
  private static func halves(
    _ bytes: ArraySlice<UInt8>, at separator: UInt8
  ) -> (ArraySlice<UInt8>, ArraySlice<UInt8>)? {
    guard let middle = bytes.firstIndex(of: separator) else { return nil }
    return (bytes[..<middle], bytes[(middle + 1)...])
  }

  private static func id<ID: Identifier>(_ digits: ArraySlice<UInt8>, _: ID.Type) -> ID? {
    ID(hex: digits.span)
  }

  /// Compares as the texts do, without making them.
  public static func < (a: Self, b: Self) -> Bool {
    switch (a, b) {
    case (.checkpoint(let size, let key), .checkpoint(let otherSize, let otherKey)):
      (size, key) < (otherSize, otherKey)
    case (.key(let set, let key), .key(let otherSet, let otherKey)):
      (set, key) < (otherSet, otherKey)
    case (.log(let number), .log(let other)): number < other
    case (.pack(let pack), .pack(let other)): pack < other
    case (.index(let digest), .index(let other)), (.chunks(let digest), .chunks(let other)),
      (.snapshot(let digest), .snapshot(let other)), (.record(let digest), .record(let other)),
      (.erasure(let digest), .erasure(let other)):
      digest < other
    default: a.rank < b.rank
    }
  }

  /// The place of the kind among the kinds, in the order of their folders' names.
  private var rank: Int {
    switch self {
    case .format: 0
    case .checkpoint: 1
    case .chunks: 2
    case .erasure: 3
    case .index: 4
    case .key: 5
    case .log: 6
    case .pack: 7
    case .record: 8
    case .snapshot: 9
    }
  }

  private static func digits(_ number: Int, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }

  private static func number(_ digits: ArraySlice<UInt8>, _ count: Int) -> Int? {
    guard digits.count == count else { return nil }
    var number = 0
    for digit in digits {
      guard 0x30...0x39 ~= digit else { return nil }
      number = number * 10 + Int(digit - 0x30)
    }
    return number
  }
}
