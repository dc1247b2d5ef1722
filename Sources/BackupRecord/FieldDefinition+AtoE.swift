/// The definitions of the fields from A to E; `Docs/record.md` is the same table for people.
extension FieldDefinition {
  static let fromAtoE: [FieldDefinition] = [
    FieldDefinition(
      .accessProtection, .administrator, .measured,
      english: "protection against deletion", dutch: "bescherming tegen wissen"),
    FieldDefinition(
      .accessProtectionTerms, .confidential, .declared,
      english: "mechanism of protection", dutch: "beveiligingsmiddel"),
    FieldDefinition(
      .accessVerifierWrites, .administrator, .measured,
      english: "verifier cannot write", dutch: "controleur kan niet schrijven"),
    FieldDefinition(
      .accessWriterDeletes, .administrator, .measured,
      english: "host's key deletes nothing", dutch: "sleutel van de server wist niets"),
    FieldDefinition(
      .accessWriterOpens, .administrator, .measured,
      english: "host cannot open", dutch: "server kan niet openen"),
    FieldDefinition(
      .contractsRegister, .confidential, .imported,
      english: "contracts", dutch: "contracten"),
    FieldDefinition(
      .contractsReview, .administrator, .imported,
      english: "contracts to review", dutch: "te herziene contracten"),
    FieldDefinition(
      .contractsSupport, .public, .imported,
      english: "service contract", dutch: "servicecontract"),
    FieldDefinition(
      .coverageCanaries, .administrator, .measured,
      english: "canary files", dutch: "kanariebestanden"),
    FieldDefinition(
      .coverageChangedDuringRead, .administrator, .measured,
      english: "changed during read", dutch: "gewijzigd tijdens lezen"),
    FieldDefinition(
      .coverageDrop, .administrator, .measured,
      english: "drop against the median", dutch: "daling tegenover de mediaan"),
    FieldDefinition(
      .coverageExcluded, .administrator, .measured,
      english: "excluded by rule", dutch: "uitgesloten per regel"),
    FieldDefinition(
      .coverageFiles, .administrator, .measured,
      english: "files captured", dutch: "vastgelegde bestanden"),
    FieldDefinition(
      .coverageFreshness, .administrator, .measured,
      english: "age of dumps", dutch: "ouderdom van dumps"),
    FieldDefinition(
      .coverageRoots, .confidential, .measured,
      english: "source roots", dutch: "bronnen"),
    FieldDefinition(
      .coverageSetNames, .confidential, .declared,
      english: "names of data sets", dutch: "namen van gegevenssets"),
    FieldDefinition(
      .coverageUnreadable, .administrator, .measured,
      english: "unreadable files", dutch: "onleesbare bestanden"),
    FieldDefinition(
      .encryptionAlgorithms, .administrator, .measured,
      english: "algorithms", dutch: "algoritmen"),
    FieldDefinition(
      .encryptionNames, .administrator, .measured,
      english: "names encrypted", dutch: "namen versleuteld"),
    FieldDefinition(
      .encryptionOpened, .administrator, .measured,
      english: "blocks opened", dutch: "geopende blokken"),
    FieldDefinition(
      .encryptionPlaintextFound, .administrator, .measured,
      english: "readable objects found", dutch: "leesbare objecten gevonden"),
    FieldDefinition(
      .encryptionPromise, .public, .measured,
      english: "stored encrypted", dutch: "versleuteld bewaard"),
    FieldDefinition(
      .encryptionTransport, .administrator, .measured,
      english: "transport", dutch: "transport"),
    FieldDefinition(
      .erasureCleanBy, .administrator, .measured,
      english: "latest clean-by", dutch: "laatste schoondatum"),
    FieldDefinition(
      .erasureDestroyedSets, .administrator, .measured,
      english: "destroyed data sets", dutch: "vernietigde gegevenssets"),
    FieldDefinition(
      .erasureEntries, .confidential, .measured,
      english: "erasure requests", dutch: "verwijderverzoeken"),
    FieldDefinition(
      .erasureOpen, .administrator, .measured,
      english: "open erasures", dutch: "open verwijderverzoeken"),
    FieldDefinition(
      .erasureOverdue, .administrator, .measured,
      english: "overdue erasures", dutch: "te late verwijderverzoeken"),
    FieldDefinition(
      .erasureReApplied, .administrator, .measured,
      english: "erasures applied again", dutch: "opnieuw toegepaste verwijderingen"),
    FieldDefinition(
      .erasureRefusals, .administrator, .human,
      english: "refused requests", dutch: "geweigerde verzoeken"),
    FieldDefinition(
      .erasureRewritten, .administrator, .measured,
      english: "snapshots rewritten", dutch: "herschreven snapshots"),
    FieldDefinition(
      .erasureSelfDeleted, .administrator, .measured,
      english: "requests that ended by themselves", dutch: "vanzelf vervallen verzoeken"),
    FieldDefinition(
      .erasureTasksOpen, .administrator, .human,
      english: "tasks inside databases", dutch: "taken in databanken"),
    FieldDefinition(
      .exceptionsNotes, .confidential, .human,
      english: "notes on exceptions", dutch: "notities bij uitzonderingen"),
    FieldDefinition(
      .exceptionsOpen, .administrator, .measured,
      english: "exceptions", dutch: "uitzonderingen"),
  ]
}
