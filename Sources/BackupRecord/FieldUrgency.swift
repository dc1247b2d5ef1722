/// How a field that is not met ranks among others, and what can be done about it.
struct FieldUrgency {
  /// How bad it is when a field is not met.
  enum Severity: String {
    /// Data or a promise is in danger now.
    case critical
    /// It needs someone soon.
    case warning
    /// It needs someone some day.
    case note

    /// Within how many days it is to be over, where nobody said otherwise.
    var dayCount: Int {
      switch self {
      case .critical: 3
      case .warning: 14
      case .note: 90
      }
    }
  }

  /// Who is to bring it to an end, where nobody said otherwise.
  enum Owner: String {
    case management
    case systemAdministrator = "system-administrator"
  }

  /// What makes a status line critical when it is not met.
  static let grave: [FieldID] = [
    .encryptionPlaintextFound, .integrityDamage, .integrityLog, .integrityMissing,
    .integritySample, .integritySelfCheck, .integritySignatures, .retentionOverdue,
  ]
  /// What makes it a warning.
  static let noted: [FieldID] = [
    .coverageCanaries, .coverageChangedDuringRead, .coverageDrop, .coverageUnreadable,
    .erasureDestroyedSets, .erasureOverdue, .headerClock, .incidentsDeadlines,
    .integritySweep, .integrityUnexplained,
    .integrityVerification, .keysOwnerApart, .keysRecoverySheet, .keysRestorerUsed,
    .logTimestamp, .policyMatchesApproved, .restoreNextDue, .retentionFrozen, .storeFreeSpace,
  ]
  /// What public sentences rest on; the other fields say why one falls.
  static let sentences: Set<FieldID> = [
    .nightsPromise, .encryptionPromise, .integrityPromise, .restorePromise,
    .retentionOuterLimit, .locationsInEea,
  ]

  /// How bad it is when a field is not met.
  static func severity(_ id: FieldID) -> Severity {
    if grave.contains(id) { return .critical }
    return noted.contains(id) ? .warning : .note
  }

  /// The field as a word.
  static func rule(_ id: FieldID) -> String { id.rawValue.replacing(".", with: "-") }

  /// The field that a rule is about.
  static func field(ofRule rule: String) -> FieldID? {
    FieldID.allCases.first { self.rule($0) == rule }
  }

  /// Who is to bring it to an end.
  static func owner(_ id: FieldID) -> Owner {
    let groups = ["contracts", "incidents", "keys", "locations", "policy", "erasure"]
    return groups.contains { id.rawValue.hasPrefix($0 + ".") } ? .management : .systemAdministrator
  }

  /// The fields that are not met, the most urgent first; without those that only say so again.
  static func shortcomings(_ fields: [RecordField]) -> [RecordField] {
    fields.filter {
      $0.state == .notMet && !sentences.contains($0.id) && $0.id != .exceptionsOpen
    }.enumerated().sorted {
      (rank($0.element.id), $0.offset) < (rank($1.element.id), $1.offset)
    }.map(\.element)
  }

  /// What is to be looked at first: what threatens data or a promise right now.
  static let first: [FieldID] = [
    .integrityDamage, .integrityMissing, .integrityLog, .integritySignatures,
    .integritySelfCheck, .integrityVerification, .integritySample, .encryptionPlaintextFound,
    .retentionFrozen, .incidentsDeadlines, .incidentsOpen, .resultExitCode, .nightsCounts7,
    .nightsRecoveryPoint, .retentionOverdue, .erasureOverdue, .erasureDestroyedSets,
    .storeFreeSpace, .accessProtection, .keysOwnerApart, .keysRecoverySheet, .keysRestorerUsed,
    .restoreNextDue, .coverageCanaries, .coverageUnreadable, .policyMatchesApproved,
  ]

  private static let ranks = Dictionary(
    uniqueKeysWithValues: first.enumerated().map { ($0.element, $0.offset) })

  /// The place of a field; the others follow in the order of their ids.
  static func rank(_ id: FieldID) -> Int { ranks[id] ?? first.count }

