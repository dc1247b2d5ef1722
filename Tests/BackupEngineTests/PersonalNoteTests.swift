import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Testing

@testable import BackupEngine

@Suite("Notes of people, by the second implementation")
struct PersonalNoteTests {
  @Test(arguments: FormatVector.load("note").filter { $0.has("text") })
  func `a text is read by every reader or by none`(vector: FormatVector) throws {
    let text = vector.bytes("text")
    guard vector.isAccepted else {
      #expect(throws: NoteFault.self) { try PersonalNote(text: text) }
      return
    }
    #expect(try PersonalNote(text: text).text == text)
  }

  @Test(arguments: FormatVector.load("note").filter { $0.has("hex") })
  func `a sealed note opens as a note only`(vector: FormatVector) throws {
    let set = try #require(SetID(vector.bytes("set")))
    let repository = try #require(RepositoryID(vector.bytes("repository")))
    let key = try XWingPrivateKey(seed: SecretKey(copying: vector.bytes("setSeed").span))
    let opened = Result {
      try SealedText.open(
        vector.bytes("hex"), with: key, id: SealedText.id(of: set), kind: .note, set: set,
        repository: repository)
    }
    guard vector.isAccepted else {
      #expect(throws: SealedTextError.self) { try opened.get() }
      return
    }
    #expect(try opened.get() == vector.bytes("plain"))
  }

  private static func note(
    _ id: Int, _ set: SetID, _ about: PersonalNote.Subject
  ) throws -> PersonalNote {
    let id = try #require(NoteID([UInt8](repeating: UInt8(id), count: 16)))
    return try PersonalNote(id: id, set: set, about: about, words: "the disk squeaks")
  }

  /// What is wrong with the note that is opened; nil if nothing is.
  private static func problem(_ open: () throws -> PersonalNote?) -> EngineError.NoteProblem? {
    do {
      _ = try open()
      return nil
    } catch EngineError.note(_, let problem) {
      return problem
    } catch {
      Issue.record(error)
      return nil
    }
  }

  private static func refused(_ note: PersonalNote, until: Int64 = 1) -> Predicate {
    .erasureRefused(
      Predicate.ErasureRefused(
        refusal: note.id, set: note.set, ground: .legalClaims, received: 1, decided: 2,
        until: until))
  }

  private static func noted(
    _ note: PersonalNote, _ incident: Int?, until: Int64 = 1
  ) throws -> Predicate {
    let incident = try incident.map {
      try #require(IncidentID([UInt8](repeating: UInt8($0), count: 16)))
    }
    return .noted(
      Predicate.Noted(note: note.id, set: note.set, incident: incident, until: until))
  }

  @Test func `a note of its statement opens with the keys of its set alone`() throws {
    let stage = try RepositoryStage()
    let session = try stage.session()
    let refusal = try Self.note(1, stage.set, .refusal)
    let incident = try Self.note(2, stage.set, .incident)
    let field = try Self.note(3, stage.set, .field("restore.next-due"))
    // A verifier opens nothing, and seals all the same.
    for (predicate, note, signer) in [
      (Self.refused(refusal), refusal, stage.owner),
      (try Self.noted(incident, 9), incident, stage.verifier),
      (try Self.noted(field, nil), field, stage.owner),
    ] {
      try session.append([Draft(predicate, subjects: [try session.store(note)])], by: signer.signer)
    }
    let keys = try stage.ownerKeys()
    let said = try #require(session.logState.refusals.first)
    #expect(try session.note(of: said, keys: keys) == refusal)
    #expect(
      try session.logState.notes.map { try session.note(of: $0, keys: keys) } == [incident, field])
    // The keys of another set do not open it.
    let other = try RepositoryStage()
    let otherKeys = try other.ownerKeys()
    #expect(Self.problem { try session.note(of: said, keys: otherKeys) } == .notOpened)
    let foreign = try Self.note(4, other.set, .refusal)
    #expect {
      try session.store(foreign)
    } throws: { error in
      if case EngineError.unavailable = error { true } else { false }
    }
  }

  @Test func `a note that says something else than its statement is refused`() throws {
    let stage = try RepositoryStage()
    let session = try stage.session()
    let refusal = try Self.note(1, stage.set, .refusal)
    let incident = try Self.note(1, stage.set, .incident)
    let field = try Self.note(1, stage.set, .field("restore.next-due"))
    let other = try Self.note(2, stage.set, .refusal)
    for (predicate, note) in [
      (Self.refused(refusal), incident), (Self.refused(refusal), field),
      (Self.refused(refusal), other),
    ] {
      try session.append(
        [Draft(predicate, subjects: [try session.store(note)])], by: stage.owner.signer)
    }
    for (predicate, note) in [
      (try Self.noted(incident, 9), refusal), (try Self.noted(incident, 9), field),
      (try Self.noted(incident, nil), incident), (try Self.noted(other, 9), incident),
    ] {
      try session.append(
        [Draft(predicate, subjects: [try session.store(note)])], by: stage.owner.signer)
    }
    let keys = try stage.ownerKeys()
    #expect(session.logState.refusals.count == 3 && session.logState.notes.count == 4)
    for said in session.logState.refusals {
      #expect(
        Self.problem { try session.note(of: said, keys: keys) } == .refused(.differsFromStatement))
    }
    for said in session.logState.notes {
      #expect(
        Self.problem { try session.note(of: said, keys: keys) } == .refused(.differsFromStatement))
    }
  }

  @Test func `a note is kept to the end of its term, missed before and deleted after`() throws {
    let stage = try RepositoryStage()
    try stage.write("a", [1, 2, 3])
    try stage.passNight()
    let session = try stage.session()
    let until = stage.clock.now.unix + 2 * 86_400
    let refusal = try Self.note(1, stage.set, .refusal)
    let incident = try Self.note(2, stage.set, .incident)
    for (predicate, note) in [
      (Self.refused(refusal, until: until), refusal),
      (try Self.noted(incident, 9, until: until), incident),
    ] {
      try session.append(
        [Draft(predicate, subjects: [try session.store(note)])], by: stage.owner.signer)
    }
    let paths = [
      try #require(session.logState.refusals.first?.subjects.first?.path),
      try #require(session.logState.notes.first?.subjects.first?.path),
    ]
    func required() throws -> Int {
      try stage.session().logState.requiredObjects().count { paths.contains($0.path) }
    }
    #expect(try required() == 2)
    let lost = try #require(try stage.storage.list("records").objects.first)
    let bytes = try stage.storage.read(lost.key, limitByteCount: 1 << 20)
    try stage.storage.remove(lost.key)
    let keys = try stage.ownerKeys()
    let problems = [
      Self.problem { try session.note(of: session.logState.refusals[0], keys: keys) },
      Self.problem { try session.note(of: session.logState.notes[0], keys: keys) },
    ]
    #expect(problems.contains(.missing) && problems.contains(nil))
    _ = try stage.storage.put(lost.key, bytes.span)
    for _ in 0..<2 { try stage.passNight() }
    #expect(try required() == 2)
    for _ in 0..<3 { try stage.passNight() }
    #expect(try required() == 0)
    #expect(try stage.storage.list("records").objects.isEmpty)
    let state = try stage.session().logState
    #expect(try stage.session().note(of: state.refusals[0], keys: keys) == nil)
    #expect(try stage.session().note(of: state.notes[0], keys: keys) == nil)
  }
}
