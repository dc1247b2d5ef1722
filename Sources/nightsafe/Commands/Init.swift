import ArgumentParser
import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import BackupStorage
import BackupSystem

struct Init: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a repository, its keys and its policy.",
    discussion: """
      Makes what is not there yet: the policy, the repository, host.key beside the policy, and
      owner.key beside it or at --owner-key. Then move owner.key away from this machine.

      With --join the repository exists already, and this machine is a second one, a replacement, or \
      the new one after a theft: the policy is that of the newest snapshot, a new host.key is made \
      and appointed. --revoke takes all roles from the old machine's key; --distrust-from also voids \
      what it said from a log number on.
      """)

  @Option(help: "The policy file; it is written if it does not exist.", completion: .file())
  var policy: String
  @Option(help: "The folder of the repository.", completion: .directory)
  var repository: String
  @Option(help: "A folder to be backed up; may be given several times.", completion: .directory)
  var source: [String] = []
  @Option(
    help: "Where owner.key is written, or is; beside the policy by default.", completion: .file())
  var ownerKey: String?
  @Option(help: "A file with the passphrase for owner.key.", completion: .file())
  var ownerPassphraseFile: String?
  @Option(
    help: "The public key of an external verifier; may be given several times.", completion: .file()
  )
  var verifier: [String] = []
  @Option(
    help: ArgumentHelp(
      "The public key of another machine that rotates; this one then can delete nothing."),
    completion: .file())
  var `operator`: String?
  @Option(help: "The name of the firm, for the policy and the record.")
  var controller: String = "This firm"
  @Option(help: "Where people can ask about their data.")
  var contact: String = "privacy@localhost"
  @Flag(help: "Do not show the recovery sheet and do not ask for it typed back.")
  var noRecoverySheet = false
  @Flag(help: "Print the result as JSON.")
  var json = false
  @Flag(help: "Join a repository that exists, with --id and --key.")
  var join = false
  @Option(help: "With --join: the repository id, 64 hex digits, as on the recovery sheet.")
  var id: String?
  @OptionGroup var key: KeyOptions
  @Option(help: "With --join: the id, or its first digits, of the key that is replaced.")
  var revoke: String?
  @Option(help: "With --revoke: the first log number from which that key's word is doubted.")
  var distrustFrom: Int?

  func validate() throws {
    if !join {
      guard id == nil, revoke == nil, distrustFrom == nil, key.key == nil else {
        throw ValidationError("--id, --key, --revoke and --distrust-from go with --join")
      }
    } else if `operator` != nil {
      throw ValidationError(
        "--operator goes without --join, where the policy says by rotation.nightly who rotates")
    } else if id == nil || key.key == nil {
      throw ValidationError("--join needs --id ID and --key owner.key")
    }
    guard distrustFrom == nil || revoke != nil else {
      throw ValidationError("--distrust-from goes with --revoke")
    }
    guard distrustFrom ?? 1 > 0 else {
      throw ValidationError("--distrust-from takes a number above 0")
    }
  }

  private var folder: String { policy.lastIndex(of: "/").map { String(policy[...$0]) } ?? "" }
  private var stateFolder: String { folder + "state" }

  mutating func run() throws {
    // What is written into the policy and into cron's table holds in every working folder.
    policy = try Places.absolute(policy)
    source = try source.map { try Places.absolute($0) }
    let location = try Places.absolute(repository)
    if join {
      try Self.checkFolder(of: policy)
      return try joinRepository(location)
    }
    let hostPath = folder + "host.key"
    let ownerPath = try Places.absolute(ownerKey ?? folder + "owner.key")
    let plan = try draftPolicy(location: location)
    try check(plan.policy, location, ownerPath: ownerPath)
    let verifiers = try verifier.map { try Self.readPublicKey($0) }
    let rotating = try `operator`.map { try Self.readPublicKey($0) }
    try Self.checkApart(rotating, from: verifiers, keyFiles: [hostPath, ownerPath])
    let storage = try openStorage(location)
    if try PutIfAbsentTrial.run(on: storage) == .fails {
      Terminal.note(
        "warning: this store overwrites what is there: let only one machine write to it")
    }

    let owner = try openOrMakeOwner(ownerPath)
    let host = try Self.openOrMakeHost(hostPath)
    let now = Times.clock()
    let id = try RepositoryOwner.create(in: storage, owner: owner.key, time: now)
    var written = plan.policy
    written.repository.id = id.hex
    if rotating != nil { written.rotatesNightly = false }
    let session = try RepositorySession(
      storage: storage, id: id,
      state: try StateFolder(below: [UInt8](stateFolder.utf8), repository: id),
      clock: Times.clock)
    try appoint(
      session, Appointed(owner: owner.key, host: host, rotating: rotating, verifiers: verifiers),
      written, now)
    try writePolicy(written, replacing: plan.exists)
    if owner.isNew, !noRecoverySheet {
      try showSheet(owner.key, id: id, location: location, ownerPath: ownerPath)
    }
    report(id, location: location, hostPath: hostPath, ownerPath: ownerPath, policy: written)
  }

  private func joinRepository(_ location: String) throws {
    guard let id = RepositoryID(hex: id ?? "") else {
      throw Failure(.usage, "the repository id has 64 hex digits in lower case")
    }
    let storage: FolderStorage
    do {
      storage = try FolderStorage(path: [UInt8](location.utf8), creates: false)
    } catch {
      throw Failure(.unreachable, "the repository can't be opened at \(location): \(error)")
    }
    let outcome = try Join(
      policyPath: policy, location: location, id: id, owner: try key.open(), revoked: revoke,
      distrustedFrom: distrustFrom
    ).run(
      storage: storage,
      state: try StateFolder(below: [UInt8](stateFolder.utf8), repository: id))
    if json {
      JSON.print([
        ("repositoryId", .text(id.hex)), ("policy", .text(policy)),
        ("hostKey", .text(outcome.hostPath)), ("hostKeyId", .text(outcome.host.hex)),
        ("revokedKeyId", .text(outcome.revoked?.hex ?? "")),
        ("dataSets", .list(outcome.names.map { .text($0) })),
      ])
      return
    }
    Terminal.print("joined \(location)")
    Terminal.print(
      "\(outcome.hostPath): key \(outcome.host), appointed for "
        + outcome.names.joined(separator: ", "))
    if let revoked = outcome.revoked { Terminal.print("revoked: key \(revoked)") }
    if outcome.wrotePolicy {
      Terminal.print(
        "\(policy): from the newest snapshot; look at its sources, times and files before the first "
          + "night")
    }
    Terminal.print(
      "Next: take the owner's key away again, then nightsafe nightly --policy \(policy)")
  }

  // MARK: Parts

  /// The folder of a file, which is not made here: its owner and mode are the admin's to choose.
  private static func checkFolder(of path: String) throws {
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    guard folder.isEmpty || exists(folder) else {
      throw Failure(
        .usage, "the folder \(folder) does not exist",
        hint: "make it first: mkdir -m 700 \(folder); nothing was made")
    }
  }

  /// Finds out before anything is made what would stop the first night.
  private func check(_ policy: Policy, _ location: String, ownerPath: String) throws {
    for path in [self.policy, ownerPath] { try Self.checkFolder(of: path) }
    for dataSet in policy.dataSets {
      guard let rules = dataSet.pathRules() else { continue }
      try Places.check(dataSet, rules: rules, repository: location)
    }
    for path in source where !Self.exists(path) {
      throw Failure(.usage, "the source \(path) does not exist", hint: "nothing was made")
    }
    // Not even the trial of the store touches a repository that is there.
    guard !Self.exists(location + "/log/0000000000000000") else {
      throw Failure(EngineError.repository(.exists))
    }
    // What can't be listed is told when it is opened.
    guard let folder = try? Descriptor.openRootDirectory([UInt8](location.utf8)),
      let entries = try? DirectoryEntries.read(folder)
    else { return }
    let names = Set(entries.map { String(decoding: $0.name, as: UTF8.self) })
    guard names.contains("FORMAT") || names.subtracting(["lost+found"]).isEmpty else {
      throw Failure(
        .usage, "the folder \(location) holds other things",
        hint: "a repository wants a folder of its own, as \(location)/nightsafe; nothing was made")
    }
  }

  /// A key that rotates in the host's place is no key that lies on the host, and no verifier's.
  private static func checkApart(
    _ rotating: PublicKey?, from verifiers: [PublicKey], keyFiles: [String]
  ) throws {
    guard let rotating else { return }
    let isNear = keyFiles.contains { path in
      // What is not there, or no key, is no key of this machine.
      guard let text = try? SecureFile.readWhole([UInt8](path.utf8), limitByteCount: 65_536),
        let file = try? KeyFile(parsing: text)
      else { return false }
      return file.keyID == rotating.keyID
    }
    guard !isNear else {
      throw Failure(
        .usage, "--operator names a key of this machine",
        hint: "it is to be the public key of another: nightsafe key new operator.key, there")
    }
    guard !verifiers.contains(where: { $0.keyID == rotating.keyID }) else {
      throw Failure(
        .usage, "one key can't be verifier and operator",
        hint: "who checks that nothing was deleted must not be who deletes: make two keys")
    }
  }

  private func draftPolicy(location: String) throws -> (policy: Policy, exists: Bool) {
    do {
      let bytes = try SecureFile.readWhole(
        [UInt8](policy.utf8), limitByteCount: Policy.byteCountMax)
      let known: Policy
      do { known = try Policy.decode(bytes) } catch {
        throw Failure(
          .usage, error.problems.map { "\(policy):\($0.description)" }.joined(separator: "\n"))
      }
      guard known.repository.location == location else {
        throw Failure(
          .usage, "the policy names another repository: \(known.repository.location)")
      }
      return (known, true)
    } catch let error as SystemError {
      guard error.isNotFound else {
        throw Failure(.usage, "the policy \(policy) can't be read: \(error)")
      }
    }
    guard !source.isEmpty else {
      throw Failure(.usage, "there is no policy yet: give --source FOLDER")
    }
    let fresh = Policy(
      repository: Policy.Repository(location: location, id: String(repeating: "0", count: 64)),
      controller: Policy.Controller(name: controller, contact: contact),
      dataSets: [
        Policy.DataSet(
          name: "business", sources: source.map { .path($0) },
          retention: BackupPolicy.Retention(
            daily: 14, weekly: 8, monthly: 12, maximumAgeDays: 396, floor: 3))
      ])
    do {
      return (try Policy.decode(fresh.encode()), false)
    } catch {
      throw Failure(.usage, error.problems.map(\.description).joined(separator: "\n"))
    }
  }

  private func openStorage(_ location: String) throws -> FolderStorage {
    do {
      return try FolderStorage(path: [UInt8](location.utf8), creates: true)
    } catch {
      throw Failure(.unreachable, "the folder \(location) can't be made or opened: \(error)")
    }
  }

  private func openOrMakeOwner(_ path: String) throws -> (key: KeyPair, isNew: Bool) {
    let passphrase = PassphraseSource(file: ownerPassphraseFile)
    if Self.exists(path) { return (try KeyFiles.open(path, passphrase: passphrase), false) }
    let key = try KeyPair.random()
    var given = try passphrase.read(prompt: "A passphrase for \(path) (empty for none): ")
    if given?.isEmpty == true { given = nil }
    if given != nil, ownerPassphraseFile == nil {
      let again = try passphrase.read(prompt: "The same again: ")
      guard again == given else { throw Failure(.key, "the two passphrases differ") }
    }
    try KeyFiles.write(
      key, to: path, passphrase: given,
      comment: KeyFiles.comment("owner.key", key, isOwner: true))
    if given == nil {
      Terminal.note("warning: \(path) has no passphrase: who can read it can read every backup")
    }
    return (key, true)
  }

  static func openOrMakeHost(_ path: String) throws -> KeyPair {
    if Self.exists(path) { return try KeyFiles.open(path, passphrase: PassphraseSource()) }
    let key = try KeyPair.random()
    try KeyFiles.write(
      key, to: path, passphrase: nil, comment: KeyFiles.comment("host.key", key, isOwner: false))
    return key
  }

  private static func exists(_ path: String) -> Bool {
    // Whatever else is wrong with it shows when it is opened.
    (try? FileStatus.read(path: [UInt8](path.utf8))) != nil
  }

  static func readPublicKey(_ path: String) throws -> PublicKey {
    do {
      return try PublicKeyFile.parse(
        try SecureFile.readWhole([UInt8](path.utf8), limitByteCount: 65_536))
    } catch let error as KeyError {
      throw Words.failure(error, file: path)
    } catch {
      throw Failure(.key, "the public key \(path) can't be read: \(error)")
    }
  }

  /// The keys that get roles.
  private struct Appointed {
    let owner: KeyPair
    let host: KeyPair
    /// The key of another machine that rotates in the host's place.
    let rotating: PublicKey?
    let verifiers: [PublicKey]
  }

  private func appoint(
    _ session: RepositorySession, _ keys: Appointed, _ policy: Policy, _ now: LogTime
  ) throws {
    var drafts: [Draft] = []
    var sets: [SetID] = []
    for dataSet in policy.dataSets {
      let made = try RepositoryOwner.makeDataSet(
        NewDataSet(
          name: dataSet.name, retention: dataSet.retention,
          protection: PolicyStatements.protection(policy.protection),
          deduplication: PolicyStatements.deduplication(dataSet.deduplication)),
        in: session, restorers: [keys.owner.publicKey], writers: [keys.host.publicKey],
        effective: now.unix)
      sets.append(made.set)
      drafts += made.drafts
    }
    drafts.append(RepositoryOwner.grant(keys.owner.publicKey, [.owner, .restorer], sets: sets))
    drafts.append(
      RepositoryOwner.grant(
        keys.host.publicKey, keys.rotating == nil ? [.writer, .operator] : [.writer], sets: sets))
    if let rotating = keys.rotating {
      drafts.append(RepositoryOwner.grant(rotating, [.operator], sets: []))
    }
    for key in keys.verifiers {
      drafts.append(RepositoryOwner.grant(key, [.verifier], sets: [], isSeparate: true))
    }
    try session.append(drafts, by: keys.owner.signer)
  }

  private func writePolicy(_ policy: Policy, replacing: Bool) throws {
    let bytes = policy.encode()
    do {
      if replacing {
        try SecureFile.replaceDurably([UInt8](self.policy.utf8), bytes.span, mode: 0o600)
      } else {
        try SecureFile.writeNew([UInt8](self.policy.utf8), bytes.span, mode: 0o600)
      }
    } catch {
      throw Failure(.failed, "the policy \(self.policy) can't be written: \(error)")
    }
  }

  private func showSheet(
    _ key: KeyPair, id: RepositoryID, location: String, ownerPath: String
  ) throws {
    guard BackupSystem.Terminal.isTerminal(.input), BackupSystem.Terminal.isTerminal(.output) else {
      Terminal.note(
        "warning: the recovery sheet was not shown (no terminal); print it with "
          + "nightsafe key sheet --key \(ownerPath) --policy \(self.policy)")
      return
    }
    for line in RecoverySheetText.lines(key, id: id, location: location) { Terminal.print(line) }
    Terminal.print("")
    Terminal.print("Write the nine groups down, then type them back (empty line: later).")
    guard let typed = readLine(), !typed.isEmpty else {
      Terminal.note("warning: the recovery sheet was not confirmed; the record will say so")
      return
    }
    let seed = try RecoverySheet.seed(from: typed)
    guard seed.matches(key.seed) else { throw Failure(.key, "that is the sheet of another key") }
    SheetMark.confirm(stateFolder: stateFolder)
  }

  private func report(
    _ id: RepositoryID, location: String, hostPath: String, ownerPath: String, policy: Policy
  ) {
    if json {
      JSON.print([
        ("repositoryId", .text(id.hex)), ("repository", .text(location)),
        ("policy", .text(self.policy)), ("hostKey", .text(hostPath)),
        ("ownerKey", .text(ownerPath)),
      ])
      return
    }
    Terminal.print("Repository \(location)")
    Terminal.print("id \(id)")
    Terminal.print("")
    Terminal.print("Next:")
    Terminal.print(
      "  1. Move \(ownerPath) off this machine, and keep the recovery sheet elsewhere.")
    Terminal.print("  2. Every night, from cron (crontab -e):")
    // cron looks for programs in hardly any folder.
    Terminal.print("       15 2 * * * \(Places.thisProgram) nightly --policy \(self.policy)")
    Terminal.print("  3. Try it now: nightsafe nightly --policy \(self.policy)")
    if `operator` != nil {
      Terminal.print(
        "  4. Each day on the machine that rotates, with its key and with the store there:")
      Terminal.print(
        "       nightsafe rotate --repository \(location) --id \(id.hex) --key operator.key")
    }
    if policy.protection == .none {
      Terminal.print("")
      Terminal.print(
        "Note: protection is none: who takes over this machine can delete every backup in "
          + "\(location).")
    }
  }
}

