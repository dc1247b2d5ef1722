internal import BackupSystem

extension FolderStorage {
  private enum Answer {
    case allowed, refused, absent, unknown
  }

  /// Tries a file without a name in the folder and in each folder in it, and opens what lies beside
  /// them for writing; nothing is left of either.
  ///
  /// Where the file system has no files without a name, and nothing else may be written, nobody knows.
  public func mayWrite() throws(StorageError) -> Bool? {
    let entries: [DirectoryEntry]
    do { entries = try DirectoryEntries.read(root) } catch { throw StorageError(error, nil) }
    var answers = [
      try answer { () throws(SystemError) in try Descriptor.createUnnamedFile(at: root, mode: 0o600)
      }
    ]
    for entry in entries where entry.name.first != UInt8(ascii: ".") {
      switch entry.typeHint {
      case .directory?, nil:
        answers.append(
          try answer { () throws(SystemError) in
            try Descriptor.createUnnamedFile(at: root, entry.name, mode: 0o600)
          })
      case .regular?:
        answers.append(
          try answer { () throws(SystemError) in
            try Descriptor.openForWriting(at: root, entry.name)
          })
      default: continue
      }
    }
    if answers.contains(.allowed) { return true }
    return answers.contains(.unknown) ? nil : false
  }

  private func answer(
    _ attempt: () throws(SystemError) -> Descriptor
  ) throws(StorageError) -> Answer {
    do {
      _ = try attempt()
      return .allowed
    } catch {
      if error.isPermissionDenied || error.isReadOnly { return .refused }
      if error.isNotFound || error.isNotDirectory || error.isLoop { return .absent }
      if error.isUnsupported || error.isDirectory || error.isInvalid { return .unknown }
      throw StorageError(error, nil)
    }
  }
}
