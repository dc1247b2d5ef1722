import BackupFormat
import BackupPolicy
import BackupSystem

/// Where folders really are.
enum Places {
  /// A path from the root: as it is, or below the working folder.
  static func absolute(_ path: [UInt8]) throws -> [UInt8] {
    guard path.first != 0x2f else { return path }
    do {
      let folder = try FileSystem.readSymlink(at: nil, [UInt8]("/proc/self/cwd".utf8))
      return (folder == [0x2f] ? [] : folder) + [0x2f] + path
    } catch {
      throw Failure(
        .usage, "\(Words.path(path)): the working folder can't be found: \(error)")
    }
  }

  /// A path from the root: as it is, or below the working folder.
  static func absolute(_ path: String) throws -> String {
    guard !path.hasPrefix("/") else { return path }
    do {
      let folder = try FileSystem.readSymlink(at: nil, [UInt8]("/proc/self/cwd".utf8))
      guard let text = String(validating: folder, as: UTF8.self) else {
        throw Failure(.usage, "\(path): the working folder's name is not UTF-8; give a whole path")
      }
      return (text == "/" ? "" : text) + "/" + path
    } catch let error as SystemError {
      throw Failure(.usage, "\(path): the working folder can't be found: \(error)")
    }
  }

  /// The path of this program, as a line of cron's table needs it.
  static var thisProgram: String {
    // Where /proc is not mounted, PATH has to find it.
    guard let path = try? FileSystem.readSymlink(at: nil, [UInt8]("/proc/self/exe".utf8)),
      let text = String(validating: path, as: UTF8.self)
    else { return "nightsafe" }
    return text
  }

  /// The path to which `path` leads, through links; of what is not there, the folder above decides.
  static func real(_ path: [UInt8]) -> [UInt8] {
    var rest: [[UInt8]] = []
    var folder = path
    while folder.count > 1, folder.last == 0x2f { folder.removeLast() }
    while true {
      // What can't be opened here is looked at as it is written.
      if let open = try? Descriptor.openRootDirectory(folder.isEmpty ? [0x2f] : folder),
        let found = try? FileSystem.readSymlink(
          at: nil, [UInt8]("/proc/self/fd/\(open.rawValue)".utf8))
      {
        return rest.reversed().reduce(found == [0x2f] ? [] : found) { $0 + [0x2f] + $1 }
      }
      guard let slash = folder.lastIndex(of: 0x2f) else { return path }
      rest.append([UInt8](folder[(slash + 1)...]))
      folder = [UInt8](folder[..<slash])
    }
  }

  /// Refuses a source that holds the repository, or lies in it.
  ///
  /// A repository below a source is no harm where the policy leaves it out, by a rule or because it
  /// lies on another file system.
  static func check(
    _ dataSet: Policy.DataSet, rules: PathRules, repository: String
  ) throws {
    let store = real([UInt8](repository.utf8))
    for declared in dataSet.sources {
      // What a program writes lies nowhere.
      if case .command = declared { continue }
      let text = declared.path
      let source = real([UInt8](text.utf8))
      if source == store || CataloguePath.isWithin(source, store) {
        throw Failure(
          .usage, "\(dataSet.name): the source \(text) lies inside the repository \(repository)",
          hint: "a backup of the backups has no end: name another folder; nothing was touched")
      }
      guard CataloguePath.isWithin(store, source) else { continue }
      let below = [UInt8](store[(source == [] ? 1 : source.count + 1)...])
      if rules.explain(below, isDirectory: true).decision == .skip { continue }
      if dataSet.staysOnOneFileSystem, isElsewhere(store, source) { continue }
      throw Failure(
        .usage, "\(dataSet.name): the repository \(repository) lies inside the source \(text)",
        hint: "leave it out in the policy, with \"exclude\": [\"/\(Words.path(below))/\"], or put "
          + "it on another disk; nothing was touched")
    }
  }

  private static func isElsewhere(_ store: [UInt8], _ source: [UInt8]) -> Bool {
    guard let a = try? FileStatus.read(path: store), let b = try? FileStatus.read(path: source)
    else { return false }  // not there: then nothing is known of it
    return a.device != b.device
  }
}
