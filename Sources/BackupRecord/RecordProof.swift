internal import BackupFormat
public import BackupLog
internal import BackupPolicy

/// Whether an edition is a true part of a record that the log holds.
public enum RecordProof: Hashable, Sendable {
  /// The statement at this number binds every field of the edition.
  case proven(number: Int)
  /// So does this one, but a later record of the night has taken its place.
  case superseded(number: Int, by: Int)
  /// The log holds a record of the night, and it binds other fields.
  case differs
  /// The log holds no record of the night.
  case noRecord

  /// Whether the edition is part of a signed record.
  public var isProven: Bool {
    switch self {
    case .proven, .superseded: true
    case .differs, .noRecord: false
    }
  }

  /// Looks for the statement that binds an edition among the counting ones of a log.
  public static func check(_ edition: Edition, in log: LogState) -> RecordProof {
    let records = log.records.filter { $0.what.night.description == edition.night.description }
    guard let newest = records.last else { return .noRecord }
    let commitment = edition.commitment
    guard let statement = records.last(where: { $0.what.commitment == commitment }) else {
      return .differs
    }
    guard newest.what.commitment == commitment else {
      return .superseded(number: statement.number, by: newest.number)
    }
    return .proven(number: statement.number)
  }
}

extension Edition {
  /// Whether a statement of the log binds every field of this edition.
  public func isBound(by kept: Predicate.RecordKept) -> Bool {
    kept.night.description == night.description && kept.commitment == commitment
  }
}
