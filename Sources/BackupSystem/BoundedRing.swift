/// A queue of fixed capacity between threads: who pushes waits for room, who pops for elements.
///
/// Elements leave in the order in which they came. ``close()`` says that no more will come;
/// ``fail(_:)`` ends both sides at once. Push and pop cost one lock each and allocate nothing.
public final class BoundedRing<Element: Sendable>: @unchecked Sendable {
  // Sendable unchecked: every variable below is touched only while `lock` is held.
  @usableFromInline let lock = ConditionLock()
  @usableFromInline var slots: [Element?]
  @usableFromInline var start = 0
  @usableFromInline var count = 0
  @usableFromInline var isClosed = false
  @usableFromInline var error: (any Error)?
  @usableFromInline var waitingForRoomCount = 0
  @usableFromInline var waitingForElementCount = 0

  /// Creates an empty ring that holds `capacity` elements at most.
  public init(capacity: Int) {
    precondition(capacity > 0, "a ring holds at least one element")
    slots = Array(repeating: nil, count: capacity)
  }

  /// Appends `element`, after waiting for room if need be.
  ///
  /// - Returns: `false` if the ring is closed or has failed: the element was not taken.
  @inlinable
  public func push(_ element: Element) -> Bool {
    lock.lock()
    defer { lock.unlock() }
    while count == slots.count && !isClosed {
      waitingForRoomCount += 1
      lock.wait(.first)
      waitingForRoomCount -= 1
    }
    if isClosed { return false }
    var index = start + count
    if index >= slots.count { index -= slots.count }
    slots[index] = element
    count += 1
    if waitingForElementCount > 0 { lock.wakeOne(.second) }
    return true
  }

  /// Takes the oldest element, after waiting for one if need be.
  ///
  /// - Returns: `nil` once the ring is closed and empty, or has failed; see ``failure``.
  @inlinable
  public func pop() -> Element? {
    lock.lock()
    defer { lock.unlock() }
    while count == 0 && !isClosed {
      waitingForElementCount += 1
      lock.wait(.second)
      waitingForElementCount -= 1
    }
    return takeFirst()
  }

  /// Takes the oldest element if there is one now.
  @inlinable
  public func popIfAvailable() -> Element? {
    lock.lock()
    defer { lock.unlock() }
    return takeFirst()
  }

  @inlinable
  func takeFirst() -> Element? {
    if count == 0 { return nil }
    let element = slots[start].take()
    start += 1
    if start == slots.count { start = 0 }
    count -= 1
    if waitingForRoomCount > 0 { lock.wakeOne(.first) }
    return element
  }

  /// Says that no element will follow; what is in the ring can still be popped.
  public func close() {
    lock.lock()
    defer { lock.unlock() }
    isClosed = true
    lock.wakeAll(.first)
    lock.wakeAll(.second)
  }

  /// Ends both sides with `error` and drops what is in the ring; the first error stays.
  public func fail(_ error: any Error) {
    lock.lock()
    defer { lock.unlock() }
    if self.error == nil { self.error = error }
    for index in slots.indices { slots[index] = nil }
    count = 0
    start = 0
    isClosed = true
    lock.wakeAll(.first)
    lock.wakeAll(.second)
  }

  /// The error of the first ``fail(_:)``.
  public var failure: (any Error)? {
    lock.lock()
    defer { lock.unlock() }
    return error
  }

  /// How many elements wait to be popped: a figure for progress, old when it is read.
  public var elementCount: Int {
    lock.lock()
    defer { lock.unlock() }
    return count
  }
}
