extension Policy {
  /// `record`: how long the editions of the compliance record are kept, in days.
  public struct RecordTerms: Hashable, Sendable {
    /// The public edition.
    public var publicDays: Int
    /// The administrator's edition.
    public var administratorDays: Int
    /// The confidential edition.
    public var confidentialDays: Int
    /// Whether the public sentences may say how many nights were covered.
    public var publishesNightCounts: Bool

    /// Terms; two years for the administrator's edition and three for the others by default.
    public init(
      publicDays: Int = 1_095, administratorDays: Int = 730, confidentialDays: Int = 1_095,
      publishesNightCounts: Bool = false
    ) {
      self.publicDays = publicDays
      self.administratorDays = administratorDays
      self.confidentialDays = confidentialDays
      self.publishesNightCounts = publishesNightCounts
    }
  }

  /// `incidents`: the clocks of breach assessment (AVG article 33).
  public struct IncidentTerms: Hashable, Sendable {
    /// From which risk on the authority is told.
    public enum Threshold: String, Hashable, Sendable, CaseIterable {
      /// Unless a risk is unlikely, as article 33(1) has it.
      case risk
      /// At a high risk only, as has been proposed.
      case highRisk
    }

    /// The hours within which an incident is to be assessed.
    public var assessWithinHours: Int
    /// From which risk on the authority is told.
    public var threshold: Threshold

    /// Terms.
    public init(assessWithinHours: Int = 72, threshold: Threshold = .risk) {
      self.assessWithinHours = assessWithinHours
      self.threshold = threshold
    }
  }

  /// `review`: the dates on which management looked, and will look, at this policy.
  public struct Review: Hashable, Sendable {
    /// The date of the last review, or `nil`.
    public var last: Night?
    /// The date by which the next one is due, or `nil`.
    public var next: Night?

    /// A review.
    public init(last: Night? = nil, next: Night? = nil) {
      self.last = last
      self.next = next
    }
  }

  /// An element of `locations`: a place where copies lie, as declared and not proven.
  public struct Location: Hashable, Sendable {
    /// A name for it, for the confidential edition.
    public var name: String
    /// Who runs it, or `nil` for the firm itself.
    public var provider: String?
    /// The country, by ISO 3166-1.
    public var country: String
    /// Whether that is in the European Economic Area.
    public var isInEEA: Bool
    /// Whether it is away from the data.
    public var isOffSite: Bool
    /// Whether it is cut off from the network except while copying.
    public var isOffline: Bool
    /// The date of the agreement with a processor (AVG article 28), or `nil`.
    public var processorAgreementDate: Night?

    /// A location.
    public init(
      name: String, provider: String? = nil, country: String, isInEEA: Bool, isOffSite: Bool,
      isOffline: Bool = false, processorAgreementDate: Night? = nil
    ) {
      self.name = name
      self.provider = provider
      self.country = country
      self.isInEEA = isInEEA
      self.isOffSite = isOffSite
      self.isOffline = isOffline
      self.processorAgreementDate = processorAgreementDate
    }

    /// The members of the European Economic Area by ISO 3166-1: the Union's 27, Iceland,
    /// Liechtenstein and Norway.
    public static let countriesOfEEA: Set<String> = [
      "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IS",
      "IT", "LV", "LI", "LT", "LU", "MT", "NL", "NO", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
    ]
  }

  /// An element of `contracts`: somebody who helps, and under which agreement.
  public struct Contract: Hashable, Sendable {
    /// What somebody does.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// Looks after the machines.
      case systemAdministrator
      /// Stores copies.
      case storageProvider
      /// Witnesses the log only.
      case witness
      /// Anything else.
      case other
    }

    /// The party's name.
    public var name: String
    /// What it does.
    public var kind: Kind
    /// What the agreement covers, or `nil`.
    public var scope: String?
    /// The date of the contract.
    public var agreementDate: Night
    /// The date of the agreement with a processor (AVG article 28), or `nil`.
    public var processorAgreementDate: Night?
    /// The date by which it is to be looked at again, or `nil`.
    public var reviewDate: Night?
    /// Whether the name may stand in the public sentences.
    public var isNamePublic: Bool

    /// A contract.
    public init(
      name: String, kind: Kind, scope: String? = nil, agreementDate: Night,
      processorAgreementDate: Night? = nil, reviewDate: Night? = nil, isNamePublic: Bool = false
    ) {
      self.name = name
      self.kind = kind
      self.scope = scope
      self.agreementDate = agreementDate
      self.processorAgreementDate = processorAgreementDate
      self.reviewDate = reviewDate
      self.isNamePublic = isNamePublic
    }
  }

  /// An element of `keyRegister`: who holds a key, and what is to become of it.
  public struct KeyEntry: Hashable, Sendable {
    /// The key's id: 32 hexadecimal digits.
    public var key: String
    /// Who holds it, as a role in the firm.
    public var holder: String
    /// Whether somebody outside the firm holds it, such as a system administrator under contract.
    public var isExternal: Bool
    /// The date by which it is to be replaced, or `nil`.
    public var replaceBy: Night?
    /// How many spare copies of it there are, or `nil` where nobody counted.
    public var copies: Int?
    /// How many there are to be.
    public var copiesNeeded: Int

    /// An entry; one spare copy is to be, unless said otherwise.
    public init(
      key: String, holder: String, isExternal: Bool = false, replaceBy: Night? = nil,
      copies: Int? = nil, copiesNeeded: Int = 1
    ) {
      self.key = key
      self.holder = holder
      self.isExternal = isExternal
      self.replaceBy = replaceBy
      self.copies = copies
      self.copiesNeeded = copiesNeeded
    }
  }

  /// `objectives`: what was decided about loss and time to recover (BIO2 8.13.02).
  public struct Objectives: Hashable, Sendable {
    /// The most hours of work that may be lost.
    public var recoveryPointHours: Int
    /// The most hours that a restore may take.
    public var recoveryTimeHours: Int

    /// Objectives; a day and a working day by default.
    public init(recoveryPointHours: Int = 26, recoveryTimeHours: Int = 8) {
      self.recoveryPointHours = recoveryPointHours
      self.recoveryTimeHours = recoveryTimeHours
    }
  }

  /// `verification`: what the verifier promises; fractions are basis points, hundredths of a
  /// per cent.
  public struct Verification: Hashable, Sendable {
    /// How sure a sample makes: 9500 is 95 %.
    public var confidenceBasisPoints: Int
    /// The share of damaged blocks that a sample is to catch: 10 is 0.1 %.
    public var damageShareBasisPoints: Int
    /// The nights within which each block is read again.
    public var sweepNights: Int
    /// The days within which a restore is tested.
    public var restoreTestDays: Int

    /// A promise; 95 % sure of 0.1 %, all within 30 nights, a restore test each 100 days.
    public init(
      confidenceBasisPoints: Int = 9_500, damageShareBasisPoints: Int = 10, sweepNights: Int = 30,
      restoreTestDays: Int = 100
    ) {
      self.confidenceBasisPoints = confidenceBasisPoints
      self.damageShareBasisPoints = damageShareBasisPoints
      self.sweepNights = sweepNights
      self.restoreTestDays = restoreTestDays
    }
  }
}
