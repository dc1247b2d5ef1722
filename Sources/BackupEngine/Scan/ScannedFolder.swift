import BackupSystem

/// A name in a folder of a source, with its status.
struct ScannedEntry: Sendable {
  var name: [UInt8]
  var status: FileStatus
  /// Whether its content comes from elsewhere, and so is new each night.
  var isLive = false
}

/// A folder as the scan found it.
struct ScannedFolder: Sendable {
  /// Its path in the catalogue.
  var path: [UInt8]
  /// What is in it, sorted by name, without what the rules leave out.
  var entries: [ScannedEntry]
}
