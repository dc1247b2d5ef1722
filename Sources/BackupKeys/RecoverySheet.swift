public import BackupCrypto
import BackupFormat

/// The seed as a person can write it down: nine groups of eight characters, each with a check.
public enum RecoverySheet {
  private static let label = [UInt8]("nightsafe sheet v1\n".utf8)

  /// The nine groups of a seed.
  public static func groups(of seed: SecretKey) -> [String] {
    var bytes = seed.exposedBytes()
    defer { wipe(&bytes) }
    var groups: [String] = []
    for i in 0..<8 {
      let part = [UInt8](bytes[4 * i..<4 * i + 4])
      groups.append(Base32.encode(group: part + [check(UInt8(i), part)]))
    }
    groups.append(Base32.encode(group: [UInt8](SHA256.hash(label + bytes)[0..<5])))
    return groups
  }

  private static func check(_ index: UInt8, _ part: [UInt8]) -> UInt8 {
    SHA256.hash(label + [index] + part)[0]
  }

  /// Reads what a person typed: spaces, hyphens and case do not matter.
  ///
  /// - Throws: ``KeyError/notASheet``, or ``KeyError/wrongGroup(_:)`` with the first wrong group.
  public static func seed(from text: String) throws(KeyError) -> SecretKey {
    guard var digits = Base32.digits(text), digits.count == 72 else { throw .notASheet }
    defer { wipe(&digits) }
    var seed: [UInt8] = []
    defer { wipe(&seed) }
    for i in 0..<8 {
      let group = Base32.decode(digits: digits[8 * i..<8 * i + 8])
      let part = [UInt8](group[0..<4])
      guard group[4] == check(UInt8(i), part) else { throw .wrongGroup(i + 1) }
      seed += part
    }
    let whole = Base32.decode(digits: digits[64..<72])
    guard whole == [UInt8](SHA256.hash(label + seed)[0..<5]) else { throw .wrongGroup(9) }
    do { return try SecretKey(copying: seed.span) } catch { throw .unavailable }
  }
}
