import BackupCrypto
import BackupFormat
import BackupLog
import BackupStorage

/// Which blocks have to be carried out of packs, so that these hold nothing that lives.
struct PackEmptying {
  /// A block and its places.
  struct Block {
    var address: BlockAddress
    var locations: [BlockLocation]
  }

  /// The blocks, in the order in which they lie.
  private(set) var blocks: [Block] = []

  /// Finds the packs that hold something dead, and what else is in them.
  ///
  /// - Parameter needed: What live snapshots need.
  init(_ locator: BlockLocator, needed: [RunID: BlockRanges]) {
    func isNeeded(_ address: BlockAddress) -> Bool {
      needed[address.run]?.contains(address.number) == true
    }
    var packs: Set<PackName> = []
    locator.forEachPlace { address, location in
      if !isNeeded(address) { packs.insert(location.pack) }
    }
    guard !packs.isEmpty else { return }
    var seen: Set<BlockAddress> = []
    locator.forEachPlace { address, location in
      guard packs.contains(location.pack), isNeeded(address), seen.insert(address).inserted else {
        return
      }
      let locations = locator.locations(of: address)
      if locations.allSatisfy({ packs.contains($0.pack) }) {
        blocks.append(Block(address: address, locations: locations))
      }
    }
    blocks.sort { Self.precedes($0.locations[0], $1.locations[0]) }
  }

  private static func precedes(_ a: BlockLocation, _ b: BlockLocation) -> Bool {
    (a.pack, a.offset) < (b.pack, b.offset)
  }
}

extension BlockLocator {
  /// Whether a block lies before another: the order in which reading is cheap.
  func precedes(_ a: BlockAddress, _ b: BlockAddress) -> Bool {
    guard let first = locations(of: a).first, let second = locations(of: b).first else {
      return a < b
    }
    return (first.pack, first.offset) < (second.pack, second.offset)
  }
}

extension Storage {
  /// Reads a sealed block and checks its hash.
  func readBlock(_ location: BlockLocation) throws(EngineError) -> [UInt8] {
    let path = location.pack.path
    var sealed = [UInt8](repeating: 0, count: location.byteCount)
    do {
      var span = sealed.mutableSpan
      try read(try StorageKey.of(path), at: location.offset, into: &span)
    } catch let error as StorageError {
      throw .of(error, path)
    } catch {
      throw .object(path: path, .missing)
    }
    guard Digest(SHA256.hash(sealed)) == location.digest else {
      throw .object(path: path, .digestMismatch)
    }
    return sealed
  }
}
