internal import COpenSSL

/// A time stamp as an authority signed it (RFC 3161, section 2.4.2): a CMS message in DER.
///
/// What it says is read when it is made, and worth nothing before ``verify(authorities:others:at:)``
/// has found whose word it is. Nothing is asked of a network: revocation is not looked up.
public struct TimestampToken: Hashable, Sendable {
  /// The most bytes of a token, or of the response that holds it.
  public static let byteCountMax = 32_768
  /// The most characters of a policy.
  public static let policyByteCountMax = 128
  /// The most bytes of a serial number.
  public static let serialByteCountMax = 20

  /// The token in DER.
  public let bytes: [UInt8]
  /// The SHA-256 that was stamped.
  public let imprint: [UInt8]
  /// What the query had to be known by; nil if it had nothing.
  public let nonce: [UInt8]?
  /// When it was stamped, in seconds since 1970.
  public let time: Int64
  /// Under which policy: an object identifier in dotted decimals.
  public let policy: String
  /// The authority's number of the stamp, most significant byte first.
  public let serial: [UInt8]

  /// Who signed a stamp.
  public struct Signer: Hashable, Sendable {
    /// The name in the certificate, in the form of RFC 2253.
    public let name: String
    /// Until when the certificate is valid, in seconds since 1970.
    public let validUntil: Int64
  }

  /// Takes the token out of an authority's response.
  ///
  /// - Throws: ``TimestampError/notAResponse``, ``TimestampError/notGranted(status:)``, and as
  ///   ``init(_:)``.
  public init(response: [UInt8]) throws(TimestampError) {
    guard response.count <= Self.byteCountMax else {
      throw .tooLong(byteCountMax: Self.byteCountMax, actual: response.count)
    }
    try self.init(try Self.token(of: response))
  }

  /// Reads a token.
  ///
  /// - Throws: ``TimestampError/tooLong(byteCountMax:actual:)``, ``TimestampError/notAToken``,
  ///   ``TimestampError/unusable(_:)``.
  public init(_ bytes: [UInt8]) throws(TimestampError) {
    guard bytes.count <= Self.byteCountMax else {
      throw .tooLong(byteCountMax: Self.byteCountMax, actual: bytes.count)
    }
    defer { ERR_clear_error() }
    let message = try unsafe Self.decode(bytes)
    defer { unsafe PKCS7_free(message) }
    guard let content = unsafe PKCS7_to_TS_TST_INFO(message) else { throw .notAToken }
    defer { unsafe TS_TST_INFO_free(content) }
    guard unsafe TS_TST_INFO_get_version(content) == 1 else { throw .unusable(.version) }
    self.bytes = bytes
    imprint = try unsafe Self.imprint(of: content)
    nonce = unsafe Self.number(TS_TST_INFO_get_nonce(content))
    guard let time = unsafe Self.seconds(TS_TST_INFO_get_time(content)), time >= 0 else {
      throw .unusable(.time)
    }
    self.time = time
    guard let policy = unsafe Self.dotted(TS_TST_INFO_get_policy_id(content)) else {
      throw .unusable(.policy)
    }
    self.policy = policy
    guard let serial = unsafe Self.number(TS_TST_INFO_get_serial(content)),
      1...Self.serialByteCountMax ~= serial.count
    else { throw .unusable(.serial) }
    self.serial = serial
  }

  /// Whether the token answers a query.
  ///
  /// - Throws: ``TimestampError/otherImprint``, ``TimestampError/otherNonce``.
  public func check(against query: TimestampQuery) throws(TimestampError) {
    guard imprint == query.imprint else { throw .otherImprint }
    guard nonce == query.nonce else { throw .otherNonce }
  }

  /// Finds whose word the token is.
  ///
  /// - Parameters:
  ///   - authorities: Certificates that are believed.
  ///   - others: Certificates that may lie between them and the signer's, besides those in the token.
  ///   - time: When all certificates have to be valid, in seconds since 1970.
  /// - Throws: ``TimestampError/noSignerCertificate``, ``TimestampError/notTrusted``,
  ///   ``TimestampError/expired``, ``TimestampError/badSignature``,
  ///   ``TimestampError/unusable(_:)``, ``TimestampError/openSSL(call:)``.
  public func verify(
    authorities: CertificateList, others: CertificateList = CertificateList(), at time: Int64
  ) throws(TimestampError) -> Signer {
    defer { ERR_clear_error() }
    let message = try unsafe Self.decode(bytes)
    defer { unsafe PKCS7_free(message) }
    do {
      return try unsafe Self.verify(message, authorities, others, at: time)
    } catch .notTrusted {
      // Was it the time that was wrong?
      guard (try? unsafe Self.verify(message, authorities, others, at: self.time)) != nil else {
        throw .notTrusted
      }
      throw .expired
    }
  }

