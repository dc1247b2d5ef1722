import BackupDatabase
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem
import BackupVerifier

/// A failure in the words that a person reads: what, where, and what to do.
struct Failure: Error {
  var status: ExitStatus
  var message: String
  var hint: String?

  init(_ status: ExitStatus, _ message: String, hint: String? = nil) {
    self.status = status
    self.message = message
    self.hint = hint
  }

  /// Words for any error that reaches a command.
  init(_ error: any Error) {
    switch error {
    case let failure as Failure: self = failure
    case let error as EngineError: self = Words.failure(error)
    case let error as KeyError: self = Words.failure(error, file: nil)
    case let error as SystemError where error.isLimit: self = Words.limitFailure(nil, error)
    case let error as SystemError: self.init(.failed, "\(error)")
    case let error as StorageError: self = Words.failure(error)
    case let error as LogError: self = Words.failure(error)
    case let error as PolicyError:
      self.init(
        .usage, error.problems.map(\.description).joined(separator: "\n"),
        hint: "Docs/policy.md explains every key; nothing was touched")
    case let fault as ErasureFault: self = Words.failure(fault)
    default: self.init(.failed, "\(error)")
    }
  }
}

/// Every sentence that is said about an error.
enum Words {
  /// A path as people see it.
  static func path(_ bytes: [UInt8]) -> String { PathText.shown(bytes) }

  /// A number of bytes with a unit, one decimal place, a point in every locale.
  static func size(_ byteCount: UInt64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var unit = 0
    var tenths = byteCount
    while tenths >= 1024, unit < units.count - 1 {
      unit += 1
      if tenths < 1024 * 1024 || unit == units.count - 1 { break }
      tenths /= 1024
    }
    guard unit > 0 else { return "\(byteCount) B" }
    let value = tenths * 10 / 1024
    return "\(value / 10).\(value % 10) \(units[unit])"
  }

  static func failure(_ fault: ErasureFault) -> Failure {
    switch fault {
    case .empty: Failure(.usage, "a request to erase needs a path, a pattern or a task")
    case .tooMany: Failure(.usage, "a request takes 4,096 paths and patterns and 100 tasks")
    case .badPath: Failure(.usage, "one of the paths can't be the path of a file")
    case .badPattern:
      Failure(
        .usage, "one of the patterns can't be used",
        hint: "*, ?, [a-z] and ** are understood; no \\, no ! or # in front, no space at the end")
    case .reasonTooLong: Failure(.usage, "the reason is longer than 4,096 bytes")
    case .badTask: Failure(.usage, "a task has 1 to 1,024 bytes, one a line")
    case .notARequest, .differsFromStatement:
      Failure(.damage, "the request to erase is not what the log says")
    }
  }

  static func failure(_ error: StorageError) -> Failure {
    switch error {
    case .noSpace:
      Failure(
        .failed, "the repository's disk is full",
        hint: "free space there; run nightsafe rotate; nothing that was stored is lost")
    case .readOnly: Failure(.failed, "the repository can't be written: it is read-only")
    case .permissionDenied: Failure(.failed, "the repository refuses access: \(error)")
    case .notFound(let key):
      Failure(.damage, "an object of the repository is missing: \(key)")
    case .limitReached(let call, let code):
      limitFailure("the repository", SystemError(call, code))
    case .inputOutput:
      Failure(
        .unreachable, "the repository's disk or its connection fails: \(error)",
        hint: "look at the disk; what was stored is safe, and the next run goes on from here")
    default:
      Failure(
        .unreachable, "the repository can't be reached: \(error)",
        hint: "is the disk mounted, the path right?")
    }
  }

  /// What this process or this machine may have no more of.
  static func limitFailure(_ what: String?, _ error: SystemError) -> Failure {
    Failure(
      .failed, (what.map { "\($0): " } ?? "") + "\(error)",
      hint: error.isOutOfDescriptors
        ? "that is a limit of this process, not a fault of the repository: raise it (ulimit -n)"
        : error.isTooLarge
          ? "a file may not become as large as is needed: raise the limit (ulimit -f), or use a "
            + "file system without it" : "free memory, or raise the limit (ulimit -v)")
  }

