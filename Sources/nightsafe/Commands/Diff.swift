import ArgumentParser
import BackupEngine
import BackupLog

struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what differs between two snapshots.",
    discussion: """
      + added, - removed, M other content, U only mode, owner, time or attributes. What a request to \
      erase withholds in either snapshot is shown too, and marked: no restore brings it back.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Argument(help: "The earlier snapshot: a night, a log number, or latest.")
  var first: String
  @Argument(help: "The later one.")
  var second: String
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let before = try SnapshotChoice.find(first, open, key: pair, dataSet: dataSet)
    let after = try SnapshotChoice.find(second, open, key: pair, dataSet: dataSet)
    for old in before {
      guard let new = after.first(where: { $0.snapshot.set == old.snapshot.set }) else {
        throw Failure(.failed, "the snapshots \(first) and \(second) are of different data sets")
      }
      let a = try open.session.open(old.snapshot, keys: old.keys)
      let b = try open.session.open(new.snapshot, keys: new.keys)
      try SnapshotDiff.compare(a, b) { difference, path in
        let sign =
          switch difference {
          case .added: "+"
          case .removed: "-"
          case .changed: "M"
          case .metadata: "U"
          }
        // A pattern for folders alone withholds what is below them, which is marked by its path.
        let isWithheld = a.erasures.withholds(path) || b.erasures.withholds(path)
        var members: [(String, JSON)] = [
          ("change", .text(sign)), ("path", .text("/" + Words.path(path))),
        ]
        if isWithheld { members.append(("withheld", .flag(true))) }
        let mark = isWithheld ? EntryText.withheldMark : ""
        Terminal.print(
          json ? JSON.object(members).encoded : "\(sign) /\(Words.path(path))\(mark)")
      }
    }
  }
}
