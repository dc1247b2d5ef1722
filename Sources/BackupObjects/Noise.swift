internal import BackupCompression

/// Whether bytes look as if they had been encrypted or compressed.
public enum Noise {
  /// Bytes fewer than this are never called noise.
  public static let byteCountMin = 1024

  /// Says whether no part of `bytes` looks compressible.
  public static func isNoise(_ bytes: Span<UInt8>) -> Bool {
    bytes.count >= byteCountMin && Entropy.looksIncompressible(bytes)
  }
}
