import BackupCrypto
import BackupFormat
import BackupObjects
import BackupSystem

/// What the canary files held when they were seen first, known by keyed hashes of path and content.
///
/// What is altered is reported once and then remembered as it is: the owner's thaw says that it is
/// meant. A file that is missing is missed every night.
struct CanaryMemory {
  private let hasher: HMACHasher
  private let known: [String: String]
  private var seen: [String: String] = [:]
  /// Canary files that were there, as they were remembered or for the first time.
  private(set) var foundCount = 0

  static let fileName = [UInt8]("canaries".utf8)
  /// A canary is a small file: 1 MiB.
  private static let byteCountMax = 1 << 20

  init(_ state: SetState, _ secret: SetSecret) throws {
    hasher = HMACHasher(key: secret.chunkIDKey)
    var known: [String: String] = [:]
    if let bytes = try state.read(Self.fileName, limitByteCount: 1 << 20) {
      let text = String(decoding: bytes, as: UTF8.self)
      for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        if words.count == 2 { known[String(words[0])] = String(words[1]) }
      }
    }
    self.known = known
  }

  /// Looks at one canary file.
  mutating func look(at path: [UInt8]) throws(EngineError) {
    let name = hash(path)
    guard let content = try Self.content(of: path) else {
      seen[name] = known[name]
      return
    }
    let value = hash(content)
    seen[name] = value
    if known[name] == nil || known[name] == value { foundCount += 1 }
  }

  /// The content of a regular file; nil when there is none, for any reason but what the machine
  /// lacks.
  private static func content(of path: [UInt8]) throws(EngineError) -> [UInt8]? {
    do throws(SystemError) {
      guard try FileStatus.read(path: path).type == .regular else { return nil }
      return try Descriptor.openFile(at: nil, path).readToEnd(limitByteCount: byteCountMax)
    } catch {
      let folder = path.lastIndex(of: 0x2f).map { [UInt8](path[..<$0]) } ?? []
      if error.isOutOfMeans { throw .system(path: folder, error) }
      return nil
    }
  }

  private func hash(_ bytes: [UInt8]) -> String {
    hasher.update(bytes.span)
    return Hex.encode(hasher.finish())
  }

  /// Remembers what was seen, once the night is in the log.
  func remember(in state: SetState) throws {
    guard seen != known else { return }
    let text = seen.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    try state.replace(Self.fileName, with: [UInt8](text.utf8))
  }
}
