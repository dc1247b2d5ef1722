import BackupFormat
import BackupLog

extension ErasureRequest {
  /// The canonical JSON that is sealed.
  var text: [UInt8] {
    CanonicalJSON.object([
      "cleanBy": .integer(cleanBy), "created": .integer(created), "cutOff": .integer(cutOff),
      "erasure": .string(erasure.hex),
      "paths": .array(paths.map { .string(Base64.encode($0)) }),
      "patterns": .array(patterns.map { .string(Base64.encode($0)) }),
      "reason": .string(reason), "schema": .string(Self.schema),
      "tasks": .array(tasks.map { .string($0) }),
    ]).encode()
  }

  /// Reads the text of a request; every part is checked as when it is made.
  init(text: [UInt8]) throws(ErasureFault) {
    let fields: [String: CanonicalJSON]
    do { fields = try CanonicalJSON(decoding: text).object ?? [:] } catch { throw .notARequest }
    guard fields.count == 9, fields["schema"]?.string == Self.schema,
      let cleanBy = fields["cleanBy"]?.integer, let created = fields["created"]?.integer,
      let cutOff = fields["cutOff"]?.integer,
      let erasure = fields["erasure"]?.string.flatMap({ ErasureID(hex: $0) }),
      let paths = Self.names(fields["paths"]), let patterns = Self.names(fields["patterns"]),
      let reason = fields["reason"]?.string, let tasks = fields["tasks"]?.array
    else { throw .notARequest }
    let words = tasks.compactMap(\.string)
    guard words.count == tasks.count else { throw .notARequest }
    self.init(
      erasure: erasure, cutOff: cutOff, cleanBy: cleanBy, created: created, paths: paths,
      patterns: patterns, reason: reason, tasks: words)
    try check()
    let isSorted = zip(paths, paths.dropFirst()).allSatisfy {
      CataloguePath.compareNames($0, $1) < 0
    }
    guard isSorted else { throw .notARequest }
  }

  private static func names(_ value: CanonicalJSON?) -> [[UInt8]]? {
    guard let list = value?.array else { return nil }
    var names: [[UInt8]] = []
    for item in list {
      guard let text = item.string, let name = Base64.decode(text) else { return nil }
      names.append(name)
    }
    return names
  }
}
