internal import BackupSystem

/// Writes a large object into a folder, piece by piece.
final class FolderWriter: StorageWriter {
  /// How many bytes are gathered for a write: 2 MiB, with which a disk is busy and not waiting.
  private static let bufferByteCount = 2 << 20

  private let file: UnfinishedFile
  private let replaces: Bool
  private var writer: DirectWriter?

  /// - Parameter replaces: Whether it takes the place of what is there.
  init(_ file: UnfinishedFile, replaces: Bool = false) {
    self.file = file
    self.replaces = replaces
    writer = file.makeDirectWriter(bufferByteCount: Self.bufferByteCount)
  }

  var key: StorageKey { file.key }
  private(set) var byteCount: UInt64 = 0

  func append(_ bytes: Span<UInt8>) throws(StorageError) {
    guard let writer else { throw .writerClosed(key) }
    do {
      try writer.append(bytes)
    } catch {
      cancel()
      throw StorageError(error, nil)
    }
    byteCount += UInt64(bytes.count)
  }

  func finish() throws(StorageError) -> PutOutcome {
    guard let writer else { throw .writerClosed(key) }
    self.writer = nil
    do {
      try writer.finish()
    } catch {
      cancel()
      throw StorageError(error, nil)
    }
    guard replaces else { return try file.publish() }
    try file.publishReplacing()
    return .created
  }

  func cancel() {
    writer = nil
    file.discard()
  }
}
