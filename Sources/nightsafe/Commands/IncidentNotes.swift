import ArgumentParser
import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupRecord

struct IncidentNote: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Write something down about an incident or another exception.",
    discussion: """
      The words are sealed to whoever opens the data set: the machine of the nights can't read them, and \
      the confidential edition of the record tells where they lie. An owner, a restorer or a verifier \
      may write. nightsafe incident notes shows them.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(
    help: "An incident's id, or its first digits; or an exception's rule, as restore.next-due.")
  var about: String
  @Option(help: "A file with the note; standard input by default.", completion: .file())
  var noteFile: String = "-"
  @Option(help: "The data set whose keys open it; needed where there is more than one.")
  var dataSet: String?

  func run() throws {
    let act = try IncidentAct(repository)
    let open = act.repository
    let pair = try key.open()
    var incident: IncidentID?
    let subject: PersonalNote.Subject
    if FieldID(rawValue: about) != nil {
      subject = .field(about)
    } else {
      incident = try act.find(about)
      subject = .incident
    }
    let set = try NoteText.set(open, pair, named: dataSet)
    let state = open.session.logState
    let roles = state.roles(of: pair.keyID)
    guard
      roles.contains(.owner) || roles.contains(.verifier)
        || roles.contains(.restorer) && state.keys[pair.keyID]?.holds(.restorer, for: set) == true
    else {
      throw Failure(.key, "only an owner, a restorer or a verifier writes notes")
    }
    let until = try NoteText.end(open, set, pair)
    guard let id = NoteID(try RandomBytes.make(count: 16)) else { return }
    let note = try NoteText.read(noteFile, id: id, set: set, about: subject)
    let sealed = try open.session.store(note)
    try out.say(
      [
        Draft(
          .noted(Predicate.Noted(note: id, set: set, incident: incident, until: until)),
          subjects: [sealed])
      ], open, by: pair,
      [
        ("note", .text(id.hex)), ("about", .text(subject.word)),
        ("incident", incident.map { .text($0.hex) } ?? .nothing), ("set", .text(set.hex)),
      ])
  }
}

struct IncidentNotes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "notes",
    abstract: "Show what people wrote down about incidents and other exceptions, newest first.",
    discussion: "It is sealed to whoever opens the data set: name a restorer's key with --key.")

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let sets = try SnapshotChoice.sets(open, key: pair, named: dataSet)
    for said in open.session.logState.notes.reversed() {
      guard let (name, _, keys) = sets.first(where: { $0.set == said.what.set }),
        let note = try open.session.note(of: said, keys: keys)
      else { continue }
      tell(said, note, name)
    }
  }

  private func tell(_ said: Said<Predicate.Noted>, _ note: PersonalNote, _ name: String) {
    if json {
      Terminal.print(
        JSON.object([
          ("note", .text(said.what.note.hex)), ("dataSet", .text(name)),
          ("about", .text(note.about.word)),
          ("incident", said.what.incident.map { .text($0.hex) } ?? .nothing),
          ("written", .number(said.time.unix)), ("key", .text(said.signer.hex)),
          ("logNumber", .number(Int64(said.number))), ("text", .text(note.words)),
        ]).encoded)
      return
    }
    let about = said.what.incident.map { "incident \($0)" } ?? note.about.word
    Terminal.print(
      "\(about), \(Times.utc(said.time.unix)), by key \(said.signer), log entry \(said.number)")
    NoteText.print(note)
  }
}