  /// What to do, or nil where the field says it itself.
  static func advice(_ id: FieldID, in language: Language) -> String? {
    guard let (english, dutch) = advices[id] else { return nil }
    return language == .dutch ? dutch : english
  }

  private static let advices: [FieldID: (String, String)] = [
    .integrityDamage: (
      "repair from another copy; the next night stores again what still exists",
      "herstel vanuit een andere kopie; de volgende nacht slaat opnieuw op wat er nog is"
    ),
    .integrityMissing: ("repair from another copy", "herstel vanuit een andere kopie"),
    .integrityLog: (
      "compare the log with the copy that you remember; treat it as an incident",
      "vergelijk het logboek met wat u zelf onthield; behandel het als incident"
    ),
    .integritySelfCheck: (
      "check the disk or the store, then run the night again",
      "controleer de schijf of opslag en draai de nacht opnieuw"
    ),
    .integrityVerification: ("verify, with a verifier's key", "verifieer, met een controlesleutel"),
    .retentionFrozen: (
      "find out what changed; the owner thaws", "zoek uit wat er veranderde; de eigenaar ontdooit"
    ),
    .incidentsOpen: ("assess and decide", "beoordeel en beslis"),
    .incidentsDeadlines: ("assess at once", "beoordeel meteen"),
    .nightsCounts7: (
      "look at the report of each missed night", "bekijk het verslag van elke gemiste nacht"
    ),
    .nightsRecoveryPoint: ("run the nightly job now", "draai de nachtelijke taak nu"),
    .retentionOverdue: (
      "rotate; the reasons say what stands in the way",
      "roteer; de redenen zeggen wat in de weg staat"
    ),
    .erasureDestroyedSets: (
      "rotate; a legal hold or a clock that is not believed stands in the way",
      "roteer; een bewaarplicht of een klok die niet geloofd wordt staat in de weg"
    ),
    .erasureOverdue: ("finish the rewriting", "maak het herschrijven af"),
    .storeFreeSpace: ("make room or add a disk", "maak ruimte of zet er een schijf bij"),
    .accessProtection: (
      "a thief of the host can destroy these backups; use a lock, an append-only account or a "
        + "pulled copy",
      "wie de server steelt kan deze kopieën vernietigen; gebruik een slot, een account dat niet "
        + "wist of een opgehaalde kopie"
    ),
    .accessWriterDeletes: (
      "let another machine rotate, and take the role operator from the host's key",
      "laat een andere machine roteren en ontneem de sleutel van de server de rol operator"
    ),
    .accessVerifierWrites: (
      "give the verifier a read-only way to the store, and hand its word in as a file",
      "geef de controleur alleen leestoegang en lever zijn verklaring in als bestand"
    ),
    .keysOwnerApart: (
      "move owner.key to another place", "breng owner.key naar een andere plaats"
    ),
    .keysRecoverySheet: (
      "print the recovery sheet and confirm it", "druk het herstelblad af en bevestig het"
    ),
    .keysRestorerUsed: ("do a restore test", "doe een hersteltest"),
    .restoreNextDue: ("do a restore test", "doe een hersteltest"),
    .restoreLastPersonTest: (
      "let a person restore and look at a file", "laat een mens een bestand herstellen en bekijken"
    ),
    .coverageCanaries: (
      "see whether the source is mounted and unaltered",
      "kijk of de bron gekoppeld en onveranderd is"
    ),
    .coverageUnreadable: (
      "give the job the right to read, or exclude", "geef leesrecht, of sluit uit"
    ),
    .policyMatchesApproved: ("let the owner approve", "laat de eigenaar goedkeuren"),
    .policyReview: ("review the policy", "herzie het beleid"),
    .locationsCount: ("keep a second copy", "houd een tweede kopie aan"),
    .logTimestamp: (
      "ask the verifier that put the stamp into the log; treat it as an incident",
      "vraag de controleur die het stempel inleverde; behandel het als incident"
    ),
    .logWitnesses: ("let a verifier sign", "laat een controleur tekenen"),
    .headerIndependentReader: (
      "let the separate verifier read", "laat de aparte controleur lezen"
    ),
  ]
}
