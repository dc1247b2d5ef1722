import Foundation
import Testing

import BackupCrypto

@Suite("Secret keys")
struct SecretKeyTests {
  @Test(arguments: [0, 1, 31, 33, 64])
  func refusesOtherLengths(byteCount: Int) {
    let bytes = [UInt8](repeating: 7, count: byteCount)
    #expect(throws: CryptoError.wrongLength(expected: 32, actual: byteCount)) {
      try SecretKey(copying: bytes.span)
    }
  }

  @Test func keepsTheBytesThatItCopied() throws {
    let bytes = [UInt8](0..<32)
    let key = try SecretKey(copying: bytes.span)
    #expect(key.exposedBytes() == bytes)
    #expect(key.withExposedBytes { $0[31] } == 31)
  }

  @Test func drawsDifferentKeys() throws {
    let keys = try (0..<50).map { _ in try SecretKey.random().exposedBytes() }
    #expect(Set(keys).count == keys.count)
  }

  @Test func matchesOnlyTheSameBytes() throws {
    let bytes = [UInt8](0..<32)
    let key = try SecretKey(copying: bytes.span)
    #expect(key.matches(try SecretKey(copying: bytes.span)))
    for bit in 0..<256 {
      #expect(!key.matches(try SecretKey(copying: bytes.flippingBit(bit).span)))
    }
  }

  /// Value computed by Python's `hmac`: HMAC(HMAC(32 zeros, key), "nightsafe test" ‖ 01).
  @Test func derivesByHKDFWithoutSalt() throws {
    let key = try SecretKey(copying: [UInt8](0..<32).span)
    let derived = try key.derive(info: "nightsafe test").exposedBytes()
    #expect(derived.hex == "049291c44d9b76fb57f6b17d7289070fb87cdeab2569bedd82202f7897884152")
    let info = Array("nightsafe test".utf8)
    #expect(
      derived
        == (try HKDFSHA256.derive(
          inputKey: [UInt8](0..<32).span, salt: Span(), info: info.span, byteCount: 32)))
    #expect(!(try key.derive(info: "nightsafe").matches(try key.derive(info: "nightsafe test"))))
  }

  /// `proc_pid_smaps(5)`: "dd" in VmFlags is "do not include area into core dump".
  @Test func keepsTheKeyOutOfCoreDumps() throws {
    let key = try SecretKey.random()
    defer { extendLifetime(key) }
    let address = key.withExposedBytes {
      $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }
    let flags = try vmFlags(at: address)
    #expect(flags.contains("dd"))
    // Locking is refused where RLIMIT_MEMLOCK is used up and skipped under AddressSanitizer, so
    // the key is held to what a page of the test's own gets.
    let page = mmap(nil, 32, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    defer { munmap(page, 32) }
    mlock(page, 32)
    if try vmFlags(at: UInt(bitPattern: page)).contains("lo") { #expect(flags.contains("lo")) }
  }

  @Test func wipesAnArray() {
    var bytes = [UInt8](repeating: 0xaa, count: 1000)
    wipe(&bytes)
    #expect(bytes == [UInt8](repeating: 0, count: 1000))
    var none: [UInt8] = []
    wipe(&none)
    #expect(none.isEmpty)
  }

  private func vmFlags(at address: UInt) throws -> Set<Substring> {
    // Foundation's reading of whole files stops at a page here, for the file claims to be empty.
    let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/smaps"))
    let lines = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    var isInside = false
    for line in lines.split(separator: "\n") {
      let bounds = line.prefix { $0 != " " }.split(separator: "-")
      if bounds.count == 2, let low = UInt(bounds[0], radix: 16),
        let high = UInt(bounds[1], radix: 16)
      {
        isInside = (low..<high).contains(address)
      } else if isInside, line.hasPrefix("VmFlags:") {
        return Set(line.dropFirst(8).split(separator: " "))
      }
    }
    return []
  }
}
