internal import ArgumentParser
internal import BackupCrypto
internal import BackupFormat
internal import BackupKeys
internal import BackupLog
internal import BackupSystem
internal import BackupVerifier

/// Checks a repository.
struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Checks that everything is there (L0), and as it was signed (L1).",
    discussion: """
      Without --level every byte that a live snapshot needs is read. With --sample only what is \
      new since the last visit, a random sample, and a share of the rest such that each byte is \
      read again within the nights of --sweep-nights.
      """)

  /// A level that can be asked for.
  enum Level: String, ExpressibleByArgument, CaseIterable {
    case l0 = "L0"
    case l1 = "L1"
  }

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var memory: MemoryOptions

  @Option(help: "L0: everything is there. L1: every byte is as it was signed.")
  var level = Level.l1

  @Flag(help: "Read a sample, and not every byte.")
  var sample = false

  @Option(help: "With which confidence, in percent, a sample would find damage.")
  var confidence = 95.0

  @Option(help: "The share of damaged blocks, in percent, that a sample is to find.")
  var share = 0.1

  @Option(help: "Within how many nights samples read each byte again.")
  var sweepNights = 90

  @Flag(help: "Sign what was found, and the log's head, with the key.")
  var sign = false

  @Option(
    help: "Write what is signed to this file, for a store that cannot be written.",
    completion: .file())
  var out: PathArgument?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print nothing but errors.")
  var quiet = false

  func validate() throws {
    if sample && level == .l0 { throw ValidationError("--sample reads blocks: it is level L1") }
    if out != nil && !sign { throw ValidationError("--out goes with --sign") }
    if json && quiet { throw ValidationError("--json and --quiet exclude each other") }
    guard confidence > 0, confidence < 100, share > 0, share < 100 else {
      throw ValidationError("--confidence and --share lie between 0 and 100")
    }
    guard (1...VerifierMemory.sliceCountMax).contains(sweepNights) else {
      throw ValidationError("--sweep-nights lies between 1 and \(VerifierMemory.sliceCountMax)")
    }
  }

  mutating func run() throws {
    let id = try repository.repositoryID()
    if sign && key.key == nil { throw Failure.missingKey(for: "--sign") }
    let pair = try key.open()
    let verifier = try repository.verifier()
    let path = memory.path(id: id, key: key.key)
    if path == nil && !memory.noMemory { Console.warnOfNoMemory() }
    let before = try path.map { path throws(Failure) in try MemoryFile.read(path, of: id) } ?? nil

    let report: VerificationReport
    do {
      // Hours of reading are not begun for a key that may not sign.
      if sign, let pair, try !verifier.mayVerify(pair.keyID) { throw Failure.keyLacksRole }
      let progress = ProgressLine(isShown: !quiet && !json)
      report = try verifier.check(
        level: try checkLevel(pair), memory: before, now: .now(), progress: progress.show)
      progress.clear()
    } catch let error as VerifierError { throw Failure.verifier(error) }

    if let path { try MemoryFile.write(report.memory, to: path) }
    var signed: Verifier.Signed?
    var failure: Failure?
    if sign, let pair {
      do {
        signed = try sign(report, by: pair, with: verifier)
      } catch { failure = error }
    }
    if json {
      Console.print(JSONOutput.verification(report, signed: signed))
    } else if !quiet {
      Console.say(
        Console.lines(report, signed: signed, out: failure == nil ? out?.description : nil))
    }
    var status = report.isBad ? ExitStatus.damaged : .done
    if !report.isComplete { status = .worse(status, .failed) }
    if let failure {
      Console.report(failure)
      status = .worse(status, failure.status)
    }
    if status != .done { throw status }
  }

  private func checkLevel(_ pair: KeyPair?) throws -> CheckLevel {
    guard level == .l1 else { return .l0 }
    guard sample else { return .l1(.everything) }
    // Without a key of the verifier the draw is as random, and nobody can repeat it.
    let sampleKey = try pair?.seed.derive(info: "nightsafe sample v1") ?? SecretKey.random()
    guard
      let terms = SampleTerms(
        confidence: confidence / 100, damageShare: share / 100, sweepNightCount: sweepNights,
        key: sampleKey)
    else { throw Failure.outOfRange("--confidence") }
    return .l1(.sample(terms))
  }

  private func sign(
    _ report: VerificationReport, by pair: KeyPair, with verifier: Verifier
  ) throws(Failure) -> Verifier.Signed? {
    guard report.isComplete, !report.isLogBroken else { throw .brokenLogNotSigned }
    guard let out else {
      do {
        return try verifier.append(report, by: pair.signer, clock: LogTime.now)
      } catch { throw .verifier(error) }
    }
    let file: [UInt8]
    do {
      file = try verifier.signHandIn(report, by: pair.signer, time: .now())
    } catch { throw .verifier(error) }
    do {
      try SecureFile.replaceDurably(out.bytes, file.span, mode: 0o644)
    } catch { throw .outputUnwritable(path: out.description, error) }
    return nil
  }
}
