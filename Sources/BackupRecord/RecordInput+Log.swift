public import BackupFormat
public import BackupLog
public import BackupPolicy

extension NightLedger {
  /// The nights of data sets together, the last 365 up to a night, as the log tells them.
  ///
  /// A set answers for the nights from its first snapshot on; one without a snapshot, from the night
  /// after it was made.
  public init?(
    log: LogState, sets: [SetID], through night: BackupPolicy.Night, window: NightWindow,
    closures: [ClosedRange<BackupPolicy.Night>], now: Int64
  ) {
    let ledgers = sets.map { set in
      let all = log.snapshots[set] ?? []
      let first =
        all.first.map { BackupPolicy.Night(dayNumber: $0.night.dayNumber) }
        ?? log.dataSets[set].map { window.night(of: $0.time.unix).advanced(by: 1) } ?? night
      let start = min(max(first, night.advanced(by: -364)), night)
      return NightLedger(
        facts: all.map { snapshot in
          NightFact(
            sourceReadStart: snapshot.taken.readStart, committedAt: snapshot.time.unix,
            checkedAt: snapshot.isSelfChecked ? snapshot.selfCheck?.time.unix : nil,
            isTimeBelieved: snapshot.isTimeBelieved)
        },
        nights: start...night, window: window, closures: closures, now: now)
    }
    self.init(combining: ledgers)
  }
}

extension RecordInput {
  /// What the log alone tells of the nights up to now, which is enough to judge freshness without a
  /// key.
  ///
  /// - Parameters:
  ///   - policy: The policy file, where it is at hand.
  ///   - window: When a night is; without it no night is judged.
  public init(log: LogState, policy: Policy?, window: NightWindow?, now: LogTime) {
    let night = window?.night(of: now.unix) ?? BackupPolicy.Night.utc(now.unix)
    self.init(night: night, now: now.unix)
    self.log = log
    self.policy = policy
    self.window = window
    isClockSynchronised = now.synchronised
    let live = log.dataSets.keys.filter { !log.isDestroyed($0, at: now.unix) }.sorted()
    if let window {
      ledger = NightLedger(
        log: log, sets: live, through: night, window: window,
        closures: policy?.night.closures.map(\.nights) ?? [], now: now.unix)
    }
    exitCode = log.nights.last?.what.code
    sets = live.map { set in
      var known = SetNight(set: set, name: String(set.hex.prefix(8)))
      known.selfCheck = log.liveSnapshots(of: set).last?.selfCheck.map {
        SelfCheckFigures(
          blocks: $0.what.blocks, byteCount: Int64($0.what.byteCount), opened: $0.what.opened,
          failed: $0.what.failed, at: $0.time.unix)
      }
      return known
    }
  }
}
