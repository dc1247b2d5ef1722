public import BackupFormat
import BackupKeys
public import BackupLog
public import BackupObjects
import BackupPolicy

extension LogState {
  /// The erasures of a set that are neither closed nor deleted, in the order of the log.
  public func openErasures(of set: SetID) -> [ErasureStanding] {
    erasures.values
      .filter { $0.opened.what.set == set && $0.isOpen }
      .sorted { ($0.opened.number, $0.opened.id) < ($1.opened.number, $1.opened.id) }
  }
}

extension ErasureStanding {
  /// Whether the request speaks of a snapshot: one whose reading did not begin after its cut-off.
  public func applies(to snapshot: Snapshot) -> Bool {
    snapshot.taken.readStart <= opened.what.cutOff
  }
}

extension RepositorySession {
  /// Opens the request of an erasure with a restorer's keys.
  ///
  /// - Throws: ``EngineError/erasure(_:_:)`` if it is missing, damaged or refused.
  public func request(
    of erasure: ErasureStanding, keys: SetOpeningKeys
  ) throws(EngineError) -> ErasureRequest {
    let what = erasure.opened.what
    guard let path = erasure.opened.subjects.first?.path else {
      throw .erasure(what.erasure, .missing)
    }
    let bytes: [UInt8]?
    do {
      bytes = try objects.bytes(of: path, limitByteCount: Limits.sealedTextByteCount)
    } catch {
      throw .storage(error)
    }
    guard let bytes else { throw .erasure(what.erasure, .missing) }
    do {
      let text = try SealedText.open(
        bytes, with: keys.privateKey, id: SealedText.id(of: what.set), kind: .erasure,
        set: what.set, repository: id)
      let request = try ErasureRequest(text: text)
      guard request.erasure == what.erasure, request.cutOff == what.cutOff,
        request.cleanBy == what.cleanBy,
        what.tasks.map({ $0 == request.tasks.count }) ?? true
      else { throw ErasureFault.differsFromStatement }
      return request
    } catch let error as ErasureFault {
      throw .erasure(what.erasure, .refused(error))
    } catch {
      throw .erasure(what.erasure, .notOpened)
    }
  }

  /// What is withheld from a snapshot by the requests that apply to it.
  public func erasures(
    from snapshot: Snapshot, keys: SetOpeningKeys
  ) throws(EngineError) -> ErasureFilter {
    var requests: [ErasureRequest] = []
    for erasure in logState.openErasures(of: snapshot.set) where erasure.applies(to: snapshot) {
      requests.append(try request(of: erasure, keys: keys))
    }
    return ErasureFilter(requests)
  }

  /// When nothing stored holds the data any more, by a policy, if it is removed from the source at
  /// `cutOff` and the request is made at `created`.
  public static func cleanBy(
    _ retention: Predicate.Retention, cutOff: Int64, created: Int64
  ) -> Int64 {
    max(cutOff, created)
      + Int64(BackupPolicy.Retention(retention).outerLimitDays) * 86_400
  }

  /// Seals a request and stores it.
  ///
  /// - Returns: The statement to be appended.
  public func open(
    _ request: ErasureRequest, keys: SetOpeningKeys
  ) throws(EngineError) -> Draft {
    let subject = try store(text: request.text, kind: .erasure, of: keys.secret) { .erasure($0) }
    return Draft(
      .erasureOpened(
        Predicate.ErasureOpened(
          erasure: request.erasure, set: keys.secret.set, cutOff: request.cutOff,
          cleanBy: request.cleanBy, tasks: request.tasks.count)),
      subjects: [subject])
  }
}
