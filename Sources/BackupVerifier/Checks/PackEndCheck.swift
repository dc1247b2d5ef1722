internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Compares the end of a pack with what an index object says of it.
enum PackEndCheck {
  /// What is wrong with an end.
  enum Fault: Sendable {
    /// The store failed.
    case unreadable(StorageError)
    /// The bytes are others than those that were signed.
    case altered
    /// It was signed so, and says something else than the index object.
    case contradictory
  }

  /// An end that is not as it should be.
  struct Bad: Sendable {
    let pack: Int
    let fault: Fault

    func finding(about pack: NeededPack) -> Finding {
      switch fault {
      case .unreadable(let error):
        var finding = Finding(.unreadable, object: pack.path)
        finding.detail = Finding.Detail(error)
        return finding
      case .altered: return Finding(.packEndMismatch, object: pack.path)
      case .contradictory:
        var finding = Finding(.packEndMismatch, severity: .incident, object: pack.path)
        finding.detail = .contradicts(.index(pack.index))
        return finding
      }
    }
  }

  /// What is wrong with the bytes of an end; nil if nothing is.
  static func fault(in bytes: [UInt8], of pack: NeededPack) -> Fault? {
    guard Digest(hashing: bytes) == pack.described.endDigest else { return .altered }
    // The digest is what was signed; so what differs from here on was signed so.
    guard let end = try? PackEnd(decoding: bytes), agrees(end, pack) else { return .contradictory }
    return nil
  }

  /// Whether the end lists the same blocks of the same runs, with the same heads.
  private static func agrees(_ end: PackEnd, _ pack: NeededPack) -> Bool {
    let described = pack.described.segments
    guard end.segments.byteCounts == described.byteCounts,
      end.segments.digests == described.digests,
      end.segments.segments.count == described.segments.count
    else { return false }
    return zip(end.segments.segments, described.segments).allSatisfy { mine, theirs in
      mine.first == theirs.first && mine.count == theirs.count
        && end.heads[mine.headIndex] == pack.heads[theirs.headIndex]
    }
  }
}
