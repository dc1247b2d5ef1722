public import BackupFormat
public import BackupLog

/// What a verifier remembers between visits, so that it notices when the past changes.
///
/// A file of canonical JSON: {`checkpoints`: {key id: list of sizes}, `head`: {`root`, `size`},
/// `readAt`, `readSize`, `repository`, `schema`, `seed`: {`night`, `root`, `seed`} or an empty
/// object, `slices`: list of seconds since 1970 at which each slice of the packs was last read whole
/// (0 = never), `visited`}.
public struct VerifierMemory: Hashable, Sendable {
  /// How many bytes a memory file has at most.
  public static let byteCountMax = 65_536
  /// How many slices there are at most.
  public static let sliceCountMax = 1_024
  /// How many checkpoints are remembered: of each key the newest of its share.
  public static let checkpointCountMax = 2_048
  private static let schema = "nightsafe/verifier-memory/v1"

  /// The seed of a draw: SHA-256 of it was committed to when the sample was read.
  public struct Seed: Hashable, Sendable {
    /// The root of the log from which it was derived.
    public let root: Digest
    /// The night from which it was derived.
    public let night: Night
    /// The seed, 32 bytes.
    public let seed: [UInt8]

    /// Makes a seed of its parts.
    public init(root: Digest, night: Night, seed: [UInt8]) {
      self.root = root
      self.night = night
      self.seed = seed
    }

    /// What was committed to.
    public var digest: Digest { Digest(hashing: seed) }
  }

  /// The repository.
  public let repository: RepositoryID
  /// The log that was seen last.
  public var head: LogHead
  /// When it was seen, in seconds since 1970.
  public var visited: Int64
  /// The size of the log up to which every new block was read once.
  public var readSize: Int
  /// When blocks were read last, in seconds since 1970; 0 = never.
  public var readAt: Int64
  /// When each slice of the packs was last read, in seconds since 1970; 0 = never.
  public var slices: [Int64]
  /// The checkpoints that were seen, by key; ascending sizes.
  public private(set) var checkpoints: [KeyID: [Int]]
  /// The seed of the last sample, not revealed yet.
  public var seed: Seed?

  /// Makes a memory of its parts.
  public init(
    repository: RepositoryID, head: LogHead, visited: Int64, readSize: Int = 0, readAt: Int64 = 0,
    slices: [Int64] = [], checkpoints: [KeyID: [Int]] = [:], seed: Seed? = nil
  ) {
    self.repository = repository
    self.head = head
    self.visited = visited
    self.readSize = readSize
    self.readAt = readAt
    self.slices = slices
    self.checkpoints = checkpoints
    self.seed = seed
  }

  /// Adds the checkpoints that were seen to those of the visits before, as far as these are still
  /// wanted; of each key the newest are kept.
  mutating func remember(_ seen: [KeyID: [Int]], where isWanted: (KeyID, Int) -> Bool) {
    var all: [KeyID: Set<Int>] = [:]
    for (key, sizes) in checkpoints {
      all[key] = Set(sizes.filter { isWanted(key, $0) })
    }
    for (key, sizes) in seen { all[key, default: []].formUnion(sizes) }
    let share = Self.checkpointCountMax / max(1, all.count)
    checkpoints = all.mapValues { [Int]($0.sorted().suffix(share)) }.filter { !$0.value.isEmpty }
  }

  /// The bytes of the file.
  public func encode() -> [UInt8] {
    CanonicalJSON.object([
      "checkpoints": .object(
        Dictionary(
          uniqueKeysWithValues: checkpoints.map { key, sizes in
            (key.hex, .array(sizes.map { .integer(Int64($0)) }))
          })),
      "head": .object([
        "root": .string(head.root.hex), "size": .integer(Int64(head.size)),
      ]),
      "readAt": .integer(readAt), "readSize": .integer(Int64(readSize)),
      "repository": .string(repository.hex), "schema": .string(Self.schema),
      "seed": .object(
        seed.map {
          [
            "night": .string($0.night.description), "root": .string($0.root.hex),
            "seed": .string(Hex.encode($0.seed)),
          ]
        } ?? [:]),
      "slices": .array(slices.map { .integer($0) }), "visited": .integer(visited),
    ]).encode()
  }

  /// Reads what ``encode()`` writes; a line's end behind it is allowed.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.byteCountMax else { throw .limitExceeded(.size) }
    let json = try CanonicalJSON(
      decoding: bytes.last == 0x0a ? [UInt8](bytes.dropLast()) : bytes)
    guard let fields = json.object, fields.count == 9,
      fields["schema"]?.string == Self.schema,
      let repository = fields["repository"]?.string.flatMap({ RepositoryID(hex: $0) }),
      let head = fields["head"]?.object, head.count == 2,
      let root = head["root"]?.string.flatMap({ Digest(hex: $0) }),
      let size = head["size"]?.integer, size >= 0,
      let visited = fields["visited"]?.integer,
      let readAt = fields["readAt"]?.integer,
      let readSize = fields["readSize"]?.integer, readSize >= 0,
      let list = fields["slices"]?.array, let seen = fields["checkpoints"]?.object,
      let secret = fields["seed"]?.object
    else { throw .outOfRange(.statement) }
    guard list.count <= Self.sliceCountMax else { throw .limitExceeded(.range) }
    var slices: [Int64] = []
    for value in list {
      guard let time = value.integer else { throw .outOfRange(.time) }
      slices.append(time)
    }
    var checkpoints: [KeyID: [Int]] = [:]
    for (name, sizes) in seen {
      guard let key = KeyID(hex: name), let sizes = sizes.array else {
        throw .outOfRange(.statement)
      }
      checkpoints[key] = try sizes.map { value throws(FormatError) in
        guard let size = value.integer, size >= 0 else { throw .outOfRange(.statement) }
        return Int(size)
      }
    }
    guard checkpoints.values.reduce(0, { $0 + $1.count }) <= Self.checkpointCountMax else {
      throw .limitExceeded(.range)
    }
    self.init(
      repository: repository, head: LogHead(size: Int(size), root: root), visited: visited,
      readSize: Int(readSize), readAt: readAt, slices: slices, checkpoints: checkpoints,
      seed: try Self.seed(secret))
  }

  private static func seed(_ fields: [String: CanonicalJSON]) throws(FormatError) -> Seed? {
    if fields.isEmpty { return nil }
    guard fields.count == 3, let root = fields["root"]?.string.flatMap({ Digest(hex: $0) }),
      let night = fields["night"]?.string.flatMap({ Night($0) }),
      let seed = fields["seed"]?.string.flatMap({ Hex.decode($0) }), seed.count == 32
    else { throw .outOfRange(.statement) }
    return Seed(root: root, night: night, seed: seed)
  }
}
