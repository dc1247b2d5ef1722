internal import Glibc
internal import Synchronization

/// An open file, directory or handle, which closes itself.
///
/// Every descriptor that this target opens is closed in programs that it starts (`O_CLOEXEC`).
/// It may be used from several threads; ``close()`` must not race with a use.
public final class Descriptor: Sendable {
  /// The kernel's number, or -1 once closed.
  private let number: Atomic<Int32>

  /// Takes over the open descriptor `number` and will close it.
  public init(adopting number: Int32) {
    precondition(number >= 0, "a descriptor is not negative")
    self.number = Atomic(number)
  }

  deinit {
    let open = number.load(ordering: .relaxed)
    if open >= 0 { _ = Glibc.close(open) }
  }

  /// The kernel's number, or -1 once closed: calls then fail with `EBADF`.
  public var rawValue: Int32 { number.load(ordering: .relaxed) }

  /// Closes now, and says what a network file system has to say about earlier writes.
  ///
  /// A second call does nothing. After an error the descriptor is closed all the same
  /// (`close(2)`: "the file descriptor is … closed early in the close operation").
  public func close() throws(SystemError) {
    let open = number.exchange(-1, ordering: .acquiringAndReleasing)
    guard open >= 0 else { return }
    if Glibc.close(open) != 0 {
      let code = errno
      if code != EINTR { throw SystemError("close", code) }
    }
  }

  /// Opens a second descriptor of the same open file, on the same offset.
  public func duplicate() throws(SystemError) -> Descriptor {
    try Descriptor(adopting: attempt("fcntl", self) { fcntl($0, F_DUPFD_CLOEXEC, 3) })
  }
}
