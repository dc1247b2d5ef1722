import BackupFormat
import BackupLog
import BackupStorage

/// One change of a repository, and the objects of which a finding must name one and no other.
struct Mutation: CustomStringConvertible {
  /// What is shown in the place of what; nil for nothing.
  let changes: [(key: StorageKey, bytes: [UInt8]?)]
  /// The objects, or names, that findings may be about.
  let names: Set<String>
  /// The first entry of the log that must be folded again; nil if the log is as it was.
  let entry: Int?
  /// Whether only who was there before can notice it.
  var needsMemory = false
  /// Whether entries behind the first altered one may be named too: where several are altered, nobody can
  /// tell which of those between were said by who saw another log.
  var mayNameLater = false
  let description: String
}

/// Makes mutations of a repository.
struct Mutator {
  private let store: OverlayStorage
  private let size: Int
  /// The entry that names an index or snapshot object, which the log can't be judged without.
  private let namedBy: [ObjectPath: Int]

  init(_ store: OverlayStorage, _ state: LogState) {
    self.store = store
    size = state.size
    var namedBy: [ObjectPath: Int] = [:]
    for number in 0..<state.size {
      guard let bytes = state.entry(number), let entry = try? Entry(parsing: bytes) else {
        continue
      }
      for envelope in entry.envelopes {
        guard let statement = try? Statement(payload: envelope.payload, in: state.repository)
        else { continue }
        for subject in statement.subjects {
          namedBy[subject.path] = namedBy[subject.path] ?? number
        }
      }
    }
    self.namedBy = namedBy
  }

  /// The first entry whose judging depends on an object.
  private func entry(of path: ObjectPath?) -> Int? {
    switch path {
    case .log(let number): number
    case .index, .snapshot: path.flatMap { namedBy[$0] }
    default: nil
    }
  }

  func flip(_ key: StorageKey, bit: Int) -> Mutation {
    var bytes = store.original(key)
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return change(key, bytes, "bit \(bit) of \(key) flipped")
  }

  func truncate(_ key: StorageKey, to count: Int) -> Mutation {
    change(key, [UInt8](store.original(key).prefix(count)), "\(key) cut to \(count) bytes")
  }

  func extend(_ key: StorageKey) -> Mutation {
    change(key, store.original(key) + [0], "\(key) with one byte more")
  }

  func delete(_ key: StorageKey) -> Mutation {
    var mutation = change(key, nil, "\(key) deleted")
    if case .checkpoint? = ObjectPath(key.description) { mutation.needsMemory = true }
    return mutation
  }

  func change(_ key: StorageKey, _ bytes: [UInt8]?, _ what: String) -> Mutation {
    let path = ObjectPath(key.description)
    var names: Set = [key.description]
    // What is gone at the end of the log only those can name who signed it.
    if case .log(let number) = path, number == size - 1, bytes == nil {
      names = checkpoints(at: size)
    }
    return Mutation(
      changes: [(key, bytes)], names: names, entry: entry(of: path), description: what)
  }

  private func checkpoints(at size: Int) -> Set<String> {
    Set(
      store.keys.map(\.description).filter {
        if case .checkpoint(size, _)? = ObjectPath($0) { true } else { false }
      })
  }

  /// The same bytes once more under a name of the same kind that is free.
  func duplicate(_ key: StorageKey, seed: UInt8) -> Mutation? {
    guard let path = ObjectPath(key.description) else { return nil }
    let digest = Digest(hashing: [seed])
    let other: ObjectPath
    switch path {
    case .format: return insert(StorageKey(literal: "FORMAT2"), key)
    case .log: other = .log(size)
    case .checkpoint(let at, let signer): other = .checkpoint(size: at == 1 ? 2 : 1, key: signer)
    case .key(let set, _):
      guard let stranger = KeyID([UInt8](repeating: seed, count: 16)) else { return nil }
      other = .key(set: set, key: stranger)
    case .pack(let id):
      guard let next = PackID(run: id.run, number: id.number + 100) else { return nil }
      other = .pack(next)
    case .index: other = .index(digest)
    case .chunks: other = .chunks(digest)
    case .snapshot: other = .snapshot(digest)
    case .record: other = .record(digest)
    case .erasure: other = .erasure(digest)
    }
    return StorageKey(other.text).flatMap { insert($0, key) }
  }

  private func insert(_ new: StorageKey, _ old: StorageKey) -> Mutation {
    let path = ObjectPath(new.description)
    let entry: Int? = if case .log(let number)? = path { number } else { nil }
    return Mutation(
      changes: [(new, store.original(old))], names: [new.description], entry: entry,
      description: "\(old) once more as \(new)")
  }

  func swap(_ a: StorageKey, _ b: StorageKey) -> Mutation {
    let entries = [a, b].compactMap { entry(of: ObjectPath($0.description)) }
    return Mutation(
      changes: [(a, store.original(b)), (b, store.original(a))],
      names: [a.description, b.description], entry: entries.min(),
      mayNameLater: a.isBelow("log") && b.isBelow("log"),
      description: "\(a) and \(b) swapped")
  }

  /// An old entry in the place of a later one.
  func replay(_ old: Int, as new: Int) -> Mutation? {
    guard let from = StorageKey(ObjectPath.log(old).text),
      let to = StorageKey(ObjectPath.log(new).text)
    else { return nil }
    return Mutation(
      changes: [(to, store.original(from))], names: [to.description], entry: new,
      description: "entry \(old) replayed as \(new)")
  }

  /// The entries from `numbers` in another order.
  func reorder(_ numbers: [Int], as order: [Int]) -> Mutation? {
    var changes: [(StorageKey, [UInt8]?)] = []
    for (number, other) in zip(numbers, order) where number != other {
      guard let to = StorageKey(ObjectPath.log(number).text),
        let from = StorageKey(ObjectPath.log(other).text)
      else { return nil }
      changes.append((to, store.original(from)))
    }
    guard let first = zip(numbers, order).first(where: { $0 != $1 })?.0 else { return nil }
    return Mutation(
      changes: changes, names: [ObjectPath.log(first).text], entry: first,
      mayNameLater: true,
      description: "entries \(numbers) in the order \(order)")
  }
}
