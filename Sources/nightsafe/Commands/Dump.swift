import ArgumentParser
import BackupEngine
import BackupFormat

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
      guard CataloguePath.isValid(path), try opened.entry(at: path) != nil else { continue }
      return try opened.dump(path) { Terminal.write(bytes: $0) }
    }
    throw Failure(
      .failed, "no file \(Words.path(RawArguments.bytes(file))) in the snapshot \(snapshot)")
  }
}
