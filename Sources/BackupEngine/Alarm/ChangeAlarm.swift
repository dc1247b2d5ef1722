public import BackupFormat
public import BackupPolicy

/// What about a night looks like an attack on the source.
///
/// A pure function of the night's counters and the policy's alarms, so that any number of nights can be
/// judged again. It compares one night with the one before: who changes a little every night for weeks
/// is not told from a busy office.
public enum ChangeAlarm: String, Hashable, Sendable, CaseIterable {
  /// Too many of the files hold something else than the night before.
  case massChange
  /// Too many of the files are gone, those that were only moved not counted.
  case massDeletion
  /// Too many of the files that compressed have turned to noise.
  case noise
  /// A canary file is missing, or is not what it was.
  case canary

  /// Judges one night.
  ///
  /// - Parameter canaryCount: How many canary files there should be.
  public static func causes(
    in counters: SnapshotCounters, alarms: Policy.DataSet.Alarms, canaryCount: Int
  ) -> [ChangeAlarm] {
    var causes: [ChangeAlarm] = []
    let minimum = UInt64(max(alarms.minimumFileCount, 1))
    func reaches(_ count: UInt64, _ basisPoints: Int, of whole: UInt64) -> Bool {
      // Counts of files stay far below 2^50.
      whole >= minimum && count * 10_000 >= UInt64(max(basisPoints, 1)) * whole
    }
    if reaches(counters.alteredFileCount, alarms.changedBasisPoints, of: counters.formerFileCount) {
      causes.append(.massChange)
    }
    let moved = min(counters.movedFileCount, counters.goneFileCount)
    if reaches(
      counters.goneFileCount - moved, alarms.deletedBasisPoints, of: counters.formerFileCount)
    {
      causes.append(.massDeletion)
    }
    if reaches(
      counters.noiseFileCount, alarms.noiseBasisPoints, of: counters.formerCompressibleCount)
    {
      causes.append(.noise)
    }
    if counters.canaryCount < UInt64(canaryCount) { causes.append(.canary) }
    return causes
  }
}
