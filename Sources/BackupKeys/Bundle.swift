public import BackupCrypto
public import BackupFormat
public import BackupLog

/// A file for somebody outside, sealed to a key or under a passphrase (`Docs/format.md`,
/// section 11.2).
///
/// "NSBUNDL1" ‖ repository ‖ lock ‖ HMAC(bundle key, "nightsafe commit") ‖ pieces.
public enum Bundle {
  /// Who can open it.
  public enum Lock: Sendable {
    /// Whoever has the private half of a key.
    case key(PublicKey)
    /// Whoever knows the passphrase.
    case passphrase([UInt8])
  }

  /// What opens it.
  public enum Opener: Sendable {
    /// A key.
    case key(KeyPair)
    /// The passphrase.
    case passphrase([UInt8])
  }

  /// What a bundle says of itself to everyone.
  public struct Header: Hashable, Sendable {
    /// The repository that it tells of; believed only once it is compared.
    public let repository: RepositoryID
    /// Whose key opens it; nil where a passphrase does.
    public let recipient: KeyID?
  }

  /// The most bytes of a bundle: its content, what sealing adds to each piece, and its front.
  public static let byteCountMax = Limits.bundleByteCount + 256 * 40 + 2_048

  static let pieceByteCount = 1 << 20
  /// scrypt's parameters for new bundles, as for key files.
  private static let log2N: UInt8 = 16
  private static let r: UInt8 = 8
  private static let p: UInt8 = 2

  /// Seals a content.
  ///
  /// - Throws: ``BundleError/badPassphrase`` if a passphrase holds a NUL byte: with one at its end it
  ///   would be the same as without.
  public static func seal(
    _ content: [UInt8], to lock: Lock, repository: RepositoryID
  ) throws(BundleError) -> [UInt8] {
    guard 1...Limits.bundleByteCount ~= content.count else { throw .format(.limitExceeded(.size)) }
    if case .passphrase(let passphrase) = lock { try check(passphrase) }
    do {
      let key = try SecretKey.random()
      var writer = ByteWriter(capacity: content.count + content.count / 16_384 + 4_096)
      writer.mark("NSBUNDL1")
      writer.raw(repository.bytes)
      var exposed = key.exposedBytes()
      defer { wipe(&exposed) }
      switch lock {
      case .key(let recipient):
        writer.u8(0)
        writer.raw(recipient.keyID.bytes)
        writer.raw(
          try HPKEXWing.seal(
            exposed, to: recipient.xWing, info: info(repository, recipient.keyID)))
      case .passphrase(let passphrase):
        writer.u8(1)
        writer.u8(log2N)
        writer.u8(r)
        writer.u8(p)
        let salt = try RandomBytes.make(count: 16)
        writer.raw(salt)
        let derived = try Scrypt.derive(
          passphrase: passphrase.span, salt: salt.span, log2N: Int(log2N), r: Int(r), p: Int(p))
        writer.raw(try XAES256GCM.seal(exposed, key: derived, binding: writer.bytes))
      }
      writer.raw(commitment(to: key))
      var index = 0
      for start in stride(from: 0, to: content.count, by: pieceByteCount) {
        let end = min(start + pieceByteCount, content.count)
        writer.raw(
          try XAES256GCM.seal(
            Array(content[start..<end]), key: key,
            binding: associatedData(repository, index, isLast: end == content.count)))
        index += 1
      }
      return writer.bytes
    } catch { throw .crypto(error) }
  }

  /// Reads what stands in front, without a key.
  public static func header(of bundle: [UInt8]) throws(BundleError) -> Header {
    let front = try Front(bundle)
    guard case .key(let id, _) = front.lock else {
      return Header(repository: front.repository, recipient: nil)
    }
    return Header(repository: front.repository, recipient: id)
  }

  /// Opens a whole bundle.
  ///
  /// - Throws: ``BundleError/wrongOpener`` if it is sealed otherwise, ``BundleError/changed`` if any
  ///   byte differs or is missing, ``BundleError/otherRepository``, ``BundleError/badPassphrase``.
  public static func open(
    _ bundle: [UInt8], with opener: Opener, repository: RepositoryID
  ) throws(BundleError) -> [UInt8] {
    if case .passphrase(let passphrase) = opener { try check(passphrase) }
    var front = try Front(bundle)
    guard front.repository == repository else { throw .otherRepository }
    let key = try bundleKey(front, bundle, opener)
    guard ConstantTime.areEqual(commitment(to: key).span, front.commitment.span) else {
      throw .changed
    }
    var content: [UInt8] = []
    content.reserveCapacity(front.pieces.remainingByteCount)
    var index = 0
    var isLast = false
    while !isLast {
      let left = front.pieces.remainingByteCount
      isLast = left <= pieceByteCount + XAES256GCM.overheadByteCount
      guard left > XAES256GCM.overheadByteCount else { throw .changed }
      do {
        let sealed = try front.pieces.raw(
          isLast ? left : pieceByteCount + XAES256GCM.overheadByteCount)
        content += try XAES256GCM.open(
          sealed, key: key, binding: associatedData(repository, index, isLast: isLast))
      } catch { throw .changed }
      index += 1
    }
    return content
  }

