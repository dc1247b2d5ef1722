/// Whether a put stored its bytes or found the key taken.
public enum PutOutcome: Hashable, Sendable {
  /// The bytes are stored under the key.
  case created
  /// The key existed; its bytes are as they were.
  case exists
}

/// An object that a storage holds.
public struct StorageObject: Hashable, Sendable {
  /// Its name.
  public let key: StorageKey
  /// Its size.
  public let byteCount: UInt64

  /// Creates the description of an object.
  public init(key: StorageKey, byteCount: UInt64) {
    self.key = key
    self.byteCount = byteCount
  }
}

/// What a storage holds below a folder.
public struct StorageListing: Hashable, Sendable {
  /// The objects, by key.
  public var objects: [StorageObject]
  /// What is there and is no object, in order: names that are no keys, links, devices.
  ///
  /// At most ``foreignCountMax`` paths; names that begin with "." are not reported.
  public var foreignNames: [[UInt8]]

  /// The most foreign names that a listing reports.
  public static let foreignCountMax = 1000

  /// Creates a listing.
  public init(objects: [StorageObject] = [], foreignNames: [[UInt8]] = []) {
    self.objects = objects
    self.foreignNames = foreignNames
  }
}

/// A place that holds named byte strings, of which none is ever overwritten.
///
/// Every call may come from any thread. An object appears whole or not at all. What was put is
/// visible at once to every reader, and survives a crash of the machine once ``barrier()`` returned.
public protocol Storage: Sendable {
  /// Reads a whole object.
  ///
  /// - Throws: ``StorageError/notFound(_:)``; ``StorageError/tooLarge(_:limitByteCount:)``.
  func read(_ key: StorageKey, limitByteCount: Int) throws(StorageError) -> [UInt8]

  /// Fills `bytes` from `offset` of an object.
  ///
  /// - Throws: ``StorageError/notFound(_:)``; ``StorageError/truncated(_:)`` if the object ends
  ///   before `bytes` is full, what it then holds is undefined.
  func read(
    _ key: StorageKey, at offset: UInt64, into bytes: inout MutableSpan<UInt8>
  ) throws(StorageError)

  /// The size of an object, or `nil` if there is none.
  func byteCount(of key: StorageKey) throws(StorageError) -> UInt64?

  /// Lists everything below the folder `prefix`, at any depth; "" is the whole storage.
  ///
  /// A folder that does not exist is empty. `prefix` is a key or "", without a "/" at its end.
  func list(_ prefix: String) throws(StorageError) -> StorageListing

  /// The objects of ``list(_:)`` alone, without their sizes, which a file system has to be asked for one by
  /// one; sorted.
  func names(_ prefix: String) throws(StorageError) -> [StorageKey]

  /// Stores `bytes` under `key` unless the key is taken.
  ///
  /// Of several at once exactly one creates. The content is on stable storage when this returns,
  /// its name after the next ``barrier()``.
  func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome

  /// Begins an object that is too large for one call; nothing is visible before it is finished.
  func makeWriter(for key: StorageKey) throws(StorageError) -> any StorageWriter

  /// Returns after everything that was put, replaced and removed before is on stable storage.
  ///
  /// After an error nothing is known about what was put since the last barrier, and no later barrier
  /// of this storage succeeds: a system tells once that it lost something.
  func barrier() throws(StorageError)

  /// Returns after the names in `folder` are on stable storage, whoever put them there.
  ///
  /// A process that crashed, or another machine, may have put them a moment ago.
  func settle(_ folder: String) throws(StorageError)

  /// Removes an object; one that does not exist is removed already.
  func remove(_ key: StorageKey) throws(StorageError)

  /// Stores `bytes` in the place of a damaged object, in one step: for repair alone.
  func replace(_ key: StorageKey, with bytes: Span<UInt8>) throws(StorageError)

  /// Begins an object that takes the place of a damaged or missing one when it is finished, in one
  /// step: for repair alone.
  func makeReplacement(for key: StorageKey) throws(StorageError) -> any StorageWriter

  /// How many bytes can still be stored, or `nil` where nobody knows.
  func freeByteCount() throws(StorageError) -> UInt64?

  /// Whether this process may write here, as the system says when it is tried without leaving anything;
  /// `nil` where that can't be tried.
  func mayWrite() throws(StorageError) -> Bool?

  /// Makes the next read of an object come from the medium, as far as the storage can.
  func forgetCached(_ key: StorageKey) throws(StorageError)

  /// Where the storage is, for people.
  var location: String { get }
}

extension Storage {
  /// What ``list(_:)`` finds.
  public func names(_ prefix: String) throws(StorageError) -> [StorageKey] {
    try list(prefix).objects.map(\.key)
  }
}

/// An object that is being written; it belongs to one thread at a time.
///
/// A writer that goes away unfinished is cancelled.
public protocol StorageWriter: AnyObject {
  /// The key under which the object will appear.
  var key: StorageKey { get }

  /// How many bytes were appended.
  var byteCount: UInt64 { get }

  /// Appends `bytes`.
  ///
  /// - Throws: ``StorageError/noSpace`` and others; the writer can then only be cancelled.
  func append(_ bytes: Span<UInt8>) throws(StorageError)

  /// Publishes the object unless the key is taken, as ``Storage/put(_:_:)`` does.
  func finish() throws(StorageError) -> PutOutcome

  /// Throws away what was appended; does nothing after ``finish()``.
  func cancel()
}
