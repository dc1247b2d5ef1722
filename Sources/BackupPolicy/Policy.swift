/// The whole of policy.json: what is backed up, when, how long it stays, and who answers for it.
///
/// It configures and does not authorise. `Docs/policy.md` explains each key for people.
public struct Policy: Hashable, Sendable {
  /// The version of the file that this program reads and writes.
  public static let version = 1
  /// The longest file: 1 MiB.
  public static let byteCountMax = 1 << 20

  /// Where backups are stored.
  public var repository: Repository
  /// The keys of this machine.
  public var keys: Keys
  /// Who is responsible for the data.
  public var controller: Controller
  /// When a night is.
  public var night: NightHours
  /// What keeps a thief of this machine from destroying backups.
  public var protection: Protection
  /// How blocks are compressed.
  public var compression: Compression
  /// Whether each night ends with a rotation.
  public var rotatesNightly: Bool
  /// How long the compliance record's editions are kept, and what the public one may say.
  public var record: RecordTerms
  /// The clocks of breach assessment.
  public var incidents: IncidentTerms
  /// When the policy was and will be reviewed.
  public var review: Review
  /// The places where copies lie, as declared.
  public var locations: [Location]
  /// The contracts with those who help.
  public var contracts: [Contract]
  /// Who holds which key, as declared.
  public var keyRegister: [KeyEntry]
  /// What is run when something is wrong, or `nil`.
  public var notify: Notify?
  /// What was decided about loss and time to recover.
  public var objectives: Objectives
  /// What the verifier promises.
  public var verification: Verification
  /// What is backed up; at least one.
  public var dataSets: [DataSet]

  /// A policy from its parts.
  public init(
    repository: Repository, keys: Keys = Keys(), controller: Controller,
    night: NightHours = NightHours(), protection: Protection = .none,
    compression: Compression = Compression(), rotatesNightly: Bool = true,
    record: RecordTerms = RecordTerms(), incidents: IncidentTerms = IncidentTerms(),
    review: Review = Review(), locations: [Location] = [], contracts: [Contract] = [],
    keyRegister: [KeyEntry] = [],
    notify: Notify? = nil, objectives: Objectives = Objectives(),
    verification: Verification = Verification(), dataSets: [DataSet]
  ) {
    self.repository = repository
    self.keys = keys
    self.controller = controller
    self.night = night
    self.protection = protection
    self.compression = compression
    self.rotatesNightly = rotatesNightly
    self.record = record
    self.incidents = incidents
    self.review = review
    self.locations = locations
    self.contracts = contracts
    self.keyRegister = keyRegister
    self.notify = notify
    self.objectives = objectives
    self.verification = verification
    self.dataSets = dataSets
  }

  /// The data set of this name.
  public func dataSet(named name: String) -> DataSet? { dataSets.first { $0.name == name } }
}

extension Policy {
  /// `repository`: where backups are stored.
  public struct Repository: Hashable, Sendable {
    /// An absolute folder, or `sftp://user@host[:port]/path`, or `s3://bucket[/prefix]`.
    public var location: String
    /// The repository's id: 64 hexadecimal digits, the SHA-256 of the owner-signed entry 0.
    public var id: String
    /// The S3 region, which is also checked against the declared country.
    public var region: String?
    /// The S3 endpoint, an `https` address, where it is not the region's own.
    public var endpoint: String?
    /// The file with the store's credential, absolute or relative to the policy file.
    public var credentialsFile: String?
    /// The file with the SFTP host's public key, absolute or relative to the policy file.
    public var knownHostsFile: String?

    /// A repository.
    public init(
      location: String, id: String, region: String? = nil, endpoint: String? = nil,
      credentialsFile: String? = nil, knownHostsFile: String? = nil
    ) {
      self.location = location
      self.id = id
      self.region = region
      self.endpoint = endpoint
      self.credentialsFile = credentialsFile
      self.knownHostsFile = knownHostsFile
    }

    /// Whether it is a folder of this machine.
    public var isFolder: Bool { location.utf8.first == 0x2f }
  }

