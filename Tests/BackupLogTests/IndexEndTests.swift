import BackupFormat
import BackupLog
import BackupStorage
import BackupTestSupport
import Testing

@Suite("Index objects and the ends of packs")
struct IndexEndTests {
  /// Vectors of `Docs/format.md`, section 5, among them two whose end has another hash.
  @Test(arguments: FormatVector.load("index"))
  func areTakenOnlyIfTheEndsFollowFromThem(_ vector: FormatVector) throws {
    let bytes = vector.bytes("hex")
    let repository = try #require(RepositoryID(vector.bytes("repository")))
    let storage = MemoryStorage()
    let digest = Digest(hashing: bytes)
    let key = try #require(StorageKey(ObjectPath.index(digest).text))
    _ = try storage.put(key, bytes.span)
    let index = try StoredObjectSource(storage: storage, repository: repository)
      .indexObject(digest)
    #expect((index != nil) == vector.isAccepted, "\(vector.why)")
  }
}
