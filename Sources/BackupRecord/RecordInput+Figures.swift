public import BackupFormat
public import BackupPolicy

/// What was deleted in a night.
public struct RemovalFigures: Hashable, Sendable {
  /// Objects other than packs.
  public var objects: Int
  /// Packs.
  public var packs: Int
  /// The bytes that became free.
  public var byteCount: Int64

  /// Figures.
  public init(objects: Int, packs: Int, byteCount: Int64) {
    self.objects = objects
    self.packs = packs
    self.byteCount = byteCount
  }
}

/// Checks of the store that go beyond the night's own self-check.
public struct CheckFigures: Hashable, Sendable {
  /// A random sample of stored blocks.
  public struct Sample: Hashable, Sendable {
    /// How many blocks there were to draw from.
    public var population: Int
    /// How many were drawn and read.
    public var checked: Int
    /// How many of them failed.
    public var failed: Int
    /// How sure the sample makes, in basis points.
    public var confidenceBasisPoints: Int
    /// With that confidence fewer than this many blocks of a million were damaged when checked.
    public var boundPartsPerMillion: Int
    /// The SHA-256 of the seed of the draw, where it was committed to.
    public var seedCommitment: Digest?
    /// When, in seconds since 1970.
    public var at: Int64

    /// A sample.
    public init(
      population: Int, checked: Int, failed: Int, confidenceBasisPoints: Int,
      boundPartsPerMillion: Int, seedCommitment: Digest? = nil, at: Int64
    ) {
      self.population = population
      self.checked = checked
      self.failed = failed
      self.confidenceBasisPoints = confidenceBasisPoints
      self.boundPartsPerMillion = boundPartsPerMillion
      self.seedCommitment = seedCommitment
      self.at = at
    }
  }

  /// The newest random sample.
  public var sample: Sample?
  /// The days since the needed block that was read longest ago was read.
  public var oldestCheckDays: Int?
  /// How many signed objects were checked against the log.
  public var signaturesChecked: Int?
  /// How many of them failed.
  public var signatureFailures: Int = 0
  /// How many stored objects nothing in the log explains.
  public var unexplainedObjects: Int?
  /// How many objects that the log requires are missing.
  public var missingObjects: Int?
  /// How many stored objects look like plaintext.
  public var plaintextObjects: Int?
  /// Whether the names in the catalogues were found sealed.
  public var areNamesSealed: Bool?
  /// When these checks were made, in seconds since 1970.
  public var at: Int64?

  /// No checks; fill in what was done.
  public init() {}
}

/// What is known of keys, beyond what the log says.
public struct KeyFigures: Hashable, Sendable {
  /// When a restorer's key opened something.
  public enum Use: Hashable, Sendable {
    /// Not yet.
    case notYet
    /// Last at this time, in seconds since 1970.
    case last(Int64)
  }

  /// How many spare copies of a key there are, and how many there are to be.
  public struct SpareCopies: Hashable, Sendable {
    /// Copies that there are.
    public var held: Int
    /// Copies that there are to be.
    public var needed: Int

    /// A count of copies.
    public init(held: Int, needed: Int) {
      self.held = held
      self.needed = needed
    }
  }

  /// Whether `owner.key` lies beside `host.key`.
  public var isOwnerKeyBesideHostKey: Bool?
  /// Whether the recovery sheet was typed back.
  public var isRecoverySheetConfirmed: Bool?
  /// When a restorer's key last opened something; a restore test in the log counts too.
  public var restorerUse: Use?
  /// The keys that the external administrator holds, as the register says.
  public var administratorKeys: [KeyID]?
  /// Keys past the date by which they were to be replaced.
  public var overdueReplacements: Int?
  /// Spare copies of the owner's key.
  public var spareCopies: SpareCopies?
  /// Who holds each key, as a role in the firm.
  public var holders: [KeyID: String]?

  /// Nothing known; fill in what is.
  public init() {}
}

/// What was tried against the store, and what protects the way to it.
public struct AccessFigures: Hashable, Sendable {
  /// What became of something that must not be possible.
  public enum Attempt: Hashable, Sendable {
    /// It was refused, at this time in seconds since 1970.
    case refused(Int64)
    /// It was allowed, at this time.
    case allowed(Int64)

    var at: Int64 {
      switch self {
      case .refused(let at), .allowed(let at): at
      }
    }

    var isRefused: Bool {
      switch self {
      case .refused: true
      case .allowed: false
      }
    }
  }

  /// Deletions signed by the writer's key, put to the rules of the log.
  public var deletionTrial: DeletionTrial?
  /// Deleting in the store with the writer's credential.
  public var writerDeletes: Attempt?
  /// Writing with the verifier's credential; what verifiers say in the log counts otherwise.
  public var verifierWrites: Attempt?
  /// What protects the way to the store.
  public var transport: Transport?
  /// Whether the store's region fits the declared country.
  public var doesRegionFit: Bool?

  /// What protects the way to a store.
  public enum Transport: String, Hashable, Sendable {
    /// Nothing is needed: it is a folder of the machine.
    case local
    /// SSH with a pinned host key.
    case ssh
    /// TLS with a checked certificate.
    case tls
    /// Nothing protects it.
    case none
  }

  /// Nothing known; fill in what is.
  public init() {}
}

/// What people keep account of: registers, minutes, exceptions.
public struct PeoplesAccounts: Hashable, Sendable {
  /// Something that is not as it should be, and is known.
  public struct Exception: Hashable, Sendable {
    /// How it stands (the risk states of OSCAL).
    public enum Status: String, Hashable, Sendable {
      /// Nothing is done yet.
      case open
      /// Somebody looks into it.
      case investigating
      /// Somebody repairs it.
      case remediating
      /// It is asked to be let be.
      case deviationRequested = "deviation-requested"
      /// It is let be.
      case deviationApproved = "deviation-approved"
      /// It is over.
      case closed
    }

    /// What it is about: a word of lower-case letters, digits and hyphens.
    public var rule: String
    /// How bad: a word.
    public var severity: String
    /// The first night.
    public var since: BackupPolicy.Night
    /// By when it is to be over.
    public var due: BackupPolicy.Night?
    /// Who brings it to an end, as a role: a word.
    public var owner: String?
    /// How it stands.
    public var status: Status

    /// An exception.
    public init(
      rule: String, severity: String, since: BackupPolicy.Night, due: BackupPolicy.Night? = nil,
      owner: String? = nil, status: Status = .open
    ) {
      self.rule = rule
      self.owner = owner
      self.severity = severity
      self.since = since
      self.due = due
      self.status = status
    }
  }

  /// The exceptions; nil if no account is kept.
  public var exceptions: [Exception]?
  /// Texts about exceptions, which only the confidential edition shows.
  public var exceptionNotes: [String]?
  /// Minutes of restore tests, which only the confidential edition shows.
  public var restoreMinutes: [String]?
  /// Tasks that restores left.
  public var restoreTasksOpen: Int?
  /// Tasks of erasure inside databases.
  public var erasureTasksOpen: Int?
  /// Erasures applied again after restores, and how many were due.
  public var erasuresReapplied: Int?
  /// How many erasures were due to be applied again.
  public var erasuresToReapply: Int = 0
  /// Requests that ended by themselves.
  public var erasuresSelfDeleted: Int?

  /// No accounts; fill in what is kept.
  public init() {}
}
