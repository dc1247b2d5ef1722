internal import BackupCompression
public import BackupCrypto
public import BackupFormat

/// Opens blocks of one data set, one thread at a time, into reused buffers.
public struct BlockOpener: ~Copyable {
  private let repository: RepositoryID
  private let set: SetID
  private let context: XAESContext
  private let zstd: ZstdDecompressor
  private let zlib: ZlibDecompressor
  private var plaintext: [UInt8] = []
  private var associatedData: AssociatedData
  private var associatedRun: RunID?

  /// Makes an opener for blocks of `set`.
  public init(repository: RepositoryID, set: SetID) throws(ObjectError) {
    let context: XAESContext
    let zstd: ZstdDecompressor
    let zlib: ZlibDecompressor
    do {
      context = try XAESContext()
      zstd = try ZstdDecompressor()
      zlib = try ZlibDecompressor()
    } catch {
      throw .unavailable
    }
    self.context = context
    self.zstd = zstd
    self.zlib = zlib
    self.repository = repository
    self.set = set
    associatedData = AssociatedData(
      .dataBlock, repository: repository, set: set, run: .zero, number: 0)
  }

  /// Opens a sealed block into the front of `raw`, which is made as large as needed.
  ///
  /// - Returns: How many raw bytes there are.
  /// - Throws: ``ObjectError/authenticationFailed``, ``ObjectError/malformed(_:)``,
  ///   ``ObjectError/badCompression``.
  public mutating func open(
    _ sealed: Span<UInt8>, key: SecretKey, kind: ObjectKind, address: BlockAddress,
    into raw: inout [UInt8]
  ) throws(ObjectError) -> Int {
    if associatedRun != address.run {
      associatedData = AssociatedData(
        kind, repository: repository, set: set, run: address.run, number: 0)
      associatedRun = address.run
    }
    associatedData.set(kind, number: UInt64(address.number))
    return try open(
      sealed, key: key, rawByteCountMax: Limits.rawBlockByteCount, into: &raw)
  }

  mutating func open(
    _ sealed: Span<UInt8>, key: SecretKey, data: AssociatedData, rawByteCountMax: Int,
    into raw: inout [UInt8]
  ) throws(ObjectError) -> Int {
    associatedData = data
    associatedRun = nil
    return try open(sealed, key: key, rawByteCountMax: rawByteCountMax, into: &raw)
  }

  private mutating func open(
    _ sealed: Span<UInt8>, key: SecretKey, rawByteCountMax: Int, into raw: inout [UInt8]
  ) throws(ObjectError) -> Int {
    let front = BlockSealer.frontByteCount
    let plainCount = sealed.count - XAES256GCM.overheadByteCount
    guard plainCount > front, plainCount <= rawByteCountMax + front else {
      throw .malformed(.outOfRange(.size))
    }
    Self.grow(&plaintext, to: plainCount)
    let context = context
    let data = associatedData.bytes
    var all = plaintext.mutableSpan
    var target = all._mutatingExtracting(0..<plainCount)
    do {
      try context.open(
        sealed.extracting(XAES256GCM.nonceByteCount..<sealed.count), key: key,
        nonce: sealed.extracting(0..<XAES256GCM.nonceByteCount),
        binding: data.span, into: &target)
    } catch CryptoError.authenticationFailed {
      throw .authenticationFailed
    } catch {
      throw .unavailable
    }
    let rawByteCount = (0..<4).reduce(0) { $0 | Int(plaintext[1 + $1]) << (8 * $1) }
    guard 1...rawByteCountMax ~= rawByteCount else { throw .malformed(.outOfRange(.size)) }
    guard let codec = Codec(rawValue: plaintext[0]) else { throw .malformed(.outOfRange(.codec)) }
    Self.grow(&raw, to: rawByteCount)
    let zstd = zstd
    let zlib = zlib
    let payload = plaintext.span.extracting(front..<plainCount)
    if codec == .stored {
      guard payload.count == rawByteCount else { throw .malformed(.inconsistent(.size)) }
      raw.replaceSubrange(0..<rawByteCount, with: plaintext[front..<plainCount])
      return rawByteCount
    }
    var rawSpan = raw.mutableSpan
    var output = rawSpan._mutatingExtracting(0..<rawByteCount)
    let count: Int
    do {
      count =
        codec == .zstd
        ? try zstd.decompress(payload, into: &output) : try zlib.decompress(payload, into: &output)
    } catch {
      throw .badCompression
    }
    guard count == rawByteCount else { throw .badCompression }
    return rawByteCount
  }

  private static func grow(_ buffer: inout [UInt8], to count: Int) {
    if buffer.count < count {
      buffer.append(contentsOf: [UInt8](repeating: 0, count: count - buffer.count))
    }
  }
}
