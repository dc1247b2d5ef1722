internal import BackupSystem
internal import BackupVerifier
internal import Synchronization

/// One line on the terminal that says how far a check is; nothing where there is no terminal.
final class ProgressLine: Sendable {
  /// Not more often than this: a tenth of a second.
  private static let pauseNanoseconds: UInt64 = 100_000_000

  private let isShown: Bool
  /// When the last line was shown, and when which part of the check began.
  private struct Times {
    var last: UInt64 = 0
    var phase: VerificationProgress.Phase?
    var start: UInt64 = 0
  }

  /// Guards the times, which several threads want to write.
  private let times = Mutex(Times())

  init(isShown: Bool) {
    self.isShown = isShown && Terminal.isTerminal(.errors)
  }

  @Sendable func show(_ progress: VerificationProgress) {
    guard isShown else { return }
    let now = SystemClock.monotonicNanoseconds()
    times.withLock { times in
      if times.phase != progress.phase {
        times.phase = progress.phase
        times.start = now
      } else if now - times.last < Self.pauseNanoseconds {
        return
      }
      times.last = now
      Console.showProgress(progress, elapsedNanoseconds: now - times.start)
    }
  }

  func clear() {
    if isShown { Console.clearProgress() }
  }
}
