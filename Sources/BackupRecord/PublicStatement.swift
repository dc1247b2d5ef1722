internal import BackupFormat
internal import BackupPolicy

/// What may be said in public of a night's record, in sentences that its public edition bears out.
///
/// Each sentence has a guard, an expiry and a fallback (`Docs/record.md`, public sentences): the
/// guards were judged when the record was made, the expiries are judged here against `now`.
/// Publishing stays the act of a person.
public struct PublicStatement: Hashable, Sendable {
  /// What a sentence is about.
  public enum Topic: String, Hashable, CaseIterable, Sendable {
    /// The nights.
    case nights
    /// That copies are encrypted.
    case encryption
    /// That copies are checked, and restores practised.
    case checking
    /// When deleted data is gone from the copies too.
    case outerLimit
    /// That copies stay within the European Economic Area.
    case region
    /// Who helps.
    case support
    /// Of what nothing is said.
    case silence
    /// What is not made public.
    case secrecy
    /// The date and the reference.
    case reference
  }

  /// A sentence, or a few that belong together.
  public struct Sentence: Hashable, Sendable {
    /// What it is about.
    public let topic: Topic
    /// The words.
    public let text: String
    /// Whether it stands in the place of one whose guard failed or whose time is over.
    public let isFallback: Bool
  }

  /// The language.
  public let language: Language
  /// The sentences, in the order in which they are read.
  public let sentences: [Sentence]
  /// What the firm itself chose to publish: its contact and the name of a helper.
  public let published: [String]

  /// The whole text: a paragraph, and a line with the date and the reference.
  public var text: String {
    let body = sentences.filter { $0.topic != .reference }.map(\.text).joined(separator: " ")
    let last = sentences.filter { $0.topic == .reference }.map(\.text).joined(separator: " ")
    return body + "\n" + last + "\n"
  }

  /// What must not be published, if anything slipped in; empty for every text made here.
  public func lint(forbidding secrets: [String] = []) -> [LintFinding] {
    Self.lint(text, allowing: published, forbidding: secrets)
  }

  /// Makes the statement from the public fields of an edition.
  ///
  /// - Parameter now: The time at which it is to be read, in seconds since 1970.
  public static func make(
    from edition: Edition, now: Int64, language: Language
  ) -> PublicStatement {
    PublicStatement(StatementSource(edition, now: now), language: language)
  }

  private init(_ source: StatementSource, language: Language) {
    self.language = language
    published = source.published
    let phrases: any StatementPhrases =
      switch language {
      case .dutch: DutchPhrases(contact: source.contact)
      case .english: EnglishPhrases(contact: source.contact)
      }
    var sentences: [Sentence] = []
    var silence: [Silence] = []
    func say(_ topic: Topic, _ text: String, fallback: Bool = false) {
      sentences.append(Sentence(topic: topic, text: text, isFallback: fallback))
    }

    let nights = source.nights
    say(.nights, phrases.nights(nights), fallback: nights?.isPromise != true)
    if source.isEncrypted {
      say(.encryption, phrases.encryption)
    } else {
      silence.append(.encryption)
    }
    switch (source.isChecked, source.exercise) {
    case (false, nil): break
    case (let isChecked, let exercise):
      say(
        .checking, phrases.checking(isChecked: isChecked, exercise: exercise),
        fallback: !isChecked || exercise == nil)
    }
    if !source.isChecked { silence.append(.checking) }
    if source.exercise == nil { silence.append(.exercise) }
    if let limit = source.limit {
      say(.outerLimit, phrases.outerLimit(limit), fallback: limit.isOverdue)
    } else {
      silence.append(.outerLimit)
    }
    if source.isInEEA { say(.region, phrases.region) } else { silence.append(.region) }
    if let support = source.support { say(.support, phrases.support(support)) }
    if !silence.isEmpty { say(.silence, phrases.silence(silence), fallback: true) }
    say(.secrecy, phrases.secrecy)
    say(.reference, phrases.reference(source.night, source.code))
    self.sentences = sentences
  }
}

