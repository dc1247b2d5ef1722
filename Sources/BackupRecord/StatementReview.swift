public import BackupPolicy

/// Something in a privacy statement that a person should look at.
public struct ReviewFinding: Hashable, Sendable {
  /// What it is.
  public enum Kind: String, Hashable, CaseIterable, Sendable {
    /// A place where something was to be filled in.
    case placeholder
    /// The statement is older than twelve months.
    case old
    /// No date was found by which its age could be told.
    case undated
    /// A criterion for breaches that is without effect since 25 May 2018.
    case supersededBreachRule
    /// A law or an authority that is no more.
    case supersededLaw
    /// It says that every night a backup is made, and the record does not bear that out.
    case everyNightNotBorneOut
    /// It speaks of backups and gives no term after which deleted data are gone from them.
    case noOuterLimit
    /// A claim that nothing can bear out.
    case absolute
  }

  /// What it is.
  public let kind: Kind
  /// The line on which it stands, counted from 1; nil if it is about the whole.
  public let line: Int?
  /// The words that show it.
  public let text: String
}

/// Reads a privacy statement as it is published, and compares it with what is known.
///
/// It finds what can be told by words and dates; whether the statement is lawful is for people.
public enum StatementReview {
  /// The most bytes of a statement.
  public static let byteCountMax = 1 << 20

  /// How many days old a statement may be.
  static let dayCountMax = 365

  /// Looks at a statement.
  ///
  /// - Parameters:
  ///   - text: The statement as plain text or HTML.
  ///   - today: The date.
  ///   - edition: The public edition of the newest record; nil if there is none, and then no night is
  ///     borne out.
  ///   - now: The time at which the edition is read, in seconds since 1970.
  public static func findings(
    in text: String, today: BackupPolicy.Night, edition: Edition?, now: Int64
  ) -> [ReviewFinding] {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .map(String.init)
    var findings: [ReviewFinding] = []
    for (place, line) in lines.enumerated() {
      let lower = line.lowercased()
      func add(_ kind: ReviewFinding.Kind, _ words: some StringProtocol) {
        findings.append(ReviewFinding(kind: kind, line: place + 1, text: String(words.prefix(80))))
      }
      for words in placeholders(in: line) { add(.placeholder, words) }
      for phrase in breachPhrases where lower.contains(phrase) {
        add(.supersededBreachRule, phrase)
      }
      for phrase in lawPhrases where has(phrase, in: lower) { add(.supersededLaw, phrase) }
      for phrase in everyNight where lower.contains(phrase) {
        if !isBorneOut(edition, now: now) { add(.everyNightNotBorneOut, phrase) }
      }
      for claim in absolutes where lower.contains(claim) { add(.absolute, claim) }
    }
    findings += wholeFindings(text.lowercased(), today: today)
    return findings
  }

  // MARK: Line by line

  /// Places to be filled in: `<naam>`, `{naam}`, `[naam]`, `…………`, `XXX`; tags of HTML are none.
  private static func placeholders(in line: String) -> [String] {
    var found: [String] = []
    for (open, close) in [("<", ">"), ("{", "}"), ("[", "]"), ("&lt;", "&gt;")] {
      var rest = line[...]
      while let start = rest.firstRange(of: open),
        let end = rest[start.upperBound...].firstRange(of: close)
      {
        let inner = rest[start.upperBound..<end.lowerBound]
        if isPlace(inner, isTag: open == "<") { found.append("\(open)\(inner)\(close)") }
        rest = rest[end.upperBound...]
      }
    }
    for word in line.split(separator: " ") {
      let isFiller = word.count >= 3 && (word.allSatisfy { $0 == "X" || $0 == "x" })
      if isFiller || word.contains("……") || word.contains("____") { found.append(String(word)) }
    }
    return found
  }

  private static let htmlTags: Set<String> = [
    "a", "abbr", "b", "body", "br", "div", "dl", "dt", "dd", "em", "footer", "h1", "h2", "h3", "h4",
    "head", "header", "hr", "html", "i", "img", "li", "link", "main", "meta", "nav", "ol", "p",
    "section", "small", "span", "strong", "style", "sup", "table", "tbody", "td", "th", "thead",
    "title", "tr", "u", "ul", "script", "article", "center", "font", "!doctype",
  ]

  private static func isPlace(_ inner: Substring, isTag: Bool) -> Bool {
    let words = inner.split(whereSeparator: \.isWhitespace)
    guard let first = words.first, inner.count <= 80, inner.contains(where: \.isLetter) else {
      return false
    }
    guard isTag else { return !inner.contains(":") }
    if inner.hasPrefix("!--") || inner.hasPrefix("/") || inner.contains("=") { return false }
    let name = first.lowercased().trimmingSuffix("/")
    return !htmlTags.contains(name) && !inner.contains("@")
  }