/// What stands in the policy, in the words of the log.
enum PolicyStatements {
  static func protection(_ protection: Policy.Protection) -> Predicate.Protection {
    switch protection {
    case .objectLock: .objectLock
    case .appendOnlyAccount: .appendOnlyAccount
    case .pulledCopy: .pulledCopy
    case .none: .none
    }
  }

  static func deduplication(_ mode: Policy.DataSet.Deduplication) -> Predicate.Deduplication {
    switch mode {
    case .normal: .normal
    case .unchangedFilesOnly: .unchangedFilesOnly
    }
  }
}

/// The page that is kept apart from every machine.
enum RecoverySheetText {
  static func lines(_ key: KeyPair, id: RepositoryID, location: String) -> [String] {
    let groups = RecoverySheet.groups(of: key.seed)
    var lines = [
      "NIGHTSAFE RECOVERY SHEET",
      "Keep this page away from the machine. Who has it and the repository can read everything.",
      "",
      "Repository id  \(id.hex.prefix(32))",
      "               \(id.hex.suffix(32))",
      "Place          \(location)",
      "Key id         \(key.keyID)",
      "Seed",
    ]
    for row in stride(from: 0, to: 9, by: 3) {
      lines.append("    " + groups[row..<row + 3].joined(separator: "   "))
    }
    lines += [
      "",
      "To restore on any machine:",
      "  nightsafe key from-sheet --out owner.key        (type the nine groups)",
      "  nightsafe restore latest --repository FOLDER --id ID --key owner.key --to DIR",
      "Without nightsafe: emergency-restore.py (Python, package cryptography) does the same.",
    ]
    return lines
  }
}
