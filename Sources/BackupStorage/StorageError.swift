internal import BackupSystem

/// Why a storage could not do what was asked.
public enum StorageError: Error, Hashable, Sendable {
  /// There is no object of this key.
  case notFound(StorageKey)
  /// The object is shorter than what was asked of it.
  case truncated(StorageKey)
  /// The object is larger than its reader allows.
  case tooLarge(StorageKey, limitByteCount: Int)
  /// Something stands under this key that is no object: a folder, a link, a device.
  case notAnObject(StorageKey)
  /// A writer was used after it was finished or cancelled.
  case writerClosed(StorageKey)
  /// The storage itself does not exist.
  case storageNotFound
  /// The storage is full, or a quota is.
  case noSpace
  /// The storage cannot be written at all.
  case readOnly
  /// The credential or the user may not do this.
  case permissionDenied(StorageKey?)
  /// The storage does not answer.
  case unreachable
  /// The storage cannot do this call at all, as put-if-absent on some file systems.
  case unsupported(call: String)
  /// This process or this machine may have no more of something: open files, memory, bytes in a file.
  case limitReached(call: String, code: Int32)
  /// Anything else that the system said, by its call and `errno`.
  case inputOutput(call: String, code: Int32, StorageKey?)

  /// Whether the same call may succeed later, unchanged.
  public var isTransient: Bool { self == .unreachable }

  /// Whether the object is absent.
  public var isNotFound: Bool {
    if case .notFound = self { true } else { false }
  }
}

extension StorageError: CustomStringConvertible {
  /// The cause, for logs.
  public var description: String {
    switch self {
    case .notFound(let key): "\(key): not found"
    case .truncated(let key): "\(key): shorter than expected"
    case .tooLarge(let key, let limit): "\(key): more than \(limit) bytes"
    case .notAnObject(let key): "\(key): not a file"
    case .writerClosed(let key): "\(key): writer is closed"
    case .storageNotFound: "storage not found"
    case .noSpace: "no space left"
    case .readOnly: "storage is read-only"
    case .permissionDenied(let key?): "\(key): permission denied"
    case .permissionDenied(nil): "permission denied"
    case .unreachable: "storage does not answer"
    case .unsupported(let call): "\(call): not supported by this storage"
    case .limitReached(let call, let code): "\(SystemError(call, code))"
    case .inputOutput(let call, let code, let key?): "\(key): \(SystemError(call, code))"
    case .inputOutput(let call, let code, nil): "\(SystemError(call, code))"
    }
  }
}
