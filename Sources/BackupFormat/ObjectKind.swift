/// What a sealed thing is; part of its associated data (`Docs/format.md`, section 1).
public enum ObjectKind: UInt8, Sendable, CaseIterable {
  /// Chunks side by side.
  case dataBlock = 1
  /// One page of a catalogue.
  case cataloguePage = 2
  /// The root of a catalogue.
  case catalogueRoot = 3
  /// Chunk ids and lengths by address.
  case chunkList = 4
  /// An edition of a night's record.
  case record = 5
  /// A request to erase.
  case erasure = 6
  /// A piece of a bundle for somebody outside.
  case bundle = 7
  /// Minutes of a restore test.
  case minutes = 8
  /// A person's note.
  case note = 9
}

/// What is authenticated with every sealed thing: 74 bytes.
///
/// u8 format version ‖ u8 kind ‖ repository [32] ‖ set [16] ‖ run [16] ‖ u64 number.
public struct AssociatedData: Sendable {
  /// How many bytes ``bytes`` has.
  public static let byteCount = 74
  /// The encoded form.
  public private(set) var bytes: [UInt8]

  /// Binds a sealed thing to its place.
  public init(
    _ kind: ObjectKind, repository: RepositoryID, set: SetID, run: RunID, number: UInt64
  ) {
    var writer = ByteWriter(capacity: Self.byteCount)
    writer.u8(1)
    writer.u8(kind.rawValue)
    writer.raw(repository.bytes)
    writer.raw(set.bytes)
    writer.raw(run.bytes)
    writer.u64(number)
    bytes = writer.bytes
  }

  /// Changes kind and number in place, for the blocks of one run.
  public mutating func set(_ kind: ObjectKind, number: UInt64) {
    bytes[1] = kind.rawValue
    for i in 0..<8 { bytes[66 + i] = UInt8(truncatingIfNeeded: number >> (8 * UInt64(i))) }
  }
}

/// How the payload of a block is compressed.
public enum Codec: UInt8, Sendable {
  /// As it is.
  case stored = 0
  /// RFC 1950.
  case zlib = 1
  /// RFC 8878.
  case zstd = 2
}
