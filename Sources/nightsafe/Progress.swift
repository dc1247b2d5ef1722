import BackupEngine
import BackupSystem
import BackupVerifier
import Synchronization

/// Shows rate and amounts while a backup goes on, where a person sees it.
enum ProgressLine {
  static func during<Value>(_ body: (BackupProgress) throws -> Value) throws -> Value {
    let progress = BackupProgress()
    guard Terminal.isAttended else { return try body(progress) }
    let stop = Monitor(false)
    let start = SystemClock.monotonicNanoseconds()
    let thread = try WorkerThread("progress") {
      while stop.wait(forNanoseconds: 500_000_000, until: { $0 ? () : nil }) == nil {
        let elapsed = max(SystemClock.monotonicNanoseconds() - start, 1)
        let rate = UInt64(Double(progress.readByteCount) / Double(elapsed) * 1e9)
        var left = ""
        let done = progress.entryCount
        if let expected = progress.expectedEntryCount, done > 0, done < expected {
          let rest = Double(elapsed) / Double(done) * Double(expected - done)
          left = ", about \(Times.duration(nanoseconds: UInt64(rest))) left"
        }
        Terminal.progress(
          "\(done) entries, read \(Words.size(progress.readByteCount)) at "
            + "\(Words.size(rate))/s, stored \(Words.size(progress.sentByteCount))\(left)")
      }
    }
    defer {
      stop.withLock { $0 = true }
      _ = thread.join()
      Terminal.endProgress()
    }
    return try body(progress)
  }
}

/// One line that says how far something is, with its rate and the time left.
///
/// Nothing is shown where no person sees it. It may be told from several threads.
final class ProgressMeter: Sendable {
  /// Not more often than this: a tenth of a second.
  private static let pauseNanoseconds: UInt64 = 100_000_000

  private let isShown = Terminal.isAttended
  private let start = Mutex(SystemClock.monotonicNanoseconds())
  /// Guards the time of the last line, which several threads want to write.
  private let last = Mutex<UInt64>(0)

  /// Shows `what`, and how much of it is done.
  ///
  /// - Parameter total: All of its bytes; nil if nobody knows, and then no time left is shown.
  func show(_ what: String, byteCount: UInt64, of total: UInt64?) {
    guard isShown else { return }
    let now = SystemClock.monotonicNanoseconds()
    let isDue = last.withLock { last in
      guard last == 0 || now - last >= Self.pauseNanoseconds else { return false }
      last = now
      return true
    }
    guard isDue else { return }
    let elapsed = max(now - start.withLock { $0 }, 1)
    let rate = Double(byteCount) / Double(elapsed) * 1e9
    var line = "\(what), \(Words.size(byteCount))"
    if let total { line += " of \(Words.size(total))" }
    line += " at \(Words.size(UInt64(rate)))/s"
    if let total, rate > 0 {
      let left = Double(total > byteCount ? total - byteCount : 0) / rate
      line += ", about \(Times.duration(nanoseconds: UInt64(min(left, 1e9) * 1e9))) left"
    }
    Terminal.progress(line)
  }

  /// Begins to measure the rate anew.
  func restart() { start.withLock { $0 = SystemClock.monotonicNanoseconds() } }

  /// Takes the line away.
  func clear() { Terminal.endProgress() }
}

extension ProgressMeter {
  /// What a check with public keys tells.
  func show(_ progress: VerificationProgress) {
    switch progress.phase {
    case .blocks: show("reading blocks", byteCount: progress.done, of: progress.total)
    case .log, .objects, .packs:
      // They are small; the rate counts from the first block on.
      restart()
    }
  }
}
