import BackupFormat
import BackupLog
import BackupPolicy
import Foundation
import Testing

@testable import BackupRecord

/// Reads every text that is generated, in every staged world, for what no text may say.
@Suite struct GeneratedTextTests {
  /// All texts of a world, by what they are.
  private func texts(_ staging: Staging) throws -> [(name: String, text: String)] {
    let stage = try Stage(staging)
    var texts: [(String, String)] = []
    for reader in Reader.allCases {
      let edition = stage.committed.edition(reader)
      texts.append(("\(reader) oscal", text(OSCALRendering(zone: .utc), edition)))
      texts.append(("\(reader) metrics", text(MetricsRendering(), edition)))
      for language in Language.allCases {
        let page = HTMLReport(now: Stage.now, language: language, zone: .utc)
        texts.append(("\(reader) html", text(page, edition)))
        let plain = AdministratorText(language: language, zone: .utc)
        texts.append(("\(reader) text", text(plain, edition)))
        texts.append(("\(reader) register", text(RegisterRendering(language: language), edition)))
        texts.append(("\(reader) rows", text(IncidentRowsRendering(language: language), edition)))
        let public_ = PublicRendering(now: Stage.now, language: language)
        texts.append(("\(reader) statement", text(public_, edition)))
        let line = StatusLine.make(edition, now: Stage.now, language: language)
        texts.append(("\(reader) line", line.text))
      }
    }
    let (state, log) = (stage.log, stage.log.head)
    let signers = state.keys.values.map { NoteKey($0.publicKey) }
    guard let night = BackupLog.Night(dayNumber: Stage.night.dayNumber) else {
      preconditionFailure("a night of the stage")
    }
    let readme = BundleReadme(
      repository: state.repository, head: log, nights: night...night, editions: ["public"],
      closedCount: 1, level: "L0", findingCount: 0, signers: signers,
      stampCount: 2)
    texts.append(("README of a bundle", readme.text))
    for copies in [ErasureReply.Copies.until(Stage.night), .withoutDate, .absent] {
      for language in Language.allCases {
        let reply = ErasureReply(removed: Stage.night, copies: copies, hasTasks: true)
        texts.append(("reply to a person", reply.text(in: language)))
      }
    }
    return texts
  }

  private func text(_ rendering: some RecordRendering, _ edition: Edition) -> String {
    String(decoding: rendering.render(edition), as: UTF8.self)
  }

  /// The text without its style sheet, where `100%` is a length.
  private func words(_ text: String) -> String {
    guard let start = text.firstRange(of: "<style>"), let end = text.firstRange(of: "</style>")
    else { return text.lowercased() }
    return (text[..<start.lowerBound] + text[end.upperBound...]).lowercased()
  }

  @Test(arguments: stagings.indices)
  func `no generated text claims compliance or anything absolute`(_ index: Int) throws {
    for (name, text) in try texts(stagings[index].staging) {
      // What the firm wrote into its own policy is no text of ours.
      let lower = Secrets.all.reduce(words(text)) { $0.replacing($1.lowercased(), with: "§") }
      for claim in PublicStatement.absolutes {
        #expect(!lower.contains(claim), "\(stagings[index].name), \(name): \(claim)")
      }
      for claim in ["voldoet aan de wet", "in accordance with the law", "conform de avg"] {
        #expect(!lower.contains(claim), "\(name): \(claim)")
      }
    }
  }

