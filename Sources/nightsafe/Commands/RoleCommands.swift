import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects

struct RoleGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "role", abstract: "Say who may do what; the owner's word.",
    subcommands: [RoleList.self, RoleAdd.self, RoleRevoke.self])
}

/// The keys of a repository, for people and scripts.
enum RoleText {
  static func list(_ open: OpenRepository, json: Bool) throws {
    let keys = open.session.logState.keys.sorted { $0.key < $1.key }
    if json {
      Terminal.print(
        JSON.list(
          keys.map { id, standing in
            .object([
              ("key", .text(id.hex)), ("roles", .list(standing.roles.map { .text($0.rawValue) })),
              ("sets", .list((standing.changes.last?.sets ?? []).map { .text($0.hex) })),
              ("separate", .flag(standing.changes.last?.isSeparate ?? false)),
              ("since", .number(Int64(standing.changes.last?.number ?? 0))),
            ])
          }
        ).encoded)
      return
    }
    for (id, standing) in keys {
      let roles =
        standing.roles.isEmpty ? "revoked" : standing.roles.map(\.rawValue).joined(separator: ", ")
      Terminal.print("\(id)  \(roles)  since log entry \(standing.changes.last?.number ?? 0)")
    }
  }
}

struct RoleList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the keys and their roles.")
  @OptionGroup var repository: RepositoryOptions
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws { try RoleText.list(try repository.open(), json: json) }
}

struct RoleAdd: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Appoint a key: its roles from now on.",
    discussion: """
      The roles given are all that the key has from then on. So role add HOSTKEYID --role writer \
      takes the right to rotate from the nightly host, once another key has the role operator.
      """)
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(
    help: "The public key file; of a key that the log knows, its id or the first 8 digits or more.",
    completion: .file())
  var publicKey: String
  @Option(help: "owner, restorer, writer, operator or verifier; may be given several times.")
  var role: [String]
  @Option(help: "Only this data set, for a writer or restorer; may be given several times.")
  var dataSet: [String] = []
  @Flag(help: "A verifier that has at no time lain beside a writer's or operator's key.")
  var separate = false

  func run() throws {
    let open = try repository.open()
    let owner = try key.open()
    let new = try known(open) ?? Init.readPublicKey(publicKey)
    let roles = try role.map { text in
      guard let role = Role(rawValue: text) else {
        throw Failure(
          .usage, "no such role: \(text)",
          hint: "there are " + Role.allCases.map(\.rawValue).joined(separator: ", "))
      }
      return role
    }
    guard !roles.isEmpty else { throw Failure(.usage, "give --role ROLE") }
    var drafts: [Draft] = []
    var sets: [SetID] = []
    if roles.contains(.writer) || roles.contains(.restorer) {
      for (set, opened) in try open.session.openSets(with: owner).sorted(by: { $0.key < $1.key }) {
        guard dataSet.isEmpty || dataSet.contains(opened.secret.name) else { continue }
        guard case .restorer(let keys) = opened,
          !open.session.logState.isDestroyed(set, at: open.session.now())
        else { continue }
        sets.append(set)
        if isShared(set, with: new, roles, open) { continue }
        drafts.append(
          try RepositoryOwner.share(
            keys, in: open.session, with: new, asRestorer: roles.contains(.restorer)))
      }
      guard !sets.isEmpty else { throw Failure(.key, "the owner's key opens no such data set") }
    }
    drafts.append(
      RepositoryOwner.grant(new, Set(roles).sorted(), sets: sets, isSeparate: separate))
    try out.say(
      drafts, open, by: owner,
      [
        ("key", .text(new.keyID.hex)),
        ("roles", .list(Set(roles).sorted().map { .text($0.rawValue) })),
        ("sets", .list(sets.map { .text($0.hex) })), ("separate", .flag(separate)),
      ])
  }

  /// The key of the log that is meant, if it is none in a file.
  private func known(_ open: OpenRepository) -> PublicKey? {
    guard (8...32).contains(publicKey.count), publicKey.allSatisfy(\.isHexDigit) else { return nil }
    let found = open.session.logState.keys.filter { $0.key.hex.hasPrefix(publicKey) }
    return found.count == 1 ? found.first?.value.publicKey : nil
  }

  /// Whether the key has what it needs of a data set already: a restorer's share is a writer's, too.
  private func isShared(
    _ set: SetID, with key: PublicKey, _ roles: [Role], _ open: OpenRepository
  ) -> Bool {
    guard KeySuccession.hasShare(key.keyID, of: set, open.session) else { return false }
    let standing = open.session.logState.keys[key.keyID]
    return !roles.contains(.restorer) || standing?.holds(.restorer, for: set) == true
  }
}

struct RoleRevoke: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "revoke", abstract: "Take all roles from a key.",
    discussion: """
      What was sealed to a restorer stays readable with that key: revoking protects only what is \
      sealed later under a new data set.
      """)
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The id of the key, or the first digits of it.")
  var keyID: String

  func run() throws {
    let open = try repository.open()
    let owner = try key.open()
    let found = open.session.logState.keys.filter { $0.key.hex.hasPrefix(keyID) }
    guard found.count == 1, let standing = found.first?.value else {
      throw Failure(.failed, "no key, or more than one, begins with \(keyID)")
    }
    try out.say(
      [RepositoryOwner.grant(standing.publicKey, [], sets: [])], open, by: owner,
      [("key", .text(standing.publicKey.keyID.hex)), ("roles", .list([]))])
  }
}
