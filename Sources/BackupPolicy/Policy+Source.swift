extension Policy {
  /// An element of `sources`: where a data set's content comes from.
  public enum Source: Hashable, Sendable {
    /// A folder or file, read as it lies there.
    case path(String)
    /// A folder, read from a picture that its file system takes of it.
    case snapshot(String, SnapshotKind)
    /// An SQLite database that may be in use: a consistent copy stands in the backup.
    case database(String)
    /// What a program writes becomes a file of the backup.
    case command(Command)

    /// Which file system takes the picture.
    public enum SnapshotKind: String, Hashable, Sendable, CaseIterable {
      /// A read-only subvolume of btrfs, beside what it shows.
      case btrfs
    }

    /// A program whose output becomes a file.
    public struct Command: Hashable, Sendable {
      /// The program's absolute path and its arguments.
      public var arguments: [String]
      /// Where the output stands in the backup, as an absolute path; no such file need exist.
      public var path: String
      /// As whom it runs, or `nil` for the user of `nightsafe` itself.
      public var user: String?
      /// The seconds after which it is ended.
      public var timeLimitSeconds: Int
      /// An output of fewer bytes is a failure.
      public var minimumByteCount: Int

      /// The time limit where none is given: four hours.
      public static let defaultTimeLimitSeconds = 14_400

      /// A program.
      public init(
        arguments: [String], path: String, user: String? = nil,
        timeLimitSeconds: Int = defaultTimeLimitSeconds, minimumByteCount: Int = 1
      ) {
        self.arguments = arguments
        self.path = path
        self.user = user
        self.timeLimitSeconds = timeLimitSeconds
        self.minimumByteCount = minimumByteCount
      }
    }

    /// Where it stands in the backup.
    public var path: String {
      switch self {
      case .path(let path), .snapshot(let path, _), .database(let path): path
      case .command(let command): command.path
      }
    }

    /// Whether a source of this kind may lie inside a folder source.
    ///
    /// A database may: its consistent copy then takes the place of the file.
    var mayLieInside: Bool { if case .database = self { true } else { false } }

    /// Whether files below its path belong to it.
    var isFolder: Bool {
      switch self {
      case .path, .snapshot: true
      case .database, .command: false
      }
    }
  }
}

extension Policy.Source: ExpressibleByStringLiteral {
  /// A folder or file.
  public init(stringLiteral path: String) { self = .path(path) }
}

extension Policy.DataSet {
  /// Where each source stands in the backup.
  public var sourcePaths: [String] { sources.map(\.path) }
}
