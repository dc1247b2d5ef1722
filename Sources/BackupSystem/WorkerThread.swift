internal import CLinux
internal import Glibc

/// A named thread that runs one closure.
public final class WorkerThread<Value: Sendable>: Sendable {
  private let result: Monitor<Result<Value, any Error>?>

  /// Starts a thread that runs `body`.
  ///
  /// `name` is what `top -H` shows: its first 15 bytes. The thread's memory goes with it; nobody
  /// has to join.
  ///
  /// - Throws: `EAGAIN` if the system has no room for one more thread.
  public init(
    _ name: String, stackByteCount: Int = 1 << 20, _ body: @escaping @Sendable () throws -> Value
  ) throws(SystemError) {
    let result = Monitor<Result<Value, any Error>?>(nil)
    self.result = result
    try startThread(name, stackByteCount: stackByteCount) {
      let outcome = Result { try body() }
      result.withLock { $0 = outcome }
    }
  }

  /// Waits until the thread's closure has ended, and returns its value or its error.
  ///
  /// It may be called from several threads and more than once.
  public func join() -> Result<Value, any Error> {
    result.wait { $0 }
  }
}

/// Carries a closure through `pthread_create(3)`.
private final class ThreadStart: Sendable {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

private func startThread(
  _ name: String, stackByteCount: Int, _ body: @escaping @Sendable () -> Void
) throws(SystemError) {
  var attributes = pthread_attr_t()
  unsafe pthread_attr_init(&attributes)
  defer { unsafe pthread_attr_destroy(&attributes) }
  unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  let status = unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
  guard status == 0 else { throw SystemError("pthread_attr_setstacksize", status) }
  let start = unsafe Unmanaged.passRetained(ThreadStart(name: name, body: body))
  var thread = pthread_t()
  let created = unsafe pthread_create(
    &thread, &attributes,
    { argument in
      guard let argument = unsafe argument else { return nil }
      let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
      // The kernel cuts a name after 15 bytes.
      unsafe start.name.withCString { _ = unsafe shim_set_thread_name($0) }
      start.body()
      return nil
    }, start.toOpaque())
  guard created == 0 else {
    unsafe start.release()
    throw SystemError("pthread_create", created)
  }
}
