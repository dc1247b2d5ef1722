/// What a bundle holds: files, sorted by name (`Docs/format.md`, section 11.2).
///
/// varint file count ‖ (bytes name ‖ bytes what it holds)*
public struct BundleContent: Hashable, Sendable {
  /// A file.
  public struct File: Hashable, Sendable {
    /// Its name, as a path.
    public let name: String
    /// What it holds.
    public let bytes: [UInt8]
  }

  /// The files, sorted by the bytes of their names.
  public private(set) var files: [File] = []

  /// Makes the content of files in any order.
  ///
  /// - Throws: ``FormatError/badPath`` for a name that is not allowed;
  ///   ``FormatError/wrongOrder(_:)`` if one repeats or continues another;
  ///   ``FormatError/limitExceeded(_:)`` beyond the limits.
  public init(_ files: [String: [UInt8]]) throws(FormatError) {
    let sorted = files.map { File(name: $0.key, bytes: $0.value) }
      .sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var byteCount = 9
    for file in sorted {
      byteCount += 18 + file.name.utf8.count + file.bytes.count
      guard file.bytes.count <= Limits.bundleFileByteCount else { throw .limitExceeded(.size) }
    }
    guard byteCount <= Limits.bundleByteCount else { throw .limitExceeded(.size) }
    self.files = try Self.checked(sorted)
  }

  /// Reads a whole content.
  public init(decoding bytes: [UInt8]) throws(FormatError) {
    guard bytes.count <= Limits.bundleByteCount else { throw .limitExceeded(.size) }
    var reader = ByteReader(bytes)
    let count = try reader.varint()
    guard count <= UInt64(Limits.bundleFileCount) else { throw .limitExceeded(.file) }
    for _ in 0..<count {
      let name = try reader.byteString(limit: Limits.nameByteCount, .name)
      let bytes = try reader.byteString(limit: Limits.bundleFileByteCount, .size)
      guard let name = String(validating: name, as: UTF8.self) else { throw .badPath }
      files.append(File(name: name, bytes: bytes))
    }
    try reader.expectEnd()
    files = try Self.checked(files)
  }

  /// The encoded form.
  public func encode() -> [UInt8] {
    var writer = ByteWriter(
      capacity: files.reduce(16) { $0 + $1.bytes.count + $1.name.utf8.count + 8 })
    writer.varint(files.count)
    for file in files {
      writer.byteString([UInt8](file.name.utf8))
      writer.byteString(file.bytes)
    }
    return writer.bytes
  }

  private static func checked(_ files: [File]) throws(FormatError) -> [File] {
    guard 1...Limits.bundleFileCount ~= files.count else { throw .limitExceeded(.file) }
    var names: Set<String> = []
    for (i, file) in files.enumerated() {
      guard isName(file.name) else { throw .badPath }
      guard i == 0 || files[i - 1].name.utf8.lexicographicallyPrecedes(file.name.utf8) else {
        throw .wrongOrder(.name)
      }
      names.insert(file.name)
    }
    // A name can't be a file and a folder at once.
    for file in files {
      var folder = file.name[...]
      while let slash = folder.lastIndex(of: "/") {
        folder = folder[..<slash]
        guard !names.contains(String(folder)) else { throw .wrongOrder(.name) }
      }
    }
    return files
  }

  /// Whether a name may be made below any folder without leaving it or being hidden in it.
  private static func isName(_ name: String) -> Bool {
    guard 1...Limits.nameByteCount ~= name.utf8.count else { return false }
    return name.utf8.split(separator: 0x2f, omittingEmptySubsequences: false).allSatisfy { part in
      guard let first = part.first, first != 0x2e else { return false }
      return part.allSatisfy {
        switch $0 {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
        default: false
        }
      }
    }
  }
}
