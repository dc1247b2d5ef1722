public import BackupFormat
public import BackupLog

/// When the blocks with dead parts are stored anew, and against which snapshots a run may
/// deduplicate; pure functions of the log and now.
///
/// Time is cut into periods of `refreshDays`, counted from the first believed snapshot of the set. The
/// first run of a period refreshes. What it left behind is not named again: a run deduplicates only
/// against what was needed since that run, so that a block with a dead part dies with the last
/// snapshot of the period before.
public struct RefreshRule: Hashable, Sendable {
  private let start: Int64
  private let length: Int64

  /// The periods of a data set at a time; nil while it has no policy, or no believed snapshot.
  public init?(_ state: LogState, _ set: SetID, now: Int64) {
    guard let policy = state.policy(of: set, at: now), policy.what.retention.refreshDays > 0,
      let first = (state.snapshots[set] ?? []).first(where: \.isTimeBelieved)
    else { return nil }
    start = first.taken.readStart
    length = Int64(policy.what.retention.refreshDays) * 86_400
  }

  /// The number of the period that an instant lies in.
  public func period(of time: Int64) -> Int64 {
    let (quotient, remainder) = (time - start).quotientAndRemainder(dividingBy: length)
    return remainder < 0 ? quotient - 1 : quotient
  }

  /// Whether a run that begins now is the first of its period.
  ///
  /// A time that is not believed counts for no calendar.
  public static func isDue(_ state: LogState, _ set: SetID, now: LogTime) -> Bool {
    guard state.believes(now), let rule = RefreshRule(state, set, now: now.unix) else {
      return false
    }
    let period = rule.period(of: now.unix)
    return !(state.snapshots[set] ?? []).contains {
      $0.isTimeBelieved && rule.period(of: $0.taken.readStart) >= period
    }
  }

  /// The live snapshots whose blocks a run that does not refresh may use again: those since the
  /// first of the newest period, and the newest in any case.
  public static func reusable(_ state: LogState, _ set: SetID, now: LogTime) -> [Snapshot] {
    let live = state.liveSnapshots(of: set)
    guard let newest = live.last, let rule = RefreshRule(state, set, now: now.unix) else {
      return live
    }
    let believed = (state.snapshots[set] ?? []).filter(\.isTimeBelieved)
    let periods = believed.map { rule.period(of: $0.taken.readStart) }
    guard let last = periods.max(), let first = periods.firstIndex(of: last) else { return live }
    let number = believed[first].number
    return live.filter { $0.number >= number || $0.number == newest.number }
  }
}
