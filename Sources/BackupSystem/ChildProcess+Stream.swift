internal import CLinux
internal import Glibc

extension ChildProcess {
  /// Starts the program and hands out its output while it runs, without keeping it.
  ///
  /// ``outputByteCountLimit`` then bounds only what is kept of standard error: its first bytes. The
  /// program has an empty input and a group of its own.
  public func stream() throws(SystemError) -> OutputStream {
    var program = self
    program.hasOwnGroup = true
    program.errorOutput = .captured
    let output = try Pipe()
    let errors = try Pipe()
    let process = try program.spawn(input: nil, output: output, errors: errors)
    let stream = OutputStream(
      process: process, output: output.reading, errors: errors.reading,
      errorByteCountLimit: outputByteCountLimit, timeLimitMilliseconds: timeLimitMilliseconds)
    try output.writing.close()
    try errors.writing.close()
    for pipe in [output.reading, errors.reading] {
      _ = try attempt("fcntl", pipe) { fcntl($0, F_SETFL, O_NONBLOCK) }
    }
    return stream
  }

  /// What a running program writes; it belongs to one thread.
  ///
  /// One that goes away before its end was seen kills the program and its group.
  public final class OutputStream {
    /// How long an ended program may clean up before it is killed.
    private static let graceMilliseconds: UInt64 = 2000
    /// How long one wait is at most, so that the end is seen where the kernel has no handle on it.
    private static let waitMilliseconds: Int32 = 50

    private let process: pid_t
    private let output: Descriptor
    private let errors: Descriptor
    private let errorByteCountLimit: Int
    private let deadline: UInt64?
    private var errorOutput: [UInt8] = []
    private var isOutputOpen = true
    private var areErrorsOpen = true
    private var status: Int32?
    private var endedAt: UInt64?

    init(
      process: pid_t, output: Descriptor, errors: Descriptor, errorByteCountLimit: Int,
      timeLimitMilliseconds: Int?
    ) {
      self.process = process
      self.output = output
      self.errors = errors
      self.errorByteCountLimit = errorByteCountLimit
      deadline = timeLimitMilliseconds.map {
        SystemClock.monotonicNanoseconds() + UInt64(clamping: $0) * 1_000_000
      }
    }

    deinit { end() }

    /// Fills `bytes` with what the program writes next.
    ///
    /// - Returns: How much there was: less than was asked for only at the end, or when this process
    ///   is asked to stop.
    public func read(into bytes: inout MutableSpan<UInt8>) throws(SystemError) -> Int {
      var filled = 0
      while filled < bytes.count, isOutputOpen {
        // Before the read: what an ended program wrote is all there.
        try reap()
        enforceLimit()
        if endedAt != nil || Interrupt.isRequested { break }
        do {
          var rest = bytes._mutatingExtracting(filled..<bytes.count)
          let count = try output.read(into: &rest)
          if count == 0 { isOutputOpen = false }
          filled += count
        } catch {
          guard error.wouldBlock else { throw error }
          // A program of the program that keeps the output open is not waited for.
          if status != nil { isOutputOpen = false } else { try wait() }
        }
        try drainErrors()
      }
      return filled
    }

    /// Waits for the program's end, or ends it when its time is up.
    public func finish() throws(SystemError) -> Outcome {
      while status == nil {
        if Interrupt.isRequested { end() }
        try reap()
        enforceLimit()
        try drainErrors()
        if status == nil { try wait() }
      }
      try drainErrors()
      return Outcome(ending: ending, output: [], errorOutput: errorOutput)
    }

    private var ending: Ending {
      if endedAt != nil { return .timedOut }
      let bits = status ?? 0
      let number = bits & 0x7F
      return number == 0 ? .exited(status: (bits >> 8) & 0xFF) : .signalled(number: number)
    }

    private func reap() throws(SystemError) {
      guard status == nil else { return }
      if endedAt != nil { killGroupOf(process) }
      var bits: Int32 = 0
      let result = try attempt("waitpid") { unsafe waitpid(process, &bits, WNOHANG) }
      if result == process { status = bits }
    }

    private func enforceLimit() {
      guard status == nil, let deadline else { return }
      let now = SystemClock.monotonicNanoseconds()
      if let endedAt {
        if (now - endedAt) / 1_000_000 >= Self.graceMilliseconds { _ = kill(-process, SIGKILL) }
      } else if now >= deadline {
        endedAt = now
        _ = kill(-process, SIGTERM)
      }
    }

    /// Ends the program without grace: nobody wants its output any more.
    private func end() {
      guard status == nil else { return }
      _ = kill(-process, SIGKILL)
      var bits: Int32 = 0
      while unsafe waitpid(process, &bits, 0) == -1, errno == EINTR {}
      status = bits
    }

    private func drainErrors() throws(SystemError) {
      var step = [UInt8](repeating: 0, count: 4096)
      while areErrorsOpen {
        do {
          var span = step.mutableSpan
          let count = try errors.read(into: &span)
          if count == 0 { areErrorsOpen = false }
          let room = max(0, errorByteCountLimit - errorOutput.count)
          errorOutput.append(contentsOf: step.prefix(min(room, count)))
        } catch {
          guard error.wouldBlock else { throw error }
          return
        }
      }
    }

    private func wait() throws(SystemError) {
      var polled: [pollfd] = []
      if isOutputOpen, endedAt == nil {
        polled.append(pollfd(fd: output.rawValue, events: Int16(POLLIN), revents: 0))
      }
      if areErrorsOpen {
        polled.append(pollfd(fd: errors.rawValue, events: Int16(POLLIN), revents: 0))
      }
      try withExtendedLifetime((output, errors)) { () throws(SystemError) -> Void in
        _ = try attempt("poll") {
          unsafe poll(&polled, nfds_t(polled.count), Self.waitMilliseconds)
        }
      }
    }
  }
}

/// Kills what is left of the group of a program that was told to end and has ended, before it is
/// waited for: until then its number is still its own.
func killGroupOf(_ process: pid_t) {
  var info = unsafe siginfo_t()
  let flags = WEXITED | WNOHANG | WNOWAIT
  guard unsafe waitid(P_PID, id_t(process), &info, flags) == 0,
    unsafe info.si_signo == SIGCHLD
  else {
    return
  }
  _ = kill(-process, SIGKILL)
}
