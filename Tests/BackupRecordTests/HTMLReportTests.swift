import BackupFormat
import BackupPolicy
import Testing

@testable import BackupRecord

@Suite struct HTMLReportTests {
  private func page(
    _ staging: Staging, _ reader: Reader = .administrator, _ language: Language = .dutch,
    now: Int64 = Stage.now
  ) throws -> String {
    let edition = try Stage(staging).committed.edition(reader)
    let report = HTMLReport(now: now, language: language, zone: .utc)
    return String(decoding: report.render(edition), as: UTF8.self)
  }

  private func answer(_ page: String) throws -> String {
    let start = try #require(page.firstRange(of: "<p class=\"verdict"))
    let rest = page[start.upperBound...].drop { $0 != ">" }.dropFirst()
    return String(rest.prefix { $0 != "<" })
  }

  @Test(arguments: stagings.indices, Language.allCases)
  func `the administrator's page gives no name away and asks nothing of anyone`(
    _ index: Int, _ language: Language
  ) throws {
    let page = try page(stagings[index].staging, .administrator, language)
    for secret in Secrets.all { #expect(!page.contains(secret), "\(secret)") }
    for reader in Reader.allCases {
      let page = try self.page(stagings[index].staging, reader, language).lowercased()
      for word in [
        "http:", "https:", "//", "<script", "@import", "url(", "<img", "<link", "onload",
      ] {
        #expect(!page.contains(word), "\(reader): \(word)")
      }
      #expect(page.contains("default-src 'none'"))
      #expect(page.contains("<html lang=\"\(language.rawValue)\">"))
    }
  }

  @Test func `the confidential page shows what only it may`() throws {
    let page = try page(Staging(), .confidential)
    for secret in [Secrets.setName, Secrets.place, Secrets.provider, Secrets.holder, Secrets.note] {
      #expect(page.contains(secret), "\(secret)")
    }
  }

  @Test func `the answer stands in one line and follows the status`() throws {
    #expect(try answer(page(Staging(administratorHoldsRestorer: false))).hasPrefix("Ja: "))
    #expect(try answer(page(Staging(missed: [5]))).hasPrefix("Ja, maar dit vraagt aandacht: "))
    #expect(try answer(page(Staging(isDamaged: true))).hasPrefix("Nee: bekende schade"))
    #expect(try answer(page(Staging(failedBlocks: 2), .administrator, .english)).hasPrefix("No: "))
    let stale = try page(Staging(), now: Stage.now + 3 * Stage.day)
    #expect(
      try answer(stale) == "Nee: er is geen verslag sinds de nacht van 21 november 2026.")
    for (_, staging) in stagings {
      let words = try answer(page(staging))
      #expect(words.first == "J" || words.first == "N" || words.first == "D")
      #expect(!words.contains("\n"))
    }
  }

  @Test func `the calendar has a square for each night that was counted`() throws {
    func count(_ mark: String, _ staging: Staging) throws -> Int {
      let page = try page(staging)
      let start = try #require(page.firstRange(of: "<div class=\"months\">"))
      let end = try #require(page[start.upperBound...].firstRange(of: "</div>"))
      return page[start.upperBound..<end.lowerBound].ranges(of: "class=\"\(mark)\"").count
    }
    #expect(try count("covered", Staging()) == 365)
    let mixed = Staging(missed: [100, 41], late: [60], closed: 200...210)
    #expect(try count("covered", mixed) == 365 - 2 - 1 - 11)
    #expect(try count("missed", mixed) == 2)
    #expect(try count("late", mixed) == 1)
    #expect(try count("excused", mixed) == 11)
    #expect(try count("covered", Staging(firstNightsAgo: 0)) == 1)
  }

  @Test func `missed nights stand in words too`() throws {
    let page = try page(Staging(missed: [100, 41]), .administrator, .english)
    #expect(page.contains("<th scope=\"row\">11 October 2026</th><td>missed</td>"))
    #expect(page.contains("nothing was stored"))
  }

  @Test func `text of the policy is text on the page`() throws {
    let evil = "<script>alert(1)</script>\" onload='x' \u{202e}\u{7}"
    let page = try page(Staging(change: { $0.controller.name = evil }), .confidential)
    #expect(
      page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; \u{fffd} "))
    #expect(!page.contains("<script"))
  }

  @Test func `the public page is the statement and no figure more`() throws {
    // One stage for both: another has another reference.
    let stage = try Stage(Staging(administratorHoldsRestorer: false))
    let report = HTMLReport(now: Stage.now, language: .dutch, zone: .utc)
    let page = String(
      decoding: report.render(stage.committed.edition(.public)), as: UTF8.self)
    let statement = stage.statement(.dutch)
    for sentence in statement.sentences {
      #expect(page.contains(Markup.escape(sentence.text)), "\(sentence.text)")
    }
    for word in ["class=\"figures\"", "class=\"months\"", "GiB", "05:00"] {
      #expect(!page.contains(word), "\(word)")
    }
  }

  @Test func `what was not measured and what was only declared is listed as such`() throws {
    let page = try page(Staging())
    #expect(page.contains("Niet gemeten</h3>") && page.contains("Alleen verklaard</h3>"))
    // No declared field carries the mark of one that is met.
    let edition = try Stage().committed.edition(.administrator)
    for field in edition.revealed where field.state == .declared {
      let row = try #require(
        page.firstRange(of: "<th scope=\"row\">\(cap(field.id.definition.dutch))</th><td>"))
      #expect(page[row.upperBound...].hasPrefix("<span class=\"state declared\">"), "\(field.id)")
    }
  }

  private func cap(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}
