@testable import BackupEngine
import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupRecord
import BackupTestSupport

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
    FuzzTarget(description: "erasure-pattern", check: checkPattern, byteCountMax: 512),
    canonical("minutes") { try TestMinutes(text: $0).text },
    canonical("note") { try PersonalNote(text: $0).text },
    FuzzTarget(
      description: "bundle",
      check: { input in
        let header = try Bundle.header(of: input)
        // A key opens it, since a passphrase costs what scrypt costs.
        let key = try KeyPair(seed: try SecretKey(copying: [UInt8](repeating: 3, count: 32).span))
        let content = try? Bundle.open(input, with: .key(key), repository: header.repository)
        guard let content else { return nil }  // which rule it breaks is no matter
        return content.count < input.count ? nil : "it holds more than it has bytes"
      }, byteCountMax: 8192),
    canonical("bundle-content") { try BundleContent(decoding: $0).encode() },
    canonical("edition", byteCountMax: 65_536) { try Edition.parse($0).bytes },
  ]

  /// The input is a pattern, a NUL, and a path (section 11.1).
  private static func checkPattern(_ input: [UInt8]) throws -> String? {
    let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let id = ErasureID(hex: String(repeating: "0", count: 32)) else {
      throw ErasureFault.notARequest
    }
    let (pattern, path) = ([UInt8](parts[0]), [UInt8](parts[1]))
    let request = ErasureRequest(
      erasure: id, cutOff: 1, cleanBy: 1, created: 1, paths: [], patterns: [pattern], reason: "",
      tasks: [])
    try request.check()
    guard !path.isEmpty, CataloguePath.isValid(path) else { throw ErasureFault.badPath }
    let filter = ErasureFilter([request])
    guard filter.withholds(path) else { return nil }
    // What is named is named with everything below it, and with what could not be told apart from it.
    guard filter.withholds(path, isFolder: true) else { return "as a folder it is spared" }
    return filter.withholds(path + [UInt8]("/x".utf8)) ? nil : "what lies below it is spared"
  }
}
