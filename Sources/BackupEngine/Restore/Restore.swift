import BackupFormat
import BackupSystem

/// Brings a snapshot back.
///
/// Pages are taken in windows. In each, folders, links and empty files are made by the caller's
/// thread; then the blocks that the window's files need are read in the order of packs, opened
/// and written at their offsets by a crew of workers. Folders get their times last.
public final class Restore {
  private let snapshot: OpenSnapshot
  private let request: RestoreRequest
  private let target: RestoreTarget
  /// Whether a dry run found no target, in which nothing can be the same.
  private let isTargetAbsent: Bool
  private var report = RestoreReport()
  private let window: RestoreWindow
  private var replacedCount = 0
  private var folders: [(folder: [UInt8], name: [UInt8], entry: CatalogueEntry)] = []
  /// Folders that are restored whole: paths in the catalogue, and below the target.
  private var wholeFolders: [(path: [UInt8], place: [UInt8])] = []
  private var links: [(first: [UInt8], folder: [UInt8], entry: CatalogueEntry)] = []
  private var made: Set<[UInt8]> = []
  /// Folders that could not be made, by their paths in the catalogue.
  private var failedFolders: Set<[UInt8]> = []
  private let leftovers: RestoreLeftovers
  private var isProgressing: (@Sendable (UInt64, UInt64) -> Void)?

  /// Prepares to restore `snapshot`.
  ///
  /// - Parameter progress: Called now and then with files and bytes written.
  public init(
    _ snapshot: OpenSnapshot, _ request: RestoreRequest,
    progress: (@Sendable (UInt64, UInt64) -> Void)? = nil
  ) throws {
    self.snapshot = snapshot
    self.request = request
    isProgressing = progress
    do {
      isTargetAbsent = request.isDryRun && !RestoreTarget.exists(request.target)
      target = try RestoreTarget(isTargetAbsent ? [0x2f] : request.target)
      leftovers = try RestoreLeftovers(target, isLooking: request.isDryRun)
      window = RestoreWindow(snapshot, target)
    } catch {
      throw EngineError.system(path: request.target, error)
    }
  }

  /// Does it.
  public func run() throws -> RestoreReport {
    do {
      return try restoreAll()
    } catch {
      window.stop(error)
      throw error
    }
  }

  private func restoreAll() throws -> RestoreReport {
    guard try request.strip.isEmpty || mayHold(request.strip) else {
      throw EngineError.notFound(.path, "/" + String(decoding: request.strip, as: UTF8.self))
    }
    try makeAncestors()
    for index in snapshot.pageIndices(for: request.selection.bounds) {
      if Interrupt.isRequested { throw EngineError.interrupted }
      let page: CataloguePage
      do {
        page = try snapshot.page(at: index)
      } catch {
        guard case .object = error else { throw error }
        let lost = snapshot.root.pages[index]
        report.lostPages.append(
          (CataloguePath.join(lost.folder, lost.name), lost.entryCount, "\(error)"))
        continue
      }
      for section in page.sections where request.selection.mayHold(section.folder) {
        try restore(section)
      }
    }
    try finishFiles()
    try makeLinks()
    if request.deletesExtras, !isTargetAbsent { removeExtras() }
    finishFolders()
    return report
  }

  /// Whether the snapshot has a path, or can't tell because that page of its catalogue is damaged.
  private func mayHold(_ path: [UInt8]) throws(EngineError) -> Bool {
    do {
      return try snapshot.entry(at: path) != nil
    } catch .object {
      return true
    }
  }

  /// The path in the target; nil for what the strip takes away.
  private func targetPath(_ path: [UInt8]) -> [UInt8]? {
    if request.strip.isEmpty { return path }
    guard CataloguePath.isWithin(path, request.strip), path != request.strip else { return nil }
    return [UInt8](path[(request.strip.count + 1)...])
  }

  /// Folders above what was asked for, with their own metadata.
  private func makeAncestors() throws {
    var seen: Set<[UInt8]> = []
    for path in request.selection.paths {
      var above: [[UInt8]] = []
      var rest = path
      while let (folder, _) = CataloguePath.split(rest), !folder.isEmpty {
        above.append(folder)
        rest = folder
      }
      for folder in above.reversed() where seen.insert(folder).inserted {
        guard try mayHold(folder), let entry = try? snapshot.entry(at: folder),  // told by its page
          entry.content == .folder,
          !snapshot.erasures.withholds(folder, isFolder: true),
          let (parent, _) = CataloguePath.split(folder)
        else { continue }
        restore(entry, in: parent)
      }
    }
    for path in request.selection.paths where try !mayHold(path) {
      throw EngineError.notFound(.path, String(decoding: path, as: UTF8.self))
    }
  }

