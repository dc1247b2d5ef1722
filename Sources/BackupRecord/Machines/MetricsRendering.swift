internal import BackupFormat

/// An edition as figures for Prometheus; data sets by the beginning of their ids, nothing by name.
public struct MetricsRendering: RecordRendering {
  /// When the newest record was made, where the edition was made up from the log just now.
  public var recordTime: Int64?

  /// Metrics.
  public init(recordTime: Int64? = nil) { self.recordTime = recordTime }

  /// The file in UTF-8.
  public func render(_ edition: Edition) -> [UInt8] {
    var metrics = MetricsText()
    addBackups(edition, to: &metrics)
    addChecks(edition, to: &metrics)
    addDuties(edition, to: &metrics)
    return [UInt8](metrics.text.utf8)
  }

  private func addBackups(_ edition: Edition, to metrics: inout MetricsText) {
    metrics.add(
      "backup_last_checked_snapshot_timestamp_seconds",
      "Start of reading of the newest snapshot that was read back whole, of the worst data set.",
      edition[.nightsRecoveryPoint]?["readStartAt"]?.integer)
    for (id, window) in [
      (FieldID.nightsCounts7, "7d"), (.nightsCounts30, "30d"), (.nightsCounts365, "365d"),
    ] {
      metrics.add(
        "backup_nights_missed", "Nights without a checked snapshot.",
        edition[id]?["missed"]?.integer, labels: [.init("window", window)])
    }
    metrics.add(
      "backup_night_exit_code", "Exit code of the newest night.",
      edition[.resultExitCode]?.value.integer)
    for line in lines(.coverageFiles, edition) {
      metrics.add(
        "backup_files", "Files in the newest snapshot.", line["files"]?.integer, labels: set(line))
    }
    metrics.add(
      "backup_stored_bytes", "Bytes of the packs that are stored.",
      edition[.storeSize]?["bytes"]?.integer)
    metrics.add(
      "backup_store_free_bytes", "Bytes that are free where backups are stored.",
      edition[.storeFreeSpace]?["freeBytes"]?.integer)
  }

  private func addChecks(_ edition: Edition, to metrics: inout MetricsText) {
    for line in lines(.integritySelfCheck, edition) {
      metrics.add(
        "backup_self_check_blocks", "Blocks of the newest night that were read back.",
        line["blocks"]?.integer, labels: set(line))
    }
    for line in lines(.integritySelfCheck, edition) {
      metrics.add(
        "backup_self_check_blocks_damaged", "Blocks that were not as written when read back.",
        line["failed"]?.integer, labels: set(line))
    }
    let verified = edition[.integrityVerification]
    metrics.add(
      "backup_last_verification_timestamp_seconds", "Time of a verifier's newest statement.",
      verified?["verifiedAt"]?.integer)
    metrics.add(
      "backup_verify_blocks_damaged", "Blocks that the newest verification found damaged.",
      verified?["damaged"]?.integer)
    metrics.add(
      "backup_verify_blocks_sampled", "Blocks of the newest random sample.",
      edition[.integritySample]?["checked"]?.integer)
    metrics.add(
      "backup_damaged_blocks", "Needed blocks that are known to be damaged.",
      edition[.integrityDamage]?["blocks"]?.integer)
    let test = edition[.restoreLastTest]
    metrics.add(
      "backup_last_restore_test_timestamp_seconds", "End of the newest restore test.",
      test?["endedAt"]?.integer)
    metrics.add(
      "backup_last_restore_test_duration_seconds", "Duration of the newest restore test.",
      test?["durationSeconds"]?.integer)
  }

  private func addDuties(_ edition: Edition, to metrics: inout MetricsText) {
    if let overdue = edition[.retentionOverdue], overdue.state != .notMeasured {
      let count = lines(.retentionOverdue, edition).reduce(0) {
        $0 + ($1["count"]?.integer ?? 0)
      }
      metrics.add(
        "backup_retention_overdue_snapshots", "Snapshots older than their maximum age.", count)
    }
    if let open = edition[.exceptionsOpen], open.state != .notMeasured {
      let severities = lines(.exceptionsOpen, edition).map { $0["severity"]?.string ?? "" }
      for severity in ["critical", "warning", "note"] {
        metrics.add(
          "backup_compliance_open_exceptions", "Open points, by weight.",
          Int64(severities.count { $0 == severity }), labels: [.init("severity", severity)])
      }
    }
    metrics.add(
      "backup_incidents_open", "Incidents that wait for a decision.",
      edition[.incidentsOpen]?.value.integer)
    metrics.add(
      "backup_incident_assess_by_timestamp_seconds",
      "By when the oldest open incident is to be assessed.",
      edition[.incidentsDeadlines]?["assessByAt"]?.integer)
    metrics.add(
      "backup_compliance_record_timestamp_seconds", "When the newest record was made.",
      recordTime ?? edition[.headerCreatedAt]?["madeAt"]?.integer)
    metrics.add(
      "backup_compliance_record_due_timestamp_seconds", "By when the next record is due.",
      edition[.headerWindow]?["nextReportByAt"]?.integer)
  }

  private func lines(_ id: FieldID, _ edition: Edition) -> [[String: CanonicalJSON]] {
    (edition[id]?.value.array ?? []).compactMap(\.object)
  }

  private func set(_ line: [String: CanonicalJSON]) -> [MetricsText.Label] {
    [.init("set", String((line["set"]?.string ?? "").prefix(8)))]
  }
}
