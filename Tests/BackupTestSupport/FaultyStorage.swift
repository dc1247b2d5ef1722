public import BackupStorage
internal import Synchronization

/// A storage that fails on purpose, over any other.
///
/// Without faults it behaves as the storage that it wraps.
public final class FaultyStorage: Storage {
  /// A kind of call.
  public enum Call: String, Hashable, Sendable, CaseIterable {
    /// A whole read.
    case read
    /// A ranged read.
    case readRange
    /// A question for a size.
    case byteCount
    /// A listing.
    case list
    /// A put of a whole object.
    case put
    /// The begin of a writer.
    case makeWriter
    /// A writer's append.
    case append
    /// A writer's finish.
    case finish
    /// A barrier.
    case barrier
    /// A removal.
    case remove
    /// A replacement.
    case replace
    /// A question for free space.
    case freeByteCount
    /// A request to forget.
    case forgetCached

    /// Whether the call changes the storage or makes a change last.
    public var isChange: Bool {
      switch self {
      case .put, .append, .finish, .barrier, .remove, .replace, .makeWriter: true
      case .read, .readRange, .byteCount, .list, .freeByteCount, .forgetCached: false
      }
    }
  }

  /// A call that was made.
  public struct Record: Hashable, Sendable {
    /// Its kind.
    public let call: Call
    /// The object that it was about.
    public let key: StorageKey?
  }

  /// What strikes at a call.
  public enum Fault: String, Hashable, Sendable, CaseIterable {
    /// The process ends: this call and every later one throw.
    case crash
    /// The same, and what no barrier covered is gone (``FaultyStorage/loseUnsynced()``).
    case powerLoss
    /// This one call fails.
    case inputOutput
    /// This one call does its work, and its answer is lost.
    case lostAnswer
  }

  /// What every call throws after the crash.
  public static let crashError = StorageError.inputOutput(call: "crashed", code: 5, nil)

  private struct State {
    var records: [Record] = []
    var counts: [Call: Int] = [:]
    var failures: [Call: [Int: StorageError]] = [:]
    var failuresOfObjects: [Record: StorageError] = [:]
    var outcomesUnknown: [Call: Set<Int>] = [:]
    var torn: [Int: Int] = [:]
    var changesBeforeCrash: Int?
    var hasCrashed = false
    var strike: (fault: Fault, number: Int)?
    var hasStruck = false
    /// How to undo what happened since the last barrier, in order.
    var undo: [(key: StorageKey, before: [UInt8]?)] = []
    var keepsUndo = false
  }

  private let inner: any Storage
  /// Guards the plan of faults and the record of calls.
  private let state = Mutex(State())
  /// The largest object of which ``loseUnsynced()`` can undo the removal: 64 MiB.
  private static let undoByteCountMax = 64 << 20

  /// Wraps `inner`.
  ///
  /// - Parameters:
  ///   - inner: The storage that does the work.
  ///   - keepsUndo: Whether ``loseUnsynced()`` will be called; it makes removals read first.
  public init(_ inner: any Storage, keepsUndo: Bool = false) {
    self.inner = inner
    state.withLock { $0.keepsUndo = keepsUndo }
  }

  /// Where the storage is.
  public var location: String { "faulty " + inner.location }

  /// Makes the `number`-th call of this kind from now on throw `error`; 1 is the next.
  public func fail(_ call: Call, number: Int = 1, with error: StorageError) {
    state.withLock { state in
      state.failures[call, default: [:]][state.counts[call, default: 0] + number] = error
    }
  }

  /// Makes the next call of this kind about `key` throw `error`.
  public func fail(_ call: Call, of key: StorageKey, with error: StorageError) {
    state.withLock { $0.failuresOfObjects[Record(call: call, key: key)] = error }
  }

  /// Makes the `number`-th call of this kind do its work and throw ``StorageError/unreachable``
  /// all the same: an answer that was lost on its way.
  public func loseAnswer(_ call: Call, number: Int = 1) {
    state.withLock { state in
      _ = state.outcomesUnknown[call, default: []].insert(
        state.counts[call, default: 0] + number)
    }
  }