/// Topics about which nothing can be said.
enum Silence {
  case encryption, checking, exercise, outerLimit, region
}

/// What a statement is made of: the public fields whose time is not over.
struct StatementSource {
  struct Nights {
    var claim: NightsClaim
    var through: BackupPolicy.Night?
    var since: BackupPolicy.Night?
    var isRestricted: Bool
    var count: (on: Int64, of: Int64)?
    var isLookedInto: Bool

    var isPromise: Bool { claim == .everyNight }
  }
  struct Exercise {
    var quarter: Int64
    var year: Int64
  }
  struct Limit {
    var months: Int64
    var hasExceptions: Bool
    var isOverdue: Bool
  }
  struct Support {
    var name: String
    var hasAgreement: Bool
    var opensNothing: Bool
  }

  let night: BackupPolicy.Night
  /// The first 16 characters of the record's commitment.
  let code: String
  private(set) var contact: String?
  private(set) var nights: Nights?
  private(set) var isEncrypted = false
  private(set) var isChecked = false
  private(set) var exercise: Exercise?
  private(set) var limit: Limit?
  private(set) var isInEEA = false
  private(set) var support: Support?

  /// The texts of others that stand in the statement.
  var published: [String] { [contact, support?.name].compactMap { $0 } }

  init(_ edition: Edition, now: Int64) {
    night = edition.night
    code = String(edition.commitment.hex.prefix(16))
    let today = BackupPolicy.Night.utc(now)
    // A record from the future is believed as little as one whose time is over.
    func fresh(_ id: FieldID, _ states: FieldState...) -> RecordField? {
      guard let field = edition[id], states.contains(field.state),
        let until = field["until"]?.string.flatMap({ BackupPolicy.Night(parsing: $0) }),
        today <= until, edition.night <= today.advanced(by: 1)
      else { return nil }
      return field
    }
    contact = Self.publishable(edition[.headerContact]?.value.string)
    nights = fresh(.nightsPromise, .met, .notMet, .notApplicable).flatMap(Self.nights)
    isEncrypted = fresh(.encryptionPromise, .met) != nil
    isChecked = fresh(.integrityPromise, .met) != nil
    if let field = fresh(.restorePromise, .met), let quarter = field["quarter"]?.integer,
      let year = field["year"]?.integer
    {
      exercise = Exercise(quarter: quarter, year: year)
    }
    if let field = fresh(.retentionOuterLimit, .met, .notMet),
      let months = field["months"]?.integer
    {
      limit = Limit(
        months: months, hasExceptions: field["exceptions"] == .string("yes"),
        isOverdue: field.state != .met || field["overdue"] != .string("no"))
    }
    isInEEA = fresh(.locationsInEea, .declared)?["eea"] == .string("yes")
    if let field = fresh(.contractsSupport, .declared),
      let name = Self.publishable(field["name"]?.string)
    {
      support = Support(
        name: name, hasAgreement: field["agreement"] == .string("yes"),
        opensNothing: field["opens"] == .string("no"))
    }
  }

  private static func nights(_ field: RecordField) -> Nights? {
    guard let claim = field["claim"]?.string.flatMap(NightsClaim.init) else { return nil }
    func date(_ part: String) -> BackupPolicy.Night? {
      field[part]?.string.flatMap { BackupPolicy.Night(parsing: $0) }
    }
    var nights = Nights(
      claim: claim, through: date("through"), since: date("since"),
      isRestricted: field["restricted"] == .string("yes"),
      isLookedInto: field["lookedInto"] == .string("yes"))
    if let on = field["on"]?.integer, let of = field["of"]?.integer { nights.count = (on, of) }
    return nights
  }

  /// A text of the policy that may stand in a sentence: not empty, on one line, filled in.
  private static func publishable(_ text: String?) -> String? {
    guard let text, (1...200).contains(text.utf8.count),
      text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }), text.contains(where: { $0 != " " }),
      !text.contains(where: { "<>{}".contains($0) })
    else { return nil }
    return text
  }
}
