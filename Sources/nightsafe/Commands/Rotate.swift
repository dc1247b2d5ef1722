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
    tell(outcome.decisions, open)
    if outcome.isStoppedByClock {
      throw Failure(
        .rotationRefused, "the clock of this machine is not believed; nothing was rotated")
    }
    Terminal.print(
      "rotated \(outcome.rotatedCount) snapshots, condemned \(outcome.condemnedCount) objects, "
        + "deleted \(outcome.deletedCount), freed \(Words.size(outcome.freedByteCount))")
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
