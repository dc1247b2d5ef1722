public import BackupFormat

/// The one file that shows offline that an entry is part of a log (`c2sp.org/tlog-proof@v1`).
///
/// It holds the entry itself as extra data, so that nothing else is needed but the keys that are
/// believed. The extra data proves nothing by itself: it is hashed and led up to the checkpoint.
public struct TlogProof: Hashable, Sendable {
  /// The first line.
  public static let mark = "c2sp.org/tlog-proof@v1"
  /// The most bytes of a proof: an entry in base64, 64 hashes and a checkpoint.
  public static let byteCountMax = 262_144

  /// The number of the entry.
  public let index: Int
  /// The entry, where it is there.
  public let entry: [UInt8]?
  /// The hashes from the leaf's sibling up to the root's child.
  public let hashes: [Digest]
  /// The head of the log, signed.
  public let checkpoint: Checkpoint

  /// A proof of its parts.
  public init(index: Int, entry: [UInt8]?, hashes: [Digest], checkpoint: Checkpoint) {
    self.index = index
    self.entry = entry
    self.hashes = hashes
    self.checkpoint = checkpoint
  }

  /// Whether an entry stands at the index in the log that the checkpoint names.
  ///
  /// Who signed the checkpoint is another question.
  public func includes(_ entry: [UInt8]) -> Bool {
    MerkleProof.verifyInclusion(
      of: MerkleTree.leaf(entry), at: index, in: checkpoint.head, proof: hashes)
  }

  /// The file.
  public var bytes: [UInt8] {
    var text = Self.mark + "\n"
    if let entry { text += "extra \(Base64.encode(entry))\n" }
    text += "index \(index)\n"
    for hash in hashes { text += Base64.encode(hash.bytes) + "\n" }
    return [UInt8]((text + "\n").utf8) + checkpoint.bytes
  }

  /// Reads a proof that is exactly as ``bytes`` writes it.
  public init(parsing bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.byteCountMax else { throw .limitExceeded(.text) }
    var place = 0
    func line() -> String? {
      guard let end = bytes[place...].firstIndex(of: 0x0a) else { return nil }
      defer { place = end + 1 }
      return String(validating: bytes[place..<end], as: UTF8.self)
    }
    guard line() == Self.mark, var next = line() else { throw .notCanonical(at: 0) }
    var entry: [UInt8]?
    if let text = Self.value("extra ", of: next) {
      guard let bytes = Base64.decode(text), let following = line() else {
        throw .notCanonical(at: place)
      }
      entry = bytes
      next = following
    }
    self.entry = entry
    guard let index = Self.value("index ", of: next).flatMap({ Int($0) }), index >= 0 else {
      throw .notCanonical(at: place)
    }
    self.index = index
    var hashes: [Digest] = []
    while true {
      guard let text = line(), hashes.count <= 64 else { throw .notCanonical(at: place) }
      if text.isEmpty { break }
      guard let hash = Base64.decode(text).flatMap({ Digest($0) }) else {
        throw .notCanonical(at: place)
      }
      hashes.append(hash)
    }
    self.hashes = hashes
    checkpoint = try Checkpoint(parsing: [UInt8](bytes[place...]))
    guard self.bytes == bytes else { throw .notCanonical(at: 0) }
  }

  private static func value(_ name: String, of line: String) -> String? {
    line.hasPrefix(name) ? String(line.dropFirst(name.count)) : nil
  }
}
