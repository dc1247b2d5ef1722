import BackupFormat
import BackupSystem

extension OpenSnapshot {
  /// Hands the content of a file to `write`, piece by piece, in order.
  ///
  /// - Parameter write: Takes the bytes; false ends it early.
  /// - Throws: ``EngineError/notFound(_:_:)`` if the path is no regular file,
  ///   ``EngineError/withheld`` if a request to erase names it.
  public func dump(
    _ path: [UInt8], _ write: (Span<UInt8>) throws -> Bool
  ) throws {
    if erasures.withholds(path) { throw EngineError.withheld }
    var entry = try entry(at: path)
    if case .hardLink(let first)? = entry?.content { entry = try self.entry(at: first) }
    guard case .file(_, let extents)? = entry?.content else {
      throw EngineError.notFound(.path, String(decoding: path, as: UTF8.self))
    }
    var raw: [UInt8] = []
    var rawByteCount = 0
    var last: BlockAddress?
    let zeros = [UInt8](repeating: 0, count: 1 << 16)
    for extent in extents {
      if Interrupt.isRequested { throw EngineError.interrupted }
      if extent.isZeros {
        var left = extent.byteCount
        while left > 0 {
          let count = Int(min(left, UInt64(zeros.count)))
          guard try write(zeros.span.extracting(0..<count)) else { return }
          left -= UInt64(count)
        }
        continue
      }
      if last != extent.address {
        rawByteCount = try block(extent.address, into: &raw)
        last = extent.address
      }
      let start = Int(extent.offset)
      let end = start + Int(extent.byteCount)
      // Behind the block lies what is left of others.
      guard end <= rawByteCount else {
        throw EngineError.object(path: "catalogue", .malformed(.outOfRange(.extent)))
      }
      guard try write(raw.span.extracting(start..<end)) else { return }
    }
  }
}
