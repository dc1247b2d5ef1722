internal import BackupFormat
internal import BackupKeys
internal import BackupLog
internal import BackupStorage
internal import BackupSystem
internal import BackupVerifier

/// Every word that the program says to a person.
///
/// Results go to standard output, all else to standard error as `nightsafe-verifier: error: …` and
/// `nightsafe-verifier: hint: …`. There are no colours, so `NO_COLOR` is always honoured.
enum Console {
  private static let name = "nightsafe-verifier"

  // MARK: Streams

  /// Prints text and a line's end.
  static func say(_ text: String) { write(text + "\n", to: .output) }

  /// Prints JSON and a line's end.
  static func print(_ json: CanonicalJSON) {
    say(String(decoding: json.encode(), as: UTF8.self))
  }

  /// Says something beside the result.
  static func note(_ text: String) { complain("\(name): \(text)") }

  private static func complain(_ text: String) { write(text + "\n", to: .errors) }

  private static func write(_ text: String, to stream: Terminal.Stream) {
    // Who closed the other end does not want to know.
    try? Terminal.write([UInt8](text.utf8).span, to: stream)
  }

  // MARK: Errors

  static func report(_ failure: Failure) {
    complain("\(name): error: \(text(failure))")
    if let hint = hint(failure) { complain("\(name): hint: \(hint)") }
  }

  static func report(usage message: String) {
    complain("\(name): error: \(message)")
    complain("\(name): hint: \(name) --help")
  }

  static func warnOfOpenKey(_ path: String) {
    complain("\(name): warning: \(path) can be read by others; its passphrase alone protects it")
  }

  static func warnOfNoMemory() {
    complain("\(name): warning: there is no place to remember the log; an older one is not noticed")
  }

  static let passphrasePrompt = "Passphrase of the verifier's key: "

  private static func text(_ failure: Failure) -> String {
    switch failure {
    case .badID: "the repository's id is 64 hexadecimal digits"
    case .unsupportedPlace(let place): "this version cannot open \(place)"
    case .contradictoryOptions(let a, let b): "\(a) and \(b) exclude each other"
    case .missingKey(let option): "\(option) needs a key"
    case .outOfRange(let option): "\(option) is out of range"
    case .keyFile(let path, let error): "cannot read the key \(path): \(error)"
    case .keyRefused(let path, let error): "cannot open the key \(path): \(text(error))"
    case .keyReadableByOthers(let path):
      "the key \(path) has no passphrase, and others can read it"
    case .keyLacksRole: "the key does not hold the role verifier in this repository"
    case .passphraseFile(let path, let error): "cannot read the passphrase in \(path): \(error)"
    case .passphraseCommand: "the passphrase command failed"
    case .passphrasePrompt(let error): "cannot ask for the passphrase: \(error)"
    case .memoryUnreadable(let path): "cannot read the memory file \(path)"
    case .memoryOfAnotherRepository(let path):
      "the memory file \(path) is about another repository"
    case .memoryUnwritable(let path, let error): "cannot write the memory file \(path): \(error)"
    case .outputUnwritable(let path, let error): "cannot write \(path): \(error)"
    case .brokenLogNotSigned: "nothing was signed, since that would vouch for this log"
    case .noClock: "this machine has no clock"
    case .verifier(let error): text(error)
    case .edition(let failure): text(failure)
    case .bundle(let failure): text(failure)
    case .stamp(let failure): text(failure)
    case .place(let error): "cannot open the repository: \(error)"
    }
  }

  private static func hint(_ failure: Failure) -> String? {
    switch failure {
    case .badID: "it stands on the recovery sheet and in the policy"
    case .unsupportedPlace: "give the path of a folder"
    case .missingKey: "name the verifier's key file with --key"
    case .keyRefused(_, .needsPassphrase):
      "give it with --passphrase-file or --passphrase-command"
    case .keyReadableByOthers(let path): "chmod 600 \(path)"
    case .keyLacksRole: "the owner appoints keys with: nightsafe role add"
    case .memoryUnreadable:
      "without it an older log is not noticed; if you know why, remove it or use --no-memory"
    case .memoryUnwritable: "choose another place with --memory, or use --no-memory"
    case .brokenLogNotSigned: "find out first why the log is not the one that was seen before"
    case .verifier(.log(.noRepository)): "is the disk mounted, and the path right?"
    case .verifier(.log(.otherRepository)):
      "either the id is that of another repository, or log/0000000000000000 was altered"
    case .place: "is the disk mounted, and the path right?"
    case .edition(let failure): hint(failure)
    case .bundle(let failure): hint(failure)
    case .stamp(let failure): hint(failure)
    default: nil
    }
  }

  private static func text(_ error: VerifierError) -> String {
    switch error {
    case .log(let error): text(error)
    case .storage(let error): "the repository cannot be read: \(error)"
    case .system(let error): "the system refused: \(error)"
    case .interrupted: "stopped on request; nothing was signed or remembered"
    case .noOpenRecord: "the log names no record with a public edition"
    case .badRecord(let path): "\(path) is missing, or not the record that the log commits to"
    }
  }

