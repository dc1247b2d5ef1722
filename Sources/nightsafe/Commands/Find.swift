import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupSystem

struct Find: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find paths in all snapshots, and when they were there.",
    discussion: """
      A pattern is in gitignore syntax; a word without *, ? or [ is looked for anywhere. What a request \
      to erase withholds is found too, and marked: no restore brings it back.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Argument(help: "A pattern, or a part of a path.")
  var pattern: String
  @Option(help: "Only this snapshot: a night, a log number, or latest.")
  var snapshot: String?
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let bytes = RawArguments.bytes(pattern)
    let isPattern = pattern.contains { "*?[".contains($0) }
    let selection = isPattern ? try PathSelection([bytes]) : .everything
    for (_, set, keys) in try SnapshotChoice.sets(open, key: pair, named: dataSet) {
      var meant = open.session.logState.liveSnapshots(of: set)
      if let snapshot {
        let chosen = try SnapshotChoice.find(snapshot, open, key: pair, dataSet: dataSet)
        meant = meant.filter { found in chosen.contains { $0.snapshot.number == found.number } }
      }
      for found in meant {
        let opened = try open.session.open(found, keys: keys)
        try opened.forEachEntry(selection) { folder, entry in
          let path = CataloguePath.join(folder, entry.name)
          guard isPattern || Self.contains(path, bytes) else { return }
          tell(found, path, entry, isWithheld: opened.erasures.withholds(entry, in: folder))
        }
      }
    }
  }

  private func tell(
    _ snapshot: Snapshot, _ path: [UInt8], _ entry: CatalogueEntry, isWithheld: Bool
  ) {
    if json {
      Terminal.print(
        JSON.object([
          ("number", .number(Int64(snapshot.number))), ("night", .text("\(snapshot.night)")),
          ("entry", EntryText.json(path, entry, isWithheld: isWithheld)),
        ]).encoded)
    } else {
      Terminal.print(
        "\(snapshot.night)  \(snapshot.number)  "
          + EntryText.line(path, entry, isWithheld: isWithheld))
    }
  }

  private static func contains(_ path: [UInt8], _ part: [UInt8]) -> Bool {
    guard part.count <= path.count, !part.isEmpty else { return part.isEmpty }
    return (0...path.count - part.count).contains { start in
      path[start..<start + part.count].elementsEqual(part)
    }
  }
}
