import BackupDatabase
import BackupFormat
public import BackupLog
import BackupPolicy
import BackupSystem

/// What a timed restore test found: level L3, or L4 where a person used what was restored.
public struct RestoreTestOutcome: Sendable {
  /// When it began and ended, seconds since 1970; its duration on a steady clock, nanoseconds.
  public var started: Int64 = 0
  /// When it ended.
  public var ended: Int64 = 0
  /// How long restoring took, without the comparison.
  public var restoreNanoseconds: UInt64 = 0
  /// When the restored copy was destroyed.
  public var destroyed: Int64 = 0
  /// Files restored and compared.
  public var fileCount = 0
  /// Bytes restored and compared.
  public var byteCount: UInt64 = 0
  /// Files that differ from what was stored.
  public var mismatchCount = 0
  /// Files that also were compared with the unchanged source.
  public var sourceComparedCount = 0
  /// Files that differ from their source though size and time are the same.
  public var sourceMismatchCount = 0
  /// Databases of `sqlite` sources, and whether SQLite opened each and found it sound.
  public var databases: [TestMinutes.Database] = []
  /// Those that SQLite opened and found sound.
  public var databasesOpenedCount: Int { databases.count(where: \.isSound) }
  /// Those that it did not.
  public var databasesFailedCount: Int { databases.count { !$0.isSound } }
  /// What the restore itself reported.
  public var report = RestoreReport()
  /// What a person says who used the copy; nil if nobody did.
  public var use: Use?

  /// What a person says who used what was restored.
  public struct Use: Hashable, Sendable {
    /// What was opened, in the person's words.
    public var words: String
    /// Whether it could be used.
    public var isUsable: Bool

    /// A person's word.
    public init(words: String, isUsable: Bool) {
      self.words = words
      self.isUsable = isUsable
    }
  }

  /// The result in the words of the log.
  public var result: Predicate.TestResult {
    let isUseless = use.map { !$0.isUsable } ?? false
    if mismatchCount > 0 || databasesFailedCount > 0 || report.isDamaged || !report.failures.isEmpty
      || isUseless
    {
      return .failed
    }
    return sourceMismatchCount > 0 || report.refusedMetadataCount > 0 ? .warned : .passed
  }
}

/// Restores into a folder of its own, compares with the catalogue and with the live source where
/// that is unchanged, and destroys the copy again, whatever happens.
public struct RestoreTest {
  private let snapshot: OpenSnapshot
  private let folder: [UInt8]
  private let clock: EngineClock

  /// - Parameter parent: An existing folder with room; the copy lies below it with mode 0700.
  public init(_ snapshot: OpenSnapshot, below parent: [UInt8], clock: @escaping EngineClock) {
    self.snapshot = snapshot
    self.clock = clock
    folder = parent + [UInt8]("/nightsafe-test-\(Machine.processNumber)".utf8)
  }

  /// A random choice of files, each equally likely.
  public static func sample(_ snapshot: OpenSnapshot, count: Int) throws -> [[UInt8]] {
    var chosen: [[UInt8]] = []
    var seen = 0
    try snapshot.forEachEntry(.everything) { folder, entry in
      guard case .file = entry.content, !entry.isUnreadable,
        !snapshot.erasures.withholds(entry, in: folder)
      else { return }
      seen += 1
      if chosen.count < count {
        chosen.append(CataloguePath.join(folder, entry.name))
      } else {
        let place = Int.random(in: 0..<seen)
        if place < count { chosen[place] = CataloguePath.join(folder, entry.name) }
      }
    }
    return chosen
  }

  /// Does it for `paths`, or for everything if there are none.
  ///
  /// - Parameter use: Asks a person who uses the copy, which lies at the path, after it was compared and
  ///   before it is destroyed.
  public func execute(
    _ paths: [[UInt8]], use: ((_ folder: [UInt8]) throws -> RestoreTestOutcome.Use)? = nil
  ) throws -> RestoreTestOutcome {
    var outcome = RestoreTestOutcome()
    outcome.started = clock().unix
    let selection = try PathSelection(exact: paths)
    do {
      let start = SystemClock.monotonicNanoseconds()
      outcome.report = try Restore(
        snapshot, RestoreRequest(target: folder, selection: selection)
      ).run()
      outcome.restoreNanoseconds = SystemClock.monotonicNanoseconds() - start
      try compare(selection, &outcome)
      outcome.ended = clock().unix
      outcome.use = try use?(folder)
    } catch {
      try destroy()
      throw error
    }
    try destroy()
    outcome.destroyed = clock().unix
    return outcome
  }