  private static func text(_ error: LogError) -> String {
    switch error {
    case .noRepository: "there is no repository here"
    case .otherRepository: "entry 0 of the log is not that of this repository"
    case .badFirstEntry: "entry 0 of the log is not that of a repository"
    case .entryTooLarge(let byteCount): "an entry of \(byteCount) bytes is too large"
    case .nothingToSay: "there was nothing to sign"
    case .wouldBeVoid(let findings): "the log would not take the statement: \(reason(findings))"
    case .objectDeleted(let path): "\(path) was deleted meanwhile; make it anew"
    case .notALine: "what was handed in is not one line"
    case .lostRaces(let count): "others appended to the log \(count) times in between"
    case .storage(let error): "the log cannot be read or written: \(error)"
    case .crypto: "signing failed"
    }
  }

  private static func reason(_ findings: [LogFinding]) -> String {
    for finding in findings {
      switch finding {
      case .voidEntry(_, let reason), .voidStatement(_, _, _, let reason): return reason.text
      default: continue
      }
    }
    return "unknown"
  }

  private static func text(_ error: KeyError) -> String {
    switch error {
    case .notAKeyFile: "it is not a key file"
    case .needsPassphrase: "it needs a passphrase"
    case .wrongPassphrase: "the passphrase does not open it"
    case .inconsistent: "its id and its seed do not belong together"
    case .wrongGroup(let group): "group \(group) is wrong"
    case .notASheet: "it is not a recovery sheet"
    case .unavailable: "the cryptographic library refused"
    }
  }

  // MARK: Progress

  /// One line: what is being done, and of blocks the rate and the time left.
  static func showProgress(_ progress: VerificationProgress, elapsedNanoseconds: UInt64) {
    let share = progress.total == 0 ? 100 : progress.done * 100 / progress.total
    let what =
      switch progress.phase {
      case .log: "reading the log"
      case .objects: "hashing small objects"
      case .packs: "reading the ends of packs"
      case .blocks: "reading blocks"
      }
    var line = "\(what): \(share) %"
    if progress.phase == .blocks, progress.done > 0 {
      let rate = Double(progress.done) / Double(max(elapsedNanoseconds, 1)) * 1e9
      let rest = progress.total > progress.done ? progress.total - progress.done : 0
      let seconds = Int64(min(Double(rest) / rate, 1e9))
      let left = seconds < 120 ? "\(seconds) s" : duration(seconds)
      line += ", \(bytes(UInt64(rate))) a second, about \(left) left"
    }
    let width = Terminal.columnCount(.errors) ?? 80
    write("\r" + String(line.prefix(width - 1)) + "\u{1b}[K", to: .errors)
  }

  static func clearProgress() { write("\r\u{1b}[K", to: .errors) }

  // MARK: verify

  static func lines(
    _ report: VerificationReport, signed: Verifier.Signed?, out: String?
  ) -> String {
    let summary = report.summary
    var lines = [
      "repository \(report.repository)",
      "log: \(report.head.size) entries, \(counted(summary.sets.count, "data set"))",
    ]
    if report.isComplete {
      lines.append(
        "level L0: \(counted(report.required.count, "required object")), "
          + "\(bytes(report.required.byteCount))")
    }
    if let reading = report.reading { lines += self.lines(reading, at: report.time.unix) }
    let told = report.findings.filter { $0.severity > .information }
    for finding in report.findings { lines.append("\(finding.severity): \(finding)") }
    if report.omittedFindingCount > 0 {
      lines.append("and \(counted(report.omittedFindingCount, "more finding"))")
    }
    if !report.isComplete {
      lines.append("nothing else was checked")
    } else if told.isEmpty {
      lines.append("nothing is wrong")
    } else {
      lines.append(counted(told.count + report.omittedFindingCount, "finding"))
    }
    if let signed {
      lines.append("signed: entry \(signed.entry), checkpoint of size \(signed.checkpoint.size)")
    } else if let out {
      lines.append("signed: \(out), to be handed in with: nightsafe log append \(out)")
    }
    return lines.joined(separator: "\n")
  }

  private static func lines(
    _ reading: VerificationReport.Reading, at now: Int64
  ) -> [String] {
    let state =
      reading.damagedCount == 0 ? "all as signed" : "\(reading.damagedCount) damaged or missing"
    let extent =
      "\(reading.read.count) of \(counted(reading.population.count, "needed block")) read "
      + "(\(bytes(reading.read.byteCount)) of \(bytes(reading.population.byteCount)))"
    guard reading.method == .sample, let sample = reading.sample else {
      return ["level L1: \(extent), \(state)"]
    }
    var lines = [
      "level L1, a sample: \(extent), \(state)",
      "  \(sample.newCount) new since the last visit, \(sample.drawnCount) drawn at random, "
        + "\(sample.sweptCount) in \(sample.slices.count) of \(sample.sliceCount) slices",
      sample.sweepAgeDays(at: now).map {
        "  sweep age: every block was read within the last \(counted($0 + 1, "day"))"
      } ?? "  sweep age: not every block has been read yet",
      "  committed to the draw: \(sample.seedDigest)",
    ]
    if let revealed = sample.revealed {
      lines.append(
        "  revealed of night \(revealed.night): seed \(hex(revealed.seed)), drawn from root "
          + "\(revealed.root)")
    }
    if reading.damagedCount == 0 {
      lines.append(
        "  with \(percent(sample.confidence)) confidence fewer than "
          + "\(percentAtMost(sample.damageShareBound ?? 1)) of the stored blocks were damaged "
          + "at the time of checking")
    }
    return lines
  }

