/// The name of an object in a storage, as in "packs/0a1b/17".
///
/// One to four components joined by "/"; each has 1 to 100 bytes of `A-Z a-z 0-9 . _ -` and does
/// not begin with "."; at most 255 bytes in all. So no key leads out of a storage, and none is a
/// temporary name. Keys are ordered by their bytes.
public struct StorageKey: Hashable, Comparable, Sendable {
  /// The most bytes of a component: temporary names beside it must fit a file name too.
  public static let componentByteCountMax = 100
  /// The most bytes of a key: what common file systems allow for one name.
  public static let byteCountMax = 255
  /// The most components.
  public static let componentCountMax = 4

  private let text: String

  /// Checks `text`, and returns `nil` unless it is a key.
  public init?(_ text: String) {
    var text = text
    guard text.utf8.count <= Self.byteCountMax, text.withUTF8Bytes(Self.isLegal) else { return nil }
    self.text = text
  }

  /// Checks `bytes`, and returns `nil` unless they are a key.
  public init?(bytes: [UInt8]) {
    guard bytes.count <= Self.byteCountMax, Self.isLegal(bytes.span) else { return nil }
    text = String(decoding: bytes, as: UTF8.self)
  }

  /// A key that stands in the source; one that is none ends the program.
  public init(literal: StaticString) {
    let text = literal.description
    precondition(Self(text) != nil, "a literal key follows the rule of keys")
    self.text = text
  }

  /// The parts between the slashes.
  public var components: [String] { text.split(separator: "/").map(String.init) }

  /// The last component.
  public var name: String { components.last ?? text }

  /// The key without its last component, or `nil` if it has only one.
  public var parent: StorageKey? {
    guard let slash = text.lastIndex(of: "/") else { return nil }
    return StorageKey(String(text[..<slash]))
  }

  /// The key one component deeper, or `nil` if that is none.
  public func appending(_ component: String) -> StorageKey? {
    component.utf8.contains(0x2F) ? nil : StorageKey(text + "/" + component)
  }

  /// Whether this key lies below the folder `prefix`; everything lies below "".
  public func isBelow(_ prefix: String) -> Bool {
    prefix.isEmpty || (text.hasPrefix(prefix) && text.dropFirst(prefix.count).hasPrefix("/"))
  }

  /// The key as bytes.
  public var bytes: [UInt8] { Array(text.utf8) }

  /// Whether `left` comes first by its bytes.
  public static func < (left: StorageKey, right: StorageKey) -> Bool { left.text < right.text }

  private static func isLegal(_ bytes: Span<UInt8>) -> Bool {
    var componentByteCount = 0
    var slashCount = 0
    for index in bytes.indices {
      switch bytes[index] {
      case 0x2F:
        if componentByteCount == 0 { return false }
        componentByteCount = 0
        slashCount += 1
      case 0x2E where componentByteCount == 0:
        return false
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2E, 0x5F, 0x2D:
        componentByteCount += 1
        if componentByteCount > componentByteCountMax { return false }
      default:
        return false
      }
    }
    return componentByteCount > 0 && slashCount < componentCountMax
  }
}

extension StorageKey: CustomStringConvertible {
  /// The key as text.
  public var description: String { text }
}

extension String {
  /// Lends the bytes, contiguous if need be.
  fileprivate mutating func withUTF8Bytes(_ body: (Span<UInt8>) -> Bool) -> Bool {
    makeContiguousUTF8()
    return body(utf8.span)
  }
}
