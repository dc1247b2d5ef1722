/// Which controls of NIST SP 800-53 a field is evidence for, and what is found from which fields.
///
/// The ids are those of the OSCAL catalogue; a finding is made only where all its fields were
/// measured, or one of them is not met.
struct OSCALFinding {
  /// What is aimed at: an objective or a statement of a control.
  enum Target {
    case objective(String)
    case statement(String)

    var id: String {
      switch self {
      case .objective(let id), .statement(let id): id
      }
    }

    var type: String {
      switch self {
      case .objective: "objective-id"
      case .statement: "statement-id"
      }
    }
  }

  let target: Target
  let title: String
  let fields: [FieldID]

  /// What a finding means by the fields' states; nil if nothing can be said.
  static func isSatisfied(_ states: [FieldState]) -> Bool? {
    if states.contains(.notMet) { return false }
    let isKnown = !states.isEmpty && states.allSatisfy { $0 == .met }
    return isKnown ? true : nil
  }

  static let all = [
    OSCALFinding(
      target: .statement("cp-9_smt.a"), title: "CP-9 a: backups at the defined frequency",
      fields: [.nightsCounts30, .coverageFiles, .coverageUnreadable]),
    OSCALFinding(
      target: .objective("cp-9_obj.d-2"), title: "CP-9 d: the integrity of backups is protected",
      fields: [.integritySelfCheck, .integrityLog, .integrityDamage]),
    OSCALFinding(
      target: .objective("cp-9.1_obj-2"), title: "CP-9(1): tested for information integrity",
      fields: [.integrityVerification]),
    OSCALFinding(
      target: .objective("cp-9.2_obj"), title: "CP-9(2): a sample was used in a restore test",
      fields: [.restoreLastTest, .restoreNextDue]),
    OSCALFinding(
      target: .objective("cp-9.8_obj"), title: "CP-9(8): cryptographic protection",
      fields: [.encryptionOpened, .encryptionPromise]),
    OSCALFinding(
      target: .statement("cp-10_smt"), title: "CP-10: recovery within the objectives",
      fields: [.restoreRecoveryTime, .nightsRecoveryPoint]),
    OSCALFinding(
      target: .statement("si-12_smt"), title: "SI-12: kept no longer than promised",
      fields: [.retentionOverdue, .retentionRequiredMissing]),
    OSCALFinding(
      target: .statement("au-9_smt.a"), title: "AU-9: the log is unaltered and witnessed",
      fields: [.integrityLog, .logWitnesses]),
    OSCALFinding(
      target: .statement("sc-12_smt"), title: "SC-12: key management",
      fields: [.keysOwnerApart, .keysRecoverySheet, .keysRestorerUsed]),
    OSCALFinding(
      target: .statement("ir-6_smt.a"), title: "IR-6: incidents are assessed in time",
      fields: [.incidentsDeadlines]),
  ]

  /// The control for which a field is evidence; nil for what only describes the record.
  static func control(of id: FieldID) -> String? {
    if id == .headerClock || id == .headerClockStep { return "au-8" }
    return controls[String(id.rawValue.prefix { $0 != "." })]
  }

  private static let controls = [
    "access": "ac-6", "contracts": "sa-9", "coverage": "cp-9", "encryption": "cp-9.8",
    "erasure": "si-12.3", "incidents": "ir-6", "integrity": "cp-9.1", "keys": "sc-12",
    "locations": "cp-9.3", "log": "au-9", "nights": "cp-9", "policy": "cp-1", "restore": "cp-9.2",
    "result": "cp-9", "retention": "si-12", "store": "cp-9",
  ]
}
