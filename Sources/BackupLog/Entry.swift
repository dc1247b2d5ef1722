public import BackupFormat

/// An entry of the log: one or more lines, each an envelope.
public struct Entry: Hashable, Sendable {
  /// The most bytes an entry has.
  public static let byteCountMax = 65_536

  /// The envelopes, in order; at least one.
  public let envelopes: [Envelope]

  /// Makes an entry of envelopes; nil if there is none.
  public init?(_ envelopes: [Envelope]) {
    guard !envelopes.isEmpty else { return nil }
    self.envelopes = envelopes
  }

  /// Reads an entry.
  ///
  /// - Throws: ``FormatError/limitExceeded(_:)`` beyond ``byteCountMax``, another ``FormatError``
  ///   for anything but what ``bytes`` writes.
  public init(parsing bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Self.byteCountMax else { throw .limitExceeded(.entry) }
    guard bytes.last == 0x0a else { throw .notCanonical(at: bytes.count) }
    var envelopes: [Envelope] = []
    var start = 0
    while start < bytes.count {
      guard let end = bytes[start...].firstIndex(of: 0x0a) else {
        throw .notCanonical(at: bytes.count)
      }
      envelopes.append(try Envelope(parsing: bytes.span.extracting(start..<end)))
      start = end + 1
    }
    self.envelopes = envelopes
  }

  /// The entry as it is stored.
  public var bytes: [UInt8] { envelopes.flatMap(\.line) }
}
