public import BackupFormat
import BackupKeys
public import BackupLog
public import BackupObjects

/// What a person wrote down of a restore test: the text of an object of `records/`
/// (`Docs/format.md`, 11.3).
public struct TestMinutes: Hashable, Sendable {
  /// A database that was brought back.
  public struct Database: Hashable, Sendable {
    /// Its path in the catalogue.
    public var path: [UInt8]
    /// Whether SQLite opened it and found it sound.
    public var isSound: Bool

    /// A database.
    public init(path: [UInt8], isSound: Bool) {
      self.path = path
      self.isSound = isSound
    }
  }

  /// The data set.
  public var set: SetID
  /// The log number of the snapshot that was restored.
  public var number: Int
  /// When the test began, in seconds since 1970.
  public var started: Int64
  /// The databases, sorted by path.
  public var databases: [Database]
  /// What was found, in the person's words.
  public var finding: String
  /// What is left to be done.
  public var tasks: [String]

  static let schema = "nightsafe/minutes/v1"

  /// Minutes; more databases than the format has room for are left out at the end.
  public init(
    set: SetID, number: Int, started: Int64, databases: [Database], finding: String,
    tasks: [String]
  ) throws(MinutesFault) {
    self.set = set
    self.number = number
    self.started = started
    self.databases = [Database](
      databases.sorted { CataloguePath.compareNames($0.path, $1.path) < 0 }
        .prefix(Limits.minutesDatabaseCount))
    self.finding = finding
    self.tasks = tasks
    try check()
  }

  private func check() throws(MinutesFault) {
    guard finding.utf8.count <= Limits.findingByteCount else { throw .findingTooLong }
    guard tasks.count <= Limits.minutesTaskCount else { throw .tooMany }
    for task in tasks where !(1...Limits.minutesTaskByteCount).contains(task.utf8.count) {
      throw .badTask
    }
  }

  /// The canonical JSON that is sealed.
  var text: [UInt8] {
    CanonicalJSON.object([
      "databases": .array(
        databases.map {
          .object([
            "path": .string(Base64.encode($0.path)), "sound": .string($0.isSound ? "yes" : "no"),
          ])
        }),
      "finding": .string(finding), "number": .integer(Int64(number)),
      "schema": .string(Self.schema), "set": .string(set.hex), "started": .integer(started),
      "tasks": .array(tasks.map { .string($0) }),
    ]).encode()
  }

  /// Reads minutes; every part is checked as when they are made.
  init(text: [UInt8]) throws(MinutesFault) {
    let fields: [String: CanonicalJSON]
    do { fields = try CanonicalJSON(decoding: text).object ?? [:] } catch { throw .notMinutes }
    guard fields.count == 7, fields["schema"]?.string == Self.schema,
      let set = fields["set"]?.string.flatMap({ SetID(hex: $0) }),
      let number = fields["number"]?.integer, number >= 0,
      let started = fields["started"]?.integer, started >= 0,
      let finding = fields["finding"]?.string, let tasks = fields["tasks"]?.array,
      let list = fields["databases"]?.array, list.count <= Limits.minutesDatabaseCount
    else { throw .notMinutes }
    let words = tasks.compactMap(\.string)
    var databases: [Database] = []
    for item in list {
      guard let parts = item.object, parts.count == 2,
        let path = parts["path"]?.string.flatMap({ Base64.decode($0) }), !path.isEmpty,
        CataloguePath.isValid(path), let sound = parts["sound"]?.string,
        sound == "yes" || sound == "no",
        databases.last.map({ CataloguePath.compareNames($0.path, path) < 0 }) ?? true
      else { throw .notMinutes }
      databases.append(Database(path: path, isSound: sound == "yes"))
    }
    guard words.count == tasks.count else { throw .notMinutes }
    try self.init(
      set: set, number: Int(number), started: started, databases: databases, finding: finding,
      tasks: words)
  }
}

/// Why minutes of a restore test can't be made or read.
public enum MinutesFault: Error, Hashable, Sendable {
  /// The finding is too long.
  case findingTooLong
  /// There are more tasks than the format allows.
  case tooMany
  /// A task is empty or too long.
  case badTask
  /// The text is not that of minutes.
  case notMinutes
  /// The text says something else than its statement in the log.
  case differsFromStatement
}

extension RepositorySession {
  /// Seals minutes to whoever opens the data set, and stores them.
  ///
  /// - Returns: What the statement of the test is to name.
  public func store(_ minutes: TestMinutes, keys: SetOpeningKeys) throws(EngineError) -> Subject {
    try store(text: minutes.text, kind: .minutes, of: keys.secret) { .record($0) }
  }

  /// Opens the minutes of a restore test; nil if it has none.
  ///
  /// - Throws: ``EngineError/minutes(_:_:)`` if they are missing, damaged or refused.
  public func minutes(
    of test: Said<Predicate.Tested>, keys: SetOpeningKeys
  ) throws(EngineError) -> TestMinutes? {
    guard let path = test.subjects.first?.path else { return nil }
    let bytes: [UInt8]?
    do {
      bytes = try objects.bytes(of: path, limitByteCount: Limits.sealedTextByteCount)
    } catch {
      throw .storage(error)
    }
    guard let bytes else { throw .minutes(test.number, .missing) }
    do {
      let text = try SealedText.open(
        bytes, with: keys.privateKey, id: SealedText.id(of: test.what.set), kind: .minutes,
        set: test.what.set, repository: id)
      let minutes = try TestMinutes(text: text)
      guard minutes.set == test.what.set, minutes.number == test.what.number,
        minutes.started == test.what.started,
        minutes.tasks.count == test.what.account?.tasks
      else { throw MinutesFault.differsFromStatement }
      return minutes
    } catch let error as MinutesFault {
      throw .minutes(test.number, .refused(error))
    } catch {
      throw .minutes(test.number, .notOpened)
    }
  }
}
