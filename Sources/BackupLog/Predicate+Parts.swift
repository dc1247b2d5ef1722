public import BackupFormat

extension Predicate {
  /// A key as a `role` statement writes it: both halves and the id.
  public struct GrantedKey: Hashable, Sendable, FieldCoded {
    /// The key.
    public var publicKey: PublicKey
    /// The id that the statement gives it; a statement with another than the key's is void.
    public var id: KeyID

    /// Makes it of a key.
    public init(_ publicKey: PublicKey) {
      self.publicKey = publicKey
      id = publicKey.keyID
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      id = try f.id("id")
      publicKey = try OwnerKey(fields: &f).publicKey
    }

    var fields: [String: CanonicalJSON] {
      OwnerKey(publicKey).fields.merging(["id": .id(id)]) { first, _ in first }
    }
  }

  /// A key as `created` writes it: both halves.
  public struct OwnerKey: Hashable, Sendable, FieldCoded {
    /// The key.
    public var publicKey: PublicKey

    /// Makes it of a key.
    public init(_ publicKey: PublicKey) { self.publicKey = publicKey }

    init(fields f: inout FieldReader) throws(FormatError) {
      let ed25519 = try f.bytes("ed25519", byteCount: PublicKey.ed25519ByteCount)
      let xWing = try f.bytes("xwing", byteCount: PublicKey.xWingByteCount)
      guard let key = PublicKey(ed25519: ed25519, xWing: xWing) else { throw .outOfRange(.key) }
      publicKey = key
    }

    var fields: [String: CanonicalJSON] {
      ["ed25519": .base64(publicKey.ed25519), "xwing": .base64(publicKey.xWing)]
    }
  }

  /// Blocks of one run, as `damaged` names them.
  public struct RunRange: Hashable, Sendable, FieldCoded {
    /// The run that sealed the blocks.
    public var run: RunID
    /// The numbers of the blocks.
    public var range: BlockRange

    /// Names blocks of a run.
    public init(run: RunID, range: BlockRange) {
      self.run = run
      self.range = range
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      run = try f.id("run")
      let first = try f.count("first")
      guard let range = BlockRange(first: first, count: try f.count("count")) else {
        throw .outOfRange(.range)
      }
      self.range = range
    }

    var fields: [String: CanonicalJSON] {
      ["run": .id(run), "first": .count(Int(range.first)), "count": .count(range.count)]
    }
  }
}

extension PackRanges: FieldCoded {
  init(fields f: inout FieldReader) throws(FormatError) {
    run = try f.id("run")
    numbers = BlockRanges()
    var end: UInt32 = 0
    try f.forEach("ranges") { value throws(FormatError) in
      var pair: [Int64] = []
      try value.forEachElement { value throws(FormatError) in
        guard pair.count < 2, let number = value.integer else { throw .outOfRange(.range) }
        pair.append(number)
      }
      guard pair.count == 2, let range = BlockRange(first: Int(pair[0]), count: Int(pair[1])),
        range.end <= PackID.numberMax + 1
      else { throw .outOfRange(.range) }
      // Ascending and apart, so that one set of packs has one form.
      guard numbers.isEmpty || range.first > end else { throw .wrongOrder(.range) }
      end = range.end
      numbers.insert(range)
    }
    guard !numbers.isEmpty else { throw .outOfRange(.range) }
  }

  var fields: [String: CanonicalJSON] {
    [
      "run": .id(run),
      "ranges": .list(numbers.ranges) { .array([.count(Int($0.first)), .count($0.count)]) },
    ]
  }
}
