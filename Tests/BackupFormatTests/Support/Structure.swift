import BackupFormat
import Testing

/// How a structure is read and written again, for checks that are the same for all of them.
struct Structure: Sendable, CustomStringConvertible {
  let description: String
  /// Samples, encoded.
  let samples: [[UInt8]]
  /// Reads bytes and writes what was read.
  let recode: @Sendable ([UInt8]) throws(FormatError) -> [UInt8]
  /// Whether bytes at an offset of a sample carry no structure, so that few of them are flipped.
  var isOpaque: @Sendable (_ sample: [UInt8], _ offset: Int) -> Bool = { _, _ in false }
  /// Whether a byte may change so that what is written again differs.
  var isFree: (@Sendable (_ sample: [UInt8], _ offset: Int) -> Bool)?
}

extension Structure {
  /// Expects that the sample is read, and written as it was.
  func expectCanonical(_ bytes: [UInt8]) throws {
    #expect(try recode(bytes) == bytes)
  }

  /// Expects a refusal.
  func expectRefusal(_ bytes: [UInt8], _ comment: Comment) {
    #expect(throws: FormatError.self, comment) { try recode(bytes) }
  }
}
