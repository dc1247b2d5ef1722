/// The rules and the order of paths in a catalogue (`Docs/format.md`, sections 1 and 8).
public enum CataloguePath {
  /// Whether `name` can be one component: 1 to 255 bytes, no `/`, no NUL, not `.` or `..`.
  public static func isValidName(_ name: [UInt8]) -> Bool {
    isValidComponent(name[...])
  }

  /// Whether `name` can stand in the valid folder `folder`: as a name, and as a path together.
  public static func isValid(_ name: [UInt8], in folder: [UInt8]) -> Bool {
    isValidName(name)
      && (folder.isEmpty || folder.count + 1 + name.count <= Limits.pathByteCount)
  }

  private static func isValidComponent(_ name: ArraySlice<UInt8>) -> Bool {
    guard !name.isEmpty, name.count <= Limits.nameByteCount else { return false }
    for byte in name where byte == 0x2f || byte == 0 { return false }
    let first = name.startIndex
    if name[first] == 0x2e {
      if name.count == 1 { return false }
      if name.count == 2, name[first + 1] == 0x2e { return false }
    }
    return true
  }

  /// Whether `path` is valid; the empty path is the root.
  public static func isValid(_ path: [UInt8]) -> Bool {
    guard path.count <= Limits.pathByteCount else { return false }
    if path.isEmpty { return true }
    var start = 0
    for i in 0...path.count where i == path.count || path[i] == 0x2f {
      guard isValidComponent(path[start..<i]) else { return false }
      start = i + 1
    }
    return true
  }

  /// Joins a folder and a name.
  public static func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
    folder.isEmpty ? name : folder + [0x2f] + name
  }

  /// The folder and the name of a path; nil for the root.
  public static func split(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8])? {
    guard !path.isEmpty else { return nil }
    guard let slash = path.lastIndex(of: 0x2f) else { return ([], path) }
    return ([UInt8](path[..<slash]), [UInt8](path[(slash + 1)...]))
  }

  /// Compares folders in the order of their sections: depth first, by the bytes of the names.
  ///
  /// - Returns: Below, at or above zero.
  public static func compareFolders(_ a: [UInt8], _ b: [UInt8]) -> Int {
    let count = min(a.count, b.count)
    for i in 0..<count where a[i] != b[i] {
      // The separator sorts before every byte of a name.
      if a[i] == 0x2f { return -1 }
      if b[i] == 0x2f { return 1 }
      return a[i] < b[i] ? -1 : 1
    }
    return a.count == b.count ? 0 : a.count < b.count ? -1 : 1
  }

  /// Compares names by their bytes; below, at or above zero.
  public static func compareNames(_ a: [UInt8], _ b: [UInt8]) -> Int {
    let count = min(a.count, b.count)
    for i in 0..<count where a[i] != b[i] { return a[i] < b[i] ? -1 : 1 }
    return a.count == b.count ? 0 : a.count < b.count ? -1 : 1
  }

  /// Whether one entry comes before another in a catalogue.
  public static func precedes(
    _ a: (folder: [UInt8], name: [UInt8]), _ b: (folder: [UInt8], name: [UInt8])
  ) -> Bool {
    let folders = compareFolders(a.folder, b.folder)
    return folders != 0 ? folders < 0 : compareNames(a.name, b.name) < 0
  }

  /// Whether `path` is `folder` or lies below it.
  public static func isWithin(_ path: [UInt8], _ folder: [UInt8]) -> Bool {
    if folder.isEmpty { return true }
    guard path.count >= folder.count else { return false }
    for i in 0..<folder.count where path[i] != folder[i] { return false }
    return path.count == folder.count || path[folder.count] == 0x2f
  }
}
