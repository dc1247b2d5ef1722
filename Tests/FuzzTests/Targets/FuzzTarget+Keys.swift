import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects

extension FuzzTarget {
  /// Key files, the recovery sheet (section 2.1) and the keys of data sets (2.2).
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
    canonical("set-keys", byteCountMax: 256) { try SetKeysBody.recode($0) },
  ]
}

/// What is sealed in an object of `keys/`; the input is sealed first, since nothing else would be looked at.
private enum SetKeysBody {
  private static func key(_ byte: UInt8) throws -> SecretKey {
    try SecretKey(copying: [UInt8](repeating: byte, count: SecretKey.byteCount).span)
  }

  static func recode(_ input: [UInt8]) throws -> [UInt8] {
    let pair = try KeyPair(seed: try key(3))
    // The set's keys, of whose seed an input of access 2 must be.
    let setKey = try XWingPrivateKey(seed: try key(4))
    let digest = SHA256.hash(setKey.publicKeyBytes)
    guard let set = SetID([UInt8](digest[0..<SetID.byteCount])) else { return [] }
    let info =
      [UInt8]("nightsafe set key v1".utf8) + Zeros.repository.bytes + set.bytes + pair.keyID.bytes
    let sealed = try HPKEXWing.seal(input, to: pair.publicKey.xWing, info: info)
    let opened = try SealedSetKeys.open(
      sealed, with: pair.privateKey, keyID: pair.keyID, set: set,
      setPublicKey: setKey.publicKeyBytes, repository: Zeros.repository)
    var seed: SecretKey?
    if case .restorer(let keys) = opened { seed = keys.privateKeySeed }
    let again = try SealedSetKeys.seal(
      opened.secret, seed: seed, to: pair.publicKey.xWing, key: pair.keyID,
      repository: Zeros.repository)
    return try HPKEXWing.open(again, with: pair.privateKey, info: info)
  }
}