  static func failure(_ error: LogError) -> Failure {
    switch error {
    case .storage(let error): failure(error)
    case .wouldBeVoid(let findings):
      voidFailure(findings)
    case .lostRaces:
      Failure(.failed, "another program keeps appending to the log; try again later")
    case .entryTooLarge: Failure(.failed, "the statement is too large for one entry of the log")
    case .objectDeleted(let path):
      Failure(
        .failed, "\(path) lay unnamed for so long that it was deleted",
        hint: "give the command once more; a statement in a file has to be made anew")
    case .notALine: Failure(.usage, "the file does not hold one signed line")
    case .noRepository: Failure(.unreachable, "there is no repository at that place")
    case .otherRepository, .badFirstEntry:
      Failure(.unreachable, "another repository lies at that place")
    default: Failure(.damage, "the log can't be used: \(error)")
    }
  }

  /// The size of a log that is not the one that was seen last.
  private static func size(in findings: [LogFinding]) -> Int {
    for finding in findings {
      switch finding {
      case .shorterThanRemembered(_, let found), .differsFromRemembered(_, let found):
        return found.size
      default: continue
      }
    }
    return 0
  }

  private static func voidFailure(_ findings: [LogFinding]) -> Failure {
    for finding in findings {
      if case .voidEntry(_, .notEntitled) = finding {
        return Failure(
          .key, "this key does not hold the role that the statement needs",
          hint: "nightsafe role list shows who may do what")
      }
      if case .voidEntry(_, .overtaken) = finding {
        return Failure(
          .failed, "what this statement changes was changed since it was signed; sign it again")
      }
      if case .voidEntry(_, .distrusted) = finding {
        return Failure(.key, "the owner distrusts this key")
      }
    }
    return Failure(
      .failed,
      "the statement would count for nothing: "
        + findings.map { finding($0) }.joined(separator: "; "))
  }

  /// That keys of data sets are gone since their owner destroyed them; nil where none are.
  static func destroyedSets(_ session: RepositorySession) -> String? {
    let gone = session.logState.destructions.values.filter { $0.keysGoneAt != nil }
      .sorted { $0.set < $1.set }
    guard !gone.isEmpty else { return nil }
    return "destroyed by the owner, with their keys: "
      + gone.map { "\($0.set) (in force since \(Times.utc($0.inForceAt)))" }.joined(separator: ", ")
  }

  /// What is wrong with the log, as a sentence without its full stop.
  static func finding(_ finding: LogFinding) -> String {
    switch finding {
    case .voidEntry(let number, let reason): "entry \(number) is void: \(reason.text)"
    case .voidStatement(let number, _, _, let reason):
      "a statement of entry \(number) is void: \(reason.text)"
    case .unreadObject(let path, let number):
      "\(path), which entry \(number) names, is missing or damaged"
    case .judgedAgain(let key, let from):
      "the word of key \(key) is doubted from entry \(from) on, and the log was judged again"
    case .gap(let missing, let next): "entry \(missing) is missing, though entry \(next) is there"
    case .shorterThanRemembered(let seen, let found):
      "\(seen.size) entries were seen before, and \(found.size) are there"
    case .differsFromRemembered(let seen, _):
      "the first \(seen.size) entries are not those that were seen before"
    case .restoredFromCopy(let seen, let size):
      "\(seen.size) entries were seen before; the owner says that the log was put back from a copy and "
        + "goes on from size \(size)"
    case .strayName(let name): "log/\(name) is no entry"
    }
  }

  static func failure(_ error: KeyError, file: String?) -> Failure {
    let name = file.map { "\($0): " } ?? ""
    switch error {
    case .notAKeyFile: return Failure(.key, "\(name)this is no NightSafe key file")
    case .needsPassphrase:
      return Failure(
        .key, "\(name)the key needs its passphrase",
        hint: "use --passphrase-file or --passphrase-command, or run on a terminal")
    case .wrongPassphrase: return Failure(.key, "\(name)the passphrase is wrong")
    case .inconsistent: return Failure(.key, "\(name)the key file is damaged: id and seed differ")
    case .wrongGroup(let number):
      return Failure(
        .key,
        number == 9
          ? "group 9, or rarely another, is mistyped, or the groups are of different sheets"
          : "group \(number) of the recovery sheet is mistyped")
    case .notASheet:
      return Failure(.key, "a recovery sheet has nine groups of eight characters")
    case .unavailable: return Failure(.failed, "the cryptographic library refused to work")
    }
  }

