public import BackupPolicy

/// What is written to a person who asked for erasure.
///
/// Each sentence is made only of what is known when it is written; no text claims that something is
/// gone which may still be stored.
public struct ErasureReply: Hashable, Sendable {
  /// What is known about backup copies.
  public enum Copies: Hashable, Sendable {
    /// They may hold the data until this day at the latest.
    case until(Night)
    /// They may hold the data, and no day can be named: it has passed, or a legal hold keeps copies.
    case withoutDate
    /// What held the data is deleted, and nothing stored names it any more.
    case absent
  }

  /// The last day on which the data was in the live systems.
  public var removed: Night
  /// What is known about backup copies.
  public var copies: Copies
  /// Whether data inside databases has to be removed by hand after a restore.
  public var hasTasks: Bool

  /// Makes a reply of what is known.
  public init(removed: Night, copies: Copies, hasTasks: Bool) {
    self.removed = removed
    self.copies = copies
    self.hasTasks = hasTasks
  }

  /// The text, one paragraph.
  public func text(in language: Language) -> String {
    switch language {
    case .dutch: dutch
    case .english: english
    }
  }

  private var dutch: String {
    let date = DutchPhrases.date(removed)
    let end =
      " Tot dan gebruiken wij ze niet en bij terugzetten worden ze opnieuw verwijderd."
    var text = "Uw gegevens zijn op \(date) verwijderd uit onze systemen."
    switch copies {
    case .until(let night):
      text += " In reservekopieën kunnen ze nog voorkomen tot uiterlijk "
      text += "\(DutchPhrases.date(night))." + end
    case .withoutDate:
      text += " In reservekopieën kunnen ze nog voorkomen; een einddatum kunnen wij nu niet noemen."
      text += " Wij laten u weten wanneer ook die kopieën zijn gewist." + end
    case .absent:
      text += " Ook de reservekopieën die wij bewaren, bevatten de betrokken bestanden niet meer."
    }
    if hasTasks {
      text += " Staan gegevens van u in een databank in een oudere reservekopie, dan verwijderen"
      text += " wij ze daaruit zodra wij die kopie terugzetten."
    }
    return text
  }

  private var english: String {
    let date = EnglishPhrases.date(removed)
    let end =
      " Until then we do not use them, and if we restore a copy they are deleted again."
    var text = "Your data was deleted from our systems on \(date)."
    switch copies {
    case .until(let night):
      text += " Backup copies may still contain it until \(EnglishPhrases.date(night))"
      text += " at the latest." + end
    case .withoutDate:
      text += " Backup copies may still contain it; we cannot name an end date now."
      text += " We will tell you when those copies have been erased too." + end
    case .absent:
      text += " The backup copies that we keep no longer contain the files concerned either."
    }
    if hasTasks {
      text += " If data about you is inside a database in an older backup copy, we delete it from"
      text += " there as soon as we restore that copy."
    }
    return text
  }
}
