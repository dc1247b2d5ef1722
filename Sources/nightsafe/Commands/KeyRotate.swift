import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupSystem

struct KeyRotate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rotate", abstract: "Put a new key in the place of an old one, in one log entry.",
    discussion: """
      The new key gets every role and every data set of the old one, which is revoked. The old key \
      file is kept beside the new one as FILE.old-KEYID. With --host FILE the key of the nightly \
      host is replaced; without it the owner's own. What was sealed to an old owner's key stays \
      readable with it: keep the old file as safe as the new, or destroy it. With --out the new key \
      waits as FILE.new until the statements are handed in.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var passphrase: NewPassphrase
  @Option(
    help: "The host's key file, to be replaced; default: the owner's own key.", completion: .file())
  var host: String?
  @OptionGroup var out: OutOption

  func run() throws {
    let open = try repository.open()
    let owner = try key.open()
    guard let path = host ?? key.key else { return }
    let old =
      try host == nil ? owner.keyID : KeyFiles.open(path, passphrase: hostPassphrase(open)).keyID
    guard let standing = open.session.logState.keys[old], !standing.roles.isEmpty else {
      throw Failure(
        .key, "the key \(path) holds no role in this repository, or was revoked",
        hint: "nightsafe role list shows the keys")
    }
    let sets = try open.session.openSets(with: owner).values.compactMap { opened in
      if case .restorer(let keys) = opened { keys } else { nil }
    }
    // A file of an earlier try whose key nobody was appointed by is used again.
    let newPath = path + ".new"
    let new = try openOrMake(newPath, isOwner: host == nil)
    let drafts = try KeySuccession.replace(
      standing, by: new.publicKey, sets: sets, in: open.session)
    guard out.file == nil else { return try writeDown(drafts, open, owner, new, old, path) }
    guard let number = try open.session.append(drafts, by: owner.signer) else {
      throw Failure(.failed, "another program was faster; run it again")
    }
    try swap(path, newPath, old)
    if out.json {
      return JSON.print([
        ("logNumber", .number(Int64(number))), ("file", .nothing), ("key", .text(new.keyID.hex)),
        ("oldKey", .text(old.hex)), ("keyFile", .text(path)),
        ("oldKeyFile", .text(Self.keptPath(path, old))),
      ])
    }
    Terminal.print("log entry \(number): key \(new.keyID) in the place of \(old)")
    Terminal.print("\(path): the new key; \(Self.keptPath(path, old)): the old one")
    if host == nil {
      Terminal.print("Write down its recovery sheet: nightsafe key sheet --key \(path)")
    }
  }

  /// Signs into a file; the key files keep their names until the log has the new key.
  private func writeDown(
    _ drafts: [Draft], _ open: OpenRepository, _ owner: KeyPair, _ new: KeyPair, _ old: KeyID,
    _ path: String
  ) throws {
    try out.say(
      drafts, open, by: owner,
      [
        ("key", .text(new.keyID.hex)), ("oldKey", .text(old.hex)),
        ("keyFile", .text(path + ".new")), ("oldKeyFile", .text(path)),
      ])
    if !out.json {
      Terminal.print(
        "then rename \(path) to \(Self.keptPath(path, old)), and \(path).new to \(path)")
    }
  }

  private func hostPassphrase(_ open: OpenRepository) -> PassphraseSource {
    guard let policy = open.policy else { return PassphraseSource() }
    return PassphraseSource(
      file: policy.policy.keys.passphraseFile.map(policy.resolve),
      command: policy.policy.keys.passphraseCommand)
  }

  private func openOrMake(_ path: String, isOwner: Bool) throws -> KeyPair {
    let isThere = (try? FileStatus.read(path: [UInt8](path.utf8))) != nil  // else it is made
    if isThere {
      return try KeyFiles.open(
        path, passphrase: PassphraseSource(file: passphrase.newPassphraseFile))
    }
    let key = try KeyPair.random()
    try KeyFiles.write(
      key, to: path, passphrase: try passphrase.read(path),
      comment: KeyFiles.comment(isOwner ? "owner.key" : "host.key", key, isOwner: isOwner))
    return key
  }

  /// Where the file of the old key is kept.
  private static func keptPath(_ path: String, _ old: KeyID) -> String {
    "\(path).old-\(old.hex.prefix(8))"
  }

  /// The log has the new key; whatever happens between the two names, both files are there.
  private func swap(_ path: String, _ newPath: String, _ old: KeyID) throws {
    let kept = Self.keptPath(path, old)
    do {
      try FileSystem.renameWithoutReplacing(
        at: nil, [UInt8](path.utf8), to: nil, [UInt8](kept.utf8))
      try FileSystem.renameWithoutReplacing(
        at: nil, [UInt8](newPath.utf8), to: nil, [UInt8](path.utf8))
    } catch {
      throw Failure(
        .failed, "the new key counts, but its file could not be given its name: \(error)",
        hint: "rename \(newPath) to \(path) by hand")
    }
  }
}