  // MARK: The signature

  /// Security of 112 bits: no SHA-1 in certificates, no RSA below 2,048 bits.
  private static let securityLevel: Int32 = 2
  /// What a signer's digest has at least: 256 bits.
  private static let digestByteCountMin: Int32 = 32

  private static func verify(
    _ message: UnsafeMutablePointer<PKCS7>, _ authorities: CertificateList,
    _ others: CertificateList, at time: Int64
  ) throws(TimestampError) -> Signer {
    guard let store = unsafe X509_STORE_new() else { throw .openSSL(call: "X509_STORE_new") }
    defer { unsafe X509_STORE_free(store) }
    try unsafe authorities.forEach { (certificate) throws(TimestampError) in
      guard unsafe X509_STORE_add_cert(store, certificate) == 1 else { throw .badCertificates }
    }
    guard let terms = unsafe X509_STORE_get0_param(store) else {
      throw .openSSL(call: "X509_STORE_get0_param")
    }
    unsafe X509_VERIFY_PARAM_set_time(terms, Int(time))
    unsafe X509_VERIFY_PARAM_set_auth_level(terms, securityLevel)
    guard let between = unsafe shim_certificates_new() else {
      throw .openSSL(call: "sk_X509_new_null")
    }
    defer { unsafe shim_certificates_free(between) }
    try unsafe others.forEach { (certificate) throws(TimestampError) in
      unsafe X509_up_ref(certificate)
      guard unsafe shim_certificates_push(between, certificate) > 0 else {
        unsafe X509_free(certificate)
        throw .openSSL(call: "sk_X509_push")
      }
    }
    ERR_clear_error()
    var signer: OpaquePointer?
    guard unsafe TS_RESP_verify_signature(message, between, store, &signer) == 1 else {
      throw refusal()
    }
    guard let signer = unsafe signer else { throw .noSignerCertificate }
    defer { unsafe X509_free(signer) }
    // Who finds two contents of one weak digest has the authority's word for both.
    guard let digest = unsafe EVP_get_digestbyname(OBJ_nid2sn(shim_signer_digest(message))),
      unsafe EVP_MD_get_size(digest) >= digestByteCountMin
    else { throw .unusable(.signerDigest) }
    guard let validUntil = unsafe seconds(X509_get0_notAfter(signer)) else { throw .notTrusted }
    return Signer(name: unsafe name(of: signer), validUntil: validUntil)
  }

  /// What libcrypto said last of a token that it refused.
  private static func refusal() -> TimestampError {
    let error = ERR_peek_last_error()
    switch (ERR_GET_LIB(error), ERR_GET_REASON(error)) {
    case (ERR_LIB_TS, TS_R_CERTIFICATE_VERIFY_ERROR): return .notTrusted
    case (ERR_LIB_PKCS7, PKCS7_R_SIGNER_CERTIFICATE_NOT_FOUND): return .noSignerCertificate
    default: return .badSignature
    }
  }

  // MARK: Parts

