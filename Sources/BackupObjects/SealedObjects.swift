internal import BackupCompression
internal import BackupCrypto
public import BackupFormat

/// Seals and opens what is one object of its own: catalogue roots and chunk lists.
public enum SealedObjects {
  /// codec ‖ raw length ‖ payload, compressed with zstd where it gains.
  private static func pack(
    _ raw: [UInt8], _ compression: CompressionChoice
  ) throws(ObjectError) -> [UInt8] {
    var plaintext = [UInt8](repeating: 0, count: 5 + raw.count)
    for i in 0..<4 { plaintext[1 + i] = UInt8(truncatingIfNeeded: raw.count >> (8 * i)) }
    do {
      var all = plaintext.mutableSpan
      var target = all._mutatingExtracting(5..<5 + max(raw.count - 1, 0))
      let byteCount: Int?
      switch compression {
      case .zstd(let level):
        byteCount = try ZstdCompressor(level: level).compress(raw.span, into: &target)
        plaintext[0] = Codec.zstd.rawValue
      case .zlib(let level):
        byteCount = try ZlibCompressor(level: level).compress(raw.span, into: &target)
        plaintext[0] = Codec.zlib.rawValue
      }
      if let byteCount {
        plaintext.removeLast(plaintext.count - 5 - byteCount)
      } else {
        plaintext[0] = Codec.stored.rawValue
        plaintext.replaceSubrange(5..., with: raw)
      }
    } catch {
      throw .unavailable
    }
    return plaintext
  }

  /// Seals a catalogue root with the content key of its run.
  public static func seal(
    root: CatalogueRoot, key: RunKey, repository: RepositoryID, compression: CompressionChoice
  ) throws(ObjectError) -> [UInt8] {
    let raw = root.encode()
    guard raw.count <= Limits.rawRootByteCount else { throw .malformed(.limitExceeded(.size)) }
    let data = AssociatedData(
      .catalogueRoot, repository: repository, set: key.head.set, run: key.head.run, number: 0)
    do {
      return try XAES256GCM.seal(
        try pack(raw, compression), key: key.contentKey, binding: data.bytes)
    } catch {
      throw .unavailable
    }
  }

  /// Opens a snapshot's catalogue root.
  public static func openRoot(
    of snapshot: SnapshotObject, key: RunKey
  ) throws(ObjectError) -> CatalogueRoot {
    let data = AssociatedData(
      .catalogueRoot, repository: snapshot.repository, set: key.head.set, run: key.head.run,
      number: 0)
    var opener = try BlockOpener(repository: snapshot.repository, set: key.head.set)
    var raw: [UInt8] = []
    let byteCount = try opener.open(
      snapshot.sealedRoot.span, key: key.contentKey, data: data,
      rawByteCountMax: Limits.rawRootByteCount, into: &raw)
    raw.removeLast(raw.count - byteCount)
    do { return try CatalogueRoot(decoding: raw) } catch { throw .malformed(error) }
  }

  /// Seals a chunk list, its open front before it: a whole object of `chunks/`.
  public static func seal(
    _ list: ChunkList, front: ChunkList.Front, secret: SetSecret
  ) throws(ObjectError) -> [UInt8] {
    let data = AssociatedData(
      .chunkList, repository: front.repository, set: front.set, run: front.run,
      number: front.sequence)
    var writer = ByteWriter(capacity: ChunkList.Front.byteCount)
    front.encode(to: &writer)
    let plaintext = list.encode()
    let byteCount = writer.bytes.count + plaintext.count + XAES256GCM.overheadByteCount
    guard byteCount <= Limits.indexByteCount else { throw .malformed(.limitExceeded(.size)) }
    do {
      writer.raw(try XAES256GCM.seal(plaintext, key: secret.chunkListKey, binding: data.bytes))
      return writer.bytes
    } catch {
      throw .unavailable
    }
  }

  /// Opens a whole object of `chunks/`.
  ///
  /// - Throws: ``ObjectError/identifierMismatch`` if it is of another repository or set.
  public static func openChunkList(
    _ bytes: [UInt8], secret: SetSecret, repository: RepositoryID
  ) throws(ObjectError) -> ChunkList {
    guard bytes.count <= Limits.indexByteCount else { throw .malformed(.limitExceeded(.size)) }
    var reader = ByteReader(bytes)
    do {
      let front = try ChunkList.Front(from: &reader)
      guard front.repository == repository, front.set == secret.set else {
        throw ObjectError.identifierMismatch
      }
      let data = AssociatedData(
        .chunkList, repository: repository, set: front.set, run: front.run, number: front.sequence)
      let plaintext = try XAES256GCM.open(
        [UInt8](bytes[reader.offset...]), key: secret.chunkListKey, binding: data.bytes)
      return try ChunkList(decoding: plaintext)
    } catch let error as ObjectError {
      throw error
    } catch let error as FormatError {
      throw .malformed(error)
    } catch CryptoError.authenticationFailed {
      throw .authenticationFailed
    } catch {
      throw .malformed(.outOfRange(.size))
    }
  }
}
