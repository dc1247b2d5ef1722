internal import BackupFormat
internal import BackupKeys
internal import BackupLog
internal import BackupPolicy
internal import BackupRecord
internal import BackupStorage
internal import BackupVerifier

/// Gathers what a bundle for a supervisor holds (`Docs/format.md`, section 11.2).
struct BundleMaker {
  /// A gathered content, and what is said of it.
  struct Gathered {
    let content: BundleContent
    /// The size of the log that lies in it.
    let logSize: Int
    let nights: ClosedRange<BackupLog.Night>
    /// Which editions lie open in it.
    let editions: Set<Predicate.DisclosedEdition>
    /// How many editions the key did not open, or that are gone.
    let closedCount: Int
  }

  let verifier: Verifier
  let storage: any Storage
  let repository: RepositoryID
  let key: KeyPair
  let zone: TimeZoneData

  private var files: [String: [UInt8]] = [:]

  init(
    _ verifier: Verifier, _ storage: any Storage, repository: RepositoryID, key: KeyPair,
    zone: TimeZoneData
  ) {
    self.verifier = verifier
    self.storage = storage
    self.repository = repository
    self.key = key
    self.zone = zone
  }

  /// Gathers everything that tells of some nights; all that are on record by default.
  mutating func gather(
    from: BackupLog.Night?, through: BackupLog.Night?, report: VerificationReport
  ) throws(Failure) -> Gathered {
    let state: LogState
    do { state = try verifier.state() } catch { throw .verifier(error) }
    let nights = Set(state.records.map(\.what.night))
      .filter { $0 >= from ?? $0 && $0 <= through ?? $0 }.sorted()
    guard let first = nights.first, let last = nights.last else { throw .edition(.noRecord) }
    try addRepository(state)
    var editions: Set<Predicate.DisclosedEdition> = []
    var newest: [Reader: Edition] = [:]
    var closedCount = 0
    var signers: Set<NoteKey> = []
    for night in nights {
      let opened = try open(night, state)
      closedCount += Reader.allCases.count - opened.count
      for edition in opened {
        files["editions/\(night).\(edition.reader.rawValue).json"] = edition.bytes
        newest[edition.reader] = edition
        if let name = Predicate.DisclosedEdition(rawValue: edition.reader.rawValue) {
          editions.insert(name)
        }
      }
      do {
        if let proof = try verifier.proof(of: night) {
          files["proofs/\(night).tlog-proof"] = proof.bytes
          signers.formUnion(
            state.keys.values.map { NoteKey($0.publicKey) }
              .filter { proof.checkpoint.verify($0) != .absent })
        }
      } catch { throw .verifier(error) }
    }
    addReports(newest, report)
    files["schemas/record.schema.json"] = PackageResources.record_schema_json
    files["schemas/verification.schema.json"] = PackageResources.verification_schema_json
    files["schemas/log.schema.json"] = PackageResources.log_schema_json
    files["schemas/incidents.schema.json"] = PackageResources.incidents_schema_json
    files["schemas/format.md"] = PackageResources.format_md
    files["README.txt"] = [UInt8](
      BundleReadme(
        repository: repository, head: state.head, nights: first...last,
        editions: editions.sorted().map(\.rawValue), closedCount: closedCount,
        level: report.level.rawValue,
        findingCount: report.findings.count + report.omittedFindingCount,
        signers: self.signers(state, signers), stampCount: state.stamps.count
      ).text.utf8)
    let content: BundleContent
    do { content = try BundleContent(files) } catch { throw .bundle(.tooMuch) }
    return Gathered(
      content: content, logSize: state.head.size, nights: first...last, editions: editions,
      closedCount: closedCount)
  }

  /// What is enough to judge the log.
  private mutating func addRepository(_ state: LogState) throws(Failure) {
    let largeByteCount = state.entries.reduce(UInt64(0)) { sum, entry in
      if case .large(_, let byteCount) = entry { sum + min(byteCount, 1 << 40) } else { sum }
    }
    guard largeByteCount <= UInt64(Limits.bundleByteCount) else { throw .bundle(.tooMuch) }
    do {
      for (number, entry) in state.entries.enumerated() {
        let path = ObjectPath.log(number).text
        guard let bytes = entry.bytes else {
          // Too large to count, but not to be hashed by who judges the log.
          guard let key = StorageKey(path) else { continue }
          files["repository/\(path)"] = try storage.read(
            key, limitByteCount: Limits.bundleFileByteCount)
          continue
        }
        files["repository/\(path)"] = bytes
      }
      let paths = try storage.list("checkpoints").objects.compactMap {
        // A name that is no checkpoint's is a finding of the report.
        ObjectPath($0.key.description)
      }
      for path in paths + [.format] {
        guard let name = StorageKey(path.text) else { continue }
        files["repository/\(path.text)"] = try storage.read(
          name, limitByteCount: Limits.smallTextByteCount)
      }
    } catch { throw .place(error) }
  }

  /// The editions of a night that are there, that the key opens, and that the log binds.
  private mutating func open(
    _ night: BackupLog.Night, _ state: LogState
  ) throws(Failure) -> [Edition] {
    let kept: KeptRecord
    do { kept = try verifier.keptRecord(of: night) } catch { throw .verifier(error) }
    var found: [Reader: Edition] = [:]
    for text in kept.texts {
      guard let bytes = text.bytes,
        let edition = Editions.open(bytes, key: key, repository: repository),
        found[edition.reader] == nil, RecordProof.check(edition, in: state).isProven
      else { continue }
      found[edition.reader] = edition
      if bytes.first == 0x7b { files["repository/\(text.path.text)"] = bytes }
    }
    return Reader.allCases.compactMap { found[$0] }
  }

  /// Who may sign heads now, and who signed those of the proofs, as a key did that was replaced since.
  private func signers(_ state: LogState, _ proven: Set<NoteKey>) -> [NoteKey] {
    let standing = state.keys.values.filter { key in
      Role.headSigners.contains { key.holds($0) }
    }
    .map { NoteKey($0.publicKey) }
    return proven.union(standing).sorted { $0.text < $1.text }
  }

  private mutating func addReports(_ newest: [Reader: Edition], _ report: VerificationReport) {
    files["reports/verification.json"] =
      JSONOutput.verification(report, signed: nil).encode() + [0x0a]
    files["reports/verification.txt"] = [UInt8](
      (Console.lines(report, signed: nil, out: nil) + "\n").utf8)
    for (language, name) in [(Language.dutch, "nl"), (.english, "en")] {
      for (reader, edition) in newest {
        files["reports/\(reader.rawValue).\(name).html"] =
          HTMLReport(now: report.time.unix, language: language, zone: zone).render(edition)
      }
      if let edition = newest[.confidential] {
        files["reports/register.\(name).txt"] = RegisterRendering(language: language)
          .render(edition)
        files["reports/incidents.\(name).txt"] = IncidentRowsRendering(language: language)
          .render(edition)
      }
    }
  }
}