  static func failure(_ error: EngineError) -> Failure {
    switch error {
    case .repository(.absent):
      Failure(
        .unreachable, "there is no repository at that place (no FORMAT there)",
        hint: "is the disk mounted? only nightsafe init makes a repository")
    case .repository(.other):
      Failure(
        .unreachable, "another repository lies at that place",
        hint: "compare the id with the recovery sheet")
    case .repository(.format(.version(let version))):
      Failure(
        .unreachable, "the repository has format version \(version); this program reads version 1",
        hint: "install a newer NightSafe")
    case .repository(.format(.feature(let feature))):
      Failure(
        .unreachable, "the repository needs the feature \(feature), which this program lacks",
        hint: "install a newer NightSafe")
    case .repository(.format(.notARepository)):
      Failure(
        .unreachable, "the file FORMAT is not that of a NightSafe repository",
        hint: "is that the right folder? a second copy may have the file whole")
    case .repository(.exists): Failure(.failed, "there is a repository at that place already")
    case .log(let error): failure(error)
    case .rolledBack(let findings):
      Failure(
        .damage,
        "the log of the repository is not the one that this machine saw last: "
          + findings.map { finding($0) }.joined(separator: "; "),
        hint: "was an older copy put in its place? the owner acknowledges that with nightsafe log "
          + "acknowledge --restored-from \(size(in: findings)) --key owner.key")
    case .unavailable: Failure(.failed, "a library refused to work: memory or an algorithm lacks")
    case .storage(let error): failure(error)
    case .system(let path, let error) where error.isNoSpace:
      Failure(
        .failed, "no space is left on the disk of \(Words.path(path))",
        hint: "free space there and run it again: what is whole stays, the rest is made")
    case .system(let path, let error) where error.isLimit: limitFailure(Words.path(path), error)
    case .system(let path, let error): Failure(.failed, "\(Words.path(path)): \(error)")
    case .state(let path, let error) where error.isNoSpace || error.isLimit:
      failure(EngineError.system(path: path, error))
    case .state(let path, let error):
      Failure(
        .failed,
        "what this machine remembers can't be read or written at \(Words.path(path)): \(error)",
        hint: "make it a place that can be written, or move it away: what is not remembered only "
          + "costs the next night time; --state names another folder")
    case .source(let path, let problem): sourceFailure(path, problem)
    case .object(let path, let problem):
      Failure(.damage, "\(path): \(words(problem))")
    case .noKey(.forSet): Failure(.key, "the key opens none of the data sets that are asked for")
    case .noKey(.role): Failure(.key, "the key does not hold the role that this needs")
    case .noKey(.doesNotFit): Failure(.key, "the key does not open what it should")
    case .noSpace(let needed, let free):
      Failure(
        .failed,
        "the repository's disk is too full: \(size(needed)) must be free to go on, "
          + "\(size(free)) is",
        hint: "free space there or run nightsafe rotate; what was stored is safe, and the next "
          + "run goes on from here")
    case .busy(let since):
      Failure(.failed, "another run of this data set goes on since \(Times.utc(since))")
    case .interrupted:
      Failure(.failed, "stopped on request; the next run goes on from here")
    case .notFound(let what, let name): Failure(.failed, "no such \(what.rawValue): \(name)")
    case .erasure(let id, .notOpened):
      Failure(
        .key,
        "the request to erase \(id) does not open with this key; nothing is restored without it")
    case .erasure(let id, .missing):
      Failure(
        .damage, "the request to erase \(id) is missing or damaged; nothing is restored without it",
        hint: "put it back from a copy: nightsafe repair --from COPY; or give it up and sign for "
          + "that: nightsafe erase close \(id) --unchecked")
    case .erasure(let id, .refused):
      Failure(
        .damage, "the request to erase \(id) says something that can't be; nothing is restored",
        hint: "make it again with nightsafe erase request, then give this one up and sign for "
          + "that: nightsafe erase close \(id) --unchecked")
    case .minutes(let number, .notOpened):
      Failure(.key, "the minutes of the test in log entry \(number) do not open with this key")
    case .minutes(let number, .missing):
      Failure(
        .damage, "the minutes of the test in log entry \(number) are missing or damaged",
        hint: "put them back from a copy: nightsafe repair --from COPY")
    case .minutes(let number, .refused):
      Failure(.damage, "the minutes of the test in log entry \(number) say what can't be")
    case .note(let number, .notOpened):
      Failure(.key, "the note in log entry \(number) does not open with this key")
    case .note(let number, .missing):
      Failure(
        .damage, "the note in log entry \(number) is missing or damaged",
        hint: "put it back from a copy: nightsafe repair --from COPY")
    case .note(let number, .refused):
      Failure(.damage, "the note in log entry \(number) says what can't be")
    case .withheld:
      Failure(
        .failed, "an open request to erase withholds this",
        hint: "nightsafe erase list shows the requests")
    case .refused(.runOpen(let run)):
      Failure(
        .failed, "another run of this data set is open (\(run)); nothing was changed",
        hint: "when the nightly run is over, run it again: nightsafe erase rewrite")
    case .refused(.logGap(let number)):
      Failure(
        .damage, "entry \(number) of the log is missing although later ones are there",
        hint: "put it back from a copy: nightsafe repair --from COPY; nothing was written")
    case .refused(.blockGone):
      Failure(.failed, "a block that was needed was removed meanwhile; run it again")
    case .refused(.race): Failure(.failed, "another program was faster; run it again")
    case .refused(.statementVoid(let reason)): Failure(.failed, "the log refuses: \(reason)")
    }
  }

