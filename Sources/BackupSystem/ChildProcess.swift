internal import CLinux
internal import Glibc

/// A program that is run once and waited for: a passphrase command, a hook.
///
/// No shell is involved. The program gets only the three standard descriptors, default signal
/// handlers and no blocked signals.
public struct ChildProcess: Sendable {
  /// What becomes of the program's standard error.
  public enum ErrorOutput: Hashable, Sendable {
    /// It goes where ours goes.
    case inherited
    /// Nobody sees it.
    case discarded
    /// It is returned, up to the same limit as the output.
    case captured
  }

  /// The program, found by `PATH` unless it holds a "/", and its arguments.
  public var arguments: [[UInt8]]
  /// The variables as "NAME=value"; `nil` hands ours on.
  public var environment: [[UInt8]]?
  /// What the program reads; `nil` is an input that is empty.
  public var standardInput: [UInt8]?
  /// How many bytes of output are kept; a program that writes more is ended.
  public var outputByteCountLimit: Int
  /// What becomes of standard error.
  public var errorOutput: ErrorOutput
  /// After how many milliseconds the program is ended; `nil` waits as long as it takes.
  public var timeLimitMilliseconds: Int?
  /// Whether the program and what it starts form a group that is ended together.
  ///
  /// Such a program cannot ask at the terminal.
  public var hasOwnGroup: Bool

  /// Describes a program to be run.
  public init(
    arguments: [[UInt8]], environment: [[UInt8]]? = nil, standardInput: [UInt8]? = nil,
    outputByteCountLimit: Int = 64 << 10, errorOutput: ErrorOutput = .inherited,
    timeLimitMilliseconds: Int? = nil, hasOwnGroup: Bool = false
  ) {
    self.arguments = arguments
    self.environment = environment
    self.standardInput = standardInput
    self.outputByteCountLimit = outputByteCountLimit
    self.errorOutput = errorOutput
    self.timeLimitMilliseconds = timeLimitMilliseconds
    self.hasOwnGroup = hasOwnGroup
  }

  /// How the program ended.
  public enum Ending: Hashable, Sendable {
    /// It returned this status; 0 is success.
    case exited(status: Int32)
    /// A signal ended it.
    case signalled(number: Int32)
    /// It was ended because it took too long.
    case timedOut
    /// It was ended because it wrote more than the limit.
    case wroteTooMuch
  }

  /// What a program left behind.
  public struct Outcome: Hashable, Sendable {
    /// How it ended.
    public let ending: Ending
    /// What it wrote to standard output.
    public let output: [UInt8]
    /// What it wrote to standard error, if that was captured.
    public let errorOutput: [UInt8]

    /// Whether the program returned status 0.
    public var isSuccess: Bool { ending == .exited(status: 0) }
  }

  /// Starts the program and waits for its end.
  ///
  /// - Throws: The error of `posix_spawn(3)`, as ``SystemError/isNotFound``; of pipes.
  public func run() throws(SystemError) -> Outcome {
    try ignoringBrokenPipes { () throws(SystemError) -> Outcome in
      let input = try standardInput == nil ? nil : Pipe()
      let output = try Pipe()
      let errors = try errorOutput == .captured ? Pipe() : nil
      let process = try spawn(input: input, output: output, errors: errors)
      var exchange = Exchange(process: process, isGroup: hasOwnGroup)
      exchange.outputByteCountLimit = outputByteCountLimit
      exchange.start = SystemClock.monotonicNanoseconds()
      exchange.timeLimitMilliseconds = timeLimitMilliseconds
      try input?.reading.close()
      try output.writing.close()
      try errors?.writing.close()
      return try exchange.run(
        input: input?.writing, bytes: standardInput ?? [], output: output.reading,
        errors: errors?.reading)
    }
  }

  /// Both ends of a pipe.
  struct Pipe {
    let reading: Descriptor
    let writing: Descriptor

    init() throws(SystemError) {
      var ends: [Int32] = [-1, -1]
      _ = try attempt("pipe2") { unsafe shim_pipe2(&ends, O_CLOEXEC) }
      reading = Descriptor(adopting: ends[0])
      writing = Descriptor(adopting: ends[1])
    }
  }

  /// A program that does not read its input must not end this process by `SIGPIPE`.
  private func ignoringBrokenPipes(
    _ body: () throws(SystemError) -> Outcome
  ) throws(SystemError) -> Outcome {
    var blocked = sigset_t()
    var before = sigset_t()
    unsafe sigemptyset(&blocked)
    unsafe sigaddset(&blocked, SIGPIPE)
    unsafe pthread_sigmask(SIG_BLOCK, &blocked, &before)
    defer {
      // Takes back what a write of this thread may have caused, then restores the mask.
      var none = timespec()
      if unsafe sigismember(&before, SIGPIPE) == 0 {
        while unsafe sigtimedwait(&blocked, nil, &none) == SIGPIPE {}
      }
      unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    }
    return try body()
  }
}
