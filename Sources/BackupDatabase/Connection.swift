internal import CSQLite

/// Owns one `sqlite3` handle; used by one thread at a time.
@safe
final class Connection {
  private let handle: OpaquePointer

  /// Opens a database; a path with a NUL byte is refused.
  init(_ path: [UInt8], _ flags: Int32) throws(DatabaseError) {
    guard !path.contains(0) else { throw .failed(code: SQLITE_CANTOPEN) }
    let name = path.map { CChar(bitPattern: $0) } + [0]
    var opened: OpaquePointer?
    let code = unsafe sqlite3_open_v2(
      name, &opened, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    // "Whether or not an error occurs when it is opened, resources … should be released by passing
    // it to sqlite3_close()" (sqlite.org/c3ref/open.html).
    guard code == SQLITE_OK, let opened = unsafe opened else {
      unsafe sqlite3_close_v2(opened)
      throw Self.error(code)
    }
    unsafe handle = opened
  }

  deinit { unsafe sqlite3_close_v2(handle) }

  /// Waits for locks instead of failing at once.
  func wait(milliseconds: Int32) { unsafe sqlite3_busy_timeout(handle, milliseconds) }

  /// Runs statements whose rows nobody wants.
  func execute(_ text: String) throws(DatabaseError) {
    try Self.check(unsafe sqlite3_exec(handle, text, nil, nil, nil))
  }

  /// The text in the first column of the first row; nil if there is none.
  func firstText(_ query: String) throws(DatabaseError) -> [UInt8]? {
    var statement: OpaquePointer?
    let prepared = unsafe sqlite3_prepare_v2(handle, query, -1, &statement, nil)
    defer { unsafe sqlite3_finalize(statement) }
    try Self.check(prepared)
    let stepped = unsafe sqlite3_step(statement)
    if stepped == SQLITE_DONE { return nil }
    guard stepped == SQLITE_ROW else { throw Self.error(stepped) }
    guard let text = unsafe sqlite3_column_text(statement, 0) else { return nil }
    let count = unsafe sqlite3_column_bytes(statement, 0)
    return unsafe [UInt8](UnsafeBufferPointer(start: text, count: Int(count)))
  }

  /// Copies every page of another database into this one, in one step.
  func copyAll(from source: Connection) throws(DatabaseError) {
    guard let backup = unsafe sqlite3_backup_init(handle, "main", source.handle, "main") else {
      throw Self.error(unsafe sqlite3_extended_errcode(handle))
    }
    let stepped = unsafe sqlite3_backup_step(backup, -1)
    let finished = unsafe sqlite3_backup_finish(backup)
    guard stepped == SQLITE_DONE else { throw Self.error(stepped) }
    try Self.check(finished)
  }

  private static func check(_ code: Int32) throws(DatabaseError) {
    guard code == SQLITE_OK else { throw error(code) }
  }

  private static func error(_ code: Int32) -> DatabaseError {
    switch code & 0xff {
    case SQLITE_CORRUPT, SQLITE_NOTADB: .damaged
    case SQLITE_BUSY, SQLITE_LOCKED: .busy
    case SQLITE_FULL: .noSpace
    default: .failed(code: code)
    }
  }
}
