/// The entries of a log whose signatures a reader checked and found good.
///
/// What is remembered of a log that was read to its end: checking a signature takes longer than all
/// else that is done with an entry, and what was good stays good as long as the bytes are the same.
/// That they are is what the root of the head says.
public struct CheckedSignatures: Hashable, Sendable {
  /// The log that was read: its size and root.
  public let head: LogHead
  /// The entries below that size that were void as a whole, ascending: their signatures may be bad,
  /// or were never looked at.
  public let exceptions: [Int]

  /// The most exceptions that are told apart; a log with more is checked whole each time.
  public static let exceptionCountMax = 500

  /// Names the entries; nil if the exceptions are too many, or not ascending numbers below the size.
  public init?(head: LogHead, exceptions: [Int]) {
    guard exceptions.count <= Self.exceptionCountMax,
      exceptions.allSatisfy({ 0..<head.size ~= $0 }),
      zip(exceptions, exceptions.dropFirst()).allSatisfy(<)
    else { return nil }
    self.head = head
    self.exceptions = exceptions
  }

  func contains(_ number: Int) -> Bool {
    number < head.size && !exceptions.contains(number)
  }
}

extension LogState {
  /// The entries whose signatures are known to be good by now; nil if too many are void.
  public var checkedSignatures: CheckedSignatures? {
    var exceptions: Set<Int> = []
    for case .voidEntry(let number, _) in findingsByEntry { exceptions.insert(number) }
    return CheckedSignatures(head: head, exceptions: exceptions.sorted())
  }

  func hasCheckedSignatures(_ number: Int) -> Bool { checked?.contains(number) ?? false }
}
