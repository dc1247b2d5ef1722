import BackupStorage
import BackupSystem
import Synchronization

/// The threads that read groups of blocks and write what they hold.
///
/// They work on while the caller's thread prepares the next window; a write past the page cache
/// waits for the disk, so there is one more than there are processors.
final class RestoreCrew {
  /// What was written so far, by all together.
  final class Tally: Sendable {
    let fileCount = Atomic<UInt64>(0)
    let byteCount = Atomic<UInt64>(0)
  }

  let tally = Tally()
  private let groups = BoundedRing<ReadGroup>(capacity: 8)
  private var workers: [WorkerThread<RestoreReport>] = []

  init(_ source: RestoreWorker.RestoreSource, _ target: RestoreTarget) throws {
    let (groups, tally) = (groups, tally)
    do {
      for number in 0...Machine.processorCount {
        workers.append(
          try WorkerThread("restore-\(number)") { () throws -> RestoreReport in
            do {
              var worker = try RestoreWorker(source, target, tally)
              return try worker.work(groups)
            } catch {
              groups.fail(error)
              throw error
            }
          })
      }
    } catch {
      // Those that run would wait for ever.
      stop(error)
      throw error
    }
  }

  /// Hands blocks over, in the order of packs, and waits while the crew is behind.
  ///
  /// - Throws: What a worker failed with.
  func take(_ blocks: [NeededBlock]) throws {
    for group in ReadGroup.make(blocks) where !groups.push(group) { break }
    if let failure = groups.failure { throw failure }
  }

  /// Waits until everything is written.
  func finish() throws -> RestoreReport {
    groups.close()
    return try join()
  }

  /// Ends all work, whatever is left of it.
  func stop(_ error: any Error) {
    groups.fail(error)
    _ = try? join()  // it is known that it failed
  }

  private func join() throws -> RestoreReport {
    var report = RestoreReport()
    var failure: (any Error)?
    for worker in workers {
      switch worker.join() {
      case .success(let part): report.add(part)
      case .failure(let error): failure = error
      }
    }
    workers = []
    if let failure = groups.failure ?? failure { throw failure }
    return report
  }
}
