import Testing

import BackupCrypto

@Suite("Constant time")
struct ConstantTimeTests {
  @Test func equalsOnlyTheSameBytes() {
    for byteCount in [0, 1, 31, 32, 33, 100] {
      let bytes = (0..<byteCount).map { UInt8($0) }
      #expect(areEqual(bytes, bytes))
      #expect(!areEqual(bytes, bytes + [0]))
      #expect(!areEqual(bytes + [0], bytes))
      for bit in 0..<byteCount * 8 { #expect(!areEqual(bytes, bytes.flippingBit(bit))) }
    }
  }

  /// Spans cannot stand inside `#expect`.
  private func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    ConstantTime.areEqual(a.span, b.span)
  }
}
