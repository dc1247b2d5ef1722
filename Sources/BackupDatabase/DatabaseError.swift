/// Why SQLite could not do what it was asked.
public enum DatabaseError: Error, Hashable, Sendable {
  /// The file is no SQLite database, or SQLite finds it damaged.
  case damaged
  /// Another program kept the database locked for as long as was waited.
  case busy
  /// The disk with the copy is full.
  case noSpace
  /// Anything else, by SQLite's result code (`sqlite3.h`).
  case failed(code: Int32)
}
