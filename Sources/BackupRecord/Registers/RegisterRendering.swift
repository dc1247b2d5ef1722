internal import BackupFormat
internal import BackupPolicy

/// The entry of the register of processing (AVG article 30(1)), made from the confidential edition, so
/// that register and reality are one.
///
/// What is declared is marked as declared; what the edition does not know stands as an open place that a
/// person fills in.
public struct RegisterRendering: RecordRendering {
  /// The language.
  public var language: Language

  /// An entry in a language.
  public init(language: Language) { self.language = language }

  /// The text in UTF-8.
  public func render(_ edition: Edition) -> [UInt8] {
    [UInt8](RegisterEntry(edition: edition, language: language).text.utf8)
  }
}

private struct RegisterEntry {
  let edition: Edition
  let language: Language

  private func say(_ english: String, _ dutch: String) -> String {
    language == .dutch ? dutch : english
  }

  private var declared: String { say(" (declared)", " (verklaard)") }
  private var unknown: String { say("not known", "niet bekend") }

  var text: String {
    ([heading] + sections.map { "\($0.title)\n" + $0.lines.map { "  \($0)\n" }.joined() }
      + [reference]).joined(separator: "\n")
  }

  private var heading: String {
    say(
      "Register of processing: backups (AVG article 30(1))\n",
      "Verwerkingsregister: reservekopieën (AVG artikel 30, lid 1)\n")
  }

  private var reference: String {
    let code = edition.commitment.hex.prefix(16)
    return say(
      "As of the night of \(edition.night), reference \(code)\n",
      "Stand van de nacht van \(edition.night), kenmerk \(code)\n")
  }

  private var sections: [(title: String, lines: [String])] {
    [
      (say("(a) Controller", "(a) Verwerkingsverantwoordelijke"), [controller]),
      (say("(b) Purposes", "(b) Doeleinden"), purposes),
      (
        say("(c) Categories of people and data", "(c) Categorieën van betrokkenen en gegevens"),
        categories
      ),
      (say("(d) Recipients", "(d) Ontvangers"), recipients),
      (say("(e) Transfer outside the EEA", "(e) Doorgifte buiten de EER"), [transfer]),
      (say("(f) Terms of erasure", "(f) Wistermijnen"), terms),
      (say("(g) Measures of security", "(g) Beveiligingsmaatregelen"), measures),
    ]
  }

  private func value(_ id: FieldID) -> String? {
    edition[id]?.value.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func lines(_ id: FieldID) -> [[String: CanonicalJSON]] {
    (edition[id]?.value.array ?? []).compactMap(\.object)
  }

  private var controller: String {
    [value(.headerController), value(.headerContact)].compactMap { $0 }.joined(separator: ", ")
      + declared
  }

  private var purposes: [String] {
    let common = say(
      "to recover business data after loss or damage (AVG article 32(1)(c))",
      "bedrijfsgegevens herstellen na verlies of schade (AVG artikel 32, lid 1, onder c)")
    return [common]
      + lines(.retentionClasses).compactMap { set in
        set["purpose"]?.string.map { "\(name(set)): \($0)\(declared)" }
      }
  }

  private var categories: [String] {
    lines(.retentionClasses).map { set in
      "\(name(set)): \(set["category"]?.string.map { $0 + declared } ?? unknown)"
    }
  }

  private func name(_ set: [String: CanonicalJSON]) -> String { set["name"]?.string ?? "–" }

  private var recipients: [String] {
    let contracts = lines(.contractsRegister).map { contract in
      let date = contract["processorAgreementDate"]?.string ?? contract["agreementDate"]?.string
      let agreement =
        date.map { say("agreement of \($0)", "overeenkomst van \($0)") }
        ?? say("no agreement known", "geen overeenkomst bekend")
      return "\(name(contract)), \(agreement)\(declared)"
    }
    let places = lines(.locationsList).compactMap { place in
      place["provider"]?.string.map {
        "\($0), \(place["country"]?.string ?? unknown)\(declared)"
      }
    }
    let all = contracts + places
    return all.isEmpty ? [say("none declared", "geen verklaard")] : all
  }

  private var transfer: String {
    switch edition[.locationsInEea]?["eea"]?.string {
    case "yes": say("no", "nee") + declared
    case "no": say("yes, or not excluded", "ja, of niet uitgesloten") + declared
    default: unknown
    }
  }

  private var terms: [String] {
    var terms = lines(.retentionClasses).map { set in
      let days = ["maximumAgeDays", "refreshDays", "collectionLagDays"].reduce(Int64(0)) {
        $0 + (set[$1]?.integer ?? 0)
      }
      var line = say(
        "\(name(set)): gone from the copies within \(days) days after deletion",
        "\(name(set)): binnen \(days) dagen na verwijdering ook uit de kopieën")
      if let basis = set["legalBasis"]?.string { line += "; \(basis)" }
      if let reason = set["reason"]?.string { line += "; \(reason)" }
      return line
    }
    if let overdue = edition[.retentionOverdue], overdue.state != .notMeasured {
      terms.append(
        overdue.state == .met
          ? say("measured: nothing is kept longer", "gemeten: niets wordt langer bewaard")
          : say("measured: NOT MET, see the record", "gemeten: NIET IN ORDE, zie het verslag"))
    }
    return terms
  }

  private var measures: [String] {
    let named: [FieldID] = [
      .encryptionOpened, .accessWriterOpens, .accessProtection, .integritySelfCheck,
      .integrityVerification, .restoreLastTest, .logWitnesses, .keysOwnerApart,
    ]
    return named.compactMap { id in
      guard let field = edition[id] else { return nil }
      let state =
        switch field.state {
        case .met: say("measured, met", "gemeten, in orde")
        case .notMet: say("measured, NOT MET", "gemeten, NIET IN ORDE")
        case .declared: say("declared, not measured", "verklaard, niet gemeten")
        case .notMeasured: say("not measured", "niet gemeten")
        case .notApplicable: say("fact", "feit")
        }
      let level = field.level.map { " (\($0.rawValue))" } ?? ""
      return "\(id.definition.title(in: language)): \(state)\(level)"
    }
  }
}
