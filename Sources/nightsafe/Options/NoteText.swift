import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy

/// Notes that people write down: read from a file, sealed, and shown again.
enum NoteText {
  /// A note of what stands in a file, or on standard input for `-`.
  static func read(
    _ path: String, id: NoteID, set: SetID, about: PersonalNote.Subject
  ) throws -> PersonalNote {
    // A line ends as the format says, whatever wrote it.
    let words = String(try PersonalText.read(path).map { $0 == "\r\n" ? "\n" : $0 })
    do {
      return try PersonalNote(id: id, set: set, about: about, words: words)
    } catch {
      let problem =
        switch error {
        case .empty: "the note is empty"
        case .tooLong: "the note is longer than \(Limits.noteByteCount) bytes"
        case .controlCharacter: "the note holds a control character"
        case .badSubject, .notANote, .differsFromStatement: "the note is none"
        }
      throw Failure(.usage, problem, hint: "nothing was signed")
    }
  }

  /// Until when a note of now is kept: as long as the confidential edition, by the policy that is
  /// named, or else by that of the newest snapshot where the key opens it, or else by default.
  static func end(_ open: OpenRepository, _ set: SetID, _ key: KeyPair) throws -> Int64 {
    let terms = try open.policy?.policy.record ?? storedTerms(open, set, key) ?? .init()
    return open.session.now().unix + Int64(terms.confidentialDays) * 86_400
  }

  private static func storedTerms(
    _ open: OpenRepository, _ set: SetID, _ key: KeyPair
  ) throws -> Policy.RecordTerms? {
    guard case .restorer(let keys) = try open.session.openSets(with: key)[set],
      let newest = open.session.logState.liveSnapshots(of: set).last
    else { return nil }
    // A snapshot that is damaged, or a policy of a later version, says nothing of the term.
    let opened = try? open.session.open(newest, keys: keys)
    return try? opened.map { try Policy.decode($0.root.policyText).record }
  }

  /// Prints the lines of a note below what was said of it.
  static func print(_ note: PersonalNote) {
    for line in note.words.split(whereSeparator: \.isNewline) {
      Terminal.print("  " + Words.path([UInt8](String(line).utf8)))
    }
  }

  /// The data set whose keys are to open a note; needed only where there is more than one.
  ///
  /// Who opens none names it by its id: the log tells no name.
  static func set(_ open: OpenRepository, _ key: KeyPair, named: String?) throws -> SetID {
    let names = try open.session.openSets(with: key).mapValues(\.secret.name)
    let state = open.session.logState
    let now = open.session.now()
    let standing = state.dataSets.keys.sorted().filter { !state.isDestroyed($0, at: now) }
    let chosen = standing.filter { set in
      named.map { names[set] == $0 || set.hex == $0 } ?? true
    }
    guard chosen.count == 1, let set = chosen.first else {
      throw Failure(
        .usage,
        named.map { "no data set is named \($0)" } ?? "name the data set with --data-set",
        hint: "there are: " + standing.map { names[$0] ?? $0.hex }.joined(separator: ", "))
    }
    return set
  }
}
