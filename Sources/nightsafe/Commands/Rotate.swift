import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy

struct Rotate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Remove old snapshots by the approved policy.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Flag(help: "Print each snapshot's fate and its reason; change nothing.")
  var dryRun = false
  @Flag(help: "Take back the last rotation, as long as nothing of it was deleted.")
  var undo = false
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let now = Times.clock()
    if dryRun {
      tell(Rotation.plan(open.session.logState, now: now, isDamageFound: false), open)
      return
    }
    let signer =
      key.key == nil ? try DataSets(open).host.signer : try key.open().signer
    if undo { return try takeBack(open, signer) }
    if open.policy != nil, key.key == nil {
      let differences = PolicyComparison.differences(try DataSets(open))
      guard differences.isEmpty else {
        throw Failure(
          .rotationRefused,
          "the policy file differs from what the owner has approved: "
            + differences.joined(separator: "; "), hint: "nightsafe policy approve")
      }
    }
    let outcome = try Rotation(open.session, signer: signer, isDamageFound: false).execute()
    if json {
      JSON.print([
        ("rotated", .number(Int64(outcome.rotatedCount))),
        ("condemned", .number(Int64(outcome.condemnedCount))),
        ("deleted", .number(Int64(outcome.deletedCount))),
        ("freedBytes", .count(outcome.freedByteCount)),
        ("compactedPacks", .number(Int64(outcome.compactedPackCount))),
      ])
      try complain(outcome, open)
      return
    }
    tell(outcome.decisions, open)
    Terminal.print(
      "rotated \(outcome.rotatedCount) snapshots, condemned \(outcome.condemnedCount) objects, "
        + "deleted \(outcome.deletedCount), freed \(Words.size(outcome.freedByteCount)), compacted "
        + "\(outcome.compactedPackCount) packs by copying \(Words.size(outcome.copiedByteCount))")
    try complain(outcome, open)
  }

  /// Says what was not done, all of it, and ends with the worst.
  private func complain(_ outcome: RotationOutcome, _ open: OpenRepository) throws {
    var names: [SetID: String] = [:]
    if key.key == nil { names = try DataSets(open).names }
    let failures = RotationWords.failures(outcome, names: names)
    for failure in failures { Terminal.report(failure) }
    let status = ExitStatus.worst(failures.map(\.status))
    if status != .done { throw ExitCode(status.rawValue) }
  }

  private func takeBack(_ open: OpenRepository, _ signer: Signer) throws {
    let undone = try Rotation(open.session, signer: signer, isDamageFound: false).undo()
    for set in undone {
      for number in set.numbers {
        if json {
          JSON.print([("set", .text(set.set.hex)), ("reinstated", .number(Int64(number)))])
        } else {
          Terminal.print("\(number)  lives again")
        }
      }
    }
    let destroyed = undone.filter { $0.isDestroyed && !$0.gone.isEmpty }
    guard destroyed.isEmpty else {
      throw Failure(
        .failed,
        "the owner has destroyed the data set \(destroyed.map(\.set.hex).joined(separator: ", ")): "
          + "its snapshots can't live again")
    }
    let gone = undone.reduce(0) { $0 + $1.gone.count }
    if undone.isEmpty, !json {
      Terminal.print("nothing to undo: the last rotation removed nothing")
    }
    guard gone == 0 else {
      throw Failure(
        .failed, "\(gone) snapshots can't live again: what they need was deleted")
    }
    if !undone.isEmpty, !json {
      Terminal.print("they go again with the next rotation unless a hold keeps them")
    }
  }

  private func tell(_ decisions: [RotationDecision], _ open: OpenRepository) {
    for decision in decisions {
      for snapshot in decision.decisions {
        let reasons = snapshot.reasons.map(\.text).joined(separator: "; ")
        if json {
          JSON.print([
            ("set", .text(decision.set.hex)), ("number", .text(snapshot.id)),
            ("night", .text("\(snapshot.night)")), ("fate", .text("\(snapshot.fate)")),
            ("reasons", .list(snapshot.reasons.map { .text($0.text) })),
            ("overdueSince", snapshot.overdue.map { .number($0.since) } ?? .nothing),
          ])
        } else {
          Terminal.print(
            "\(snapshot.id)  \(snapshot.night)  \(snapshot.fate): \(reasons)"
              + (snapshot.overdue == nil ? "" : "  OVERDUE"))
        }
      }
    }
  }
}
