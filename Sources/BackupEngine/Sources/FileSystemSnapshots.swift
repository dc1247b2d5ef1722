public import BackupSystem

/// A file system that takes pictures of its folders which stand still.
public protocol FileSystemSnapshots: Sendable {
  /// A word for it, by which what a crash left behind is known at the next start.
  var name: String { get }

  /// Chooses where the picture of a folder will lie: a path that does not exist yet.
  ///
  /// - Parameter mark: Letters and digits that no other picture has.
  func place(of folder: [UInt8], mark: String) throws(EngineError) -> FileSystemPicture

  /// Takes it.
  func take(_ picture: FileSystemPicture) throws(EngineError)

  /// Removes what ``take(_:)`` made at this path; one that is not there is removed already.
  func remove(_ path: [UInt8]) throws(EngineError)

  /// Whether this folder of a picture stands for something that the picture does not hold.
  func isLeftOut(_ status: FileStatus) -> Bool
}

/// A picture of a folder: what it shows, and where it lies.
public struct FileSystemPicture: Hashable, Sendable {
  /// The folder as configured.
  public var folder: [UInt8]
  /// What the file system takes a picture of: the folder, or one above it.
  public var subject: [UInt8]
  /// Where the picture of the subject lies.
  public var path: [UInt8]
  /// The folder in the picture.
  public var folderInPicture: [UInt8]

  /// Describes a picture.
  public init(folder: [UInt8], subject: [UInt8], path: [UInt8], folderInPicture: [UInt8]) {
    self.folder = folder
    self.subject = subject
    self.path = path
    self.folderInPicture = folderInPicture
  }
}
