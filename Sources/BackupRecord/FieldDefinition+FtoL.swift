/// The definitions of the fields from F to L; `Docs/record.md` is the same table for people.
extension FieldDefinition {
  static let fromFtoL: [FieldDefinition] = [
    FieldDefinition(
      .headerClock, .administrator, .measured,
      english: "clock", dutch: "klok"),
    FieldDefinition(
      .headerClockStep, .administrator, .measured,
      english: "clock step", dutch: "kloksprong"),
    FieldDefinition(
      .headerContact, .public, .declared,
      english: "contact", dutch: "contact"),
    FieldDefinition(
      .headerController, .public, .declared,
      english: "controller", dutch: "verantwoordelijke"),
    FieldDefinition(
      .headerCreatedAt, .administrator, .measured,
      english: "made at", dutch: "gemaakt op"),
    FieldDefinition(
      .headerIndependentReader, .administrator, .measured,
      english: "independent reader", dutch: "onafhankelijke lezer"),
    FieldDefinition(
      .headerNight, .public, .measured,
      english: "night", dutch: "nacht"),
    FieldDefinition(
      .headerPrevious, .public, .measured,
      english: "previous record", dutch: "vorige record"),
    FieldDefinition(
      .headerRepository, .administrator, .measured,
      english: "repository", dutch: "opslag"),
    FieldDefinition(
      .headerSchema, .public, .measured,
      english: "schema", dutch: "schema"),
    FieldDefinition(
      .headerSequence, .public, .measured,
      english: "record number", dutch: "recordnummer"),
    FieldDefinition(
      .headerTimeZoneData, .administrator, .measured,
      english: "time zone data", dutch: "tijdzonegegevens"),
    FieldDefinition(
      .headerTool, .administrator, .measured,
      english: "program", dutch: "programma"),
    FieldDefinition(
      .headerToolBuild, .confidential, .measured,
      english: "build", dutch: "build"),
    FieldDefinition(
      .headerWindow, .administrator, .declared,
      english: "hours of the night", dutch: "uren van de nacht"),
    FieldDefinition(
      .incidentsDeadlines, .administrator, .measured,
      english: "assess by", dutch: "beoordelen voor"),
    FieldDefinition(
      .incidentsList, .confidential, .measured,
      english: "incidents", dutch: "incidenten"),
    FieldDefinition(
      .incidentsOpen, .administrator, .measured,
      english: "open incidents", dutch: "open incidenten"),
    FieldDefinition(
      .integrityDamage, .administrator, .measured,
      english: "known damage", dutch: "bekende schade"),
    FieldDefinition(
      .integrityLog, .administrator, .measured,
      english: "log as remembered", dutch: "logboek zoals onthouden"),
    FieldDefinition(
      .integrityMissing, .administrator, .measured,
      english: "missing objects", dutch: "ontbrekende objecten"),
    FieldDefinition(
      .integrityPopulation, .administrator, .measured,
      english: "blocks needed", dutch: "benodigde blokken"),
    FieldDefinition(
      .integrityPromise, .public, .measured,
      english: "checked regularly", dutch: "regelmatig gecontroleerd"),
    FieldDefinition(
      .integritySample, .administrator, .measured,
      english: "sample", dutch: "steekproef"),
    FieldDefinition(
      .integritySelfCheck, .administrator, .measured,
      english: "self-check of the night", dutch: "eigen controle van de nacht"),
    FieldDefinition(
      .integritySignatures, .administrator, .measured,
      english: "signatures", dutch: "handtekeningen"),
    FieldDefinition(
      .integritySweep, .administrator, .measured,
      english: "age of the oldest check", dutch: "ouderdom van de oudste controle"),
    FieldDefinition(
      .integrityUnexplained, .administrator, .measured,
      english: "unexplained objects", dutch: "onverklaarde objecten"),
    FieldDefinition(
      .integrityVerification, .administrator, .measured,
      english: "last verification", dutch: "laatste verificatie"),
    FieldDefinition(
      .keysAdministratorOpens, .administrator, .measured,
      english: "administrator can open", dutch: "beheerder kan openen"),
    FieldDefinition(
      .keysEscrow, .administrator, .human,
      english: "spare copies of keys", dutch: "reservekopieën van sleutels"),
    FieldDefinition(
      .keysHolders, .confidential, .human,
      english: "key holders", dutch: "sleutelhouders"),
    FieldDefinition(
      .keysOwnerApart, .administrator, .measured,
      english: "owner key kept apart", dutch: "eigenaarssleutel apart"),
    FieldDefinition(
      .keysRecoverySheet, .administrator, .measured,
      english: "recovery sheet confirmed", dutch: "herstelblad bevestigd"),
    FieldDefinition(
      .keysRestorerUsed, .administrator, .measured,
      english: "opening key used", dutch: "herstelsleutel gebruikt"),
    FieldDefinition(
      .keysRestorers, .administrator, .measured,
      english: "keys that open", dutch: "sleutels die openen"),
    FieldDefinition(
      .keysRoles, .confidential, .measured,
      english: "keys and roles", dutch: "sleutels en rollen"),
    FieldDefinition(
      .keysRotation, .administrator, .human,
      english: "key replacement due", dutch: "sleutelvervanging"),
    FieldDefinition(
      .locationsAgreements, .administrator, .declared,
      english: "agreements with providers", dutch: "afspraken met aanbieders"),
    FieldDefinition(
      .locationsCount, .administrator, .declared,
      english: "number of copies", dutch: "aantal kopieën"),
    FieldDefinition(
      .locationsInEea, .public, .declared,
      english: "within the EEA", dutch: "binnen de EER"),
    FieldDefinition(
      .locationsList, .confidential, .declared,
      english: "locations", dutch: "locaties"),
    FieldDefinition(
      .locationsOffSite, .administrator, .declared,
      english: "copy elsewhere", dutch: "kopie elders"),
    FieldDefinition(
      .locationsOffline, .administrator, .declared,
      english: "copy off the network", dutch: "kopie buiten het netwerk"),
    FieldDefinition(
      .locationsRegion, .administrator, .measured,
      english: "region fits the country", dutch: "regio past bij het land"),
    FieldDefinition(
      .logGaps, .administrator, .measured,
      english: "nights without a record", dutch: "nachten zonder record"),
    FieldDefinition(
      .logHead, .public, .measured,
      english: "head of the log", dutch: "stand van het logboek"),
    FieldDefinition(
      .logTimestamp, .administrator, .imported,
      english: "time stamp", dutch: "tijdstempel"),
    FieldDefinition(
      .logWitnesses, .administrator, .measured,
      english: "witnesses", dutch: "getuigen"),
  ]
}
