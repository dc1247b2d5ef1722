import BackupFormat
import BackupObjects
import BackupSystem

/// Compares what the scan finds with last night's catalogue and makes batches of it.
final class BackupScanner {
  private struct FileKey: Hashable {
    let device: UInt64
    let inode: UInt64
  }

  private var scan: SourceScan
  private let roots: [SourceScan.Root]
  private let cache: CatalogueCacheReader?
  /// Whether a block that last night's catalogue names must not be used: damaged, or to be
  /// refreshed; nil when none.
  private let isUnusable: (@Sendable (BlockAddress) -> Bool)?
  /// Where files of other paths were last night; nil if nobody knows.
  private let formerPlaces: FormerPlaces?
  private var former = FormerFiles()
  private let emit: (Batch) throws -> Void
  private var batch = Batch()
  private var linkFirsts: [FileKey: [UInt8]] = [:]
  /// Whether each source had an entry below it.
  private(set) var isRootEmpty: [Bool]

  /// - Parameter emit: Takes each batch, in order.
  init(
    _ scan: SourceScan, cache: CatalogueCacheReader?, formerPlaces: FormerPlaces?,
    isUnusable: (@Sendable (BlockAddress) -> Bool)?, emit: @escaping (Batch) throws -> Void
  ) {
    self.scan = scan
    roots = scan.roots
    self.cache = cache
    self.formerPlaces = formerPlaces
    self.isUnusable = isUnusable
    self.emit = emit
    isRootEmpty = scan.roots.map { $0.descriptor != nil }
  }

  /// What became of last night's files; whole once ``run()`` has ended.
  var formerFiles: FormerFiles { former }
  /// What was left out or could not be read.
  var tally: ScanTally { scan.tally }
  var excludedByRule: [String: UInt64] { scan.tally.excludedByRule(scan.rules.paths) }

  /// Walks everything: several threads look at folders, this one compares them with last night's.
  func run(threadCount: Int) throws {
    // The walk changes what it counts, and the visit looks at this object.
    var scan = scan
    try scan.walk(threadCount: threadCount) { (folder, directory) in
      try visit(folder, directory)
    }
    self.scan = scan
    if let path = scan.unmetLive { throw EngineError.source(path: [0x2f] + path, .excluded) }
    cache?.forEachEntry { former.missed($0) }
    try flush()
  }

  private func flush() throws {
    guard batch.entryCount > 0 else { return }
    if !batch.needsReading { batch.finish() }
    try emit(batch)
    batch = Batch()
  }

  private func visit(_ folder: ScannedFolder, _ directory: Descriptor?) throws {
    if Interrupt.isRequested { throw EngineError.interrupted }
    let frames =
      cache?.frames(of: folder.path) { frame in frame.entries().forEach { former.missed($0) } }
      ?? []
    let root = roots.firstIndex { CataloguePath.isWithin(folder.path, $0.path) }
    if let root { isRootEmpty[root] = false }
    if let unchanged = unchanged(frames, folder.entries) {
      for frame in unchanged {
        former.found(frame)
        batch.folders.append(PendingFolder(path: folder.path, root: root, unchanged: frame))
        batch.entryCount += frame.frame.entryCount
        if batch.entryCount >= EngineLimits.batchEntryCount { try flush() }
      }
      return
    }
    let cached = frames.flatMap { $0.entries() }
    var pending: [PendingEntry] = []
    pending.reserveCapacity(folder.entries.count)
    var position = 0
    let now = SystemClock.now()
    for scanned in folder.entries {
      while position < cached.count,
        CataloguePath.compareNames(cached[position].entry.name, scanned.name) < 0
      {
        former.missed(cached[position])
        position += 1
      }
      var old: CachedEntry?
      if position < cached.count, cached[position].entry.name == scanned.name {
        old = cached[position]
        former.found(cached[position])
        position += 1
      }
      let entry = try self.pending(scanned, in: folder.path, directory, old, now)
      if entry.needsReading {
        batch.needsReading = true
        batch.byteCount += scanned.status.byteCount
      }
      pending.append(entry)
      batch.entryCount += 1
      if batch.entryCount >= EngineLimits.batchEntryCount
        || batch.byteCount >= EngineLimits.batchByteCount
      {
        batch.folders.append(PendingFolder(path: folder.path, root: root, entries: pending))
        pending.removeAll()
        try flush()
      }
    }
    for old in cached[position...] { former.missed(old) }
    if !pending.isEmpty {
      batch.folders.append(PendingFolder(path: folder.path, root: root, entries: pending))
    }
  }

