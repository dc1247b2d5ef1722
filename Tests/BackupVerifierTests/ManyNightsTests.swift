import BackupFormat
import BackupLog
import BackupStorage
import BackupSystem
import EngineTestSupport
import Testing

@testable import BackupVerifier

@Suite("Many nights")
struct ManyNightsTests {
  @Test func areJudgedOnceForEachLevel() throws {
    let made = try SyntheticRepository(
      storage: MemoryStorage(), nightCount: 12, packsANight: 3, blocksAPack: 4, blockByteCount: 64)
    let storage = made.storage
    for level in [CheckLevel.l0, .l1(.everything)] {
      let report = try Verifier(storage: storage, repository: made.id).check(
        level: level, memory: nil, now: made.now)
      #expect(report.findings == [])
    }
    let report = try Verifier(storage: storage, repository: made.id).check(
      level: .l1(.everything), memory: nil, now: made.now)
    #expect(report.reading?.population.count == 12 * 12 - 12)
    #expect(report.reading?.read.count == report.reading?.population.count)
  }

  /// Writes a large repository for `Scripts/bench-verifier`, which times the verifier on it.
  ///
  /// `NIGHTSAFE_SYNTHETIC` is an empty folder; `NIGHTSAFE_SYNTHETIC_SIZE` may hold the numbers of nights
  /// and of packs a night.
  @Test(.enabled(if: Environment.value("NIGHTSAFE_SYNTHETIC") != nil))
  func areWrittenForTiming() throws {
    let path = try #require(Environment.value("NIGHTSAFE_SYNTHETIC"))
    let size = (Environment.value("NIGHTSAFE_SYNTHETIC_SIZE") ?? [UInt8]("1000 100".utf8))
      .split(separator: 0x20).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
    try #require(size.count == 2)
    let made = try SyntheticRepository(
      storage: FolderStorage(path: path), folder: path, nightCount: size[0], packsANight: size[1],
      blocksAPack: 32, blockByteCount: 1 << 20)
    print("repository \(made.id)")
  }
}
