import BackupStorage
import BackupTestSupport
import Synchronization

/// Memory in which another acts just after something was listed, or just before something is put.
final class OvertakenStorage: WrappingStorage {
  let inner: any Storage = MemoryStorage()
  // Guards what the other is about to do.
  private let plan = Mutex<(prefix: String, act: @Sendable () throws -> Void)?>(nil)

  /// Lets another act, once, when `prefix` was listed.
  func afterListing(_ prefix: String, _ act: @escaping @Sendable () throws -> Void) {
    plan.withLock { $0 = (prefix, act) }
  }

  // Guards what the other is about to do before an object is put.
  private let putPlan = Mutex<(prefix: String, act: @Sendable () throws -> Void)?>(nil)

  /// Lets another act, once, before an object below `prefix` is put.
  func beforePutting(_ prefix: String, _ act: @escaping @Sendable () throws -> Void) {
    putPlan.withLock { $0 = (prefix, act) }
  }

  func put(_ key: StorageKey, _ bytes: Span<UInt8>) throws(StorageError) -> PutOutcome {
    let act = putPlan.withLock { plan in
      guard let prefix = plan?.prefix, key.description.hasPrefix(prefix) else {
        return nil as (@Sendable () throws -> Void)?
      }
      defer { plan = nil }
      return plan?.act
    }
    do { try act?() } catch { throw .unreachable }
    return try inner.put(key, bytes)
  }

  func list(_ prefix: String) throws(StorageError) -> StorageListing {
    let listing = try inner.list(prefix)
    let act = plan.withLock { plan in
      guard plan?.prefix == prefix else { return nil as (@Sendable () throws -> Void)? }
      defer { plan = nil }
      return plan?.act
    }
    do { try act?() } catch { throw .unreachable }
    return listing
  }
}
