internal import ArgumentParser
internal import BackupFormat
internal import BackupSystem
internal import BackupVerifier

/// Where the verifier keeps what it saw last.
struct MemoryOptions: ParsableArguments {
  @Option(
    help: "The file in which this verifier remembers the log that it saw.", completion: .file())
  var memory: String?

  @Flag(help: "Remember nothing: an older or another log is then not noticed.")
  var noMemory = false

  func validate() throws {
    if noMemory && memory != nil {
      throw ValidationError("--memory and --no-memory exclude each other")
    }
  }

  /// The file; nil if nothing is to be remembered, or nobody says where.
  func path(id: RepositoryID, key: String?) -> String? {
    if noMemory { return nil }
    if let memory { return memory }
    if let state = Self.folder("XDG_STATE_HOME") { return "\(state)/nightsafe-verifier/\(id)" }
    if let home = Self.folder("HOME") { return "\(home)/.local/state/nightsafe-verifier/\(id)" }
    guard let key else { return nil }
    let folder = key.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return (folder + ["nightsafe-verifier.\(id)"]).joined(separator: "/")
  }

  private static func folder(_ variable: String) -> String? {
    guard let value = Environment.value(variable), value.first == 0x2f else { return nil }
    return String(decoding: value, as: UTF8.self)
  }
}

/// The memory file on disk.
enum MemoryFile {
  /// Reads the memory; nil at the first visit.
  static func read(_ path: String, of id: RepositoryID) throws(Failure) -> VerifierMemory? {
    let bytes: [UInt8]
    do {
      bytes = try SecureFile.readWhole(
        [UInt8](path.utf8), limitByteCount: VerifierMemory.byteCountMax)
    } catch {
      if error.isNotFound { return nil }
      throw .memoryUnreadable(path: path)
    }
    guard let memory = try? VerifierMemory(decoding: bytes) else {
      throw .memoryUnreadable(path: path)
    }
    guard memory.repository == id else { throw .memoryOfAnotherRepository(path: path) }
    return memory
  }

  /// Writes the memory durably, in folders that are made if need be.
  static func write(_ memory: VerifierMemory, to path: String) throws(Failure) {
    do {
      try makeFolders(of: path)
      try SecureFile.replaceDurably([UInt8](path.utf8), (memory.encode() + [0x0a]).span)
    } catch { throw .memoryUnwritable(path: path, error) }
  }

  private static func makeFolders(of path: String) throws(SystemError) {
    var folder = path.hasPrefix("/") ? "" : "."
    for part in path.split(separator: "/").dropLast() {
      folder += "/\(part)"
      do {
        try FileSystem.makeDirectory(at: nil, [UInt8](folder.utf8), mode: 0o700)
      } catch {
        // A folder that may not be written need not be made.
        if !error.exists && !error.isPermissionDenied && !error.isReadOnly { throw error }
      }
    }
  }
}
