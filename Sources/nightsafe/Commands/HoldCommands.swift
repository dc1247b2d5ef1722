import ArgumentParser
import BackupCrypto
import BackupEngine
import BackupFormat
import BackupLog

struct HoldGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hold", abstract: "Keep snapshots for a legal reason, whatever the policy says.",
    subcommands: [HoldAdd.self, HoldRemove.self, HoldList.self])
}

struct HoldAdd: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "add", abstract: "Begin a hold.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Option(help: "The data set.")
  var dataSet: String
  @Option(help: "Log numbers of the snapshots; all of the data set by default.")
  var snapshot: [Int] = []
  @Option(help: "The last day of the hold, YYYY-MM-DD; until it is removed by default.")
  var until: String?
  @Option(
    help:
      "The reason. Only a salted commitment to it goes into the log; keep the salt that is printed."
  )
  var reason: String

  func run() throws {
    let open = try repository.open()
    let owner = try key.open()
    guard let set = try SnapshotChoice.sets(open, key: owner, named: dataSet).first?.set else {
      return
    }
    var ends: Int64 = 0
    if let until {
      guard let day = Night(until) else { throw Failure(.usage, "--until takes YYYY-MM-DD") }
      ends = Int64(day.dayNumber + 1) * 86_400
      guard ends > open.session.now().unix else {
        throw Failure(.usage, "--until \(until) is over", hint: "nothing was signed")
      }
    }
    let live = Set(open.session.logState.liveSnapshots(of: set).map(\.number))
    let unknown = Set(snapshot).subtracting(live).sorted()
    guard unknown.isEmpty else {
      throw Failure(
        .failed,
        "no snapshot of \(dataSet) has this number: "
          + unknown.map { "\($0)" }.joined(separator: ", "),
        hint: "nightsafe snapshots lists them; nothing was signed")
    }
    let salt = try RandomBytes.make(count: 16)
    guard let commitment = Digest(SHA256.hash(salt + [UInt8](reason.utf8))),
      let hold = HoldID(try RandomBytes.make(count: 16))
    else { return }
    try out.say(
      [
        Draft(
          .hold(
            Predicate.Hold(
              set: set, hold: hold, action: .add, until: ends, snapshots: Set(snapshot).sorted(),
              reason: commitment)))
      ], open, by: owner,
      [
        ("hold", .text(hold.hex)), ("dataSet", .text(dataSet)), ("salt", .text(Hex.encode(salt))),
      ])
    if !out.json { Terminal.print("hold \(hold), salt of the reason \(Hex.encode(salt))") }
  }
}

struct HoldRemove: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "remove", abstract: "End a hold.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The id of the hold, or the first digits of it.")
  var hold: String

  func run() throws {
    let open = try repository.open()
    let owner = try key.open()
    let found = open.session.logState.holds.values.filter { $0.what.hold.hex.hasPrefix(hold) }
    guard found.count == 1, var what = found.first?.what else {
      throw Failure(.failed, "no hold, or more than one, begins with \(hold)")
    }
    what.action = .remove
    try out.say([Draft(.hold(what))], open, by: owner, [("hold", .text(what.hold.hex))])
  }
}

struct HoldList: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the holds.")
  @OptionGroup var repository: RepositoryOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let holds = open.session.logState.holds.values.sorted { $0.number < $1.number }
    if json {
      let rows = holds.map { hold in
        JSON.object([
          ("hold", .text(hold.what.hold.hex)), ("set", .text(hold.what.set.hex)),
          ("snapshots", .list(hold.what.snapshots.map { .number(Int64($0)) })),
          ("until", hold.what.until == 0 ? .nothing : .number(hold.what.until)),
          ("logNumber", .number(Int64(hold.number))),
        ])
      }
      return Terminal.print(JSON.list(rows).encoded)
    }
    for hold in holds {
      let what = hold.what
      let scope =
        what.snapshots.isEmpty
        ? "all snapshots" : "snapshots " + what.snapshots.map { "\($0)" }.joined(separator: ", ")
      let end = what.until == 0 ? "until removed" : "until \(Times.utc(what.until))"
      Terminal.print("\(what.hold)  set \(what.set)  \(scope)  \(end)  log entry \(hold.number)")
    }
  }
}
