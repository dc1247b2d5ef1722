import BackupSystem

/// An authority for time stamps (RFC 3161), made of openssl(1) in a folder of its own.
///
/// Its certificate is signed by a root of its own, or by a certificate between.
public final class StampAuthority: Sendable {
  /// How many days the certificates of an authority are valid.
  public static let dayCount = 30

  private let folder: TemporaryDirectory

  /// The authority's root in PEM.
  public let root: [UInt8]
  /// The certificate between root and authority in PEM; that of the root where there is none.
  public let between: [UInt8]
  /// The certificate that signs stamps, in PEM.
  public let signer: [UInt8]

  /// What openssl(1) said when it refused.
  public struct Refused: Error, CustomStringConvertible {
    /// What it said.
    public let description: String
  }

  /// Makes an authority.
  ///
  /// - Parameters:
  ///   - name: What stands in its certificate.
  ///   - dayCount: How long the certificate is valid.
  ///   - isBelowRoot: Whether the root signs the certificate itself.
  public init(
    _ name: String = "Test stamps", dayCount: Int = StampAuthority.dayCount,
    isBelowRoot: Bool = true
  ) throws {
    folder = try TemporaryDirectory()
    try folder.write("config", [UInt8](Self.config.utf8))
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config config"
    var script = """
      openssl req -x509 \(key) -keyout root.key -out root.pem -days 9000 -subj '/CN=\(name) root' \
        -extensions authority
      """
    var issuer = "root"
    if !isBelowRoot {
      issuer = "between"
      script += """

        openssl req \(key) -keyout between.key -out between.csr -subj '/CN=\(name) between'
        openssl x509 -req -in between.csr -CA root.pem -CAkey root.key -set_serial 3 -days 8000 \
          -extfile config -extensions authority -out between.pem
        """
    }
    script += """

      openssl req \(key) -keyout signer.key -out signer.csr -subj '/O=Test, Inc./CN=\(name)'
      openssl x509 -req -in signer.csr -CA \(issuer).pem -CAkey \(issuer).key -set_serial 2 \
        -days \(dayCount) -extfile config -extensions signer -out signer.pem
      """
    try Self.run(script, in: folder)
    root = try Self.read("root.pem", folder)
    between = try Self.read("\(issuer).pem", folder)
    signer = try Self.read("signer.pem", folder)
  }

  /// The authority's response to a query.
  ///
  /// - Parameters:
  ///   - query: What is asked, in DER.
  ///   - digest: By what it signs.
  ///   - accepted: On what digests it puts stamps.
  public func answer(
    _ query: [UInt8], digest: String = "sha256", accepted: String = "sha256"
  ) throws -> [UInt8] {
    let terms = """
      [tsa]
      default_tsa = terms
      [terms]
      serial = serial
      signer_digest = \(digest)
      default_policy = 1.3.6.1.4.1.99999.1
      digests = \(accepted)
      tsa_name = yes
      ess_cert_id_alg = sha256

      """
    try folder.write("terms", [UInt8](terms.utf8))
    try folder.write("query", query)
    try Self.run(
      "openssl ts -reply -config terms -queryfile query -inkey signer.key -signer signer.pem -out response",
      in: folder)
    return try Self.read("response", folder)
  }

  /// What openssl(1) says to a command in the authority's folder, where `name` holds `bytes`.
  public func openssl(_ arguments: String, with name: String, _ bytes: [UInt8]) throws -> String {
    try folder.write(name, bytes)
    return try Self.run("openssl \(arguments)", in: folder)
  }

  private static let config = """
    [req]
    distinguished_name = name
    prompt = no
    [name]
    [authority]
    basicConstraints = critical,CA:TRUE
    keyUsage = critical,keyCertSign,cRLSign
    subjectKeyIdentifier = hash
    [signer]
    basicConstraints = critical,CA:FALSE
    keyUsage = critical,digitalSignature
    extendedKeyUsage = critical,timeStamping

    """

  @discardableResult
  private static func run(_ script: String, in folder: TemporaryDirectory) throws -> String {
    let arguments = ["/bin/sh", "-ec", "cd \"$1\"\n\(script)", "sh", folder.text]
    let outcome = try ChildProcess(
      arguments: arguments.map { [UInt8]($0.utf8) }, outputByteCountLimit: 1 << 20,
      errorOutput: .captured, timeLimitMilliseconds: 60_000
    ).run()
    let output = String(decoding: outcome.output, as: UTF8.self)
    guard outcome.isSuccess else {
      throw Refused(description: output + String(decoding: outcome.errorOutput, as: UTF8.self))
    }
    return output
  }

  private static func read(_ name: String, _ folder: TemporaryDirectory) throws -> [UInt8] {
    try Descriptor.open(at: folder.descriptor, [UInt8](name.utf8), .readOnly)
      .readToEnd(limitByteCount: 1 << 20)
  }
}
