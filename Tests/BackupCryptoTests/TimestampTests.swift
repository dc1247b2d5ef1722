import BackupCrypto
import BackupTestSupport
import Testing

/// Time stamps of an authority that is made here of openssl(1) (`Docs/format.md`, section 11.5).
@Suite("Time stamps")
struct TimestampTests {
  private static let imprint = SHA256.hash(Array("a head".utf8))
  private static let day: Int64 = 86_400

  private struct Scene {
    let authority: StampAuthority
    let query: TimestampQuery
    let response: [UInt8]
    let token: TimestampToken
    var trusted: CertificateList

    init(_ authority: StampAuthority) throws {
      self.authority = authority
      query = try TimestampQuery(imprint: TimestampTests.imprint)
      response = try authority.answer(query.bytes)
      token = try TimestampToken(response: response)
      trusted = try CertificateList(authority.root)
    }
  }

  // MARK: The query

  @Test func aQueryIsReadByAnotherProgramAndInItsOneForm() throws {
    let query = try TimestampQuery(imprint: Self.imprint)
    #expect(query.bytes.count == TimestampQuery.byteCount)
    #expect(TimestampQuery(parsing: query.bytes) == query)
    let other = try TimestampQuery(imprint: Self.imprint)
    #expect(other.nonce != query.nonce)
    let read = try StampAuthority().openssl(
      "ts -query -in asked -text 2>/dev/null", with: "asked", query.bytes)
    #expect(read.contains("Version: 1") && read.contains("Hash Algorithm: sha256"))
    #expect(read.contains("Certificate required: yes"))
    let digits = query.nonce.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
    #expect(read.contains("Nonce: 0x\(digits.joined())"), "\(read)")
    for count in 0..<query.bytes.count {
      #expect(TimestampQuery(parsing: [UInt8](query.bytes.prefix(count))) == nil)
    }
    #expect(TimestampQuery(parsing: query.bytes + [0]) == nil)
    // Each byte but those of the hash and of the nonce is fixed.
    for place in query.bytes.indices {
      var changed = query.bytes
      changed[place] ^= 0x80
      let isFree = 24..<56 ~= place || 59..<66 ~= place
      #expect((TimestampQuery(parsing: changed) != nil) == isFree, "byte \(place)")
    }
    #expect(throws: CryptoError.wrongLength(expected: 32, actual: 31)) {
      try TimestampQuery(imprint: [UInt8](repeating: 1, count: 31))
    }
  }

  // MARK: The good path

  @Test func aStampIsItsAuthoritysWord() throws {
    let scene = try Scene(StampAuthority())
    let token = scene.token
    try token.check(against: scene.query)
    #expect(token.imprint == Self.imprint && token.nonce == scene.query.nonce)
    #expect(token.policy == "1.3.6.1.4.1.99999.1" && token.serial == [1])
    let signer = try token.verify(authorities: scene.trusted, at: token.time)
    #expect(signer.name == "CN=Test stamps,O=Test\\, Inc.")
    let rest = signer.validUntil - token.time
    #expect((29 * Self.day...30 * Self.day).contains(rest), "\(rest)")
    // What is kept is enough by itself, and what another program checks, too.
    #expect(try TimestampToken(token.bytes) == token)
    let digest = Self.imprint.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let said = try scene.authority.openssl(
      "ts -verify -digest \(digest) -token_in -in token -CAfile root.pem 2>&1", with: "token",
      token.bytes)
    #expect(said.contains("Verification: OK"))
    // A second stamp has the next number.
    let second = try TimestampToken(response: try scene.authority.answer(scene.query.bytes))
    #expect(second.serial == [2] && second != token)
  }

  @Test func aCertificateBetweenIsFoundWhereItIsGiven() throws {
    let scene = try Scene(StampAuthority(isBelowRoot: false))
    let time = scene.token.time
    #expect(throws: TimestampError.notTrusted) {
      try scene.token.verify(authorities: scene.trusted, at: time)
    }
    let between = try CertificateList(scene.authority.between)
    _ = try scene.token.verify(authorities: scene.trusted, others: between, at: time)
    // It is no authority that is believed, however often it is given.
    #expect(throws: TimestampError.notTrusted) {
      try scene.token.verify(authorities: CertificateList(), others: between, at: time)
    }
  }

  @Test func aTokenNeedNotHoldItsSignersCertificate() throws {
    let scene = try Scene(StampAuthority())
    // The same query without the wish for a certificate.
    var bytes = [UInt8](scene.query.bytes.dropLast(3))
    bytes[1] -= 3
    let token = try TimestampToken(response: try scene.authority.answer(bytes))
    #expect(token.bytes.count < scene.token.bytes.count)
    #expect(throws: TimestampError.noSignerCertificate) {
      try token.verify(authorities: scene.trusted, at: token.time)
    }
    let signer = try CertificateList(scene.authority.signer)
    _ = try token.verify(authorities: scene.trusted, others: signer, at: token.time)
  }

  // MARK: Refused

  @Test func anAnswerToAnotherQueryIsRefused() throws {
    let scene = try Scene(StampAuthority())
    let other = try TimestampQuery(imprint: SHA256.hash([1]))
    #expect(throws: TimestampError.otherImprint) { try scene.token.check(against: other) }
    let again = try TimestampQuery(imprint: Self.imprint)
    #expect(throws: TimestampError.otherNonce) { try scene.token.check(against: again) }
  }

  @Test func anotherAuthorityIsRefused() throws {
    let scene = try Scene(StampAuthority())
    // Of the same name.
    let other = try CertificateList(StampAuthority().root)
    for time in [scene.token.time, scene.token.time + 365 * Self.day] {
      #expect(throws: TimestampError.notTrusted) {
        try scene.token.verify(authorities: other, at: time)
      }
    }
    var both = other
    try both.add(pem: scene.authority.root)
    _ = try scene.token.verify(authorities: both, at: scene.token.time)
    #expect(throws: TimestampError.notTrusted) {
      try scene.token.verify(authorities: CertificateList(), at: scene.token.time)
    }
  }

  @Test func aCertificateThatHasEndedIsToldFromOneThatIsNotBelieved() throws {
    let scene = try Scene(StampAuthority())
    let time = scene.token.time
    _ = try scene.token.verify(authorities: scene.trusted, at: time + 29 * Self.day)
    #expect(throws: TimestampError.expired) {
      try scene.token.verify(authorities: scene.trusted, at: time + 31 * Self.day)
    }
  }

  /// Whatever bit is turned: what the token says is the same, or it is refused.
  @Test func noFlippedBitChangesWhatIsSaid() throws {
    let scene = try Scene(StampAuthority())
    let token = scene.token
    var refusedCount = 0
    for place in token.bytes.indices {
      var changed = token.bytes
      changed[place] ^= 1 << UInt8(place % 8)
      do {
        let read = try TimestampToken(changed)
        let signer = try read.verify(authorities: scene.trusted, at: token.time)
        #expect(signer.name == "CN=Test stamps,O=Test\\, Inc.")
        #expect(read.imprint == token.imprint && read.nonce == token.nonce)
        #expect(read.time == token.time && read.policy == token.policy)
        #expect(read.serial == token.serial, "byte \(place)")
      } catch { refusedCount += 1 }
    }
    #expect(refusedCount > token.bytes.count * 9 / 10, "\(refusedCount) of \(token.bytes.count)")
    // The last bytes are the signature.
    var forged = token.bytes
    forged[forged.count - 1] ^= 1
    let last = try TimestampToken(forged)
    #expect(throws: TimestampError.badSignature) {
      try last.verify(authorities: scene.trusted, at: token.time)
    }
    // The hash that was stamped stands in it as it is.
    let first = try #require(
      token.bytes.indices.first { token.bytes[$0...].starts(with: Self.imprint) })
    forged = token.bytes
    forged[first] ^= 1
    let moved = try TimestampToken(forged)
    #expect(moved.imprint != token.imprint)
    #expect(throws: TimestampError.badSignature) {
      try moved.verify(authorities: scene.trusted, at: token.time)
    }
  }

  @Test func aSignersWeakDigestIsRefused() throws {
    let authority = try StampAuthority()
    let query = try TimestampQuery(imprint: Self.imprint)
    let token = try TimestampToken(response: try authority.answer(query.bytes, digest: "sha1"))
    let trusted = try CertificateList(authority.root)
    #expect(throws: TimestampError.unusable(.signerDigest)) {
      try token.verify(authorities: trusted, at: token.time)
    }
  }

  @Test func anAnswerThatGrantsNothingIsRefused() throws {
    let authority = try StampAuthority()
    let query = try TimestampQuery(imprint: Self.imprint)
    let response = try authority.answer(query.bytes, accepted: "sha512")
    #expect(throws: TimestampError.notGranted(status: 2)) {
      try TimestampToken(response: response)
    }
  }

  @Test func whatIsNoResponseOrTooLongIsRefused() throws {
    let scene = try Scene(StampAuthority())
    let most = TimestampToken.byteCountMax
    let long = scene.response + [UInt8](repeating: 0, count: most + 1 - scene.response.count)
    #expect(throws: TimestampError.tooLong(byteCountMax: most, actual: most + 1)) {
      try TimestampToken(response: long)
    }
    #expect(throws: TimestampError.tooLong(byteCountMax: most, actual: most + 1)) {
      try TimestampToken(long)
    }
    #expect(throws: TimestampError.notAResponse) {
      try TimestampToken(response: scene.response + [0])
    }
    #expect(throws: TimestampError.notAToken) { try TimestampToken(scene.token.bytes + [0]) }
    for count in stride(from: 0, to: scene.response.count, by: 7) {
      #expect(throws: TimestampError.notAResponse) {
        try TimestampToken(response: [UInt8](scene.response.prefix(count)))
      }
    }
    for bytes in [[], [0x30, 0x80], [0x30, 0x84, 0xff, 0xff, 0xff, 0xff], Array("<html>".utf8)] {
      #expect(throws: TimestampError.notAResponse) { try TimestampToken(response: bytes) }
      #expect(throws: TimestampError.notAToken) { try TimestampToken(bytes) }
    }
    // A response is no token, nor the other way round.
    #expect(throws: TimestampError.notAToken) { try TimestampToken(scene.response) }
    #expect(throws: TimestampError.notAResponse) {
      try TimestampToken(response: scene.token.bytes)
    }
  }

  // MARK: Certificates

  @Test func certificatesAreReadFromTextWithOtherThings() throws {
    let authority = try StampAuthority()
    var list = try CertificateList(Array("A comment\n".utf8) + authority.root + authority.signer)
    #expect(list.count == 2)
    try list.add(pem: authority.root)
    #expect(list.count == 3)
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    #expect(try CertificateList(Array(key.utf8) + authority.root).count == 1)
  }

  @Test func whatHoldsNoCertificateIsRefused() throws {
    let authority = try StampAuthority()
    let lines = authority.root.split(separator: 0x0a)
    let cut = [UInt8](lines.dropLast(2).joined(separator: [0x0a])) + Array("\n-----END".utf8)
    let encrypted = """
      -----BEGIN CERTIFICATE-----
      Proc-Type: 4,ENCRYPTED
      DEK-Info: AES-128-CBC,00000000000000000000000000000000

      AAAAAAAAAAAAAAAAAAAAAA==
      -----END CERTIFICATE-----

      """
    for pem in [[], Array("hello".utf8), cut, authority.root + cut, Array(encrypted.utf8)] {
      #expect(throws: TimestampError.badCertificates) { try CertificateList(pem) }
    }
    let most = CertificateList.byteCountMax
    #expect(throws: TimestampError.tooLong(byteCountMax: most, actual: most + 1)) {
      try CertificateList([UInt8](repeating: 0x0a, count: most + 1))
    }
    let many = [UInt8]([[UInt8]](repeating: authority.root, count: 501).joined())
    var list = try CertificateList(many)
    #expect(throws: TimestampError.badCertificates) { try list.add(pem: many) }
    #expect(list.count == 501)
  }
}

extension CertificateList {
  fileprivate init(_ pem: [UInt8]) throws {
    self.init()
    try add(pem: pem)
  }
}
