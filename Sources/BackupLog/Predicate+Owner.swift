public import BackupFormat

// What an owner says about keys, sets and policy (`Docs/format.md`, section 9.2).

extension Predicate {
  /// A key has these roles from here on; none revokes it.
  public struct RoleGrant: Hashable, Sendable, FieldCoded {
    /// The key.
    public var key: GrantedKey
    /// The roles, sorted by name; empty revokes all.
    public var roles: [Role]
    /// The data sets for which a writer or restorer holds its role, sorted.
    public var sets: [SetID]
    /// Whether it was declared never to have lain beside a writer or operator key.
    public var isSeparate: Bool

    /// Makes the predicate of its fields.
    public init(key: GrantedKey, roles: [Role], sets: [SetID], isSeparate: Bool) {
      self.key = key
      self.roles = roles
      self.sets = sets
      self.isSeparate = isSeparate
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      key = try f.part("key")
      roles = try f.sortedChoices("roles")
      sets = try f.sortedIDs("sets")
      isSeparate = try f.flag("separate")
    }

    var fields: [String: CanonicalJSON] {
      [
        "key": .part(key),
        "roles": .list(roles) { .choice($0) },
        "sets": .list(sets) { .id($0) },
        "separate": .flag(isSeparate),
      ]
    }
  }

  /// A data set exists, with this public key and these `keys/` objects.
  public struct DataSet: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID
    /// The set's X-Wing public key, 1,216 bytes.
    public var xWing: [UInt8]

    /// Makes the predicate of its fields.
    public init(set: SetID, xWing: [UInt8]) {
      self.set = set
      self.xWing = xWing
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
      xWing = try f.bytes("xwing", byteCount: PublicKey.xWingByteCount)
    }

    var fields: [String: CanonicalJSON] {
      [
        "set": .id(set),
        "xwing": .base64(xWing),
      ]
    }
  }

  /// What the owner approved for a data set.
  public struct Policy: Hashable, Sendable, FieldCoded {
    /// The data set.
    public var set: SetID
    /// What is kept, and how long.
    public var retention: Retention
    /// What keeps a thief of the host from deleting.
    public var protection: Protection
    /// Against what new chunks are compared.
    public var deduplication: Deduplication
    /// From when it is in force, in seconds since 1970.
    public var effective: Int64
    /// How many snapshots it will remove.
    public var removes: Int

    /// Makes the predicate of its fields.
    public init(
      set: SetID, retention: Retention, protection: Protection, deduplication: Deduplication,
      effective: Int64, removes: Int
    ) {
      self.set = set
      self.retention = retention
      self.protection = protection
      self.deduplication = deduplication
      self.effective = effective
      self.removes = removes
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      set = try f.id("set")
      retention = try f.part("retention")
      protection = try f.choice("protection")
      deduplication = try f.choice("deduplicate")
      effective = try f.seconds("effective")
      removes = try f.count("removes")
    }

    var fields: [String: CanonicalJSON] {
      [
        "set": .id(set),
        "retention": .part(retention),
        "protection": .choice(protection),
        "deduplicate": .choice(deduplication),
        "effective": .integer(effective),
        "removes": .count(removes),
      ]
    }
  }

  /// How many snapshots are kept, and how long; 0 means that a rule is not used.
  public struct Retention: Hashable, Sendable, FieldCoded {
    /// How long a pack may hold a dead block.
    public var collectionLagDays: Int
    /// Snapshots kept, one a day.
    public var daily: Int
    /// The newest checked snapshots that stay whatever happens.
    public var floor: Int
    /// All snapshots younger than this stay.
    public var keepWithinDays: Int
    /// The newest snapshots kept.
    public var last: Int
    /// No snapshot stays longer than this.
    public var maximumAgeDays: Int
    /// Snapshots kept, one a month.
    public var monthly: Int
    /// Snapshots kept, one a quarter.
    public var quarterly: Int
    /// How often blocks that hold something dead are stored anew.
    public var refreshDays: Int
    /// Snapshots kept, one a week.
    public var weekly: Int
    /// Snapshots kept, one a year.
    public var yearly: Int
    /// For how many years after the end of its book year the last snapshot of each is kept; 0 = the rule
    /// is not used.
    public var bookYears: Int
    /// The month with which a book year ends; 12 where the rule is not used.
    public var bookYearEndMonth: Int

    /// Makes it of its fields.
    public init(
      collectionLagDays: Int, daily: Int, floor: Int, keepWithinDays: Int, last: Int,
      maximumAgeDays: Int, monthly: Int, quarterly: Int, refreshDays: Int, weekly: Int, yearly: Int,
      bookYears: Int = 0, bookYearEndMonth: Int = 12
    ) {
      self.collectionLagDays = collectionLagDays
      self.daily = daily
      self.floor = floor
      self.keepWithinDays = keepWithinDays
      self.last = last
      self.maximumAgeDays = maximumAgeDays
      self.monthly = monthly
      self.quarterly = quarterly
      self.refreshDays = refreshDays
      self.weekly = weekly
      self.yearly = yearly
      self.bookYears = bookYears
      self.bookYearEndMonth = bookYears > 0 ? bookYearEndMonth : 12
    }

    init(fields f: inout FieldReader) throws(FormatError) {
      collectionLagDays = try f.count("collectionLagDays")
      daily = try f.count("daily")
      floor = try f.count("floor")
      keepWithinDays = try f.count("keepWithinDays")
      last = try f.count("last")
      maximumAgeDays = try f.count("maximumAgeDays")
      monthly = try f.count("monthly")
      quarterly = try f.count("quarterly")
      refreshDays = try f.count("refreshDays")
      weekly = try f.count("weekly")
      yearly = try f.count("yearly")
      bookYears = 0
      bookYearEndMonth = 12
      if f.has("bookYears") {
        bookYears = try f.count("bookYears")
        bookYearEndMonth = try f.count("bookYearEndMonth")
        guard bookYears > 0, (1...12).contains(bookYearEndMonth) else {
          throw .outOfRange(.predicate)
        }
      }
    }

    var fields: [String: CanonicalJSON] {
      var fields: [String: CanonicalJSON] = [
        "collectionLagDays": .count(collectionLagDays),
        "daily": .count(daily),
        "floor": .count(floor),
        "keepWithinDays": .count(keepWithinDays),
        "last": .count(last),
        "maximumAgeDays": .count(maximumAgeDays),
        "monthly": .count(monthly),
        "quarterly": .count(quarterly),
        "refreshDays": .count(refreshDays),
        "weekly": .count(weekly),
        "yearly": .count(yearly),
      ]
      if bookYears > 0 {
        fields["bookYears"] = .count(bookYears)
        fields["bookYearEndMonth"] = .count(bookYearEndMonth)
      }
      return fields
    }
  }

  /// What keeps the store's objects from being deleted.
  public enum Protection: String, Hashable, Sendable {
    /// The store refuses for a time.
    case objectLock
    /// The writer's account can't delete.
    case appendOnlyAccount
    /// Another machine pulls a copy.
    case pulledCopy
    /// Nothing does.
    case none
  }

  /// Against what a writer compares new chunks.
  public enum Deduplication: String, Hashable, Sendable {
    /// All live blocks of the set.
    case normal
    /// Nothing but files that look unchanged.
    case unchangedFilesOnly = "unchanged-files-only"
  }
}
