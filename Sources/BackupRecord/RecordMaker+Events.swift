internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension RecordMaker {
  // MARK: Erasure

  mutating func fillErasure() {
    let accounts = input.accounts
    if let log {
      let all = log.erasures.sorted { $0.key < $1.key }
      let open = all.map(\.value).filter(\.isOpen).map(\.opened.what)
      fact(.erasureOpen, .number(open.count))
      let overdue = open.count { $0.cleanBy < now }
      judge(.erasureOverdue, overdue == 0, .number(overdue), at: now)
      let latest = open.map(\.cleanBy).max()
      fact(.erasureCleanBy, latest.map { .object(["cleanByAt": .number($0)]) } ?? .object([:]))
      fact(
        .erasureEntries,
        list(all) { id, standing in
          [
            "erasure": .hex(id), "set": .hex(standing.opened.what.set),
            "cutOffAt": .number(standing.opened.what.cutOff),
            "cleanByAt": .number(standing.opened.what.cleanBy),
            "closedAt": .number(standing.closed?.time.unix ?? 0),
          ]
        })
      fillDestroyed(log)
      fact(.erasureRewritten, .number(log.liveSnapshots.count { $0.rewrittenAt != nil }))
    }
    let ended = log?.erasures.values.count { $0.deletedAt != nil && $0.closed == nil }
    fact(.erasureSelfDeleted, (accounts.erasuresSelfDeleted ?? ended).map { .number($0) })
    fillReApplied()
    if let tasks = accounts.erasureTasksOpen {
      set(.erasureTasksOpen, tasks == 0 ? .declared : .notMet, .number(tasks))
    } else if let tasks = tasksOfRequests() {
      // They are for whoever restores, and wait until somebody does.
      set(.erasureTasksOpen, .declared, .number(tasks))
    }
    fillRefusals()
  }

  /// What people said of requests that they refused, counted by ground.
  ///
  /// That none is in the log says nothing: nobody has to say it there.
  private mutating func fillRefusals() {
    guard let log, let last = log.refusals.last else { return }
    let counts = Dictionary(
      log.standingRefusals.map { ($0.what.ground.rawValue, 1) }, uniquingKeysWith: +)
    set(
      .erasureRefusals, .declared,
      list(counts.sorted { $0.key < $1.key }) { ground, count in
        ["ground": .string(ground), "count": .number(count)]
      }, at: last.time.unix, by: .restorer)
  }

  /// Where notes about exceptions lie sealed: the host that makes the record can't open them.
  private mutating func fillNotes() {
    let told = (log?.notes ?? []).filter { $0.what.until > now }
    let texts = input.accounts.exceptionNotes
    guard !told.isEmpty || texts != nil else { return }
    let rows = told.reversed().prefix(Self.noteCount).map { said -> CanonicalJSON in
      var row: [String: CanonicalJSON] = [
        "set": .hex(said.what.set), "key": .hex(said.signer),
        "writtenAt": .number(said.time.unix),
      ]
      row["incident"] = said.what.incident.map { .hex($0) }
      row["note"] = said.subjects.first.map { .hex($0.digest) }
      return .object(row)
    }
    let words = (texts ?? []).prefix(Self.noteCount).map { text in
      CanonicalJSON.object(["text": .string(text)])
    }
    set(.exceptionsNotes, .declared, .array(rows + words))
  }

  private static var noteCount: Int { 1_000 }

  /// The data sets that the owner destroyed, or is about to, and what of them is still stored.
  ///
  /// It is not met where keys are stored longer than the collection lag after it was in
  /// force; a hold explains that, and does not change it.
  private mutating func fillDestroyed(_ log: LogState) {
    let all = log.destructions.values.sorted { $0.set < $1.set }
    let isOverdue = all.contains { log.isDestructionOverdue($0.set, at: now) }
    let rows = list(all) { destruction in
      let stored = log.storedPacks(of: destruction.set)
      return [
        "set": .hex(destruction.set), "saidAt": .number(destruction.said.time.unix),
        "effectiveAt": .number(destruction.inForceAt),
        "keysGoneAt": .number(destruction.keysGoneAt ?? 0),
        "keysStored": .number(log.storedKeyCount(of: destruction.set)),
        "packs": .number(stored.count), "bytes": .number(stored.byteCount),
        "snapshots": .number(log.liveSnapshots(of: destruction.set).count),
        "held": .yes(!log.holds(of: destruction.set, at: now).isEmpty),
      ]
    }
    if all.contains(where: { $0.inForceAt <= now }) {
      judge(.erasureDestroyedSets, !isOverdue, rows, at: now)
    } else {
      fact(.erasureDestroyedSets, rows)
    }
  }

  /// How many tasks the open requests have; nil where one does not say.
  private func tasksOfRequests() -> Int? {
    guard let log else { return nil }
    var sum = 0
    for erasure in log.erasures.values where erasure.isOpen {
      guard let tasks = erasure.opened.what.tasks else { return nil }
      sum += tasks
    }
    return sum
  }

  /// What the restore tests of a year obeyed, against the requests that were open when each began and
  /// speak of its snapshot; other restores are in no log.
  private mutating func fillReApplied() {
    let accounts = input.accounts
    var applied = accounts.erasuresReapplied
    var due = accounts.erasuresToReapply
    var isEachObeyed = applied.map { $0 >= due }
    if applied == nil, let log {
      for said in log.tests where days(since: said.what.ended) <= 365 && said.what.ended <= now {
        guard let account = said.what.account,
          let readStart = log.snapshot(said.what.number, of: said.what.set)?.taken.readStart
        else { continue }
        let asked = log.erasures.values.count { erasure in
          let opened = erasure.opened
          return opened.what.set == said.what.set && opened.what.cutOff >= readStart
            && opened.number < said.number && opened.time.unix <= said.what.started
            && erasure.closed.map { $0.number > said.number } ?? true
            && erasure.deletedAt.map { $0 > said.number } ?? true
        }
        applied = (applied ?? 0) + account.requests
        due += asked
        isEachObeyed = (isEachObeyed ?? true) && account.requests >= asked
      }
    }
    judge(
      .erasureReApplied, isEachObeyed,
      .object(["applied": .number(applied ?? 0), "due": .number(due)]), at: now)
  }

  // MARK: Incidents and exceptions

  mutating func fillIncidents() {
    if let log {
      let hours = policy?.incidents.assessWithinHours ?? 72
      let all = log.incidents.sorted { $0.key < $1.key }
      // What is an exception only stands in the list, and has no clock.
      let open = all.compactMap { $0.value.decision == nil ? $0.value.detected?.what : nil }
        .filter(\.kind.isEvaluated)
      judge(.incidentsOpen, open.isEmpty, .number(open.count), at: now)
      let deadlines = open.map { $0.detected.advanced(by: hours * 3_600) }
      let late = deadlines.count { $0 < now }
      var value: [String: CanonicalJSON] = ["late": .number(late), "hours": .number(hours)]
      value["assessByAt"] = deadlines.min().map { .number($0) }
      judge(.incidentsDeadlines, late == 0, .object(value), at: now)
      fact(
        .incidentsList,
        list(all) { id, standing in
          var value: [String: CanonicalJSON] = ["incident": .hex(id)]
          value["class"] = standing.detected.map { .string($0.what.kind.rawValue) }
          value["detectedAt"] = standing.detected.map { .number($0.what.detected) }
          if let detected = standing.detected?.what, detected.kind.isEvaluated {
            value["assessByAt"] = .number(detected.detected.advanced(by: hours * 3_600))
          }
          value["acknowledgedAt"] = standing.acknowledged.map { .number($0.time.unix) }
          value["assessedAt"] = standing.assessed.map { .number($0.time.unix) }
          value["decision"] = standing.decision.map { .string($0.what.decision.rawValue) }
          value["decidedAt"] = standing.decision.map { .number($0.time.unix) }
          return value
        })
    }
    fillNotes()
  }

  // MARK: Trend

  /// The month of the night and the eleven before.
  mutating func fillTrend() {
    guard input.ledger != nil else { return }
    let (year, month, _) = input.night.date
    let rows = (0..<12).reversed().compactMap { back -> CanonicalJSON? in
      let count = year * 12 + month - 1 - back
      let name = "\(count / 12)-\(count % 12 < 9 ? "0" : "")\(count % 12 + 1)"
      let tally = NightTally(nights.filter { $0.night.description.hasPrefix(name) })
      guard tally.nights > 0 else { return nil }
      let tests = log?.tests.count { date($0.what.ended).description.hasPrefix(name) }
      return .object([
        "month": .string(name), "nights": .number(tally.nights),
        "covered": .number(tally.covered), "missed": .number(tally.missed),
        "tests": .number(tests ?? 0), "newBytes": .number(newBytes { $0.hasPrefix(name) }),
      ])
    }
    if !rows.isEmpty { fact(.trendMonths, .array(rows)) }
  }

  /// How much was sealed in the nights whose names are asked for.
  private func newBytes(_ isAsked: (String) -> Bool) -> Int {
    guard let log else { return 0 }
    return log.snapshots.values.joined().reduce(0) { sum, snapshot in
      isAsked(snapshot.night.description) ? sum + snapshot.taken.byteCount : sum
    }
  }

  /// What is stored, and what each of the last nights added to it.
  mutating func fillSize() {
    guard let log else { return }
    let stored = log.storedPacks
    fact(
      .storeSize,
      .object([
        "bytes": .number(stored.byteCount), "packs": .number(stored.count),
        "snapshots": .number(log.liveSnapshots.count),
      ]))
    var sums: [BackupLog.Night: Int] = [:]
    for snapshot in log.snapshots.values.joined() {
      sums[snapshot.night, default: 0] += snapshot.taken.byteCount
    }
    let newest = sums.sorted { $0.key.dayNumber < $1.key.dayNumber }.suffix(30)
    guard !newest.isEmpty else { return }
    fact(
      .trendNights,
      list(newest) { ["night": .string($0.key.description), "newBytes": .number($0.value)] })
  }

  // MARK: Log

  mutating func fillLog() {
    guard let log else { return }
    fillStamp(log)
    fact(
      .logHead, .object(["size": .number(log.head.size), "root": .hex(log.head.root)]))
    let recent = log.verifications.filter { days(since: $0.time.unix) <= Self.promiseDays }
    judge(
      .logWitnesses, !recent.isEmpty,
      .object([
        "keys": .number(Set(recent.map(\.signer)).count),
        "lastAt": .number(recent.map(\.time.unix).max() ?? 0),
      ]), at: now)
    if let previous = log.records.last?.what.night {
      let gap = max(0, input.night.dayNumber - previous.dayNumber - 1)
      judge(.logGaps, gap == 0, .number(gap), at: now)
    } else {
      fact(.logGaps, .number(0))
    }
  }

  /// The newest time stamp on a head of the log, as a verifier handed it in.
  ///
  /// That it fits the log is looked at here; whose word it is the verifier found, with certificates
  /// that nobody here has. So it is declared, and never met.
  private mutating func fillStamp(_ log: LogState) {
    guard let said = log.stamps.last else { return }
    let fault = log.fault(of: said.what)
    set(
      .logTimestamp, fault == nil ? .declared : .notMet,
      .object([
        "entry": .number(said.number), "fits": .yes(fault == nil),
        "imprint": .hex(said.what.head.imprint(of: log.repository)),
        "size": .number(said.what.head.head.size), "stampedAt": .number(said.what.at),
      ]), at: said.time.unix, by: isSeparate(said) ? .verifier : .host)
  }
}
