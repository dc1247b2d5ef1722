internal import BackupCompression
internal import BackupCrypto
public import BackupFormat

/// How new blocks are compressed.
public enum CompressionChoice: Hashable, Sendable {
  /// zstd at a level from 1 to 19.
  case zstd(level: Int)
  /// zlib at a level from 1 to 9.
  case zlib(level: Int)
}

/// Compresses and seals blocks of one run, one thread at a time, without allocating.
public struct BlockSealer: ~Copyable {
  private enum Compressor {
    case zstd(ZstdCompressor)
    case zlib(ZlibCompressor)
  }

  private let contentKey: SecretKey
  private var associatedData: AssociatedData
  private let compressor: Compressor
  private let context: XAESContext
  private let hasher = SHA256Hasher()
  private var plaintext: [UInt8]
  private var nonce = [UInt8](repeating: 0, count: XAES256GCM.nonceByteCount)
  /// The SHA-256 of the block sealed last.
  public private(set) var digest = [UInt8](repeating: 0, count: 32)

  /// How many bytes stand before the raw bytes in a buffer given to
  /// ``seal(_:rawByteCount:kind:number:into:)``: codec and raw length.
  public static let frontByteCount = 5

  /// Makes a sealer for the run of `key`.
  public init(
    key: RunKey, repository: RepositoryID, compression: CompressionChoice
  ) throws(ObjectError) {
    let compressor: Compressor
    let context: XAESContext
    do {
      compressor =
        switch compression {
        case .zstd(let level): .zstd(try ZstdCompressor(level: level))
        case .zlib(let level): .zlib(try ZlibCompressor(level: level))
        }
      context = try XAESContext()
    } catch {
      throw .unavailable
    }
    self.compressor = compressor
    self.context = context
    contentKey = key.contentKey
    associatedData = AssociatedData(
      .dataBlock, repository: repository, set: key.head.set, run: key.head.run, number: 0)
    plaintext = []
  }

  /// Compresses where it gains, seals, and hashes one block.
  ///
  /// - Parameters:
  ///   - buffer: Five bytes of room, then the raw bytes.
  ///   - rawByteCount: 1 to 4 MiB.
  ///   - output: Gets the sealed block at its front; made as large as needed, once.
  /// - Returns: The length of the sealed block; its hash is ``digest``.
  public mutating func seal(
    _ buffer: inout [UInt8], rawByteCount: Int, kind: ObjectKind, number: UInt32,
    into output: inout [UInt8]
  ) throws(ObjectError) -> Int {
    precondition(1...Limits.rawBlockByteCount ~= rawByteCount, "a block has 1 byte to 4 MiB")
    precondition(buffer.count >= rawByteCount + Self.frontByteCount, "room in front of the bytes")
    let room = rawByteCount + Limits.blockOverheadByteCount
    if output.count < room {
      output.append(contentsOf: [UInt8](repeating: 0, count: room - output.count))
    }
    associatedData.set(kind, number: UInt64(number))
    do {
      var nonceSpan = nonce.mutableSpan
      try RandomBytes.fill(&nonceSpan)
      let front = Self.frontByteCount
      let packed = try compress(buffer.span.extracting(front..<front + rawByteCount))
      let byteCount: Int
      if let packed {
        byteCount = front + packed + XAES256GCM.overheadByteCount
        var packedPlaintext: [UInt8] = []
        swap(&packedPlaintext, &plaintext)
        defer { swap(&packedPlaintext, &plaintext) }
        try sealFront(
          &packedPlaintext, codec: codec, rawByteCount: rawByteCount, front + packed, &output)
      } else {
        byteCount = front + rawByteCount + XAES256GCM.overheadByteCount
        try sealFront(
          &buffer, codec: .stored, rawByteCount: rawByteCount, front + rawByteCount, &output)
      }
      let hasher = hasher
      var digestSpan = digest.mutableSpan
      hasher.update(output.span.extracting(0..<byteCount))
      hasher.finish(into: &digestSpan)
      return byteCount
    } catch {
      throw .unavailable
    }
  }

  private var codec: Codec {
    switch compressor {
    case .zstd: .zstd
    case .zlib: .zlib
    }
  }

  /// Compresses behind five bytes of ``plaintext``; nil if that would not gain a 64th.
  private mutating func compress(_ raw: Span<UInt8>) throws -> Int? {
    guard !Entropy.looksIncompressible(raw) else { return nil }
    let limit = raw.count - max(raw.count / 64, 1)
    guard limit > 0 else { return nil }
    let front = Self.frontByteCount
    if plaintext.count < front + limit {
      plaintext.append(contentsOf: [UInt8](repeating: 0, count: front + limit - plaintext.count))
    }
    let compressor = compressor
    var all = plaintext.mutableSpan
    var target = all._mutatingExtracting(front..<front + limit)
    return switch compressor {
    case .zstd(let compressor): try compressor.compress(raw, into: &target)
    case .zlib(let compressor): try compressor.compress(raw, into: &target)
    }
  }

  private mutating func sealFront(
    _ bytes: inout [UInt8], codec: Codec, rawByteCount: Int, _ byteCount: Int,
    _ output: inout [UInt8]
  ) throws {
    bytes[0] = codec.rawValue
    for i in 0..<4 { bytes[1 + i] = UInt8(truncatingIfNeeded: rawByteCount >> (8 * i)) }
    for i in 0..<nonce.count { output[i] = nonce[i] }
    let start = XAES256GCM.nonceByteCount
    var all = output.mutableSpan
    var target = all._mutatingExtracting(start..<start + byteCount + XAES256GCM.tagByteCount)
    try context.seal(
      bytes.span.extracting(0..<byteCount), key: contentKey, nonce: nonce.span,
      binding: associatedData.bytes.span, into: &target)
  }
}
