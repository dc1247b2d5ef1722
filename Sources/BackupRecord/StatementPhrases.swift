internal import BackupPolicy

/// The sentences of the public statement in one language.
protocol StatementPhrases {
  var encryption: String { get }
  var region: String { get }
  var secrecy: String { get }
  func nights(_ nights: StatementSource.Nights?) -> String
  func checking(isChecked: Bool, exercise: StatementSource.Exercise?) -> String
  func outerLimit(_ limit: StatementSource.Limit) -> String
  func support(_ support: StatementSource.Support) -> String
  func silence(_ topics: [Silence]) -> String
  func reference(_ night: BackupPolicy.Night, _ code: String) -> String
}

/// Dutch.
struct DutchPhrases: StatementPhrases {
  let contact: String?

  private var questions: String { contact.map { "; vragen kunt u stellen via \($0)." } ?? "." }

  static let months = [
    "januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september",
    "oktober", "november", "december",
  ]

  private func date(_ night: BackupPolicy.Night) -> String { Self.date(night) }

  static func date(_ night: BackupPolicy.Night) -> String {
    "\(night.day) \(Self.months[night.month - 1]) \(night.year)"
  }

  func nights(_ nights: StatementSource.Nights?) -> String {
    guard let nights else {
      return
        "Over onze nachtelijke reservekopie hebben wij op dit moment geen actuele "
        + "controlegegevens" + questions
    }
    let on = nights.isRestricted ? " waarop onze systemen aan staan," : ""
    let copy = "een reservekopie van onze bedrijfsbestanden"
    switch nights.claim {
    case .notYet:
      return
        "Wij richten een nachtelijke reservekopie van onze bedrijfsbestanden in; "
        + "over de nachten doen wij nog geen uitspraak."
    case .byNight:
      let start = nights.since.map { "Sinds \(date($0)) maken wij" } ?? "Wij maken"
      return "\(start) 's nachts \(copy). Wij houden per nacht bij of dat lukt."
    case .everyNight:
      guard let since = nights.since else {
        return "Elke nacht\(on) maken wij \(copy). Dat houden wij per nacht bij."
      }
      return
        "Sinds \(date(since)) maken wij elke nacht\(on) \(copy). Dat houden wij per nacht bij."
    case .mostNights: return most(nights, copy: copy, on: on)
    case .troubled:
      return
        "Onze nachtelijke reservekopie is in de afgelopen periode niet elke nacht gelukt. "
        + "Wij werken aan herstel" + questions
    }
  }

  private func most(_ nights: StatementSource.Nights, copy: String, on: String) -> String {
    var period = "In de afgelopen periode"
    if let since = nights.since {
      period = "Sinds \(date(since))"
    } else if let through = nights.through {
      let month = "\(Self.months[through.month - 1]) \(through.year)"
      period = "In de twaalf maanden tot en met \(month)"
    }
    let lookedInto = nights.isLookedInto ? "; gemiste nachten zijn onderzocht." : "."
    guard let count = nights.count else {
      return "Wij maken 's nachts \(copy). \(period) is dat niet elke nacht gelukt\(lookedInto)"
    }
    let what = nights.isRestricted ? "nachten waarop onze systemen aan stonden" : "nachten"
    return
      "Wij maken elke nacht\(on) \(copy). \(period) is dat op \(count.on) van de \(count.of) "
      + "\(what) gelukt\(lookedInto)"
  }

  var encryption: String { "De reservekopieën worden versleuteld bewaard." }

  func checking(isChecked: Bool, exercise: StatementSource.Exercise?) -> String {
    let last = exercise.map {
      "De laatste geslaagde oefening was in het \($0.quarter)e kwartaal van \($0.year)."
    }
    switch (isChecked, last) {
    case (true, let last?):
      return
        "Wij controleren regelmatig of de reservekopieën onbeschadigd zijn en oefenen het "
        + "terugzetten. \(last)"
    case (true, nil): return "Wij controleren regelmatig of de reservekopieën onbeschadigd zijn."
    case (false, let last): return "Wij oefenen het terugzetten van reservekopieën. \(last ?? "")"
    }
  }

  func outerLimit(_ limit: StatementSource.Limit) -> String {
    let months = limit.months == 1 ? "1 maand" : "\(limit.months) maanden"
    let start =
      "Verwijderen wij gegevens uit onze systemen, dan kunnen ze nog in oudere reservekopieën "
      + "voorkomen. "
    let end =
      " Zetten wij eerder een kopie terug, dan verwijderen wij die gegevens opnieuw."
      + (limit.hasExceptions
        ? " Gegevens die wij op een wettelijke grond langer bewaren, vallen hierbuiten." : "")
    guard !limit.isOverdue else {
      return start
        + "Daar worden ze niet gebruikt. Wij streven ernaar ook die kopieën binnen \(months) te "
        + "wissen; op dit moment lukt dat niet voor alle kopieën." + end
    }
    return start
      + "Daar worden ze niet gebruikt, en uiterlijk \(months) later zijn ook die kopieën gewist."
      + end
  }

  var region: String { "De reservekopieën blijven binnen de Europese Economische Ruimte." }

  func support(_ support: StatementSource.Support) -> String {
    "\(support.name) ondersteunt ons hierbij op grond van een servicecontract"
      + (support.hasAgreement ? " en schriftelijke afspraken over gegevensbescherming" : "")
      + (support.opensNothing
        ? "; deze partij kan de inhoud van de reservekopieën niet lezen." : ".")
  }