  /// Makes the `number`-th put store only its first bytes and throw.
  ///
  /// No storage may do that; a reader must find it all the same.
  public func tearPut(number: Int = 1, keepingByteCount: Int) {
    state.withLock { state in
      state.torn[state.counts[.put, default: 0] + number] = keepingByteCount
    }
  }

  /// Makes every call throw ``crashError`` once `count` more changes were made.
  public func crash(afterChanges count: Int) {
    state.withLock { $0.changesBeforeCrash = count }
  }

  /// Makes a fault strike at the `number`-th call from now on, whatever it is; 1 is the next.
  public func strike(_ fault: Fault, atCall number: Int) {
    state.withLock { state in
      state.strike = (fault, state.records.count + number)
      state.hasStruck = false
    }
  }

  /// Whether what was planned by ``strike(_:atCall:)`` has struck.
  public var hasStruck: Bool { state.withLock { $0.hasStruck } }

  /// Undoes everything since the last barrier, as a power failure may; then heals the storage.
  public func loseUnsynced() throws(StorageError) {
    let undo = state.withLock { state in
      let undo = state.undo
      state.undo = []
      state.hasCrashed = false
      state.changesBeforeCrash = nil
      return undo
    }
    for step in undo.reversed() {
      if let before = step.before {
        try inner.replace(step.key, with: before.span)
      } else {
        try inner.remove(step.key)
      }
    }
  }

  /// Takes back all faults.
  public func heal() {
    state.withLock { state in
      state.failures = [:]
      state.failuresOfObjects = [:]
      state.outcomesUnknown = [:]
      state.torn = [:]
      state.changesBeforeCrash = nil
      state.hasCrashed = false
      state.strike = nil
      state.undo = []
    }
  }

  /// All calls so far, those that failed too.
  public var records: [Record] { state.withLock { $0.records } }

  /// How many changes were asked for so far: where a crash can be put.
  public var changeCount: Int { records.count { $0.call.isChange } }

  /// Records a call and throws if a fault is due.
  ///
  /// - Returns: Whether the answer is to be lost.
  fileprivate func begin(_ call: Call, _ key: StorageKey?) throws(StorageError) -> Bool {
    try state.withLock { state throws(StorageError) in
      state.records.append(Record(call: call, key: key))
      let number = state.counts[call, default: 0] + 1
      state.counts[call] = number
      if state.hasCrashed { throw Self.crashError }
      if let strike = state.strike, strike.number == state.records.count {
        state.hasStruck = true
        switch strike.fault {
        case .crash, .powerLoss:
          state.hasCrashed = true
          throw Self.crashError
        case .inputOutput: throw .inputOutput(call: call.rawValue, code: 5, key)
        case .lostAnswer: return true
        }
      }
      if call.isChange, let left = state.changesBeforeCrash {
        if left == 0 {
          state.hasCrashed = true
          throw Self.crashError
        }
        state.changesBeforeCrash = left - 1
      }
      if let error = state.failures[call]?.removeValue(forKey: number) { throw error }
      if let error = state.failuresOfObjects.removeValue(forKey: Record(call: call, key: key)) {
        throw error
      }
      return state.outcomesUnknown[call]?.remove(number) != nil
    }
  }

  fileprivate func end(_ losesAnswer: Bool) throws(StorageError) {
    if losesAnswer { throw .unreachable }
  }

  fileprivate func noteCreated(_ key: StorageKey) {
    state.withLock { state in
      if state.keepsUndo { state.undo.append((key, nil)) }
    }
  }

  private func noteBefore(_ key: StorageKey) throws(StorageError) {
    guard state.withLock({ $0.keepsUndo }) else { return }
    do {
      let before = try inner.read(key, limitByteCount: Self.undoByteCountMax)
      state.withLock { $0.undo.append((key, before)) }
    } catch {
      guard error.isNotFound else { throw error }
    }
  }

