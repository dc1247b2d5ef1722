import BackupFormat
import BackupLog
import BackupPolicy
import Testing

@testable import BackupRecord

/// Worlds in which every generated text must hold.
let stagings: [(name: String, staging: Staging)] = [
  ("good year", Staging()),
  ("first night", Staging(firstNightsAgo: 0, testedDaysAgo: nil, verifiedDaysAgo: nil)),
  ("young", Staging(firstNightsAgo: 40)),
  ("one missed", Staging(missed: [100])),
  ("one missed, published", Staging(missed: [100], publishesCounts: true)),
  ("young, one missed", Staging(firstNightsAgo: 60, missed: [40], publishesCounts: true)),
  ("closed at Christmas", Staging(closed: 200...210, publishesCounts: true)),
  ("missed lately", Staging(missed: [1, 2])),
  ("late", Staging(late: [50])),
  ("pending", Staging(isTonightPending: true)),
  ("damage", Staging(isDamaged: true)),
  ("failed self-check", Staging(failedBlocks: 3)),
  ("overdue", Staging(maximumAgeDays: 300)),
  ("no restore test", Staging(testedDaysAgo: nil)),
  ("old restore test", Staging(testedDaysAgo: 130)),
  ("failed restore test", Staging(testResult: .failed)),
  ("no verifier", Staging(verifiedDaysAgo: nil)),
  ("no protection", Staging(protection: "none")),
  ("administrator reads nothing", Staging(administratorHoldsRestorer: false)),
  ("administrator could read", Staging(administratorHoldsRestorer: true)),
  ("outside the EEA", Staging(change: { $0.locations[0].isInEEA = false })),
  ("placeholder", Staging(change: { $0.contracts[0].name = "<naam systeembeheerder>" })),
]

@Suite struct PublicStatementTests {
  @Test(arguments: stagings.indices, Language.allCases)
  func `no staged statement says what must not be published`(_ index: Int, _ language: Language)
    throws
  {
    let stage = try Stage(stagings[index].staging)
    let policy = try #require(stage.input.policy)
    for days in [0, 5, 20, 60, 400] {
      let now = Stage.now + Int64(days) * Stage.day
      let statement = stage.statement(language, at: now)
      let findings = statement.lint(forbidding: PublicStatement.secrets(of: policy) + Secrets.all)
      #expect(findings.isEmpty, "\(stagings[index].name), \(days) days: \(statement.text)")
      #expect(!statement.text.contains("<"))
    }
  }

  private func text(_ staging: Staging, _ language: Language = .dutch, days: Int = 0) throws
    -> String
  {
    try Stage(staging).statement(language, at: Stage.now + Int64(days) * Stage.day).text
  }

