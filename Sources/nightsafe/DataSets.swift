import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupSystem

/// Data sets of the policy, joined with those of the log by name.
struct DataSets {
  let repository: OpenRepository
  let policy: PolicyFile
  let host: KeyPair
  private let secrets: [String: SetSecret]

  init(_ repository: OpenRepository) throws {
    guard let policy = repository.policy else {
      throw Failure(.usage, "this needs --policy FILE")
    }
    self.repository = repository
    self.policy = policy
    let keys = policy.policy.keys
    host = try KeyFiles.open(
      policy.resolve(keys.host),
      passphrase: PassphraseSource(
        file: keys.passphraseFile.map(policy.resolve), command: keys.passphraseCommand))
    let roles = repository.session.logState.roles(of: host.keyID)
    guard !roles.isEmpty else {
      throw Failure(
        .key, "the key \(keys.host) holds no role in this repository, or was revoked",
        hint: "the owner appoints it: nightsafe role add")
    }
    var secrets: [String: SetSecret] = [:]
    let now = repository.session.now()
    for (set, opened) in try repository.session.openSets(with: host) {
      let name = opened.secret.name
      // Beside a destroyed one there may be a new one of its name.
      if secrets[name] != nil, repository.session.logState.isDestroyed(set, at: now) { continue }
      secrets[name] = opened.secret
    }
    self.secrets = secrets
  }

  /// The names of the data sets that the host's key writes.
  var names: [SetID: String] {
    Dictionary(secrets.map { ($0.value.set, $0.key) }, uniquingKeysWith: { first, _ in first })
  }

  /// The data sets to be backed up; all of the policy by default.
  func chosen(_ name: String?) throws -> [Policy.DataSet] {
    guard let name else { return policy.policy.dataSets }
    guard let dataSet = policy.policy.dataSet(named: name) else {
      throw Failure(
        .usage, "the policy has no data set \(name)",
        hint: "it has: " + policy.policy.dataSets.map(\.name).joined(separator: ", "))
    }
    return [dataSet]
  }

  /// The owner's word that a data set of the policy is destroyed, once it is in force.
  func destruction(_ dataSet: Policy.DataSet) -> Destruction? {
    let state = repository.session.logState
    let names = DestroyedNames(policy)
    let known = secrets[dataSet.name]?.set
    guard let set = known ?? names.set(named: dataSet.name),
      state.isDestroyed(set, at: repository.session.now())
    else { return nil }
    if known != nil { names.note(dataSet.name, set) }
    return state.destructions[set]
  }

  /// What is said of a data set that is destroyed, and stands in the policy still.
  func failure(_ destruction: Destruction) -> Failure {
    Failure(
      .rotationRefused,
      "the owner has destroyed this data set, in force since "
        + "\(Times.utc(destruction.inForceAt)): it is not backed up any more",
      hint: "take it out of \(policy.path)")
  }

  /// The sets of the policy that are not destroyed; one without keys on this machine is told by the
  /// backup.
  var living: [SetID] {
    policy.policy.dataSets.compactMap { dataSet in
      destruction(dataSet) == nil ? secrets[dataSet.name]?.set : nil
    }
  }

  /// The keys of a data set.
  func secret(_ dataSet: Policy.DataSet) throws -> SetSecret {
    guard let secret = secrets[dataSet.name] else {
      throw Failure(
        .key, "the host's key has no keys for the data set \(dataSet.name)",
        hint: "the owner makes them: nightsafe policy approve --policy FILE --key owner.key"
          + (Words.destroyedSets(repository.session).map { "; or is it gone? " + $0 } ?? ""))
    }
    return secret
  }

  /// Refuses sources that hold the repository or lie in it, before anything is touched.
  func check(_ chosen: [Policy.DataSet]) throws {
    for dataSet in chosen {
      try Places.check(dataSet, rules: try rules(dataSet), repository: repository.location)
    }
  }

  /// What is to be done for a data set tonight.
  func plan(
    _ dataSet: Policy.DataSet, night: BackupLog.Night, acceptsMovedSources: Bool,
    readsBack: Bool = true
  ) throws -> BackupPlan {
    let compression: CompressionChoice =
      switch policy.policy.compression.codec {
      case .zstd: .zstd(level: policy.policy.compression.level)
      case .zlib: .zlib(level: policy.policy.compression.level)
      }
    var plan = BackupPlan(
      secret: try secret(dataSet),
      sources: dataSet.sources.compactMap {
        if case .path(let path) = $0 { [UInt8](path.utf8) } else { nil }
      },
      rules: try rules(dataSet), excludesCaches: dataSet.excludesCaches,
      staysOnFileSystem: dataSet.staysOnOneFileSystem,
      maximumFileByteCount: dataSet.maximumFileByteCount.map(UInt64.init),
      compression: compression, minimumFileCount: dataSet.minimumFileCount,
      canaries: dataSet.canaries.map { [UInt8]($0.utf8) }, policyText: policy.bytes,
      night: night, acceptsMovedSources: acceptsMovedSources, readsBack: readsBack,
      alarms: dataSet.alarms, liveSources: liveSources(dataSet, night: night))
    plan.ownFolders = [[UInt8](repository.location.utf8)]
    if let state = repository.session.state { plan.ownFolders.append(state.path) }
    return plan
  }

  /// What hooks and commands of a data set find in their environment.
  func variables(_ dataSet: Policy.DataSet, night: BackupLog.Night) -> [String] {
    [
      "NIGHTSAFE_DATA_SET=\(dataSet.name)", "NIGHTSAFE_NIGHT=\(night)",
      "NIGHTSAFE_REPOSITORY=\(repository.session.id.hex)",
    ]
  }

  private func liveSources(_ dataSet: Policy.DataSet, night: BackupLog.Night) -> [LiveSource] {
    let variables = (variables(dataSet, night: night) + ["NIGHTSAFE_HOOK=command"])
      .map { [UInt8]($0.utf8) }
    return dataSet.sources.compactMap { source in
      switch source {
      case .path: nil
      case .snapshot(let path, .btrfs): .snapshot([UInt8](path.utf8), by: BtrfsSnapshots())
      case .database(let path): .database([UInt8](path.utf8))
      case .command(let command):
        .command(
          CommandSource(
            arguments: command.arguments.map { [UInt8]($0.utf8) },
            path: [UInt8](command.path.utf8), user: command.user.map { [UInt8]($0.utf8) },
            timeLimitSeconds: command.timeLimitSeconds,
            minimumByteCount: UInt64(command.minimumByteCount), variables: variables))
      }
    }
  }

  /// The compiled include and exclude rules.
  func rules(_ dataSet: Policy.DataSet) throws -> PathRules {
    var excludeFile: [UInt8] = []
    if let name = dataSet.excludeFile {
      do {
        excludeFile = try SecureFile.readWhole(
          [UInt8](policy.resolve(name).utf8), limitByteCount: 1 << 20)
      } catch {
        throw Failure(.usage, "\(dataSet.name).excludeFile \(name) can't be read: \(error)")
      }
    }
    guard let rules = dataSet.pathRules(excludeFile: excludeFile) else {
      throw Failure(.usage, "the data set \(dataSet.name) has too many exclude rules")
    }
    return rules
  }

  /// The night that an instant belongs to.
  func night(at unix: Int64) throws -> BackupLog.Night {
    let window = policy.policy.night.window(in: try Times.zone(policy.policy.night.zone))
    guard let night = BackupLog.Night(window.night(of: unix).description) else {
      throw Failure(.failed, "the clock of this machine is set to an impossible date")
    }
    return night
  }
}