  private static func words(_ problem: EngineError.ObjectProblem) -> String {
    switch problem {
    case .missing: "missing from the repository"
    case .unreadable: "can't be read: the disk or its connection fails there"
    case .digestMismatch: "not as it was signed"
    case .malformed(let error): "not of the format: \(error)"
    case .sealed(.wrongKey): "the key does not open it"
    case .sealed(let error): "does not open: \(error)"
    }
  }

  private static func sourceFailure(
    _ path: [UInt8], _ problem: EngineError.SourceProblem
  ) -> Failure {
    let name = Words.path(path)
    switch problem {
    case .missing:
      return Failure(
        .failed, "the source \(name) does not exist", hint: "is it mounted? nothing was changed")
    case .notReadable: return Failure(.failed, "the source \(name) is no folder and no file")
    case .empty:
      return Failure(
        .failed, "the source \(name) is empty",
        hint: "is it mounted? if it is meant to be empty: nightsafe backup --accept-sources")
    case .tooFewFiles:
      return Failure(
        .failed, "the source \(name) has fewer files than minimumFileCount in the policy",
        hint: "is it mounted? if that is right: nightsafe backup --accept-sources")
    case .otherDevice:
      return Failure(
        .failed, "the source \(name) lies on another file system than in the last night",
        hint: "is it mounted? if it was moved: nightsafe backup --accept-sources, once")
    default: return liveSourceFailure(name, problem)
    }
  }

  private static func liveSourceFailure(
    _ name: String, _ problem: EngineError.SourceProblem
  ) -> Failure {
    switch problem {
    case .commandNotRun(let error):
      Failure(.failed, "the command of the source \(name) can't be run: \(error)")
    case .commandFailed(let ending, let text):
      Failure(
        .failed, "the command of the source \(name) \(Self.ending(ending))\(output(text))",
        hint: "there is no snapshot of this data set tonight")
    case .outputTooShort:
      Failure(
        .failed, "the command of the source \(name) wrote less than its minimumSize",
        hint: "there is no snapshot of this data set tonight")
    case .noSuchUser:
      Failure(.failed, "the user of the source \(name) does not exist on this machine")
    case .database(.damaged):
      Failure(.failed, "the source \(name) is no SQLite database, or a damaged one")
    case .database(.busy):
      Failure(.failed, "the database \(name) stayed locked by another program")
    case .database(.noSpace):
      Failure(
        .failed, "the state directory's disk is too full for a copy of the database \(name)")
    case .database(.failed(let code)):
      Failure(.failed, "the database \(name) can't be copied: SQLite's code \(code)")
    case .snapshot(let text):
      Failure(
        .failed,
        "no snapshot of \(name) by its file system\(output([UInt8](text.utf8)))")
    case .excluded:
      Failure(
        .failed, "the database \(name) is left out by the rules of its data set",
        hint: "change exclude, include or excludeFile; nothing was stored")
    default: Failure(.failed, "the source \(name) can't be read")
    }
  }

  /// How a program ended, after its name.
  static func ending(_ ending: ChildProcess.Ending) -> String {
    switch ending {
    case .exited(let status): "failed with exit status \(status)"
    case .signalled(let number): "was ended by signal \(number)"
    case .timedOut: "took too long and was ended"
    case .wroteTooMuch: "wrote too much and was ended"
    }
  }

  /// What a program said, for the end of a sentence: on lines of its own, without control characters.
  static func output(_ bytes: [UInt8]) -> String {
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard !lines.isEmpty else { return "" }
    return ":\n"
      + lines.map { line in
        "  "
          + String(
            String.UnicodeScalarView(
              line.unicodeScalars.map { scalar in
                switch scalar.properties.generalCategory {
                case .control, .format: "\u{fffd}"
                default: scalar
                }
              }))
      }.joined(separator: "\n")
  }
}
