internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension Record {
  /// The record of a night: every field, filled from what is known and from nothing else.
  public static func make(_ input: RecordInput) -> Record {
    var maker = RecordMaker(input)
    maker.fillHeader()
    maker.fillResult()
    maker.fillPolicy()
    maker.fillNights()
    maker.fillCoverage()
    maker.fillIntegrity()
    maker.fillRestore()
    maker.fillRetention()
    maker.fillEncryption()
    maker.fillKeys()
    maker.fillAccess()
    maker.fillLocations()
    maker.fillContracts()
    maker.fillErasure()
    maker.fillIncidents()
    maker.fillTrend()
    maker.fillSize()
    maker.fillLog()
    maker.fillExceptions()
    maker.fillNotMeasured()
    return Record(night: input.night, fields: maker.fields)
  }
}

/// Fills the fields of a record, one group after another.
struct RecordMaker {
  let input: RecordInput
  /// The data sets of the night, in the order of their ids.
  let sets: [SetNight]
  /// The nights to count, oldest first.
  let nights: [NightEntry]
  /// Whether backups were made before the first night that is counted.
  let isOlderThanLedger: Bool
  /// The fields filled so far.
  private(set) var fields: [FieldID: RecordField] = [:]

  init(_ input: RecordInput) {
    self.input = input
    sets = input.sets.sorted { $0.set < $1.set }
    let first = input.log?.snapshots.values.joined().map(\.night.dayNumber).min()
    let entries = input.ledger?.entries ?? []
    nights = entries.filter {
      $0.night.dayNumber >= first ?? .min && $0.night <= input.night
    }
    isOlderThanLedger = (first ?? .max) < (entries.first?.night.dayNumber ?? .min)
  }

  // MARK: What several groups ask

  var now: Int64 { input.now }
  var log: LogState? { input.log }
  var policy: Policy? { input.policy }

  /// Who measured what the caller hands in.
  var by: FieldWitness { input.isIndependentReader ? .verifier : .host }

  /// The data sets to answer for: those of the night, or all that the log knows and that are not
  /// destroyed.
  var setIDs: [SetID] {
    if !sets.isEmpty { return sets.map(\.set) }
    guard let log else { return [] }
    return log.dataSets.keys.filter { !log.isDestroyed($0, at: now) }.sorted()
  }

  /// The date on the wall at a time.
  func date(_ unix: Int64) -> BackupPolicy.Night {
    let bounded = min(max(unix, -62_135_596_800), 253_402_300_799)
    let offset = input.window.map { Int64($0.zone.offset(at: bounded).seconds) } ?? 0
    return .utc(bounded + offset)
  }

  /// Whole days from a time until now; none if it lies ahead.
  func days(since unix: Int64) -> Int {
    let (difference, overflow) = now.subtractingReportingOverflow(unix)
    return overflow ? .max : Int(max(0, difference) / secondsPerDay)
  }

  // MARK: Filling

  mutating func set(
    _ id: FieldID, _ state: FieldState, _ value: CanonicalJSON, level: FieldLevel? = nil,
    at: Int64? = nil, by: FieldWitness? = nil
  ) {
    precondition(fields[id] == nil, "a field is filled once")
    let bounded = at.map { min(max($0, -CanonicalJSON.integerMax), CanonicalJSON.integerMax) }
    fields[id] = RecordField(id, state, value, level: level, at: bounded, by: by)
  }

  /// Fills a field with a plain fact, if it is known.
  mutating func fact(_ id: FieldID, _ value: CanonicalJSON?) {
    guard let value else { return }
    set(id, .notApplicable, value, by: by)
  }

  /// Fills a field from a judgement, if there is one.
  mutating func judge(
    _ id: FieldID, _ isMet: Bool?, _ value: CanonicalJSON, level: FieldLevel? = nil,
    at: Int64? = nil, by witness: FieldWitness? = nil
  ) {
    guard let isMet else { return }
    set(id, isMet ? .met : .notMet, value, level: level, at: at, by: witness ?? by)
  }

  mutating func fillNotMeasured() {
    let ids = FieldID.allCases.filter {
      $0 != .recordNotMeasured && (fields[$0]?.state ?? .notMeasured) == .notMeasured
    }
    set(.recordNotMeasured, .notApplicable, .array(ids.map { .string($0.rawValue) }))
  }
}

extension BackupPolicy.Night {
  /// The date in UTC at a time.
  static func utc(_ unix: Int64) -> BackupPolicy.Night {
    let day = unix / secondsPerDay - (unix % secondsPerDay < 0 ? 1 : 0)
    return BackupPolicy.Night(dayNumber: Int(day))
  }
}

extension CanonicalJSON {
  /// A number, held within what canonical JSON can say.
  static func number(_ value: some BinaryInteger) -> CanonicalJSON {
    .integer(Int64(clamping: value).clamped)
  }

  /// `yes` or `no`.
  static func yes(_ value: Bool) -> CanonicalJSON { .string(value ? "yes" : "no") }

  /// `yes`, `no` or `unknown`.
  static func yes(_ value: Bool?) -> CanonicalJSON {
    value.map { .yes($0) } ?? .string("unknown")
  }

  /// An id in hex.
  static func hex(_ id: some Identifier) -> CanonicalJSON { .string(id.hex) }

  /// A date.
  static func date(_ night: BackupPolicy.Night) -> CanonicalJSON { .string(night.description) }

  /// A word that a program chose; anything else becomes `other`, so that no free text slips in.
  static func word(_ text: String) -> CanonicalJSON {
    let isWord =
      (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case 0x61...0x7a, 0x30...0x39, 0x2d: true
        default: false
        }
      }
    return .string(isWord ? text : "other")
  }
}

extension Int64 {
  fileprivate var clamped: Int64 {
    Swift.min(Swift.max(self, -CanonicalJSON.integerMax), CanonicalJSON.integerMax)
  }
}
