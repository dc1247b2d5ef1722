/// A state that threads change one at a time, and on whose changes others wait.
public final class Monitor<State: Sendable>: @unchecked Sendable {
  // Sendable unchecked: `state` and `waitingCount` are touched only while `lock` is held.
  @usableFromInline let lock = ConditionLock()
  @usableFromInline var state: State
  @usableFromInline var waitingCount = 0

  /// Creates a monitor.
  public init(_ state: State) { self.state = state }

  /// Lends the state to `body` and then wakes those who wait, so that they look again.
  ///
  /// `body` must not use this monitor.
  @inlinable
  public func withLock<Value, Failure: Error>(
    _ body: (inout State) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    lock.lock()
    defer {
      if waitingCount > 0 { lock.wakeAll(.first) }
      lock.unlock()
    }
    return try body(&state)
  }

  /// Waits until `body` returns a value, and returns that.
  ///
  /// `body` is asked now and after each ``withLock(_:)``; it may change the state when it
  /// returns a value, which wakes the others.
  @inlinable
  @discardableResult
  public func wait<Value>(until body: (inout State) -> Value?) -> Value {
    lock.lock()
    defer { lock.unlock() }
    while true {
      if let value = body(&state) {
        if waitingCount > 0 { lock.wakeAll(.first) }
        return value
      }
      waitingCount += 1
      lock.wait(.first)
      waitingCount -= 1
    }
  }

  /// Waits as ``wait(until:)`` does, but for `nanoseconds` at most.
  ///
  /// - Returns: `nil` when the time is over and `body` still has no value.
  @discardableResult
  public func wait<Value>(
    forNanoseconds nanoseconds: UInt64, until body: (inout State) -> Value?
  ) -> Value? {
    let sum = SystemClock.monotonicNanoseconds().addingReportingOverflow(nanoseconds)
    // Seconds must fit the kernel's signed ones.
    let deadline = sum.overflow ? UInt64(Int64.max) : min(sum.partialValue, UInt64(Int64.max))
    lock.lock()
    defer { lock.unlock() }
    var isInTime = true
    while true {
      if let value = body(&state) {
        if waitingCount > 0 { lock.wakeAll(.first) }
        return value
      }
      guard isInTime else { return nil }
      waitingCount += 1
      isInTime = lock.wait(.first, untilNanoseconds: deadline)
      waitingCount -= 1
    }
  }
}
