public import BackupSystem

/// Read-only subvolumes of btrfs, made and removed by `btrfs` (btrfs-progs).
public struct BtrfsSnapshots: FileSystemSnapshots {
  /// The inode of the root of every subvolume (`BTRFS_FIRST_FREE_OBJECTID`).
  private static let subvolumeInode: UInt64 = 256
  /// The inode that stands in a snapshot for a subvolume inside (`BTRFS_EMPTY_SUBVOL_DIR_OBJECTID`).
  private static let emptySubvolumeInode: UInt64 = 2
  /// How long `btrfs` may take: 5 min, for a file system that is busy committing.
  private static let timeLimitMilliseconds = 300_000

  private let program: [UInt8]

  /// - Parameter program: The tool's path, for tests; found by `PATH` and in `/usr/bin` otherwise.
  public init(program: String = "/usr/bin/btrfs") { self.program = [UInt8](program.utf8) }

  /// `btrfs`.
  public var name: String { "btrfs" }

  /// Beside what the subvolume holds, under a name that begins with `.nightsafe-`.
  public func place(
    of folder: [UInt8], mark: String
  ) throws(EngineError) -> FileSystemPicture {
    var subject = folder
    while subject.count > 1, subject.last == 0x2f { subject.removeLast() }
    var inside: [UInt8] = []
    do {
      let device = try FileStatus.read(path: folder).device
      while true {
        let status = try FileStatus.read(path: subject)
        guard status.device == device, status.type == .directory else {
          throw EngineError.source(path: folder, .snapshot("no subvolume of btrfs holds it"))
        }
        if status.inode == Self.subvolumeInode { break }
        guard subject != [0x2f], let slash = subject.lastIndex(of: 0x2f) else {
          throw EngineError.source(path: folder, .snapshot("no subvolume of btrfs holds it"))
        }
        inside = [UInt8](subject[slash...]) + inside
        subject = slash == 0 ? [0x2f] : [UInt8](subject[..<slash])
      }
    } catch let error as EngineError {
      throw error
    } catch let error as SystemError {
      throw error.isNotFound
        ? .source(path: folder, .missing) : .system(path: folder, error)
    } catch {
      throw .source(path: folder, .notReadable)
    }
    let path = (subject == [0x2f] ? [] : subject) + [UInt8]("/.nightsafe-\(mark)".utf8)
    return FileSystemPicture(
      folder: folder, subject: subject, path: path, folderInPicture: path + inside)
  }

  /// `btrfs subvolume snapshot -r`.
  public func take(_ picture: FileSystemPicture) throws(EngineError) {
    try run(
      ["subvolume", "snapshot", "-r"].map { [UInt8]($0.utf8) } + [picture.subject, picture.path],
      about: picture.folder)
  }

  /// `btrfs subvolume delete`, of a name that begins as ours do.
  public func remove(_ path: [UInt8]) throws(EngineError) {
    let name = path[((path.lastIndex(of: 0x2f) ?? -1) + 1)...]
    guard name.starts(with: ".nightsafe-".utf8) else {
      throw .source(path: path, .snapshot("no snapshot of ours"))
    }
    do {
      _ = try FileStatus.read(path: path)
    } catch {
      if error.isNotFound { return }
      throw .system(path: path, error)
    }
    try run(["subvolume", "delete"].map { [UInt8]($0.utf8) } + [path], about: path)
  }

  /// A subvolume inside the one that was taken.
  public func isLeftOut(_ status: FileStatus) -> Bool {
    status.inode == Self.emptySubvolumeInode
  }

  private func run(_ arguments: [[UInt8]], about path: [UInt8]) throws(EngineError) {
    let outcome: ChildProcess.Outcome
    do {
      outcome = try ChildProcess(
        arguments: [program] + arguments, errorOutput: .captured,
        timeLimitMilliseconds: Self.timeLimitMilliseconds, hasOwnGroup: true
      ).run()
    } catch {
      throw .source(path: path, .snapshot("btrfs can't be run: \(error)"))
    }
    guard outcome.isSuccess else {
      throw .source(
        path: path, .snapshot(String(decoding: outcome.errorOutput.prefix(1000), as: UTF8.self)))
    }
  }
}
