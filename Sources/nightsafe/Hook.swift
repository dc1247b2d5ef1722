import BackupSystem

/// Runs a hook of the policy.
enum Hook {
  /// When it runs.
  enum Moment {
    /// Before the source is read.
    case before
    /// Afterwards, with what came of the data set.
    case after(ExitStatus)

    var name: String {
      switch self {
      case .before: "before"
      case .after: "after"
      }
    }

    /// What the hook finds in its environment.
    var variables: [String] {
      switch self {
      case .before: ["NIGHTSAFE_HOOK=before"]
      case .after(let status):
        ["NIGHTSAFE_HOOK=after", "NIGHTSAFE_OUTCOME=\(status.rawValue)"]
      }
    }
  }

  /// How much of what a hook says is kept: 4 KiB of each stream.
  private static let keptByteCount = 4 << 10

  /// Runs it to its end, or ends it with all that it started; silent unless it fails.
  static func run(
    _ command: [String], _ timeLimitSeconds: Int, _ moment: Moment, _ variables: [String]
  ) throws {
    guard !command.isEmpty else { return }
    let outcome: ChildProcess.Outcome
    var output: [UInt8] = []
    do {
      let stream = try ChildProcess(
        arguments: command.map { [UInt8]($0.utf8) },
        environment: Environment.all(
          replacing: (variables + moment.variables).map { [UInt8]($0.utf8) }),
        outputByteCountLimit: keptByteCount, timeLimitMilliseconds: timeLimitSeconds * 1000
      ).stream()
      var step = [UInt8](repeating: 0, count: keptByteCount)
      while true {
        var span = step.mutableSpan
        let count = try stream.read(into: &span)
        output.append(contentsOf: step.prefix(min(count, keptByteCount - output.count)))
        if count < step.count { break }
      }
      outcome = try stream.finish()
    } catch {
      throw Failure(.failed, "the hook \(moment.name) can't be run: \(command[0]): \(error)")
    }
    guard outcome.isSuccess else {
      throw Failure(
        .failed,
        "the hook \(moment.name) \(Words.ending(outcome.ending)): \(command[0])"
          + Words.output(output + outcome.errorOutput))
    }
  }
}
