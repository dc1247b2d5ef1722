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

  /// The five bytes of a group; nil if a character in it is none of the alphabet.
  private static func group(_ index: Int, of digits: [UInt8]) -> [UInt8]? {
    let group = digits[8 * index..<8 * index + 8]
    return group.contains(Base32.noDigit) ? nil : Base32.decode(digits: group)
  }

  /// Reads what a person typed: spaces, hyphens and case do not matter.
  ///
  /// A group's check has eight bits: one typing error in 256 passes it, and then the check of the
  /// whole, group 9, is what fails.
  ///
  /// - Throws: ``KeyError/notASheet``, or ``KeyError/wrongGroup(_:)`` with the first wrong group.
  public static func seed(from text: String) throws(KeyError) -> SecretKey {
    var digits = Base32.digits(text)
    defer { wipe(&digits) }
    guard digits.count == 72 else { throw .notASheet }
    var seed: [UInt8] = []
    defer { wipe(&seed) }
    for i in 0..<8 {
      guard let group = group(i, of: digits) else { throw .wrongGroup(i + 1) }
      let part = [UInt8](group[0..<4])
      guard group[4] == check(UInt8(i), part) else { throw .wrongGroup(i + 1) }
      seed += part
    }
    guard group(8, of: digits) == [UInt8](SHA256.hash(label + seed)[0..<5]) else {
      throw .wrongGroup(9)
    }
    do { return try SecretKey(copying: seed.span) } catch { throw .unavailable }
  }
}
