import BackupFormat
import BackupLog
import BackupStorage
import BackupTestSupport

extension FuzzTarget {
  /// The objects of a repository and what they are made of (`Docs/format.md`, sections 1 and 4 to 8).
  static let formatTargets: [FuzzTarget] = [
    canonical("snapshot") { try SnapshotObject(decoding: $0).encode() },
    FuzzTarget(description: "index") { input in
      let index = try IndexObject(decoding: input)
      guard index.encode() == input else { return "what was read is written as other bytes" }
      for pack in index.packs {
        // The end that follows from an index object is one that a reader of packs takes.
        let bytes = index.end(of: pack)
        guard let end = try? PackEnd(decoding: bytes) else { return "its pack's end is refused" }
        guard end.packByteCount == pack.byteCount, bytes.count == Int(pack.endByteCount) else {
          return "its pack's end has another size"
        }
      }
      return nil
    },
    FuzzTarget(description: "pack-end") { input in
      let end = try PackEnd(decoding: input)
      guard end.encode() == input else { return "what was read is written as other bytes" }
      let byteCount = try? PackEnd.byteCount(
        fromTail: [UInt8](input.suffix(PackEnd.tailByteCount)))
      return byteCount == input.count ? nil : "its tail says another size"
    },
    canonical("chunk-list") { try ChunkList(decoding: $0).encode() },
    canonical("page") { try CataloguePage(decoding: $0).plainEncoding() },
    // Counters that this version does not know are read and not kept.
    stable("root", read: { try CatalogueRoot(decoding: $0) }, write: { $0.encode() }),
    canonical("need-list") { input in
      var reader = ByteReader(input)
      let needs = try SnapshotNeeds(from: &reader)
      try reader.expectEnd()
      var writer = ByteWriter()
      needs.encode(to: &writer)
      return writer.bytes
    },
    canonical("canonical-json") { try CanonicalJSON(decoding: $0).encode() },
    FuzzTarget(description: "format-file") { input in
      try RepositoryFormat.check(input)
      return nil
    },
    FuzzTarget(description: "paths", check: checkPaths, byteCountMax: 512),
  ]

  private static func checkPaths(_ input: [UInt8]) -> String? {
    if let key = StorageKey(bytes: input) {
      guard [UInt8](key.description.utf8) == input else { return "a key has another name" }
      guard !input.contains(0), !key.components.contains(where: { [".", "..", ""].contains($0) })
      else { return "a key leaves its folder" }
    }
    guard let text = String(validating: input, as: UTF8.self), let path = ObjectPath(text) else {
      return nil
    }
    guard Array(path.text.utf8) == input else { return "a path has another text" }
    return StorageKey(text) == nil ? "a path is no key" : nil
  }
}
