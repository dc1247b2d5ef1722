public import BackupFormat

// What is said of a restore test (`Docs/format.md`, section 9.2).

extension Predicate {
  /// A restore test was done.
  public struct Tested: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID
    /// The log number of the snapshot that was restored.
    public var number: Int
    /// Who did it.
    public var kind: TestKind
    /// What was claimed.
    public var level: TestLevel
    /// When it began, in seconds since 1970.
    public var started: Int64
    /// When it ended, in seconds since 1970.
    public var ended: Int64
    /// When what was restored was destroyed, in seconds since 1970; 0 = not.
    public var destroyed: Int64
    /// How many files were restored.
    public var files: Int
    /// How many bytes were restored.
    public var byteCount: Int
    /// How many files differ from what was stored.
    public var mismatches: Int
    /// How many files were withheld because of erasures.
    public var erasures: Int
    /// The outcome.
    public var result: TestResult
    /// What else is said of it; nil in a statement of before.
    public var account: TestAccount?

    /// Makes the predicate of its fields.
    public init(
      set: SetID, number: Int, kind: TestKind, level: TestLevel, started: Int64, ended: Int64,
      destroyed: Int64, files: Int, byteCount: Int, mismatches: Int, erasures: Int,
      result: TestResult, account: TestAccount? = nil
    ) {
      self.set = set
      self.number = number
      self.kind = kind
      self.level = level
      self.started = started
      self.ended = ended
      self.destroyed = destroyed
      self.files = files
      self.byteCount = byteCount
      self.mismatches = mismatches
      self.erasures = erasures
      self.result = result
      self.account = account
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
      number = try f.count("number")
      kind = try f.choice("kind")
      level = try f.choice("level")
      started = try f.seconds("started")
      ended = try f.seconds("ended")
      destroyed = try f.seconds("destroyed")
      files = try f.count("files")
      byteCount = try f.count("bytes")
      mismatches = try f.count("mismatches")
      erasures = try f.count("erasures")
      result = try f.choice("result")
      account = f.has("selection") ? try TestAccount(fields: &f) : nil
      if kind == .automatic, let account, account.role != .none {
        throw .outOfRange(.predicate)
      }
      if level == .used {
        // What nobody measured is said by somebody, and written down.
        guard kind == .person, let account, account.role != .none, account.until > 0 else {
          throw .outOfRange(.predicate)
        }
      }
    }

    var fields: [String: CanonicalJSON] {
      let first: [String: CanonicalJSON] = [
        "set": .id(set),
        "number": .count(number),
        "kind": .choice(kind),
        "level": .choice(level),
        "started": .integer(started),
        "ended": .integer(ended),
        "destroyed": .integer(destroyed),
        "files": .count(files),
        "bytes": .count(byteCount),
        "mismatches": .count(mismatches),
        "erasures": .count(erasures),
        "result": .choice(result),
      ]
      return first.merging(account?.fields ?? [:]) { first, _ in first }
    }
  }

  /// What is said of a restore test besides its figures; a bracket of the format.
  public struct TestAccount: Hashable, Sendable, FieldCoded {
    /// Which files were restored.
    public var selection: TestSelection
    /// How many databases opened and were sound.
    public var databasesOpened: Int
    /// How many databases did not open, or were not sound.
    public var databasesFailed: Int
    /// How many requests to erase applied and were obeyed.
    public var requests: Int
    /// Who did it, as a role in the firm.
    public var role: TestRole
    /// How many tasks it left.
    public var tasks: Int
    /// Until when its minutes are kept, in seconds since 1970; 0 without minutes.
    public var until: Int64

    /// Makes it of its fields.
    public init(
      selection: TestSelection, databasesOpened: Int = 0, databasesFailed: Int = 0,
      requests: Int = 0, role: TestRole = .none, tasks: Int = 0, until: Int64 = 0
    ) {
      self.selection = selection
      self.databasesOpened = databasesOpened
      self.databasesFailed = databasesFailed
      self.requests = requests
      self.role = role
      self.tasks = tasks
      self.until = until
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      selection = try f.choice("selection")
      databasesOpened = try f.count("databasesOpened")
      databasesFailed = try f.count("databasesFailed")
      requests = try f.count("requests")
      role = try f.choice("role")
      tasks = try f.count("tasks")
      until = try f.seconds("until")
    }

    var fields: [String: CanonicalJSON] {
      [
        "selection": .choice(selection),
        "databasesOpened": .count(databasesOpened),
        "databasesFailed": .count(databasesFailed),
        "requests": .count(requests),
        "role": .choice(role),
        "tasks": .count(tasks),
        "until": .integer(until),
      ]
    }
  }

  /// Which files of a snapshot a restore test restored.
  public enum TestSelection: String, Hashable, Sendable {
    /// Everything.
    case all
    /// Files chosen at random.
    case random
  }

  /// Who did a restore test, as a role in the firm.
  public enum TestRole: String, Hashable, Sendable, CaseIterable {
    /// A program, or a person who did not say.
    case none
    /// Who leads the firm.
    case management
    /// Somebody who works there.
    case employee
    /// The firm's own system administrator.
    case systemAdministrator
    /// The system administrator under a service contract.
    case externalAdministrator
    /// Who looks at the books or the security from outside.
    case auditor
  }

  /// Who did a restore test.
  public enum TestKind: String, Hashable, Sendable {
    /// A program.
    case automatic
    /// A person.
    case person
  }

  /// What a restore test claims.
  public enum TestLevel: String, Hashable, Sendable {
    /// Restored to disk and compared.
    case restored = "L3"
    /// And a person used it, and says so.
    case used = "L4"
  }

  /// The outcome of a restore test.
  public enum TestResult: String, Hashable, Sendable {
    /// All is well.
    case passed = "PASSED"
    /// Well, with remarks.
    case warned = "WARNED"
    /// Not well.
    case failed = "FAILED"
  }
}
