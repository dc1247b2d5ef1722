import BackupFormat
import BackupLog
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Foundation
import Testing

@testable import BackupEngine

/// The state folder lies on a disk like any other: what rots there may cost time, and never a backup.
@Suite("A damaged state folder")
struct StateDamageTests {
  private let storage = MemoryStorage()
  private let stage: RepositoryStage

  /// A source of which the next night takes some from last night's catalogue, and some from the chunk index.
  init() throws {
    stage = try RepositoryStage(storage: storage)
    stage.plan.workerCount = 1
    stage.plan.acceptsMovedSources = false
    // What changed before last night is told by the clock of the machine.
    stage.clock.advance(
      seconds: SystemClock.now().seconds + 3_600 - stage.clock.now.unix)
    for i in 0..<3 {
      try stage.write("f\(i)", RepositoryStage.bytes(300 + 100 * i, seed: UInt64(i)))
    }
    var nights = 0
    while try stage.passNight().counters.readByteCount > 0 {
      nights += 1
      try #require(nights < 1_000)
    }
    try stage.write("copy", RepositoryStage.bytes(400, seed: 1))
  }

  /// One bit in each twelve bytes, in another place each time; every bit with NIGHTSAFE_ALL_BITS, which takes long.
  @Test func costsNothingButTime() throws {
    let folder = stage.folder.path("state")
    let state = try RepositoryStage.contents(of: folder)
    let objects = try stored()
    let time = stage.clock.now
    let source = try RepositoryStage.contents(of: stage.folder.path("source"))
    #expect(state.keys.contains { $0.hasSuffix("/catalogue") })
    #expect(state.keys.contains { $0.hasSuffix(".idx") })
    // What the state is good for when it is whole.
    #expect(try stage.backUp().counters.readByteCount == 400)
    let step = ProcessInfo.processInfo.environment["NIGHTSAFE_ALL_BITS"] == nil ? 97 : 1
    var tries = 0
    for (name, bytes) in state.sorted(by: { $0.key < $1.key }) {
      for bit in stride(from: 0, to: 8 * bytes.count, by: step) {
        try rewind(to: objects, time)
        for (other, whole) in state { try replace(other, whole) }
        var damaged = bytes
        damaged[bit / 8] ^= 1 << UInt8(bit % 8)
        try replace(name, damaged)
        try stage.reopen()
        let label = "\(name), bit \(bit)"
        do { try stage.backUp() } catch { Issue.record("\(label): \(error)") }
        let (report, restored) = try stage.restore(to: "restored-\(tries)")
        #expect(!report.isDamaged && report.failures.isEmpty, "\(label)")
        #expect(try RepositoryStage.contents(of: restored) == source, "\(label)")
        tries += 1
      }
    }
    print("bits of the state flipped: \(tries)")
    #expect(tries > 50)
  }

  /// All bits of last night's catalogue, read alone.
  @Test func noBitOfLastNightsCatalogueIsTakenForAnother() throws {
    let state = try RepositoryStage.contents(of: stage.folder.path("state"))
    let bytes = try #require(state.first { $0.key.hasSuffix("/catalogue") }).value
    let snapshot = try #require(try stage.session().logState.liveSnapshots(of: stage.set).last)
    func entries(_ bytes: [UInt8]) throws -> [CatalogueEntry]? {
      try replace("../copy", bytes)
      let file = try Descriptor.openFile(at: stage.folder.descriptor, Array("copy".utf8))
      guard
        let reader = CatalogueCacheReader(
          file, repository: stage.id, set: stage.set, snapshot: snapshot.digest)
      else { return nil }
      var entries: [CatalogueEntry] = []
      reader.forEachEntry { entries.append($0.entry) }
      return entries
    }
    let whole = try #require(try entries(bytes))
    for bit in 0..<8 * bytes.count {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      guard let found = try entries(damaged) else { continue }
      #expect(found.count < whole.count && found == whole.dropLast(whole.count - found.count))
    }
  }

  private func stored() throws -> [StorageKey: [UInt8]] {
    var objects: [StorageKey: [UInt8]] = [:]
    for object in try storage.list("").objects {
      objects[object.key] = try storage.read(object.key, limitByteCount: 1 << 30)
    }
    return objects
  }

  private func rewind(to objects: [StorageKey: [UInt8]], _ time: LogTime) throws {
    stage.clock.now = time
    for object in try storage.list("").objects where objects[object.key] == nil {
      try storage.remove(object.key)
    }
  }

  private func replace(_ name: String, _ bytes: [UInt8]) throws {
    let path = "state/" + name
    do { try FileSystem.removeFile(at: stage.folder.descriptor, Array(path.utf8)) } catch {
      guard error.isNotFound else { throw error }
    }
    try stage.folder.write(path, bytes)
  }
}