  private func restore(_ section: CataloguePage.Section) throws {
    var isSwept = false
    for entry in section.entries {
      let path = CataloguePath.join(section.folder, entry.name)
      let isFolder = entry.content == .folder
      guard request.selection.match(path, isFolder: isFolder) == .whole else { continue }
      if snapshot.erasures.withholds(path, isFolder: isFolder) {
        report.withheldCount += 1
        continue
      }
      if !isFolder { makeParents(of: section.folder) }
      if !isSwept { sweep(section) }
      isSwept = true
      restore(entry, in: section.folder)
      if window.isFull {
        try window.end()
        tellProgress()
      }
    }
  }

  /// Removes what a killed restore left in a folder.
  private func sweep(_ section: CataloguePage.Section) {
    let below = CataloguePath.join(section.folder, [0x2e])
    guard let place = targetPath(below), let (folder, _) = CataloguePath.split(place) else {
      return
    }
    do {
      try leftovers.remove(from: folder, besides: section.entries)
    } catch {
      report.failures.append((section.folder, error))
    }
  }

  /// Makes folders that a pattern passed over but that what it found lies in.
  private func makeParents(of folder: [UInt8]) {
    guard !request.selection.isEverything, let path = targetPath(folder), !made.contains(path),
      !request.isDryRun
    else { return }
    var built: [UInt8] = []
    for component in path.split(separator: 0x2f) {
      let name = [UInt8](component)
      let whole = CataloguePath.join(built, name)
      if !made.contains(whole) {
        do throws(SystemError) {
          try makeFolder(
            request.strip.isEmpty ? whole : CataloguePath.join(request.strip, whole), built, name)
        } catch {
          if failedFolders.insert(folder).inserted { report.failures.append((folder, error)) }
          return
        }
        made.insert(whole)
      }
      built = whole
    }
  }

  private func makeFolder(
    _ path: [UInt8], _ parent: [UInt8], _ name: [UInt8]
  ) throws(SystemError) {
    if !isBackedUp(path), try target.status(parent, name)?.type == .symlink {
      // A link on the way to a source is the machine's own, and no part of the data.
      throw SystemError.link("openat2")
    }
    try target.makeFolder(parent, name)
  }

  private func restore(_ entry: CatalogueEntry, in folder: [UInt8]) {
    let path = CataloguePath.join(folder, entry.name)
    guard let place = targetPath(path), let (parent, name) = CataloguePath.split(place) else {
      return
    }
    if entry.isUnreadable {
      report.unreadableCount += 1
      return
    }
    if entry.content == .folder { wholeFolders.append((path, place)) }
    if request.isDryRun { return plan(entry, path, parent, name) }
    if failedFolders.contains(folder) {
      // That its folder could not be made was told.
      if entry.content == .folder { failedFolders.insert(path) }
      report.belowFailureCount += 1
      return
    }
    do throws(SystemError) {
      switch entry.content {
      case .folder:
        try makeFolder(path, parent, name)
        made.insert(place)
        folders.append((parent, name, entry))
        report.otherCount += 1
      case .file(let byteCount, let extents):
        try begin(entry, byteCount, extents, path, parent, name)
      case .hardLink(let first):
        links.append((first, folder, entry))
      case .symbolicLink(let linkTarget):
        try replace(parent, name) { (directory) throws(SystemError) in
          try FileSystem.makeSymlink(at: directory, name, target: linkTarget)
        } unless: { (status, directory) throws(SystemError) in
          guard status.type == .symlink else { return false }
          return try FileSystem.readSymlink(at: directory, name) == linkTarget
        }
        try finish(entry, parent, name)
      case .fifo:
        try replace(parent, name) { (directory) throws(SystemError) in
          try FileSystem.makeFIFO(at: directory, name, mode: 0o600)
        } unless: { (status, _) throws(SystemError) in
          status.type == .fifo
        }
        try finish(entry, parent, name)
      case .characterDevice(let major, let minor), .blockDevice(let major, let minor):
        let device = DeviceNumber.make(major: major, minor: minor)
        var type = FileType.blockDevice
        if case .characterDevice = entry.content { type = .characterDevice }
        try replace(parent, name) { (directory) throws(SystemError) in
          try FileSystem.makeSpecialFile(
            at: directory, name, type: type, mode: 0o600, device: device)
        } unless: { (status, _) throws(SystemError) in
          status.type == type && status.specialDevice == device
        }
        try finish(entry, parent, name)
      }
    } catch {
      if entry.content == .folder { failedFolders.insert(path) }
      report.failures.append((path, error))
    }
  }

