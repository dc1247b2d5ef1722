public import BackupFormat

extension MerkleTree {
  /// The hashes that tie a leaf to the root at a size (RFC 6962, section 2.1.1).
  ///
  /// Nil unless `index` < `size` ≤ the tree's size. Costs O(n) hashes.
  public func inclusionProof(of index: Int, atSize size: Int) -> [Digest]? {
    guard index >= 0, index < size, size <= self.size else { return nil }
    return path(index, 0..<size)
  }

  private func path(_ index: Int, _ range: Range<Int>) -> [Digest] {
    guard range.count > 1 else { return [] }
    let middle = range.lowerBound + Self.split(range.count)
    return index < middle
      ? path(index, range.lowerBound..<middle) + [root(of: middle..<range.upperBound)]
      : path(index, middle..<range.upperBound) + [root(of: range.lowerBound..<middle)]
  }

  /// The hashes that tie the root at `first` leaves to the root at `second` (RFC 6962, 2.1.2).
  ///
  /// Nil unless 0 < `first` ≤ `second` ≤ the tree's size. Costs O(n) hashes.
  public func consistencyProof(from first: Int, to second: Int) -> [Digest]? {
    guard first > 0, first <= second, second <= size else { return nil }
    return subproof(first, 0..<second, isWhole: true)
  }

  private func subproof(_ first: Int, _ range: Range<Int>, isWhole: Bool) -> [Digest] {
    if first == range.count { return isWhole ? [] : [root(of: range)] }
    let middle = Self.split(range.count)
    let left = range.lowerBound..<range.lowerBound + middle
    let right = left.upperBound..<range.upperBound
    return first <= middle
      ? subproof(first, left, isWhole: isWhole) + [root(of: right)]
      : subproof(first - middle, right, isWhole: false) + [root(of: left)]
  }

  private func root(of range: Range<Int>) -> Digest {
    var frontier = MerkleFrontier()
    for i in range { frontier.append(leaf: leaves[i]) }
    return frontier.root
  }

  /// The largest power of two below `count`, which is at least 2.
  private static func split(_ count: Int) -> Int {
    1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)
  }
}

/// Checks of proofs, by the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2.
public enum MerkleProof {
  /// Whether `proof` ties `leaf` at `index` to `head`.
  public static func verifyInclusion(
    of leaf: Digest, at index: Int, in head: LogHead, proof: [Digest]
  ) -> Bool {
    guard index >= 0, index < head.size else { return false }
    var fn = index
    var sn = head.size - 1
    var hash = leaf
    for sibling in proof {
      guard sn > 0 else { return false }
      if fn & 1 == 1 || fn == sn {
        hash = MerkleTree.node(sibling, hash)
        while fn & 1 == 0, fn != 0 {
          fn >>= 1
          sn >>= 1
        }
      } else {
        hash = MerkleTree.node(hash, sibling)
      }
      fn >>= 1
      sn >>= 1
    }
    return sn == 0 && hash == head.root
  }

  /// Whether `proof` shows that the log of `first` is a beginning of that of `second`.
  public static func verifyConsistency(
    from first: LogHead, to second: LogHead, proof: [Digest]
  ) -> Bool {
    guard first.size > 0, first.size <= second.size else { return false }
    if first.size == second.size { return proof.isEmpty && first.root == second.root }
    var hashes = proof[...]
    if first.size.nonzeroBitCount == 1 { hashes = [first.root] + hashes }
    guard let start = hashes.popFirst() else { return false }
    var fn = first.size - 1
    var sn = second.size - 1
    while fn & 1 == 1 {
      fn >>= 1
      sn >>= 1
    }
    var old = start
    var new = start
    for hash in hashes {
      guard sn > 0 else { return false }
      if fn & 1 == 1 || fn == sn {
        old = MerkleTree.node(hash, old)
        new = MerkleTree.node(hash, new)
        while fn & 1 == 0, fn != 0 {
          fn >>= 1
          sn >>= 1
        }
      } else {
        new = MerkleTree.node(new, hash)
      }
      fn >>= 1
      sn >>= 1
    }
    return sn == 0 && old == first.root && new == second.root
  }
}
