/// Why a time stamp was not taken.
public enum TimestampError: Error, Hashable, Sendable {
  /// The bytes are more than a stamp may have.
  case tooLong(byteCountMax: Int, actual: Int)
  /// The bytes are no response of an authority in DER, up to the last one.
  case notAResponse
  /// The authority granted nothing; the status of RFC 3161, section 2.4.2.
  case notGranted(status: Int)
  /// The bytes are no token of a time stamp in DER, up to the last one.
  case notAToken
  /// A part of the token is of another kind, or beyond the bounds of `Docs/format.md`, section 11.5.
  case unusable(Part)
  /// It is a stamp on something else.
  case otherImprint
  /// It answers another query.
  case otherNonce
  /// The certificate of the signer lies neither in the token nor among those that were given.
  case noSignerCertificate
  /// The signer's certificate does not lead to one of those that are believed, or is not for stamps.
  case notTrusted
  /// A certificate on the way was valid at the time of the stamp, and is not any more.
  case expired
  /// The signature is not the signer's over this token.
  case badSignature
  /// There is no certificate in what was given, or one that cannot be read.
  case badCertificates
  /// A function of libcrypto failed, which only a broken installation or lack of memory explains.
  case openSSL(call: String)

  /// A part of a token.
  public enum Part: String, Hashable, Sendable {
    /// The version of the content.
    case version
    /// What was hashed, and how.
    case imprint
    /// The time.
    case time
    /// The policy.
    case policy
    /// The serial number.
    case serial
    /// How the signer hashed: by fewer than 256 bits, or there is not one signer.
    case signerDigest
  }
}
