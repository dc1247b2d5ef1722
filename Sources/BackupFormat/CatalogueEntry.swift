/// A stretch of a file: bytes of a block, or zeros.
public struct Extent: Hashable, Sendable {
  /// The block; meaningless for zeros.
  public var address: BlockAddress
  /// Where the bytes begin in the raw block.
  public var offset: UInt32
  /// How many bytes, at least one.
  public var byteCount: UInt64
  /// Whether these are zeros, restored as a hole.
  public var isZeros: Bool

  /// Bytes of a block.
  public init(_ address: BlockAddress, offset: UInt32, byteCount: UInt32) {
    self.address = address
    self.offset = offset
    self.byteCount = UInt64(byteCount)
    isZeros = false
  }

  /// Zeros.
  public init(zeros byteCount: UInt64) {
    address = BlockAddress(run: .zero, number: 0)
    offset = 0
    self.byteCount = byteCount
    isZeros = true
  }

  /// Whether `next` only continues this extent.
  public func isContinued(by next: Extent) -> Bool {
    if isZeros || next.isZeros { return isZeros && next.isZeros }
    return address == next.address && UInt64(offset) + byteCount == UInt64(next.offset)
  }
}

extension [Extent] {
  /// Adds an extent, or lengthens the last one.
  @inlinable
  public mutating func appendMerging(_ extent: Extent) {
    if let last, last.isContinued(by: extent) {
      self[count - 1].byteCount += extent.byteCount
    } else {
      append(extent)
    }
  }
}

/// A name and a value that hang on a file.
public struct ExtendedAttribute: Hashable, Sendable {
  /// The full name, such as `user.comment`.
  public var name: [UInt8]
  /// The value.
  public var value: [UInt8]
  /// Makes an attribute.
  public init(name: [UInt8], value: [UInt8]) {
    self.name = name
    self.value = value
  }
}

/// One line of a catalogue (`Docs/format.md`, section 8).
public struct CatalogueEntry: Hashable, Sendable {
  /// What an entry is, with what only that kind has.
  public enum Content: Hashable, Sendable {
    /// A regular file: its size, and where its bytes are.
    case file(byteCount: UInt64, extents: [Extent])
    /// A folder.
    case folder
    /// A symbolic link and where it points.
    case symbolicLink(target: [UInt8])
    /// A FIFO.
    case fifo
    /// A character device.
    case characterDevice(major: UInt32, minor: UInt32)
    /// A block device.
    case blockDevice(major: UInt32, minor: UInt32)
    /// A further name of a file; the path of its first one.
    case hardLink(first: [UInt8])

    var type: UInt8 {
      switch self {
      case .file: 0
      case .folder: 1
      case .symbolicLink: 2
      case .fifo: 3
      case .characterDevice: 4
      case .blockDevice: 5
      case .hardLink: 6
      }
    }
  }

  /// The name in its folder.
  public var name: [UInt8]
  /// Permission bits, 0 to 0o7777.
  public var mode: UInt16
  /// The owner.
  public var userID: UInt32
  /// The group.
  public var groupID: UInt32
  /// Modification time, whole seconds since 1970 UTC.
  public var modificationSeconds: Int64
  /// Its nanoseconds, below 1,000,000,000.
  public var modificationNanoseconds: UInt32
  /// What it is.
  public var content: Content
  /// Its extended attributes, sorted by name.
  public var attributes: [ExtendedAttribute]
  /// Whether it changed while it was read.
  public var changedDuringRead: Bool
  /// Whether it could not be read.
  public var isUnreadable: Bool

  /// Makes an entry.
  public init(
    name: [UInt8], mode: UInt16, userID: UInt32, groupID: UInt32, modificationSeconds: Int64,
    modificationNanoseconds: UInt32, content: Content, attributes: [ExtendedAttribute] = [],
    changedDuringRead: Bool = false, isUnreadable: Bool = false
  ) {
    self.name = name
    self.mode = mode
    self.userID = userID
    self.groupID = groupID
    self.modificationSeconds = modificationSeconds
    self.modificationNanoseconds = modificationNanoseconds
    self.content = content
    self.attributes = attributes
    self.changedDuringRead = changedDuringRead
    self.isUnreadable = isUnreadable
  }
}
