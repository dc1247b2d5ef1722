import BackupPolicy
import BackupSystem

/// Looks at the folders of a source with several threads, and hands them out in the order of a catalogue.
///
/// What is to be done stands in a list in that order. Whoever is free takes the first folder of it that nobody looks at;
/// its subfolders come right behind it. No thread looks more than ``EngineLimits/scannedFolderCountInFlight``
/// folders ahead of the one that is handed out, since each is open and its entries are in memory. Depth costs
/// no recursion.
final class FolderWalk: Sendable {
  /// A folder in the list.
  ///
  /// Unchecked: all of it is touched only while the state's lock is held.
  private final class Node: @unchecked Sendable {
    let folder: [UInt8]
    let decision: PathDecision
    var isTaken = false
    var found: FoundFolder?
    var next: Node?

    init(_ folder: [UInt8], _ decision: PathDecision) {
      self.folder = folder
      self.decision = decision
    }
  }

  private struct State {
    /// The folder that is handed out next.
    var first: Node?
    /// Why the walk ended early.
    var failure: EngineError?
    var isOver = false
  }

  /// What the thread that hands out does next.
  private enum Step {
    case handOut(FoundFolder)
    case look(Node)
    case end(EngineError?)
  }

  private let scan: SourceScan
  private let root: SourceScan.Root
  private let state: Monitor<State>

  /// Nothing is looked at before ``run(threadCount:visit:)``.
  init(_ scan: SourceScan, _ root: SourceScan.Root) {
    self.scan = scan
    self.root = root
    state = Monitor(State(first: Node(root.path, scan.rules.paths.rootDecision)))
  }

  /// Walks everything; `visit` is called by this thread, folder by folder.
  ///
  /// - Throws: What `visit` throws, and ``EngineError`` where the machine lacks something.
  func run(threadCount: Int, visit: (FoundFolder) throws -> Void) throws {
    var threads: [WorkerThread<Void>] = []
    defer {
      state.withLock { $0.isOver = true }
      for thread in threads { _ = thread.join() }
      // A long list that is dropped at once would be dropped by recursion.
      state.withLock { state in
        while let node = state.first {
          state.first = node.next
          node.next = nil
        }
      }
    }
    for number in 1..<max(threadCount, 1) {
      threads.append(try WorkerThread("scan-\(number)") { self.help() })
    }
    let reader = DirectoryEntries()
    while true {
      switch state.wait(until: Self.step) {
      case .handOut(let found): try visit(found)
      case .look(let node): look(at: node, reader)
      case .end(let failure):
        if let failure { throw failure }
        return
      }
    }
  }

  private func help() {
    let reader = DirectoryEntries()
    while let node = state.wait(until: { state -> Node?? in
      if state.isOver || state.first == nil || state.failure != nil { return .some(nil) }
      return Self.take(&state).map { .some($0) }
    }) {
      look(at: node, reader)
    }
  }

  /// Hands out if it can, helps if it can't, and waits where there is nothing to help with.
  private static func step(_ state: inout State) -> Step? {
    if let failure = state.failure { return .end(failure) }
    guard let first = state.first else { return .end(nil) }
    if let found = first.found {
      state.first = first.next
      first.next = nil
      return .handOut(found)
    }
    return take(&state).map { .look($0) }
  }

  private static func take(_ state: inout State) -> Node? {
    var node = state.first
    for _ in 0..<EngineLimits.scannedFolderCountInFlight {
      guard let candidate = node else { return nil }
      if !candidate.isTaken {
        candidate.isTaken = true
        return candidate
      }
      node = candidate.next
    }
    return nil
  }

  private func look(at node: Node, _ reader: DirectoryEntries) {
    do throws(EngineError) {
      var found = try scan.look(
        at: node.folder, decidedBy: node.decision, in: root, reader)
      let subfolders = found.subfolders.map { Node($0.folder, $0.decision) }
      found.subfolders = []
      for (node, next) in zip(subfolders, subfolders.dropFirst()) { node.next = next }
      state.withLock { state in
        if let last = subfolders.last {
          last.next = node.next
          node.next = subfolders.first
        }
        node.found = found
      }
    } catch {
      state.withLock { $0.failure = $0.failure ?? error }
    }
  }
}
