internal import BackupFormat
public import BackupPolicy

/// An edition as one HTML page that needs no script and asks nothing of anyone.
///
/// The public edition is the statement with its proof; the others answer on their first page
/// whether one is safe tonight, and list every field that the reader may see.
public struct HTMLReport: RecordRendering {
  /// When it is read, in seconds since 1970.
  public var now: Int64
  /// The language.
  public var language: Language
  /// The zone in which times are shown.
  public var zone: TimeZoneData

  /// A page for a time, in a language and a zone.
  public init(now: Int64, language: Language, zone: TimeZoneData) {
    self.now = now
    self.language = language
    self.zone = zone
  }

  /// The page in UTF-8.
  public func render(_ edition: Edition) -> [UInt8] {
    [UInt8](ReportPage(edition, now: now, language: language, zone: zone).html.utf8)
  }
}

/// What a page is made of; each part of it stands in a file of its own.
struct ReportPage {
  let edition: Edition
  let now: Int64
  let language: Language
  let values: ValueText
  /// The names of data sets by their ids, where the edition shows them.
  private let setNames: [String: String]

  init(_ edition: Edition, now: Int64, language: Language, zone: TimeZoneData) {
    self.edition = edition
    self.now = now
    self.language = language
    values = ValueText(language: language, zone: zone)
    let named = (edition[.coverageSetNames]?.value.array ?? []).compactMap { line in
      line.object?["set"]?.string.map { ($0, line.object?["name"]?.string ?? "") }
    }
    setNames = Dictionary(named) { first, _ in first }
  }

  var html: String {
    let body = edition.reader == .public ? publicBody : reportBody
    let page: Markup = """
      <!DOCTYPE html>
      <html lang="\(language.rawValue)">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
      <meta name="referrer" content="no-referrer">
      <title>\(title)</title>
      <style>\(HTMLStyle.sheet)</style>
      </head>
      <body>
      \(body)
      </body>
      </html>

      """
    return page.html
  }

  private var title: String {
    let what =
      edition.reader == .public
      ? say("Our backups", "Onze reservekopieën") : say("Night report", "Nachtverslag")
    return "\(what), \(controller ?? say("night of", "nacht van")) \(longDate(edition.night))"
  }

  private var reportBody: Markup {
    """
    \(masthead)
    <main>
    \(answerSection)
    \(figures)
    \(calendarSection)
    \(attentionSection)
    \(sizeSection)
    \(retentionSection)
    \(checkingSection)
    \(limitsSection)
    \(fieldsSection)
    </main>
    \(footer)
    """
  }

  // MARK: Words

  func say(_ english: String, _ dutch: String) -> String {
    language == .dutch ? dutch : english
  }

  var controller: String? {
    edition[.headerController]?.value.string.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// A date as people write it.
  func longDate(_ night: BackupPolicy.Night) -> String {
    let months = language == .dutch ? DutchPhrases.months : EnglishPhrases.months
    return "\(night.day) \(months[night.month - 1]) \(night.year)"
  }

  func longDate(_ text: String?) -> String {
    text.flatMap { BackupPolicy.Night(parsing: $0) }.map(longDate) ?? "–"
  }

  /// A data set by its name, where the edition shows it, or by the beginning of its id.
  func setName(_ hex: String?) -> String {
    guard let hex else { return "–" }
    return setNames[hex] ?? "set \(hex.prefix(8))"
  }

  /// The name of a data set, if `text` is the id of one.
  func nameOfSet(_ text: String) -> String? { setNames[text] }

  func title(_ id: FieldID) -> String {
    let title = id.definition.title(in: language)
    return title.prefix(1).uppercased() + title.dropFirst()
  }

  /// Who measured, in words.
  func witness(_ by: FieldWitness?) -> String {
    switch by {
    case .host: say("by the server itself", "door de server zelf")
    case .verifier: say("by the separate verifier", "door de aparte controleur")
    case .restorer: say("by the restorer", "door de hersteller")
    case .owner: say("by the owner", "door de eigenaar")
    case nil: ""
    }
  }

  func stateName(_ state: FieldState) -> String {
    switch state {
    case .met: say("met", "in orde")
    case .notMet: say("not met", "niet in orde")
    case .notMeasured: say("not measured", "niet gemeten")
    case .declared: say("declared", "verklaard")
    case .notApplicable: say("fact", "feit")
    }
  }

  /// The mark and the word of a state; the mark alone would speak by colour and shape only.
  func badge(_ state: FieldState) -> Markup {
    let mark =
      switch state {
      case .met: "●"
      case .notMet: "✕"
      case .notMeasured: "○"
      case .declared: "◐"
      case .notApplicable: "·"
      }
    return """
      <span class="state \(state.rawValue)"><span aria-hidden="true">\(mark)</span> \
      \(stateName(state))</span>
      """
  }

  func section(_ name: String, _ title: String, _ content: Markup) -> Markup {
    """
    <section aria-labelledby="\(name)" class="\(name)">
    <h2 id="\(name)">\(title)</h2>
    \(content)
    </section>
    """
  }
}
