internal import Glibc

/// A mutex with two conditions on which threads wait: the part of queues that is not generic.
@safe
@usableFromInline
final class ConditionLock: Sendable {
  /// Which of the two conditions is meant.
  @usableFromInline
  enum Condition: Int {
    case first
    case second
  }

  /// Addresses of memory that lives as long as this object and never moves.
  private let mutex: UInt
  private let conditions: UInt

  @usableFromInline
  init() {
    let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    let status = unsafe pthread_mutex_init(mutex, nil)
    precondition(status == 0, "a mutex without attributes needs nothing that could be lacking")
    self.mutex = UInt(bitPattern: mutex)

    let conditions = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 2)
    var attributes = pthread_condattr_t()
    unsafe pthread_condattr_init(&attributes)
    // Waiting must not depend on someone setting the clock.
    unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    for index in 0..<2 {
      unsafe (conditions + index).initialize(to: pthread_cond_t())
      let status = unsafe pthread_cond_init(conditions + index, &attributes)
      precondition(status == 0, "a condition needs nothing that could be lacking")
    }
    unsafe pthread_condattr_destroy(&attributes)
    self.conditions = UInt(bitPattern: conditions)
  }

  deinit {
    for index in 0..<2 {
      if let condition = unsafe condition(index) { unsafe pthread_cond_destroy(condition) }
    }
    unsafe condition(0)?.deallocate()
    if let mutex = unsafe mutexPointer {
      unsafe pthread_mutex_destroy(mutex)
      unsafe mutex.deallocate()
    }
  }

  private var mutexPointer: UnsafeMutablePointer<pthread_mutex_t>? {
    unsafe UnsafeMutablePointer(bitPattern: mutex)
  }

  private func condition(_ index: Int) -> UnsafeMutablePointer<pthread_cond_t>? {
    unsafe UnsafeMutablePointer(
      bitPattern: conditions + UInt(index * MemoryLayout<pthread_cond_t>.stride))
  }

  @usableFromInline
  func lock() {
    let status = unsafe mutexPointer.map { unsafe pthread_mutex_lock($0) }
    precondition(status == 0, "a mutex is locked by a thread that does not hold it")
  }

  @usableFromInline
  func unlock() {
    let status = unsafe mutexPointer.map { unsafe pthread_mutex_unlock($0) }
    precondition(status == 0, "a mutex is unlocked by its holder")
  }

  /// Waits with the lock given up meanwhile; may return without cause.
  @usableFromInline
  func wait(_ which: Condition) {
    guard let condition = unsafe condition(which.rawValue), let mutex = unsafe mutexPointer else {
      return
    }
    unsafe pthread_cond_wait(condition, mutex)
  }

  /// Waits until `deadline` of the monotonic clock at most; may return without cause.
  ///
  /// - Returns: Whether the deadline has not passed.
  @usableFromInline
  func wait(_ which: Condition, untilNanoseconds deadline: UInt64) -> Bool {
    guard let condition = unsafe condition(which.rawValue), let mutex = unsafe mutexPointer else {
      return false
    }
    var time = timespec(
      tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    return unsafe pthread_cond_timedwait(condition, mutex, &time) != ETIMEDOUT
  }

  @usableFromInline
  func wakeOne(_ which: Condition) {
    if let condition = unsafe condition(which.rawValue) { unsafe pthread_cond_signal(condition) }
  }

  @usableFromInline
  func wakeAll(_ which: Condition) {
    if let condition = unsafe condition(which.rawValue) { unsafe pthread_cond_broadcast(condition) }
  }
}
