internal import CLinux
internal import Glibc
internal import Synchronization

/// The signal that arrived while the echo was off, or 0.
private let signalDuringPrompt = Atomic<Int32>(0)

/// The terminal, as far as a program without a screen needs one.
public enum Terminal {
  /// One of the standard streams.
  public enum Stream: Int32, Sendable {
    /// Standard input.
    case input = 0
    /// Standard output.
    case output = 1
    /// Standard error.
    case errors = 2
  }

  /// Whether `stream` is a terminal.
  public static func isTerminal(_ stream: Stream) -> Bool { isatty(stream.rawValue) == 1 }

  /// How many columns the terminal of `stream` has, or `nil` if it is none.
  public static func columnCount(_ stream: Stream) -> Int? {
    let width = shim_terminal_width(stream.rawValue)
    return width > 0 ? Int(width) : nil
  }

  /// Writes all of `bytes` to `stream`.
  public static func write(_ bytes: Span<UInt8>, to stream: Stream) throws(SystemError) {
    try unsafe bytes.withUnsafeBufferPointer { buffer throws(SystemError) in
      guard let base = buffer.baseAddress else { return }
      var done = 0
      while done < buffer.count {
        done += try attempt("write") {
          unsafe Glibc.write(stream.rawValue, base + done, buffer.count - done)
        }
      }
    }
  }

  /// Reads all of standard input.
  ///
  /// - Throws: ``SystemError/isTooLarge`` if there is more than `limitByteCount`.
  public static func readInput(limitByteCount: Int) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try attempt("read") {
        unsafe piece.withUnsafeMutableBytes { buffer in
          unsafe Glibc.read(Stream.input.rawValue, buffer.baseAddress, buffer.count)
        }
      }
      if count == 0 { return bytes }
      guard bytes.count + count <= limitByteCount else { throw SystemError("read", EFBIG) }
      bytes += piece[0..<count]
    }
  }

  /// Reads a line of standard input, as somebody types it.
  ///
  /// - Returns: The bytes without the line's end; nil when the input ended, or when somebody asked this
  ///   process to stop meanwhile.
  /// - Throws: ``SystemError/isTooLarge`` if it has more than `limitByteCount`.
  public static func readInputLine(limitByteCount: Int) throws(SystemError) -> [UInt8]? {
    var line: [UInt8] = []
    while !Interrupt.isRequested {
      var wait = pollfd(fd: Stream.input.rawValue, events: Int16(POLLIN), revents: 0)
      // A signal ends the wait, or comes just before it: so it has an end of its own.
      if unsafe poll(&wait, 1, 200) <= 0 { continue }
      var byte: UInt8 = 0
      let count = try attempt("read") { unsafe Glibc.read(Stream.input.rawValue, &byte, 1) }
      if count == 0 { return line.isEmpty ? nil : line }
      if byte == 0x0A { return line }
      guard line.count < limitByteCount else { throw SystemError("read", EFBIG) }
      line.append(byte)
    }
    return nil
  }

  /// The most bytes of a passphrase: what a terminal's line holds.
  public static let passphraseByteCountMax = 4095

  /// Shows `prompt` on the controlling terminal and reads a line without echo.
  ///
  /// The terminal is as before when this returns, throws, or the process is ended by a signal: that
  /// is delivered again afterwards. Call it before other threads are started: a signal that
  /// one of them gets would not end the wait.
  ///
  /// - Returns: The bytes without the line's end; the caller wipes them.
  /// - Throws: `ENXIO` without a controlling terminal; ``SystemError/isInterrupted`` after a signal
  ///   that did not end the process; ``SystemError/isTooLarge``; `ENODATA` if the input ended.
  public static func readPassphrase(prompt: String) throws(SystemError) -> [UInt8] {
    let terminal = try Descriptor.open(at: nil, Array("/dev/tty".utf8), .readWrite)
    var before = termios()
    _ = try attempt("tcgetattr", terminal) { unsafe tcgetattr($0, &before) }

    let handlers = try HeldSignals()
    var silent = before
    silent.c_lflag &= ~tcflag_t(ECHO | ECHONL)
    silent.c_lflag |= tcflag_t(ICANON | ISIG)
    let line: Result<[UInt8], SystemError>
    do {
      _ = try attempt("tcsetattr", terminal) { unsafe tcsetattr($0, TCSAFLUSH, &silent) }
      // Only now: what is typed as soon as the prompt shows is neither echoed nor thrown away.
      try terminal.write(Array(prompt.utf8).span)
      line = .success(try readLine(terminal, handlers))
    } catch {
      line = .failure(error)
    }
    // The most important line: whatever happened, the terminal echoes again.
    _ = try attempt("tcsetattr", terminal) { unsafe tcsetattr($0, TCSAFLUSH, &before) }
    try terminal.write([0x0A].span)
    handlers.restore()
    return try line.get()
  }

  private static func readLine(
    _ terminal: Descriptor, _ signals: borrowing HeldSignals
  ) throws(SystemError) -> [UInt8] {
    var line: [UInt8] = []
    // Room from the start, so that growing leaves no copies behind.
    line.reserveCapacity(passphraseByteCountMax + 1)
    while true {
      try signals.waitUntilReadable(terminal)
      var byte: UInt8 = 0
      let count = try attempt("read", terminal) { unsafe Glibc.read($0, &byte, 1) }
      if count == 0 {
        guard line.isEmpty else { return line }
        throw SystemError("read", ENODATA)
      }
      if byte == 0x0A { return line }
      guard line.count < passphraseByteCountMax else { throw SystemError("read", EFBIG) }
      line.append(byte)
    }
  }
}

/// Holds back the signals that would leave a terminal without echo, until it has it again.
private struct HeldSignals: ~Copyable {
  private static let numbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU]

  private var mask = sigset_t()
  private var actions: [sigaction] = []

  /// Blocks the signals of this thread and catches them: they come only inside a wait.
  init() throws(SystemError) {
    signalDuringPrompt.store(0, ordering: .relaxed)
    var held = sigset_t()
    unsafe sigemptyset(&held)
    for number in Self.numbers { unsafe sigaddset(&held, number) }
    unsafe pthread_sigmask(SIG_BLOCK, &held, &mask)
    for number in Self.numbers {
      var action = sigaction()
      unsafe action.__sigaction_handler.sa_handler = { number in
        signalDuringPrompt.store(number, ordering: .relaxed)
      }
      var before = sigaction()
      unsafe sigaction(number, &action, &before)
      actions.append(before)
    }
  }

  /// Waits for input; a held signal ends the wait.
  func waitUntilReadable(_ terminal: Descriptor) throws(SystemError) {
    try withExtendedLifetime(terminal) { () throws(SystemError) -> Void in
      let number = terminal.rawValue
      var open = mask
      for held in Self.numbers { unsafe sigdelset(&open, held) }
      while true {
        let result = unsafe shim_wait_until_readable(number, &open)
        let code = errno
        if signalDuringPrompt.load(ordering: .relaxed) != 0 {
          throw SystemError("ppoll", EINTR)
        }
        if result > 0 { return }
        if result < 0 && code != EINTR { throw SystemError("ppoll", code) }
      }
    }
  }

  /// Puts the old handlers back and delivers the signal that was caught.
  consuming func restore() {
    for (number, action) in zip(Self.numbers, actions) {
      var action = action
      unsafe sigaction(number, &action, nil)
    }
    let number = signalDuringPrompt.exchange(0, ordering: .relaxed)
    if number != 0 { raise(number) }
    var mask = mask
    unsafe pthread_sigmask(SIG_SETMASK, &mask, nil)
  }
}
