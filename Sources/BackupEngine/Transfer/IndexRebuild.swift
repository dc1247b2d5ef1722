import BackupCrypto
import BackupFormat
import BackupLog
import BackupStorage

/// Makes lost index objects again from the ends of their packs.
///
/// An index object is named by its digest, so bytes that hash to the lost name are the lost object:
/// no key and no copy is needed, and nothing is taken on trust.
struct IndexRebuild {
  private let session: RepositorySession

  init(_ session: RepositorySession) { self.session = session }

  /// What a lost index object was published with.
  private struct Publication {
    var set: SetID
    var run: RunID
    /// The runs whose packs it may name.
    var runs: Set<RunID>
  }

  /// Makes those of `lost` that can be made.
  func execute(_ lost: Set<Digest>) throws -> [Digest: [UInt8]] {
    guard !lost.isEmpty else { return [:] }
    var made: [Digest: [UInt8]] = [:]
    var packs: [RunID: [NamedPack]] = [:]
    for publication in publications(of: lost) {
      for run in publication.runs where packs[run] == nil { packs[run] = try readEnds(of: run) }
      let named = publication.runs.flatMap { packs[$0] ?? [] }
        .filter { $0.heads.allSatisfy { $0.set == publication.set } }
      for object in IndexWriting.objects(
        named, repository: session.id, set: publication.set, run: publication.run)
      {
        let bytes = object.encode()
        if let digest = Digest(SHA256.hash(bytes)), lost.contains(digest) { made[digest] = bytes }
      }
    }
    return made
  }

  private func publications(of lost: Set<Digest>) -> [Publication] {
    let state = session.logState
    var found: [Publication] = []
    for number in 0..<state.size {
      // Void entries name nothing that counts; the digest decides in any case.
      guard let bytes = state.entry(number), let entry = try? Entry(parsing: bytes) else {
        continue
      }
      for envelope in entry.envelopes {
        guard let statement = try? Statement(payload: envelope.payload, in: state.repository),
          statement.subjects.contains(where: { isLost($0.path, lost) })
        else { continue }
        switch statement.predicate {
        case .snapshot(let taken):
          found.append(
            Publication(
              set: taken.set, run: taken.run, runs: Set(taken.closes + [taken.run])))
        case .compacted(let done):
          found.append(Publication(set: done.set, run: done.run, runs: [done.run]))
        case .rewritten(let done):
          found.append(Publication(set: done.set, run: done.run, runs: [done.run]))
        default: break
        }
      }
    }
    return found
  }

  private func isLost(_ path: ObjectPath, _ lost: Set<Digest>) -> Bool {
    if case .index(let digest) = path { lost.contains(digest) } else { false }
  }

  /// The packs of a run whose ends can be read.
  private func readEnds(of run: RunID) throws -> [NamedPack] {
    var packs: [NamedPack] = []
    let listing: StorageListing
    do { listing = try session.storage.list("packs/\(run.hex)") } catch {
      throw EngineError.storage(error)
    }
    for object in listing.objects {
      guard case .pack(let id)? = ObjectPath(object.key.description) else { continue }
      let name = PackName(run: id.run, number: id.number)
      do {
        let (end, bytes) = try session.readEnd(of: name, byteCount: object.byteCount)
        guard let digest = Digest(SHA256.hash(bytes)) else { continue }
        packs.append(
          NamedPack(
            name: name, byteCount: object.byteCount, endByteCount: UInt32(bytes.count),
            endDigest: digest, segments: end.segments, heads: end.heads))
      } catch let error as StorageError {
        guard case .object = EngineError.of(error, name.path) else {
          throw EngineError.storage(error)
        }
      } catch is FormatError {
        // An end that is damaged makes the digest differ, which says it.
      } catch let error as EngineError {
        guard case .object = error else { throw error }
      }
    }
    return packs
  }
}
