/// Tries whether a storage keeps its word that no put overwrites.
///
/// Appending to the log rests on it. Two puts in a row find the storages that ignore the condition,
/// as some object stores and network file systems do; they cannot find every race.
public enum PutIfAbsentTrial {
  /// What the trial found.
  public enum Verdict: Hashable, Sendable {
    /// The second put said that the key exists, and the first content stayed.
    case holds
    /// The second put said that it created, or the content changed.
    case fails
  }

  /// Puts, puts again in both ways, reads, and removes the probe.
  ///
  /// A probe that may not be removed stays under "probe/"; its few bytes harm nobody.
  ///
  /// - Throws: What the storage throws, but for the removal.
  public static func run(on storage: any Storage) throws(StorageError) -> Verdict {
    let number = UInt64.random(in: .min ... .max)
    guard let key = StorageKey("probe/" + String(number, radix: 16)) else { return .fails }
    // The error of a removal says nothing about putting: a writer may have no right to remove.
    defer { try? storage.remove(key) }
    let first = Array("first \(number)".utf8)
    let second = Array("second, and longer, \(number)".utf8)
    guard try storage.put(key, first.span) == .created else { return .fails }
    guard try storage.put(key, second.span) == .exists else { return .fails }
    let writer = try storage.makeWriter(for: key)
    try writer.append(second.span)
    guard try writer.finish() == .exists else { return .fails }
    do {
      return try storage.read(key, limitByteCount: second.count) == first ? .holds : .fails
    } catch .tooLarge {
      return .fails
    }
  }
}
