/// Which file system holds a path, and where within it: what tells a share that is mounted from the
/// folder that it is mounted on.
///
/// Device numbers are of no use for that: they may be others after each restart. A place is the same as
/// long as the same file system is mounted, wherever that is, and in a service that was given mounts of
/// its own, too.
public struct FileSystemPlace: Hashable, Sendable {
  /// The kind of file system, such as `ext4` or `nfs4`.
  public var kind: [UInt8]
  /// What tells this file system from others: its UUID, or, where it lies on no disk, what was mounted
  /// (`server:/share`); nil if the machine does not say.
  public var name: [UInt8]?
  /// The path within the file system.
  public var path: [UInt8]
  /// The absolute path, without symbolic links.
  public var resolved: [UInt8]

  /// Creates a place.
  public init(kind: [UInt8], name: [UInt8]?, path: [UInt8], resolved: [UInt8]) {
    self.kind = kind
    self.name = name
    self.path = path
    self.resolved = resolved
  }

  /// Whether two places are one, as far as is known of both.
  ///
  /// The kind is compared only where a name is missing: what `mount` calls `nfs` on one day may be
  /// `nfs4` on the next. A symbolic link that leads elsewhere on the same file system was changed by
  /// someone, and is no mount that is missing.
  public func isSame(as other: FileSystemPlace) -> Bool {
    if resolved == other.resolved, path != other.path { return false }
    guard let name, let otherName = other.name else { return kind == other.kind }
    return name == otherName
  }

  /// The place of what `path` leads to, through symbolic links.
  ///
  /// - Returns: nil where the kernel does not tell (no `/proc`).
  public static func read(path: [UInt8]) throws(SystemError) -> FileSystemPlace? {
    let handle = try Descriptor.open(at: nil, path, .pathOnly)
    let number = handle.rawValue
    guard
      // What can't be read there is not known: no error of the path.
      let facts = try? kernelText("/proc/self/fdinfo/\(number)"),
      let mounts = try? kernelText("/proc/self/mountinfo"),
      let whole = try? FileSystem.readSymlink(at: nil, Array("/proc/self/fd/\(number)".utf8)),
      let id = mountID(facts), let mount = Mount.find(id, in: mounts),
      let inside = mount.inside(whole)
    else { return nil }
    let status = try FileStatus.read(of: handle)
    return FileSystemPlace(
      kind: mount.kind, name: name(of: mount, device: status.device), path: inside,
      resolved: whole)
  }

  private static func kernelText(_ path: String) throws(SystemError) -> [UInt8] {
    // A machine full of containers has some thousand mounts of 200 bytes.
    try Descriptor.open(at: nil, Array(path.utf8), .readOnly)
      .readToEnd(limitByteCount: 16 << 20)
  }

  /// The line `mnt_id:` of `/proc/PID/fdinfo/N` (`proc_pid_fdinfo(5)`).
  private static func mountID(_ facts: [UInt8]) -> [UInt8]? {
    let mark = Array("mnt_id:".utf8)
    guard let line = facts.split(separator: 0x0a).first(where: { $0.starts(with: mark) }) else {
      return nil
    }
    return Array(line.dropFirst(mark.count).drop { $0 == 0x09 || $0 == 0x20 })
  }

  /// The UUID of the file system on a disk, by udev's links; what was mounted, where there is no disk.
  private static func name(of mount: Mount, device: UInt64) -> [UInt8]? {
    guard mount.source.starts(with: Array("/dev/".utf8)) else { return mount.source }
    // btrfs shows a device of its own in the status of files; its disk is what was mounted.
    let disk = (try? FileStatus.read(path: mount.source)).flatMap { status in
      status.type == .blockDevice ? status.specialDevice : nil
    }
    let folder = Array("/dev/disk/by-uuid".utf8)
    guard let links = try? Descriptor.openRootDirectory(folder),
      let entries = try? DirectoryEntries.read(links)
    else { return nil }
    return entries.map(\.name).sorted { $0.lexicographicallyPrecedes($1) }.first { name in
      guard let status = try? FileStatus.read(path: folder + [0x2f] + name),
        status.type == .blockDevice
      else { return false }
      return status.specialDevice == device || status.specialDevice == disk
    }
  }

  /// A line of `/proc/self/mountinfo` (`proc_pid_mountinfo(5)`).
  private struct Mount {
    /// The folder of the file system that is mounted.
    let root: [UInt8]
    /// Where it is mounted.
    let point: [UInt8]
    let kind: [UInt8]
    let source: [UInt8]

    static func find(_ id: [UInt8], in text: [UInt8]) -> Mount? {
      for line in text.split(separator: 0x0a) {
        let fields = line.split(separator: 0x20, omittingEmptySubsequences: false)
        // Optional fields end with one that is a hyphen.
        guard fields.count >= 10, Array(fields[0]) == id,
          let end = fields.dropFirst(6).firstIndex(where: { Array($0) == [0x2d] }),
          end + 2 < fields.count
        else { continue }
        return Mount(
          root: unescaped(fields[3]), point: unescaped(fields[4]),
          kind: unescaped(fields[end + 1]), source: unescaped(fields[end + 2]))
      }
      return nil
    }

    /// Turns `\040` and the like into the bytes that they stand for.
    private static func unescaped(_ field: ArraySlice<UInt8>) -> [UInt8] {
      var bytes: [UInt8] = []
      var rest = field
      while let first = rest.popFirst() {
        let digits = rest.prefix(3)
        if first == 0x5c, digits.count == 3, digits.allSatisfy({ (0x30...0x37).contains($0) }) {
          bytes.append(digits.reduce(0) { $0 &* 8 &+ ($1 - 0x30) })
          rest = rest.dropFirst(3)
        } else {
          bytes.append(first)
        }
      }
      return bytes
    }

    /// Where an absolute path lies within the file system.
    func inside(_ whole: [UInt8]) -> [UInt8]? {
      let front = point == [0x2f] ? [] : point
      guard whole.starts(with: front) else { return nil }
      let rest = whole.dropFirst(front.count).drop { $0 == 0x2f }
      let base = root == [0x2f] ? [] : root
      return rest.isEmpty ? (base.isEmpty ? [0x2f] : base) : base + [0x2f] + rest
    }
  }
}
