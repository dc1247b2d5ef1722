import Testing

import BackupCrypto

@Suite("Random bytes")
struct RandomBytesTests {
  @Test(arguments: [0, 1, 24, 4096])
  func drawsAsManyAsAsked(count: Int) throws {
    #expect(try RandomBytes.make(count: count).count == count)
  }

  @Test func fillsTheWholeSpan() throws {
    var everNonZero = [Bool](repeating: false, count: 100)
    for _ in 0..<20 {
      var bytes = [UInt8](repeating: 0, count: 100)
      var span = bytes.mutableSpan
      try RandomBytes.fill(&span)
      for (i, byte) in bytes.enumerated() where byte != 0 { everNonZero[i] = true }
    }
    #expect(everNonZero.allSatisfy { $0 })
  }

  @Test func doesNotRepeatItself() throws {
    let draws = try (0..<1000).map { _ in try RandomBytes.make(count: 24) }
    #expect(Set(draws).count == draws.count)
  }
}
