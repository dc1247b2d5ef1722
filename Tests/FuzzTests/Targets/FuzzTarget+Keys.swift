import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog

extension FuzzTarget {
  /// Key files and the recovery sheet (section 2.1).
  static let keyTargets: [FuzzTarget] = [
    canonical("key-file-body", byteCountMax: 256) { try KeyFileBody(decoding: $0).encode() },
    stable(
      "key-file", read: { try KeyFile(parsing: $0).body },
      write: { [UInt8](Armour.encode($0.encode(), label: .key, comment: ["x"]).utf8) }),
    stable(
      "public-key-file", read: { try PublicKeyFile.parse($0) },
      write: { [UInt8](PublicKeyFile.encode($0, comment: ["x"]).utf8) }),
    FuzzTarget(
      description: "recovery-sheet",
      check: { input in
        let seed = try RecoverySheet.seed(from: String(decoding: input, as: UTF8.self))
        let written = RecoverySheet.groups(of: seed).joined(separator: " ")
        guard let again = try? RecoverySheet.seed(from: written) else {
          return "what was written is refused"
        }
        return again.matches(seed) ? nil : "what was written is another seed"
      }, byteCountMax: 512),
  ]
}
