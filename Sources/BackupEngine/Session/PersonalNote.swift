public import BackupFormat
import BackupKeys
public import BackupLog
public import BackupObjects

/// What a person wrote down of a refused request or of an exception: the text of an object of
/// `records/` (`Docs/format.md`, 11.6).
public struct PersonalNote: Hashable, Sendable {
  /// What a note is about.
  public enum Subject: Hashable, Sendable {
    /// A request for erasure that was refused.
    case refusal
    /// An incident, which the statement names.
    case incident
    /// An exception: the id of the field of a record that is not met.
    case field(String)

    /// The word in the text.
    public var word: String {
      switch self {
      case .refusal: "refusal"
      case .incident: "incident"
      case .field(let id): id
      }
    }

    init?(_ word: String) {
      switch word {
      case "refusal": self = .refusal
      case "incident": self = .incident
      default:
        guard Self.isFieldID(word) else { return nil }
        self = .field(word)
      }
    }

    fileprivate static func isFieldID(_ word: String) -> Bool {
      (3...Limits.noteAboutByteCount).contains(word.utf8.count) && word.utf8.contains(0x2e)
        && word.utf8.allSatisfy {
          0x61...0x7a ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2d || $0 == 0x2e
        }
    }
  }

  /// The id in the statement: of the note, or of the refusal.
  public var id: NoteID
  /// The data set whose keys open it.
  public var set: SetID
  /// What it is about.
  public var about: Subject
  /// What the person says.
  public var words: String

  static let schema = "nightsafe/note/v1"

  /// A note.
  ///
  /// - Throws: ``NoteFault/empty``, ``NoteFault/tooLong``, ``NoteFault/controlCharacter`` or
  ///   ``NoteFault/badSubject`` if it can't be one.
  public init(id: NoteID, set: SetID, about: Subject, words: String) throws(NoteFault) {
    self.id = id
    self.set = set
    self.about = about
    self.words = words
    guard !words.isEmpty else { throw .empty }
    guard words.utf8.count <= Limits.noteByteCount else { throw .tooLong }
    for scalar in words.unicodeScalars
    where scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t" {
      throw .controlCharacter
    }
    if case .field(let id) = about, !Subject.isFieldID(id) { throw .badSubject }
  }

  /// The canonical JSON that is sealed.
  var text: [UInt8] {
    CanonicalJSON.object([
      "about": .string(about.word), "note": .string(id.hex), "schema": .string(Self.schema),
      "set": .string(set.hex), "text": .string(words),
    ]).encode()
  }

  /// Reads a note; every part is checked as when it is made.
  init(text: [UInt8]) throws(NoteFault) {
    let fields: [String: CanonicalJSON]
    do { fields = try CanonicalJSON(decoding: text).object ?? [:] } catch { throw .notANote }
    guard fields.count == 5, fields["schema"]?.string == Self.schema,
      let id = fields["note"]?.string.flatMap({ NoteID(hex: $0) }),
      let set = fields["set"]?.string.flatMap({ SetID(hex: $0) }),
      let about = fields["about"]?.string.flatMap({ Subject($0) }),
      let words = fields["text"]?.string
    else { throw .notANote }
    try self.init(id: id, set: set, about: about, words: words)
  }
}

/// Why a person's note can't be made or read.
public enum NoteFault: Error, Hashable, Sendable {
  /// It says nothing.
  case empty
  /// It is too long.
  case tooLong
  /// It holds a control character other than a tabulator or the end of a line.
  case controlCharacter
  /// What it is about is no id of a field.
  case badSubject
  /// The text is not that of a note.
  case notANote
  /// The text says something else than its statement in the log.
  case differsFromStatement
}

extension RepositorySession {
  /// Seals a note to whoever opens its data set, and stores it; no key that opens is needed.
  ///
  /// - Returns: What the statement about it is to name.
  /// - Throws: ``EngineError/unavailable`` if the log knows no such data set.
  public func store(_ note: PersonalNote) throws(EngineError) -> BackupLog.Subject {
    guard let xWing = logState.dataSets[note.set]?.what.xWing else { throw .unavailable }
    return try store(text: note.text, kind: .note, set: note.set, xWing: xWing) { .record($0) }
  }

  /// Opens the note of a refusal; nil if it has none, or if it was deleted after its term.
  ///
  /// - Throws: ``EngineError/note(_:_:)`` if it is missing, damaged or refused.
  public func note(
    of refusal: Said<Predicate.ErasureRefused>, keys: SetOpeningKeys
  ) throws(EngineError) -> PersonalNote? {
    try note(refusal, of: refusal.what.set, refusal.what.refusal, keys: keys) { $0 == .refusal }
  }

  /// Opens the note about an exception; nil if it was deleted after its term.
  ///
  /// - Throws: ``EngineError/note(_:_:)`` if it is missing, damaged or refused.
  public func note(
    of said: Said<Predicate.Noted>, keys: SetOpeningKeys
  ) throws(EngineError) -> PersonalNote? {
    try note(said, of: said.what.set, said.what.note, keys: keys) { about in
      switch about {
      case .refusal: false
      case .incident: said.what.incident != nil
      case .field: said.what.incident == nil
      }
    }
  }

  private func note<What>(
    _ said: Said<What>, of set: SetID, _ noteID: NoteID, keys: SetOpeningKeys,
    fits: (PersonalNote.Subject) -> Bool
  ) throws(EngineError) -> PersonalNote? {
    guard let path = said.subjects.first?.path, logState.deletedObjects[path] == nil else {
      return nil
    }
    let bytes: [UInt8]?
    do {
      bytes = try objects.bytes(of: path, limitByteCount: Limits.sealedTextByteCount)
    } catch {
      throw .storage(error)
    }
    guard let bytes else { throw .note(said.number, .missing) }
    do {
      let text = try SealedText.open(
        bytes, with: keys.privateKey, id: SealedText.id(of: set), kind: .note, set: set,
        repository: id)
      let note = try PersonalNote(text: text)
      guard note.set == set, note.id == noteID, fits(note.about) else {
        throw NoteFault.differsFromStatement
      }
      return note
    } catch let error as NoteFault {
      throw .note(said.number, .refused(error))
    } catch {
      throw .note(said.number, .notOpened)
    }
  }
}
