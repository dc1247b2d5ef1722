import BackupEngine
import BackupFormat
import BackupPolicy
import BackupTestSupport
import Testing

/// How often the alarms of the default policy are right, over a year of made-up nights.
@Suite("A year of alarms")
struct AlarmRateTests {
  /// An office of 20,000 files, three fifths of them texts and tables that compress.
  private struct Office {
    var generator: SeededGenerator
    let files = 20_000.0
    let compressible = 12_000.0

    /// A number from 0 to 1.
    mutating func chance() -> Double { Double(generator.next() >> 11) / Double(1 << 53) }

    /// Nights as they are: mostly 1 %, on some evenings up to 12 % edited; folders are moved, old
    /// years are cleared out, a program's update replaces many files, databases are rebuilt.
    mutating func ordinaryNight() -> SnapshotCounters {
      var night = SnapshotCounters()
      night.formerFileCount = UInt64(files)
      night.formerCompressibleCount = UInt64(compressible)
      let share = chance() < 0.8 ? 0.02 * chance() : 0.12 * chance()
      var altered = share * files
      var gone = 0.01 * chance() * files
      var moved = 0.0
      if chance() < 1.0 / 12 {
        let size = (0.02 + 0.43 * chance()) * files
        (gone, moved) = (gone + size, moved + size)
      }
      if chance() < 1.0 / 90 { gone += 0.2 * chance() * files }
      if chance() < 1.0 / 60 { altered += 0.25 * chance() * files }
      night.alteredFileCount = UInt64(altered)
      night.goneFileCount = UInt64(gone)
      night.movedFileCount = UInt64(moved)
      night.addedFileCount = UInt64(moved + 0.01 * chance() * files)
      // Photographs in the place of a text, a zip with the old name.
      night.noiseFileCount = UInt64(0.03 * chance() * altered)
      return night
    }

    /// The same with an attack that reaches a share of the files before the night.
    mutating func attackedNight(share: Double, way: Int) -> SnapshotCounters {
      var night = ordinaryNight()
      let hit = UInt64(share * files)
      let texts = UInt64(share * compressible)
      switch way {
      case 0:
        night.alteredFileCount = min(UInt64(files), night.alteredFileCount + hit)
        night.noiseFileCount += texts
      case 1:
        night.goneFileCount = min(UInt64(files), night.goneFileCount + hit)
        night.addedFileCount += hit
        night.noiseFileCount += texts
      default:
        night.goneFileCount = min(UInt64(files), night.goneFileCount + hit)
      }
      return night
    }
  }

  private func isAlarm(_ night: SnapshotCounters) -> Bool {
    !ChangeAlarm.causes(in: night, alarms: Policy.DataSet.Alarms(), canaryCount: 0).isEmpty
  }

  @Test func anOrdinaryYearIsNeverFrozenAndAnAttackIsFound() {
    var office = Office(generator: SeededGenerator(seed: 2_026))
    let falseAlarms = (0..<365).count { _ in isAlarm(office.ordinaryNight()) }
    print("ordinary nights: 365, frozen: \(falseAlarms)")
    #expect(falseAlarms == 0)
    for (way, name) in ["encrypted in place", "encrypted and renamed", "deleted"].enumerated() {
      for share in [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0] {
        let found = (0..<365).count { _ in isAlarm(office.attackedNight(share: share, way: way)) }
        print("\(name), \(Int(share * 100)) % of the files: \(found) of 365 nights frozen")
        if share >= 0.3 { #expect(found == 365, "\(name) at \(share)") }
      }
    }
  }

  @Test func fewerFilesThanTheMinimumAreNoAlarm() {
    var night = SnapshotCounters()
    night.formerFileCount = 199
    night.formerCompressibleCount = 199
    night.alteredFileCount = 199
    night.noiseFileCount = 199
    night.goneFileCount = 199
    #expect(!isAlarm(night))
    night.formerFileCount = 200
    #expect(isAlarm(night))
  }

  @Test func theThresholdItselfIsAnAlarm() {
    var night = SnapshotCounters()
    night.formerFileCount = 1_000
    night.alteredFileCount = 499
    #expect(!isAlarm(night))
    night.alteredFileCount = 500
    #expect(isAlarm(night))
  }

  @Test func whatWasOnlyMovedIsNotGone() {
    var night = SnapshotCounters()
    night.formerFileCount = 1_000
    night.goneFileCount = 900
    night.movedFileCount = 601
    #expect(!isAlarm(night))
    night.movedFileCount = 600
    #expect(isAlarm(night))
  }
}
