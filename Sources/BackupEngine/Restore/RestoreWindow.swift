import BackupFormat
import BackupObjects
import BackupSystem
import Synchronization

/// Files that are restored together: their blocks are read once, in the order of packs, while the
/// next window is filled.
final class RestoreWindow {
  private let snapshot: OpenSnapshot
  private let target: RestoreTarget
  /// What large files are put together in.
  let tiles = TilePool()
  private var needed: [BlockAddress: Int] = [:]
  private var blocks: [NeededBlock] = []
  private var files: [RestoringFile] = []
  private var byteCount: UInt64 = 0
  private var fileCount = 0
  private var crew: RestoreCrew?
  /// Files that the crew may still be writing.
  private var unfinished: [RestoringFile] = []

  /// A window is full when its files need this many raw bytes: 64 MiB.
  static let byteCountMax: UInt64 = 64 << 20
  /// Or when it has this many files.
  static let fileCountMax = 4_096

  init(_ snapshot: OpenSnapshot, _ target: RestoreTarget) {
    self.snapshot = snapshot
    self.target = target
  }

  /// Whether it is to be ended before the next file.
  var isFull: Bool { byteCount >= Self.byteCountMax || fileCount >= Self.fileCountMax }

  /// Files and bytes that the crew has written so far, and no report says yet.
  var written: (fileCount: UInt64, byteCount: UInt64) {
    guard let crew else { return (0, 0) }
    return (
      crew.tally.fileCount.load(ordering: .relaxed), crew.tally.byteCount.load(ordering: .relaxed)
    )
  }

  /// Adds a file with all that it needs.
  func add(
    _ file: RestoringFile, _ extents: [Extent], _ byteCount: UInt64, _ report: inout RestoreReport
  ) {
    var offset: UInt64 = 0
    for extent in extents {
      if !extent.isZeros { need(extent, file, offset, &report) }
      offset += extent.byteCount
    }
    files.append(file)
    fileCount += 1
    self.byteCount += byteCount
  }

  private func need(
    _ extent: Extent, _ file: RestoringFile, _ offset: UInt64, _ report: inout RestoreReport
  ) {
    let piece = RestorePiece(
      file: file, fileOffset: offset, blockOffset: Int(extent.offset),
      byteCount: Int(extent.byteCount))
    if let index = needed[extent.address] {
      blocks[index].pieces.append(piece)
      return
    }
    let locations = snapshot.locator.locations(of: extent.address)
    guard !locations.isEmpty else {
      report.lost.append(
        LostRange(
          path: file.path, offset: offset, byteCount: extent.byteCount,
          reason: "no index object names the block"))
      file.lacksPieces.store(true, ordering: .releasing)
      let (_, left) = file.remaining.subtract(1, ordering: .acquiringAndReleasing)
      if left == 0 { RestoreFinisher.finish(file, target, &report) }
      return
    }
    needed[extent.address] = blocks.count
    blocks.append(
      NeededBlock(address: extent.address, locations: locations, pieces: [piece]))
  }

  /// Hands over what the window needs, and begins the next.
  func end() throws {
    defer {
      needed.removeAll(keepingCapacity: true)
      blocks.removeAll(keepingCapacity: true)
      byteCount = 0
      fileCount = 0
    }
    unfinished.removeAll { $0.remaining.load(ordering: .acquiring) == 0 }
    unfinished += files
    files.removeAll(keepingCapacity: true)
    guard !blocks.isEmpty else { return }
    let crew = try self.crew ?? makeCrew()
    self.crew = crew
    try crew.take(blocks)
  }

  private func makeCrew() throws -> RestoreCrew {
    let source = RestoreWorker.RestoreSource(
      storage: snapshot.storage, repository: snapshot.repository, set: snapshot.keys.secret.set,
      keys: snapshot.contentKeys)
    return try RestoreCrew(source, target)
  }

  /// Waits until every file that was begun is whole.
  func finish(_ report: inout RestoreReport) throws {
    try end()
    guard let crew else { return }
    self.crew = nil
    report.add(try crew.finish())
  }

  /// Ends all work, and takes away the files that are not whole.
  func stop(_ error: any Error) {
    crew?.stop(error)
    target.forgetFolder()
    for file in unfinished where file.remaining.load(ordering: .acquiring) > 0 {
      RestoreFinisher.discard(file, target)
    }
  }
}
