import BackupFormat
import Testing

@testable import BackupLog

struct MerkleTests {
  /// Leaves and roots of the reference implementation of RFC 6962.
  static let leaves = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ]
  static let roots = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ]

  @Test func rootsAreThoseOfTheReferenceImplementation() throws {
    var tree = MerkleTree()
    for leaf in Self.leaves { tree.append(entry: try #require(Hex.decode(leaf))) }
    for (size, root) in Self.roots.enumerated() {
      #expect(tree.root(atSize: size)?.hex == root)
    }
    #expect(tree.root(atSize: 9) == nil)
    #expect(tree.head == LogHead(size: 8, root: try #require(Digest(hex: Self.roots[8]))))
  }

  static func tree(_ count: Int) -> MerkleTree {
    var tree = MerkleTree()
    for i in 0..<count { tree.append(leaf: .of(i)) }
    return tree
  }

  @Test func everyInclusionProofHoldsAndNoOther() throws {
    let tree = Self.tree(20)
    for size in 1...20 {
      let head = LogHead(size: size, root: try #require(tree.root(atSize: size)))
      for index in 0..<size {
        let proof = try #require(tree.inclusionProof(of: index, atSize: size))
        func holds(_ proof: [Digest], leaf: Digest? = nil, at place: Int? = nil) -> Bool {
          MerkleProof.verifyInclusion(
            of: leaf ?? tree.leaves[index], at: place ?? index, in: head, proof: proof)
        }
        #expect(holds(proof))
        #expect(!holds(proof, leaf: .of(99)))
        #expect(!holds(proof + [.of(99)]))
        #expect(!holds([Digest](proof.dropLast()), at: index) || proof.isEmpty)
        for i in proof.indices {
          var wrong = proof
          wrong[i] = .of(99)
          #expect(!holds(wrong))
        }
      }
      #expect(tree.inclusionProof(of: size, atSize: size) == nil)
    }
    #expect(tree.inclusionProof(of: 0, atSize: 21) == nil)
  }

  @Test func everyConsistencyProofHoldsAndNoOther() throws {
    let tree = Self.tree(20)
    func head(_ size: Int) throws -> LogHead {
      LogHead(size: size, root: try #require(tree.root(atSize: size)))
    }
    for second in 1...20 {
      for first in 1...second {
        let proof = try #require(tree.consistencyProof(from: first, to: second))
        #expect(
          MerkleProof.verifyConsistency(from: try head(first), to: try head(second), proof: proof))
        #expect(
          !MerkleProof.verifyConsistency(
            from: LogHead(size: first, root: .of(99)), to: try head(second), proof: proof))
        #expect(
          !MerkleProof.verifyConsistency(
            from: try head(first), to: try head(second), proof: proof + [.of(99)]))
        for i in proof.indices {
          var wrong = proof
          wrong[i] = .of(99)
          #expect(
            !MerkleProof.verifyConsistency(
              from: try head(first), to: try head(second), proof: wrong))
        }
      }
    }
    #expect(tree.consistencyProof(from: 0, to: 5) == nil)
    #expect(tree.consistencyProof(from: 5, to: 21) == nil)
  }

  @Test func aSavedFrontierGoesOnAsTheTreeDoes() throws {
    for size in 0...17 {
      let tree = Self.tree(size)
      var saved = try MerkleFrontier(decoding: tree.frontier.encode())
      #expect(saved == tree.frontier)
      #expect(saved.head == tree.head)
      saved.append(leaf: .of(size))
      #expect(saved.head == Self.tree(size + 1).head)
    }
    #expect(throws: FormatError.self) {
      _ = try MerkleFrontier(decoding: Self.tree(5).frontier.encode() + [0])
    }
    #expect(throws: FormatError.self) {
      _ = try MerkleFrontier(decoding: [UInt8](repeating: 0xff, count: 8))
    }
    #expect(MerkleFrontier(size: 3, subtrees: [.of(1)]) == nil)
  }
}
