internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension RecordMaker {
  /// The days within which a restore is practised; the policy may ask for fewer, not for more.
  private var restoreTestDays: Int { min(policy?.verification.restoreTestDays ?? 100, 100) }

  private func isSuccess(_ test: Predicate.Tested) -> Bool {
    test.result != .failed && test.mismatches == 0
  }

  mutating func fillRestore() {
    fillDetails()
    fillTasks()
    guard let log else { return }
    let tests = log.tests.filter { $0.what.ended <= now }.sorted {
      ($0.what.ended, $0.number) < ($1.what.ended, $1.number)
    }
    fillTests(tests.map(\.what))
    fillUse(tests)
    fillRestorePromise(tests.map(\.what))
  }

  /// What the tests of a year say of themselves, newest first; the words of people stay sealed, where
  /// `minutes` says.
  private mutating func fillDetails() {
    let told = (log?.tests ?? []).filter {
      $0.what.account != nil && $0.what.ended <= now && days(since: $0.what.ended) <= 365
    }
    let written = input.accounts.restoreMinutes
    guard !told.isEmpty || written != nil else { return }
    let rows = told.reversed().prefix(Self.detailCount).map { said -> CanonicalJSON in
      let account = said.what.account
      var row: [String: CanonicalJSON] = [
        "set": .hex(said.what.set), "endedAt": .number(said.what.ended),
        "kind": .string(said.what.kind.rawValue),
      ]
      row["selection"] = account.map { .string($0.selection.rawValue) }
      row["databasesOpened"] = account.map { .number($0.databasesOpened) }
      row["databasesFailed"] = account.map { .number($0.databasesFailed) }
      row["role"] = account.map { .string($0.role.rawValue) }
      row["tasks"] = account.map { .number($0.tasks) }
      row["minutes"] = said.subjects.first.map { .hex($0.digest) }
      return .object(row)
    }
    let texts = (written ?? []).prefix(Self.detailCount).map { text in
      CanonicalJSON.object(["text": .string(text)])
    }
    set(.restoreDetails, .declared, .array(rows + texts))
  }

  private static var detailCount: Int { 1_000 }

  /// The tasks that the newest test by a person of each set says are left.
  private mutating func fillTasks() {
    var newest: [SetID: (ended: Int64, tasks: Int)] = [:]
    for said in log?.tests ?? [] where said.what.kind == .person && said.what.ended <= now {
      guard let account = said.what.account,
        said.what.ended >= newest[said.what.set]?.ended ?? .min
      else { continue }
      newest[said.what.set] = (said.what.ended, account.tasks)
    }
    let told = newest.isEmpty ? nil : newest.values.reduce(0) { $0 + $1.tasks }
    guard let tasks = input.accounts.restoreTasksOpen ?? told else { return }
    set(.restoreTasksOpen, tasks == 0 ? .declared : .notMet, .number(tasks))
  }

  private mutating func fillTests(_ tests: [Predicate.Tested]) {
    let year = tests.filter { days(since: $0.ended) <= 365 }
    judge(
      .restoreTests365, year.isEmpty ? nil : year.allSatisfy(isSuccess),
      .object([
        "passed": .number(year.count { $0.result == .passed }),
        "warned": .number(year.count { $0.result == .warned }),
        "failed": .number(year.count { $0.result == .failed }),
      ]), level: .l3, by: .restorer)
    let isDue = tests.last(where: isSuccess).map { date($0.ended).advanced(by: restoreTestDays) }
    judge(
      .restoreNextDue, isDue.map { $0 >= input.night } ?? false,
      .object(["due": .date(isDue ?? input.night)]), at: now)
    guard let last = tests.last else {
      set(.restoreLastTest, .notMet, .object([:]), at: now, by: .host)
      return
    }
    let duration = max(0, last.ended - last.started)
    judge(
      .restoreLastTest, isSuccess(last),
      .object([
        "set": .hex(last.set), "number": .number(last.number),
        "kind": .string(last.kind.rawValue), "startedAt": .number(last.started),
        "endedAt": .number(last.ended), "durationSeconds": .number(duration),
        "files": .number(last.files), "bytes": .number(last.byteCount),
        "mismatches": .number(last.mismatches), "result": .string(last.result.rawValue),
      ]), level: .l3, at: last.ended, by: .restorer)
    if let person = tests.last(where: { $0.kind == .person }) {
      judge(
        .restoreLastPersonTest, isSuccess(person) && days(since: person.ended) <= restoreTestDays,
        .object([
          "endedAt": .number(person.ended), "result": .string(person.result.rawValue),
          "dueDays": .number(restoreTestDays),
        ]), level: .l3, at: person.ended, by: .restorer)
    } else {
      set(.restoreLastPersonTest, .notMet, .object(["dueDays": .number(restoreTestDays)]), at: now)
    }
    var time: [String: CanonicalJSON] = ["durationSeconds": .number(duration)]
    time["objectiveHours"] = policy.map { .number($0.objectives.recoveryTimeHours) }
    if let policy {
      judge(
        .restoreRecoveryTime, duration <= Int64(policy.objectives.recoveryTimeHours) * 3_600,
        .object(time), level: .l3, at: last.ended, by: .restorer)
    } else {
      fact(.restoreRecoveryTime, .object(time))
    }
    let kept = year.count { $0.destroyed == 0 }
    judge(
      .restoreCopyDestroyed, year.isEmpty ? nil : kept == 0,
      .object([
        "kept": .number(kept), "lastDestroyedAt": .number(year.map(\.destroyed).max() ?? 0),
      ]), at: now, by: .restorer)
    fact(
      .restoreErasuresApplied,
      .object(["withheld": .number(year.reduce(0) { $0 + $1.erasures })]))
  }

  /// What a person said of using restored data: declared, since no program measured it.
  private mutating func fillUse(_ tests: [Said<Predicate.Tested>]) {
    guard let said = tests.last(where: { $0.what.level == .used }) else { return }
    let test = said.what
    var value: [String: CanonicalJSON] = [
      "set": .hex(test.set), "usedAt": .number(test.destroyed),
      "result": .string(test.result.rawValue),
    ]
    value["role"] = test.account.map { .string($0.role.rawValue) }
    value["minutes"] = said.subjects.first.map { .hex($0.digest) }
    set(
      .restoreLastUse, isSuccess(test) ? .declared : .notMet, .object(value), level: .l4,
      at: test.destroyed, by: .restorer)
  }

  /// The last success within the term counts, unless a later test failed.
  private mutating func fillRestorePromise(_ tests: [Predicate.Tested]) {
    guard let last = tests.last, isSuccess(last) else {
      set(.restorePromise, .notMet, .object([:]))
      return
    }
    let day = date(last.ended)
    let until = min(
      day.advanced(by: restoreTestDays), input.night.advanced(by: Self.promiseDays))
    set(
      .restorePromise, until >= input.night ? .met : .notMet,
      .object([
        "quarter": .number(day.quarter), "year": .number(day.year), "until": .date(until),
      ]), level: .l3, by: .restorer)
  }
}