  /// The frames of a folder if all that the scan found there is as they say.
  private func unchanged(
    _ frames: [CacheFrame], _ found: [ScannedEntry]
  ) -> [UnchangedFrame]? {
    guard !frames.isEmpty, frames.reduce(0, { $0 + $1.entryCount }) == found.count else {
      return nil
    }
    var position = 0
    var unchanged: [UnchangedFrame] = []
    for frame in frames {
      guard let same = UnchangedFrame(frame, found, from: position),
        isUnusable.map({ same.addresses.contains(where: $0) }) != true
      else { return nil }
      unchanged.append(same)
      position += frame.entryCount
    }
    return unchanged
  }

  private func pending(
    _ scanned: ScannedEntry, in folder: [UInt8], _ directory: Descriptor?, _ old: CachedEntry?,
    _ now: FileTime
  ) throws -> PendingEntry {
    let status = scanned.status
    var entry = CatalogueEntry(
      name: scanned.name, mode: UInt16(status.permissions), userID: status.uid,
      groupID: status.gid, modificationSeconds: status.modificationTime.seconds,
      modificationNanoseconds: status.modificationTime.nanoseconds, content: .folder)
    var pending = PendingEntry(
      entry: entry, inode: status.inode, changeTime: status.changeTime,
      isRacy: Racy.isRacy(status, now), isNew: old == nil)
    if scanned.isLive {
      entry.content = .file(byteCount: status.byteCount, extents: [])
      pending.entry = entry
      pending.needsReading = true
      return pending
    }
    if status.linkCount > 1, status.type != .directory {
      let key = FileKey(device: status.device, inode: status.inode)
      let path = CataloguePath.join(folder, scanned.name)
      if let first = linkFirsts[key] {
        pending.entry.content = .hardLink(first: first)
        return pending
      }
      linkFirsts[key] = path
    }
    if let old {
      let isUnaltered =
        old.hasStatus(status) && Self.isSameType(old.entry.content, status.type)
      if isUnaltered, !old.isRacy, !isToBeStoredAnew(old.entry) {
        pending.entry = old.entry
        pending.isNoise = old.isNoise
        return pending
      }
      if case .file(_, let extents) = old.entry.content {
        pending.former = FormerContent(
          extents: extents, isNoise: old.isNoise, isUnaltered: isUnaltered)
      }
    }
    if old == nil, status.type == .regular, let moved = try formerPlaces?.entry(of: status),
      !isToBeStoredAnew(moved.entry)
    {
      pending.entry = moved.entry
      pending.entry.name = scanned.name
      pending.isNoise = moved.isNoise
      pending.isKnownContent = true
      return pending
    }
    switch status.type {
    case .regular:
      entry.content = .file(byteCount: status.byteCount, extents: [])
      pending.entry = entry
      pending.needsReading = true
      return pending
    case .directory: entry.content = .folder
    case .symlink:
      let path = [0x2f] + CataloguePath.join(folder, scanned.name)
      do {
        let target =
          directory == nil
          ? try FileSystem.readSymlink(at: nil, path)
          : try FileSystem.readSymlink(at: directory, scanned.name)
        entry.content = .symbolicLink(target: target)
      } catch {
        pending.hasVanished = error.isNotFound || error.isInvalid
        guard pending.hasVanished else { throw EngineError.system(path: path, error) }
      }
    case .fifo: entry.content = .fifo
    case .characterDevice:
      entry.content = .characterDevice(
        major: DeviceNumber.major(status.specialDevice),
        minor: DeviceNumber.minor(status.specialDevice))
    case .blockDevice:
      entry.content = .blockDevice(
        major: DeviceNumber.major(status.specialDevice),
        minor: DeviceNumber.minor(status.specialDevice))
    case .socket: pending.hasVanished = true
    }
    if let directory {
      do {
        entry.attributes = try Attributes.read(at: directory, scanned.name)
      } catch {
        if error.isOutOfMeans {
          let root = roots.first { CataloguePath.isWithin(folder, $0.path) }
          throw EngineError.system(path: root?.source ?? [0x2f], error)
        }
        if error.isNotFound { pending.hasVanished = true } else { pending.error = error }
      }
    }
    pending.entry = entry
    return pending
  }

