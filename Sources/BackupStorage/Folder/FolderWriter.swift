/// Writes a large object into a folder, piece by piece.
final class FolderWriter: StorageWriter {
  private let file: UnfinishedFile
  private var isOpen = true
  private(set) var byteCount: UInt64 = 0

  init(_ file: UnfinishedFile) { self.file = file }

  var key: StorageKey { file.key }

  func append(_ bytes: Span<UInt8>) throws(StorageError) {
    guard isOpen else { throw .writerClosed(key) }
    do {
      try file.append(bytes)
    } catch {
      cancel()
      throw error
    }
    byteCount += UInt64(bytes.count)
  }

  func finish() throws(StorageError) -> PutOutcome {
    guard isOpen else { throw .writerClosed(key) }
    isOpen = false
    return try file.publish()
  }

  func cancel() {
    isOpen = false
    file.discard()
  }
}
