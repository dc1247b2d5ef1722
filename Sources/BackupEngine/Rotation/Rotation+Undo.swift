public import BackupFormat
public import BackupLog

/// What taking back a rotation did to one data set.
public struct RotationUndone: Hashable, Sendable {
  /// The data set.
  public var set: SetID
  /// The numbers of the snapshots that live again.
  public var numbers: [Int]
  /// The numbers of those that can't: what they need was deleted.
  public var gone: [Int]
  /// Whether they can't because the owner destroyed the data set.
  public var isDestroyed = false

  /// Makes it of its parts.
  public init(set: SetID, numbers: [Int], gone: [Int]) {
    self.set = set
    self.numbers = numbers
    self.gone = gone
  }
}

/// A rotation is taken back as long as nothing of it was deleted.
extension Rotation {
  /// What the last rotation of each data set removed, and whether it can live again.
  public static func undoable(_ state: LogState) -> [RotationUndone] {
    state.dataSets.keys.sorted().compactMap { set in
      guard let last = state.rotations.last(where: { $0.what.set == set }) else { return nil }
      var undone = RotationUndone(set: set, numbers: [], gone: [])
      undone.isDestroyed = state.isDestroyed(set, at: state.newestBelievedTime)
      for removed in last.what.removed {
        guard let snapshot = state.snapshot(removed.number, of: set) else { continue }
        switch snapshot.state {
        case .live: continue
        case .gone: undone.gone.append(removed.number)
        case .rotated(let number, _):
          if number == last.number, state.isWhole(snapshot), !undone.isDestroyed {
            undone.numbers.append(removed.number)
          } else if number == last.number {
            undone.gone.append(removed.number)
          }
        }
      }
      return undone.numbers.isEmpty && undone.gone.isEmpty ? nil : undone
    }
  }

  /// Lets the snapshots live again that the last rotation of each data set removed.
  ///
  /// They go again with the next rotation unless a hold or another policy keeps them.
  public func undo() throws -> [RotationUndone] {
    try session.refresh()
    var done: [RotationUndone] = []
    for undone in Self.undoable(session.logState) {
      var result = undone
      var rest = undone.numbers[...]
      while !rest.isEmpty {
        let part = Array(rest.prefix(EngineLimits.rotatedCount))
        rest.removeFirst(part.count)
        let number = try session.append([Self.reinstated(undone.set, part)], by: signer) { state in
          let still = Self.undoable(state).first { $0.set == undone.set }?.numbers ?? []
          let numbers = part.filter(still.contains)
          return numbers.isEmpty ? [] : [Self.reinstated(undone.set, numbers)]
        }
        if number == nil { result.numbers.removeAll(where: part.contains) }
      }
      done.append(result)
    }
    return done
  }

  private static func reinstated(_ set: SetID, _ numbers: [Int]) -> Draft {
    Draft(.reinstated(Predicate.Reinstated(set: set, numbers: numbers)))
  }
}

extension LogState {
  /// Whether every block that a snapshot needs is present.
  fileprivate func isWhole(_ snapshot: Snapshot) -> Bool {
    guard let needs = snapshot.needs else { return false }
    return needs.runs.indices.allSatisfy { i in
      needs.blocks(at: i).allSatisfy { isPresent($0, of: needs.runs[i]) }
    }
  }
}
