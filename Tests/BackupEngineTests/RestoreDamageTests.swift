import BackupEngine
import BackupFormat
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@Suite("A restore around damage")
struct RestoreDamageTests {
  /// Flips a byte in the middle of the first pack that holds data.
  private func damage(_ stage: RepositoryStage) throws {
    let packs = try stage.storage.list("packs").objects.sorted { $0.byteCount > $1.byteCount }
    let key = packs[0].key
    var bytes = try stage.storage.read(key, limitByteCount: 1 << 30)
    bytes[bytes.count / 2] ^= 1
    try stage.storage.replace(key, with: bytes.span)
  }

  @Test func costsOnlyTheLostRangesWhichReadAsZeros() throws {
    let stage = try RepositoryStage()
    let content = RepositoryStage.bytes(9 << 20, seed: 11)
    try stage.write("large.bin", content)
    for i in 0..<40 { try stage.write("small/\(i)", RepositoryStage.bytes(3000, seed: UInt64(i))) }
    try stage.backUp()
    try damage(stage)
    let (report, folder) = try stage.restore()
    #expect(report.isDamaged)
    #expect(!report.lost.isEmpty)
    let restored = try RepositoryStage.contents(of: folder)
    var expected = content
    for lost in report.lost {
      #expect(String(decoding: lost.path, as: UTF8.self).hasSuffix("/large.bin"))
      for i in Int(lost.offset)..<Int(lost.offset + lost.byteCount) { expected[i] = 0 }
    }
    #expect(expected != content)
    #expect(restored["large.bin"] == expected)
    #expect(restored.count == 41)
  }

  /// After the repair the same command brings back what was lost, although the file has its size already.
  @Test func writesADamagedFileAgainOnceTheDamageIsHealed() throws {
    let stage = try RepositoryStage()
    let content = RepositoryStage.bytes(9 << 20, seed: 11)
    try stage.write("large.bin", content)
    try stage.write("small.bin", RepositoryStage.bytes(3000, seed: 5))
    try stage.backUp()
    try damage(stage)
    #expect(try stage.restore().report.isDamaged)
    // The same bit once more is the repair.
    try damage(stage)
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    #expect(report.unchangedFileCount == 1)
    #expect(try RepositoryStage.contents(of: folder)["large.bin"] == content)
  }

  @Test func writesLargeFilesWithHolesAndOddEndsAsTheyWere() throws {
    let stage = try RepositoryStage()
    let half = RepositoryStage.bytes(700_001, seed: 12)
    try stage.write("odd.bin", half)
    try stage.write("zeros.bin", half + [UInt8](repeating: 0, count: 3 << 20) + half)
    try stage.write("ends-in-zeros.bin", half + [UInt8](repeating: 0, count: 1 << 20))
    try stage.backUp()
    let (report, folder) = try stage.restore()
    #expect(!report.isDamaged)
    let restored = try RepositoryStage.contents(of: folder)
    #expect(try restored == RepositoryStage.contents(of: stage.folder.path("source")))
  }
}
