import BackupFormat
import BackupSystem

/// A source for which something must be done before it stands still and can be read.
public enum LiveSource: Sendable {
  /// A folder, read from a picture that its file system takes of it.
  case snapshot([UInt8], by: any FileSystemSnapshots)
  /// An SQLite database that may be in use, by its absolute path.
  case database([UInt8])
  /// What a program writes becomes a file.
  case command(CommandSource)

  /// Where it stands in the backup, as an absolute path.
  public var path: [UInt8] {
    switch self {
    case .snapshot(let path, _), .database(let path): path
    case .command(let command): command.path
    }
  }
}

/// A program whose output becomes a file of the snapshot.
public struct CommandSource: Hashable, Sendable {
  /// The program and its arguments.
  public var arguments: [[UInt8]]
  /// Where the output stands in the backup, as an absolute path; no such file need exist.
  public var path: [UInt8]
  /// As whom it runs; nil for the user of this process.
  public var user: [UInt8]?
  /// After how many seconds it is ended.
  public var timeLimitSeconds: Int
  /// An output of fewer bytes is a failure.
  public var minimumByteCount: UInt64
  /// Variables that it finds beside ours, as "NAME=value".
  public var variables: [[UInt8]]

  /// Describes a program.
  public init(
    arguments: [[UInt8]], path: [UInt8], user: [UInt8]? = nil, timeLimitSeconds: Int,
    minimumByteCount: UInt64 = 1, variables: [[UInt8]] = []
  ) {
    self.arguments = arguments
    self.path = path
    self.user = user
    self.timeLimitSeconds = timeLimitSeconds
    self.minimumByteCount = minimumByteCount
    self.variables = variables
  }
}

/// A file of the catalogue whose content does not come from its path.
struct LiveFile: Sendable {
  enum Content: Sendable {
    /// A clear copy that was made for this run.
    case copy([UInt8])
    /// A program that is run when its turn comes.
    case command(CommandSource)
  }

  var content: Content
  /// What the catalogue says of owner, mode and time.
  var status: FileStatus
  var attributes: [ExtendedAttribute] = []
}
