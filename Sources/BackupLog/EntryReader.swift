internal import BackupFormat
internal import BackupStorage
internal import BackupSystem

/// Reads the entries of a log in order, and prepares them on every processor ahead of who takes
/// them in.
///
/// A log of which little is read needs no threads: they start with the 33rd entry.
///
/// An entry that is larger than any that counts is not read ahead but by who takes it in, piece by piece.
/// So what is in flight is at most 16 MiB, and 1 MiB for each thread.
final class EntryReader {
  private let shared: Shared
  private var next: Int
  private var workers: [WorkerThread<Void>] = []
  private var readCount = 0
  /// What is left of the last batch, which ends before ``next``; last entry first.
  private var batch: [Batch.Item] = []
  /// Why no batch follows that one.
  private var end: Batch.End?

  private static let aloneCount = 32

  /// Entries that follow each other; the last ones of a log if there is an end.
  private struct Batch: Sendable {
    var entries: [Item] = []
    var end: End?

    /// How many bytes of entries it keeps.
    var byteCount: Int {
      entries.reduce(0) { sum, item in
        if case .entry(let entry) = item { sum + (entry.stored.bytes?.count ?? 0) } else { sum }
      }
    }

    enum Item: Sendable {
      case entry(PreparedEntry)
      /// The number of one that is too large to count.
      case large(Int)
    }

    enum End: Sendable {
      case noSuchEntry
      case failed(LogError)
    }
  }

  /// What the threads share.
  private final class Shared: Sendable {
    /// How many entries a thread reads at once.
    static let batchCount = 16
    /// How far threads read ahead: entries, and bytes of them.
    static let aheadCountMax = 256
    static let aheadByteCountMax = 16 << 20

    struct State {
      /// The number from which a thread reads next.
      var unclaimed = 0
      /// The number from which a batch is handed out next.
      var wanted = 0
      var ready: [Int: Batch] = [:]
      var readyByteCount = 0
      var keys: [KeyID: [UInt8]] = [:]
      /// Nothing more is read: there is no more, or nobody wants it.
      var isStopped = false
    }
    let storage: any Storage
    let repository: RepositoryID
    /// Below it no signature is checked.
    let firstUnchecked: Int
    let monitor = Monitor(State())

    init(_ storage: any Storage, _ repository: RepositoryID, _ firstUnchecked: Int) {
      self.storage = storage
      self.repository = repository
      self.firstUnchecked = firstUnchecked
    }

    func read(_ number: Int, keys: [KeyID: [UInt8]]) throws(LogError) -> PreparedEntry? {
      guard let stored = try RepositoryLog.readEntry(number, from: storage) else { return nil }
      return prepare(stored, number, keys)
    }

    private func prepare(
      _ stored: StoredEntry, _ number: Int, _ keys: [KeyID: [UInt8]]
    ) -> PreparedEntry {
      PreparedEntry(stored, in: repository, keys: number < firstUnchecked ? [:] : keys)
    }

    /// Reads entries until there are none, or nobody wants them.
    func work() {
      while let (first, keys) = claim() {
        let batch = readBatch(from: first, keys: keys)
        monitor.withLock { state in
          state.ready[first] = batch
          state.readyByteCount += batch.byteCount
          if batch.end != nil { state.isStopped = true }
        }
      }
    }

    private func readBatch(from first: Int, keys: [KeyID: [UInt8]]) -> Batch {
      var batch = Batch()
      do throws(StorageError) {
        for number in first..<(first + Self.batchCount) {
          guard let found = try StoredEntry.readSmall(number, from: storage) else {
            batch.entries.append(.large(number))
            continue
          }
          guard let stored = found else {
            batch.end = .noSuchEntry
            break
          }
          batch.entries.append(.entry(prepare(stored, number, keys)))
        }
      } catch {
        batch.end = .failed(.storage(error))
      }
      return batch
    }

    private func claim() -> (first: Int, keys: [KeyID: [UInt8]])? {
      monitor.wait { state -> (first: Int, keys: [KeyID: [UInt8]])?? in
        if state.isStopped { return .some(nil) }
        // The batch that is wanted next is always read, however much waits behind it.
        guard
          state.unclaimed == state.wanted
            || state.unclaimed < state.wanted + Self.aheadCountMax
              && state.readyByteCount < Self.aheadByteCountMax
        else { return nil }
        defer { state.unclaimed += Self.batchCount }
        return (state.unclaimed, state.keys)
      }
    }

    /// Waits for the batch from `first` on.
    func take(from first: Int) -> Batch {
      monitor.wait { state in
        guard let batch = state.ready.removeValue(forKey: first) else { return nil }
        state.readyByteCount -= batch.byteCount
        state.wanted = first + Self.batchCount
        return batch
      }
    }
  }

  /// Reads from entry `next` on.
  ///
  /// - Parameter firstUnchecked: The first entry whose signatures are worth checking.
  init(
    _ storage: any Storage, _ repository: RepositoryID, from next: Int, firstUnchecked: Int
  ) {
    shared = Shared(storage, repository, firstUnchecked)
    self.next = next
  }

  /// No thread outlives the reader: a process that ends must not take their libraries from them.
  deinit {
    shared.monitor.withLock { $0.isStopped = true }
    for worker in workers { _ = worker.join() }
  }

  /// The next entry; nil if none of its number exists, after which it is not asked again.
  ///
  /// - Parameter keys: Whose signatures there may be, as far as is known by now.
  func read(keys: @autoclosure () -> [KeyID: [UInt8]]) throws(LogError) -> PreparedEntry? {
    if let item = batch.popLast() {
      switch item {
      case .entry(let entry): return entry
      case .large(let number):
        // Where it is gone meanwhile, nothing behind it is worth anything.
        return try shared.read(number, keys: [:])
      }
    }
    if let end { return try Self.tell(end) }
    if workers.isEmpty {
      readCount += 1
      guard readCount > Self.aloneCount, start(keys()) else {
        defer { next += 1 }
        return try shared.read(next, keys: [:])
      }
    }
    let taken = shared.take(from: next)
    next += Shared.batchCount
    batch = taken.entries.reversed()
    end = taken.end
    return try read(keys: keys())
  }

  private static func tell(_ end: Batch.End) throws(LogError) -> PreparedEntry? {
    switch end {
    case .noSuchEntry: return nil
    case .failed(let error): throw error
    }
  }

  /// Tells of keys that became known.
  func learn(_ keys: [KeyID: [UInt8]]) {
    guard !workers.isEmpty else { return }
    shared.monitor.withLock { $0.keys = keys }
  }

  /// Starts the threads at the next entry; false if there is no room for any.
  private func start(_ keys: [KeyID: [UInt8]]) -> Bool {
    let (shared, next) = (shared, next)
    shared.monitor.withLock { state in
      state.unclaimed = next
      state.wanted = next
      state.keys = keys
    }
    for i in 0..<Machine.processorCount {
      // Fewer threads do as well.
      guard let worker = try? WorkerThread("log-\(i)", { shared.work() }) else { break }
      workers.append(worker)
    }
    return !workers.isEmpty
  }
}