  @Test func `a good year is told in the sentences of the design`() throws {
    let dutch = try text(Staging(administratorHoldsRestorer: false))
    let start = """
      Elke nacht maken wij een reservekopie van onze bedrijfsbestanden. Dat houden wij per \
      nacht bij. De reservekopieën worden versleuteld bewaard. Wij controleren regelmatig \
      of de reservekopieën onbeschadigd zijn en oefenen het terugzetten. De laatste \
      geslaagde oefening was in het 4e kwartaal van 2026. Verwijderen wij gegevens uit \
      onze systemen, dan kunnen ze nog in oudere reservekopieën voorkomen. Daar worden ze \
      niet gebruikt, en uiterlijk 20 maanden later zijn ook die kopieën gewist.
      """
    #expect(dutch.hasPrefix(start))
    let support = """
      Beheer & Zoon ondersteunt ons hierbij op grond van een servicecontract en schriftelijke \
      afspraken over gegevensbescherming; deze partij kan de inhoud van de reservekopieën \
      niet lezen.
      """
    #expect(dutch.contains(support))
    #expect(!dutch.contains("geen uitspraak"))
    let stage = try Stage()
    let code = stage.committed.commitment.hex.prefix(16)
    #expect(
      stage.statement(.dutch).text.hasSuffix("\nStand: 21 november 2026. Kenmerk: \(code).\n"))
    #expect(
      stage.statement(.english).text.hasSuffix(
        "\nAs of 21 November 2026. Reference: \(code).\n"))
  }

  @Test func `a repository of one night promises nothing of every night`() throws {
    let first = Staging(firstNightsAgo: 0, testedDaysAgo: nil, verifiedDaysAgo: nil)
    let dutch = try text(first)
    let start = """
      Sinds 21 november 2026 maken wij 's nachts een reservekopie van onze bedrijfsbestanden. \
      Wij houden per nacht bij of dat lukt.
      """
    #expect(dutch.hasPrefix(start))
    #expect(!dutch.lowercased().contains("elke nacht"))
    let english = try text(first, .english)
    #expect(english.hasPrefix("Since 21 November 2026 we have been making a backup copy"))
    #expect(!english.lowercased().contains("every night"))
    #expect(dutch.contains("geen uitspraak"))
  }

  @Test func `nothing is said of nights before one was checked`() throws {
    var first = Staging(firstNightsAgo: 0, testedDaysAgo: nil, verifiedDaysAgo: nil)
    first.isTonightPending = true
    #expect(try text(first).hasPrefix("Wij richten een nachtelijke reservekopie"))
    // With a year behind it, but tonight not checked yet, the absolute sentence waits.
    #expect(try text(Staging(isTonightPending: true)).hasPrefix("Wij maken 's nachts"))
  }

  @Test func `a young repository says since when`() throws {
    #expect(
      try text(Staging(firstNightsAgo: 40)).hasPrefix(
        "Sinds 12 oktober 2026 maken wij elke nacht een reservekopie"))
  }

  @Test func `missed nights are counted only where the policy lets them be published`() throws {
    let hidden = try text(Staging(missed: [100]))
    #expect(
      hidden.contains(
        "In de twaalf maanden tot en met november 2026 is dat niet elke nacht gelukt."))
    let shown = try text(Staging(missed: [100, 90], publishesCounts: true), .english)
    #expect(
      shown.contains("In the twelve months up to November 2026 this succeeded on 363 of 365"))
    #expect(!shown.contains("looked into"))
    var stage = try Stage(Staging(missed: [100], publishesCounts: true))
    stage.input.missedNightsLookedInto = 1
    #expect(
      stage.statement(.dutch).text.contains(
        "op 364 van de 365 nachten gelukt; gemiste nachten zijn onderzocht."))
  }

  @Test func `lately missed nights replace the promise`() throws {
    #expect(
      try text(Staging(missed: [1, 2])).hasPrefix(
        "Onze nachtelijke reservekopie is in de afgelopen periode niet elke nacht gelukt."))
  }

  @Test func `closures narrow the promise to the nights on which systems are on`() throws {
    #expect(
      try text(Staging(closed: 200...210)).hasPrefix(
        "Elke nacht waarop onze systemen aan staan, maken wij"))
  }

  @Test func `guards that fail take their sentences away`() throws {
    #expect(try !text(Staging(testedDaysAgo: nil)).contains("oefenen het terugzetten"))
    #expect(try !text(Staging(testedDaysAgo: 130)).contains("oefening was"))
    #expect(try !text(Staging(testResult: .failed)).contains("oefening was"))
    #expect(try !text(Staging(isDamaged: true)).contains("controleren regelmatig"))
    #expect(try !text(Staging(failedBlocks: 1)).contains("controleren regelmatig"))
    #expect(try !text(Staging(failedBlocks: 1)).contains("versleuteld bewaard"))
    #expect(try !text(Staging(failedBlocks: 1)).lowercased().contains("elke nacht"))
    #expect(try !text(Staging(verifiedDaysAgo: nil)).contains("controleren regelmatig"))
    #expect(try text(Staging(maximumAgeDays: 300)).contains("lukt dat niet voor alle kopieën"))
    #expect(try !text(Staging(maximumAgeDays: 300)).contains("uiterlijk"))
    #expect(
      try !text(Staging(change: { $0.locations[0].processorAgreementDate = nil }))
        .contains("blijven binnen"))
    #expect(try !text(Staging(administratorHoldsRestorer: true)).contains("niet lezen"))
    #expect(try !text(Staging()).contains("niet lezen"))
  }

  @Test func `every sentence expires`() throws {
    #expect(try text(Staging(), days: 5).hasPrefix("Over onze nachtelijke reservekopie hebben"))
    #expect(try !text(Staging(), days: 8).contains("uiterlijk"))
    let old = try text(Staging(), days: 60)
    for claim in ["versleuteld bewaard", "controleren", "blijven binnen", "ondersteunt"] {
      #expect(!old.contains(claim))
    }
    // A record of a night that lies ahead says nothing either.
    #expect(try !text(Staging(), days: -10).contains("versleuteld bewaard"))
  }

  @Test func `an unfilled place is never published`() throws {
    let named = try text(Staging(change: { $0.contracts[0].name = "<naam systeembeheerder>" }))
    #expect(!named.contains("naam systeembeheerder"))
    let contact = try text(
      Staging(missed: [1, 2], change: { $0.controller.contact = "<contact>" }))
    #expect(!contact.contains("contact>") && contact.contains("Wij werken aan herstel."))
  }

  @Test func `a helper is named only with leave and within the term`() throws {
    #expect(
      try !text(Staging(change: { $0.contracts[0].isNamePublic = false })).contains("Beheer"))
    #expect(
      try !text(
        Staging(change: { $0.contracts[0].reviewDate = BackupPolicy.Night(dayNumber: 20_700) })
      ).contains("Beheer"))
  }

  @Test func `months cover the days whichever months they are`() {
    #expect(RecordMaker.months(covering: 28) == 1)
    #expect(RecordMaker.months(covering: 29) == 2)
    #expect(RecordMaker.months(covering: 59) == 2)
    #expect(RecordMaker.months(covering: 365) == 12)
    #expect(RecordMaker.months(covering: 366) == 13)
    #expect(RecordMaker.months(covering: 150) == 5)
    for start in 0..<48 {
      let end = start + RecordMaker.months(covering: 200)
      let first = BackupPolicy.Night(year: 2024 + start / 12, month: start % 12 + 1, day: 1)
      let last = BackupPolicy.Night(year: 2024 + end / 12, month: end % 12 + 1, day: 1)
      if let first, let last { #expect(first.distance(to: last) >= 200) }
    }
  }
}
