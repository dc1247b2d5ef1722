import BackupFormat
import BackupSystem

/// A stretch of a large file, cut already, that any worker may store.
///
/// Unchecked: the worker that reads the file fills it, then one worker stores it, then, after
/// ``WorkBoard/finish(_:giving:)``, the reader takes what came of it.
final class FilePiece: @unchecked Sendable {
  /// What follows in the file: zeros, or a chunk among ``bytes``.
  enum Item {
    case zeros(UInt64)
    case chunk(Range<Int>, alone: Bool)
  }

  private var bytes: [UInt8]
  let items: [Item]
  let isNew: Bool
  /// Where the content lies, after it was stored.
  var extents: [Extent] = []
  /// Whether every chunk was stored before tonight.
  var isKnown = true
  /// Changed under the lock of the board.
  fileprivate var isDone = false

  init(bytes: [UInt8], items: [Item], isNew: Bool) {
    self.bytes = bytes
    self.items = items
    self.isNew = isNew
  }

  /// What was read, which the piece no longer has then.
  func takeBytes() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &bytes)
    return taken
  }
}

/// What the workers of a run find to do: batches from the scan, and pieces of large files.
///
/// A large file is read and cut by one worker, since each cut depends on the one before; naming,
/// compressing and sealing, which take nearly all the time, are for whoever is free. Pieces go before
/// batches. A reader whose piece finds no room stores it itself, so nobody waits for room.
final class WorkBoard: Sendable {
  /// Something to do.
  enum Job {
    case batch(Batch)
    case piece(FilePiece)
  }

  private struct State {
    var batches: [Batch] = []
    var pieces: [FilePiece] = []
    var spare: [[UInt8]] = []
    var openFileCount = 0
    var isClosed = false
    var error: (any Error)?
  }

  private let state = Monitor(State())
  private let pieceCountMax: Int

  /// - Parameter workerCount: How many will ask for work; one alone gets no pieces.
  init(workerCount: Int) {
    pieceCountMax = min(2 * (workerCount - 1), EngineLimits.pieceCountWaiting)
  }

  /// Adds a batch, after waiting for room if need be; `false` if the board is closed or has failed.
  func push(_ batch: Batch) -> Bool {
    state.wait { state in
      if state.isClosed { return false }
      guard state.batches.count < EngineLimits.batchCountInFlight else { return nil }
      state.batches.append(batch)
      return true
    }
  }

  /// The next thing to do; `nil` when there is nothing and nothing can follow, or the board has failed.
  func next() -> Job? {
    state.wait { state -> Job?? in
      if state.error != nil { return .some(nil) }
      if !state.pieces.isEmpty { return .piece(state.pieces.removeFirst()) }
      if !state.batches.isEmpty { return .batch(state.batches.removeFirst()) }
      return state.isClosed && state.openFileCount == 0 ? .some(nil) : nil
    }
  }

  /// Says that pieces of one more file may come.
  func openFile() { state.withLock { $0.openFileCount += 1 } }

  /// Says that no more pieces of a file will come.
  func closeFile() { state.withLock { $0.openFileCount -= 1 } }

  /// Leaves a piece to whoever is free; `false` if there is no room, and the caller has to store it.
  func offer(_ piece: FilePiece) -> Bool {
    state.withLock { state in
      guard state.pieces.count < pieceCountMax else { return false }
      state.pieces.append(piece)
      return true
    }
  }

  /// Says that a piece is stored, and takes back its buffer.
  func finish(_ piece: FilePiece, giving bytes: [UInt8]) {
    state.withLock { state in
      state.spare.append(bytes)
      piece.isDone = true
    }
  }

  /// Whether a piece is stored.
  func isFinished(_ piece: FilePiece) -> Bool { state.withLock { _ in piece.isDone } }

  /// Waits until `piece` is stored or another waits to be: that is returned.
  ///
  /// - Throws: What the board has failed with.
  func helpOrWait(for piece: FilePiece) throws -> FilePiece? {
    let answer: Result<FilePiece?, any Error> = state.wait { state in
      if let error = state.error { return .failure(error) }
      if piece.isDone { return .success(nil) }
      return state.pieces.isEmpty ? nil : .success(state.pieces.removeFirst())
    }
    return try answer.get()
  }

  /// A buffer of ``EngineLimits/readBufferByteCount`` bytes.
  func buffer() -> [UInt8] {
    state.withLock { $0.spare.popLast() }
      ?? [UInt8](repeating: 0, count: EngineLimits.readBufferByteCount)
  }

  /// Says that no batch will follow.
  func close() { state.withLock { $0.isClosed = true } }

  /// Ends all sides with `error`; the first error stays.
  ///
  /// Batches that nobody will read are done then, so that nobody waits for them: who did must ask
  /// for ``failure`` before a batch is used.
  func fail(_ error: any Error) {
    let dropped = state.withLock { state in
      if state.error == nil { state.error = error }
      state.isClosed = true
      state.pieces = []
      defer { state.batches = [] }
      return state.batches
    }
    for batch in dropped { batch.finish() }
  }

  /// The error of the first ``fail(_:)``.
  var failure: (any Error)? { state.withLock { $0.error } }
}
