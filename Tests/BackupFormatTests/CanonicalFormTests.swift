import BackupFormat
import BackupTestSupport
import Testing

@Suite("Every structure has one form")
struct CanonicalFormTests {
  @Test("What is read is written as it was", arguments: Structure.all)
  func roundTrip(_ structure: Structure) throws {
    for sample in structure.samples { try structure.expectCanonical(sample) }
  }

  @Test("Every beginning of a sample is refused", arguments: Structure.all)
  func prefixes(_ structure: Structure) {
    for (i, sample) in structure.samples.enumerated() {
      for count in 0..<sample.count
      where !structure.isOpaque(sample, count) || count % 101 == 0 {
        structure.expectRefusal([UInt8](sample[0..<count]), "sample \(i) cut at \(count)")
      }
    }
  }

  @Test("A byte behind the end is refused", arguments: Structure.all)
  func trailingByte(_ structure: Structure) {
    for (i, sample) in structure.samples.enumerated() {
      for byte: UInt8 in [0, 1, 0x0a, 0x20, 0x7d, 0xff] {
        structure.expectRefusal(sample + [byte], "sample \(i) and \(byte)")
      }
    }
  }

  @Test(
    "A flipped bit is refused, or gives another value in its one form", arguments: Structure.all)
  func bitFlips(_ structure: Structure) {
    for (i, sample) in structure.samples.enumerated() {
      var flipped = sample
      for bit in 0..<sample.count * 8
      where !structure.isOpaque(sample, bit / 8) || bit % 1009 == 0 {
        if let isFree = structure.isFree, isFree(sample, bit / 8) { continue }
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
        // Refused is as good as read.
        let again = try? structure.recode(flipped)
        if let again, again != flipped { Issue.record("sample \(i), bit \(bit): two forms") }
        flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      }
    }
  }

  @Test("Random bytes never end the program", arguments: Structure.all)
  func randomBytes(_ structure: Structure) {
    var generator = SeededGenerator(seed: 11)
    for sample in structure.samples {
      for _ in 0..<60 {
        var bytes = sample
        let start = Int.random(in: 0..<bytes.count, using: &generator)
        for i in start..<min(bytes.count, start + Int.random(in: 1...12, using: &generator)) {
          bytes[i] = [0, 1, 0x7f, 0x80, 0xfe, 0xff][Int.random(in: 0...5, using: &generator)]
        }
        let again = try? structure.recode(bytes)
        if let again, structure.isFree == nil { #expect(again == bytes) }
      }
    }
  }
}
