import BackupPolicy
import Testing

@testable import BackupRecord

@Suite struct StatementReviewTests {
  private static let today = BackupPolicy.Night(dayNumber: Stage.night.dayNumber + 1)

  private func kinds(
    _ text: String, edition: Edition? = nil
  ) -> [ReviewFinding.Kind] {
    StatementReview.findings(in: text, today: Self.today, edition: edition, now: Stage.now)
      .map(\.kind)
  }

  /// A statement of 2018 as it is found, in its own words for what matters.
  private static let old = """
    Privacyverklaring, versie 20180522
    Elke nacht wordt er een back-up gemaakt van de bestanden. De bewaarprocedure is vertrouwelijk.
    Wij hebben een servicecontract met <naam systeembeheerder>.
    Wij melden een inbreuk bij een aanzienlijke kans op ernstige nadelige gevolgen, en aan u als zij
    waarschijnlijk ongunstige gevolgen heeft (Wbp).
    """

  @Test func `a statement of 2018 shows what is wrong with it, with the line`() {
    let findings = StatementReview.findings(
      in: Self.old, today: Self.today, edition: nil, now: Stage.now)
    #expect(
      findings.map { "\($0.kind.rawValue) \($0.line ?? 0)" } == [
        "everyNightNotBorneOut 2", "placeholder 3", "supersededBreachRule 4",
        "supersededBreachRule 5", "supersededLaw 5", "old 0", "noOuterLimit 0",
      ])
    #expect(findings.first { $0.kind == .placeholder }?.text == "<naam systeembeheerder>")
    #expect(findings.first { $0.kind == .old }?.text == "2018-05-22")
  }

  @Test func `every night stands only as long as the record bears it out`() throws {
    let text = "Versie 1 november 2026. Elke nacht maken wij een back-up; na 20 maanden is die weg."
    let good = try Stage().committed.edition(.public)
    #expect(kinds(text, edition: good).isEmpty)
    #expect(kinds(text) == [.everyNightNotBorneOut])
    for staging in [Staging(missed: [100]), Staging(isTonightPending: true)] {
      let edition = try Stage(staging).committed.edition(.public)
      #expect(kinds(text, edition: edition) == [.everyNightNotBorneOut])
    }
    let later = StatementReview.findings(
      in: text, today: Self.today, edition: good, now: Stage.now + 10 * Stage.day)
    #expect(later.map(\.kind) == [.everyNightNotBorneOut])
  }

  @Test(arguments: [
    ("<naam>", 1), ("{contact}", 1), ("[bedrijfsnaam]", 1), ("telefoon XXX", 1), ("op ………… te", 1),
    ("<p class=\"x\">tekst</p>", 0), ("<strong>u</strong> <br/>", 0), ("a < b en c > d", 0),
    ("<!-- commentaar -->", 0), ("&lt;naam&gt;", 1), ("hoofdstuk [1]", 0),
  ])
  func `places to be filled in are found, and tags are none`(_ text: String, _ count: Int) {
    #expect(kinds(text).count { $0 == .placeholder } == count, "\(text)")
  }

  @Test(arguments: [
    ("22-05-2026", false), ("2026-05-22", false), ("22 mei 2026", false), ("22 May 2026", false),
    ("20260522", false), ("22.05.2018", true), ("1 januari 2025", true),
  ])
  func `dates are read as people write them`(_ date: String, _ isOld: Bool) {
    #expect(kinds("Versie \(date)").contains(.old) == isOld)
    #expect(!kinds("Versie \(date)").contains(.undated))
  }

  @Test func `a statement without a date is undated, and a date ahead is none`() {
    #expect(kinds("Wij bewaren niets.") == [.undated])
    #expect(kinds("Versie 1 januari 2031") == [.undated])
  }

  @Test func `a law is a word of its own`() {
    #expect(kinds("1 mei 2026: de Wbp gold").contains(.supersededLaw))
    #expect(!kinds("1 mei 2026: opwbpen").contains(.supersededLaw))
  }
}
