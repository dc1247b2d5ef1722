import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupObjects

struct Snapshots: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the snapshots; with a key, by the names of their data sets.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    var names: [String: String] = [:]
    if key.key != nil {
      for (set, opened) in try open.session.openSets(with: try key.open()) {
        names[set.hex] = opened.secret.name
      }
    }
    let snapshots = open.session.logState.liveSnapshots.sorted { $0.number < $1.number }
    if json {
      let rows = snapshots.map { snapshot in
        JSON.object([
          ("number", .number(Int64(snapshot.number))), ("night", .text("\(snapshot.night)")),
          ("set", .text(snapshot.set.hex)),
          ("name", names[snapshot.set.hex].map(JSON.text) ?? .nothing),
          ("readStart", .number(snapshot.taken.readStart)),
          ("newBlocks", .number(Int64(snapshot.taken.blocks))),
          ("newBytes", .number(Int64(snapshot.taken.byteCount))),
          ("selfChecked", .flag(snapshot.isSelfChecked)),
        ])
      }
      Terminal.print(JSON.list(rows).encoded)
      return
    }
    for snapshot in snapshots {
      let name = names[snapshot.set.hex] ?? String(snapshot.set.hex.prefix(8))
      Terminal.print(
        "\(snapshot.number)  \(snapshot.night)  \(name)  read \(Times.utc(snapshot.taken.readStart))  "
          + "new \(Words.size(UInt64(snapshot.taken.byteCount)))  "
          + (snapshot.isSelfChecked ? "opened when written" : "not self-checked"))
    }
  }
}
