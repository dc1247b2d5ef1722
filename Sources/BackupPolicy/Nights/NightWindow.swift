/// When a night begins and ends by the wall clock of one zone, and until when it may be reported.
///
/// The night of D begins at `from` on D, or, where `from` is before noon, in the small hours of
/// D + 1. It ends at the first `to` after that, and its report is due at the first `reportBy` that
/// is not before the end. Through changes of the clock the wall times stay and the length changes:
/// from 20:00 to 06:00 in Amsterdam is 9 hours in spring and 11 in autumn.
public struct NightWindow: Hashable, Sendable {
  /// The wall time at which a night begins.
  public let from: TimeOfDay
  /// The wall time at which it ends, which no longer belongs to it.
  public let to: TimeOfDay
  /// The wall time until which it can be committed and checked.
  public let reportBy: TimeOfDay
  /// The zone of these times, which need not be the machine's.
  public let zone: TimeZoneData

  /// A window; `from` and `to` differ.
  public init(from: TimeOfDay, to: TimeOfDay, reportBy: TimeOfDay, zone: TimeZoneData) {
    precondition(from != to, "a night has a length")
    self.from = from
    self.to = to
    self.reportBy = reportBy
    self.zone = zone
  }

  private var startDay: Int { from.minuteOfDay >= 720 ? 0 : 1 }
  private var endDay: Int { startDay + (to > from ? 0 : 1) }
  private var reportDay: Int { endDay + (reportBy >= to ? 0 : 1) }

  /// The instant at which a night begins, in seconds after 1970-01-01 UTC.
  public func start(of night: Night) -> Int64 {
    zone.instant(of: night.advanced(by: startDay), at: from)
  }

  /// The first instant after a night.
  public func end(of night: Night) -> Int64 {
    zone.instant(of: night.advanced(by: endDay), at: to)
  }

  /// The last instant at which a night can be committed and checked.
  public func reportDeadline(of night: Night) -> Int64 {
    zone.instant(of: night.advanced(by: reportDay), at: reportBy)
  }

  /// The length of a night in seconds.
  public func seconds(of night: Night) -> Int64 { end(of: night) - start(of: night) }

  /// Whether an instant lies inside a night.
  public func contains(_ instant: Int64, in night: Night) -> Bool {
    instant >= start(of: night) && instant < end(of: night)
  }

  /// The night of an instant: the one that began last, also when it is over.
  public func night(of instant: Int64) -> Night {
    var night = zone.localDate(at: instant)
    // Two steps back at most: the small hours, and a window that begins after midnight.
    for _ in 0..<2 where start(of: night) > instant { night = night.advanced(by: -1) }
    return night
  }
}
