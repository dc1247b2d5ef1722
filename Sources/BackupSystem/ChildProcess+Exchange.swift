internal import CLinux
internal import Glibc

extension ChildProcess {
  /// The talk with a running program until its end.
  struct Exchange {
    /// The bytes of a pipe that one step reads.
    private static let stepByteCount = 16 << 10
    /// How long an ended program may clean up before it is killed.
    private static let graceMilliseconds = 2000
    /// How long one wait is at most, so that the end is seen where the kernel has no handle on it.
    private static let waitMilliseconds: Int32 = 50

    let process: pid_t
    let isGroup: Bool
    var outputByteCountLimit = 0
    var timeLimitMilliseconds: Int?
    var start: UInt64 = 0
    private var output: [UInt8] = []
    private var errors: [UInt8] = []
    private var forced: Ending?
    private var forcedAt: UInt64 = 0
    private var status: Int32?

    init(process: pid_t, isGroup: Bool) {
      self.process = process
      self.isGroup = isGroup
    }

    /// Feeds and drains the program until it has ended.
    ///
    /// A program of the program that keeps the output open is not waited for.
    mutating func run(
      input: Descriptor?, bytes: [UInt8], output outputPipe: Descriptor,
      errors errorPipe: Descriptor?
    ) throws(SystemError) -> Outcome {
      let handle = try? Descriptor(adopting: attempt("pidfd_open") { shim_pidfd_open(process) })
      var input = input
      var written = 0
      var isOutputOpen = true
      var areErrorsOpen = errorPipe != nil
      do {
        for pipe in [input, outputPipe, errorPipe] {
          if let pipe { _ = try attempt("fcntl", pipe) { fcntl($0, F_SETFL, O_NONBLOCK) } }
        }
        while true {
          try reap()
          if let input, written == bytes.count || status != nil { try input.close() }
          if written == bytes.count || status != nil { input = nil }
          if isOutputOpen { isOutputOpen = try drain(outputPipe, into: \.output) }
          if areErrorsOpen, let errorPipe { areErrorsOpen = try drain(errorPipe, into: \.errors) }
          if status != nil { break }
          enforceLimits()
          if let pipe = input {
            written += try feed(pipe, bytes, from: written)
            if written < 0 { written = bytes.count }
          }
          try wait(
            handle, reading: [isOutputOpen ? outputPipe : nil, areErrorsOpen ? errorPipe : nil],
            writing: written < bytes.count ? input : nil)
        }
      } catch {
        kill(SIGKILL)
        // The program is gone; its status does not matter any more.
        while status == nil { try reap(waiting: true) }
        throw error
      }
      return Outcome(ending: ending, output: output, errorOutput: errors)
    }

    private var ending: Ending {
      if let forced { return forced }
      let bits = status ?? 0
      let number = bits & 0x7F
      return number == 0 ? .exited(status: (bits >> 8) & 0xFF) : .signalled(number: number)
    }

    private mutating func reap(waiting: Bool = false) throws(SystemError) {
      guard status == nil else { return }
      if forced != nil, isGroup { killGroupOf(process) }
      var bits: Int32 = 0
      let result = try attempt("waitpid") { unsafe waitpid(process, &bits, waiting ? 0 : WNOHANG) }
      if result == process { status = bits }
    }

    /// Reads what there is.
    ///
    /// - Returns: Whether more may come.
    private mutating func drain(
      _ pipe: Descriptor, into target: WritableKeyPath<Exchange, [UInt8]>
    ) throws(SystemError) -> Bool {
      var step = [UInt8](repeating: 0, count: Self.stepByteCount)
      while true {
        let count: Int
        do {
          var span = step.mutableSpan
          count = try pipe.read(into: &span)
        } catch {
          guard error.wouldBlock else { throw error }
          return true
        }
        if count == 0 { return false }
        let room = outputByteCountLimit - self[keyPath: target].count
        self[keyPath: target].append(contentsOf: step.prefix(min(room, count)))
        if count > room {
          force(.wroteTooMuch)
          return false
        }
      }
    }

    /// Writes what the pipe takes.
    ///
    /// - Returns: How much it took; all if the program does not read any more.
    private func feed(
      _ pipe: Descriptor, _ bytes: [UInt8], from start: Int
    ) throws(SystemError) -> Int {
      do {
        return try unsafe bytes.withUnsafeBufferPointer { buffer throws(SystemError) in
          guard let base = buffer.baseAddress else { return 0 }
          return try attempt("write", pipe) {
            unsafe Glibc.write($0, base + start, buffer.count - start)
          }
        }
      } catch {
        if error.wouldBlock { return 0 }
        guard error.code == EPIPE else { throw error }
        return bytes.count - start
      }
    }

    private mutating func enforceLimits() {
      let now = SystemClock.monotonicNanoseconds()
      if forced == nil {
        if let limit = timeLimitMilliseconds, (now - start) / 1_000_000 >= UInt64(clamping: limit) {
          force(.timedOut)
        }
      } else if (now - forcedAt) / 1_000_000 >= UInt64(Self.graceMilliseconds) {
        kill(SIGKILL)
      }
    }

    private mutating func force(_ ending: Ending) {
      guard forced == nil else { return }
      forced = ending
      forcedAt = SystemClock.monotonicNanoseconds()
      kill(SIGTERM)
    }

    /// Signals the program, which has not been waited for: its number is still its own.
    private func kill(_ number: Int32) {
      guard status == nil else { return }
      _ = Glibc.kill(isGroup ? -process : process, number)
    }

    private func wait(
      _ handle: Descriptor?, reading: [Descriptor?], writing: Descriptor?
    ) throws(SystemError) {
      var polled: [pollfd] = []
      for descriptor in [handle] + reading {
        guard let descriptor else { continue }
        polled.append(pollfd(fd: descriptor.rawValue, events: Int16(POLLIN), revents: 0))
      }
      if let writing {
        polled.append(pollfd(fd: writing.rawValue, events: Int16(POLLOUT), revents: 0))
      }
      try withExtendedLifetime((handle, reading, writing)) { () throws(SystemError) -> Void in
        _ = try attempt("poll") {
          unsafe poll(&polled, nfds_t(polled.count), Self.waitMilliseconds)
        }
      }
    }
  }
}
