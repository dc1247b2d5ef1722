public import BackupCrypto
internal import BackupFormat
public import BackupLog
public import BackupPolicy

/// Nights without a backup, as the next run tells the log: silence becomes an entry.
public enum MissedNights {
  /// The most nights that one run tells; the oldest of them wait for the next.
  public static let countMax = 60

  /// An incident for each night of the ledger that was missed and that the log does not know as such.
  ///
  /// It is detected when the night's report was due, by which instant it is known again.
  ///
  /// - Parameter night: The night that goes on; it and later ones are not told.
  public static func drafts(
    _ ledger: NightLedger, window: NightWindow, log: LogState, before night: BackupPolicy.Night
  ) throws(CryptoError) -> [Draft] {
    let known = Set(
      log.incidents.values.compactMap(\.detected).filter { $0.what.kind == .nightMissed }
        .map(\.what.detected))
    let missed = ledger.entries.filter { $0.state == .missed && $0.night < night }
      .map { window.reportDeadline(of: $0.night) }.filter { !known.contains($0) }
    var drafts: [Draft] = []
    for instant in missed.suffix(countMax) {
      guard let incident = IncidentID(try RandomBytes.make(count: IncidentID.byteCount)) else {
        preconditionFailure("an id has as many bytes")
      }
      drafts.append(
        Draft(.incidentDetected(.init(incident: incident, kind: .nightMissed, detected: instant))))
    }
    return drafts
  }
}
