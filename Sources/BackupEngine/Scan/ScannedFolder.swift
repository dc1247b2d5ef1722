import BackupSystem

/// A name in a folder of a source, with its status.
struct ScannedEntry: Sendable {
  var name: [UInt8]
  var status: FileStatus
}

/// A folder as the scan found it.
struct ScannedFolder: Sendable {
  /// Its path in the catalogue.
  var path: [UInt8]
  /// What is in it, sorted by name, without what the rules leave out.
  var entries: [ScannedEntry]
}
