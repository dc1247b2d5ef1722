public import BackupFormat

/// Sixteen random bytes that name one thing of the kind `Named`, written as hex in the log.
public struct RandomID<Named>: Identifier {
  /// 16 bytes.
  public static var byteCount: Int { 16 }
  private let high: UInt64
  private let low: UInt64

  /// The bytes of the id.
  public var bytes: [UInt8] {
    (0..<16).map { i in
      UInt8(truncatingIfNeeded: (i < 8 ? high : low) >> UInt64(56 - 8 * (i % 8)))
    }
  }

  /// Makes an id of exactly 16 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for i in 0..<8 {
      high = high << 8 | UInt64(bytes[i])
      low = low << 8 | UInt64(bytes[8 + i])
    }
    self.high = high
    self.low = low
  }

  /// Compares ids by their bytes.
  public static func < (a: Self, b: Self) -> Bool {
    a.high != b.high ? a.high < b.high : a.low < b.low
  }
}

/// What a hold's id names; never made.
public enum HoldName {}
/// What an erasure's id names; never made.
public enum ErasureName {}
/// What an incident's id names; never made.
public enum IncidentName {}
/// What a note's id names; never made.
public enum NoteName {}

/// The id of a statement, which counts once.
public typealias StatementID = RandomID<Statement>
/// The id of a legal hold.
public typealias HoldID = RandomID<HoldName>
/// The id of an erasure request.
public typealias ErasureID = RandomID<ErasureName>
/// The id of an incident.
public typealias IncidentID = RandomID<IncidentName>
/// The id of a person's note, or of a refusal and what is noted of it.
public typealias NoteID = RandomID<NoteName>
