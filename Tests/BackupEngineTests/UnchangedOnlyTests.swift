import BackupCrypto
import BackupEngine
import BackupFormat
import BackupLog
import BackupObjects
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("Deduplication of unchanged files only")
struct UnchangedOnlyTests {
  private static let form = [UInt8]("bank account of customer 4711: NL00 TEST 0123 4567 89".utf8)

  /// What a thief of the nightly host can do: name a content by the set's key, and look for it.
  private func isGuessFound(_ stage: RepositoryStage) throws -> Bool {
    let guess = HMACSHA256.authenticate(Self.form.span, key: stage.plan.secret.chunkIDKey)
    return try stage.openEverything().chunkIDs.contains(guess)
  }

  @Test func `the guess of a content can't be tested, though it can by default`() throws {
    let usual = try RepositoryStage()
    try usual.write("form.txt", Self.form)
    try usual.write("bulk.bin", RepositoryStage.bytes(400_000, seed: 8))
    try usual.passNight()
    #expect(try isGuessFound(usual))
    try usual.write("guess.bin", RepositoryStage.bytes(400_000, seed: 8))
    #expect(try usual.passNight().counters.newByteCount < 100_000)

    let stage = try RepositoryStage(deduplication: .unchangedFilesOnly)
    try stage.write("form.txt", Self.form)
    try stage.write("bulk.bin", RepositoryStage.bytes(400_000, seed: 8))
    try stage.passNight()
    #expect(try !isGuessFound(stage))
    try stage.write("guess.bin", RepositoryStage.bytes(400_000, seed: 8))
    #expect(try stage.passNight().counters.newByteCount >= 400_000)
  }

  /// Files that are older than the grain of the clock: those of the test vectors.
  private func oldSource() -> [UInt8] {
    var path = [UInt8](#filePath.utf8)
    for _ in 0..<2 {
      while path.last != 0x2f { path.removeLast() }
      path.removeLast()
    }
    return path + [UInt8]("/Vectors/format".utf8)
  }

  @Test func `an unchanged file is taken over from last night's catalogue`() throws {
    let stage = try RepositoryStage(deduplication: .unchangedFilesOnly)
    stage.plan.sources = [oldSource()]
    let first = try stage.passNight()
    #expect(first.counters.newByteCount >= first.counters.byteCount)
    let second = try stage.passNight()
    #expect(second.counters.fileCount == first.counters.fileCount)
    #expect(second.counters.readByteCount == 0)
    // No more than the page of the folders above, whose times may have changed.
    #expect(second.counters.newByteCount < 4 << 10)
    let target = stage.folder.path("restored")
    let report = try Restore(try stage.open(), RestoreRequest(target: target)).run()
    #expect(!report.isDamaged)
    #expect(
      try RepositoryStage.contents(of: target + oldSource())
        == RepositoryStage.contents(of: oldSource()))
  }

  @Test func `the loss of the state directory costs a full night`() throws {
    let stage = try RepositoryStage(deduplication: .unchangedFilesOnly)
    stage.plan.sources = [oldSource()]
    let first = try stage.passNight()
    try FileSystem.rename(
      at: stage.folder.descriptor, Array("state".utf8), to: stage.folder.descriptor,
      Array("lost".utf8))
    try stage.reopen()
    #expect(try stage.passNight().counters.newByteCount >= first.counters.byteCount)
    let deep = try DeepCheck(try stage.session(), keys: try stage.ownerKeys()).execute()
    #expect(deep.damaged.isEmpty)
    #expect(deep.badSnapshots.isEmpty)
    #expect(deep.comparedCount == deep.blockCount)
  }

  @Test func `strict erasure names what it seals anew under its own run's key`() throws {
    let stage = try RepositoryStage(deduplication: .unchangedFilesOnly)
    try stage.write("form.txt", Self.form)
    try stage.write("secret.txt", Array("to be erased".utf8))
    try stage.passNight()
    try stage.remove("secret.txt")
    let request = try stage.requestErasure(["secret.txt"])
    try stage.eraseStrictly([request])
    for _ in 0..<3 { try stage.passNight() }
    #expect(try !isGuessFound(stage))
    let everything = try stage.openEverything()
    #expect(!everything.contains(Array("to be erased".utf8)))
    #expect(everything.contains(Self.form))
    let deep = try DeepCheck(try stage.session(), keys: try stage.ownerKeys()).execute()
    #expect(deep.damaged.isEmpty)
    #expect(deep.comparedCount == deep.blockCount)
  }
}