  /// Reads a whole object, or fails.
  public func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8] {
    let losesAnswer = try begin(.read, key)
    let bytes = try inner.read(key, limitByteCount: limitByteCount)
    try end(losesAnswer)
    return bytes
  }

  /// Fills `bytes`, or fails.
  public func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError) {
    let losesAnswer = try begin(.readRange, key)
    try inner.read(key, at: offset, into: &bytes)
    try end(losesAnswer)
  }

  /// The size of an object, or a failure.
  public func byteCount(of key: StorageKey) throws(StorageError) -> UInt64? {
    let losesAnswer = try begin(.byteCount, key)
    let count = try inner.byteCount(of: key)
    try end(losesAnswer)
    return count
  }

  /// Lists, or fails.
  public func list(_ prefix: String) throws(StorageError) -> StorageListing {
    let losesAnswer = try begin(.list, nil)
    let listing = try inner.list(prefix)
    try end(losesAnswer)
    return listing
  }

  /// Puts, tears or fails.
  public func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    let losesAnswer = try begin(.put, key)
    let kept = state.withLock { state in
      state.torn.removeValue(forKey: state.counts[.put, default: 0])
    }
    if let kept {
      if try inner.put(key, bytes.extracting(..<min(kept, bytes.count))) == .created {
        noteCreated(key)
      }
      throw .unreachable
    }
    let outcome = try inner.put(key, bytes)
    if outcome == .created { noteCreated(key) }
    try end(losesAnswer)
    return outcome
  }

  /// Begins a writer that fails as this storage does, or fails.
  public func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter {
    let losesAnswer = try begin(.makeWriter, key)
    let writer = try inner.makeWriter(for: key)
    try end(losesAnswer)
    return Writer(storage: self, inner: writer)
  }

  /// Hands on; what was put here lasts with the next barrier only.
  public func settle(_ folder: String) throws(StorageError) { try inner.settle(folder) }

  /// Makes what was put last, or fails.
  public func barrier() throws(StorageError) {
    let losesAnswer = try begin(.barrier, nil)
    try inner.barrier()
    state.withLock { $0.undo = [] }
    try end(losesAnswer)
  }

  /// Removes, or fails.
  public func remove(_ key: StorageKey) throws(StorageError) {
    let losesAnswer = try begin(.remove, key)
    try noteBefore(key)
    try inner.remove(key)
    try end(losesAnswer)
  }

  /// Replaces, or fails.
  public func replace(_ key: StorageKey, with bytes: Span<UInt8>) throws(StorageError) {
    let losesAnswer = try begin(.replace, key)
    try noteBefore(key)
    try inner.replace(key, with: bytes)
    try end(losesAnswer)
  }

  /// The free space, or a failure.
  public func freeByteCount() throws(StorageError) -> UInt64? {
    let losesAnswer = try begin(.freeByteCount, nil)
    let count = try inner.freeByteCount()
    try end(losesAnswer)
    return count
  }

  /// Hands on.
  public func mayWrite() throws(StorageError) -> Bool? { try inner.mayWrite() }

  /// Forgets, or fails.
  public func forgetCached(_ key: StorageKey) throws(StorageError) {
    let losesAnswer = try begin(.forgetCached, key)
    try inner.forgetCached(key)
    try end(losesAnswer)
  }

  private final class Writer: StorageWriter {
    private let storage: FaultyStorage
    private let inner: any StorageWriter

    init(storage: FaultyStorage, inner: any StorageWriter) {
      self.storage = storage
      self.inner = inner
    }

    var key: StorageKey { inner.key }
    var byteCount: UInt64 { inner.byteCount }

    func append(_ bytes: Span<UInt8>) throws(StorageError) {
      let losesAnswer = try storage.begin(.append, key)
      try inner.append(bytes)
      try storage.end(losesAnswer)
    }

    func finish() throws(StorageError) -> PutOutcome {
      let losesAnswer = try storage.begin(.finish, key)
      let outcome = try inner.finish()
      if outcome == .created { storage.noteCreated(key) }
      try storage.end(losesAnswer)
      return outcome
    }

    func cancel() { inner.cancel() }
  }
}
