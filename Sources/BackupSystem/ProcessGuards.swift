internal import CLinux
internal import Glibc

/// What a process does once at its start to keep its secrets and to be a good neighbour.
public enum ProcessGuards {
  /// Forbids core dumps, and reading this process's memory by others of the same user.
  ///
  /// Sets `RLIMIT_CORE` to 0 and clears the dumpable flag (`prctl(2)`, `PR_SET_DUMPABLE`).
  public static func forbidCoreDumps() throws(SystemError) {
    _ = try attempt("setrlimit") { shim_forbid_cores() }
    _ = try attempt("prctl") { shim_forbid_dumps() }
  }

  /// Whether ``forbidCoreDumps()`` is in force.
  public static var areCoreDumpsForbidden: Bool {
    shim_are_cores_forbidden() != 0 && shim_is_dumpable() == 0
  }

  /// Raises the limit of open files to what the administrator allows.
  ///
  /// - Returns: The limit now.
  @discardableResult
  public static func raiseDescriptorLimit() throws(SystemError) -> Int64 {
    try attempt("setrlimit") { shim_raise_descriptor_limit() }
  }

  /// Makes freed buffers of 256 KiB and more go back to the system at once.
  public static func returnLargeBuffers() { shim_return_large_buffers() }

  /// Gives memory that is free back to the system, after much of it was let go.
  public static func returnFreeMemory() { shim_return_free_memory() }

  /// Sets the permission bits that new files never get.
  ///
  /// - Returns: The bits before.
  @discardableResult
  public static func setUmask(_ bits: UInt32) -> UInt32 { umask(bits & 0o777) }

  /// Opens `/dev/null` for each standard stream that the starter of this process closed.
  ///
  /// Otherwise the first files that are opened get their numbers, and what is said to people
  /// would be written into them.
  public static func openMissingStreams() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) < 0 {
      // The lowest free number is taken, which is this one.
      _ = unsafe open("/dev/null", number == 0 ? O_RDONLY : O_WRONLY)
    }
  }

  /// Makes a write that can't be done an error, not the process's end: to a closed pipe (`EPIPE`), or
  /// past the size that a file of this process may have (`EFBIG`).
  public static func ignoreWriteSignals() {
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }
}

/// How the kernel weighs this process against others.
public enum ProcessPriority {
  /// Yields to everybody else: nice 10, and the disk only when no other wants it.
  ///
  /// On Linux this is a property of the calling thread which new threads inherit: call it before
  /// any is started.
  public static func lower() throws(SystemError) {
    _ = try attempt("setpriority") { shim_set_nice(10) }
    do {
      _ = try attempt("ioprio_set") { shim_set_idle_disk_priority() }
    } catch {
      // Containers refuse it; the process is then only louder than it could be.
      guard error.isPermissionDenied || error.isUnsupported else { throw error }
    }
  }
}

/// The machine on which this process runs.
public enum Machine {
  /// How many processors this process may use, at least 1.
  public static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// The bytes of memory of this machine.
  public static var memoryByteCount: UInt64 {
    let pages = UInt64(clamping: sysconf(Int32(_SC_PHYS_PAGES)))
    return pages.multipliedReportingOverflow(by: UInt64(clamping: sysconf(Int32(_SC_PAGESIZE))))
      .partialValue
  }

  /// The machine's name in the network, as it knows it itself.
  public static func hostName() throws(SystemError) -> [UInt8] {
    var name = [CChar](repeating: 0, count: 256)
    _ = try attempt("gethostname") { unsafe gethostname(&name, name.count - 1) }
    return name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
  }

  /// The number of this process.
  public static var processNumber: Int32 { getpid() }

  /// Whether a process of this number runs, also one of another user.
  public static func isRunning(_ process: Int32) -> Bool {
    process > 0 && (kill(process, 0) == 0 || errno != ESRCH)
  }
}
