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
    guard let first = try Self.entry(0, in: storage) else { throw .noRepository }
    state = try LogState(repository: repository, firstEntry: first)
    self.storage = storage
    try readOn(objects: objects)
  }

  /// Takes in what was appended since.
  mutating func readOn(objects: any ObjectSource) throws(LogError) {
    while let bytes = try Self.entry(state.size, in: storage) {
      do {
        _ = try state.take(bytes, objects: objects)
      } catch { throw .storage(error) }
      judge.look(at: state)
    }
  }

  /// Takes the log after something was appended to it.
  mutating func adopt(_ log: RepositoryLog) { state = log.state }

  /// What the log reports about itself, gaps included.
  func findings() throws(LogError) -> [LogFinding] {
    state.findings + (try log.findGaps())
  }

  /// How much of an entry is read: one that is too large is void, and in the tree nevertheless.
  private static let entryReadByteCountMax = 16 << 20

  private static func entry(
    _ number: Int, in storage: any Storage
  ) throws(LogError) -> [UInt8]? {
    guard let key = StorageKey(ObjectPath.log(number).text) else {
      preconditionFailure("an entry's path is a key")
    }
    do {
      return try storage.read(key, limitByteCount: entryReadByteCountMax)
    } catch {
      if error.isNotFound { return nil }
      throw .storage(error)
    }
  }
}
