internal import ArgumentParser
internal import BackupCrypto
internal import BackupFormat
internal import BackupKeys
internal import BackupLog
internal import BackupRecord
internal import BackupSystem
internal import BackupVerifier

/// Files for a supervisor.
struct BundleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bundle",
    abstract: "One sealed file for a supervisor: the log, editions, proofs and a report.",
    subcommands: [BundleMakeCommand.self, BundleOpenCommand.self])
}

/// The passphrase of a bundle, never an argument.
struct BundlePassphrase: ParsableArguments {
  @Option(
    help: "A file or pipe whose first line is the passphrase of the bundle, in place of a key.",
    completion: .file())
  var bundlePassphraseFile: PathArgument?

  /// The fewest bytes of a passphrase under which a bundle is made.
  private static let byteCountMin = 12

  func read(isNew: Bool) throws(Failure) -> [UInt8]? {
    guard let path = bundlePassphraseFile else { return nil }
    let line = try KeyOptions.firstLine(of: path)
    if line.contains(0) { throw .bundle(.refused(path: nil, .badPassphrase)) }
    if isNew, line.count < Self.byteCountMin { throw .bundle(.shortPassphrase) }
    return line
  }
}

/// Makes a bundle, and says so in the log.
struct BundleMakeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "make",
    abstract: "Makes one sealed file for a supervisor, and says in the log that it was made.",
    discussion: """
      In it lie the log with its signed heads, the public editions, those editions that --key opens, a proof \
      for each night, a fresh verification (L0), reports for people, the schemas and a README. --recipient is \
      the supervisor's public key file, as nightsafe key new makes one.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @OptionGroup var passphrase: BundlePassphrase

  @Option(help: "The public key file of who is to open it.", completion: .file())
  var recipient: PathArgument?

  @Option(help: "The file to make.", completion: .file())
  var out: PathArgument

  @Option(help: "The first night, YYYY-MM-DD; the first on record by default.")
  var from: String?

  @Option(help: "The last night, YYYY-MM-DD; the last on record by default.")
  var through: String?

  @Option(help: "The time zone in which times are shown.")
  var zone = "Europe/Amsterdam"

  @Option(
    help: "Write the statement to this file, for a store that cannot be written.",
    completion: .file())
  var statement: PathArgument?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (recipient == nil) != (passphrase.bundlePassphraseFile == nil) else {
      throw ValidationError("give --recipient, or --bundle-passphrase-file")
    }
  }

  mutating func run() throws {
    let id = try repository.repositoryID()
    let nights = (try Self.night(from), try Self.night(through))
    let zone = try Editions.zone(zone)
    guard let pair = try key.open() else { throw Failure.missingKey(for: "bundle make") }
    let lock = try lock()
    // A name that is there is refused before the work, and again when the file gets it.
    if (try? FileStatus.read(path: out.bytes)) != nil {
      throw Failure.bundle(.exists(out.description))
    }
    let storage = try RepositoryPlace.open(repository.repository)
    let verifier = Verifier(storage: storage, repository: id)
    do {
      guard try verifier.mayDisclose(pair.keyID) else { throw Failure.bundle(.keyLacksRole) }
      let report = try verifier.check(level: .l0, memory: nil, now: .now())
      guard report.isComplete, !report.isLogBroken else { throw Failure.brokenLogNotSigned }
      var maker = BundleMaker(verifier, storage, repository: id, key: pair, zone: zone)
      let gathered = try maker.gather(from: nights.0, through: nights.1, report: report)
      let bytes = try Self.seal(gathered.content, to: lock, repository: id)
      let draft = Draft(.disclosed(gathered.said(of: bytes, to: lock)))
      // Whole before the log hears of it, so that nothing is said of a file that never was; its name
      // only afterwards, so that nobody gets one of which nothing was said.
      let file = try prepare(bytes)
      let number = try say(draft, by: pair, with: verifier)
      do { try file.putInPlace() } catch { throw unwritable(error) }
      tell(gathered, bytes, entry: number)
    } catch let error as VerifierError { throw Failure.verifier(error) }
  }

  private func prepare(_ bytes: [UInt8]) throws(Failure) -> PreparedFile {
    do { return try PreparedFile(out.bytes, bytes.span) } catch { throw unwritable(error) }
  }

  private func unwritable(_ error: SystemError) -> Failure {
    error.exists
      ? .bundle(.exists(out.description)) : .outputUnwritable(path: out.description, error)
  }

  private func lock() throws(Failure) -> Bundle.Lock {
    if let passphrase = try passphrase.read(isNew: true) { return .passphrase(passphrase) }
    let path = recipient ?? PathArgument([])
    do {
      let text = try SecureFile.readWhole(
        path.bytes, limitByteCount: Limits.smallTextByteCount, allowsPipe: true)
      return .key(try PublicKeyFile.parse(text))
    } catch let error as SystemError {
      throw .keyFile(path: path.description, error)
    } catch { throw .bundle(.notAPublicKey(path: path.description)) }
  }

  private func say(
    _ draft: Draft, by pair: KeyPair, with verifier: Verifier
  ) throws -> Int? {
    guard let statement else {
      return try verifier.append(draft, by: pair.signer, clock: LogTime.now)
    }
    let line = try verifier.signHandIn(draft, by: pair.signer, time: .now())
    do {
      try SecureFile.writeNew(statement.bytes, line.span, mode: 0o644)
    } catch { throw Failure.outputUnwritable(path: statement.description, error) }
    return nil
  }

  private func tell(_ gathered: BundleMaker.Gathered, _ bytes: [UInt8], entry: Int?) {
    if json {
      Console.print(
        JSONOutput.bundle(
          gathered, file: out.description, digest: Digest(hashing: bytes), entry: entry))
    } else {
      Console.say(
        Console.lines(
          gathered, byteCount: bytes.count, out: out.description, entry: entry,
          statement?.description))
    }
  }

  private static func seal(
    _ content: BundleContent, to lock: Bundle.Lock, repository: RepositoryID
  ) throws(Failure) -> [UInt8] {
    do { return try Bundle.seal(content.encode(), to: lock, repository: repository) } catch {
      throw .bundle(.refused(path: nil, error))
    }
  }

  private static func night(_ text: String?) throws(Failure) -> BackupLog.Night? {
    guard let text else { return nil }
    guard let night = BackupLog.Night(text) else { throw .edition(.badNight) }
    return night
  }
}

extension BundleMaker.Gathered {
  /// What the log is told.
  func said(of bundle: [UInt8], to lock: Bundle.Lock) -> Predicate.Disclosed {
    var recipient: KeyID?
    if case .key(let key) = lock { recipient = key.keyID }
    return Predicate.Disclosed(
      bundle: Digest(hashing: bundle), logSize: logSize, first: nights.lowerBound,
      last: nights.upperBound, editions: editions.sorted(), recipient: recipient)
  }
}

/// Opens a bundle into a new folder.
struct BundleOpenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Opens a bundle into a new folder, after every byte of it was checked.",
    discussion: "README.txt in the folder says how to check what lies in it.")

  @OptionGroup var key: KeyOptions
  @OptionGroup var passphrase: BundlePassphrase

  @Argument(help: "The bundle.", completion: .file())
  var file: PathArgument

  @Option(help: "The repository's id, which must come by another way: 64 hexadecimal digits.")
  var id: String

  @Option(help: "The folder to make; it must not exist.", completion: .directory)
  var to: PathArgument

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    guard (key.key == nil) != (passphrase.bundlePassphraseFile == nil) else {
      throw ValidationError("give --key, or --bundle-passphrase-file")
    }
  }

  mutating func run() throws {
    guard let id = RepositoryID(hex: id.lowercased()) else { throw Failure.badID }
    let content = try content(of: id)
    do {
      try FileSystem.makeDirectory(at: nil, to.bytes, mode: 0o700)
      let root = try Descriptor.openRootDirectory(to.bytes)
      var made: Set<String> = []
      for file in content.files {
        try Self.makeFolders(of: file.name, below: root, &made)
        let written = try Descriptor.createFile(at: root, [UInt8](file.name.utf8), mode: 0o600)
        try written.write(file.bytes.span)
      }
      // Once for all of them: there may be thousands.
      try root.synchroniseFileSystem()
    } catch { throw Failure.outputUnwritable(path: to.description, error) }
    if json {
      Console.print(
        .object(["files": .integer(Int64(content.files.count)), "folder": .string(to.description)]))
    } else {
      Console.say("\(to): \(content.files.count) files; begin with \(to)/README.txt")
    }
  }

  private func content(of id: RepositoryID) throws(Failure) -> BundleContent {
    let bytes: [UInt8]
    do {
      bytes = try SecureFile.readWhole(
        file.bytes, limitByteCount: Bundle.byteCountMax)
    } catch { throw .edition(.unreadableFile(path: file.description, error)) }
    let opener: Bundle.Opener
    if let passphrase = try passphrase.read(isNew: false) {
      opener = .passphrase(passphrase)
    } else {
      guard let pair = try key.open() else { throw .missingKey(for: "bundle open") }
      opener = .key(pair)
    }
    do throws(BundleError) {
      let content = try Bundle.open(bytes, with: opener, repository: id)
      do { return try BundleContent(decoding: content) } catch { throw .format(error) }
    } catch { throw .bundle(.refused(path: file.description, error)) }
  }

  /// Makes each folder of a name, whose parts were checked.
  private static func makeFolders(
    of name: String, below root: Descriptor, _ made: inout Set<String>
  ) throws(SystemError) {
    var folder = ""
    for part in name.split(separator: "/").dropLast() {
      folder += folder.isEmpty ? String(part) : "/\(part)"
      if made.insert(folder).inserted {
        try FileSystem.makeDirectory(at: root, [UInt8](folder.utf8), mode: 0o700)
      }
    }
  }
}