  func silence(_ topics: [Silence]) -> String {
    let words = topics.map { topic in
      switch topic {
      case .encryption: "de versleuteling"
      case .checking: "de controle van de kopieën"
      case .exercise: "het oefenen van herstel"
      case .outerLimit: "de bewaartermijn"
      case .region: "opslag binnen de Europese Economische Ruimte"
      }
    }
    return "Over \(enumerate(words, and: "en")) doen wij op dit moment geen uitspraak\(questions)"
  }

  var secrecy: String {
    "Hoe en waar wij de reservekopieën bewaren, maken wij om veiligheidsredenen niet openbaar. "
      + "De toezichthouder kan ons dossier inzien."
  }

  func reference(_ night: BackupPolicy.Night, _ code: String) -> String {
    "Stand: \(date(night)). Kenmerk: \(code)."
  }
}

/// English.
struct EnglishPhrases: StatementPhrases {
  let contact: String?

  private var questions: String { contact.map { "; questions can be put to \($0)." } ?? "." }

  static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
  ]

  private func date(_ night: BackupPolicy.Night) -> String { Self.date(night) }

  static func date(_ night: BackupPolicy.Night) -> String {
    "\(night.day) \(Self.months[night.month - 1]) \(night.year)"
  }

  func nights(_ nights: StatementSource.Nights?) -> String {
    guard let nights else {
      return "At this moment we have no current figures on our nightly backup" + questions
    }
    let on = nights.isRestricted ? " on which our systems are on" : ""
    let copy = "a backup copy of our business files"
    switch nights.claim {
    case .notYet:
      return
        "We are setting up a nightly backup of our business files; of the nights we say "
        + "nothing yet."
    case .byNight:
      let start = nights.since.map { "Since \(date($0)) we have been making" } ?? "We make"
      return "\(start) \(copy) by night. We keep a record of whether each night succeeds."
    case .everyNight:
      guard let since = nights.since else {
        return "Every night\(on) we make \(copy), and we keep a record for each night."
      }
      return
        "Since \(date(since)) we have been making \(copy) every night\(on), and we keep a "
        + "record for each night."
    case .mostNights: return most(nights, copy: copy, on: on)
    case .troubled:
      return
        "Our nightly backup has not succeeded every night in the recent period. We are working "
        + "on it" + questions
    }
  }

  private func most(_ nights: StatementSource.Nights, copy: String, on: String) -> String {
    var period = "In the recent period"
    if let since = nights.since {
      period = "Since \(date(since))"
    } else if let through = nights.through {
      let month = "\(Self.months[through.month - 1]) \(through.year)"
      period = "In the twelve months up to \(month)"
    }
    let lookedInto = nights.isLookedInto ? "; missed nights were looked into." : "."
    guard let count = nights.count else {
      return "We make \(copy) by night. \(period) this did not succeed every night\(lookedInto)"
    }
    let what = nights.isRestricted ? "nights on which our systems were on" : "nights"
    return
      "Every night\(on) we make \(copy). \(period) this succeeded on \(count.on) of \(count.of) "
      + "\(what)\(lookedInto)"
  }

  var encryption: String { "The copies are stored encrypted." }

  func checking(isChecked: Bool, exercise: StatementSource.Exercise?) -> String {
    let last = exercise.map {
      "the last successful exercise was in quarter \($0.quarter) of \($0.year)."
    }
    switch (isChecked, last) {
    case (true, let last?):
      return
        "We check regularly that the copies are undamaged and we practise restoring them; \(last)"
    case (true, nil): return "We check regularly that the copies are undamaged."
    case (false, let last): return "We practise restoring the copies; \(last ?? "")"
    }
  }

  func outerLimit(_ limit: StatementSource.Limit) -> String {
    let months = limit.months == 1 ? "1 month" : "\(limit.months) months"
    let start = "When we delete data, older backup copies may still contain them for a while. "
    let end =
      " If we restore a copy before then, we delete the data again."
      + (limit.hasExceptions
        ? " Records that we keep longer on a legal ground are an exception." : "")
    guard !limit.isOverdue else {
      return start
        + "They are not used there. We aim to erase those copies within \(months) as well; at "
        + "this moment that does not succeed for all copies." + end
    }
    return start
      + "They are not used there, and within \(months) those copies are erased as well." + end
  }

  var region: String { "Copies stay within the European Economic Area." }

  func support(_ support: StatementSource.Support) -> String {
    "\(support.name) supports us in this under a service contract"
      + (support.hasAgreement ? " and written agreements on data protection" : "")
      + (support.opensNothing ? "; this party cannot read what the copies contain." : ".")
  }

  func silence(_ topics: [Silence]) -> String {
    let words = topics.map { topic in
      switch topic {
      case .encryption: "encryption"
      case .checking: "the checking of copies"
      case .exercise: "restore exercises"
      case .outerLimit: "the storage period"
      case .region: "storage within the European Economic Area"
      }
    }
    return "At this moment we say nothing about \(enumerate(words, and: "and"))\(questions)"
  }

  var secrecy: String {
    "How and where copies are kept is confidential for security reasons; the supervisory "
      + "authority can inspect our file."
  }

  func reference(_ night: BackupPolicy.Night, _ code: String) -> String {
    "As of \(date(night)). Reference: \(code)."
  }
}

/// Words with commas, and the last one with `and`.
private func enumerate(_ words: [String], and: String) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " \(and) " + last
}
