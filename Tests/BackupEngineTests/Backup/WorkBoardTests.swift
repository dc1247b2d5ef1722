import BackupFormat
import BackupSystem
import Testing

@testable import BackupEngine

@Suite("What workers find to do")
struct WorkBoardTests {
  private struct Failure: Error {}

  private func piece(_ first: UInt8) -> FilePiece {
    FilePiece(bytes: [first], items: [.zeros(UInt64(first))], isNew: true)
  }

  private func describe(_ job: WorkBoard.Job?) -> String {
    switch job {
    case .batch(let batch): "batch \(batch.entryCount)"
    case .piece(let piece): "piece \(piece.takeBytes())"
    case nil: "nothing"
    }
  }

  @Test func isPiecesFirstAndThenBatches() {
    let board = WorkBoard(workerCount: 2)
    for number in 1...2 {
      let batch = Batch()
      batch.entryCount = number
      #expect(board.push(batch))
    }
    #expect(board.offer(piece(7)))
    board.close()
    #expect(!board.push(Batch()))
    #expect(
      (0..<4).map { _ in describe(board.next()) } == ["piece [7]", "batch 1", "batch 2", "nothing"])
  }

  @Test func isNoPieceThatFindsNoRoom() {
    #expect(!WorkBoard(workerCount: 1).offer(piece(1)))
    let board = WorkBoard(workerCount: 2)
    #expect(board.offer(piece(1)) && board.offer(piece(2)))
    #expect(!board.offer(piece(3)))
    _ = board.next()
    #expect(board.offer(piece(4)))
  }

  @Test func mayStillComeWhileALargeFileIsRead() throws {
    let board = WorkBoard(workerCount: 2)
    board.openFile()
    board.close()
    let worker = try WorkerThread("worker") {
      var found: [String] = []
      while let job = board.next() { found.append(describe(job)) }
      return found
    }
    // The worker may not leave before the file is closed, however long that takes.
    for number in 1...20 {
      while !board.offer(piece(UInt8(number))) { SystemClock.sleep(nanoseconds: 100_000) }
      SystemClock.sleep(nanoseconds: 500_000)
    }
    board.closeFile()
    #expect(try worker.join().get() == (1...20).map { "piece [\($0)]" })
  }

  @Test func isHelpedWithByWhoWaits() throws {
    let board = WorkBoard(workerCount: 2)
    let mine = piece(1)
    let other = piece(2)
    #expect(board.offer(mine) && board.offer(other))
    #expect(try board.helpOrWait(for: mine) === mine)
    #expect(!board.isFinished(mine))
    #expect(try board.helpOrWait(for: mine) === other)
    board.finish(mine, giving: [1, 2, 3])
    #expect(board.isFinished(mine))
    #expect(try board.helpOrWait(for: mine) == nil)
    #expect(board.buffer() == [1, 2, 3])
    #expect(board.buffer().count == EngineLimits.readBufferByteCount)
  }

  @Test func endsForAllWithAnError() throws {
    let board = WorkBoard(workerCount: 2)
    board.openFile()
    let waiting = try WorkerThread("waiting") { describe(board.next()) }
    let mine = piece(1)
    let reading = try WorkerThread("reading") { try board.helpOrWait(for: mine) }
    board.fail(Failure())
    #expect(try waiting.join().get() == "nothing")
    #expect(throws: Failure.self) { try reading.join().get() }
    #expect(!board.push(Batch()))
    #expect(board.failure is Failure)
  }

  /// The catalogue waits for each batch, also for those that no worker will take.
  @Test func leavesNobodyWaitingForABatch() throws {
    let board = WorkBoard(workerCount: 1)
    let batch = Batch()
    #expect(board.push(batch))
    #expect(batch.isDone.wait(forNanoseconds: 1) { $0 ? () : nil } == nil)
    board.fail(Failure())
    #expect(batch.isDone.wait(forNanoseconds: 1) { $0 ? () : nil } != nil)
    #expect(board.failure is Failure)
  }
}
