/// Reads `sources` and checks each against the others and the repository.
enum PolicySources {
  private struct Found {
    var source: Policy.Source
    var node: PolicyNode
  }

  static func read(_ object: PolicyObject, repository: String?) -> [Policy.Source] {
    let nodes = object.required("sources", .filledList)?.elements(filled: true) ?? []
    var found: [Found] = []
    for node in nodes {
      guard let source = Policy.Source.read(node) else { continue }
      check(source, node, repository: repository)
      for other in found { check(source, node, beside: other) }
      found.append(Found(source: source, node: node))
    }
    return found.map(\.source)
  }

  private static func check(_ source: Policy.Source, _ node: PolicyNode, repository: String?) {
    guard let repository, repository.utf8.first == 0x2f else { return }
    // What a program writes lies nowhere.
    if case .command = source { return }
    if source.isFolder, PolicyPath.contains(source.path, repository) {
      node.refuse(.repositoryInsideSource)
    } else if PolicyPath.contains(repository, source.path) {
      node.refuse(.sourceInsideRepository)
    }
  }

  private static func check(_ source: Policy.Source, _ node: PolicyNode, beside other: Found) {
    if other.source.path == source.path {
      node.refuse(.repeated(path: other.node.path))
    } else if PolicyPath.contains(other.source.path, source.path) {
      if !source.mayLieInside || !other.source.isFolder {
        node.refuse(.nestedSource(path: other.node.path))
      }
    } else if PolicyPath.contains(source.path, other.source.path) {
      if !other.source.mayLieInside || !source.isFolder {
        other.node.refuse(.nestedSource(path: node.path))
      }
    }
  }
}

extension Policy.Source {
  fileprivate static func read(_ node: PolicyNode) -> Policy.Source? {
    switch node.node.value {
    case .text: return node.absolutePath().map { .path($0) }
    case .object:
      guard let object = node.object() else { return nil }
      let source = read(object)
      object.finish()
      return source
    default:
      node.refuse(.expected(.source, found: node.node.value.kind))
      return nil
    }
  }

  /// The key that says what kind of source it is stands in it alone.
  private static func read(_ object: PolicyObject) -> Policy.Source? {
    let database = object.optional("sqlite")
    let command = object.optional("command")
    let folder = object.optional("folder")
    let kinds = [("sqlite", database), ("command", command), ("folder", folder)]
      .filter { $0.1 != nil }
    guard let kind = kinds.first?.0 else {
      object.refuse("folder", .missingKey(.source))
      return nil
    }
    if kinds.count > 1 {
      object.refuse(kinds[1].0, .excludes(key: kind))
      return nil
    }
    if let database { return filePath(database).map { .database($0) } }
    if let folder {
      let picture = object.required("snapshot", .oneOf(SnapshotKind.allCases.map(\.rawValue)))?
        .word(SnapshotKind.self)
      guard let path = folder.absolutePath(), let picture else { return nil }
      return .snapshot(path, picture)
    }
    return readCommand(command, object).map { .command($0) }
  }

  private static func readCommand(_ node: PolicyNode?, _ object: PolicyObject) -> Command? {
    let arguments = node?.command()
    let path = object.required("path", .absolutePath).flatMap { filePath($0) }
    let user = object.optional("user")?.parsed(.userName, PolicyPath.userName)
    let timeLimitSeconds = object.integer(
      "timeLimitSeconds", in: 1...86_400, default: Command.defaultTimeLimitSeconds)
    let minimum = object.optional("minimumSize")?.byteCount(mayBeZero: true) ?? 1
    guard let arguments, let path else { return nil }
    return Command(
      arguments: arguments, path: path, user: user, timeLimitSeconds: timeLimitSeconds,
      minimumByteCount: minimum)
  }

  /// The path of a file: not the root of everything.
  private static func filePath(_ node: PolicyNode) -> String? {
    node.parsed(.absolutePath) { text in
      PolicyPath.normalised(text).flatMap { $0 == "/" ? nil : $0 }
    }
  }
}
