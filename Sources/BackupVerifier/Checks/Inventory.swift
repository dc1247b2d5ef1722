internal import BackupFormat
internal import BackupLog
internal import BackupStorage

/// What lies in the store, compared with what the log requires.
struct Inventory {
  /// The sizes of the objects that are there.
  private(set) var byteCounts: [ObjectPath: UInt64] = [:]
  /// Names that are those of no object.
  private(set) var strangeNames: [String] = []

  /// Makes the inventory of a listing of the whole store.
  init(_ listing: StorageListing) {
    byteCounts.reserveCapacity(listing.objects.count)
    for object in listing.objects {
      if let path = ObjectPath(object.key.description) {
        byteCounts[path] = object.byteCount
      } else if !object.key.isBelow("log") {
        // What lies in the log's folder is reported by the log.
        strangeNames.append(object.key.description)
      }
    }
    for name in listing.foreignNames {
      strangeNames.append(String(decoding: name, as: UTF8.self))
    }
  }

  /// Asks the store once more for what the listing lacks: it may have been written since.
  mutating func askAgain(
    for paths: [ObjectPath], in storage: any Storage
  ) throws(StorageError) {
    for path in paths {
      guard let key = StorageKey(path.text) else { continue }
      do {
        if let byteCount = try storage.byteCount(of: key) { byteCounts[path] = byteCount }
      } catch {
        guard error.isAboutOneObject else { throw error }
      }
    }
  }

  /// Required objects that are not there.
  func missing(_ required: [LogState.RequiredObject]) -> [ObjectPath] {
    required.map(\.path).filter { byteCounts[$0] == nil }
  }

  /// Objects of another size than the log or an index object says.
  ///
  /// - Parameters:
  ///   - isSpare: Whether nothing live needs them: then it is a warning.
  func wrongSizes(_ required: [LogState.RequiredObject], isSpare: Bool) -> [Finding] {
    required.compactMap { object in
      guard let expected = object.byteCount, let found = byteCounts[object.path],
        UInt64(expected) != found
      else { return nil }
      var finding = Finding(
        .wrongSize, severity: isSpare ? .warning : nil, object: object.path)
      finding.detail = .byteCounts(expected: expected, found: Int(clamping: found))
      return finding
    }
  }

  /// Objects that are there although nothing requires them, and how the log explains them.
  ///
  /// What an open run may still name looks like what nobody ever will; so while a run is open it is
  /// information only.
  func unknown(_ state: LogState, besides required: Set<ObjectPath>) -> [Finding] {
    let isAnyOpen = state.runs.values.contains(where: \.isOpen)
    var findings = strangeNames.map { name in
      var finding = Finding(.unknownObject)
      finding.name = name
      return finding
    }
    let others = byteCounts.keys.filter { !required.contains($0) }
    for (path, standing) in state.standings(of: others, besides: required) {
      let severity: Finding.Severity?
      switch standing {
      case .required, .published, .condemned, .ofOpenRun: continue
      case .deleted, .orphan: severity = .information
      case .unexplained:
        if case .log = path { continue }
        severity = isAnyOpen && path.isOfRun ? .information : nil
      }
      var finding = Finding(.unknownObject, severity: severity, object: path)
      finding.detail = .standing(standing)
      findings.append(finding)
    }
    return findings
  }
}

extension ObjectPath {
  /// Whether a run writes such an object before its statement.
  fileprivate var isOfRun: Bool {
    switch self {
    case .index, .chunks, .snapshot, .record: true
    case .format, .log, .checkpoint, .key, .pack, .erasure: false
    }
  }
}
