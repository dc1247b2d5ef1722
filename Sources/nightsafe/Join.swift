import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupStorage
import BackupSystem

/// A machine that comes to a repository which exists already: a second, a replaced, or a new server
/// after a theft.
struct Join {
  let policyPath: String
  let location: String
  let id: RepositoryID
  let owner: KeyPair
  /// The key of the machine that is replaced, by the first digits of its id.
  let revoked: String?
  /// From which log number the word of that key is doubted.
  let distrustedFrom: Int?

  /// What came of it.
  struct Outcome {
    var hostPath: String
    var host: KeyID
    var revoked: KeyID?
    var names: [String]
    var wrotePolicy: Bool
    var entry: Int?
  }

  /// Does it in an order in which each step can be done again: policy, key, one entry of the log.
  func run(storage: any Storage, state: StateFolder) throws -> Outcome {
    let session = try RepositorySession(
      storage: storage, id: id, state: state, clock: Times.clock)
    guard session.logState.roles(of: owner.keyID).contains(.owner) else {
      throw Failure(.key, "this key does not hold the role owner in the repository")
    }
    let old = try standing(session)
    if try PutIfAbsentTrial.run(on: storage) == .fails {
      Terminal.note(
        "warning: this store overwrites what is there: let only one machine write to it")
    }
    let sets = try session.openSets(with: owner).values.compactMap { opened in
      if case .restorer(let keys) = opened { keys } else { nil }
    }
    guard !sets.isEmpty else { throw EngineError.noKey(.doesNotFit) }
    let (policy, isNew) = try policy(session, sets, without: old?.publicKey.keyID)
    let chosen = sets.filter { policy.dataSet(named: $0.secret.name) != nil }
    guard !chosen.isEmpty else {
      throw Failure(
        .usage, "the policy \(policyPath) names none of the repository's data sets",
        hint: "there are: " + sets.map(\.secret.name).sorted().joined(separator: ", "))
    }
    if isNew {
      do {
        try SecureFile.writeNew([UInt8](policyPath.utf8), policy.encode().span, mode: 0o600)
      } catch {
        throw Failure(.failed, "the policy \(policyPath) can't be written: \(error)")
      }
    }
    let folder = policyPath.lastIndex(of: "/").map { String(policyPath[...$0]) } ?? ""
    let hostPath = policy.keys.host.hasPrefix("/") ? policy.keys.host : folder + policy.keys.host
    let host = try Init.openOrMakeHost(hostPath)
    guard host.keyID != old?.publicKey.keyID else {
      throw Failure(.usage, "\(hostPath) is the key that is to be revoked; move it away first")
    }
    var drafts = try KeySuccession.admit(
      host: host.publicKey, to: chosen, in: session, rotates: policy.rotatesNightly,
      inPlaceOf: old?.publicKey.keyID)
    if let old { drafts += KeySuccession.revoke(old, distrustedFrom: distrustedFrom) }
    let entry = try session.append(drafts, by: owner.signer)
    return Outcome(
      hostPath: hostPath, host: host.keyID, revoked: old?.publicKey.keyID,
      names: chosen.map(\.secret.name).sorted(), wrotePolicy: isNew, entry: entry)
  }

  private func standing(_ session: RepositorySession) throws -> KeyStanding? {
    guard let revoked else { return nil }
    let found = session.logState.keys.filter { $0.key.hex.hasPrefix(revoked) }
    guard found.count == 1, let standing = found.first?.value else {
      throw Failure(
        .usage, "no key, or more than one, begins with \(revoked)",
        hint: "nightsafe role list shows the keys")
    }
    guard standing.publicKey.keyID != owner.keyID else {
      throw Failure(.usage, "that is the owner's own key", hint: "nightsafe key rotate replaces it")
    }
    return standing
  }

  /// The policy that lies there, or that of the newest snapshot which is not doubted.
  private func policy(
    _ session: RepositorySession, _ sets: [SetOpeningKeys], without doubted: KeyID?
  ) throws -> (policy: Policy, isNew: Bool) {
    let isThere = (try? FileStatus.read(path: [UInt8](policyPath.utf8))) != nil  // else it is made
    if isThere {
      let known = try PolicyFile(path: policyPath).policy
      guard known.repository.id == id.hex, known.repository.location == location else {
        throw Failure(.usage, "the policy \(policyPath) names another repository")
      }
      return (known, false)
    }
    let newest = sets.flatMap { keys in
      session.logState.liveSnapshots(of: keys.secret.set).map { ($0, keys) }
    }
    .filter { $0.0.number < distrustedFrom ?? .max }
    .max { $0.0.number < $1.0.number }
    guard let (snapshot, keys) = newest else {
      throw Failure(
        .failed, "the repository holds no snapshot that has the policy",
        hint: "write \(policyPath) by hand (Docs/policy.md) and run this again")
    }
    var policy: Policy
    do {
      policy = try Policy.decode(try session.open(snapshot, keys: keys).root.policyText)
    } catch let error as PolicyError {
      throw Failure(
        .failed,
        "the policy of the newest snapshot can't be used: "
          + error.problems.prefix(3).map(\.description).joined(separator: "; "),
        hint: "write \(policyPath) by hand (Docs/policy.md) and run this again")
    }
    policy.repository.location = location
    policy.repository.id = id.hex
    policy.keys = Policy.Keys(host: "host.key")
    return (policy, true)
  }
}
