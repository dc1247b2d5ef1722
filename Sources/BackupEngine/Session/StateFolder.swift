public import BackupFormat
public import BackupLog
import BackupSystem

/// What this machine remembers of a repository: the log's head, and for each data set last night's
/// catalogue, the chunk index and the journal.
///
/// Folders have mode 0700. Losing all of it costs one slow night and the memory of the log.
public final class StateFolder: Sendable {
  let root: Descriptor
  /// Where it is.
  public let path: [UInt8]

  /// Opens the state of a repository below `parent`, and makes it if need be.
  public init(below parent: [UInt8], repository: RepositoryID) throws(EngineError) {
    path = parent + [0x2f] + [UInt8](repository.hex.prefix(32).utf8)
    do throws(SystemError) {
      for folder in [parent, path] {
        do throws(SystemError) { try FileSystem.makeDirectory(at: nil, folder, mode: 0o700) } catch
        {
          guard error.exists else { throw error }
        }
      }
      root = try Descriptor.openRootDirectory(path)
      try root.setPermissions(0o700)
    } catch {
      throw .state(path: path, error)
    }
  }

  /// The state of one data set.
  func set(_ set: SetID) throws(EngineError) -> SetState {
    try SetState(parent: root, set: set, path: path + [0x2f] + [UInt8](set.hex.utf8))
  }

  /// Removes what is remembered of a data set; what another run holds open stays for the next time.
  func forget(_ set: SetID) throws(EngineError) {
    let name = [UInt8](set.hex.utf8)
    let place = path + [0x2f] + name
    do throws(SystemError) { _ = try FileStatus.read(at: root, name: name) } catch {
      if error.isNotFound { return }
      throw .state(path: place, error)
    }
    let folder = try self.set(set)
    let lock: Descriptor
    do { lock = try folder.lock(waitSeconds: 0) } catch {
      if case .busy = error { return }
      throw error
    }
    defer { withExtendedLifetime(lock) {} }
    do throws(SystemError) {
      let tree = try RestoreTarget(place)
      for entry in try DirectoryEntries.read(tree.root) { try tree.remove([], entry.name) }
      try FileSystem.removeDirectory(at: root, name)
      try root.synchronise()
    } catch {
      throw .state(path: place, error)
    }
  }

  private static let headName = [UInt8]("log-head".utf8)

  /// The log that this machine saw last; nil if it saw none.
  public func rememberedLog() throws(EngineError) -> RememberedLog? {
    do {
      let file = try Descriptor.openFile(at: root, Self.headName)
      // Half-written or foreign: as if nothing were remembered.
      return RememberedLog(
        decoding: try file.readToEnd(limitByteCount: RememberedLog.byteCountMax))
    } catch {
      if error.isNotFound { return nil }
      throw .state(path: path + [0x2f] + Self.headName, error)
    }
  }

  /// Remembers the log.
  ///
  /// What is not durable may be lost with the machine's power, as all of this folder may: the log
  /// remembered then is an older one. Where the folder itself was taken away, nothing is remembered.
  public func remember(_ log: RememberedLog, isDurable: Bool) throws(EngineError) {
    do throws(SystemError) {
      let temporary = [0x2e] + Self.headName + Array("-\(Machine.processNumber)".utf8)
      do throws(SystemError) { try FileSystem.removeFile(at: root, temporary) } catch {
        guard error.isNotFound else { throw error }
      }
      let file = try Descriptor.createFile(at: root, temporary, mode: 0o600)
      try file.write(log.encode().span)
      if isDurable { try file.synchroniseContent() }
      try FileSystem.rename(at: root, temporary, to: root, Self.headName)
    } catch {
      if error.isNotFound { return }
      throw .state(path: path + [0x2f] + Self.headName, error)
    }
  }
}

/// What a machine remembers of a log.
public struct RememberedLog: Hashable, Sendable {
  /// Its size and root.
  public let head: LogHead
  /// The entries whose signatures were checked; nil if all are to be checked again.
  public let checked: CheckedSignatures?

  /// Remembers what a log says now.
  public init(_ state: LogState) {
    head = state.head
    checked = state.checkedSignatures
  }

  /// Instead of the number of exceptions, where no signature counts as checked.
  private static let nothingChecked: UInt32 = 0xffff_ffff
  /// Size, root, number of exceptions, the exceptions and the check.
  static let byteCountMax = 8 + 32 + 4 + 8 * CheckedSignatures.exceptionCountMax + 8

  /// Reads u64 size ‖ root ‖ u32 number of exceptions, 0xffffffff where no signature counts as
  /// checked ‖ u64 each exception ‖ ``StateCheck`` of all that; nil for anything else, since a
  /// damaged head would accuse a sound log.
  init?(decoding bytes: [UInt8]) {
    var reader = ByteReader(bytes)
    do {
      guard let size = Int(exactly: try reader.u64()) else { return nil }
      head = LogHead(size: size, root: try reader.id())
      let count = try reader.u32()
      if count == Self.nothingChecked {
        checked = nil
      } else {
        guard count <= CheckedSignatures.exceptionCountMax else { return nil }
        var exceptions: [Int] = []
        for _ in 0..<count {
          guard let number = Int(exactly: try reader.u64()) else { return nil }
          exceptions.append(number)
        }
        guard let checked = CheckedSignatures(head: head, exceptions: exceptions) else {
          return nil
        }
        self.checked = checked
      }
      let end = reader.offset
      guard try reader.u64() == StateCheck.of(bytes.span.extracting(0..<end)) else { return nil }
      try reader.expectEnd()
    } catch { return nil }
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: 64)
    writer.u64(UInt64(head.size))
    writer.raw(head.root.bytes)
    if let checked {
      writer.u32(UInt32(checked.exceptions.count))
      for number in checked.exceptions { writer.u64(UInt64(number)) }
    } else {
      writer.u32(Self.nothingChecked)
    }
    writer.u64(StateCheck.of(writer.bytes.span))
    return writer.bytes
  }
}

