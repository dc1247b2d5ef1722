internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// The log, read once from entry 0, with each rotation judged as it comes by.
struct LogReading {
  /// What the entries say together.
  private(set) var state: LogState
  private let storage: any Storage
  private var judge = RotationJudge()

  /// The log, to be appended to.
  var log: RepositoryLog { RepositoryLog(state: state, storage: storage) }
  /// Rotations that the policy in force did not allow.
  var brokenRotations: [RotationJudge.Broken] { judge.broken(in: state) }

  init(
    _ repository: RepositoryID, from storage: any Storage, objects: any ObjectSource
  ) throws(LogError) {
    state = try LogState(
      repository: repository, firstEntry: try RepositoryLog.readFirstEntry(from: storage))
    self.storage = storage
    try readOn(objects: objects)
  }

  /// Takes in what was appended since.
  mutating func readOn(objects: any ObjectSource) throws(LogError) {
    try state.readOn(from: storage, objects: objects) { state, _ in judge.look(at: state) }
  }

  /// Takes the log after something was appended to it.
  mutating func adopt(_ log: RepositoryLog) { state = log.state }

  /// What the log reports about itself, gaps included.
  func findings() throws(LogError) -> [LogFinding] {
    state.findings + (try log.findGaps())
  }
}