  private static func isSameType(_ content: CatalogueEntry.Content, _ type: FileType) -> Bool {
    switch (content, type) {
    case (.file, .regular), (.folder, .directory), (.symbolicLink, .symlink), (.fifo, .fifo),
      (.characterDevice, .characterDevice), (.blockDevice, .blockDevice):
      true
    default: false
    }
  }

  private func isToBeStoredAnew(_ entry: CatalogueEntry) -> Bool {
    guard let isUnusable, case .file(_, let extents) = entry.content else { return false }
    return extents.contains { !$0.isZeros && isUnusable($0.address) }
  }
}

/// What became of the files of last night's catalogue.
struct FormerFiles {
  /// How many there were.
  private(set) var count: UInt64 = 0
  /// How many of them did not look like noise.
  private(set) var compressibleCount: UInt64 = 0
  /// How many are there no longer.
  private(set) var goneCount: UInt64 = 0
  /// How many of those did not look like noise.
  private(set) var goneCompressibleCount: UInt64 = 0

  mutating func found(_ frame: UnchangedFrame) {
    count += frame.fileCount
    compressibleCount += frame.compressibleCount
  }

  mutating func found(_ old: CachedEntry) {
    guard case .file(let byteCount, _) = old.entry.content else { return }
    count += 1
    if Self.isCompressible(isNoise: old.isNoise, byteCount: byteCount) { compressibleCount += 1 }
  }

  mutating func missed(_ old: CachedEntry) {
    guard case .file(let byteCount, _) = old.entry.content else { return }
    found(old)
    goneCount += 1
    if Self.isCompressible(isNoise: old.isNoise, byteCount: byteCount) {
      goneCompressibleCount += 1
    }
  }

  /// Files that are too short to be called noise would thin out the share of those that are.
  static func isCompressible(isNoise: Bool, byteCount: UInt64) -> Bool {
    !isNoise && byteCount >= UInt64(Noise.byteCountMin)
  }
}

/// Whether a change could still hide in the grain of the file system's clock.
enum Racy {
  static func isRacy(_ status: FileStatus, _ now: FileTime) -> Bool {
    func isClose(_ time: FileTime) -> Bool {
      let seconds = now.seconds &- time.seconds
      // A time in the future is as doubtful as one just gone.
      guard seconds >= 0, seconds <= 3 else { return seconds < 0 }
      let nanoseconds = seconds * 1_000_000_000 + Int64(now.nanoseconds) - Int64(time.nanoseconds)
      return nanoseconds < EngineLimits.racyNanoseconds
    }
    return isClose(status.modificationTime) || isClose(status.changeTime)
  }
}

/// The C library's encoding of device numbers (`makedev(3)`).
enum DeviceNumber {
  static func major(_ device: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: (device >> 8) & 0xfff | (device >> 32) & 0xffff_f000)
  }

  static func minor(_ device: UInt64) -> UInt32 {
    UInt32(truncatingIfNeeded: device & 0xff | (device >> 12) & 0xffff_ff00)
  }

  static func make(major: UInt32, minor: UInt32) -> UInt64 {
    let major = UInt64(major)
    let minor = UInt64(minor)
    return (major & 0xfff) << 8 | (major & 0xffff_f000) << 32 | minor & 0xff
      | (minor & 0xffff_ff00) << 12
  }
}
