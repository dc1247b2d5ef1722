public import BackupFormat
public import BackupLog

/// What a verifier remembers between visits, so that it notices when the past changes.
///
/// A file of canonical JSON: {`head`: {`root`, `size`}, `readAt`, `readSize`, `repository`, `schema`,
/// `slices`: list of seconds since 1970 at which each slice of the packs was last read whole (0 =
/// never), `visited`}.
public struct VerifierMemory: Hashable, Sendable {
  /// How many bytes a memory file has at most.
  public static let byteCountMax = 65_536
  /// How many slices there are at most.
  public static let sliceCountMax = 1_024
  private static let schema = "nightsafe/verifier-memory/v1"

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

  /// Makes a memory of its parts.
  public init(
    repository: RepositoryID, head: LogHead, visited: Int64, readSize: Int = 0, readAt: Int64 = 0,
    slices: [Int64] = []
  ) {
    self.repository = repository
    self.head = head
    self.visited = visited
    self.readSize = readSize
    self.readAt = readAt
    self.slices = slices
  }

  /// The bytes of the file.
  public func encode() -> [UInt8] {
    CanonicalJSON.object([
      "head": .object([
        "root": .string(head.root.hex), "size": .integer(Int64(head.size)),
      ]),
      "readAt": .integer(readAt), "readSize": .integer(Int64(readSize)),
      "repository": .string(repository.hex), "schema": .string(Self.schema),
      "slices": .array(slices.map { .integer($0) }), "visited": .integer(visited),
    ]).encode()
  }

  /// Reads what ``encode()`` writes; a line's end behind it is allowed.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.byteCountMax else { throw .limitExceeded(.size) }
    let json = try CanonicalJSON(
      decoding: bytes.last == 0x0a ? [UInt8](bytes.dropLast()) : bytes)
    guard let fields = json.object, fields.count == 7,
      fields["schema"]?.string == Self.schema,
      let repository = fields["repository"]?.string.flatMap({ RepositoryID(hex: $0) }),
      let head = fields["head"]?.object, head.count == 2,
      let root = head["root"]?.string.flatMap({ Digest(hex: $0) }),
      let size = head["size"]?.integer, size >= 0,
      let visited = fields["visited"]?.integer,
      let readAt = fields["readAt"]?.integer,
      let readSize = fields["readSize"]?.integer, readSize >= 0,
      let list = fields["slices"]?.array
    else { throw .outOfRange(.statement) }
    guard list.count <= Self.sliceCountMax else { throw .limitExceeded(.range) }
    var slices: [Int64] = []
    for value in list {
      guard let time = value.integer else { throw .outOfRange(.time) }
      slices.append(time)
    }
    self.init(
      repository: repository, head: LogHead(size: Int(size), root: root), visited: visited,
      readSize: Int(readSize), readAt: readAt, slices: slices)
  }
}
