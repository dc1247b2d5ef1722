import BackupCrypto
import BackupFormat
import BackupObjects
import BackupStorage
import Synchronization

/// Content keys of runs, opened once each with the private key of the data set.
final class ContentKeys: Sendable {
  private let repository: RepositoryID
  private let privateKey: XWingPrivateKey
  private let heads: [RunID: RunHead]
  // Guards the keys that were opened so far.
  private let keys = Mutex<[RunID: SecretKey]>([:])

  init(repository: RepositoryID, privateKey: XWingPrivateKey, heads: [RunID: RunHead]) {
    self.repository = repository
    self.privateKey = privateKey
    self.heads = heads
  }

  func key(of run: RunID) throws(ObjectError) -> SecretKey {
    if let key = keys.withLock({ $0[run] }) { return key }
    guard let head = heads[run] else { throw .wrongKey }
    let key = try RunKey.open(head, with: privateKey, repository: repository).contentKey
    keys.withLock { $0[run] = key }
    return key
  }
}

/// Fetches, checks and opens single blocks: pages, and what is read out of order.
struct BlockFetcher: ~Copyable {
  private let storage: any Storage
  private let locator: BlockLocator
  private let keys: ContentKeys
  private var opener: BlockOpener

  init(
    storage: any Storage, repository: RepositoryID, set: SetID, locator: BlockLocator,
    keys: ContentKeys
  ) throws {
    let opener = try BlockOpener(repository: repository, set: set)
    self.storage = storage
    self.locator = locator
    self.keys = keys
    self.opener = opener
  }

  /// Opens a block into the front of `raw`, from the first place that holds it undamaged.
  mutating func fetch(
    _ address: BlockAddress, kind: ObjectKind, into raw: inout [UInt8]
  ) throws(EngineError) -> Int {
    var failure = EngineError.object(path: "index/", .missing)
    for location in locator.locations(of: address) {
      do throws(EngineError) {
        return try fetch(address, kind, location, &raw)
      } catch .object(let path, let problem) {
        failure = .object(path: path, problem)
      }
    }
    throw failure
  }

  private mutating func fetch(
    _ address: BlockAddress, _ kind: ObjectKind, _ location: BlockLocation, _ raw: inout [UInt8]
  ) throws(EngineError) -> Int {
    let path = location.pack.path
    var sealed = [UInt8](repeating: 0, count: location.byteCount)
    do {
      var span = sealed.mutableSpan
      try storage.read(try StorageKey.of(path), at: location.offset, into: &span)
    } catch let error as StorageError {
      throw .of(error, path)
    } catch {
      throw .object(path: path, .missing)
    }
    guard Digest(SHA256.hash(sealed)) == location.digest else {
      throw .object(path: path, .digestMismatch)
    }
    do {
      let key = try keys.key(of: address.run)
      return try opener.open(sealed.span, key: key, kind: kind, address: address, into: &raw)
    } catch {
      throw .object(path: path, .sealed(error))
    }
  }
}

extension EngineError {
  /// The error of reading an object: what is missing, truncated or lies on a bad place of the medium is
  /// damage, all else is the store's.
  static func of(_ error: StorageError, _ path: String) -> EngineError {
    switch error {
    case .notFound: .object(path: path, .missing)
    case .truncated, .tooLarge, .notAnObject: .object(path: path, .digestMismatch)
    // A bad place of the medium costs what lies there, and nothing else.
    case .inputOutput(_, _, _?): .object(path: path, .unreadable)
    default: .storage(error)
    }
  }
}
