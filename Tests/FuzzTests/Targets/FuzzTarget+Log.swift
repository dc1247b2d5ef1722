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
