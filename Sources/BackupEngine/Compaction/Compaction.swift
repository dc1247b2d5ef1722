import BackupCrypto
import BackupFormat
import BackupLog
import BackupStorage

/// What emptying packs did.
struct CompactionOutcome {
  var packCount = 0
  var byteCount: UInt64 = 0
  /// Blocks of which no place holds what their writer signed.
  var damaged: [RunID: BlockRanges] = [:]
}

/// Copies the live blocks of packs into packs of a run of its own, without a secret.
///
/// Each block is compared with the hash that its writer signed before it is copied; one that differs
/// everywhere stays where it is and is reported.
struct Compaction {
  private let session: RepositorySession
  private let signer: Signer
  private let set: SetID

  init(_ session: RepositorySession, _ set: SetID, signer: Signer) {
    self.session = session
    self.set = set
    self.signer = signer
  }

  /// Empties `packs`, which must fit one run (``EngineLimits/compactionPackCount``).
  ///
  /// - Returns: nil if another operator took the run over, or emptied them first.
  func execute(_ packs: [CompactionPlan.Pack]) throws -> CompactionOutcome? {
    let run = try start()
    var writer = CompactionPackWriter(storage: session.storage, run: run)
    do {
      let outcome = try copy(packs, to: &writer)
      guard outcome.byteCount > 0 else {
        try abandon(run)
        return outcome
      }
      return try publish(writer, run) ? outcome : nil
    } catch {
      writer.cancel()
      // What made the copy fail is what is told; a run that can't be closed now is silent from here
      // on, and is given up later.
      try? abandon(run)
      throw error
    }
  }

  private func start() throws -> RunID {
    guard let run = RunID(try RandomBytes.make(count: 16)) else { throw EngineError.unavailable }
    let set = set
    let signer = signer
    func started(_ state: LogState) -> [Draft] {
      let own = state.openRuns(of: set)
        .filter { $0.signer == signer.keyID && $0.purpose == .compaction }.map(\.id)
      return [
        Draft(
          .started(
            Predicate.Started(run: run, set: set, purpose: .compaction, continues: own.sorted())))
      ]
    }
    try session.append(started(session.logState), by: signer, again: started)
    return run
  }

  private func abandon(_ run: RunID) throws {
    let draft = Draft(.abandoned(Predicate.Abandoned(run: run)))
    try session.append([draft], by: signer) { state in
      state.runs[run]?.isOpen == true ? [draft] : []
    }
  }

  // MARK: Copy

  private func copy(
    _ packs: [CompactionPlan.Pack], to writer: inout CompactionPackWriter
  ) throws -> CompactionOutcome {
    let (locator, _) = try session.locator(of: set)
    let signed = try signedDigests(of: packs)
    var outcome = CompactionOutcome()
    for pack in packs {
      for (run, ranges) in pack.kept.sorted(by: { $0.key < $1.key }) {
        guard let head = locator.heads[run] else { continue }
        for number in ranges.ranges.lazy.flatMap({ $0.first..<$0.end }) {
          let address = BlockAddress(run: run, number: number)
          let locations = locator.locations(of: address)
          guard let digest = signed[address] ?? locations.first?.digest,
            let sealed = try read(locations, digest)
          else {
            outcome.damaged[run, default: BlockRanges()].insert(BlockRange(number))
            continue
          }
          try writer.append(sealed, digest: digest, number: number, head: head)
          outcome.byteCount += UInt64(sealed.count)
        }
      }
      outcome.packCount += 1
    }
    try writer.finish()
    return outcome
  }

  /// The hashes that writers and restorers signed of the blocks that are to be copied.
  private func signedDigests(of packs: [CompactionPlan.Pack]) throws -> [BlockAddress: Digest] {
    var wanted: [RunID: BlockRanges] = [:]
    for pack in packs {
      for (run, ranges) in pack.kept { wanted[run, default: BlockRanges()].formUnion(ranges) }
    }
    var digests: [BlockAddress: Digest] = [:]
    for name in session.logState.vouchers(of: set, for: wanted) {
      let index: IndexObject?
      do {
        index = try session.objects.indexObject(name)
      } catch {
        throw EngineError.storage(error)
      }
      guard let index else { continue }
      for pack in index.packs {
        var place = 0
        for segment in pack.segments.segments {
          let run = index.heads[segment.headIndex].run
          for i in 0..<Int(segment.count) {
            let number = segment.first + UInt32(i)
            if wanted[run]?.contains(number) == true {
              digests[BlockAddress(run: run, number: number)] = pack.segments.digest(at: place + i)
            }
          }
          place += Int(segment.count)
        }
      }
    }
    return digests
  }

  /// The sealed bytes from the first place that holds what was signed; nil if none does.
  private func read(_ locations: [BlockLocation], _ digest: Digest) throws -> [UInt8]? {
    for location in locations {
      var sealed = [UInt8](repeating: 0, count: location.byteCount)
      do {
        var span = sealed.mutableSpan
        try session.storage.read(
          try StorageKey.of(location.pack.path), at: location.offset, into: &span)
      } catch let error as StorageError {
        guard case .object = EngineError.of(error, "") else { throw EngineError.storage(error) }
        continue
      }
      if Digest(SHA256.hash(sealed)) == digest { return sealed }
    }
    return nil
  }

  // MARK: Publish

  /// Packs, then index objects, then the log; false if the run is no longer ours to close.
  private func publish(_ writer: CompactionPackWriter, _ run: RunID) throws -> Bool {
    let storage = session.storage
    var subjects: [Subject] = []
    func isOurs(_ state: LogState) -> Bool {
      state.runs[run]?.isOpen == true && state.runs[run]?.set == set
    }
    try session.refresh()
    guard isOurs(session.logState) else { return false }
    do {
      try storage.barrier()
      for object in writer.indexObjects(repository: session.id, set: set) {
        let bytes = object.encode()
        guard let digest = Digest(SHA256.hash(bytes)) else { throw EngineError.unavailable }
        _ = try storage.put(try StorageKey.of(ObjectPath.index(digest).text), bytes.span)
        subjects.append(Subject(path: .index(digest), digest: digest))
      }
      try storage.barrier()
    } catch let error as StorageError {
      throw EngineError.storage(error)
    }
    subjects.sort { $0.path < $1.path }
    let draft = Draft(
      .compacted(Predicate.Compacted(run: run, set: set)), subjects: subjects)
    if try append(draft, while: isOurs) { return true }
    // Taken over, or a block that was live when it was copied is present no longer.
    if isOurs(session.logState) { try abandon(run) }
    return false
  }

  private func append(_ draft: Draft, while isOurs: @escaping (LogState) -> Bool) throws -> Bool {
    let number: Int?
    do {
      number = try session.append([draft], by: signer) { isOurs($0) ? [draft] : [] }
    } catch {
      guard case .log(.wouldBeVoid) = error else { throw error }
      number = nil
    }
    return number != nil
  }
}