  // MARK: status

  static func statusLine(_ summary: RepositorySummary, _ health: Health) -> String {
    var text = "NIGHTSAFE \(health.status.word) - "
    if health.concerns.isEmpty {
      let ages = summary.sets.compactMap { $0.newest?.ageSeconds }
      text += "\(counted(summary.sets.count, "data set")), "
      text += "oldest newest snapshot \(duration(ages.max() ?? 0)) old"
    } else {
      text += health.concerns.map { self.text($0) }.joined(separator: ", ")
    }
    let figures = summary.sets.compactMap { set in
      set.newest.map { newest in
        "'age_\(set.set.hex.prefix(8))'=\(newest.ageSeconds)s;;\(health.maxAgeSeconds)"
      }
    }
    // A bar would begin the figures.
    text = String(text.map { $0 == "|" ? "/" : $0 })
    return figures.isEmpty ? text : "\(text) | \(figures.joined(separator: " "))"
  }

  static func unknownLine(_ failure: Failure) -> String {
    "NIGHTSAFE UNKNOWN - \(text(failure))"
  }

  private static func text(_ concern: Health.Concern) -> String {
    switch concern {
    case .finding(let finding): "\(finding)"
    case .noSnapshot(let set): "set \(set) has no snapshot"
    case .old(let set, let ageSeconds): "set \(set): newest snapshot \(duration(ageSeconds)) old"
    case .nightFailed(let code): "the last night ended with code \(code)"
    case .frozen(let set): "set \(set) is frozen"
    case .voids(let count): "\(counted(count, "void statement")) in the log"
    case .noSets: "there are no data sets"
    }
  }

  // MARK: log and report

  static func line(_ line: LogLine) -> String {
    let number = padded(String(line.number), to: 6)
    var text: String
    if let statement = line.statement {
      let kind = statement.predicate.kind.rawValue
      let pad = String(repeating: " ", count: max(1, 18 - kind.utf8.count))
      text = "\(number)  \(time(statement.time.unix))  \(kind)\(pad)"
      text += String(statement.signer.hex.prefix(8))
      if let set = statement.predicate.set { text += "  set \(set.hex.prefix(8))" }
    } else {
      text = "\(number)  an entry that cannot be read"
    }
    if let reason = line.void { text += "  VOID: \(reason.text)" }
    return text
  }

  /// The revealed fields of a record, one a line.

  // MARK: Numbers

  private static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
  }

  private static func bytes(_ count: UInt64) -> String {
    var value = Double(count)
    for unit in ["bytes", "kB", "MB", "GB"] {
      if value < 1000 { return "\(decimal(value)) \(unit)" }
      value /= 1000
    }
    return "\(decimal(value)) TB"
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  private static func percent(_ share: Double) -> String { "\(decimal(share * 100)) %" }

  /// A bound is rounded up, so that it claims no more than was measured.
  private static func percentAtMost(_ share: Double) -> String {
    let percent = share * 100
    let scale: Double = percent >= 10 ? 10 : percent >= 1 ? 100 : 10_000
    return "\(decimal((percent * scale).rounded(.up) / scale)) %"
  }

  /// Three significant digits at least, no needless zeros.
  private static func decimal(_ value: Double) -> String {
    let scale: Double = value >= 100 ? 1 : value >= 10 ? 10 : value >= 1 ? 100 : 10_000
    let rounded = (value * scale).rounded() / scale
    let text = "\(rounded)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  private static func duration(_ seconds: Int64) -> String {
    if seconds < 0 { return "not yet" }
    if seconds < 5_400 { return "\(seconds / 60) min" }
    if seconds < 172_800 { return "\((seconds + 1_800) / 3_600) h" }
    return "\(seconds / 86_400) days"
  }

  /// ISO 8601 in UTC.
  static func time(_ unix: Int64) -> String {
    let day = Int((Double(unix) / 86_400).rounded(.down))
    let second = Int(unix) - day * 86_400
    guard let date = Night(dayNumber: day) else { return "\(unix)" }
    let parts = [second / 3_600, second / 60 % 60, second % 60].map {
      padded(String($0), to: 2, "0")
    }
    return "\(date)T\(parts.joined(separator: ":"))Z"
  }

  private static func padded(_ text: String, to count: Int, _ pad: String = " ") -> String {
    String(repeating: pad, count: max(0, count - text.utf8.count)) + text
  }
}
