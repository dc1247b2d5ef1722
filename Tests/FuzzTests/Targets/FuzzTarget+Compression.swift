import BackupCompression
import BackupCrypto
import BackupFormat
import BackupObjects

extension FuzzTarget {
  /// What comes out of a decompressor is bounded, whatever goes in (section 3).
  static let compressionTargets: [FuzzTarget] = [
    FuzzTarget(description: "zstd") { input in
      let decompressor = try ZstdDecompressor()
      return try bounded(input) { input, output in
        try decompressor.decompress(input.span, into: &output)
      }
    },
    FuzzTarget(description: "zlib") { input in
      let decompressor = try ZlibDecompressor()
      return try bounded(input) { input, output in
        try decompressor.decompress(input.span, into: &output)
      }
    },
    FuzzTarget(description: "block") { input in
      let key = try SecretKey(copying: [UInt8](repeating: 7, count: 32).span)
      let data = AssociatedData(
        .dataBlock, repository: Zeros.repository, set: .zero, run: .zero, number: 0)
      let sealed = try XAES256GCM.seal(input, key: key, binding: data.bytes)
      var opener = try BlockOpener(repository: Zeros.repository, set: .zero)
      var raw: [UInt8] = []
      let count = try opener.open(
        sealed.span, key: key, kind: .dataBlock, address: BlockAddress(run: .zero, number: 0),
        into: &raw)
      guard 1...Limits.rawBlockByteCount ~= count, raw.count >= count else {
        return "it holds more than a block may"
      }
      return nil
    },
  ]

  /// The first two bytes say how much room there is.
  private static func bounded(
    _ input: [UInt8], _ decompress: ([UInt8], inout MutableSpan<UInt8>) throws -> Int
  ) throws -> String? {
    guard input.count >= 2 else { return nil }
    let room = Int(input[0]) | Int(input[1]) << 8
    var output = [UInt8](repeating: 0xa5, count: room + 64)
    var whole = output.mutableSpan
    var front = whole._mutatingExtracting(0..<room)
    let count = try decompress([UInt8](input[2...]), &front)
    guard count <= room else { return "more came out than there is room" }
    return output[room...].allSatisfy { $0 == 0xa5 } ? nil : "it wrote behind the room"
  }
}
