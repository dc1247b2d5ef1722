import BackupCrypto
import BackupFormat
import BackupObjects
import BackupStorage
import BackupSystem
import Synchronization

/// A stretch of a block and the place in a file where it belongs.
struct RestorePiece: Sendable {
  var file: RestoringFile
  var fileOffset: UInt64
  var blockOffset: Int
  var byteCount: Int
}

/// A block that is needed, with everything that it is needed for.
struct NeededBlock: Sendable {
  var address: BlockAddress
  var locations: [BlockLocation]
  var pieces: [RestorePiece]
}

/// Blocks that lie near each other in one pack and are read in one go.
struct ReadGroup: Sendable {
  var pack: PackName
  var offset: UInt64
  var byteCount: Int
  var blocks: [NeededBlock]

  /// Gaps up to this many bytes are read along rather than skipped: 256 KiB.
  static let gapByteCountMax: UInt64 = 256 << 10
  /// A group is closed before it exceeds this: 8 MiB.
  static let byteCountMax = 8 << 20

  /// Groups blocks in the order of packs and offsets.
  static func make(_ blocks: [NeededBlock]) -> [ReadGroup] {
    let sorted = blocks.sorted { a, b in
      let (x, y) = (a.locations[0], b.locations[0])
      return x.pack != y.pack ? x.pack < y.pack : x.offset < y.offset
    }
    var groups: [ReadGroup] = []
    for block in sorted {
      let place = block.locations[0]
      if let last = groups.last, last.pack == place.pack,
        place.offset - (last.offset + UInt64(last.byteCount)) <= gapByteCountMax,
        Int(place.offset - last.offset) + place.byteCount <= byteCountMax
      {
        let index = groups.count - 1
        groups[index].byteCount = Int(place.offset - last.offset) + place.byteCount
        groups[index].blocks.append(block)
      } else {
        groups.append(
          ReadGroup(
            pack: place.pack, offset: place.offset, byteCount: place.byteCount, blocks: [block]))
      }
    }
    return groups
  }
}

/// Reads groups, opens their blocks and writes the pieces: the work of one thread.
struct RestoreWorker: ~Copyable {
  private let snapshot: RestoreSource
  private let target: RestoreTarget
  private let tally: RestoreCrew.Tally
  private var opener: BlockOpener
  private var sealed: [UInt8] = []
  private var raw: [UInt8] = []
  /// How many bytes the block in ``raw`` has; behind them lies what is left of others.
  private var rawByteCount = 0

  /// What a worker needs of the snapshot.
  struct RestoreSource: Sendable {
    let storage: any Storage
    let repository: RepositoryID
    let set: SetID
    let keys: ContentKeys
  }

  init(
    _ snapshot: RestoreSource, _ target: RestoreTarget, _ tally: RestoreCrew.Tally
  ) throws {
    let opener = try BlockOpener(repository: snapshot.repository, set: snapshot.set)
    self.snapshot = snapshot
    self.target = target
    self.tally = tally
    self.opener = opener
  }

  /// Works until there are no more groups, and says what was written and lost.
  mutating func work(_ groups: BoundedRing<ReadGroup>) throws -> RestoreReport {
    var report = RestoreReport()
    while let group = groups.pop() {
      if Interrupt.isRequested { throw EngineError.interrupted }
      let before = (report.writtenFileCount, report.writtenByteCount)
      try write(group, &report)
      tally.fileCount.add(report.writtenFileCount - before.0, ordering: .relaxed)
      tally.byteCount.add(report.writtenByteCount - before.1, ordering: .relaxed)
    }
    return report
  }

  private mutating func write(_ group: ReadGroup, _ report: inout RestoreReport) throws {
    var sealed: [UInt8] = []
    swap(&sealed, &self.sealed)
    defer { swap(&sealed, &self.sealed) }
    if sealed.count < group.byteCount {
      sealed = [UInt8](repeating: 0, count: group.byteCount)
    }
    var isRead = false
    do {
      var all = sealed.mutableSpan
      var span = all._mutatingExtracting(0..<group.byteCount)
      try snapshot.storage.read(
        try StorageKey.of(group.pack.path), at: group.offset, into: &span)
      isRead = true
    } catch let error as StorageError {
      // One by one, and from other places, below.
      guard case .object = EngineError.of(error, "") else { throw EngineError.storage(error) }
    }
    for block in group.blocks {
      let place = block.locations[0]
      let start = Int(place.offset - group.offset)
      var reason: String?
      if isRead {
        reason = open(
          sealed, start..<start + place.byteCount, place, block.address)
      } else {
        reason = "the pack is missing or too short"
      }
      if reason != nil { reason = try fetchElsewhere(block) }
      for piece in block.pieces {
        let end = piece.blockOffset + piece.byteCount
        let isBeyond = reason == nil && end > rawByteCount
        if let reason = isBeyond ? "the catalogue names more than the block holds" : reason {
          piece.file.lacksPieces.store(true, ordering: .releasing)
          report.lost.append(
            LostRange(
              path: piece.file.path, offset: piece.fileOffset, byteCount: UInt64(piece.byteCount),
              reason: reason))
        } else if !piece.file.hasFailed.load(ordering: .acquiring) {
          do {
            try piece.file.write(
              raw.span.extracting(piece.blockOffset..<end),
              at: piece.fileOffset, target)
            report.writtenByteCount += UInt64(piece.byteCount)
          } catch {
            if error.isNoSpace { throw EngineError.system(path: [0x2f] + piece.file.path, error) }
            let wasTold = piece.file.hasFailed.exchange(true, ordering: .acquiringAndReleasing)
            if !wasTold { report.failures.append((piece.file.path, error)) }
          }
        }
        let (_, left) = piece.file.remaining.subtract(1, ordering: .acquiringAndReleasing)
        if left == 0 { finish(piece.file, &report) }
      }
    }
  }

