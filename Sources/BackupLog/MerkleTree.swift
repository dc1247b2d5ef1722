internal import BackupCrypto
public import BackupFormat

/// The Merkle tree of RFC 6962, section 2.1, over the entries of a log.
public struct MerkleTree: Hashable, Sendable {
  /// The leaf hashes, in order.
  public private(set) var leaves: [Digest] = []
  /// The root at each size from 0 to the current one.
  private var roots: [Digest] = [LogHead.empty.root]
  /// What is needed to go on.
  public private(set) var frontier = MerkleFrontier()

  /// Makes the empty tree.
  public init() {}

  /// How many leaves there are.
  public var size: Int { leaves.count }

  /// The size and the root.
  public var head: LogHead { LogHead(size: leaves.count, root: roots[leaves.count]) }

  /// The root when there were `size` leaves; nil if there never were so many.
  public func root(atSize size: Int) -> Digest? {
    roots.indices.contains(size) ? roots[size] : nil
  }

  /// Appends an entry in O(log n).
  public mutating func append(entry: [UInt8]) { append(leaf: Self.leaf(entry)) }

  /// Appends a leaf hash in O(log n).
  public mutating func append(leaf: Digest) {
    leaves.append(leaf)
    frontier.append(leaf: leaf)
    roots.append(frontier.root)
  }

  /// The hash of an entry: SHA-256(0x00 ‖ entry).
  public static func leaf(_ entry: [UInt8]) -> Digest { Digest(hashing: [0] + entry) }

  /// The hash of a node: SHA-256(0x01 ‖ left ‖ right).
  public static func node(_ left: Digest, _ right: Digest) -> Digest {
    var bytes: [UInt8] = [1]
    bytes.reserveCapacity(65)
    left.append(to: &bytes)
    right.append(to: &bytes)
    return Digest(hashing: bytes)
  }
}

/// The roots of the perfect subtrees of a Merkle tree, largest first: enough to append to it.
public struct MerkleFrontier: Hashable, Sendable {
  /// How many leaves there are.
  public private(set) var size: Int
  /// One hash for each bit of the size, most significant first.
  public private(set) var subtrees: [Digest]

  /// Makes the frontier of the empty tree.
  public init() {
    size = 0
    subtrees = []
  }

  /// Makes a saved frontier; nil unless there is a hash for each bit of the size.
  public init?(size: Int, subtrees: [Digest]) {
    guard size >= 0, subtrees.count == size.nonzeroBitCount else { return nil }
    self.size = size
    self.subtrees = subtrees
  }

  /// Appends a leaf hash.
  public mutating func append(leaf: Digest) {
    var hash = leaf
    // Each low one bit is a perfect subtree that the new leaf completes.
    var bits = size
    while bits & 1 == 1, let left = subtrees.popLast() {
      hash = MerkleTree.node(left, hash)
      bits >>= 1
    }
    subtrees.append(hash)
    size += 1
  }

  /// The root; SHA-256 of nothing for the empty tree.
  public var root: Digest {
    guard var hash = subtrees.last else { return LogHead.empty.root }
    for left in subtrees.dropLast().reversed() { hash = MerkleTree.node(left, hash) }
    return hash
  }

  /// The size and the root.
  public var head: LogHead { LogHead(size: size, root: root) }

  /// The frontier for a file: u64 size ‖ hashes.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(capacity: 8 + 32 * subtrees.count)
    writer.u64(UInt64(size))
    for subtree in subtrees { writer.raw(subtree.bytes) }
    return writer.bytes
  }

  /// Reads what ``encode()`` writes.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    var reader = ByteReader(bytes)
    let size = try reader.u64()
    guard size <= UInt64(ObjectPath.numberMax) else { throw .limitExceeded(.size) }
    var subtrees: [Digest] = []
    for _ in 0..<size.nonzeroBitCount { subtrees.append(try reader.id()) }
    try reader.expectEnd()
    self.size = Int(size)
    self.subtrees = subtrees
  }
}
