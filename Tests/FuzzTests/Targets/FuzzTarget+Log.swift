import BackupCrypto
import BackupFormat
import BackupLog

extension FuzzTarget {
  /// What stands in the log and beside it (section 9).
  static let logTargets: [FuzzTarget] = [
    FuzzTarget(
      description: "entry",
      check: { input in
        let entry = try Entry(parsing: input)
        guard entry.bytes == input else { return "what was read is written as other bytes" }
        for envelope in entry.envelopes {
          if let failure = failure(ofPayload: envelope.payload) { return failure }
        }
        return nil
      }, byteCountMax: 16_384),
    FuzzTarget(description: "statement", check: { failure(ofPayload: $0) }, byteCountMax: 8192),
    canonical("checkpoint") { try Checkpoint(parsing: $0).bytes },
    canonical("tlog-proof", byteCountMax: 16_384) { try TlogProof(parsing: $0).bytes },
    FuzzTarget(
      description: "timestamp-query",
      check: { input in
        guard let query = TimestampQuery(parsing: input) else { throw TimestampError.notAToken }
        return query.bytes == input ? nil : "what was read is written as other bytes"
      }, byteCountMax: 128),
    FuzzTarget(description: "timestamp-token") { input in
      let token = try TimestampToken(input)
      guard token.bytes == input else { return "what was read is kept as other bytes" }
      return failure(of: token)
    },
    FuzzTarget(description: "timestamp-response") { input in
      let token = try TimestampToken(response: input)
      // What is kept of a response can be read again.
      guard (try? TimestampToken(token.bytes)) == token else { return "its token is refused" }
      return failure(of: token)
    },
    FuzzTarget(description: "certificates") { input in
      var list = CertificateList()
      try list.add(pem: input)
      return list.count > 0 ? nil : "no certificate is one"
    },
    FuzzTarget(description: "merkle-frontier") { input in
      var frontier = try MerkleFrontier(decoding: input)
      guard frontier.encode() == input else { return "what was read is written as other bytes" }
      // Whatever frontier was remembered, the log can be read on from it.
      frontier.append(leaf: MerkleTree.leaf([]))
      let size = frontier.size
      guard let again = try? MerkleFrontier(decoding: frontier.encode()) else {
        return size <= 9_999_999_999_999_999 ? "what was written is refused" : nil
      }
      return again == frontier ? nil : "what was written is read as another value"
    },
  ]

  private static func failure(of token: TimestampToken) -> String? {
    guard 1...20 ~= token.serial.count, 1...128 ~= token.policy.utf8.count, token.time >= 0,
      token.imprint.count == 32
    else { return "a part is beyond its bounds" }
    let nobody = CertificateList()
    let signer = try? token.verify(authorities: nobody, at: token.time)
    return signer == nil ? nil : "it is the word of nobody, and is believed"
  }

  /// Reads a payload as a statement of the repository that it names itself.
  private static func failure(ofPayload payload: [UInt8]) -> String? {
    guard let json = try? CanonicalJSON(decoding: payload),  // else it is refused, too
      let named = json.object?["subject"]?.array?.first?.object?["digest"]?.object?["sha256"]?
        .string,
      let repository = RepositoryID(hex: named),
      let statement = try? Statement(payload: payload, in: repository)
    else { return nil }
    return statement.payload(in: repository) == payload
      ? nil : "a statement is written as other bytes"
  }
}
