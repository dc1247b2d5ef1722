internal import CSQLite

/// An SQLite database as a file: copied while it is in use, and checked.
public enum DatabaseFile {
  /// Copies a database, which other programs may be reading and writing, as it is in one moment.
  ///
  /// SQLite's own backup does it in one step under one read lock: writers of a database in WAL mode
  /// go on, others wait as for any reader. The source is opened as its own program opens it, or for
  /// reading where its permissions allow no more: so nothing stays behind beside it, and what a
  /// crashed writer left half done is taken back.
  ///
  /// - Parameters:
  ///   - source: The absolute path of the database.
  ///   - target: The absolute path of an empty file of ours.
  ///   - waitMilliseconds: How long a lock is waited for.
  public static func copy(
    _ source: [UInt8], to target: [UInt8], waitMilliseconds: Int32 = 60_000
  ) throws(DatabaseError) {
    let from = try Connection(source, SQLITE_OPEN_READWRITE)
    let to = try Connection(target, SQLITE_OPEN_READWRITE)
    from.wait(milliseconds: waitMilliseconds)
    // A copy that a crash cut short is thrown away, not recovered.
    try to.execute("PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF")
    try to.copyAll(from: from)
  }

  /// Whether SQLite reads the whole database and finds no fault (`PRAGMA integrity_check`).
  ///
  /// The file is opened as one that nobody changes: nothing is written beside it.
  public static func isSound(_ path: [UInt8]) throws(DatabaseError) -> Bool {
    do throws(DatabaseError) {
      let database = try Connection(
        immutableURI(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI)
      return try database.firstText("PRAGMA integrity_check(1)") == [UInt8]("ok".utf8)
    } catch {
      if case .damaged = error { return false }
      throw error
    }
  }

  /// `file:` with every byte escaped that is not plainly a letter, a digit or a slash.
  static func immutableURI(_ path: [UInt8]) -> [UInt8] {
    var text = [UInt8]("file:".utf8)
    let digits = [UInt8]("0123456789ABCDEF".utf8)
    for byte in path {
      switch byte {
      case 0x2f, 0x30...0x39, 0x41...0x5a, 0x61...0x7a: text.append(byte)
      default: text += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return text + [UInt8]("?immutable=1".utf8)
  }
}
