internal import BackupFormat
internal import BackupPolicy

/// Every field that the reader may see, group by group, and how to check the page.
extension ReportPage {
  /// How many lines of a list are shown; the JSON form has all.
  private static let lineCount = 50

  var fieldsSection: Markup {
    let groups = Dictionary(grouping: edition.revealed) { group($0.id) }
    let tables = groups.sorted { $0.key < $1.key }.map { name, fields -> Markup in
      let rows = fields.map(row)
      return """
        <table class="fields"><caption>\(groupName(name))</caption>
        <thead><tr><th scope="col">\(say("field", "veld"))</th><th scope="col">\(say("state", "stand"))</th>\
        <th scope="col">\(say("value", "waarde"))</th><th scope="col">\(say("how known", "hoe bekend"))</th></tr></thead>
        <tbody>\(rows)</tbody></table>
        """
    }
    return section("fields", say("All fields", "Alle velden"), "\(tables)")
  }

  private func group(_ id: FieldID) -> String { String(id.rawValue.prefix { $0 != "." }) }

  private func groupName(_ name: String) -> String {
    let names = [
      "access": "toegang", "contracts": "contracten", "coverage": "dekking",
      "encryption": "versleuteling", "erasure": "verwijderverzoeken",
      "exceptions": "uitzonderingen",
      "header": "verslag", "incidents": "incidenten", "integrity": "heelheid", "keys": "sleutels",
      "locations": "locaties", "log": "logboek", "nights": "nachten", "policy": "beleid",
      "record": "dit verslag", "restore": "herstel", "result": "uitkomst", "retention": "bewaring",
      "store": "opslag", "trend": "verloop",
    ]
    let shown = language == .dutch ? names[name] ?? name : name
    return shown.prefix(1).uppercased() + shown.dropFirst()
  }

  private func row(_ field: RecordField) -> Markup {
    var how = [field.level?.rawValue ?? "", witness(field.by)]
    if let at = field.at { how.append(values.time(at)) }
    let known = how.filter { !$0.isEmpty }.joined(separator: ", ")
    return """
      <tr><th scope="row">\(title(field.id))</th><td>\(badge(field.state))</td>\
      <td>\(field.state == .notMeasured ? "–" : value(of: field))</td><td>\(known.isEmpty ? "–" : known)</td></tr>
      """
  }

  private func value(of field: RecordField) -> Markup {
    guard case .array(let lines) = field.value, !lines.isEmpty else {
      return "\(text(field.value))"
    }
    if field.id == .recordNotMeasured { return "\(lines.count)" }
    let items = lines.prefix(Self.lineCount).map { "<li>\(text($0))</li>" as Markup }
    let rest: Markup =
      lines.count > Self.lineCount ? "<li>+\(lines.count - Self.lineCount)</li>" : ""
    return "<ul>\(items)\(rest)</ul>"
  }

  private func text(_ value: CanonicalJSON, named name: String = "") -> String {
    switch value {
    case .object(let parts) where !parts.isEmpty:
      parts.sorted { $0.key < $1.key }.map { part, value in
        "\(values.name(part)) \(text(value, named: part))"
      }.joined(separator: ", ")
    case .string(let string): nameOfSet(string) ?? values.text(value, named: name)
    case .array(let lines) where !lines.isEmpty:
      lines.prefix(Self.lineCount).map { text($0) }.joined(separator: "; ")
    default: values.text(value, named: name)
    }
  }

  // MARK: How to check

  var footer: Markup {
    let levels = [
      ("L0", say("present, with the right size", "aanwezig, met de juiste omvang")),
      ("L1", say("every sealed byte as it was signed", "elke verzegelde byte zoals ondertekend")),
      ("L2", say("opened, and each content as named", "geopend, en elke inhoud zoals benoemd")),
      ("L3", say("restored and compared", "teruggezet en vergeleken")),
      ("L4", say("used by a person", "door een mens gebruikt")),
    ].map { "<div><dt>\($0)</dt><dd>\($1)</dd></div>" as Markup }
    return """
      <footer>
      <h2>\(say("How to read and check this", "Hoe dit te lezen en te controleren"))</h2>
      <dl class="levels">\(levels)</dl>
      <p>\(say("“Declared” was said by someone and not measured. This report is evidence, and no judgement of the law.", "“Verklaard” is door iemand gezegd en niet gemeten. Dit verslag is bewijsmateriaal en geen juridisch oordeel."))</p>
      \(proof)
      </footer>
      """
  }

  /// What ties the page to the signed log.
  var proof: Markup {
    var lines: [(String, String)] = [(say("record", "verslag"), edition.commitment.hex)]
    if let number = edition[.headerSequence]?.value.integer {
      lines.append((say("number", "nummer"), "\(number)"))
    }
    if let made = edition[.headerCreatedAt]?["madeAt"]?.integer {
      lines.append((say("made at", "gemaakt op"), values.time(made)))
    }
    if let head = edition[.logHead], let root = head["root"]?.string,
      let size = head["size"]?.integer
    {
      lines.append((say("log before it", "logboek ervoor"), "\(size) · \(root)"))
    }
    // One that does not fit the log stands among the open points.
    if let stamp = edition[.logTimestamp], stamp.state == .declared,
      let at = stamp["stampedAt"]?.integer, let size = stamp["size"]?.integer,
      let imprint = stamp["imprint"]?.string
    {
      let words = say("said by a verifier", "gezegd door een controleur")
      lines.append(
        (
          say("time stamp", "tijdstempel"), "\(values.time(at)) · \(size) · \(imprint) · \(words)"
        ))
    }
    let items = lines.map { "<div><dt>\($0)</dt><dd>\($1)</dd></div>" as Markup }
    return "<dl class=\"proof\">\(items)</dl>"
  }
}
