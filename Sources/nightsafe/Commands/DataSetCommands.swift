import ArgumentParser
import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupSystem

struct DataSetGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data-set", abstract: "Destroy a data set with its keys; the owner's word.",
    subcommands: [DataSetDestroy.self])
}

struct DataSetDestroy: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy", abstract: "Erase a data set by destroying its keys, 7 days from now.",
    discussion: """
      The log says so at once, and it is in force after 7 days; until then the data set is backed up as \
      before and --withdraw takes it back. Then it is backed up no more, all its snapshots go, whatever \
      the policy keeps, and its keys and everything else of it are deleted by the next rotations. Only a \
      legal hold keeps it, for as long as the hold stands. What is deleted nobody can bring back.

      It reaches this repository and no further: not copies made elsewhere (nightsafe copy, disks that \
      lie apart), not what was restored, not what somebody kept of the keys. Whoever has such things has \
      to destroy them, too.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The data set.")
  var name: String
  @Option(
    help:
      "The reason. Only a salted commitment to it goes into the log; keep the salt that is printed."
  )
  var reason: String?
  @Flag(help: "Take it back, as long as it is not in force.")
  var withdraw = false
  @Flag(help: "Do not ask for the name typed back.")
  var yes = false

  func validate() throws {
    if withdraw == (reason != nil) {
      throw ValidationError("give --reason TEXT, or --withdraw without one")
    }
  }

  func run() throws {
    let open = try repository.open()
    let owner = try key.open()
    guard open.session.logState.roles(of: owner.keyID).contains(.owner) else {
      throw Failure(.key, "this key is not the owner's")
    }
    guard let meant = try SnapshotChoice.sets(open, key: owner, named: name).first else { return }
    if let reason {
      try destroy(meant.name, meant.set, open, owner, reason: reason)
    } else {
      try withdraw(meant.name, meant.set, open, owner)
    }
  }

  private func destroy(
    _ name: String, _ set: SetID, _ open: OpenRepository, _ owner: KeyPair, reason: String
  ) throws {
    let state = open.session.logState
    if let known = state.destructions[set] {
      throw Failure(
        .failed,
        "the data set \(name) is to be destroyed already, from \(Times.utc(known.inForceAt)) on",
        hint: "--withdraw takes it back until then")
    }
    let effective = open.session.now().unix + Destruction.noticeSeconds
    for line in Self.warning(name, set, state, effective) { tell(line) }
    try confirm(name)
    let salt = try RandomBytes.make(count: 16)
    guard let commitment = Digest(SHA256.hash(salt + [UInt8](reason.utf8))) else { return }
    try out.say(
      [
        Draft(
          .destroyed(
            Predicate.Destroyed(
              set: set, action: .add, effective: effective, reason: commitment)))
      ], open, by: owner,
      [
        ("dataSet", .text(name)), ("set", .text(set.hex)), ("effective", .number(effective)),
        ("snapshots", .number(Int64(state.liveSnapshots(of: set).count))),
        ("salt", .text(Hex.encode(salt))),
      ])
    if !out.json { Terminal.print("salt of the reason \(Hex.encode(salt))") }
  }

  private func withdraw(
    _ name: String, _ set: SetID, _ open: OpenRepository, _ owner: KeyPair
  ) throws {
    let state = open.session.logState
    guard let known = state.destructions[set] else {
      throw Failure(.failed, "the data set \(name) is not to be destroyed; nothing was signed")
    }
    guard !state.isDestroyed(set, at: open.session.now()) else {
      throw Failure(
        .failed,
        "the data set \(name) is destroyed since \(Times.utc(known.inForceAt)): that can't be taken "
          + "back", hint: "a legal hold keeps what is still stored: nightsafe hold add")
    }
    var what = known.said.what
    what.action = .remove
    try out.say(
      [Draft(.destroyed(what))], open, by: owner,
      [("dataSet", .text(name)), ("set", .text(set.hex)), ("withdrawn", .flag(true))])
    if !out.json { Terminal.print("\(name) is not destroyed") }
  }

  private func tell(_ line: String) {
    if out.json { Terminal.note(line) } else { Terminal.print(line) }
  }

  /// What goes, when, and what this does not reach.
  private static func warning(
    _ name: String, _ set: SetID, _ state: LogState, _ effective: Int64
  ) -> [String] {
    let live = state.liveSnapshots(of: set)
    let stored = state.storedPacks(of: set)
    let nights = live.map(\.night)
    let span = nights.min().flatMap { first in nights.max().map { ", \(first) to \($0)" } } ?? ""
    var lines = [
      "\(name) (\(set)): \(live.count) snapshots\(span) go, \(stored.count) packs of "
        + "\(Words.size(UInt64(stored.byteCount))), and all keys that open them",
      "in force from \(Times.utc(effective)) on; until then --withdraw takes it back, and after that "
        + "nothing does",
      "not reached: copies made elsewhere, what was restored, and what somebody kept of the keys",
    ]
    let holds = state.holds.values.count { $0.what.set == set }
    if holds > 0 { lines.append("legal holds on it: \(holds); nothing goes while one stands") }
    return lines
  }

  private func confirm(_ name: String) throws {
    if yes { return }
    guard BackupSystem.Terminal.isTerminal(.input) else {
      throw Failure(
        .usage, "this asks for the name of the data set typed back, and there is no terminal",
        hint: "--yes goes on without; nothing was signed")
    }
    tell("Type the name of the data set to destroy it:")
    guard readLine()?.trimmed == name else {
      throw Failure(.failed, "that is not its name; nothing was signed")
    }
  }
}
