internal import ArgumentParser
internal import BackupFormat
internal import BackupSystem
internal import BackupVerifier

/// Where the verifier keeps what it saw last.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: "The file in which this verifier remembers the log that it saw.", completion: .file())
  var memory: PathArgument?

  @Flag(help: "Remember nothing: an older or another log is then not noticed.")
  var noMemory = false

  func validate() throws {
    if noMemory && memory != nil {
      throw ValidationError("--memory and --no-memory exclude each other")
    }
  }

  /// The file; nil if nothing is to be remembered, or nobody says where.
  func path(id: RepositoryID, key: PathArgument?) -> PathArgument? {
    if noMemory { return nil }
    if let memory { return memory }
    if let state = Self.folder("XDG_STATE_HOME") {
      return PathArgument(state + [UInt8]("/nightsafe-verifier/\(id)".utf8))
    }
    if let home = Self.folder("HOME") {
      return PathArgument(home + [UInt8]("/.local/state/nightsafe-verifier/\(id)".utf8))
    }
    guard let key else { return nil }
    let folder = key.bytes.prefix(key.bytes.lastIndex(of: 0x2f).map { $0 + 1 } ?? 0)
    return PathArgument(folder + [UInt8]("nightsafe-verifier.\(id)".utf8))
  }

  private static func folder(_ variable: String) -> [UInt8]? {
    guard let value = Environment.value(variable), value.first == 0x2f else { return nil }
    return value
  }
}

/// The memory file on disk.
enum MemoryFile {
  /// Reads the memory; nil at the first visit.
  static func read(_ path: PathArgument, of id: RepositoryID) throws(Failure) -> VerifierMemory? {
    let bytes: [UInt8]
    do {
      bytes = try SecureFile.readWhole(
        path.bytes, limitByteCount: VerifierMemory.byteCountMax)
    } catch {
      if error.isNotFound { return nil }
      throw .memoryUnreadable(path: path.description)
    }
    guard let memory = try? VerifierMemory(decoding: bytes) else {
      throw .memoryUnreadable(path: path.description)
    }
    guard memory.repository == id else { throw .memoryOfAnotherRepository(path: path.description) }
    return memory
  }

  /// Writes the memory durably, in folders that are made if need be.
  static func write(_ memory: VerifierMemory, to path: PathArgument) throws(Failure) {
    do {
      try makeFolders(of: path)
      try SecureFile.replaceDurably(path.bytes, (memory.encode() + [0x0a]).span)
    } catch { throw .memoryUnwritable(path: path.description, error) }
  }

  private static func makeFolders(of path: PathArgument) throws(SystemError) {
    var folder: [UInt8] = path.bytes.first == 0x2f ? [] : [0x2e]
    for part in path.bytes.split(separator: 0x2f).dropLast() {
      folder += [0x2f] + part
      do {
        try FileSystem.makeDirectory(at: nil, folder, mode: 0o700)
      } catch {
        // A folder that may not be written need not be made.
        if !error.exists && !error.isPermissionDenied && !error.isReadOnly { throw error }
      }
    }
  }
}
