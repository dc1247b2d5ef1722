import BackupCrypto
import BackupFormat
import BackupKeys
import BackupLog
import BackupTestSupport
import Testing

@Suite("Key files")
struct KeyFileTests {
  private static func pair(_ byte: UInt8) throws -> KeyPair {
    try KeyPair(seed: SecretKey(copying: [UInt8](repeating: byte, count: 32).span))
  }

  /// A key file that costs little to open.
  private static func cheap(_ pair: KeyPair, _ passphrase: [UInt8]) throws -> KeyFileBody {
    let salt = [UInt8](repeating: 5, count: 16)
    let key = try Scrypt.derive(passphrase: passphrase.span, salt: salt.span, log2N: 10, r: 1, p: 1)
    let front = KeyFileBody.front(keyID: pair.keyID, log2N: 10, r: 1, p: 1, salt: salt)
    let sealed = try XAES256GCM.seal(pair.seed.exposedBytes(), key: key, binding: front)
    return KeyFileBody(
      keyID: pair.keyID,
      protection: .passphrase(log2N: 10, r: 1, p: 1, salt: salt, sealedSeed: sealed))
  }

  private static func text(_ body: KeyFileBody, comment: [String] = []) -> [UInt8] {
    [UInt8](Armour.encode(body.encode(), label: .key, comment: comment).utf8)
  }

  @Test("A key without a passphrase opens as it is")
  func open() throws {
    let pair = try KeyPair.random()
    let text = try KeyFile.encode(
      pair, passphrase: nil, comment: ["Keep this.", "Losing it is bad."])
    #expect(text.hasPrefix("Keep this.\nLosing it is bad.\n-----BEGIN NIGHTSAFE KEY-----\n"))
    let file = try KeyFile(parsing: [UInt8](text.utf8))
    #expect(!file.isProtected && file.keyID == pair.keyID)
    for passphrase in [nil, [UInt8]("unused".utf8)] {
      let opened = try file.open(passphrase: passphrase)
      #expect(opened.seed.matches(pair.seed) && opened.publicKey == pair.publicKey)
    }
  }

