import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupTestSupport
import Foundation
import Testing

@testable import BackupRecord

@Suite struct FieldTests {
  @Test func `every field is defined once, in the order of the ids`() {
    let ids = FieldID.allCases.map(\.rawValue)
    #expect(FieldDefinition.all.map(\.id.rawValue) == ids)
    #expect(Set(ids).count == ids.count)
    let sorted = ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    #expect(ids == sorted)
    for id in ids {
      #expect(
        id.utf8.allSatisfy { 0x61...0x7a ~= $0 || 0x30...0x39 ~= $0 || [0x2d, 0x2e].contains($0) })
    }
  }

  @Test func `the table in Docs names every field once, with its reader and source`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Docs/record.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    let listed = rows.map { $0[0].trimmingCharacters(in: ["`"]) }.filter {
      FieldID(rawValue: $0) != nil
    }
    #expect(listed == FieldID.allCases.map(\.rawValue))
    for row in rows {
      guard let id = FieldID(rawValue: row[0].trimmingCharacters(in: ["`"])) else { continue }
      let definition = id.definition
      #expect(row[1] == definition.reader.rawValue)
      #expect(row[2] == definition.source.rawValue)
      #expect(row[3] == "\(definition.english) / \(definition.dutch)")
    }
  }

  @Test func `a record has every field once, whatever is known`() throws {
    let empty = Record.make(RecordInput(night: Stage.night, now: Stage.now))
    for record in [empty, try Stage().record] {
      #expect(record.fields.map(\.id) == FieldID.allCases)
    }
    // Nothing but what the record says of itself is known of nothing.
    let known = empty.fields.filter { $0.state != .notMeasured }.map(\.id)
    #expect(
      known == [
        .headerCreatedAt, .headerIndependentReader, .headerNight, .headerSchema,
        .recordNotMeasured,
      ])
    for field in empty.fields where field.state == .notMeasured {
      #expect(field.value == .string("") && field.at == nil && field.level == nil)
    }
    #expect(empty[.recordNotMeasured].value.array?.count == FieldID.allCases.count - 5)
  }

  @Test(arguments: stagings.indices)
  func `only what was measured is met`(_ index: Int) throws {
    for field in try Stage(stagings[index].staging).record.fields {
      #expect(field.state != .met || field.id.definition.source == .measured, "\(field.id)")
      #expect(field.id.definition.reader != .public || field.at == nil)
    }
    #expect(RecordField(.locationsCount, .met, .integer(2)).state == .declared)
  }

  @Test func `a field of a staged night is what was measured`() throws {
    let record = try Stage().record
    let met: [FieldID] = [
      .policyApproval, .nightsCounts7, .nightsCounts365, .nightsRecoveryPoint, .nightsPromise,
      .coverageFiles, .coverageCanaries, .integritySelfCheck, .integrityVerification,
      .integrityDamage, .restoreLastTest, .retentionOverdue, .retentionOuterLimit,
      .encryptionPromise, .keysOwnerApart, .keysRecoverySheet, .keysRestorerUsed,
      .accessWriterOpens, .storeFreeSpace, .headerClock,
    ]
    for id in met { #expect(record[id].state == .met, "\(id): \(record[id])") }
    #expect(record[.integritySelfCheck].level == .l2)
    #expect(record[.integritySelfCheck].by == .host)
    #expect(record[.integrityVerification].level == .l1)
    #expect(record[.integrityVerification].by == .verifier)
    #expect(record[.accessProtection].state == .declared)
    #expect(record[.nightsRecoveryPoint]["ageSeconds"] == .integer(9 * 3_600))
  }

  @Test func `what is wrong is not met`() throws {
    func state(_ id: FieldID, _ staging: Staging) throws -> FieldState {
      try Stage(staging).record[id].state
    }
    #expect(try state(.accessProtection, Staging(protection: "none")) == .notMet)
    #expect(try state(.retentionOverdue, Staging(maximumAgeDays: 300)) == .notMet)
    #expect(try state(.integrityDamage, Staging(isDamaged: true)) == .notMet)
    #expect(try state(.integritySelfCheck, Staging(failedBlocks: 1)) == .notMet)
    #expect(try state(.restoreNextDue, Staging(testedDaysAgo: 130)) == .notMet)
    #expect(try state(.keysRestorerUsed, Staging(testedDaysAgo: nil)) == .notMet)
    #expect(try state(.keysRestorerUsed, Staging(testedDaysAgo: 101)) == .notMet)
    #expect(try state(.keysRestorerUsed, Staging(testedDaysAgo: 100)) == .met)
    #expect(try state(.nightsCounts7, Staging(missed: [1])) == .notMet)
    #expect(try state(.logWitnesses, Staging(verifiedDaysAgo: nil)) == .notMet)
    #expect(
      try state(.policyMatchesApproved, Staging(change: { $0.dataSets[0].retention.daily = 1 }))
        == .notMet)
    var stage = try Stage()
    stage.input.keys.isOwnerKeyBesideHostKey = true
    stage.input.keys.isRecoverySheetConfirmed = false
    stage.input.access.writerDeletes = .allowed(Stage.now)
    stage.input.freeByteCount = 1_000
    let record = stage.record
    for id: FieldID in [
      .keysOwnerApart, .keysRecoverySheet, .accessWriterDeletes, .accessProtection,
      .storeFreeSpace,
    ] {
      #expect(record[id].state == .notMet, "\(id)")
    }
  }

  @Test func `a destroyed set is not called frozen`() throws {
    var stage = try Stage()
    try stage.say(
      .incidentDetected(.init(incident: .of(1), kind: .suddenChange, detected: stage.clock)),
      by: Stage.host)
    try stage.say(
      .destroyed(.init(set: stage.set, action: .add, effective: 0, reason: .of(1))),
      by: Stage.owner)
    stage.input.log = stage.log
    #expect(stage.record[.retentionFrozen].state == .notMet)
    // Nobody can lift the freeze of a set that is gone.
    stage.input.now += 8 * Stage.day
    #expect(stage.record[.retentionFrozen].state == .met)
  }

  @Test func `the newest time stamp is told as the verifier's word`() throws {
    var stage = try Stage()
    #expect(stage.record[.logTimestamp].state == .notMeasured)
    let authority = try StampAuthority()
    _ = try stage.stamp(by: authority)
    let stamped = try stage.stamp(by: authority)
    let number = stage.log.size - 1
    let field = stage.record[.logTimestamp]
    // The host has no certificate of the authority: it can't be met.
    #expect(field.state == .declared && field.by == .verifier && field.at == stage.clock)
    #expect(field["entry"] == .integer(Int64(number)) && field["fits"] == .string("yes"))
    #expect(field["size"] == .integer(Int64(number)) && field["stampedAt"] == .integer(stamped.at))
    let imprint = stamped.head.imprint(of: stage.log.repository)
    #expect(field["imprint"] == .string(imprint.hex))
    let other = try stage.stamp(by: authority) { $0.at += 1 }
    let unfit = stage.record[.logTimestamp]
    #expect(unfit.state == .notMet && unfit["fits"] == .string("no"))
    #expect(unfit["stampedAt"] == .integer(other.at))
  }

  @Test func `a verifier's sample and sweep are told as the log has them`() throws {
    var stage = try Stage()
    // Everything was read two days ago: what is newer was read back when it was written.
    #expect(stage.record[.integritySweep].state == .met)
    #expect(stage.record[.integritySweep]["oldestCheckDays"] == .integer(2))
    #expect(stage.record[.integritySweep].by == .verifier)
    #expect(stage.record[.integritySample].state == .notMeasured)

    let seed = Digest(hashing: [7])
    try stage.sample(commitment: Digest(hashing: seed.bytes), revealed: nil)
    #expect(stage.record[.integritySample].state == .met)
    #expect(stage.record[.integritySample]["checked"] == .integer(5))
    #expect(
      stage.record[.integritySample]["seedCommitment"] == .string(Digest(hashing: seed.bytes).hex))
    #expect(stage.record[.integritySample]["drawKept"] == nil)
    #expect(stage.record[.integritySample].by == .verifier)
    #expect(stage.record[.integritySample].level == .l1)
    try stage.sample(commitment: nil, revealed: seed)
    #expect(stage.record[.integritySample]["drawKept"] == .string("yes"))
    #expect(stage.record[.integritySample].state == .met)
    try stage.sample(commitment: Digest(hashing: [1]), revealed: nil)
    try stage.sample(commitment: nil, revealed: Digest(hashing: [2]))
    #expect(stage.record[.integritySample]["drawKept"] == .string("no"))
    #expect(stage.record[.integritySample].state == .notMet)
    #expect(stage.record[.integrityPromise].state == .notMet)
    let page = HTMLReport(now: Stage.now, language: .english, zone: .utc)
      .render(stage.committed.edition(.administrator))
    let text = String(decoding: page, as: UTF8.self)
    #expect(text.contains("A sample of 5 stored blocks was read (L1), 0 failed. It was not drawn"))

    // What is longer ago than the sweep may take says nothing of today.
    stage.input.now += 31 * Stage.day
    #expect(stage.record[.integritySweep].state == .notMeasured)
    #expect(stage.record[.integritySample].state == .notMeasured)
  }

  @Test func `deletions by the host's key are put to the rules of the log`() throws {
    var stage = try Stage()
    let now = LogTime(unix: Stage.now, synchronised: true)
    #expect(stage.record[.accessWriterDeletes].state == .notMeasured)
    // The host writes and rotates: what begins a deletion would count.
    let both = try #require(try DeletionTrial(of: Stage.host.signer, log: stage.log, now: now))
    #expect(both.isDeletedRefused && both.isCondemnedRefused && !both.isRotatedRefused)
    stage.input.access.deletionTrial = both
    let before = stage.record[.accessWriterDeletes]
    #expect(before.state == .notMet && before["rotated"] == .string("allowed"))
    #expect(before["deleted"] == .string("refused") && before["store"] == nil)

    // Another machine rotates.
    try stage.say(
      .role(
        .init(
          key: .init(Stage.host.publicKey), roles: [.writer], sets: [stage.set], isSeparate: false)),
      by: Stage.owner)
    let size = stage.log.size
    let writer = try #require(try DeletionTrial(of: Stage.host.signer, log: stage.log, now: now))
    #expect(writer.isRefused && stage.log.size == size)
    stage.input.log = stage.log
    stage.input.access.deletionTrial = writer
    #expect(stage.record[.accessWriterDeletes].state == .met)
    // No rule of the log protects the store.
    #expect(stage.record[.accessProtection].state == .declared)
    stage.input.access.writerDeletes = .allowed(Stage.now)
    #expect(stage.record[.accessWriterDeletes].state == .notMet)
    #expect(stage.record[.accessWriterDeletes]["store"] == .string("allowed"))

    // Of a key that may say nothing at all a refusal proves nothing.
    #expect(try DeletionTrial(of: Stage.restorer.signer, log: stage.log, now: now) == nil)
  }

  @Test func `what a verifier found when it tried to write is told as its own`() throws {
    var stage = try Stage()
    #expect(stage.record[.accessVerifierWrites].state == .notMeasured)
    for (writable, state) in [
      (BackupLog.Predicate.Writable.no, FieldState.met), (.yes, .notMet), (.unknown, .notMeasured),
    ] {
      try stage.sample(
        commitment: nil, revealed: nil,
        extent: .init(population: 9, missing: 0, unexplained: 0, writable: writable))
      #expect(stage.record[.accessVerifierWrites].state == state)
      if state != .notMeasured { #expect(stage.record[.accessVerifierWrites].by == .verifier) }
    }
  }

  @Test func `what of the store is missing or unexplained is a verifier's word`() throws {
    var stage = try Stage()
    stage.input.checks.missingObjects = nil
    stage.input.checks.unexplainedObjects = nil
    #expect(stage.record[.integrityMissing].state == .notMeasured)
    #expect(stage.record[.integrityUnexplained].state == .notMeasured)
    try stage.sample(
      commitment: nil, revealed: nil, extent: .init(population: 9, missing: 0, unexplained: 2))
    #expect(stage.record[.integrityMissing].state == .met)
    #expect(stage.record[.integrityMissing].by == .verifier)
    #expect(stage.record[.integrityUnexplained].state == .notMet)
    #expect(stage.record[.integrityUnexplained].value == .integer(2))
    // A statement of before says nothing of it, and takes nothing back.
    try stage.sample(commitment: nil, revealed: nil)
    #expect(stage.record[.integrityUnexplained].value == .integer(2))
    stage.input.now += 31 * Stage.day
    #expect(stage.record[.integrityMissing].state == .notMeasured)
  }

  @Test func `what a person says of using restored data is declared, and never met`() throws {
    var stage = try Stage()
    #expect(stage.record[.restoreLastUse].state == .notMeasured)
    var account = Predicate.TestAccount(selection: .all, role: .employee)
    try stage.test(.person, account)
    #expect(stage.record[.restoreLastUse].state == .notMeasured)
    account.until = Stage.now + 86_400
    try stage.test(.person, account, minutes: .of(1), level: .used)
    let field = stage.record[.restoreLastUse]
    #expect(field.state == .declared && field.level == .l4 && field.by == .restorer)
    #expect(field["role"] == .string("employee") && field["usedAt"] == .integer(stage.clock))
    // The comparison that went before it is measured as that of any test.
    #expect(stage.record[.restoreLastTest].state == .met)
    #expect(stage.record[.restoreLastTest].level == .l3)
    stage.pass(60)
    try stage.test(.person, account, minutes: .of(2), level: .used, result: .failed)
    #expect(stage.record[.restoreLastUse].state == .notMet)
    #expect(stage.record[.restoreLastTest].state == .notMet)
  }

  @Test func `a data set that is destroyed is told of, and not met while its keys stay`() throws {
    var stage = try Stage()
    #expect(stage.record[.erasureDestroyedSets].state == .notApplicable)
    #expect(stage.record[.erasureDestroyedSets].value == .array([]))
    let said = stage.clock
    try stage.say(
      .destroyed(.init(set: stage.set, action: .add, effective: 0, reason: .of(1))),
      by: Stage.owner)
    stage.input.log = stage.log
    func row() -> [String: CanonicalJSON] {
      stage.record[.erasureDestroyedSets].value.array?.first?.object ?? [:]
    }
    // Announced, it is a fact that stands in each record.
    #expect(stage.record[.erasureDestroyedSets].state == .notApplicable)
    #expect(row()["saidAt"] == .integer(said))
    #expect(row()["effectiveAt"] == .integer(said + 604_800))
    #expect(row()["keysGoneAt"] == .integer(0) && row()["keysStored"] == .integer(1))
    #expect(row()["packs"] == .integer(5) && row()["bytes"] == .integer(5_000))
    #expect(row()["snapshots"] == .integer(5) && row()["held"] == .string("no"))
    stage.input.now = said + 604_800
    #expect(stage.record[.erasureDestroyedSets].state == .met)
    // The collection lag of the policy is 60 days.
    stage.input.now = said + 604_800 + 60 * Stage.day + 1
    #expect(stage.record[.erasureDestroyedSets].state == .notMet)
    try stage.say(
      .hold(
        .init(set: stage.set, hold: .of(1), action: .add, until: 0, snapshots: [], reason: .of(1))),
      by: Stage.owner)
    stage.input.log = stage.log
    // A hold explains it, and does not make it met.
    #expect(stage.record[.erasureDestroyedSets].state == .notMet)
    #expect(row()["held"] == .string("yes"))
  }

  @Test func `erasures are counted from the log, and against it`() throws {
    var stage = try Stage()
    #expect(stage.record[.erasureReApplied].state == .notMeasured)
    #expect(stage.record[.erasureTasksOpen].value == .integer(0))
    func ask(_ number: Int, tasks: Int?) throws {
      try stage.say(
        .erasureOpened(
          .init(
            erasure: .of(number), set: stage.set, cutOff: Stage.now, cleanBy: Stage.now + 1,
            tasks: tasks)),
        subjects: [Subject(path: .erasure(.of(number)), digest: .of(number))], by: Stage.restorer)
      stage.input.log = stage.log
    }
    try stage.test(.automatic, .init(selection: .all, requests: 0))
    #expect(stage.record[.erasureReApplied].state == .met)
    try ask(1, tasks: 3)
    #expect(stage.record[.erasureTasksOpen].state == .declared)
    #expect(stage.record[.erasureTasksOpen].value == .integer(3))
    stage.pass(120)
    try stage.test(.automatic, .init(selection: .all, requests: 1))
    #expect(stage.record[.erasureReApplied].state == .met)
    #expect(stage.record[.erasureReApplied]["due"] == .integer(1))
    #expect(stage.record[.erasureReApplied]["applied"] == .integer(1))
    // One that is not obeyed is not made good by others.
    try stage.test(.automatic, .init(selection: .all, requests: 0))
    try stage.test(.automatic, .init(selection: .all, requests: 2))
    #expect(stage.record[.erasureReApplied].state == .notMet)
    // One that does not say how many tasks it has leaves all unknown.
    try ask(2, tasks: nil)
    #expect(stage.record[.erasureTasksOpen].state == .notMeasured)
    #expect(stage.record[.erasureSelfDeleted].value == .integer(0))
  }

  @Test func `the register says who holds keys, and the log what they open`() throws {
    func record(_ entries: [Policy.KeyEntry]) throws -> Record {
      var stage = try Stage(Staging(change: { $0.keyRegister = entries }))
      stage.input.keys.holders = nil
      return stage.record
    }
    let none = try record([])
    for id: FieldID in [.keysHolders, .keysRotation, .keysEscrow, .keysAdministratorOpens] {
      #expect(none[id].state == .notMeasured, "\(id)")
    }
    let verifier = Stage.verifier.keyID.hex
    let good = try record([
      .init(
        key: verifier, holder: "beheer", isExternal: true, replaceBy: .last, copies: 3,
        copiesNeeded: 2)
    ])
    #expect(good[.keysHolders].state == .declared)
    #expect(good[.keysRotation].state == .declared && good[.keysEscrow].state == .declared)
    #expect(good[.keysAdministratorOpens].state == .met)
    // What one key has too many of is no spare copy of another.
    let short = try record([
      .init(key: verifier, holder: "beheer", copies: 3, copiesNeeded: 1),
      .init(
        key: Stage.restorer.keyID.hex, holder: "directie", isExternal: true,
        replaceBy: BackupPolicy.Night(dayNumber: 20_000), copies: 0, copiesNeeded: 1),
    ])
    #expect(short[.keysEscrow].state == .notMet && short[.keysEscrow]["copies"] == .integer(1))
    #expect(short[.keysRotation].state == .notMet && short[.keysRotation]["overdue"] == .integer(1))
    #expect(short[.keysAdministratorOpens].state == .notMet)
    // Of a key that the log does not know nobody can say what it opens.
    let strange = try record([
      .init(key: String(repeating: "0", count: 32), holder: "?", isExternal: true),
      .init(key: verifier, holder: "beheer", isExternal: true),
    ])
    #expect(strange[.keysAdministratorOpens].state == .notMeasured)
  }

  @Test func `how sure a sample makes can be computed again from the log`() throws {
    func extent(drawn: Int, bound: Int) -> BackupLog.Predicate.VerifiedExtent {
      .init(
        population: 120_000, drawn: drawn, confidenceBasisPoints: 9_500,
        boundPartsPerMillion: bound, missing: 0, unexplained: 0)
    }
    var stage = try Stage()
    try stage.sample(commitment: nil, revealed: nil, extent: extent(drawn: 2_995, bound: 1_000))
    var field = stage.record[.integritySample]
    #expect(field.state == .met)
    #expect(field["population"] == .integer(120_000) && field["drawn"] == .integer(2_995))
    #expect(field["confidenceBasisPoints"] == .integer(9_500))
    #expect(field["boundPartsPerMillion"] == .integer(1_000) && field["boundBorneOut"] == nil)
    func page() -> String {
      String(
        decoding: HTMLReport(now: Stage.now, language: .english, zone: .utc)
          .render(stage.committed.edition(.administrator)), as: UTF8.self)
    }
    #expect(page().contains("With 95 % confidence fewer than 0.1 % of the stored blocks"))

    // Three hundred draws do not give that; the sentence is not said.
    try stage.sample(commitment: nil, revealed: nil, extent: extent(drawn: 300, bound: 1_000))
    field = stage.record[.integritySample]
    #expect(field.state == .notMet && field["boundBorneOut"] == .string("no"))
    #expect(field["boundPartsPerMillion"] == nil)
    #expect(!page().contains("confidence fewer"))
    #expect(page().contains("It claimed more certainty than it gives."))
  }

  @Test func `restore tests say what was selected and what is left to do`() throws {
    var stage = try Stage()
    stage.input.accounts.restoreMinutes = nil
    #expect(stage.record[.restoreDetails].state == .notMeasured)
    #expect(stage.record[.restoreTasksOpen].state == .notMeasured)
    try stage.test(
      .person,
      .init(
        selection: .all, databasesOpened: 2, databasesFailed: 1, role: .employee, tasks: 3,
        until: 9_000_000_000), minutes: .of(77))
    #expect(stage.record[.restoreTasksOpen].state == .notMet)
    #expect(stage.record[.restoreTasksOpen].value == .integer(3))
    // What a program does leaves the tasks as they are.
    try stage.test(.automatic, .init(selection: .random))
    #expect(stage.record[.restoreTasksOpen].value == .integer(3))
    let details = stage.record[.restoreDetails]
    #expect(details.state == .declared)
    let rows = try #require(details.value.array)
    #expect(rows.count == 2)
    #expect(rows.first?.object?["selection"] == .string("random"))
    #expect(rows.first?.object?["minutes"] == nil)
    let person = try #require(rows.last?.object)
    #expect(person["selection"] == .string("all") && person["role"] == .string("employee"))
    #expect(person["databasesOpened"] == .integer(2) && person["databasesFailed"] == .integer(1))
    #expect(person["minutes"] == .string(Digest.of(77).hex))
    // The next test by a person says which are left.
    try stage.test(.person, .init(selection: .all, role: .management))
    #expect(stage.record[.restoreTasksOpen].state == .declared)
    #expect(stage.record[.restoreTasksOpen].value == .integer(0))
  }

  @Test func `refused requests are counted by ground, as people said`() throws {
    var stage = try Stage()
    // That nobody said so does not say that there was none.
    #expect(stage.record[.erasureRefusals].state == .notMeasured)
    for (number, ground) in [
      (1, .legalObligation), (2, .unfounded), (3, .legalObligation), (4, .notHeld),
      (4, .legalClaims), (2, .withdrawn),
    ] as [(Int, BackupLog.Predicate.RefusalGround)] {
      try stage.refuse(.of(number), ground)
    }
    let field = stage.record[.erasureRefusals]
    #expect(field.state == .declared && field.by == .restorer && field.at == stage.clock)
    #expect(field.id.definition.source == .human && field.id.definition.reader == .administrator)
    #expect(
      field.value
        == .array([
          .object(["ground": .string("legalClaims"), "count": .integer(1)]),
          .object(["ground": .string("legalObligation"), "count": .integer(2)]),
        ]))
    // When all are withdrawn it is said that none stands.
    for number in [1, 3, 4] { try stage.refuse(.of(number), .withdrawn) }
    #expect(stage.record[.erasureRefusals].state == .declared)
    #expect(stage.record[.erasureRefusals].value == .array([]))
  }

  @Test func `notes on exceptions stand where they lie sealed, in their term`() throws {
    var stage = try Stage()
    stage.input.accounts.exceptionNotes = nil
    #expect(stage.record[.exceptionsNotes].state == .notMeasured)
    try stage.note(.of(1), about: .of(7), until: Stage.now + 100, sealed: .of(71))
    stage.pass(60)
    try stage.note(.of(2), about: nil, until: Stage.now + 200, sealed: .of(72))
    let field = stage.record[.exceptionsNotes]
    #expect(field.state == .declared && field.id.definition.reader == .confidential)
    let rows = (field.value.array ?? []).compactMap(\.object)
    #expect(rows.map { $0["note"] } == [.string(Digest.of(72).hex), .string(Digest.of(71).hex)])
    #expect(rows.map { $0["incident"] } == [nil, .string(IncidentID.of(7).hex)])
    #expect(rows.allSatisfy { $0["set"] == .string(stage.set.hex) && $0["text"] == nil })
    #expect(rows.allSatisfy { $0["key"] == .string(Stage.owner.keyID.hex) })
    #expect(rows.first?["writtenAt"] == .integer(stage.clock))
    for reader in [Reader.public, .administrator] {
      #expect(stage.committed.edition(reader)[.exceptionsNotes] == nil)
    }
    stage.input.now = Stage.now + 100
    #expect(stage.record[.exceptionsNotes].value.array?.count == 1)
    stage.input.now = Stage.now + 200
    #expect(stage.record[.exceptionsNotes].state == .notMeasured)
  }

  @Test func `a ground is told in words of each language`() {
    for ground in BackupLog.Predicate.RefusalGround.allCases where ground != .withdrawn {
      let texts = [Language.english, .dutch].map { language in
        ValueText(language: language, zone: .utc).text(
          .object(["ground": .string(ground.rawValue), "count": .integer(2)]))
      }
      #expect(texts[0].hasPrefix("count 2, ground ") && texts[1].hasPrefix("aantal 2, grond "))
      #expect(texts[0].dropFirst(16) != texts[1].dropFirst(16), "\(texts)")
    }
  }

  @Test func `a program's words are no place for free text`() throws {
    var stage = try Stage()
    stage.input.findings = [
      RecordFinding(code: "orphan-pack", count: 2), RecordFinding(code: "/srv/klant jansen.pdf"),
    ]
    let codes = stage.record[.resultFindings].value.array?.map { $0.object?["code"] }
    #expect(codes == [.string("orphan-pack"), .string("other")])
  }
}
