import BackupFormat
import BackupLog
import BackupPolicy
import BackupSystem
import Testing

@testable import BackupRecord

/// Reports of staged worlds, and as files for the programs of others that check them
/// (`Scripts/check-reports` names the folder in NIGHTSAFE_SAMPLES).
@Suite struct ReportSampleTests {
  /// The worlds whose reports are looked at.
  private static let worlds: [(name: String, staging: Staging)] = [
    ("good", Staging(administratorHoldsRestorer: false)),
    (
      "mixed",
      Staging(missed: [100, 41, 40, 3], late: [150, 61], closed: 200...210, protection: "none")
    ),
    (
      "bad",
      Staging(
        missed: [1, 2], testedDaysAgo: 130, testResult: .failed, maximumAgeDays: 300)
    ),
    ("young", Staging(firstNightsAgo: 0, testedDaysAgo: nil, verifiedDaysAgo: nil)),
  ]

  private func folder() -> String? {
    Environment.value("NIGHTSAFE_SAMPLES").map { String(decoding: $0, as: UTF8.self) }
  }

  private func stage(_ staging: Staging) throws -> Stage {
    var stage = try Stage(staging)
    stage.input.checks.sample = .init(
      population: 120_000, checked: 2_995, failed: 0, confidenceBasisPoints: 9_500,
      boundPartsPerMillion: 1_000, at: Stage.now)
    stage.input.checks.oldestCheckDays = 12
    return stage
  }

  @Test(arguments: worlds.indices)
  func `every form of every edition is made, and the same twice`(_ index: Int) throws {
    let world = Self.worlds[index]
    let committed = try stage(world.staging).committed
    for reader in Reader.allCases {
      let edition = committed.edition(reader)
      var files: [(name: String, bytes: [UInt8])] = [
        ("json", JSONRendering().render(edition)),
        ("oscal.json", OSCALRendering(zone: .utc).render(edition)),
        ("prom", MetricsRendering().render(edition)),
      ]
      for language in Language.allCases {
        let report = HTMLReport(now: Stage.now, language: language, zone: .utc)
        files.append(("\(language.rawValue).html", report.render(edition)))
        #expect(report.render(edition) == report.render(edition))
      }
      for file in files {
        #expect(file.name == "prom" || !file.bytes.isEmpty)
        guard let folder = folder() else { continue }
        let path = "\(folder)/\(world.name).\(reader.rawValue).\(file.name)"
        try SecureFile.replaceDurably([UInt8](path.utf8), file.bytes.span)
      }
    }
  }
}
