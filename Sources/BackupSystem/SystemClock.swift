internal import CLinux
internal import Glibc

/// The machine's clocks.
public enum SystemClock {
  /// The wall clock: since 1970-01-01T00:00:00Z, without leap seconds.
  public static func now() -> FileTime {
    var time = timespec()
    let status = unsafe clock_gettime(CLOCK_REALTIME, &time)
    precondition(status == 0, "every Linux has a wall clock")
    return FileTime(time)
  }

  /// A clock that never goes back and stands while the machine sleeps: for durations only.
  public static func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    let status = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    precondition(status == 0, "every Linux has a monotonic clock")
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// A clock that nobody sets, and that goes on while the machine sleeps; it begins with each start.
  public static func bootNanoseconds() -> UInt64 {
    var time = timespec()
    let status = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    precondition(status == 0, "Linux has had this clock since 2.6.39")
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// What tells this start of the machine from others; nil where the kernel does not say.
  public static func bootID() -> [UInt8]? {
    let path = Array("/proc/sys/kernel/random/boot_id".utf8)
    // Without it two readings of that clock can't be compared.
    return try? Descriptor.open(at: nil, path, .readOnly).readToEnd(limitByteCount: 64)
      .filter { $0 != 0x0a }
  }

  /// Whether a time service keeps the wall clock right, as the kernel knows it (`adjtimex(2)`).
  ///
  /// - Returns: `nil` where the process may not ask.
  public static func isSynchronised() -> Bool? {
    let state = shim_clock_is_synchronised()
    return state < 0 ? nil : state == 1
  }

  /// Waits; a signal that asks to stop ends it early.
  public static func sleep(nanoseconds: UInt64) {
    var left = timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    var rest = timespec()
    while unsafe nanosleep(&left, &rest) != 0 && errno == EINTR {
      if Interrupt.isRequested { return }
      left = rest
    }
  }
}
