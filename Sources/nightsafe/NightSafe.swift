import ArgumentParser
import BackupSystem

/// The commands.
@main
struct NightSafe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nightsafe",
    abstract: "Encrypted nightly backup that the nightly machine itself cannot read back.",
    discussion: """
      Commands take --policy FILE, or on a strange machine --repository FOLDER and --id ID; what opens \
      data takes --key FILE. SNAPSHOT is a night (2026-11-21), a log number, or latest.

      \(ExitStatus.table)
      """,
    version: Version.text,
    subcommands: [
      Init.self, Nightly.self, BackUp.self, Snapshots.self, List.self, Find.self, Diff.self,
      Dump.self, RestoreFiles.self, TestRestore.self, Rotate.self, Verify.self, Report.self,
      Status.self, CopyRepository.self, RepairRepository.self,
      PolicyGroup.self, HoldGroup.self, EraseGroup.self, DataSetGroup.self, KeyGroup.self,
      RoleGroup.self, LogGroup.self, IncidentGroup.self, MeasureGroup.self,
    ])

  static func main() {
    // Before anything is opened, so that no object of the repository gets the number of a stream.
    ProcessGuards.openMissingStreams()
    ProcessGuards.returnLargeBuffers()
    ProcessGuards.ignoreWriteSignals()
    // Refused in some sandboxes; then keys are protected by memory locks alone.
    try? ProcessGuards.forbidCoreDumps()
    _ = ProcessGuards.setUmask(0o077)
    do {
      try Interrupt.install()
      var command = try parseAsRoot(RawArguments.texts)
      try command.run()
    } catch let code as ExitCode {
      leave(code.rawValue)
    } catch let failure as Failure {
      Terminal.report(failure)
      leave(failure.status.rawValue)
    } catch {
      if exitCode(for: error) == .success {
        Terminal.print(fullMessage(for: error))
        leave(0)
      }
      if exitCode(for: error) == .validationFailure {
        Terminal.note("error: " + message(for: error))
        Terminal.note("hint: nightsafe --help, or nightsafe help COMMAND")
        leave(ExitStatus.usage.rawValue)
      }
      let failure = Failure(error)
      Terminal.endProgress()
      Terminal.report(failure)
      leave(failure.status.rawValue)
    }
  }

  private static func leave(_ code: Int32) { exit(withError: ExitCode(code)) }
}

/// The version of this program.
enum Version {
  static let text = "0.1.0"
}
