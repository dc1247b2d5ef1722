extension Policy {
  /// An element of `dataSets`: a named part of the business data.
  public struct DataSet: Hashable, Sendable {
    /// The maximum age above which a ground and a reason must be given: 13 months.
    public static let defaultMaximumDays = 396

    /// How far contents are shared between nights.
    public enum Deduplication: String, Hashable, Sendable, CaseIterable {
      /// Between all nights; a thief of the host can test guesses.
      case normal
      /// Only files that did not change are not stored again; nothing can be tested.
      case unchangedFilesOnly = "unchanged-files-only"
    }

    /// `hooks`: what is run around the data set.
    public struct Hooks: Hashable, Sendable {
      /// Run before the source is read; if it fails, the set is not backed up.
      public var before: [String]
      /// Run afterwards, also when something failed.
      public var after: [String]
      /// The seconds after which either is ended.
      public var timeLimitSeconds: Int

      /// Hooks; an empty command is none.
      public init(before: [String] = [], after: [String] = [], timeLimitSeconds: Int = 3_600) {
        self.before = before
        self.after = after
        self.timeLimitSeconds = timeLimitSeconds
      }
    }

    /// `alarms`: from which share of the files, in basis points, a night looks like an attack.
    public struct Alarms: Hashable, Sendable {
      /// Files changed since the night before.
      public var changedBasisPoints: Int
      /// Files gone since the night before.
      public var deletedBasisPoints: Int
      /// Files that no longer compress, of those that did the night before.
      public var noiseBasisPoints: Int
      /// The number of files below which no share is an alarm.
      public var minimumFileCount: Int

      /// Alarms; half changed, 30 % deleted, a fifth turned to noise, of at least 200 files.
      public init(
        changedBasisPoints: Int = 5_000, deletedBasisPoints: Int = 3_000,
        noiseBasisPoints: Int = 2_000, minimumFileCount: Int = 200
      ) {
        self.changedBasisPoints = changedBasisPoints
        self.deletedBasisPoints = deletedBasisPoints
        self.noiseBasisPoints = noiseBasisPoints
        self.minimumFileCount = minimumFileCount
      }
    }

    /// The name, unique in the policy.
    public var name: String
    /// Where the content comes from; no folder inside another.
    public var sources: [Source]
    /// Patterns in gitignore syntax, relative to each source; if any, only what they match is kept.
    public var include: [String]
    /// Patterns in gitignore syntax, relative to each source, for what is left out.
    public var exclude: [String]
    /// A file with more exclude patterns, absolute or relative to the policy file, or `nil`.
    public var excludeFile: String?
    /// Whether folders with a CACHEDIR.TAG are left out.
    public var excludesCaches: Bool
    /// Whether mounts inside a source are left out.
    public var staysOnOneFileSystem: Bool
    /// The size in bytes above which a file is left out and reported, or `nil`.
    public var maximumFileByteCount: Int?
    /// How far contents are shared between nights.
    public var deduplication: Deduplication
    /// What is run around the set.
    public var hooks: Hooks
    /// Files that must be there each night, unaltered: absolute paths inside a source.
    public var canaries: [String]
    /// The number of files below which the source is taken to be missing.
    public var minimumFileCount: Int
    /// How many files may change while they are read before the night counts as incomplete.
    public var changedDuringReadLimit: Int
    /// When a night looks like an attack.
    public var alarms: Alarms
    /// What is kept, and for how long.
    public var retention: Retention
    /// The category of personal data, or `nil`.
    public var category: String?
    /// What the data are for, or `nil`.
    public var purpose: String?
    /// The legal ground of the retention, or `nil`.
    public var legalBasis: String?
    /// Why it is kept so long, or `nil`.
    public var reason: String?
    /// Where the register of processing describes it, or `nil`.
    public var registerReference: String?

    /// A data set.
    public init(
      name: String, sources: [Source], include: [String] = [], exclude: [String] = [],
      excludeFile: String? = nil, excludesCaches: Bool = true, staysOnOneFileSystem: Bool = false,
      maximumFileByteCount: Int? = nil, deduplication: Deduplication = .normal,
      hooks: Hooks = Hooks(), canaries: [String] = [], minimumFileCount: Int = 1,
      changedDuringReadLimit: Int = 0, alarms: Alarms = Alarms(), retention: Retention,
      category: String? = nil, purpose: String? = nil, legalBasis: String? = nil,
      reason: String? = nil, registerReference: String? = nil
    ) {
      self.name = name
      self.sources = sources
      self.include = include
      self.exclude = exclude
      self.excludeFile = excludeFile
      self.excludesCaches = excludesCaches
      self.staysOnOneFileSystem = staysOnOneFileSystem
      self.maximumFileByteCount = maximumFileByteCount
      self.deduplication = deduplication
      self.hooks = hooks
      self.canaries = canaries
      self.minimumFileCount = minimumFileCount
      self.changedDuringReadLimit = changedDuringReadLimit
      self.alarms = alarms
      self.retention = retention
      self.category = category
      self.purpose = purpose
      self.legalBasis = legalBasis
      self.reason = reason
      self.registerReference = registerReference
    }

    /// The set's rules, with the bytes of its exclude file.
    ///
    /// - Returns: `nil` if the file makes them exceed ``PathRules/ruleCountMax`` or is too long.
    public func pathRules(
      excludeFile: [UInt8] = [], ruleIDKey: RuleIDKey = .open
    ) -> PathRules? {
      let include = include.map { Array($0.utf8) }
      let exclude = exclude.map { Array($0.utf8) }
      guard PathRules.fits(include: include, exclude: exclude, excludeFile: excludeFile) else {
        return nil
      }
      return PathRules(
        include: include, exclude: exclude, excludeFile: excludeFile, ruleIDKey: ruleIDKey)
    }
  }
}
