import BackupFormat
import BackupTestSupport
import Testing

@Suite("Texts: FORMAT, armour, hex, base64, base32")
struct TextTests {
  @Test("FORMAT follows its vectors", arguments: FormatVector.load("format-file"))
  func format(_ vector: FormatVector) throws {
    let bytes = [UInt8](vector.text("text").utf8)
    switch vector.why {
    case "": try RepositoryFormat.check(bytes)
    case "version 2":
      #expect(throws: RepositoryFormat.Refusal.version("2")) { try RepositoryFormat.check(bytes) }
    case "a leading zero":
      #expect(throws: RepositoryFormat.Refusal.version("01")) { try RepositoryFormat.check(bytes) }
    case "an unknown feature":
      #expect(throws: RepositoryFormat.Refusal.feature("shards")) {
        try RepositoryFormat.check(bytes)
      }
    default:
      #expect(throws: RepositoryFormat.Refusal.notARepository) {
        try RepositoryFormat.check(bytes)
      }
    }
  }

  @Test("What init writes is FORMAT, and no beginning of its three lines is")
  func ownFormat() throws {
    let bytes = [UInt8](RepositoryFormat.text.utf8)
    try RepositoryFormat.check(bytes)
    let end = "NightSafe repository\nversion: 1\nfeatures:\n".utf8.count
    for count in 0..<end {
      #expect(throws: RepositoryFormat.Refusal.self) {
        try RepositoryFormat.check([UInt8](bytes[0..<count]))
      }
    }
    try RepositoryFormat.check([UInt8](bytes[0..<end]))
    #expect(throws: RepositoryFormat.Refusal.notARepository) {
      try RepositoryFormat.check(bytes + [UInt8](repeating: 0x20, count: Limits.smallTextByteCount))
    }
    for text in [
      "NightSafe repository\nversion: 1\nfeatures: \n",
      "NightSafe repository\nversion: 1\nfeatures:x\n",
      "NightSafe repository\r\nversion: 1\r\nfeatures:\r\n",
      "NightSafe repository\nversion: 1 \nfeatures:\n",
      " NightSafe repository\nversion: 1\nfeatures:\n",
      "NightSafe repository\nVersion: 1\nfeatures:\n",
    ] {
      #expect(throws: RepositoryFormat.Refusal.self) {
        try RepositoryFormat.check([UInt8](text.utf8))
      }
    }
  }

  @Test("Armour carries bytes of every length", arguments: 0..<130)
  func armour(_ count: Int) {
    var generator = SeededGenerator(seed: UInt64(count))
    let body = generator.bytes(count)
    for comment in [[], ["For people."], [String](repeating: "", count: 40)] {
      let text = Armour.encode(body, label: .key, comment: comment)
      #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count <= 76 })
      #expect(Armour.decode([UInt8](text.utf8), label: .key) == body)
      #expect(Armour.decode([UInt8](text.utf8), label: .publicKey) == nil)
      let windows = text.split(separator: "\n", omittingEmptySubsequences: false)
        .joined(separator: "\r\n")
      #expect(Armour.decode([UInt8](windows.utf8), label: .key) == body)
    }
  }

  @Test(
    "Armour in another form is refused",
    arguments: [
      "", "-----BEGIN NIGHTSAFE KEY-----\nAAAA\n", "AAAA\n-----END NIGHTSAFE KEY-----\n",
      "-----END NIGHTSAFE KEY-----\nAAAA\n-----BEGIN NIGHTSAFE KEY-----\n",
      " -----BEGIN NIGHTSAFE KEY-----\nAAAA\n-----END NIGHTSAFE KEY-----\n",
      "-----BEGIN NIGHTSAFE KEY----- \nAAAA\n-----END NIGHTSAFE KEY-----\n",
      "-----BEGIN NIGHTSAFE KEY-----\nAAAA\n-----END NIGHTSAFE KEY-----\nx\n",
      "-----BEGIN NIGHTSAFE KEY-----\nAAAA\n\nAAAA\n-----END NIGHTSAFE KEY-----\n",
      "-----BEGIN NIGHTSAFE KEY-----\nAAAA \n-----END NIGHTSAFE KEY-----\n",
      "-----BEGIN NIGHTSAFE KEY-----\nAA==\nAAAA\n-----END NIGHTSAFE KEY-----\n",
      // A KELVIN SIGN, which Unicode calls equivalent to K.
      "-----BEGIN NIGHTSAFE \u{212a}EY-----\nAAAA\n-----END NIGHTSAFE KEY-----\n",
      "-----BEGIN NIGHTSAFE KEY-----\nAAAA\n-----END NIGHTSAFE PUBLIC KEY-----\n",
      """
      -----BEGIN NIGHTSAFE KEY-----
      AAAA
      -----END NIGHTSAFE KEY-----
      -----BEGIN NIGHTSAFE KEY-----
      AAAA
      -----END NIGHTSAFE KEY-----

      """,
    ])
  func noArmour(_ text: String) {
    #expect(Armour.decode([UInt8](text.utf8), label: .key) == nil)
  }

  @Test("Forty lines may stand before the armour, of any bytes")
  func comments() {
    let armour = [UInt8](Armour.encode([1, 2, 3], label: .key, comment: []).utf8)
    func lines(_ count: Int) -> [UInt8] {
      [UInt8]([[UInt8]](repeating: [0xff, 0x00, 0x0a], count: count).joined())
    }
    #expect(Armour.decode(lines(40) + armour, label: .key) == [1, 2, 3])
    #expect(Armour.decode(lines(41) + armour, label: .key) == nil)
    let long = [UInt8](repeating: 0x78, count: Limits.smallTextByteCount) + [0x0a]
    #expect(Armour.decode(long + armour, label: .key) == nil)
  }

  @Test("Base64 has one form")
  func base64() {
    var generator = SeededGenerator(seed: 150)
    for count in 0..<70 {
      let bytes = generator.bytes(count)
      let text = Base64.encode(bytes)
      #expect(Base64.decode(text) == bytes)
      // Every other character in every place gives other bytes or none.
      for (i, character) in text.utf8.enumerated() where count < 6 {
        for other in UInt8.min...UInt8.max where other != character {
          var changed = [UInt8](text.utf8)
          changed[i] = other
          let decoded = Base64.decode(String(decoding: changed, as: UTF8.self))
          if let decoded { #expect(decoded != bytes) }
        }
      }
    }
    #expect(Base64.encode([UInt8]("foobar".utf8)) == "Zm9vYmFy")  // RFC 4648, section 10
    #expect(Base64.encode([UInt8]("fooba".utf8)) == "Zm9vYmE=")
    #expect(Base64.encode([UInt8]("foob".utf8)) == "Zm9vYg==")
    for text in ["Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "====", "Z===", "Zm 9", "Zm9v\n", "Zm-_"]
    {
      #expect(Base64.decode(text) == nil, "\(text)")
    }
  }

  @Test("Hex is lower case, two digits a byte")
  func hex() {
    #expect(Hex.encode([0, 0x9a, 0xff]) == "009aff")
    #expect(Hex.decode("009aff") == [0, 0x9a, 0xff])
    for text in ["0", "0A", "0g", " 00", "00 ", "０１"] { #expect(Hex.decode(text) == nil) }
    #expect(RunID(hex: "00") == nil)
    #expect(
      RunID(hex: String(repeating: "0f", count: 16))?.hex == String(repeating: "0f", count: 16))
  }

  @Test("Identifiers are ordered as their bytes are")
  func identifiers() {
    var generator = SeededGenerator(seed: 151)
    for _ in 0..<300 {
      var a = generator.bytes(32)
      let b = Bool.random(using: &generator) ? generator.bytes(32) : a
      if Bool.random(using: &generator) { a[Int.random(in: 0..<32, using: &generator)] ^= 0x80 }
      #expect(
        Digest(a).flatMap { x in Digest(b).map { x < $0 } } == a.lexicographicallyPrecedes(b))
      let (c, d) = ([UInt8](a[0..<16]), [UInt8](b[0..<16]))
      #expect(RunID(c).flatMap { x in RunID(d).map { x < $0 } } == c.lexicographicallyPrecedes(d))
      #expect(Digest(a)?.bytes == a && RunID(c)?.bytes == c)
    }
    #expect(Digest([UInt8](repeating: 0, count: 31)) == nil)
    #expect(KeyID([UInt8](repeating: 0, count: 17)) == nil)
  }

  @Test("Base32 reads what people type")
  func base32() {
    var generator = SeededGenerator(seed: 152)
    for _ in 0..<200 {
      let bytes = generator.bytes(5)
      let text = Base32.encode(group: bytes)
      let digits = Base32.digits(text)
      #expect(digits.count == 8 && Base32.decode(digits: digits[...]) == bytes)
      #expect(Base32.digits(text.lowercased()) == digits)
    }
    #expect(Base32.digits("oO iI-lL\t0\n1\r") == [0, 0, 1, 1, 1, 1, 0, 1])
    #expect(Base32.digits("AuZ*é") == [10, 255, 31, 255, 255])
  }
}