  private func destroy() throws {
    do {
      let target = try RestoreTarget(folder)
      for entry in try DirectoryEntries.read(target.root) { try target.remove([], entry.name) }
      try FileSystem.removeDirectory(at: nil, folder)
    } catch {
      throw EngineError.system(path: folder, error)
    }
  }

  private func compare(
    _ selection: PathSelection, _ outcome: inout RestoreTestOutcome
  ) throws {
    let target = try RestoreTarget(folder)
    var counted = outcome
    let databases = Self.databases(of: snapshot)
    try snapshot.forEachEntry(selection) { parent, entry in
      guard case .file(let byteCount, _) = entry.content, !entry.isUnreadable,
        !snapshot.erasures.withholds(entry, in: parent)
      else { return }
      let path = CataloguePath.join(parent, entry.name)
      counted.fileCount += 1
      counted.byteCount += byteCount
      let file: Descriptor
      do {
        file = try Descriptor.openBeneath(root: target.root, path: path, flags: [.noFollow])
      } catch {
        counted.mismatchCount += 1
        return
      }
      guard try isSame(path, file, byteCount) else {
        counted.mismatchCount += 1
        return
      }
      if databases.contains(path) {
        openDatabase(path, &counted)
      } else {
        // A database's consistent copy differs rightly from the file that is in use.
        try compareSource(path, entry, &counted)
      }
    }
    outcome = counted
  }

  /// The `sqlite` sources of the policy with which the snapshot was made, by their catalogue paths.
  private static func databases(of snapshot: OpenSnapshot) -> Set<[UInt8]> {
    // A policy of a later version says nothing to this program.
    guard let policy = try? Policy.decode(snapshot.root.policyText),
      let dataSet = policy.dataSet(named: snapshot.root.setName)
    else { return [] }
    var paths: Set<[UInt8]> = []
    for case .database(let path) in dataSet.sources {
      paths.insert(PreparedSources.cataloguePath([UInt8](path.utf8)))
    }
    return paths
  }

  private func openDatabase(_ path: [UInt8], _ outcome: inout RestoreTestOutcome) {
    // Whatever SQLite says against it, it is no database that could be used.
    let isSound = (try? DatabaseFile.isSound(folder + [0x2f] + path)) == true
    outcome.databases.append(TestMinutes.Database(path: path, isSound: isSound))
  }

  /// Whether an open file holds exactly what the snapshot stores under a path.
  private func isSame(_ path: [UInt8], _ file: Descriptor, _ byteCount: UInt64) throws -> Bool {
    guard try FileStatus.read(of: file).byteCount == byteCount else { return false }
    var offset: UInt64 = 0
    var found: [UInt8] = []
    var isEqual = true
    do {
      try snapshot.dump(path) { expected in
        if found.count < expected.count {
          found = [UInt8](repeating: 0, count: expected.count)
        }
        var all = found.mutableSpan
        var span = all._mutatingExtracting(0..<expected.count)
        let count = try file.readFully(at: offset, into: &span)
        guard count == expected.count,
          Bytes.areEqual(found.span.extracting(0..<count), expected)
        else {
          isEqual = false
          return false
        }
        offset += UInt64(count)
        return true
      }
    } catch let error as EngineError {
      guard case .object = error else { throw error }
      return false
    }
    return isEqual
  }

  /// Compares with the live source, where its size and time say that it is unchanged.
  private func compareSource(
    _ path: [UInt8], _ entry: CatalogueEntry, _ outcome: inout RestoreTestOutcome
  ) throws {
    guard case .file(let byteCount, _) = entry.content, !entry.changedDuringRead,
      // The source may be on another machine, or gone: then there is nothing to compare.
      let source = try? Descriptor.openFile(at: nil, [0x2f] + path),
      let status = try? FileStatus.read(of: source), status.type == .regular,
      status.byteCount == byteCount, status.modificationTime == entry.modificationTime
    else { return }
    outcome.sourceComparedCount += 1
    if try !isSame(path, source, byteCount) { outcome.sourceMismatchCount += 1 }
  }
}
