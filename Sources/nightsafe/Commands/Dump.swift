import ArgumentParser
import BackupEngine
import BackupFormat
import BackupSystem

struct Dump: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the content of one file to standard output.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Argument(help: "A night (2026-11-21), a log number, or latest.")
  var snapshot: String
  @Argument(help: "The path of the file.")
  var file: String
  @Option(help: "Only this data set.")
  var dataSet: String?

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let path = [UInt8](RawArguments.bytes(file).drop { $0 == 0x2f })
    for meant in try SnapshotChoice.find(snapshot, open, key: pair, dataSet: dataSet) {
      let opened = try open.session.open(meant.snapshot, keys: meant.keys)
      guard CataloguePath.isValid(path), let entry = try opened.entry(at: path) else { continue }
      if let kind = Self.kind(entry.content) {
        throw Failure(
          .failed, "/\(Words.path(path)) is \(kind), and no file",
          hint: "nightsafe restore brings it back")
      }
      return try opened.dump(path) { Terminal.write(bytes: $0) }
    }
    throw Failure(
      .failed, "no file \(Words.path(RawArguments.bytes(file))) in the snapshot \(snapshot)",
      hint: "nightsafe find looks for a part of a name in all snapshots")
  }

  /// What an entry is that has no content; nil for a file.
  private static func kind(_ content: CatalogueEntry.Content) -> String? {
    switch content {
    case .file, .hardLink: nil
    case .folder: "a folder"
    case .symbolicLink(let target): "a symbolic link to \(Words.path(target))"
    case .fifo: "a pipe"
    case .characterDevice, .blockDevice: "a device"
    }
  }
}