  private static func token(of response: [UInt8]) throws(TimestampError) -> [UInt8] {
    defer { ERR_clear_error() }
    let decoded = unsafe response.withUnsafeBufferPointer { buffer -> OpaquePointer? in
      var next = buffer.baseAddress
      guard let decoded = unsafe d2i_TS_RESP(nil, &next, buffer.count) else { return nil }
      guard unsafe next == buffer.baseAddress.map({ unsafe $0 + buffer.count }) else {
        unsafe TS_RESP_free(decoded)
        return nil
      }
      return unsafe decoded
    }
    guard let decoded = unsafe decoded else { throw .notAResponse }
    defer { unsafe TS_RESP_free(decoded) }
    guard let info = unsafe TS_RESP_get_status_info(decoded),
      let number = unsafe TS_STATUS_INFO_get0_status(info)
    else { throw .notAResponse }
    let status = unsafe ASN1_INTEGER_get(number)
    guard status == Int(TS_STATUS_GRANTED) || status == Int(TS_STATUS_GRANTED_WITH_MODS) else {
      throw .notGranted(status: status)
    }
    guard let message = unsafe TS_RESP_get_token(decoded) else { throw .notAResponse }
    let count = unsafe i2d_PKCS7(message, nil)
    guard count > 0 else { throw .notAToken }
    var bytes = [UInt8](repeating: 0, count: Int(count))
    let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer -> Int32 in
      var next = buffer.baseAddress
      return unsafe i2d_PKCS7(message, &next)
    }
    guard written == count else { throw .notAToken }
    return bytes
  }

  /// Reads a message that ends where the bytes do.
  private static func decode(
    _ bytes: [UInt8]
  ) throws(TimestampError) -> UnsafeMutablePointer<PKCS7> {
    let decoded = unsafe bytes.withUnsafeBufferPointer { buffer -> UnsafeMutablePointer<PKCS7>? in
      var next = buffer.baseAddress
      guard let decoded = unsafe d2i_PKCS7(nil, &next, buffer.count) else { return nil }
      guard unsafe next == buffer.baseAddress.map({ unsafe $0 + buffer.count }) else {
        unsafe PKCS7_free(decoded)
        return nil
      }
      return unsafe decoded
    }
    guard let decoded = unsafe decoded else { throw .notAToken }
    return unsafe decoded
  }

  private static func imprint(of content: OpaquePointer) throws(TimestampError) -> [UInt8] {
    guard let imprint = unsafe TS_TST_INFO_get_msg_imprint(content),
      let algorithm = unsafe TS_MSG_IMPRINT_get_algo(imprint),
      let message = unsafe TS_MSG_IMPRINT_get_msg(imprint)
    else { throw .unusable(.imprint) }
    var object: OpaquePointer?
    unsafe X509_ALGOR_get0(&object, nil, nil, algorithm)
    let bytes = unsafe self.bytes(message)
    guard unsafe OBJ_obj2nid(object) == NID_sha256, bytes.count == SHA256.digestByteCount else {
      throw .unusable(.imprint)
    }
    return bytes
  }

  private static func bytes(_ string: UnsafePointer<ASN1_STRING>) -> [UInt8] {
    let count = Int(unsafe ASN1_STRING_length(string))
    guard count > 0, let first = unsafe ASN1_STRING_get0_data(string) else { return [] }
    return unsafe [UInt8](UnsafeBufferPointer(start: first, count: count))
  }

  /// A number that is not negative, most significant byte first; nil for another, or none.
  private static func number(_ number: UnsafePointer<ASN1_INTEGER>?) -> [UInt8]? {
    guard let number = unsafe number, unsafe ASN1_STRING_type(number) == V_ASN1_INTEGER else {
      return nil
    }
    return unsafe bytes(number)
  }

  /// Seconds since 1970; a fraction is left out.
  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
    guard let time = unsafe time, let epoch = unsafe ASN1_TIME_set(nil, 0) else { return nil }
    defer { unsafe ASN1_TIME_free(epoch) }
    var days: Int32 = 0
    var rest: Int32 = 0
    guard unsafe ASN1_TIME_diff(&days, &rest, epoch, time) == 1 else { return nil }
    return Int64(days) * 86_400 + Int64(rest)
  }

  /// An object identifier in dotted decimals; nil if it is longer than may be.
  private static func dotted(_ object: OpaquePointer?) -> String? {
    guard let object = unsafe object else { return nil }
    var text = [CChar](repeating: 0, count: policyByteCountMax + 1)
    let count = unsafe text.withUnsafeMutableBufferPointer {
      unsafe OBJ_obj2txt($0.baseAddress, Int32($0.count), object, 1)
    }
    guard 1...policyByteCountMax ~= Int(count) else { return nil }
    return String(
      decoding: text.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The name in a certificate: printable ASCII, at most 1,024 characters.
  private static func name(of certificate: OpaquePointer) -> String {
    guard let name = unsafe X509_get_subject_name(certificate),
      let stream = unsafe BIO_new(BIO_s_mem())
    else { return "" }
    defer { unsafe BIO_free(stream) }
    guard unsafe X509_NAME_print_ex(stream, name, 0, shim_name_flags) >= 0 else { return "" }
    var text = [UInt8](repeating: 0, count: 1_024)
    let count = unsafe text.withUnsafeMutableBytes {
      unsafe BIO_read(stream, $0.baseAddress, Int32($0.count))
    }
    return String(
      decoding: text.prefix(Int(max(0, count))).filter { 0x20..<0x7f ~= $0 }, as: UTF8.self)
  }
}
