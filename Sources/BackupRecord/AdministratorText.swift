internal import BackupFormat
public import BackupPolicy

/// A record for those who keep the backups going: one screen, what is wrong first.
public struct AdministratorText: RecordRendering {
  /// The language.
  public var language: Language
  /// The zone in which times are shown.
  public var zone: TimeZoneData

  /// A text in a language and a zone.
  public init(language: Language, zone: TimeZoneData) {
    self.language = language
    self.zone = zone
  }

  /// The most columns of a line.
  static let columnCount = 100

  /// The text in UTF-8.
  public func render(_ edition: Edition) -> [UInt8] { [UInt8](text(of: edition).utf8) }

  /// The text.
  public func text(of edition: Edition) -> String {
    let fields = edition.revealed
    let wrong = FieldUrgency.shortcomings(fields)
    var lines = [headline(edition), counts(fields), ""]
    if wrong.isEmpty {
      lines.append(say("Nothing is known to be wrong.", "Er is niets bekend dat niet in orde is."))
    } else {
      lines.append(say("NOT MET", "NIET IN ORDE"))
      lines += wrong.map(line)
    }
    let fallen = fields.filter { $0.state == .notMet && FieldUrgency.sentences.contains($0.id) }
      .map { $0.id.definition.title(in: language) }
    if !fallen.isEmpty {
      lines += wrap(
        fallen, after: say("  public sentences that fall: ", "  openbare zinnen die vervallen: "))
    }
    lines.append("")
    lines += facts(edition)
    for (state, title) in [
      (FieldState.declared, say("DECLARED ONLY", "ALLEEN VERKLAARD")),
      (.notMeasured, say("NOT MEASURED", "NIET GEMETEN")), (.met, say("MET", "IN ORDE")),
    ] {
      let titles = fields.filter { $0.state == state }.map { $0.id.definition.title(in: language) }
      if !titles.isEmpty { lines += wrap(titles, after: "\(title): ") }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func say(_ english: String, _ dutch: String) -> String {
    language == .dutch ? dutch : english
  }

  private func headline(_ edition: Edition) -> String {
    let code = edition.commitment.hex.prefix(16)
    return say(
      "Backup record of night \(edition.night), reference \(code)",
      "Verslag van de reservekopieën, nacht \(edition.night), kenmerk \(code)")
  }

  private func counts(_ fields: [RecordField]) -> String {
    func count(_ state: FieldState) -> Int { fields.count { $0.state == state } }
    return say(
      "\(count(.notMet)) not met, \(count(.met)) met, \(count(.declared)) declared only, "
        + "\(count(.notMeasured)) not measured",
      "\(count(.notMet)) niet in orde, \(count(.met)) in orde, \(count(.declared)) alleen "
        + "verklaard, \(count(.notMeasured)) niet gemeten")
  }

  /// A field that is not met: what, its value with the level, and what to do.
  private func line(_ field: RecordField) -> String {
    let values = ValueText(language: language, zone: zone)
    var line = "  \(field.id.definition.title(in: language)): \(values.text(field.value))"
    if let level = field.level { line += " (\(level.rawValue))" }
    guard let advice = FieldUrgency.advice(field.id, in: language) else { return cut(line) }
    return cut(line) + "\n    -> " + advice
  }

  private func cut(_ line: String) -> String {
    line.count <= Self.columnCount ? line : line.prefix(Self.columnCount - 3) + "..."
  }

  /// The few figures that are read first, with their level.
  private func facts(_ edition: Edition) -> [String] {
    let values = ValueText(language: language, zone: zone)
    let ids: [FieldID] = [
      .nightsCounts30, .nightsRecoveryPoint, .integritySelfCheck, .integrityVerification,
      .restoreLastTest, .retentionOldest, .retentionOuterLimit, .storeFreeSpace,
    ]
    let lines = ids.compactMap { id -> String? in
      guard let field = edition[id], field.state != .notMet, field.state != .notMeasured else {
        return nil
      }
      let level = field.level.map { " (\($0.rawValue))" } ?? ""
      return cut("  \(id.definition.title(in: language))\(level): \(values.text(field.value))")
    }
    return lines.isEmpty ? [] : lines + [""]
  }

  private func wrap(_ titles: [String], after start: String) -> [String] {
    var lines: [String] = []
    var line = start
    for (i, title) in titles.enumerated() {
      let piece = title + (i == titles.count - 1 ? "" : ", ")
      if line.count + piece.count > Self.columnCount + 1 {
        lines.append(line.hasSuffix(" ") ? String(line.dropLast()) : line)
        line = "  "
      }
      line += piece
    }
    return lines + [line]
  }
}
