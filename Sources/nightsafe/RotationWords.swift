import BackupEngine
import BackupFormat
import BackupLog
import BackupPolicy

/// What people are told when a rotation did less than it was asked for.
enum RotationWords {
  /// One failure for each reason, the most important first.
  ///
  /// - Parameter names: The names of data sets, as far as the key opens them.
  static func failures(_ outcome: RotationOutcome, names: [SetID: String] = [:]) -> [Failure] {
    var failures: [Failure] = []
    if outcome.damagedBlockCount > 0 {
      failures.append(
        Failure(
          .damage,
          "\(outcome.damagedBlockCount) blocks to be moved were not as they were signed",
          hint: "suspect the repository's disk; nightsafe repair puts back what another copy holds")
      )
    }
    if outcome.isStoppedByClock {
      failures.append(
        Failure(
          .rotationRefused, "the clock of this machine is not believed, so nothing was rotated",
          hint: "set the clock and keep it with a time service; or the owner says "
            + "nightsafe log clock"))
    }
    for set in outcome.frozenSets {
      let name = names[set] ?? set.hex
      failures.append(
        Failure(
          .rotationRefused,
          "the data set \(name) is frozen, because a night looked like an attack on the files: it "
            + "is backed up, and nothing of it is removed",
          hint: "compare the last nights (nightsafe diff); when all is well the owner says "
            + "nightsafe log thaw --data-set \(name)"))
    }
    for decision in outcome.decisions
    where decision.isDestructionHeld && decision.destruction?.keysGoneAt == nil {
      let name = names[decision.set] ?? decision.set.hex
      failures.append(
        Failure(
          .rotationRefused,
          "the owner has destroyed the data set \(name), and a legal hold keeps it: nothing of it "
            + "goes",
          hint:
            "nightsafe hold list shows the hold; when its reason is over the owner says nightsafe "
            + "hold remove"))
    }
    if outcome.isCompactionStoppedBySpace {
      failures.append(
        Failure(
          .rotationRefused,
          "too little is free in the repository to move what is still needed out of old packs"))
    }
    let overdue = outcome.decisions.filter { !$0.isFrozen }.flatMap(\.decisions)
      .filter { $0.overdue != nil }
    if let first = overdue.first {
      failures.append(
        Failure(
          .rotationRefused,
          "\(overdue.count) snapshots are older than their maximum age: "
            + (first.overdue?.reason.text ?? "")))
    }
    return failures
  }
}
