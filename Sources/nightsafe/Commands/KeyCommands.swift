import ArgumentParser
import BackupCrypto
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupPolicy
import BackupSystem

struct KeyGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Make, check and protect key files.",
    subcommands: [
      KeyNew.self, KeyCheck.self, KeyList.self, KeyPassphrase.self, KeySheet.self,
      KeyFromSheet.self, KeyRotate.self,
    ])
}

/// Where the passphrase of a key to be written comes from.
struct NewPassphrase: ParsableArguments {
  @Option(help: "A file with the passphrase for the new key file.", completion: .file())
  var newPassphraseFile: String?
  @Flag(help: "Write the key file without a passphrase.")
  var noPassphrase = false

  func read(_ path: String) throws -> [UInt8]? {
    if noPassphrase { return nil }
    let source = PassphraseSource(file: newPassphraseFile)
    guard let given = try source.read(prompt: "A passphrase for \(path) (empty for none): ") else {
      throw Failure(
        .key, "nobody can be asked for a passphrase",
        hint: "give --new-passphrase-file FILE, or --no-passphrase")
    }
    if given.isEmpty { return nil }
    if newPassphraseFile == nil,
      try source.read(prompt: "The same again: ") != given
    {
      throw Failure(.key, "the two passphrases differ")
    }
    return given
  }
}

struct KeyNew: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "new", abstract: "Make a key, and beside it its public half (.pub).")
  @Argument(help: "The key file to be written.", completion: .file())
  var file: String
  @OptionGroup var passphrase: NewPassphrase
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let key = try KeyPair.random()
    try KeyFiles.write(
      key, to: file, passphrase: try passphrase.read(file),
      comment: KeyFiles.comment(
        file.split(separator: "/").last.map(String.init) ?? file, key, isOwner: false))
    let text = PublicKeyFile.encode(
      key.publicKey,
      comment: ["NightSafe public key, id \(key.keyID)", "Hand this to the owner to be appointed."])
    do {
      try SecureFile.writeNew(
        [UInt8]((file + ".pub").utf8), [UInt8](text.utf8).span, mode: 0o644)
    } catch {
      throw Failure(.failed, "\(file).pub can't be written: \(error)")
    }
    if json {
      return JSON.print([
        ("key", .text(key.keyID.hex)), ("file", .text(file)),
        ("publicKeyFile", .text(file + ".pub")),
      ])
    }
    Terminal.print("key \(key.keyID)")
    Terminal.print("\(file): keep it; \(file).pub: hand it to the owner")
  }
}

struct KeyCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check that a key file opens, and what it may do.")
  @OptionGroup var key: KeyOptions
  @Option(help: "The policy file of a repository to ask.", completion: .file())
  var policy: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let pair = try key.open()
    var members: [(String, JSON)] = [("key", .text(pair.keyID.hex))]
    var lines = ["key \(pair.keyID) opens"]
    if let policy {
      let open = try RepositoryOptions.parse(["--policy", policy]).open()
      let roles = open.session.logState.roles(of: pair.keyID)
      guard !roles.isEmpty else {
        throw Failure(.key, "the key holds no role in this repository")
      }
      lines.append("roles: " + roles.map(\.rawValue).joined(separator: ", "))
      members.append(("roles", .list(roles.map { .text($0.rawValue) })))
      let sets = try open.session.openSets(with: pair).sorted { $0.key < $1.key }
      lines += sets.map { "\(Self.can($0.value)) \($0.value.secret.name) (\($0.key))" }
      members.append(
        (
          "sets",
          .list(
            sets.map {
              .object([
                ("set", .text($0.key.hex)), ("name", .text($0.value.secret.name)),
                ("can", .text(Self.can($0.value))),
              ])
            })
        ))
    }
    if json { return JSON.print(members) }
    for line in lines { Terminal.print(line) }
  }

  private static func can(_ opened: SealedSetKeys.Opened) -> String {
    switch opened {
    case .restorer: "opens"
    case .writer: "writes"
    }
  }
}

struct KeyList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the keys of a repository, from its log.")
  @OptionGroup var repository: RepositoryOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws { try RoleText.list(try repository.open(), json: json) }
}

struct KeyPassphrase: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "passphrase", abstract: "Give a key file another passphrase, or none.")
  @OptionGroup var key: KeyOptions
  @OptionGroup var passphrase: NewPassphrase
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let pair = try key.open()
    guard let path = key.key else { return }
    let old = String(
      decoding: try SecureFile.readWhole([UInt8](path.utf8), limitByteCount: 65_536),
      as: UTF8.self)
    let comment = old.split(separator: "\n", omittingEmptySubsequences: false)
      .prefix { !$0.hasPrefix("-----BEGIN") }.map(String.init)
    let given = try passphrase.read(path)
    var text = [UInt8](try KeyFile.encode(pair, passphrase: given, comment: comment).utf8)
    defer { wipe(&text) }
    do {
      try SecureFile.replaceDurably([UInt8](path.utf8), text.span)
    } catch {
      throw Failure(.failed, "\(path) can't be written: \(error)")
    }
    if json {
      return JSON.print([
        ("key", .text(pair.keyID.hex)), ("file", .text(path)), ("protected", .flag(given != nil)),
      ])
    }
    Terminal.print("\(path): done")
  }
}

struct KeySheet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sheet", abstract: "Print the recovery sheet of a key.")
  @OptionGroup var key: KeyOptions
  @OptionGroup var repository: RepositoryOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let pair = try key.open()
    let file = try repository.readPolicy()
    let location = repository.repository ?? file?.policy.repository.location ?? ""
    guard let id = RepositoryID(hex: repository.id ?? file?.policy.repository.id ?? "") else {
      throw Failure(.usage, "the repository id has 64 hex digits in lower case")
    }
    if json {
      return JSON.print([
        ("repositoryId", .text(id.hex)), ("place", .text(location)),
        ("key", .text(pair.keyID.hex)),
        ("groups", .list(RecoverySheet.groups(of: pair.seed).map { .text($0) })),
      ])
    }
    for line in RecoverySheetText.lines(pair, id: id, location: location) { Terminal.print(line) }
  }
}

struct KeyFromSheet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "from-sheet", abstract: "Make a key file out of a recovery sheet.",
    discussion: "The nine groups are read from standard input, or from --sheet.")
  @Option(help: "The key file to be written.", completion: .file())
  var out: String
  @Option(help: "A file with the nine groups.", completion: .file())
  var sheet: String?
  @OptionGroup var passphrase: NewPassphrase
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    var text = ""
    if let sheet {
      do {
        text = String(
          decoding: try SecureFile.readWhole([UInt8](sheet.utf8), limitByteCount: 4096),
          as: UTF8.self)
      } catch {
        throw Failure(.key, "\(sheet) can't be read: \(error)")
      }
    } else {
      if Terminal.isAttended { Terminal.note("type the nine groups, then an empty line:") }
      while let line = readLine(), !line.isEmpty { text += line + " " }
    }
    let key = try KeyPair(seed: try RecoverySheet.seed(from: text))
    try KeyFiles.write(
      key, to: out, passphrase: try passphrase.read(out),
      comment: KeyFiles.comment(out, key, isOwner: true))
    if json { return JSON.print([("key", .text(key.keyID.hex)), ("file", .text(out))]) }
    Terminal.print("key \(key.keyID) written to \(out)")
  }
}
