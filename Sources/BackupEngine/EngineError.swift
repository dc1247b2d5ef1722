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
    /// It lies on another device than the night before, as an unmounted share does.
    case otherDevice
  }

  /// What is wrong with an object.
  public enum ObjectProblem: Hashable, Sendable {
    /// It is not in the store.
    case missing
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
    /// A block that the snapshot needs went missing while it was made.
    case blockGone
  }
}
