import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("Records and requests that a killed run left unnamed")
struct UnnamedTextTests {
  private let storage = OvertakenStorage()
  private let stage: RepositoryStage

  init() throws {
    stage = try RepositoryStage(storage: storage)
    try stage.write("a", RepositoryStage.bytes(500, seed: 1))
    try stage.passNight()
  }

  private func leave(_ make: (Digest) -> ObjectPath, _ text: String) throws -> ObjectPath {
    let bytes = [UInt8](text.utf8)
    let path = make(try #require(Digest(SHA256.hash(bytes))))
    _ = try storage.put(try #require(StorageKey(path.text)), bytes.span)
    return path
  }

  private func isThere(_ path: ObjectPath) throws -> Bool {
    try storage.byteCount(of: try #require(StorageKey(path.text))) != nil
  }

  /// Entries that say no more than that a night is over.
  private func passEntries(_ count: Int) throws {
    for _ in 0..<count { try stage.closeNight() }
  }

  @Test func areCollectedByTheOrderOfTheLog() throws {
    let texts = [
      try leave(ObjectPath.record, "a record"), try leave(ObjectPath.erasure, "a request"),
    ]
    try stage.rotate()
    let condemned = try stage.session().logState.condemned()
    #expect(texts.allSatisfy { condemned.objects.contains($0) })
    try passEntries(900)
    try stage.rotate()
    #expect(try texts.allSatisfy(isThere))
    try passEntries(101)
    try stage.rotate()
    #expect(try texts.allSatisfy { try !isThere($0) })
  }

  @Test func areLookedAtAgainAfterALostRace() throws {
    let path = try leave(ObjectPath.record, "a record that its night is about to name")
    let other = try leave(ObjectPath.record, "one that nobody will name")
    guard case .record(let digest) = path else { return }
    let (storage, id, clock, host) = (storage, stage.id, stage.clock, stage.host)
    let kept = Predicate.RecordKept(
      night: stage.nightOf(clock.now.unix), commitment: digest,
      until: clock.now.unix + 86_400 * 700)
    storage.afterListing("snapshots") {
      let session = try RepositorySession(
        storage: storage, id: id, state: nil, clock: { clock.now })
      let draft = Draft(.record(kept), subjects: [Subject(path: path, digest: digest)])
      try session.append([draft], by: host.signer)
    }
    try stage.rotate()
    #expect(try stage.session().logState.condemned().objects == [other])
  }

  @Test func stayWhenTheyAreNamedAfterAll() throws {
    let session = try stage.session()
    let request = try stage.makeRequest(["a"])
    let draft = try session.open(request, keys: try stage.ownerKeys())
    let path = try #require(draft.subjects.first?.path)
    try stage.rotate()
    #expect(try stage.session().logState.condemned().objects.contains(path))
    try stage.session().append([draft], by: stage.owner.signer)
    #expect(try !stage.session().logState.condemned().objects.contains(path))
    try passEntries(1_001)
    try stage.rotate()
    #expect(try isThere(path))
    // And it is in force.
    let (_, folder) = try stage.restore()
    #expect(try RepositoryStage.contents(of: folder)["a"] == nil)
  }

  @Test func canNotBeNamedWhenTheyWereDeleted() throws {
    let session = try stage.session()
    let draft = try session.open(try stage.makeRequest(["a"]), keys: try stage.ownerKeys())
    let path = try #require(draft.subjects.first?.path)
    try stage.rotate()
    try passEntries(1_001)
    try stage.rotate()
    let size = try stage.session().logState.size
    var refused: ObjectPath?
    do {
      try stage.session().append([draft], by: stage.owner.signer)
    } catch EngineError.log(.objectDeleted(let deleted)) {
      refused = deleted
    }
    #expect(refused == path)
    #expect(try stage.session().logState.size == size)
  }
}