  private func plan(
    _ entry: CatalogueEntry, _ path: [UInt8], _ parent: [UInt8], _ name: [UInt8]
  ) {
    do {
      if !isTargetAbsent, let status = try target.status(parent, name),
        try isSame(status, entry, parent, name)
      {
        if case .file = entry.content { report.unchangedFileCount += 1 }
        return
      }
    } catch {
      // A folder that does not exist yet: then what is in it would be written.
    }
    report.planned.append(path)
  }

  private func isSame(
    _ status: FileStatus, _ entry: CatalogueEntry, _ parent: [UInt8], _ name: [UInt8]
  ) throws(SystemError) -> Bool {
    switch entry.content {
    case .file(let byteCount, _):
      return status.type == .regular && status.byteCount == byteCount
        && status.modificationTime == entry.modificationTime
    case .folder: return status.type == .directory
    case .symbolicLink(let linkTarget):
      guard status.type == .symlink else { return false }
      return try FileSystem.readSymlink(at: try target.folder(parent), name) == linkTarget
    case .hardLink(let first):
      guard let place = targetPath(first), let (folder, name) = CataloguePath.split(place),
        let other = try target.status(folder, name)
      else { return false }
      return status.inode == other.inode && status.device == other.device
    case .fifo: return status.type == .fifo
    case .characterDevice(let major, let minor):
      return status.type == .characterDevice
        && status.specialDevice == DeviceNumber.make(major: major, minor: minor)
    case .blockDevice(let major, let minor):
      return status.type == .blockDevice
        && status.specialDevice == DeviceNumber.make(major: major, minor: minor)
    }
  }

  /// Whether a path lies in a source, and not only on the way to one.
  private func isBackedUp(_ path: [UInt8]) -> Bool {
    snapshot.root.sources.contains { source in
      var root = [UInt8](source.drop { $0 == 0x2f })
      while root.last == 0x2f { root.removeLast() }
      return CataloguePath.isWithin(path, root)
    }
  }

  private func replace(
    _ parent: [UInt8], _ name: [UInt8], with make: (Descriptor) throws(SystemError) -> Void,
    unless isThere: (FileStatus, Descriptor) throws(SystemError) -> Bool
  ) throws(SystemError) {
    let directory = try target.folder(parent)
    if let status = try target.status(parent, name) {
      if try isThere(status, directory) { return }
      try target.remove(parent, name)
    }
    try make(try target.folder(parent))
  }

  private func finish(
    _ entry: CatalogueEntry, _ parent: [UInt8], _ name: [UInt8]
  ) throws(SystemError) {
    report.refusedMetadataCount += UInt64(try target.setMetadata(entry, parent, name))
    report.otherCount += 1
  }

  private func begin(
    _ entry: CatalogueEntry, _ byteCount: UInt64, _ extents: [Extent], _ path: [UInt8],
    _ parent: [UInt8], _ name: [UInt8]
  ) throws(SystemError) {
    var workName = name
    var replaced: [UInt8]?
    if let status = try target.status(parent, name) {
      if try isSame(status, entry, parent, name), !request.rewritesUnchanged {
        let file = try Descriptor.openBeneath(
          root: target.root, path: CataloguePath.join(parent, name),
          flags: [.noFollow, .nonBlocking])
        report.refusedMetadataCount += UInt64(try target.setMetadata(entry, of: file))
        report.unchangedFileCount += 1
        return
      }
      if status.type == .directory {
        try target.remove(parent, name)
      } else {
        replaced = name
        workName = RestoreLeftovers.name(replacedCount)
        replacedCount += 1
        try target.remove(parent, workName)
      }
    }
    let pieces = extents.filter { !$0.isZeros }
    let file = RestoringFile(
      path: path, folder: parent, workPath: CataloguePath.join(parent, workName),
      replacesName: replaced, entry: entry, pieceCount: pieces.count, pool: window.tiles)
    if pieces.isEmpty {
      RestoreFinisher.finish(file, target, &report)
      return
    }
    window.add(file, extents, byteCount, &report)
  }