  /// `keys`: the keys of this machine.
  public struct Keys: Hashable, Sendable {
    /// The host's key file, absolute or relative to the policy file.
    public var host: String
    /// A file with its passphrase, or `nil`.
    public var passphraseFile: String?
    /// A command that prints its passphrase, or `nil`.
    public var passphraseCommand: [String]?

    /// Keys.
    public init(
      host: String = "host.key", passphraseFile: String? = nil, passphraseCommand: [String]? = nil
    ) {
      self.host = host
      self.passphraseFile = passphraseFile
      self.passphraseCommand = passphraseCommand
    }
  }

  /// `controller`: who is responsible for the data (AVG article 4(7)).
  public struct Controller: Hashable, Sendable {
    /// The firm's name, as it stands in every record.
    public var name: String
    /// Where people can ask, as it stands in the public sentences.
    public var contact: String

    /// A controller.
    public init(name: String, contact: String) {
      self.name = name
      self.contact = contact
    }
  }

  /// `night`: when a night is, by the wall clock of one zone.
  public struct NightHours: Hashable, Sendable {
    /// When a night begins.
    public var from: TimeOfDay
    /// When it ends.
    public var to: TimeOfDay
    /// Until when it must be committed and checked.
    public var reportBy: TimeOfDay
    /// The zone's name in the time zone database.
    public var zone: String
    /// Nights declared closed beforehand.
    public var closures: [Closure]

    /// Hours; from 20:00 to 06:00 in Amsterdam, reported by 09:00, unless said otherwise.
    public init(
      from: TimeOfDay = .minutes(20 * 60), to: TimeOfDay = .minutes(6 * 60),
      reportBy: TimeOfDay = .minutes(9 * 60), zone: String = "Europe/Amsterdam",
      closures: [Closure] = []
    ) {
      self.from = from
      self.to = to
      self.reportBy = reportBy
      self.zone = zone
      self.closures = closures
    }

    /// The window these hours make with the bytes of their zone.
    public func window(in zone: TimeZoneData) -> NightWindow {
      NightWindow(from: from, to: to, reportBy: reportBy, zone: zone)
    }
  }

  /// An element of `night.closures`: nights in which the machines are off.
  public struct Closure: Hashable, Sendable {
    /// The first and the last night.
    public var nights: ClosedRange<Night>
    /// Why.
    public var reason: String

    /// A closure.
    public init(nights: ClosedRange<Night>, reason: String) {
      self.nights = nights
      self.reason = reason
    }
  }

  /// `protection`: what keeps a thief of this machine from destroying backups.
  public enum Protection: String, Hashable, Sendable, CaseIterable {
    /// The store refuses to delete for a time.
    case objectLock
    /// This machine's account can add and not delete.
    case appendOnlyAccount
    /// Another machine fetches copies.
    case pulledCopy
    /// Nothing; the record says so.
    case none
  }

  /// `compression`: how blocks are compressed.
  public struct Compression: Hashable, Sendable {
    /// How to compress.
    public enum Codec: String, Hashable, Sendable, CaseIterable {
      /// Zstandard (RFC 8878).
      case zstd
      /// zlib (RFC 1950), which the oldest tools read.
      case zlib

      /// The levels that make sense for a backup.
      public var levels: ClosedRange<Int> {
        switch self {
        case .zstd: 1...19
        case .zlib: 1...9
        }
      }

      /// The level when none is given.
      public var defaultLevel: Int {
        switch self {
        case .zstd: 3
        case .zlib: 6
        }
      }
    }

    /// How to compress.
    public var codec: Codec
    /// How hard to try.
    public var level: Int

    /// A compression, at its codec's default level unless one is given.
    public init(codec: Codec = .zstd, level: Int? = nil) {
      self.codec = codec
      self.level = level ?? codec.defaultLevel
    }
  }
}

extension TimeOfDay {
  /// The time this many minutes after midnight, by the wall clock; more than a day wraps round.
  public static func minutes(_ minutes: Int) -> TimeOfDay {
    TimeOfDay(wrapping: minutes)
  }
}
