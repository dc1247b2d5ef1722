import ArgumentParser
import BackupCrypto
import BackupEngine
import BackupFormat
import BackupLog
import BackupObjects

/// Why a request for erasure was refused.
enum GroundName: String, ExpressibleByArgument, CaseIterable {
  case expression
  case legalObligation
  case publicHealth
  case archiving
  case legalClaims
  case noGround
  case unfounded
  case notIdentified
  case notHeld
  case withdrawn

  var ground: Predicate.RefusalGround {
    switch self {
    case .expression: .expression
    case .legalObligation: .legalObligation
    case .publicHealth: .publicHealth
    case .archiving: .archiving
    case .legalClaims: .legalClaims
    case .noGround: .noGround
    case .unfounded: .unfounded
    case .notIdentified: .notIdentified
    case .notHeld: .notHeld
    case .withdrawn: .withdrawn
    }
  }
}

struct EraseRefuse: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refuse",
    abstract: "Say in the log that a request for erasure was refused, and why.",
    discussion: """
      The log tells the ground and the dates, and the record counts the grounds; the note is sealed to \
      whoever opens the data set. Nobody is named in the log. Grounds, by the articles of the AVG:

      expression 17(3)(a); legalObligation 17(3)(b), such as that to keep accounts; publicHealth \
      17(3)(c); archiving 17(3)(d); legalClaims 17(3)(e); noGround: none of 17(1) applies; unfounded or \
      excessive 12(5); notIdentified 11(2), 12(2), 12(6); notHeld: no data of that person. withdrawn, \
      with --replaces: it is refused no longer.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Option(help: "Why it was refused.")
  var ground: GroundName
  @Option(help: "The day on which it was received, YYYY-MM-DD.")
  var received: String?
  @Option(help: "The day on which it was decided, YYYY-MM-DD; now by default.")
  var decided: String?
  @Option(
    help: "A file with a note, which only restorers can read; - reads it from standard input.",
    completion: .file())
  var noteFile: String?
  @Option(help: "The id of a refusal, or the first digits of it, that this takes the place of.")
  var replaces: String?
  @Option(help: "The data set; needed where there is more than one.")
  var dataSet: String?

  func validate() throws {
    if replaces == nil, received == nil {
      throw ValidationError("give --received: the day on which the request was received")
    }
    if ground == .withdrawn, replaces == nil {
      throw ValidationError("withdrawn needs --replaces: which refusal")
    }
  }

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let sets = try SnapshotChoice.sets(open, key: pair, named: dataSet)
    let earlier = try replaces.map { try find($0, open, Set(sets.map(\.set))) }
    let meant = earlier.map { said in sets.filter { $0.set == said.set } } ?? sets
    guard meant.count == 1, let (name, set, _) = meant.first else {
      throw Failure(
        .usage, "name the data set with --data-set",
        hint: "there are: " + sets.map(\.name).joined(separator: ", "))
    }
    let now = open.session.now().unix
    let receivedAt = try received.map { try day($0, "--received", now) } ?? earlier?.received ?? now
    let decidedAt = try decided.map { try day($0, "--decided", now) } ?? now
    guard receivedAt <= decidedAt else {
      throw Failure(
        .usage, "it can't be decided before it was received", hint: "nothing was signed")
    }
    guard let fresh = NoteID(try RandomBytes.make(count: 16)) else { return }
    var refused = Predicate.ErasureRefused(
      refusal: earlier?.refusal ?? fresh, set: set, ground: ground.ground, received: receivedAt,
      decided: decidedAt)
    var subjects: [Subject] = []
    if let noteFile {
      refused.until = try NoteText.end(open, set, pair)
      let note = try NoteText.read(noteFile, id: refused.refusal, set: set, about: .refusal)
      subjects = [try open.session.store(note)]
    }
    try out.say(
      [Draft(.erasureRefused(refused), subjects: subjects)], open, by: pair,
      [
        ("refusal", .text(refused.refusal.hex)), ("dataSet", .text(name)),
        ("ground", .text(refused.ground.rawValue)), ("received", .number(receivedAt)),
        ("decided", .number(decidedAt)), ("hasNote", .flag(!subjects.isEmpty)),
      ])
    if !out.json { Terminal.print("refusal \(refused.refusal)") }
  }

  private func find(
    _ prefix: String, _ open: OpenRepository, _ sets: Set<SetID>
  ) throws -> Predicate.ErasureRefused {
    let found = open.session.logState.latestRefusals.map(\.what)
      .filter { sets.contains($0.set) && $0.refusal.hex.hasPrefix(prefix) }
    guard !prefix.isEmpty, found.count == 1, let only = found.first else {
      throw Failure(
        .failed, "no refusal, or more than one, begins with \(prefix)",
        hint: "nightsafe erase refusals shows them")
    }
    return only
  }

  private func day(_ text: String, _ option: String, _ now: Int64) throws -> Int64 {
    guard let day = Night(text) else { throw Failure(.usage, "\(option) takes YYYY-MM-DD") }
    let start = Int64(day.dayNumber) * 86_400
    guard (0...now).contains(start) else {
      throw Failure(.usage, "\(option) \(text) lies in the future", hint: "nothing was signed")
    }
    return start
  }
}

struct EraseRefusals: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refusals", abstract: "List the refused requests, newest first.",
    discussion: "With a restorer's key, what was noted of each as well.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let keys = try SnapshotChoice.keys(open, key)
    for refusal in open.session.logState.latestRefusals.reversed() {
      let note = try keys[refusal.what.set].flatMap {
        try open.session.note(of: refusal, keys: $0)
      }
      tell(refusal, note)
    }
  }

  private func tell(_ said: Said<Predicate.ErasureRefused>, _ note: PersonalNote?) {
    let what = said.what
    if json {
      Terminal.print(
        JSON.object([
          ("refusal", .text(what.refusal.hex)), ("set", .text(what.set.hex)),
          ("ground", .text(what.ground.rawValue)), ("received", .number(what.received)),
          ("decided", .number(what.decided)), ("logNumber", .number(Int64(said.number))),
          ("hasNote", .flag(!said.subjects.isEmpty)),
          ("note", note.map { .text($0.words) } ?? .nothing),
        ]).encoded)
      return
    }
    Terminal.print(
      "\(what.refusal)  set \(what.set)  \(what.ground.rawValue)  received "
        + "\(Times.utc(what.received))  decided \(Times.utc(what.decided))  log entry \(said.number)"
    )
    if let note { NoteText.print(note) }
  }
}
