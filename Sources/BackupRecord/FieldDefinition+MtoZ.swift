/// The definitions of the fields from M to Z; `Docs/record.md` is the same table for people.
extension FieldDefinition {
  static let fromMtoZ: [FieldDefinition] = [
    FieldDefinition(
      .nightsCounts30, .administrator, .measured,
      english: "last 30 nights", dutch: "laatste 30 nachten"),
    FieldDefinition(
      .nightsCounts365, .administrator, .measured,
      english: "last 365 nights", dutch: "laatste 365 nachten"),
    FieldDefinition(
      .nightsCounts7, .administrator, .measured,
      english: "last 7 nights", dutch: "laatste 7 nachten"),
    FieldDefinition(
      .nightsLongestGap, .administrator, .measured,
      english: "longest gap", dutch: "langste gat"),
    FieldDefinition(
      .nightsNotCovered, .administrator, .measured,
      english: "nights not covered", dutch: "niet gehaalde nachten"),
    FieldDefinition(
      .nightsPromise, .public, .measured,
      english: "every night", dutch: "elke nacht"),
    FieldDefinition(
      .nightsRecoveryPoint, .administrator, .measured,
      english: "recovery point", dutch: "herstelpunt"),
    FieldDefinition(
      .nightsReplicationLag, .administrator, .measured,
      english: "replication lag", dutch: "achterstand van kopieën"),
    FieldDefinition(
      .nightsWithinObjective, .public, .measured,
      english: "within the objective", dutch: "binnen het doel"),
    FieldDefinition(
      .policyApproval, .administrator, .measured,
      english: "approved policy", dutch: "goedgekeurd beleid"),
    FieldDefinition(
      .policyDigest, .administrator, .measured,
      english: "policy digest", dutch: "controlegetal van het beleid"),
    FieldDefinition(
      .policyMatchesApproved, .administrator, .measured,
      english: "policy as approved", dutch: "beleid zoals goedgekeurd"),
    FieldDefinition(
      .policyPending, .administrator, .measured,
      english: "approved shortenings that wait", dutch: "goedgekeurde verkortingen die wachten"),
    FieldDefinition(
      .policyReview, .administrator, .declared,
      english: "policy review", dutch: "beleidsherziening"),
    FieldDefinition(
      .policyVersion, .administrator, .declared,
      english: "policy version", dutch: "beleidsversie"),
    FieldDefinition(
      .recordNotMeasured, .public, .measured,
      english: "not measured", dutch: "niet gemeten"),
    FieldDefinition(
      .restoreCopyDestroyed, .administrator, .measured,
      english: "test copies destroyed", dutch: "testkopieën vernietigd"),
    FieldDefinition(
      .restoreDetails, .confidential, .human,
      english: "minutes of restore tests", dutch: "verslagen van hersteltests"),
    FieldDefinition(
      .restoreErasuresApplied, .administrator, .measured,
      english: "erasures at restores", dutch: "verwijderingen bij herstel"),
    FieldDefinition(
      .restoreLastPersonTest, .administrator, .measured,
      english: "last restore test by a person", dutch: "laatste hersteltest door een mens"),
    FieldDefinition(
      .restoreLastTest, .administrator, .measured,
      english: "last restore test", dutch: "laatste hersteltest"),
    FieldDefinition(
      .restoreLastUse, .administrator, .human,
      english: "last use of restored data by a person",
      dutch: "laatste gebruik van herstelde gegevens door een mens"),
    FieldDefinition(
      .restoreNextDue, .administrator, .measured,
      english: "next restore test", dutch: "volgende hersteltest"),
    FieldDefinition(
      .restorePromise, .public, .measured,
      english: "restore practised", dutch: "herstel geoefend"),
    FieldDefinition(
      .restoreRecoveryTime, .administrator, .measured,
      english: "recovery time", dutch: "hersteltijd"),
    FieldDefinition(
      .restoreTasksOpen, .administrator, .human,
      english: "tasks after restores", dutch: "taken na herstel"),
    FieldDefinition(
      .restoreTests365, .administrator, .measured,
      english: "restore tests in 365 days", dutch: "hersteltests in 365 dagen"),
    FieldDefinition(
      .resultExitCode, .administrator, .measured,
      english: "exit code", dutch: "afsluitcode"),
    FieldDefinition(
      .resultFindings, .administrator, .measured,
      english: "findings", dutch: "bevindingen"),
    FieldDefinition(
      .resultSets, .administrator, .measured,
      english: "outcome for each data set", dutch: "uitkomst per gegevensset"),
    FieldDefinition(
      .retentionClasses, .confidential, .declared,
      english: "retention of each data set", dutch: "bewaring per gegevensset"),
    FieldDefinition(
      .retentionDeadBytes, .administrator, .measured,
      english: "oldest dead block", dutch: "oudste dode blok"),
    FieldDefinition(
      .retentionFrozen, .administrator, .measured,
      english: "frozen data sets", dutch: "bevroren gegevenssets"),
    FieldDefinition(
      .retentionHoldList, .confidential, .measured,
      english: "list of legal holds", dutch: "lijst van bewaarplichten"),
    FieldDefinition(
      .retentionHolds, .administrator, .measured,
      english: "legal holds", dutch: "bewaarplichten op aanwijzing"),
    FieldDefinition(
      .retentionOldest, .administrator, .measured,
      english: "oldest snapshot", dutch: "oudste snapshot"),
    FieldDefinition(
      .retentionOuterLimit, .public, .measured,
      english: "outer limit", dutch: "uiterste termijn"),
    FieldDefinition(
      .retentionOverdue, .administrator, .measured,
      english: "overdue snapshots", dutch: "te lang bewaarde snapshots"),
    FieldDefinition(
      .retentionRemoved, .administrator, .measured,
      english: "really removed", dutch: "werkelijk verwijderd"),
    FieldDefinition(
      .retentionRequiredMissing, .administrator, .measured,
      english: "required but missing", dutch: "vereist maar ontbrekend"),
    FieldDefinition(
      .retentionRotated, .administrator, .measured,
      english: "rotated tonight", dutch: "vannacht geroteerd"),
    FieldDefinition(
      .storeFreeSpace, .administrator, .measured,
      english: "free space", dutch: "vrije ruimte"),
    FieldDefinition(
      .storeSize, .administrator, .measured,
      english: "stored", dutch: "opgeslagen"),
    FieldDefinition(
      .trendMonths, .administrator, .measured,
      english: "twelve months", dutch: "twaalf maanden"),
    FieldDefinition(
      .trendNights, .administrator, .measured,
      english: "new by night", dutch: "nieuw per nacht"),
  ]
}
