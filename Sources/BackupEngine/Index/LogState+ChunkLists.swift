import BackupFormat
import BackupLog

extension LogState {
  /// The chunk lists of a data set that are still to be had: a list outlives the snapshot that
  /// published it as long as a live one needs a block that it speaks of.
  func chunkLists(of set: SetID) -> [Digest] {
    var lists: [Digest] = []
    var seen: Set<Digest> = []
    for list in (snapshots[set] ?? []).flatMap(\.chunkLists)
    where deletedObjects[.chunks(list)] == nil && !isSuperseded(chunkList: .chunks(list))
      && seen.insert(list).inserted
    {
      lists.append(list)
    }
    return lists
  }
}
