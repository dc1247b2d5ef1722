import BackupSystem

/// A program of a `command` source, started: its output is read like a file, and its end is judged.
struct CommandRun: ~Copyable {
  /// How much of what the program says to its error stream is kept: 4 KiB.
  private static let errorByteCountMax = 4 << 10
  /// Changes the user and becomes the program, without a process or shell between (util-linux).
  private static let changer = [UInt8]("/usr/bin/setpriv".utf8)

  private let source: CommandSource
  let output: ChildProcess.OutputStream

  /// Starts it.
  init(_ source: CommandSource) throws(EngineError) {
    self.source = source
    var arguments = source.arguments
    var variables = source.variables
    do {
      if let user = source.user {
        guard let account = try Accounts.user(user) else {
          throw EngineError.source(path: source.path, .noSuchUser)
        }
        if account.number != Accounts.effectiveUser {
          arguments =
            [
              Self.changer, [UInt8]("--reuid=\(account.number)".utf8),
              [UInt8]("--regid=\(account.group)".utf8), [UInt8]("--init-groups".utf8),
              [UInt8]("--".utf8),
            ] + arguments
        }
        variables += [
          [UInt8]("HOME=".utf8) + account.home, [UInt8]("USER=".utf8) + user,
          [UInt8]("LOGNAME=".utf8) + user,
        ]
      }
      output = try ChildProcess(
        arguments: arguments, environment: Environment.all(replacing: variables),
        outputByteCountLimit: Self.errorByteCountMax,
        timeLimitMilliseconds: source.timeLimitSeconds * 1000
      ).stream()
    } catch let error as EngineError {
      throw error
    } catch let error as SystemError {
      throw .source(path: source.path, .commandNotRun(error))
    } catch {
      throw .source(path: source.path, .notReadable)
    }
  }

  /// Waits for its end, after its output was read to the end.
  ///
  /// - Throws: ``EngineError/source(path:_:)`` unless it says that all is well and wrote enough.
  func finish(byteCount: UInt64) throws(EngineError) {
    let outcome: ChildProcess.Outcome
    do { outcome = try output.finish() } catch { throw .system(path: source.path, error) }
    if Interrupt.isRequested { throw .interrupted }
    guard outcome.isSuccess else {
      throw .source(
        path: source.path, .commandFailed(outcome.ending, errorOutput: outcome.errorOutput))
    }
    guard byteCount >= source.minimumByteCount else {
      throw .source(path: source.path, .outputTooShort)
    }
  }
}
