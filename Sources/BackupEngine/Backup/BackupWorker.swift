import BackupFormat
import BackupSystem

/// Reads the files of batches; each worker thread runs one.
struct BackupWorker: ~Copyable {
  private var reader: FileReader
  private let board: WorkBoard
  private let roots: [SourceScan.Root]
  private let live: [[UInt8]: LiveFile]

  init(
    _ run: RunContext, _ board: WorkBoard, roots: [SourceScan.Root],
    live: [[UInt8]: LiveFile] = [:]
  ) throws {
    reader = try FileReader(run, board)
    self.board = board
    self.roots = roots
    self.live = live
  }

  /// Does what is on the board until nothing can follow.
  mutating func work() throws {
    while let job = board.next() {
      switch job {
      case .piece(let piece): try reader.store(piece)
      case .batch(let batch):
        // Whoever waits for the batch must find the failure when it is done.
        defer { batch.finish() }
        do { try read(batch) } catch {
          board.fail(error)
          throw error
        }
      }
    }
    try reader.flush()
  }

  private mutating func read(_ batch: Batch) throws {
    for f in batch.folders.indices {
      let folder = batch.folders[f].path
      for e in batch.folders[f].entries.indices where batch.folders[f].entries[e].needsReading {
        try read(&batch.folders[f].entries[e], folder, batch.folders[f].root)
      }
    }
  }

  private mutating func read(
    _ pending: inout PendingEntry, _ folder: [UInt8], _ root: Int?
  ) throws {
    let path = CataloguePath.join(folder, pending.entry.name)
    if let file = live[path] { return try read(file, path, &pending) }
    do {
      let file = try open(path, root)
      let now = SystemClock.now()
      let content = try reader.read(
        file,
        // What is only stored anew has not changed for long, and goes with what is new.
        isNew: pending.isNew || pending.former?.isUnaltered == true)
      let status = content.status
      pending.entry.content = .file(byteCount: content.byteCount, extents: content.extents)
      pending.entry.attributes = content.attributes
      pending.isNoise = content.isNoise
      pending.isKnownContent = content.isKnown
      pending.entry.changedDuringRead = content.changedDuringRead
      pending.entry.mode = UInt16(status.permissions)
      pending.entry.userID = status.uid
      pending.entry.groupID = status.gid
      pending.entry.modificationSeconds = status.modificationTime.seconds
      pending.entry.modificationNanoseconds = status.modificationTime.nanoseconds
      pending.inode = status.inode
      pending.changeTime = status.changeTime
      pending.isRacy = Racy.isRacy(status, now)
    } catch let error as SystemError {
      // A file of the kernel's may refuse a read so; a file on a disk does not.
      if error.isOutOfMeans, error.call != "pread" {
        // No fault of the file, which would be missing; its source is named, since cron mails it.
        throw EngineError.system(path: root.map { roots[$0].source } ?? [0x2f] + path, error)
      }
      if error.isNotFound || error.isNotDirectory {
        pending.hasVanished = true
      } else {
        pending.error = error
        pending.entry.isUnreadable = true
      }
    }
  }

  /// Reads a file whose content comes from elsewhere; what fails here fails the run.
  private mutating func read(
    _ file: LiveFile, _ path: [UInt8], _ pending: inout PendingEntry
  ) throws {
    let content: FileContent
    switch file.content {
    case .copy(let copy):
      do {
        content = try reader.read(
          try Descriptor.openFile(at: nil, copy), isNew: pending.isNew)
      } catch let error as SystemError {
        throw EngineError.system(path: copy, error)
      }
    case .command(let command):
      let run = try CommandRun(command)
      content = try reader.read(run.output, file.status, isNew: pending.isNew)
      try run.finish(byteCount: content.byteCount)
    }
    pending.entry.content = .file(byteCount: content.byteCount, extents: content.extents)
    pending.entry.attributes = file.attributes
    // Never taken for unchanged: what lies at this path the next night may be something else.
    pending.inode = 0
    pending.isRacy = true
  }

  private func open(_ path: [UInt8], _ root: Int?) throws(SystemError) -> Descriptor {
    guard let root, let base = roots[root].descriptor else {
      return try Descriptor.openFile(at: nil, [0x2f] + path)
    }
    let relative = SourceScan.relative(path, to: roots[root])
    do {
      return try Descriptor.openBeneath(
        root: base, path: relative, flags: [.noFollow, .nonBlocking, .noAccessTime])
    } catch {
      // Only the owner and root may leave the access time alone.
      guard error.isPermissionDenied else { throw error }
      return try Descriptor.openBeneath(
        root: base, path: relative, flags: [.noFollow, .nonBlocking])
    }
  }
}
