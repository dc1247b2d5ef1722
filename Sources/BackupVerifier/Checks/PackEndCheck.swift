internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// Compares the end of each needed pack with what an index object says of it.
enum PackEndCheck {
  /// The finding about one pack, or nil; `hashed` counts what was read.
  static func run(
    _ pack: NeededPack, _ storage: any Storage, hashed: inout VerificationReport.Count
  ) throws(StorageError) -> Finding? {
    var bytes = [UInt8](repeating: 0, count: Int(pack.described.endByteCount))
    do {
      var span = bytes.mutableSpan
      try storage.read(pack.key, at: pack.endOffset, into: &span)
    } catch {
      guard error.isAboutOneObject else { throw error }
      var finding = Finding(.unreadable, object: pack.path)
      finding.detail = Finding.Detail(error)
      return finding
    }
    hashed.add(UInt64(bytes.count))
    guard Digest(hashing: bytes) == pack.described.endDigest else {
      return Finding(.packEndMismatch, object: pack.path)
    }
    // The digest is what was signed; so what differs from here on was signed so.
    guard let end = try? PackEnd(decoding: bytes), agrees(end, pack) else {
      var finding = Finding(.packEndMismatch, severity: .incident, object: pack.path)
      finding.detail = .contradicts(.index(pack.index))
      return finding
    }
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
