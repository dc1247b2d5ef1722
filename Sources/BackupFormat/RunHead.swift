/// The content key of a run, sealed to its data set.
///
/// run id [16] ‖ set id [16] ‖ HPKE envelope [1168] ‖ commitment [32]: 1,232 bytes.
public struct RunHead: Hashable, Sendable {
  /// How many bytes a head has.
  public static let byteCount = 1_232
  /// How many bytes the envelope has: encapsulated key 1,120, key 32, tag 16.
  public static let envelopeByteCount = 1_168
  /// The run.
  public var run: RunID
  /// Its data set.
  public var set: SetID
  /// The content key, sealed to the public key of the set.
  public var envelope: [UInt8]
  /// HMAC(content key, "nightsafe commit").
  public var commitment: Digest

  /// Makes a head; the envelope has ``envelopeByteCount`` bytes.
  public init(run: RunID, set: SetID, envelope: [UInt8], commitment: Digest) {
    precondition(envelope.count == Self.envelopeByteCount, "an envelope has 1168 bytes")
    self.run = run
    self.set = set
    self.envelope = envelope
    self.commitment = commitment
  }

  /// Reads a head.
  public init(from reader: inout ByteReader) throws(FormatError) {
    run = try reader.id()
    set = try reader.id()
    envelope = try reader.raw(Self.envelopeByteCount)
    commitment = try reader.id()
  }

  /// Writes the head.
  public func encode(to writer: inout ByteWriter) {
    writer.raw(run.bytes)
    writer.raw(set.bytes)
    writer.raw(envelope)
    writer.raw(commitment.bytes)
  }
}