  /// Opens a sealed block into `raw`; nil when it is whole, else what is wrong.
  private mutating func open(
    _ bytes: [UInt8], _ range: Range<Int>, _ place: BlockLocation, _ address: BlockAddress
  ) -> String? {
    guard Digest(SHA256.hash(bytes.span.extracting(range))) == place.digest else {
      return "the block is not as it was signed"
    }
    do {
      let key = try snapshot.keys.key(of: address.run)
      rawByteCount = try opener.open(
        bytes.span.extracting(range), key: key, kind: .dataBlock, address: address, into: &raw)
      return nil
    } catch {
      return "the block does not open: \(error)"
    }
  }

  /// Tries every place where a block lies, one by one; nil when one is whole, else what is wrong.
  ///
  /// - Throws: What is about the store or this process, and says nothing about the block.
  private mutating func fetchElsewhere(_ block: NeededBlock) throws -> String? {
    var reason = "the block is not as it was signed, and lies nowhere else"
    for place in block.locations {
      var bytes = [UInt8](repeating: 0, count: place.byteCount)
      do {
        var span = bytes.mutableSpan
        try snapshot.storage.read(
          try StorageKey.of(place.pack.path), at: place.offset, into: &span)
      } catch let error as StorageError {
        guard case .object = EngineError.of(error, "") else { throw EngineError.storage(error) }
        reason = "the pack \(place.pack.path) is missing or too short"
        continue
      }
      guard let wrong = open(bytes, 0..<bytes.count, place, block.address) else { return nil }
      reason = wrong
    }
    return reason
  }

  /// Gives a file its size, its metadata and, where it replaces one, its name.
  private func finish(_ file: RestoringFile, _ report: inout RestoreReport) {
    RestoreFinisher.finish(file, target, &report)
  }
}

/// Ends a restored file.
enum RestoreFinisher {
  static func finish(
    _ file: RestoringFile, _ target: RestoreTarget, _ report: inout RestoreReport
  ) {
    guard !file.hasFailed.load(ordering: .acquiring) else { return discard(file, target) }
    do {
      let descriptor = try file.descriptor(target)
      try file.settle()
      if case .file(let byteCount, let extents) = file.entry.content,
        byteCount >= EngineLimits.directFileByteCount || extents.last?.isZeros ?? (byteCount > 0)
      {
        try descriptor.truncate(toByteCount: byteCount)
      }
      report.refusedMetadataCount += UInt64(
        try target.setMetadata(
          file.entry, of: descriptor, setsTimes: !file.lacksPieces.load(ordering: .acquiring)))
      file.close()
      if let name = file.replacesName {
        let folder = try Descriptor.openBeneath(
          root: target.root, path: file.folder.isEmpty ? [0x2e] : file.folder,
          flags: [.directory, .noFollow])
        guard let work = CataloguePath.split(file.workPath) else { return }
        try FileSystem.rename(at: folder, work.name, to: folder, name)
      }
      report.writtenFileCount += 1
    } catch {
      file.close()
      report.failures.append((file.path, error))
    }
  }

  /// Takes away what was written of a file that is not whole, so that it looks like none.
  static func discard(_ file: RestoringFile, _ target: RestoreTarget) {
    file.close()
    guard
      // A folder that can't be opened holds nothing that we made.
      let folder = try? Descriptor.openBeneath(
        root: target.root, path: file.folder.isEmpty ? [0x2e] : file.folder,
        flags: [.directory, .noFollow]),
      let work = CataloguePath.split(file.workPath)
    else { return }
    // It may never have been made.
    try? FileSystem.removeFile(at: folder, work.name)
  }
}
