internal import BackupSystem

extension StorageError {
  /// Translates what Linux said about `key`, or about the storage as a whole.
  init(_ error: SystemError, _ key: StorageKey?) {
    if let key, error.isNotFound {
      self = .notFound(key)
    } else if error.isNoSpace {
      self = .noSpace
    } else if error.isReadOnly {
      self = .readOnly
    } else if error.isPermissionDenied {
      self = .permissionDenied(key)
    } else if error.isUnreachable {
      self = .unreachable
    } else if error.isLimit {
      self = .limitReached(call: error.call, code: error.code)
    } else if error.isUnsupported {
      self = .unsupported(call: error.call)
    } else if let key, error.isLoop || error.isNotDirectory || error.isDirectory {
      self = .notAnObject(key)
    } else {
      self = .inputOutput(call: error.call, code: error.code, key)
    }
  }
}

/// Runs `body` and translates its error; `key` is what it was about.
@inline(__always)
func translating<Value>(
  _ key: StorageKey?, _ body: () throws(SystemError) -> Value
) throws(StorageError) -> Value {
  do {
    return try body()
  } catch {
    throw StorageError(error, key)
  }
}