/// What this machine remembers of one data set.
struct SetState {
  let directory: Descriptor
  /// Where it is, for whoever reads of an error.
  let path: [UInt8]
  let index: ChunkIndexFolder
  static let journalName = [UInt8]("journal".utf8)
  static let cacheName = [UInt8]("catalogue".utf8)
  static let newCacheName = [UInt8](".catalogue".utf8)
  static let rootsName = [UInt8]("roots".utf8)
  static let entryCountName = [UInt8]("entries".utf8)
  static let rewrittenName = [UInt8]("rewritten".utf8)

  static let indexName = [UInt8]("index".utf8)

  init(parent: Descriptor, set: SetID, path: [UInt8]) throws(EngineError) {
    self.path = path
    do { directory = try Self.folder(parent, [UInt8](set.hex.utf8)) } catch {
      throw .state(path: path, error)
    }
    do { index = ChunkIndexFolder(directory: try Self.folder(directory, Self.indexName)) } catch {
      throw .state(path: path + [0x2f] + Self.indexName, error)
    }
  }

  private static func folder(_ parent: Descriptor, _ name: [UInt8]) throws(SystemError)
    -> Descriptor
  {
    do { try FileSystem.makeDirectory(at: parent, name, mode: 0o700) } catch {
      guard error.exists else { throw error }
    }
    return try Descriptor.openDirectory(at: parent, name)
  }

  /// Where a file of the state is.
  func path(of name: [UInt8]) -> [UInt8] { path + [0x2f] + name }

  /// Does something with a file of the state; an error names it.
  func at<Value>(
    _ name: [UInt8], _ body: () throws(SystemError) -> Value
  ) throws(EngineError) -> Value {
    do { return try body() } catch { throw .state(path: path(of: name), error) }
  }

  /// Opens a file of the state; nil if it is not there.
  func open(_ name: [UInt8]) throws(EngineError) -> Descriptor? {
    do throws(SystemError) {
      return try Descriptor.openFile(at: directory, name)
    } catch {
      if error.isNotFound { return nil }
      throw .state(path: path(of: name), error)
    }
  }

  /// Reads a small file of the state; nil if it is not there.
  func read(_ name: [UInt8], limitByteCount: Int) throws(EngineError) -> [UInt8]? {
    guard let file = try open(name) else { return nil }
    do { return try file.readToEnd(limitByteCount: limitByteCount) } catch {
      throw .state(path: path(of: name), error)
    }
  }

  /// Writes a small file in the place of an older one, without syncing: all of it can be lost.
  func replace(_ name: [UInt8], with bytes: [UInt8]) throws(EngineError) {
    let temporary = [0x2e] + name
    try remove(temporary)
    do {
      let file = try Descriptor.createFile(at: directory, temporary, mode: 0o600)
      try file.write(bytes.span)
      try FileSystem.rename(at: directory, temporary, to: directory, name)
    } catch { throw .state(path: path(of: name), error) }
  }

  func remove(_ name: [UInt8]) throws(EngineError) {
    do throws(SystemError) { try FileSystem.removeFile(at: directory, name) } catch {
      guard error.isNotFound else { throw .state(path: path(of: name), error) }
    }
  }

  /// Throws away what describes snapshots that a restorer has rewritten since: names and chunk ids
  /// that were erased.
  ///
  /// - Parameter number: The entry that last rewrote snapshots of the set.
  func forget(rewrittenBy number: Int) throws(EngineError) {
    let mark = [UInt8]("\(number)".utf8)
    if try read(Self.rewrittenName, limitByteCount: 32) == mark { return }
    for name in [Self.cacheName, Self.newCacheName, Self.entryCountName] { try remove(name) }
    try at(Self.indexName) { () throws(SystemError) in try index.removeAll() }
    try replace(Self.rewrittenName, with: mark)
    try synchronise()
  }

  /// Puts the names of the files on stable storage.
  func synchronise() throws(EngineError) {
    do { try directory.synchronise() } catch { throw .state(path: path, error) }
  }

  /// Takes the lock of the data set on this machine, waiting for at most `waitSeconds`.
  ///
  /// - Returns: The open lock file; the lock goes with it.
  func lock(waitSeconds: Int) throws(EngineError) -> Descriptor {
    do {
      let file = try Descriptor.open(
        at: directory, [UInt8]("lock".utf8), [.readWrite, .create, .noFollow], mode: 0o600)
      let deadline = SystemClock.monotonicNanoseconds() + UInt64(waitSeconds) * 1_000_000_000
      while true {
        if try file.tryLock(exclusive: true) { break }
        guard SystemClock.monotonicNanoseconds() < deadline, !Interrupt.isRequested else {
          throw EngineError.busy(
            sinceSeconds: try FileStatus.read(of: file).modificationTime.seconds)
        }
        SystemClock.sleep(nanoseconds: 200_000_000)
      }
      let now = SystemClock.now()
      try file.setTimes(access: now, modification: now)
      return file
    } catch let error as EngineError {
      throw error
    } catch let error as SystemError {
      throw .state(path: path(of: [UInt8]("lock".utf8)), error)
    } catch {
      throw .interrupted
    }
  }
}
