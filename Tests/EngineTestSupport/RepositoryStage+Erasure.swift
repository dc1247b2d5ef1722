import BackupCrypto
public import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupObjects
import BackupStorage
internal import Foundation

/// Everything that the store holds, opened with all keys.
public struct OpenedStore {
  /// The raw bytes of every block of every pack that is listed.
  public var blocks: [[UInt8]] = []
  /// The roots of all snapshot objects that are listed, encoded.
  public var roots: [[UInt8]] = []
  /// The ids in all chunk lists that are listed.
  public var chunkIDs: Set<[UInt8]> = []

  /// Whether some block or root holds these bytes.
  public func contains(_ needle: [UInt8]) -> Bool {
    (blocks + roots).contains { Data($0).firstRange(of: Data(needle)) != nil }
  }
}

extension RepositoryStage {
  /// A request to erase; names are below the source, patterns stand as they are.
  public func makeRequest(
    _ names: [String] = [], patterns: [String] = [], tasks: [String] = [], cutOff: Int64? = nil
  ) throws -> ErasureRequest {
    let now = clock.now.unix
    let state = try session().logState
    guard let erasure = ErasureID(try RandomBytes.make(count: 16)),
      let policy = state.policy(of: set, at: now)
    else { throw EngineError.unavailable }
    return try ErasureRequest(
      erasure: erasure, cutOff: cutOff ?? now,
      cleanBy: RepositorySession.cleanBy(
        policy.what.retention, cutOff: cutOff ?? now, created: now), created: now,
      names: names.map { sourcePath($0) } + patterns.map { [UInt8]($0.utf8) }, reason: "asked",
      tasks: tasks)
  }

  /// Opens a request in the log.
  @discardableResult
  public func requestErasure(
    _ names: [String] = [], patterns: [String] = [], tasks: [String] = [], cutOff: Int64? = nil
  ) throws -> ErasureRequest {
    let request = try makeRequest(names, patterns: patterns, tasks: tasks, cutOff: cutOff)
    let session = try session()
    try session.append([try session.open(request, keys: try ownerKeys())], by: owner.signer)
    return request
  }

  /// Rewrites the live snapshots without what requests name.
  @discardableResult
  public func eraseStrictly(_ requests: [ErasureRequest]) throws -> StrictErasureOutcome {
    try StrictErasure(try session(), keys: try ownerKeys(), signer: owner.signer)
      .execute(requests)
  }

  /// Opens all that is listed in the store, whether the log needs it or not.
  public func openEverything() throws -> OpenedStore {
    let keys = try ownerKeys()
    var opened = OpenedStore()
    for object in try storage.list("").objects {
      let path = object.key.description
      let bytes = try storage.read(object.key, limitByteCount: 1 << 30)
      if path.hasPrefix("packs/") {
        opened.blocks += try blocks(of: bytes, keys)
      } else if path.hasPrefix("snapshots/") {
        let snapshot = try SnapshotObject(decoding: bytes)
        let key = try RunKey.open(snapshot.head, with: keys.privateKey, repository: id)
        opened.roots.append(try SealedObjects.openRoot(of: snapshot, key: key).encode())
      } else if path.hasPrefix("chunks/") {
        let list = try SealedObjects.openChunkList(bytes, secret: keys.secret, repository: id)
        for block in list.blocks {
          for i in block.byteCounts.indices {
            opened.chunkIDs.insert([UInt8](block.ids[i * 32..<i * 32 + 32]))
          }
        }
      }
    }
    return opened
  }

  private func blocks(of pack: [UInt8], _ keys: SetOpeningKeys) throws -> [[UInt8]] {
    let tail = [UInt8](pack.suffix(PackEnd.tailByteCount))
    let end = try PackEnd(decoding: [UInt8](pack.suffix(try PackEnd.byteCount(fromTail: tail))))
    let runKeys = try end.heads.map {
      try RunKey.open($0, with: keys.privateKey, repository: id)
    }
    var opener = try BlockOpener(repository: id, set: set)
    var blocks: [[UInt8]] = []
    var offset = PackEnd.packMarkByteCount
    var position = 0
    for segment in end.segments.segments {
      let key = runKeys[segment.headIndex]
      for number in segment.first..<segment.first + segment.count {
        let byteCount = Int(end.segments.byteCounts[position])
        let address = BlockAddress(run: key.head.run, number: number)
        let sealed = pack[offset..<offset + byteCount]
        var raw: [UInt8] = []
        let count: Int
        do {
          count = try opener.open(
            sealed.span, key: key.contentKey, kind: .dataBlock, address: address, into: &raw)
        } catch {
          count = try opener.open(
            sealed.span, key: key.contentKey, kind: .cataloguePage, address: address, into: &raw)
        }
        blocks.append([UInt8](raw[0..<count]))
        offset += byteCount
        position += 1
      }
    }
    return blocks
  }
}