  private static func bundleKey(
    _ front: Front, _ bundle: [UInt8], _ opener: Opener
  ) throws(BundleError) -> SecretKey {
    var exposed: [UInt8]
    switch (front.lock, opener) {
    case (.key(let id, let sealed), .key(let pair)) where pair.keyID == id:
      do {
        exposed = try HPKEXWing.open(
          sealed, with: pair.privateKey, info: info(front.repository, id))
      } catch { throw .changed }
    case (.passphrase(let lock), .passphrase(let passphrase)):
      do {
        let derived = try Scrypt.derive(
          passphrase: passphrase.span, salt: lock.salt.span, log2N: Int(lock.log2N),
          r: Int(lock.r), p: Int(lock.p))
        exposed = try XAES256GCM.open(
          lock.sealed, key: derived, binding: Array(bundle[..<lock.boundByteCount]))
      } catch CryptoError.authenticationFailed {
        throw .wrongOpener
      } catch { throw .crypto(error) }
    default: throw .wrongOpener
    }
    defer { wipe(&exposed) }
    do { return try SecretKey(copying: exposed.span) } catch { throw .crypto(error) }
  }

  private static func check(_ passphrase: [UInt8]) throws(BundleError) {
    if passphrase.contains(0) { throw .badPassphrase }
  }

  // MARK: Parts

  private struct Front {
    struct PassphraseLock {
      let log2N: UInt8
      let r: UInt8
      let p: UInt8
      let salt: [UInt8]
      let sealed: [UInt8]
      /// How many bytes of the file the sealed key is bound to.
      let boundByteCount: Int
    }

    enum Lock {
      case key(KeyID, sealed: [UInt8])
      case passphrase(PassphraseLock)
    }

    let repository: RepositoryID
    let lock: Lock
    let commitment: [UInt8]
    var pieces: ByteReader

    init(_ bundle: [UInt8]) throws(BundleError) {
      guard bundle.count <= byteCountMax else { throw .format(.limitExceeded(.size)) }
      var reader = ByteReader(bundle)
      do throws(FormatError) {
        try reader.expect(mark: "NSBUNDL1")
        repository = try reader.id()
        switch try reader.u8() {
        case 0:
          let id: KeyID = try reader.id()
          lock = .key(
            id, sealed: try reader.raw(SecretKey.byteCount + HPKEXWing.overheadByteCount))
        case 1:
          let (log2N, r, p) = (try reader.u8(), try reader.u8(), try reader.u8())
          guard KeyFileBody.isAllowed(log2N: log2N, r: r, p: p) else {
            throw FormatError.outOfRange(.key)
          }
          let salt = try reader.raw(16)
          let bound = bundle.count - reader.remainingByteCount
          lock = .passphrase(
            PassphraseLock(
              log2N: log2N, r: r, p: p, salt: salt,
              sealed: try reader.raw(SecretKey.byteCount + XAES256GCM.overheadByteCount),
              boundByteCount: bound))
        default: throw FormatError.outOfRange(.type)
        }
        commitment = try reader.raw(HMACSHA256.codeByteCount)
      } catch { throw .format(error) }
      pieces = reader
    }
  }

  private static func info(_ repository: RepositoryID, _ key: KeyID) -> [UInt8] {
    [UInt8]("nightsafe bundle v1".utf8) + repository.bytes + key.bytes
  }

  private static func commitment(to key: SecretKey) -> [UInt8] {
    HMACSHA256.authenticate([UInt8]("nightsafe commit".utf8).span, key: key)
  }

  private static func associatedData(
    _ repository: RepositoryID, _ index: Int, isLast: Bool
  ) -> [UInt8] {
    AssociatedData(
      .bundle, repository: repository, set: .zero, run: .zero,
      number: UInt64(2 * index + (isLast ? 1 : 0))
    ).bytes
  }
}

/// Why a bundle was refused or could not be made.
public enum BundleError: Error, Hashable, Sendable {
  /// It is no bundle, or goes beyond the limits.
  case format(FormatError)
  /// A library refused to work.
  case crypto(CryptoError)
  /// It tells of another repository.
  case otherRepository
  /// It is sealed to another key, or opened by another passphrase.
  case wrongOpener
  /// The passphrase holds a NUL byte.
  case badPassphrase
  /// Something was changed or cut off.
  case changed
}