  /// What no staged world brings up, such as an error on a screen, stands in the source.
  @Test(arguments: [
    "BackupEngine", "BackupLog", "BackupRecord", "BackupVerifier", "nightsafe",
    "nightsafe-verifier",
  ])
  func `no words in the source claim compliance or anything absolute`(_ target: String) throws {
    let sources = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources/\(target)").standardizedFileURL
    let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String }
    // They hold the words that are looked for; a style sheet has lengths of 100%.
    let leftOut = ["StatementLint.swift", "StatementReview.swift", "HTML/HTMLStyle.swift"]
    let read = (files ?? []).filter { $0.hasSuffix(".swift") && !leftOut.contains($0) }
    #expect(read.count > 5, "\(sources.path)")
    for file in read {
      let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
      for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated()
      {
        let code = line.drop { $0 == " " }.lowercased()
        guard !code.hasPrefix("//") else { continue }
        for claim in PublicStatement.absolutes where !claim.hasPrefix("100") || code.contains("\"")
        {
          // A remainder in an interpolation is no share, and an attribute no word.
          let found = code.replacing(" / 100 %", with: "").replacing("__always", with: "").contains(
            claim)
          #expect(!found, "\(target)/\(file):\(number + 1): \(claim)")
        }
      }
    }
  }

  @Test(arguments: stagings.indices)
  func `no check is told without its level`(_ index: Int) throws {
    let stage = try Stage(stagings[index].staging)
    let checks: [FieldID] = [
      .integritySelfCheck, .integrityVerification, .integritySample, .restoreLastTest,
      .nightsRecoveryPoint,
    ]
    for id in checks where stage.record[id].state == .met || stage.record[id].state == .notMet {
      // A test that never was, and a point that is not there, have no level.
      let isSomething = stage.record[id].value.object?.isEmpty != true
      #expect(stage.record[id].level != nil || !isSomething, "\(id)")
    }
    let edition = stage.committed.edition(.administrator)
    for language in Language.allCases {
      let line = StatusLine.make(edition, now: Stage.now, language: language).text
      if line.contains("self-checked") || line.contains("zelf gecontroleerd") {
        #expect(line.contains("(L"), "\(line)")
      }
      let page = text(HTMLReport(now: Stage.now, language: language, zone: .utc), edition)
      for word in ["read back ", "teruggelezen "] {
        for found in page.ranges(of: ">\(word)") {
          #expect(page[found.upperBound...].prefix(40).contains("(L"), "\(stagings[index].name)")
        }
      }
    }
  }

  @Test(arguments: stagings.indices)
  func `what is only declared, or not measured, is never satisfied`(_ index: Int) throws {
    let stage = try Stage(stagings[index].staging)
    for reader in Reader.allCases {
      let edition = stage.committed.edition(reader)
      let bytes = OSCALRendering(zone: .utc).render(edition)
      let result = try #require(
        CanonicalJSON(decoding: bytes).object?["assessment-results"]?.object?["results"]?.array?
          .first)
      var states: [String: String] = [:]
      for observation in result.object?["observations"]?.array ?? [] {
        let state = observation.object?["props"]?.array?.first {
          $0.object?["name"] == .string("state")
        }
        states[observation.object?["uuid"]?.string ?? ""] = state?.object?["value"]?.string
      }
      #expect(!states.isEmpty)
      for finding in result.object?["findings"]?.array ?? [] {
        let used = (finding.object?["related-observations"]?.array ?? []).map {
          states[$0.object?["observation-uuid"]?.string ?? ""]
        }
        let status = finding.object?["target"]?.object?["status"]?.object?["state"]?.string
        #expect(!used.isEmpty && !used.contains(nil))
        #expect((status == "satisfied") == used.allSatisfy { $0 == "met" })
        #expect(status == "satisfied" || used.contains("notMet"))
      }
    }
  }

  @Test func `a finding says nothing of what nobody measured`() {
    #expect(OSCALFinding.isSatisfied([.met, .met]) == true)
    #expect(OSCALFinding.isSatisfied([.met, .notMet]) == false)
    #expect(OSCALFinding.isSatisfied([.notMet, .notMeasured]) == false)
    for state in [FieldState.notMeasured, .declared, .notApplicable] {
      #expect(OSCALFinding.isSatisfied([.met, state]) == nil)
    }
    #expect(OSCALFinding.isSatisfied([]) == nil)
  }
}
