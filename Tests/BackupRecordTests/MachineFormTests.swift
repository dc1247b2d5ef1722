import BackupCrypto
import BackupFormat
import BackupLog
import BackupPolicy
import Testing

@testable import BackupRecord

@Suite struct MachineFormTests {
  private func metrics(_ staging: Staging) throws -> [String: String] {
    let edition = try Stage(staging).committed.edition(.administrator)
    let text = String(decoding: MetricsRendering().render(edition), as: UTF8.self)
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let parts = line.split(separator: " ")
      #expect(parts.count == 2, "no sample has a time of its own: \(line)")
      values[String(parts[0])] = String(parts[1])
    }
    return values
  }

  @Test func `figures are instants and counts, and no age`() throws {
    let good = try metrics(Staging(missed: [5]))
    #expect(
      good["backup_last_checked_snapshot_timestamp_seconds"] == "\(Stage.now - 9 * 3_600)")
    #expect(good["backup_nights_missed{window=\"7d\"}"] == "1")
    #expect(good["backup_retention_overdue_snapshots"] == "0")
    #expect(good["backup_compliance_record_timestamp_seconds"] == "\(Stage.now)")
    #expect(good.keys.contains { $0.hasPrefix("backup_files{set=\"") })
    #expect(!good.keys.contains { $0.contains("_age") })
    #expect(try metrics(Staging(maximumAgeDays: 300))["backup_retention_overdue_snapshots"] != "0")
  }

  @Test func `figures that nobody measured are left out`() throws {
    let edition = Record.make(RecordInput(night: Stage.night, now: Stage.now))
    let committed = CommittedRecord(edition, salts: Stage.salts)
    let text = String(
      decoding: MetricsRendering().render(committed.edition(.administrator)), as: UTF8.self)
    #expect(!text.contains("backup_nights_missed") && !text.contains("overdue_snapshots"))
    #expect(text.contains("backup_compliance_record_timestamp_seconds \(Stage.now)\n"))
  }

  @Test func `labels are escaped`() {
    var metrics = MetricsText()
    metrics.add("a", "Help.", 1, labels: [.init("x", "a\"b\\c\nd")])
    metrics.add("b", "Help.", nil)
    #expect(metrics.text == "# HELP a Help.\n# TYPE a gauge\na{x=\"a\\\"b\\\\c\\nd\"} 1\n")
  }

  @Test func `a name gives the UUID that others compute of it`() {
    // python3 -c 'import uuid; print(uuid.uuid5(uuid.NAMESPACE_URL, "urn:nightsafe:test"))'
    #expect(NameUUID.of("urn:nightsafe:test") == "11d3be7a-ee75-5f62-8d11-da20581aa605")
    #expect(NameUUID.of("urn:nightsafe:test") != NameUUID.of("urn:nightsafe:tesu"))
  }

  @Test func `OSCAL of a record is the same bytes each time, and other bytes for another record`()
    throws
  {
    let first = try Stage().committed.edition(.administrator)
    let other = try Stage(Staging(missed: [9])).committed.edition(.administrator)
    let rendering = OSCALRendering(zone: .utc)
    #expect(rendering.render(first) == rendering.render(first))
    #expect(rendering.render(first) != rendering.render(other))
    let text = String(decoding: rendering.render(first), as: UTF8.self)
    #expect(text.contains("\"oscal-version\":\"1.2.1\"") && !text.contains("[]"))
  }

  @Test func `public OSCAL has no time of day`() throws {
    let edition = try Stage().committed.edition(.public)
    let text = String(decoding: OSCALRendering(zone: .utc).render(edition), as: UTF8.self)
    for time in text.ranges(of: "T").map({ text[$0.upperBound...].prefix(9) })
    where time.hasSuffix("Z") {
      #expect(time == "00:00:00Z")
    }
  }

  @Test func `what is not met is an open point with someone to end it`() throws {
    let record = try Stage(Staging(isDamaged: true, protection: "none")).record
    let lines = (record[.exceptionsOpen].value.array ?? []).compactMap(\.object)
    let damage = try #require(lines.first { $0["rule"] == .string("integrity-damage") })
    #expect(damage["severity"] == .string("critical"))
    #expect(damage["owner"] == .string("system-administrator"))
    #expect(damage["since"] == .string("2026-11-21") && damage["due"] == .string("2026-11-24"))
    #expect(lines.contains { $0["rule"] == .string("access-protection") })
    #expect(record[.exceptionsOpen].state == .notMet)
    // The sentences that fall, and the list itself, are no points of their own.
    #expect(!lines.contains { $0["rule"]?.string?.hasSuffix("promise") == true })
    #expect(!lines.contains { $0["rule"] == .string("exceptions-open") })
  }

  @Test func `an open point is as old as the record before says, and people have the last word`()
    throws
  {
    var stage = try Stage(Staging(protection: "none"))
    let first = BackupPolicy.Night(dayNumber: Stage.night.dayNumber - 30)
    stage.input.openSince = [.accessProtection: first]
    var lines = (stage.record[.exceptionsOpen].value.array ?? []).compactMap(\.object)
    #expect(
      lines.first { $0["rule"] == .string("access-protection") }?["since"] == .string("2026-10-22"))
    #expect(stage.record.openSince(stage.input.openSince)[.accessProtection] == first)
    #expect(stage.record.openSince([.integrityDamage: first])[.integrityDamage] == nil)
    stage.input.accounts.exceptions = [
      .init(
        rule: "access-protection", severity: "note", since: Stage.night, due: Stage.night,
        owner: "management", status: .deviationApproved)
    ]
    lines = (stage.record[.exceptionsOpen].value.array ?? []).compactMap(\.object)
    let point = try #require(lines.first { $0["rule"] == .string("access-protection") })
    #expect(
      point["owner"] == .string("management") && point["status"] == .string("deviation-approved"))
    #expect(point["since"] == .string("2026-10-22"))
  }

  @Test func `size and change follow from the log`() throws {
    let record = try Stage().record
    #expect(
      record[.storeSize]["packs"] == .integer(5) && record[.storeSize]["bytes"] == .integer(5_000))
    let nights = (record[.trendNights].value.array ?? []).compactMap(\.object)
    #expect(nights.last?["night"] == .string("2026-11-21"))
    #expect(nights.allSatisfy { $0["newBytes"] == .integer(1_000) })
  }

  @Test func `freshness is judged from the log alone`() throws {
    let stage = try Stage()
    let input = RecordInput(
      log: stage.log, policy: stage.input.policy, window: stage.input.window,
      now: LogTime(unix: Stage.now, synchronised: true))
    let edition = CommittedRecord(Record.make(input), salts: Stage.salts).edition(.administrator)
    #expect(edition[.nightsRecoveryPoint]?.state == .met)
    let line = StatusLine.make(edition, now: Stage.now, language: .english)
    #expect(line.status != .unknown && line.text.contains("'age'=32400s;"))
    let later = RecordInput(
      log: stage.log, policy: stage.input.policy, window: stage.input.window,
      now: LogTime(unix: Stage.now + 5 * Stage.day, synchronised: true))
    let old = CommittedRecord(Record.make(later), salts: Stage.salts).edition(.administrator)
    let silence = StatusLine.make(old, now: Stage.now + 5 * Stage.day, language: .english)
    #expect(silence.status == .critical && silence.text.contains("'missed'=4;"))
  }
}
