internal import COpenSSL

/// Certificates that a person gave: those of authorities that are believed, or those between.
public struct CertificateList: Hashable, Sendable {
  /// The most bytes of a file: the bundles of all public authorities have about 250,000.
  public static let byteCountMax = 1 << 20
  /// The most certificates of all files together.
  public static let countMax = 1_000

  /// Each in DER, as it was given.
  private(set) var encoded: [[UInt8]] = []

  /// No certificates.
  public init() {}

  /// How many there are.
  public var count: Int { encoded.count }

  /// Adds the certificates of a PEM file; what else stands in it is passed over.
  ///
  /// - Throws: ``TimestampError/badCertificates`` if there is none, one is damaged, or there are
  ///   more than may be; ``TimestampError/tooLong(byteCountMax:actual:)``.
  public mutating func add(pem: [UInt8]) throws(TimestampError) {
    guard pem.count <= Self.byteCountMax else {
      throw .tooLong(byteCountMax: Self.byteCountMax, actual: pem.count)
    }
    guard let read = Self.read(pem), !read.isEmpty, encoded.count + read.count <= Self.countMax
    else { throw .badCertificates }
    encoded += read
  }

  /// The certificates of a PEM file; nil if one is damaged.
  private static func read(_ pem: [UInt8]) -> [[UInt8]]? {
    unsafe pem.withUnsafeBytes { (pem) -> [[UInt8]]? in
      guard let stream = unsafe BIO_new_mem_buf(pem.baseAddress, Int32(pem.count)) else {
        return nil
      }
      defer { unsafe BIO_free(stream) }
      var read: [[UInt8]] = []
      while read.count <= countMax {
        ERR_clear_error()
        // Nobody is asked for a passphrase: no certificate has one.
        let certificate = unsafe PEM_read_bio_X509(stream, nil, { _, _, _, _ in -1 }, nil)
        guard let certificate = unsafe certificate else {
          let error = ERR_peek_last_error()
          ERR_clear_error()
          let isEnd =
            ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE
          return isEnd ? read : nil
        }
        defer { unsafe X509_free(certificate) }
        guard let bytes = unsafe encode(certificate) else { return nil }
        read.append(bytes)
      }
      return read
    }
  }

  private static func encode(_ certificate: OpaquePointer) -> [UInt8]? {
    let count = unsafe i2d_X509(certificate, nil)
    guard count > 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer -> Int32 in
      var next = buffer.baseAddress
      return unsafe i2d_X509(certificate, &next)
    }
    return written == count ? bytes : nil
  }

  /// Gives each certificate to `body`, which does not keep it, until one is refused.
  ///
  /// - Throws: ``TimestampError/badCertificates``, and what `body` throws.
  func forEach(_ body: (OpaquePointer) throws(TimestampError) -> Void) throws(TimestampError) {
    for bytes in encoded {
      let decoded = unsafe bytes.withUnsafeBufferPointer { buffer -> OpaquePointer? in
        var next = buffer.baseAddress
        return unsafe d2i_X509(nil, &next, buffer.count)
      }
      guard let decoded = unsafe decoded else { throw .badCertificates }
      defer { unsafe X509_free(decoded) }
      try unsafe body(decoded)
    }
  }
}
