internal import ArgumentParser
internal import BackupSystem
internal import Glibc

/// The commands of the verifier.
struct NightSafeVerifier: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "nightsafe-verifier",
    abstract: "Checks a NightSafe repository with public keys only.",
    discussion: """
      The repository's id comes from outside: from the policy, or from the recovery sheet.

      \(ExitStatus.table)
      """,
    version: "0.1.0",
    subcommands: [
      VerifyCommand.self, StatusCommand.self, LogCommand.self, ReportCommand.self,
      EditionCommand.self, ProofCommand.self, BundleCommand.self, TimestampCommand.self,
    ])
}

/// Starts the program, and turns whatever happens into words and an exit code.
@main
enum Start {
  static func main() {
    // Before anything is opened, so that no file gets the number of a stream.
    ProcessGuards.openMissingStreams()
    ProcessGuards.returnLargeBuffers()
    ProcessGuards.ignoreWriteSignals()
    // Without the guard the program works as well; a key is read only where it stands on a page of
    // its own.
    try? ProcessGuards.forbidCoreDumps()
    _ = ProcessGuards.setUmask(0o077)
    do {
      try Interrupt.install()
      var command = try NightSafeVerifier.parseAsRoot(RawArguments.texts)
      try command.run()
      exit(ExitStatus.done.rawValue)
    } catch let status as ExitStatus {
      exit(status.rawValue)
    } catch let status as PluginStatus {
      exit(status.rawValue)
    } catch let failure as Failure {
      Console.report(failure)
      exit(failure.status.rawValue)
    } catch {
      if NightSafeVerifier.exitCode(for: error) == .success {
        // Help and version were asked for.
        Console.say(NightSafeVerifier.fullMessage(for: error))
        exit(ExitStatus.done.rawValue)
      }
      Console.report(usage: NightSafeVerifier.message(for: error))
      exit(ExitStatus.usage.rawValue)
    }
  }
}
