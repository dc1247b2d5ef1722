import Testing

@testable import BackupRecord

@Suite struct StatementLintTests {
  @Test(arguments: [
    ("Kopieën in /srv/backup.", LintFinding.Kind.path),
    ("Zie C:\\backup voor meer.", .path),
    ("Op nas.kantoor.local staat alles.", .host),
    ("Mail jan@kantoor.nl eens.", .host),
    ("Via 192.168.1.20 bereikbaar.", .address),
    ("Via fe80::1:2 bereikbaar.", .address),
    ("Elke nacht om 02:30 begint het.", .clockTime),
    ("Elke nacht om 2.30 begint het.", .clockTime),
    ("Om drie uur begint het.", .clockTime),
    ("At 3 o'clock it begins.", .clockTime),
    ("Samen 200 GB groot.", .size),
    ("Samen 200GB groot.", .size),
    ("Met versie 25.31 gemaakt.", .version),
    ("Met v2 gemaakt.", .version),
    ("Opgeslagen bij Hetzner in de buurt.", .provider),
    ("Gemaakt met NightSafe.", .provider),
    ("Wij hebben 3 kopieën.", .number),
    ("Op 12 mei is dat gebeurd.", .absolute),
    ("Het lukt altijd.", .absolute),
    ("We are GDPR compliant.", .absolute),
    ("Dat is 100 % veilig.", .absolute),
    ("<naam systeembeheerder> helpt ons.", .placeholder),
    ("Een kopie bij Bunkerstraat.", .secret),
  ])
  func `what must not be published is found`(_ text: String, _ kind: LintFinding.Kind) {
    let findings = PublicStatement.lint(text, forbidding: ["bunkerstraat"])
    // A date is one of the forms that the sentences have.
    if text.hasPrefix("Op 12 mei") {
      #expect(findings.isEmpty)
    } else {
      #expect(findings.contains { $0.kind == kind }, "\(findings)")
    }
  }

  @Test func `what the firm chose to publish is let be`() {
    let text = "Vragen kunt u stellen via info@zaak.nl, zegt Beheer 24/7 BV."
    #expect(!PublicStatement.lint(text).isEmpty)
    #expect(PublicStatement.lint(text, allowing: ["info@zaak.nl", "Beheer 24/7 BV"]).isEmpty)
    #expect(
      !PublicStatement.lint("<info@zaak.nl>", allowing: ["<info@zaak.nl>"]).isEmpty)
  }

  @Test func `numbers are let be in the forms of the sentences only`() {
    for text in [
      "Dat is op 364 van de 365 nachten gelukt.", "This succeeded on 364 of 365 nights.",
      "In het 4e kwartaal van 2026.", "It was in quarter 4 of 2026.", "Uiterlijk 5 maanden later.",
      "Within 1 month.", "Stand: 21 november 2026. Kenmerk: 00ff00ff00ff00ff.",
      "As of 1 May 2027. Reference: 0123456789012345.",
    ] {
      #expect(PublicStatement.lint(text).isEmpty, "\(PublicStatement.lint(text))")
    }
    for text in [
      "Op 364 dagen.", "In 2026 was het zo.", "Op 32 mei.", "Kenmerk: 0123.",
      "5e kwartaal van 2026",
    ] {
      #expect(!PublicStatement.lint(text).isEmpty, "\(text)")
    }
  }
}