  @Test("A passphrase written by this program opens, and no other does")
  func ownParameters() throws {
    let pair = try Self.pair(1)
    let passphrase: [UInt8] = [0xff, 0x00, 0xfe]
    let text = try KeyFile.encode(pair, passphrase: passphrase, comment: [])
    let file = try KeyFile(parsing: [UInt8](text.utf8))
    #expect(file.isProtected)
    guard case .passphrase(let log2N, let r, let p, let salt, _) = file.body.protection else {
      Issue.record("the seed is sealed")
      return
    }
    #expect(log2N == 16 && r == 8 && p == 2 && salt != [UInt8](repeating: 0, count: 16))
    #expect(try file.open(passphrase: passphrase).seed.matches(pair.seed))
    #expect(throws: KeyError.wrongPassphrase) { try file.open(passphrase: [0xff, 0x00]) }
    #expect(throws: KeyError.needsPassphrase) { try file.open(passphrase: nil) }
    // The seed does not stand in the file.
    let bytes = file.body.encode()
    #expect(
      !(0...bytes.count - 32).contains {
        [UInt8](bytes[$0..<$0 + 32]) == [UInt8](repeating: 1, count: 32)
      })
  }

  @Test("A passphrase is its bytes, none or many, of text or not")
  func passphrases() throws {
    let pair = try Self.pair(2)
    let phrases: [[UInt8]] = [
      [], [0x0a], [UInt8]("é".utf8), [UInt8]("e\u{301}".utf8), [0xff, 0xfe, 0x80],
      [UInt8](repeating: 0x61, count: 4_095), [UInt8](repeating: 0x61, count: 4_094),
    ]
    for phrase in phrases {
      let file = try KeyFile(parsing: Self.text(try Self.cheap(pair, phrase)))
      for other in phrases {
        if other == phrase {
          #expect(try file.open(passphrase: other).seed.matches(pair.seed))
        } else {
          #expect(throws: KeyError.wrongPassphrase) { try file.open(passphrase: other) }
        }
      }
    }
  }

  @Test("A NUL at the end of a short passphrase is nothing, as in every use of PBKDF2")
  func trailingNul() throws {
    // HMAC pads a key of up to 64 bytes with NUL (RFC 2104), so these two are one passphrase.
    let pair = try Self.pair(3)
    let file = try KeyFile(parsing: Self.text(try Self.cheap(pair, [])))
    #expect(try file.open(passphrase: [0]).seed.matches(pair.seed))
  }

  @Test("Lines before the key may be edited; they are for people")
  func comments() throws {
    let pair = try Self.pair(4)
    let body = try Self.cheap(pair, [1])
    for comment in [
      [], [""], ["Owner key of someone", "created 1 January"],
      ["-----BEGIN SOMETHING-----", "====="],
      [String](repeating: "line", count: 40),
    ] {
      let file = try KeyFile(parsing: Self.text(body, comment: comment))
      #expect(try file.open(passphrase: [1]).keyID == pair.keyID)
    }
    #expect(throws: KeyError.notAKeyFile) {
      try KeyFile(parsing: Self.text(body, comment: [String](repeating: "line", count: 41)))
    }
  }

  @Test("An id that is not the seed's is refused")
  func mismatch() throws {
    let pair = try Self.pair(5)
    let other = try Self.pair(6)
    let open = KeyFileBody(
      keyID: other.keyID, protection: .none(seed: pair.seed.exposedBytes()))
    #expect(throws: KeyError.inconsistent) {
      try KeyFile(parsing: Self.text(open)).open(passphrase: nil)
    }
    // The id is bound to the sealed seed, so that changing it looks like a wrong passphrase.
    var body = try Self.cheap(pair, [1])
    body.keyID = other.keyID
    #expect(throws: KeyError.wrongPassphrase) {
      try KeyFile(parsing: Self.text(body)).open(passphrase: [1])
    }
    // And a seed sealed under the id of another is found out by the id.
    let salt = [UInt8](repeating: 5, count: 16)
    let key = try Scrypt.derive(
      passphrase: [UInt8]([1]).span, salt: salt.span, log2N: 10, r: 1, p: 1)
    let front = KeyFileBody.front(keyID: other.keyID, log2N: 10, r: 1, p: 1, salt: salt)
    let sealed = try XAES256GCM.seal(pair.seed.exposedBytes(), key: key, binding: front)
    body.protection = .passphrase(log2N: 10, r: 1, p: 1, salt: salt, sealedSeed: sealed)
    #expect(throws: KeyError.inconsistent) {
      try KeyFile(parsing: Self.text(body)).open(passphrase: [1])
    }
  }

  @Test("A flipped bit of the body never opens")
  func bitFlips() throws {
    let pair = try Self.pair(7)
    for body in [
      KeyFileBody(keyID: pair.keyID, protection: .none(seed: pair.seed.exposedBytes())),
      try Self.cheap(pair, [1]),
    ] {
      let bytes = body.encode()
      for bit in stride(from: 0, to: bytes.count * 8, by: 3) {
        var flipped = bytes
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        // A flip in log2 N or r could ask for a gibibyte; these bounds are tested below.
        if body.encode().count > 60, 23...25 ~= bit / 8 { continue }
        let text = [UInt8](Armour.encode(flipped, label: .key, comment: []).utf8)
        #expect(throws: KeyError.self) { try KeyFile(parsing: text).open(passphrase: [1]) }
      }
    }
  }

  @Test(
    "What costs more than a gibibyte, or is beyond the bounds, is refused before any work",
    arguments: [
      (10, 1, 1, true), (9, 8, 1, false), (21, 1, 1, false), (20, 8, 1, true), (20, 9, 1, false),
      (19, 16, 16, true), (20, 16, 1, false), (10, 0, 1, false), (10, 17, 1, false),
      (10, 1, 0, false), (10, 1, 17, false), (15, 1, 1, true), (16, 1, 1, false), (16, 2, 1, true),
    ] as [(UInt8, UInt8, UInt8, Bool)])
  func cost(_ log2N: UInt8, _ r: UInt8, _ p: UInt8, _ isAccepted: Bool) {
    let id = KeyID([UInt8](repeating: 1, count: 16))
    guard let id else { return }
    let body = KeyFileBody(
      keyID: id,
      protection: .passphrase(
        log2N: log2N, r: r, p: p, salt: [UInt8](repeating: 2, count: 16),
        sealedSeed: [UInt8](repeating: 3, count: 72)))
    if isAccepted {
      #expect(throws: Never.self) { try KeyFile(parsing: Self.text(body)) }
    } else {
      #expect(throws: KeyError.notAKeyFile) { try KeyFile(parsing: Self.text(body)) }
      #expect(throws: FormatError.outOfRange(.key)) { try KeyFileBody(decoding: body.encode()) }
    }
  }

  @Test("A public key file comes back, and is no key file")
  func publicKeyFile() throws {
    let key = try Self.pair(8).publicKey
    let text = [UInt8](PublicKeyFile.encode(key, comment: ["Give this to the owner."]).utf8)
    #expect(try PublicKeyFile.parse(text) == key)
    #expect(throws: KeyError.notAKeyFile) { try KeyFile(parsing: text) }
    let secret = try KeyFile.encode(try Self.pair(8), passphrase: nil, comment: [])
    #expect(throws: KeyError.notAKeyFile) { try PublicKeyFile.parse([UInt8](secret.utf8)) }
    let body = [UInt8]("NSPUB1".utf8) + key.ed25519 + key.xWing
    for wrong in [
      [UInt8](body.dropLast()), body + [0], [UInt8]("NSPUB2".utf8) + body.dropFirst(6), [],
    ] {
      let text = [UInt8](Armour.encode(wrong, label: .publicKey, comment: []).utf8)
      #expect(throws: KeyError.notAKeyFile) { try PublicKeyFile.parse(text) }
    }
  }
}
