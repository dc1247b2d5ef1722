internal import BackupCrypto
public import BackupFormat
public import BackupStorage

/// An entry as a store holds it.
///
/// Whoever may write there can put a file of any size under the next number. It is void and in the tree,
/// and nothing else of it is ever needed: so no more than a piece of it is in memory at once.
public enum StoredEntry: Hashable, Sendable {
  /// Its bytes.
  case bytes([UInt8])
  /// One that is larger than any that counts: its hash in the tree, and its size.
  case large(leaf: Digest, byteCount: UInt64)

  /// How much of a large one is read at once.
  private static let pieceByteCount = 1 << 20

  /// An entry of these bytes.
  public init(_ bytes: [UInt8]) {
    self =
      bytes.count <= Entry.byteCountMax
      ? .bytes(bytes)
      : .large(leaf: MerkleTree.leaf(bytes), byteCount: UInt64(bytes.count))
  }

  /// The bytes; nil for a large one.
  public var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }

  /// Reads an entry; nil if there is none.
  public static func read(
    _ number: Int, from storage: any Storage
  ) throws(StorageError) -> StoredEntry? {
    if let small = try readSmall(number, from: storage) { return small }
    let hasher = SHA256Hasher()
    let front: [UInt8] = [0]
    hasher.update(front.span)
    let byteCount: UInt64?
    do {
      byteCount = try forEachPiece(of: number, in: storage) { hasher.update($0) }
    } catch let error as StorageError {
      throw error
    } catch {
      preconditionFailure("a hash takes every piece")
    }
    guard let byteCount, let leaf = Digest(hasher.finish()) else { return nil }
    return .large(leaf: leaf, byteCount: byteCount)
  }

  /// Reads an entry that is not there, or is no larger than one that counts; nil where it is larger.
  static func readSmall(
    _ number: Int, from storage: any Storage
  ) throws(StorageError) -> StoredEntry?? {
    do throws(StorageError) {
      return .some(
        .bytes(
          try storage.read(RepositoryLog.key(number), limitByteCount: Entry.byteCountMax)))
    } catch {
      if error.isNotFound { return .some(nil) }
      if case .tooLarge = error { return nil }
      throw error
    }
  }

  /// Hands the pieces of an entry on, in order, as many as there were at the start.
  ///
  /// - Returns: How many bytes they had; nil if there is no such entry.
  public static func forEachPiece(
    of number: Int, in storage: any Storage, _ body: (Span<UInt8>) throws -> Void
  ) throws -> UInt64? {
    let key = RepositoryLog.key(number)
    guard let byteCount = try storage.byteCount(of: key) else { return nil }
    var piece = [UInt8](repeating: 0, count: Int(min(UInt64(pieceByteCount), byteCount)))
    var offset: UInt64 = 0
    while offset < byteCount {
      let count = Int(min(UInt64(piece.count), byteCount - offset))
      var all = piece.mutableSpan
      var span = all._mutatingExtracting(0..<count)
      try storage.read(key, at: offset, into: &span)
      try body(piece.span.extracting(0..<count))
      offset += UInt64(count)
    }
    return byteCount
  }
}