  private func tellProgress() {
    let (fileCount, byteCount) = window.written
    // Of a crew that has only begun nothing can be foretold.
    guard report.writtenByteCount + byteCount > 0 else { return }
    isProgressing?(report.writtenFileCount + fileCount, report.writtenByteCount + byteCount)
  }

  /// Waits until every file that was begun is whole.
  private func finishFiles() throws {
    try window.finish(&report)
    isProgressing?(report.writtenFileCount, report.writtenByteCount)
  }

  /// Makes further names of files, now that the files are there.
  private func makeLinks() throws {
    var firsts: [[UInt8]: [UInt8]] = [:]
    var later: [(first: [UInt8], folder: [UInt8], entry: CatalogueEntry)] = []
    for link in links {
      guard let place = targetPath(CataloguePath.join(link.folder, link.entry.name)) else {
        continue
      }
      let isFirstMeant =
        request.selection.match(link.first, isFolder: false) == .whole
        && targetPath(link.first) != nil && !snapshot.erasures.withholds(link.first)
      if !isFirstMeant, firsts[link.first] == nil {
        // The first name was not asked for: its content comes under this one.
        firsts[link.first] = place
        if var entry = try snapshot.entry(at: link.first) {
          entry.name = link.entry.name
          restore(entry, in: link.folder)
        }
      } else {
        later.append(link)
      }
    }
    try finishFiles()
    for link in later {
      let path = CataloguePath.join(link.folder, link.entry.name)
      guard let first = firsts[link.first] ?? targetPath(link.first),
        let place = targetPath(path), let (parent, name) = CataloguePath.split(place),
        let (firstFolder, firstName) = CataloguePath.split(first)
      else { continue }
      do {
        let source = try Descriptor.openBeneath(
          root: target.root, path: firstFolder.isEmpty ? [0x2e] : firstFolder,
          flags: [.directory, .noFollow])
        let original = try FileStatus.read(at: source, name: firstName)
        if let status = try target.status(parent, name) {
          if status.inode == original.inode, status.device == original.device { continue }
          try target.remove(parent, name)
        }
        try FileSystem.link(at: source, firstName, to: try target.folder(parent), name)
        report.otherCount += 1
      } catch {
        report.failures.append((path, error))
      }
    }
  }

  /// Removes from each restored folder what the snapshot does not have there.
  ///
  /// Only below the sources: what lies beside the way to one was never backed up. A mount point whose
  /// file system was left out keeps what is mounted there.
  private func removeExtras() {
    var wanted: [[UInt8]: Set<[UInt8]>] = [:]
    for index in snapshot.pageIndices(for: request.selection.bounds) {
      // A page that is lost leaves no doubt-free list: then nothing is removed at all.
      guard let page = try? snapshot.page(at: index) else { return }
      for section in page.sections {
        wanted[section.folder, default: []].formUnion(section.entries.map(\.name))
      }
    }
    target.forgetFolder()
    let stripped = request.strip.isEmpty ? [] : [(path: request.strip, place: [UInt8]())]
    for (path, place) in stripped + wholeFolders
    where isBackedUp(path) && request.selection.match(path, isFolder: true) == .whole {
      do {
        let directory = try target.folder(place)
        if wanted[path] == nil, try target.isMountPoint(place) { continue }
        for found in try DirectoryEntries.read(directory)
        where wanted[path]?.contains(found.name) != true {
          if request.isDryRun {
            report.wouldRemove.append(CataloguePath.join(path, found.name))
          } else {
            try target.remove(place, found.name)
            report.removedCount += 1
          }
        }
      } catch {
        // A dry run made no folders, so those that are missing hold nothing.
        if !(request.isDryRun && error.isNotFound) { report.failures.append((path, error)) }
      }
    }
    target.forgetFolder()
  }

  /// Sets what writing below a folder would have changed again.
  private func finishFolders() {
    target.forgetFolder()
    for (folder, name, entry) in folders.reversed() {
      let path = CataloguePath.join(folder, name)
      do {
        let directory = try Descriptor.openBeneath(
          root: target.root, path: path, flags: [.directory, .noFollow])
        report.refusedMetadataCount += UInt64(try target.setMetadata(entry, of: directory))
      } catch {
        report.failures.append((path, error))
      }
    }
  }
}

extension RestoreReport {
  mutating func add(_ part: RestoreReport) {
    writtenFileCount += part.writtenFileCount
    writtenByteCount += part.writtenByteCount
    refusedMetadataCount += part.refusedMetadataCount
    lost += part.lost
    failures += part.failures
  }
}
