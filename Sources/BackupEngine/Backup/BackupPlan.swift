public import BackupFormat
public import BackupLog
public import BackupObjects
public import BackupPolicy
public import BackupSystem

/// What is backed up and how: a data set of the policy.
public struct BackupPlan: Sendable {
  /// The data set's keys, as the writer holds them.
  public var secret: SetSecret
  /// Absolute paths of the sources that are read as they lie there.
  public var sources: [[UInt8]]
  /// Sources for which something must be done before they stand still.
  public var liveSources: [LiveSource]
  /// The include and exclude rules.
  public var rules: PathRules
  /// Whether folders with a `CACHEDIR.TAG` lose their content.
  public var excludesCaches: Bool
  /// Whether other file systems are left out.
  public var staysOnFileSystem: Bool
  /// Larger files are left out.
  public var maximumFileByteCount: UInt64?
  /// How new blocks are compressed.
  public var compression: CompressionChoice
  /// Fewer regular files than this are taken for a source that is not there.
  public var minimumFileCount: Int
  /// Files that must be there.
  public var canaries: [[UInt8]]
  /// The text of policy.json.
  public var policyText: [UInt8]
  /// The night under which the snapshot counts.
  public var night: BackupLog.Night
  /// Whether a source that changed its device or became empty is taken as it is.
  public var acceptsMovedSources: Bool
  /// Whether what was written is read back and opened at the end, while the key still lives.
  public var readsBack: Bool
  /// How many threads read; as many as processors by default.
  public var workerCount: Int
  /// How many raw bytes of small chunks share a block at most: 2 MiB.
  public var blockByteCount = EngineLimits.blockByteCountTarget
  /// From when on a night looks like an attack.
  public var alarms: Policy.DataSet.Alarms
  /// Folders of this program itself, which are left out wherever they lie: its state, the repository.
  public var ownFolders: [[UInt8]] = []

  /// Makes a plan of its parts.
  public init(
    secret: SetSecret, sources: [[UInt8]], rules: PathRules, excludesCaches: Bool,
    staysOnFileSystem: Bool, maximumFileByteCount: UInt64?, compression: CompressionChoice,
    minimumFileCount: Int, canaries: [[UInt8]], policyText: [UInt8], night: BackupLog.Night,
    acceptsMovedSources: Bool = false, readsBack: Bool = true,
    workerCount: Int = Machine.processorCount,
    alarms: Policy.DataSet.Alarms = Policy.DataSet.Alarms(), liveSources: [LiveSource] = []
  ) {
    self.secret = secret
    self.sources = sources
    self.liveSources = liveSources
    self.rules = rules
    self.excludesCaches = excludesCaches
    self.staysOnFileSystem = staysOnFileSystem
    self.maximumFileByteCount = maximumFileByteCount
    self.compression = compression
    self.minimumFileCount = minimumFileCount
    self.canaries = canaries
    self.policyText = policyText
    self.night = night
    self.acceptsMovedSources = acceptsMovedSources
    self.readsBack = readsBack
    self.workerCount = workerCount
    self.alarms = alarms
  }

  /// Where each source stands in the backup.
  var sourcePaths: [[UInt8]] { sources + liveSources.map(\.path) }

  /// The sources that can be looked at as they lie there; no copy or picture is made for that.
  public var readablePaths: [[UInt8]] {
    var paths = sources
    for case .snapshot(let path, _) in liveSources { paths.append(path) }
    for case .database(let path) in liveSources
    where !paths.contains(where: { CataloguePath.isWithin(path, $0) }) {
      paths.append(path)
    }
    return paths
  }

  var scanRules: ScanRules {
    ScanRules(
      paths: rules, excludesCaches: excludesCaches, staysOnFileSystem: staysOnFileSystem,
      maximumFileByteCount: maximumFileByteCount,
      ownFolders: Set(
        ownFolders.compactMap { path in
          // What is not there can't be met.
          (try? FileStatus.read(path: path)).map { FolderIdentity($0) }
        }))
  }
}

/// What a backup of one data set did.
public struct BackupOutcome: Sendable {
  /// The number of the snapshot in the log.
  public var number: Int
  /// The digest of the snapshot object.
  public var snapshot: Digest
  /// The run that made it.
  public var run: RunID
  /// What was counted.
  public var counters: SnapshotCounters
  /// What could not be read.
  public var unreadable: [UnreadableEntry]
  /// How many entries were left out, by the id of the rule, or a word where it was no rule.
  public var excludedByRule: [String: UInt64] = [:]
  /// Canary files that were there, and how many there should be.
  public var canariesFound: Int
  /// Canary files that should be there.
  public var canariesExpected: Int
  /// New sealed blocks.
  public var blockCount: Int
  /// Their bytes.
  public var storedByteCount: UInt64
  /// How many blocks of an interrupted run were taken over.
  public var adoptedBlockCount: Int
  /// When reading the source began and ended, seconds since 1970.
  public var readStart: Int64
  /// When reading the source ended.
  public var readEnd: Int64
  /// What the self-check found; nil where none was asked for.
  public var selfCheck: SelfCheckOutcome?
  /// What about the night looked like an attack; if anything did, the data set is frozen now.
  public var alarms: [ChangeAlarm]
  /// Whether the night stored anew what shares a block with something dead.
  public var isRefresh: Bool
  /// Chunk lists that are missing or not as they were signed: their chunks were sent again.
  public var lostChunkLists: [Digest] = []
  /// Why a clear copy or a picture could not be removed; it is tried again at the next start.
  public var cleanUpFailure: EngineError?
}
