import BackupCrypto
import BackupFormat
import BackupLog
import BackupPolicy
import Testing

@testable import BackupRecord

@Suite struct MissedNightTests {
  private func drafts(_ stage: Stage) throws -> [Draft] {
    let window = try #require(stage.input.window)
    let ledger = try #require(stage.input.ledger)
    return try MissedNights.drafts(ledger, window: window, log: stage.log, before: Stage.night)
  }

  @Test func `each missed night is told once, at the time its report was due`() throws {
    var stage = try Stage(Staging(missed: [9, 3], late: [5], closed: 20...22))
    let told = try drafts(stage)
    let instants = told.compactMap { draft -> Int64? in
      guard case .incidentDetected(let what) = draft.predicate, what.kind == .nightMissed else {
        return nil
      }
      return what.detected
    }
    let window = try #require(stage.input.window)
    #expect(instants == [9, 3].map { window.reportDeadline(of: Stage.night.advanced(by: -$0)) })
    for draft in told { try stage.say(draft.predicate, by: Stage.host) }
    #expect(try drafts(stage).isEmpty)
  }

  @Test func `tonight is not told as missed while it goes on`() throws {
    #expect(try drafts(try Stage(Staging(isTonightPending: true))).isEmpty)
    #expect(try drafts(try Stage(Staging(missed: [0]))).isEmpty)
  }

  @Test func `a missed night has no clock, and an attack has one`() throws {
    func incident(_ kind: Predicate.IncidentKind) throws -> Record {
      var stage = try Stage()
      try stage.say(
        .incidentDetected(.init(incident: .of(1), kind: kind, detected: Stage.now - 3_600)),
        by: Stage.host)
      stage.input.log = stage.log
      return stage.record
    }
    let missed = try incident(.nightMissed)
    #expect(missed[.incidentsOpen].value == .integer(0))
    let listed = missed[.incidentsList].value.array?.first?.object
    #expect(listed?["class"] == .string("nightMissed") && listed?["assessByAt"] == nil)
    let attack = try incident(.suddenChange)
    #expect(attack[.incidentsOpen].value == .integer(1))
    #expect(attack[.incidentsDeadlines]["assessByAt"] == .integer(Stage.now + 71 * 3_600))
  }

  @Test func `to know of an incident does not end it, and a decision does`() throws {
    var stage = try Stage()
    try stage.say(
      .incidentDetected(.init(incident: .of(1), kind: .logBroken, detected: Stage.now - 3_600)),
      by: Stage.host)
    for (said, open) in [
      (Predicate.IncidentDecision.acknowledged, Int64(1)), (.assessed, 1), (.register, 0),
    ] {
      try stage.say(
        .incidentDecided(.init(incident: .of(1), decision: said)), by: Stage.owner)
      stage.input.log = stage.log
      #expect(stage.record[.incidentsOpen].value == .integer(open), "\(said)")
    }
    let row = stage.record[.incidentsList].value.array?.first?.object
    #expect(row?["decision"] == .string("register") && row?["acknowledgedAt"] != nil)
    let rows = IncidentRowsRendering(language: .dutch).render(
      stage.committed.edition(.confidential))
    let lines = String(decoding: rows, as: UTF8.self).split(separator: "\r\n")
    #expect(lines.count == 2 && lines[1].contains(";register;"))
  }

  @Test func `no cell of the rows is a formula`() {
    #expect(IncidentRowsRendering.quote("=1+1") == "'=1+1")
    #expect(IncidentRowsRendering.quote("a;b\"c") == "\"a;b\"\"c\"")
  }
}
