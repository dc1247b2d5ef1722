public import BackupDatabase
public import BackupFormat
public import BackupLog
public import BackupObjects
public import BackupStorage
public import BackupSystem

/// Why the engine could not do what it was asked; each case adds what and where to its cause.
public enum EngineError: Error, Sendable {
  /// There is no repository that can be used.
  case repository(RepositoryProblem)
  /// The log can't be read or appended to.
  case log(LogError)
  /// The log is shorter than the one remembered, or not the same.
  case rolledBack([LogFinding])
  /// A library refused to work, for want of memory or of an algorithm.
  case unavailable
  /// The store failed.
  case storage(StorageError)
  /// Linux failed at a path of the source, the target or the state directory.
  case system(path: [UInt8], SystemError)
  /// Linux failed at a file of what this machine remembers.
  case state(path: [UInt8], SystemError)
  /// A source folder is missing, or is not what it was.
  case source(path: [UInt8], SourceProblem)
  /// An object can't be used.
  case object(path: String, ObjectProblem)
  /// The key does not open this data set, or there is none.
  case noKey(NoKey)
  /// Less than the reserve would stay free.
  case noSpace(neededByteCount: UInt64, freeByteCount: UInt64)
  /// Another run of the same data set holds the lock.
  case busy(sinceSeconds: Int64)
  /// The person or the machine asked to stop.
  case interrupted
  /// Nothing of that name.
  case notFound(What, String)
  /// The log does not let this happen.
  case refused(Refusal)
  /// A request to erase that applies can't be used, so nothing is brought back.
  case erasure(ErasureID, ErasureProblem)
  /// A request to erase withholds what was asked for.
  case withheld
  /// The minutes of the restore test of a log number can't be used.
  case minutes(Int, MinutesProblem)
  /// The person's note of a log number can't be used.
  case note(Int, NoteProblem)

  /// What is wrong with a repository.
  public enum RepositoryProblem: Hashable, Sendable {
    /// There is none at that place.
    case absent
    /// It is another one.
    case other
    /// Its format is not one that this program reads.
    case format(RepositoryFormat.Refusal)
    /// There is one already.
    case exists
  }

  /// What is wrong with a source.
  public enum SourceProblem: Hashable, Sendable {
    /// It does not exist.
    case missing
    /// It is no folder and no file.
    case notReadable
    /// It is empty and was not the night before.
    case empty
    /// It has fewer files than the policy expects.
    case tooFewFiles
    /// It lies on another file system than the night before, or elsewhere on it, as the folder does on
    /// which a share is not mounted.
    case otherDevice
    /// A program could not be started.
    case commandNotRun(SystemError)
    /// A program failed or took too long; with what it said to its error stream.
    case commandFailed(ChildProcess.Ending, errorOutput: [UInt8])
    /// A program wrote less than the policy expects.
    case outputTooShort
    /// As whom a program is to run is nobody here.
    case noSuchUser
    /// A database can't be copied.
    case database(DatabaseError)
    /// The file system takes no picture of it; in the words of its tool.
    case snapshot(String)
    /// A database inside a folder was not met there: the rules leave it out.
    case excluded
  }

  /// What is wrong with an object.
  public enum ObjectProblem: Hashable, Sendable {
    /// It is not in the store.
    case missing
    /// The medium can't read it.
    case unreadable
    /// Its bytes are not those that were signed.
    case digestMismatch
    /// Its bytes are not of the format.
    case malformed(FormatError)
    /// It does not open.
    case sealed(ObjectError)
  }

  /// Which key is missing.
  public enum NoKey: Hashable, Sendable {
    /// No object in `keys/` is sealed to this key for this set.
    case forSet(SetID)
    /// The key has no role that allows this.
    case role
    /// It does not open what it should.
    case doesNotFit
  }

  /// What is wrong with a request to erase.
  public enum ErasureProblem: Hashable, Sendable {
    /// Its object is not in the store, or its bytes are not those that were signed.
    case missing
    /// It does not open.
    case notOpened
    /// It opens, and says something that can't be right.
    case refused(ErasureFault)
  }

  /// What is wrong with the minutes of a restore test.
  public enum MinutesProblem: Hashable, Sendable {
    /// Their object is not in the store, or its bytes are not those that were signed.
    case missing
    /// They do not open.
    case notOpened
    /// They open, and say something that can't be right.
    case refused(MinutesFault)
  }

  /// What is wrong with a person's note.
  public enum NoteProblem: Hashable, Sendable {
    /// Its object is not in the store, or its bytes are not those that were signed.
    case missing
    /// It does not open.
    case notOpened
    /// It opens, and says something that can't be right.
    case refused(NoteFault)
  }

  /// What was looked for.
  public enum What: String, Hashable, Sendable {
    case snapshot, path, dataSet, run
  }

  /// What the log does not allow.
  public enum Refusal: Hashable, Sendable {
    /// The statement was void when it stood in the log.
    case statementVoid(String)
    /// Another process keeps appending.
    case race
    /// Another run of the data set is open.
    case runOpen(RunID)
    /// An entry of the log is missing although later ones exist: nothing may take its place.
    case logGap(Int)
    /// A block that the snapshot needs went missing while it was made.
    case blockGone
  }
}

extension EngineError {
  /// Does what may fail in the store, in the engine, or for want of randomness or memory, and tells
  /// each of them as an error of the engine.
  static func telling<Value>(_ body: () throws -> Value) throws(EngineError) -> Value {
    do {
      return try body()
    } catch let error as StorageError {
      throw .storage(error)
    } catch let error as EngineError {
      throw error
    } catch {
      throw .unavailable
    }
  }
}
