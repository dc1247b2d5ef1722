internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Finds out of which run an object is that no entry of the log names.
///
/// A run writes its index object, chunk list and snapshot object before its last word. A crash in between leaves
/// them behind, and each says itself of which run it is.
struct LeftBehind {
  let storage: any Storage
  let repository: RepositoryID

  /// The run that an object says it is of; nil if it is no object of this repository under its own name.
  ///
  /// - Throws: what is not about this object alone.
  func run(of path: ObjectPath) throws(StorageError) -> RunID? {
    guard let digest = path.digest, let key = StorageKey(path.text) else { return nil }
    let bytes: [UInt8]
    do {
      bytes = try storage.read(key, limitByteCount: VerifierLimits.byteCount(of: path))
    } catch {
      guard error.isAboutOneObject else { throw error }
      return nil
    }
    guard Digest(hashing: bytes) == digest else { return nil }
    do {
      switch path {
      case .index:
        let index = try IndexObject(decoding: bytes)
        return index.repository == repository ? index.run : nil
      case .snapshot:
        let snapshot = try SnapshotObject(decoding: bytes)
        return snapshot.repository == repository ? snapshot.head.run : nil
      case .chunks:
        var reader = ByteReader(bytes)
        let front = try ChunkList.Front(from: &reader)
        return front.repository == repository ? front.run : nil
      default: return nil
      }
    } catch { return nil }
  }
}
