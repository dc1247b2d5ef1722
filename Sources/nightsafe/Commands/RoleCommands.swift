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
    commandName: "add", abstract: "Appoint a key: its roles from now on.")
  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var out: OutOption
  @Argument(help: "The public key file.", completion: .file())
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
    let new = try Init.readPublicKey(publicKey)
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
        drafts.append(
          try RepositoryOwner.share(
            keys, in: open.session, with: new, asRestorer: roles.contains(.restorer)))
        sets.append(set)
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
