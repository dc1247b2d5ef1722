internal import BackupFormat
internal import BackupPolicy

/// The rows of the register of breaches (AVG article 33(5)): facts, effects, measures.
///
/// What a program knows is filled in; what only people know is left open for them. A row is no
/// judgement: it says what was decided, or that nothing was.
public struct IncidentRowsRendering: RecordRendering {
  /// The language.
  public var language: Language

  /// Rows in a language.
  public init(language: Language) { self.language = language }

  /// Lines of values between semicolons, the first with the names, in UTF-8.
  public func render(_ edition: Edition) -> [UInt8] {
    let head = IncidentWords.columns(language)
    let rows = (edition[.incidentsList]?.value.array ?? []).compactMap(\.object).map { row in
      [
        row["incident"]?.string ?? "", row["class"]?.string ?? "", time(row["detectedAt"]),
        time(row["assessByAt"]), time(row["acknowledgedAt"]), time(row["assessedAt"]),
        row["decision"]?.string ?? "", time(row["decidedAt"]),
        IncidentWords.facts(row["class"]?.string ?? "", language),
        IncidentWords.effects(row["class"]?.string ?? "", language), "",
      ]
    }
    let text = ([head] + rows).map { $0.map(Self.quote).joined(separator: ";") + "\r\n" }
    return [UInt8](text.joined().utf8)
  }

  private func time(_ value: CanonicalJSON?) -> String {
    value?.integer.map { $0 == 0 ? "" : UTCText.dateTime($0) } ?? ""
  }

  /// A value that no spreadsheet takes for a formula, in quotes where it needs them.
  static func quote(_ text: String) -> String {
    let safe = text.first.map { "=+-@".contains($0) } == true ? "'" + text : text
    guard safe.contains(where: { ";\"\r\n".contains($0) }) else { return safe }
    return "\"\(safe.replacing("\"", with: "\"\""))\""
  }
}

/// Words about classes of incidents.
enum IncidentWords {
  static func columns(_ language: Language) -> [String] {
    language == .dutch
      ? [
        "incident", "soort", "ontdekt", "beoordelen voor", "bevestigd", "beoordeeld", "besluit",
        "besloten op", "feiten", "gevolgen", "maatregelen",
      ]
      : [
        "incident", "class", "detected", "assess by", "acknowledged", "assessed", "decision",
        "decided at", "facts", "effects", "measures",
      ]
  }

  static func facts(_ kind: String, _ language: Language) -> String {
    words(kind, facts, language)
  }

  static func effects(_ kind: String, _ language: Language) -> String {
    words(kind, effects, language)
  }

  private static func words(
    _ kind: String, _ table: [String: (String, String)], _ language: Language
  ) -> String {
    guard let (english, dutch) = table[kind] else { return "" }
    return language == .dutch ? dutch : english
  }

  private static let facts: [String: (String, String)] = [
    "objectDamaged": (
      "a stored object is not as it was signed",
      "een opgeslagen object is niet zoals het is ondertekend"
    ),
    "logBroken": (
      "the log or its signatures do not add up, or objects vanished outside the policy",
      "het logboek of de handtekeningen kloppen niet, of objecten verdwenen buiten het beleid om"
    ),
    "repositoryCopied": (
      "a stranger read or copied the backups", "een vreemde las of kopieerde de reservekopieën"
    ),
    "keyLost": ("a key that opens is lost", "een sleutel die opent is kwijt"),
    "keyExposed": (
      "a key that opens is known to others", "een sleutel die opent is bij anderen bekend"
    ),
    "erasureSkipped": (
      "a restore brought erased content back", "een herstel bracht gewiste inhoud terug"
    ),
    "nightMissed": ("a night without a backup", "een nacht zonder reservekopie"),
    "retentionOverdue": (
      "a snapshot is older than its maximum age", "een snapshot is ouder dan zijn maximum"
    ),
    "suddenChange": (
      "so much changed at once that an attack is possible; removal is frozen",
      "er veranderde zoveel tegelijk dat een aanval mogelijk is; verwijderen staat stil"
    ),
    "witnessBroken": (
      "the log has a gap, or a witness saw another log",
      "het logboek heeft een gat, of een getuige zag een ander logboek"
    ),
  ]

  private static let effects: [String: (String, String)] = [
    "objectDamaged": ("availability: to be found out", "beschikbaarheid: uit te zoeken"),
    "logBroken": (
      "integrity and availability: to be found out", "integriteit en beschikbaarheid: uit te zoeken"
    ),
    "repositoryCopied": (
      "confidentiality: the copies are encrypted; whether a key was with them is to be found out",
      "vertrouwelijkheid: de kopieën zijn versleuteld; of er een sleutel bij was is uit te zoeken"
    ),
    "keyLost": (
      "availability, if no other key opens", "beschikbaarheid, als geen andere sleutel opent"
    ),
    "keyExposed": (
      "confidentiality of what is sealed to it",
      "vertrouwelijkheid van wat ermee verzegeld is"
    ),
    "erasureSkipped": (
      "processing of data that were to be gone", "verwerking van gegevens die weg hoorden te zijn"
    ),
    "nightMissed": (
      "none yet; what was lost in the gap is to be found out",
      "nog geen; wat in het gat verloren ging is uit te zoeken"
    ),
    "retentionOverdue": (
      "kept longer than promised", "langer bewaard dan beloofd"
    ),
    "suddenChange": (
      "integrity and availability of the source: to be found out",
      "integriteit en beschikbaarheid van de bron: uit te zoeken"
    ),
    "witnessBroken": (
      "integrity of the record: to be found out", "integriteit van het verslag: uit te zoeken"
    ),
  ]
}
