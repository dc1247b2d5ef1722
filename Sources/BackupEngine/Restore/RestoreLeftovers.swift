import BackupFormat
import BackupSystem

/// The temporary entries under which a restore writes what takes the place of something, and those
/// that a killed one left in the target.
///
/// An entry is removed only if it certainly is a leftover: it has such a name, is a regular file of
/// this user, the process in its name does not run, and no other restore holds the target. The lock is
/// that of `flock(2)` on the target, shared by all who restore into it, so that a restore on another machine
/// or in a container of its own is seen too.
struct RestoreLeftovers {
  private static let prefix = [UInt8](".nightsafe-restore-".utf8)
  private let target: RestoreTarget
  private let isAlone: Bool

  /// Takes the target's lock; it goes with the target.
  ///
  /// - Parameter isLooking: Whether nothing will be written.
  init(_ target: RestoreTarget, isLooking: Bool) throws(SystemError) {
    self.target = target
    guard !isLooking else {
      isAlone = false
      return
    }
    var isAlone = false
    do throws(SystemError) {
      isAlone = try target.root.tryLock(exclusive: true)
      _ = try target.root.tryLock(exclusive: false)
    } catch {
      // A file system without locks: then nothing is certain.
      guard error.isUnsupported || error.isInvalid else { throw error }
      isAlone = false
    }
    self.isAlone = isAlone
  }

  /// The name for the file of a number, of those that this process writes at a time.
  static func name(_ number: Int) -> [UInt8] {
    prefix + [UInt8]("\(Machine.processNumber)-\(number)".utf8)
  }

  /// The process in a name; nil if it is no such name.
  private static func process(in name: [UInt8]) -> Int32? {
    guard name.starts(with: prefix) else { return nil }
    let parts = name.dropFirst(prefix.count)
      .split(separator: 0x2d, omittingEmptySubsequences: false)
    guard parts.count == 2,
      parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } })
    else { return nil }
    return Int32(String(decoding: parts[0], as: UTF8.self))
  }

  /// Removes leftovers from a folder of the target.
  ///
  /// - Parameter besides: What the snapshot itself has there.
  func remove(from path: [UInt8], besides known: [CatalogueEntry]) throws(SystemError) {
    guard isAlone else { return }
    let folder: Descriptor
    do {
      folder = try target.folder(path)
    } catch {
      // What is not there, or no folder, is told by who makes it.
      return
    }
    for entry in try DirectoryEntries.read(folder) {
      guard let process = Self.process(in: entry.name), process != Machine.processNumber,
        !known.contains(where: { $0.name == entry.name }), !Machine.isRunning(process)
      else { continue }
      let status = try FileStatus.read(at: folder, name: entry.name)
      guard status.type == .regular, status.uid == Accounts.effectiveUser else { continue }
      try FileSystem.removeFile(at: folder, entry.name)
    }
  }
}
