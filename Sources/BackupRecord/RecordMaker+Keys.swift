internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension RecordMaker {
  // MARK: Encryption

  mutating func fillEncryption() {
    let checked = sets.compactMap(\.selfCheck)
    if !checked.isEmpty {
      let opened = checked.reduce(0) { $0 + $1.opened }
      let blocks = checked.reduce(0) { $0 + $1.blocks }
      let isMet = checked.allSatisfy { $0.failed == 0 }
      let at = checked.map(\.at).max()
      judge(
        .encryptionOpened, isMet,
        .object(["opened": .number(opened), "blocks": .number(blocks)]), level: .l2, at: at)
      // What opens under them was sealed with them (`Docs/format.md`, section 1).
      judge(
        .encryptionAlgorithms, opened > 0 && isMet ? true : nil,
        .string("XAES-256-GCM; HPKE X-Wing, HKDF-SHA-256, AES-256-GCM; Ed25519"), level: .l2,
        at: at)
    }
    judge(
      .encryptionPlaintextFound, input.checks.plaintextObjects.map { $0 == 0 },
      .number(input.checks.plaintextObjects ?? 0), at: input.checks.at ?? now)
    judge(
      .encryptionNames, input.checks.areNamesSealed, .yes(input.checks.areNamesSealed == true),
      at: input.checks.at ?? now)
    if let transport = input.access.transport {
      judge(
        .encryptionTransport, transport != .none, .string(transport.rawValue), at: now)
    }
    fillEncryptionPromise()
  }

  /// That copies are encrypted may be said while of each set blocks were opened not long ago.
  private mutating func fillEncryptionPromise() {
    guard !setIDs.isEmpty else { return }
    let evidence = setIDs.map { set -> Int64? in
      if let check = sets.first(where: { $0.set == set })?.selfCheck, check.opened > 0 {
        return check.failed == 0 ? check.at : nil
      }
      return log?.snapshots[set]?.last { $0.selfCheck.map { $0.what.opened > 0 } ?? false }?
        .selfCheck.flatMap { $0.what.failed == 0 ? $0.time.unix : nil }
    }
    let isFoundReadable = (input.checks.plaintextObjects ?? 0) > 0
    guard !evidence.contains(nil), let oldest = evidence.compactMap({ $0 }).min(),
      !isFoundReadable
    else {
      // Without any evidence nobody looked; with some, a set lacks it or a check failed.
      let isMeasured =
        isFoundReadable || evidence.contains { $0 != nil }
        || sets.contains { ($0.selfCheck?.failed ?? 0) > 0 }
      if isMeasured { set(.encryptionPromise, .notMet, .object([:]), level: .l2) }
      return
    }
    let until = min(date(oldest), input.night).advanced(by: Self.promiseDays)
    set(
      .encryptionPromise, until >= input.night ? .met : .notMet,
      .object(["until": .date(until)]), level: .l2, by: .host)
  }

  // MARK: Keys

  /// Whether a key was ever able to open a data set; what it could read it may still know.
  private func everOpened(_ key: KeyID) -> Bool {
    log?.keys[key]?.changes.contains {
      $0.roles.contains(.restorer) || $0.roles.contains(.owner)
    } ?? false
  }

  mutating func fillKeys() {
    if let log {
      let keys = log.keys.values.sorted { $0.publicKey.keyID < $1.publicKey.keyID }
      fact(
        .keysRoles,
        list(keys) { standing in
          [
            "key": .hex(standing.publicKey.keyID),
            "roles": .array(standing.roles.map { .string($0.rawValue) }),
            "sets": .array((standing.changes.last?.sets ?? []).map { .hex($0) }),
            "separate": .yes(standing.changes.last?.isSeparate == true),
            "trusted": .yes(!log.isDistrusted(standing.publicKey.keyID)),
          ]
        })
      if !setIDs.isEmpty {
        let counts = setIDs.map { (set: $0, count: log.keys(holding: .restorer, for: $0).count) }
        judge(
          .keysRestorers, counts.allSatisfy { $0.count > 0 },
          list(counts) { ["set": .hex($0.set), "restorers": .number($0.count)] }, at: now)
      }
      let writers = log.keys(holding: .writer).map(\.publicKey.keyID)
      if !writers.isEmpty {
        let canOpen = writers.contains(where: everOpened)
        judge(.accessWriterOpens, !canOpen, .yes(canOpen), at: now)
      }
      let administrator = input.keys.administratorKeys ?? externalKeys(log)
      if !administrator.isEmpty {
        let canOpen = administrator.contains(where: everOpened)
        judge(.keysAdministratorOpens, !canOpen, .yes(canOpen), at: now)
      }
    }
    let keys = registered(input.keys)
    judge(
      .keysOwnerApart, keys.isOwnerKeyBesideHostKey.map { !$0 },
      .yes(keys.isOwnerKeyBesideHostKey == false), at: now)
    judge(
      .keysRecoverySheet, keys.isRecoverySheetConfirmed,
      .yes(keys.isRecoverySheetConfirmed == true), at: now)
    fillRestorerUse()
    if let overdue = keys.overdueReplacements {
      set(
        .keysRotation, overdue == 0 ? .declared : .notMet,
        .object(["overdue": .number(overdue)]))
    }
    if let copies = keys.spareCopies {
      set(
        .keysEscrow, copies.held >= copies.needed ? .declared : .notMet,
        .object(["copies": .number(copies.held), "needed": .number(copies.needed)]))
    }
    if let holders = keys.holders {
      set(
        .keysHolders, .declared,
        list(holders.sorted { $0.key < $1.key }) {
          ["key": .hex($0.key), "holder": .string($0.value)]
        })
    }
  }

  /// The keys of the register that somebody outside the firm holds; none if the log does not know
  /// one of them: then nothing can be said of what they open.
  private func externalKeys(_ log: LogState) -> [KeyID] {
    let keys = (policy?.keyRegister ?? []).filter(\.isExternal).compactMap { KeyID(hex: $0.key) }
    return keys.allSatisfy { log.keys[$0] != nil } ? keys : []
  }

  /// What is known of keys, filled up from the policy's register.
  private func registered(_ known: KeyFigures) -> KeyFigures {
    guard let register = policy?.keyRegister, !register.isEmpty else { return known }
    var keys = known
    if keys.holders == nil {
      var holders: [KeyID: String] = [:]
      for entry in register {
        if let key = KeyID(hex: entry.key) { holders[key] = entry.holder }
      }
      keys.holders = holders
    }
    let dated = register.compactMap(\.replaceBy)
    if keys.overdueReplacements == nil, !dated.isEmpty {
      keys.overdueReplacements = dated.count { $0 < input.night }
    }
    let counted = register.compactMap { entry in
      entry.copies.map { (held: min($0, entry.copiesNeeded), needed: entry.copiesNeeded) }
    }
    if keys.spareCopies == nil, !counted.isEmpty {
      keys.spareCopies = .init(
        held: counted.reduce(0) { $0 + $1.held }, needed: counted.reduce(0) { $0 + $1.needed })
    }
    return keys
  }

  /// A key that nobody uses for 100 days may be lost without anyone knowing.
  private mutating func fillRestorerUse() {
    let limit = 100
    var last: Int64?
    if case .last(let time) = input.keys.restorerUse { last = time }
    // A restore test is the use of a restorer's key.
    if let test = log?.tests.map(\.what.ended).max() { last = max(last ?? .min, test) }
    guard last != nil || input.keys.restorerUse == .notYet || log != nil else { return }
    var value: [String: CanonicalJSON] = [
      "lastUsedAt": .number(last ?? 0), "limitDays": .number(limit),
    ]
    value["days"] = last.map { .number(days(since: $0)) }
    judge(
      .keysRestorerUsed, last.map { $0 <= now && days(since: $0) <= limit } ?? false,
      .object(value), at: now)
  }
}
