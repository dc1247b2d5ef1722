internal import COpenSSL

/// UUIDs that follow from a name (RFC 9562, version 5): the same name, the same UUID.
///
/// They tell things apart and prove nothing; SHA-1 stands here because the version demands it.
public enum NameUUID {
  /// The namespace of names that are URLs or URNs.
  private static let urlNamespace: [UInt8] = [
    0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8,
  ]

  /// The UUID of a URL or URN in its usual text form, in lower case.
  public static func of(_ name: String) -> String {
    var bytes = Array(sha1(urlNamespace + [UInt8](name.utf8)).prefix(16))
    bytes[6] = bytes[6] & 0x0f | 0x50
    bytes[8] = bytes[8] & 0x3f | 0x80
    var text = ""
    for (place, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(place) { text += "-" }
      let hex = String(byte, radix: 16)
      text += hex.utf8.count == 1 ? "0" + hex : hex
    }
    return text
  }

  private static func sha1(_ message: [UInt8]) -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 20)
    let status = unsafe digest.withUnsafeMutableBufferPointer { digest in
      unsafe message.withUnsafeBytes { message in
        unsafe EVP_Digest(
          message.baseAddress, message.count, digest.baseAddress, nil, EVP_sha1(), nil)
      }
    }
    precondition(status == 1, "libcrypto offers SHA-1 for names")
    return digest
  }
}
