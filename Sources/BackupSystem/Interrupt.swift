internal import Glibc
internal import Synchronization

/// The number of the signal that asked to stop, or 0.
private let requestedSignal = Atomic<Int32>(0)

/// Whether somebody has asked this process to stop.
///
/// A first `SIGINT`, `SIGTERM` or `SIGHUP` only sets a flag, which the work looks at between
/// steps; a second one of the same kind ends the process at once.
public enum Interrupt {
  private static let signals = [SIGINT, SIGTERM, SIGHUP]

  /// Installs the handlers; a `SIGHUP` that is ignored (nohup) stays ignored.
  public static func install() throws(SystemError) {
    // Initialised here, so that the handler finds it made.
    requestedSignal.store(0, ordering: .relaxed)
    for number in signals {
      var before = sigaction()
      _ = try attempt("sigaction") { unsafe sigaction(number, nil, &before) }
      let isIgnored =
        unsafe unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self) == 1
      if number == SIGHUP && isIgnored { continue }
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { number in
        requestedSignal.store(number, ordering: .relaxed)
      }
      // SA_RESETHAND, so that the second one ends the process. No SA_RESTART: a wait ends.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
      _ = try attempt("sigaction") { unsafe sigaction(number, &action, nil) }
    }
  }

  /// Whether a signal asked this process to stop, or ``request()`` did.
  public static var isRequested: Bool { requestedSignal.load(ordering: .relaxed) != 0 }

  /// The signal that asked, or `nil`.
  public static var signalNumber: Int32? {
    let number = requestedSignal.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// Asks this process to stop, as `SIGTERM` would.
  public static func request() { requestedSignal.store(SIGTERM, ordering: .relaxed) }

  /// Forgets the request: for tests, and after it was answered.
  public static func clear() { requestedSignal.store(0, ordering: .relaxed) }
}