  /// Words of the Wbp's article 34a, without effect since 25 May 2018.
  private static let breachPhrases = [
    "ernstige nadelige gevolgen", "waarschijnlijk ongunstige gevolgen",
    "ongunstige gevolgen zal hebben",
    "serious adverse consequences",
  ]
  private static let lawPhrases = [
    "wbp", "wet bescherming persoonsgegevens", "college bescherming persoonsgegevens", "95/46/eg",
    "95/46/ec", "safe harbor", "privacy shield",
  ]
  private static let everyNight = [
    "elke nacht", "iedere nacht", "every night", "each night", "dagelijks een back-up",
    "dagelijks een backup",
  ]
  private static let absolutes = [
    "100% veilig", "100 % veilig", "volledig veilig", "waterdicht", "avg-proof", "gdpr-proof",
    "gegarandeerd", "onkraakbaar", "avg compliant", "gdpr compliant", "fully secure",
    "completely safe", "guaranteed",
  ]

  /// Whether a phrase stands in a line as words of its own.
  private static func has(_ phrase: String, in line: String) -> Bool {
    var rest = line[...]
    while let found = rest.firstRange(of: phrase) {
      let before =
        found.lowerBound == line.startIndex ? " " : line[line.index(before: found.lowerBound)]
      let after = found.upperBound == line.endIndex ? " " : line[found.upperBound]
      if !before.isLetter, !after.isLetter { return true }
      rest = line[found.upperBound...]
    }
    return false
  }

  private static func isBorneOut(_ edition: Edition?, now: Int64) -> Bool {
    edition.flatMap { StatementSource($0, now: now).nights }?.isPromise == true
  }

  // MARK: The whole

  private static func wholeFindings(
    _ lower: String, today: BackupPolicy.Night
  ) -> [ReviewFinding] {
    var findings: [ReviewFinding] = []
    if let newest = StatementDates.all(in: lower).filter({ $0 <= today }).max() {
      if newest.distance(to: today) > dayCountMax {
        findings.append(ReviewFinding(kind: .old, line: nil, text: newest.description))
      }
    } else {
      findings.append(ReviewFinding(kind: .undated, line: nil, text: ""))
    }
    let speaksOfCopies = ["back-up", "backup", "reservekopie"].contains { lower.contains($0) }
    let words = lower.split { !$0.isLetter && !$0.isNumber }
    let units: Set<Substring> = [
      "maand", "maanden", "dagen", "weken", "jaar", "month", "months", "days", "weeks", "year",
      "years",
    ]
    let givesTerm = zip(words, words.dropFirst()).contains { number, unit in
      units.contains(unit) && (Int(number) != nil || numberWords.contains(number))
    }
    if speaksOfCopies, !givesTerm {
      findings.append(ReviewFinding(kind: .noOuterLimit, line: nil, text: ""))
    }
    return findings
  }

  private static let numberWords: Set<Substring> = [
    "één", "een", "twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien", "twaalf",
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve",
  ]
}

/// Dates as statements have them: 20180522, 2018-05-22, 22-05-2018, 22 mei 2018, 22 May 2018.
enum StatementDates {
  static func all(in lower: String) -> [BackupPolicy.Night] {
    let words = lower.split { $0.isWhitespace || ",;()\u{201c}\u{201d}\"".contains($0) }.map(
      String.init)
    var dates = words.compactMap(single)
    for place in words.indices.dropLast(2) {
      guard let day = Int(words[place]), let month = month(words[place + 1]),
        let year = Int(words[place + 2].prefix(4)),
        let date = date(year, month, day)
      else { continue }
      dates.append(date)
    }
    return dates
  }

  private static func month(_ word: String) -> Int? {
    for names in [DutchPhrases.months, EnglishPhrases.months] {
      if let place = names.firstIndex(where: { $0.lowercased() == word }) { return place + 1 }
    }
    return nil
  }

  private static func single(_ word: String) -> BackupPolicy.Night? {
    let digits = word.filter(\.isNumber)
    let parts = word.split { !$0.isNumber }.compactMap { Int($0) }
    if digits.count == 8, parts.count == 1, let number = parts.first {
      return date(number / 10_000, number / 100 % 100, number % 100)
    }
    guard parts.count == 3, word.contains(where: { "-./".contains($0) }) else { return nil }
    return parts[0] > 999 ? date(parts[0], parts[1], parts[2]) : date(parts[2], parts[1], parts[0])
  }

  private static func date(_ year: Int, _ month: Int, _ day: Int) -> BackupPolicy.Night? {
    guard (1990...2199).contains(year) else { return nil }
    return BackupPolicy.Night(year: year, month: month, day: day)
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> String {
    hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
  }
}
