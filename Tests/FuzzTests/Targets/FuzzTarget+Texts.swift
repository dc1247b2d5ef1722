@testable import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupRecord

extension FuzzTarget {
  /// Sealed texts and what is in them (section 11).
  static let textTargets: [FuzzTarget] = [
    FuzzTarget(
      description: "sealed-text",
      check: { input in
        // As the object says itself, so that more than its first bytes is looked at.
        var reader = ByteReader(input)
        try reader.expect(mark: "NSTEXT1\n")
        guard let kind = SealedText.Kind(rawValue: try reader.u8()) else { return nil }
        let repository: RepositoryID = try reader.id()
        let set: SetID = try reader.id()
        let recipients = try SealedText.recipients(
          of: input, kind: kind, set: set, repository: repository)
        guard (1...Limits.recipientCount).contains(recipients.count),
          recipients == recipients.sorted()
        else { return "its recipients are not as the format says" }
        return nil
      }, byteCountMax: 8192),
    canonical("erasure-request") { try ErasureRequest(text: $0).text },
    canonical("edition", byteCountMax: 65_536) { try Edition.parse($0).bytes },
  ]
}
