internal import BackupSystem
internal import BackupVerifier
internal import Synchronization

/// One line on the terminal that says how far a check is; nothing where there is no terminal.
final class ProgressLine: Sendable {
  /// Not more often than this: a tenth of a second.
  private static let pauseNanoseconds: UInt64 = 100_000_000

  private let isShown: Bool
  /// Guards the time of the last line, which several threads want to write.
  private let last = Mutex<UInt64>(0)

  init(isShown: Bool) {
    self.isShown = isShown && Terminal.isTerminal(.errors)
  }

  @Sendable func show(_ progress: VerificationProgress) {
    guard isShown else { return }
    let now = SystemClock.monotonicNanoseconds()
    last.withLock { last in
      if now - last < Self.pauseNanoseconds { return }
      last = now
      Console.showProgress(progress)
    }
  }

  func clear() {
    if isShown { Console.clearProgress() }
  }
}
