import BackupFormat
import BackupPolicy
import Testing

@testable import BackupRecord

@Suite struct RenderingTests {
  /// Every text that is generated for a staged world.
  private func texts(_ staging: Staging) throws -> [String] {
    let stage = try Stage(staging)
    return Language.allCases.flatMap { language in
      let administrator = AdministratorText(language: language, zone: .utc)
      return Reader.allCases.map { administrator.text(of: stage.committed.edition($0)) } + [
        stage.statement(language).text,
        StatusLine.make(
          stage.committed.edition(.administrator), now: Stage.now, language: language
        ).text,
      ]
    }
  }

  @Test(arguments: stagings.indices)
  func `no generated text makes an absolute claim`(_ index: Int) throws {
    for text in try texts(stagings[index].staging) {
      for claim in PublicStatement.absolutes {
        #expect(!text.lowercased().contains(claim), "\(claim) in: \(text)")
      }
    }
  }

  @Test(arguments: stagings.indices)
  func `what administrators read names no file, firm or person`(_ index: Int) throws {
    let record = try Stage(stagings[index].staging).committed
    for language in Language.allCases {
      let edition = record.edition(.administrator)
      let text =
        AdministratorText(language: language, zone: .utc).text(of: edition)
        + StatusLine.make(edition, now: Stage.now, language: language).text
      for secret in Secrets.all { #expect(!text.contains(secret), "\(secret)") }
    }
  }

  @Test func `the text for administrators says first what is wrong`() throws {
    let record = try Stage(Staging(isDamaged: true, protection: "none")).committed
    let text = AdministratorText(language: .english, zone: .utc)
      .text(of: record.edition(.administrator))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.first?.hasPrefix("Backup record of night 2026-11-21, reference ") == true)
    #expect(lines[3] == "NOT MET")
    #expect(lines[4].hasPrefix("  known damage: blocks 2"))
    #expect(text.contains("  protection against deletion: in force none"))
    #expect(text.contains("NOT MEASURED: "))
    #expect(lines.count <= 60)
    #expect(lines.allSatisfy { $0.count <= 120 })
    let dutch = AdministratorText(language: .dutch, zone: .utc)
      .text(of: record.edition(.administrator))
    #expect(dutch.contains("NIET IN ORDE") && dutch.contains("bescherming tegen wissen"))
  }

  @Test func `times are shown in the zone that is handed in`() throws {
    let zone = try TimeZoneData(posixRule: "CET-1CEST,M3.5.0,M10.5.0/3")
    let values = ValueText(language: .english, zone: zone)
    #expect(
      values.text(.object(["readStartAt": .integer(1_795_291_200)]))
        == "read start 2026-11-21 21:00")
    #expect(values.text(.object(["lastUsedAt": .integer(0)])) == "last used not yet")
    #expect(values.text(.object(["freeBytes": .integer(1_610_612_736)])) == "free 1.5 GiB")
    #expect(values.text(.object(["gapSeconds": .integer(93_600)])) == "gap 26 h 0 min")
    #expect(values.text(.object(["shareBasisPoints": .integer(9_905)])) == "share 99.05 %")
  }

  // MARK: Monitoring

  private func line(_ staging: Staging, days: Int = 0) throws -> StatusLine {
    StatusLine.make(
      try Stage(staging).committed.edition(.administrator),
      now: Stage.now + Int64(days) * Stage.day, language: .english)
  }

  @Test func `the status line follows the plugin interface`() throws {
    let good = try line(Staging())
    #expect(good.status == .ok && good.status.rawValue == 0)
    let ok = """
      BACKUP OK - night 2026-11-21 self-checked (L2)
      """
    #expect(good.text.hasPrefix(ok))
    let data = try #require(good.text.split(separator: "|").last)
    #expect(
      data.split(separator: " ") == [
        "'age'=32400s;93600;180000;0", "'checked'=10;;;0", "'damaged'=0;;0;0", "'overdue'=0;;0;0",
        "'missed'=0;0;1;0",
      ])
    #expect(try line(Staging(missed: [3])).status == .warning)
    #expect(try line(Staging(testedDaysAgo: nil)).status == .warning)
    #expect(try line(Staging(missed: [2, 3])).status == .critical)
    #expect(try line(Staging(isDamaged: true)).status == .critical)
    #expect(try line(Staging(maximumAgeDays: 300)).status == .critical)
    #expect(try line(Staging(failedBlocks: 2)).status == .critical)
    #expect(try line(Staging(failedBlocks: 2)).text.contains("'damaged'=2;"))
  }

  @Test func `an old record is critical and none is unknown`() throws {
    #expect(try line(Staging(), days: 1).status != .critical)
    let stale = try line(Staging(), days: 2)
    #expect(stale.status == .critical && stale.text.contains("no record since night 2026-11-21"))
    #expect(StatusLine.make(nil, now: Stage.now, language: .dutch).status == .unknown)
    let hidden = StatusLine.make(
      try Stage().committed.edition(.public), now: Stage.now, language: .english)
    #expect(hidden.status == .unknown)
  }

  @Test func `JSON is the edition itself`() throws {
    let stage = try Stage()
    let edition = stage.committed.edition(.public)
    #expect(JSONRendering().render(edition) == edition.bytes)
    #expect(
      PublicRendering(now: Stage.now, language: .dutch).render(edition)
        == [UInt8](stage.statement(.dutch).text.utf8))
  }
}
