internal import BackupCrypto
internal import BackupFormat
public import BackupPolicy

/// An edition as OSCAL assessment results, version 1.2.1.
///
/// Every UUID follows from the record's commitment, so that the same edition gives the same bytes.
/// OSCAL knows only satisfied and not satisfied: what was not measured, or only declared, is an
/// observation without a finding.
public struct OSCALRendering: RecordRendering {
  /// The version of OSCAL that is written.
  public static let version = "1.2.1"
  /// The namespace of this program's properties.
  static let namespace = "urn:nightsafe:v1:record"

  /// The zone in which values are told; times of OSCAL itself are UTC.
  public var zone: TimeZoneData

  /// A rendering for a zone.
  public init(zone: TimeZoneData) { self.zone = zone }

  /// The JSON in UTF-8.
  public func render(_ edition: Edition) -> [UInt8] {
    CanonicalJSON.object([
      "assessment-results": OSCALDocument(
        edition, values: ValueText(language: .english, zone: zone)
      )
      .json
    ]).encode()
  }
}

private struct OSCALDocument {
  let edition: Edition
  let values: ValueText
  private let commitment: String

  init(_ edition: Edition, values: ValueText) {
    self.edition = edition
    self.values = values
    commitment = edition.commitment.hex
  }

  private func uuid(_ path: String) -> CanonicalJSON {
    .string(NameUUID.of("urn:nightsafe:record:\(commitment):\(edition.reader.rawValue):\(path)"))
  }

  /// A time; of a public edition only the date, for its times are nobody's business.
  private func time(_ unix: Int64?) -> String {
    let midnight = Int64(edition.night.dayNumber) * secondsPerDay
    let known = edition.reader == .public ? midnight : unix ?? madeAt
    return UTCText.dateTime(known)
  }

  private var madeAt: Int64 {
    edition[.headerCreatedAt]?["madeAt"]?.integer ?? Int64(edition.night.dayNumber) * secondsPerDay
  }

  /// The fields that are evidence for a control, each with it.
  private var evidence: [(field: RecordField, control: String)] {
    edition.revealed.compactMap { field in
      OSCALFinding.control(of: field.id).map { (field, $0) }
    }
  }

  var json: CanonicalJSON {
    .object([
      "uuid": uuid("results"),
      "metadata": .object([
        "title": .string("Record of the backup of the night of \(edition.night)"),
        "last-modified": .string(time(madeAt)), "version": .string(edition.night.description),
        "oscal-version": .string(OSCALRendering.version),
      ]),
      "import-ap": .object(["href": .string("#" + (policyUUID.string ?? ""))]),
      "results": .array([result]),
      "back-matter": .object(["resources": .array([policyResource])]),
    ])
  }

  // MARK: Plan

  private var policyUUID: CanonicalJSON { uuid("policy") }

  private var policyResource: CanonicalJSON {
    var resource: [String: CanonicalJSON] = [
      "uuid": policyUUID, "title": .string("Backup policy, as approved by the owner"),
      "description": .string("The plan by which the nights are assessed."),
    ]
    if let digest = edition[.policyDigest]?.value.string, !digest.isEmpty {
      resource["rlinks"] = .array([
        .object([
          "href": .string("policy.json"),
          "hashes": .array([
            .object(["algorithm": .string("SHA-256"), "value": .string(digest)])
          ]),
        ])
      ])
    }
    return .object(resource)
  }

  // MARK: Result

  private var result: CanonicalJSON {
    let evidence = evidence
    let controls = Set(evidence.map(\.control)).sorted()
    var result: [String: CanonicalJSON] = [
      "uuid": uuid("result"), "title": .string("Night of \(edition.night)"),
      "description": .string(
        "What is known of the backup of one night, \(edition.reader.rawValue) edition."),
      "start": .string(time(edition[.headerWindow]?["startAt"]?.integer)),
      "props": .array([property("record-commitment", commitment)]),
      "local-definitions": .object([
        "components": .array([
          .object([
            "uuid": uuid("tool"), "type": .string("software"), "title": .string("NightSafe"),
            "description": .string("Makes the record of each night."),
            "status": .object(["state": .string("operational")]),
          ])
        ])
      ]),
      "reviewed-controls": .object([
        "control-selections": .array([
          .object([
            "include-controls": .array(
              controls.map { .object(["control-id": .string($0)]) })
          ])
        ])
      ]),
      "observations": .array(evidence.map { observation($0.field, $0.control) }),
    ]
    let findings = OSCALFinding.all.compactMap(finding)
    if !findings.isEmpty { result["findings"] = .array(findings) }
    let risks = (edition[.exceptionsOpen]?.value.array ?? []).enumerated().map(risk)
    if !risks.isEmpty { result["risks"] = .array(risks) }
    return .object(result)
  }

  private func property(_ name: String, _ value: String) -> CanonicalJSON {
    .object([
      "name": .string(name), "ns": .string(OSCALRendering.namespace), "value": .string(value),
    ])
  }

  private func observation(_ field: RecordField, _ control: String) -> CanonicalJSON {
    let title = field.id.definition.english
    let what =
      switch field.state {
      case .notMeasured: "Not measured."
      case .declared: "Declared, not measured: \(values.text(field.value))."
      case .met, .notMet, .notApplicable: values.text(field.value) + "."
      }
    var properties = [
      property("field", field.id.rawValue), property("state", field.state.rawValue),
      property("control", control),
    ]
    if let level = field.level { properties.append(property("level", level.rawValue)) }
    if let by = field.by { properties.append(property("measured-by", by.rawValue)) }
    let method =
      switch (field.state, field.id.definition.source) {
      case (.notMeasured, _): "UNKNOWN"
      case (_, .measured): "TEST"
      case (_, .human): "INTERVIEW"
      case (_, .declared), (_, .imported): "EXAMINE"
      }
    return .object([
      "uuid": uuid("observation:\(field.id.rawValue)"),
      "title": .string(title.prefix(1).uppercased() + title.dropFirst()),
      "description": .string("\(title): \(what)"), "props": .array(properties),
      "methods": .array([.string(method)]),
      "origins": .array([
        .object([
          "actors": .array([
            .object(["type": .string("tool"), "actor-uuid": uuid("tool")])
          ])
        ])
      ]),
      "collected": .string(time(field.at)),
    ])
  }

  private func finding(_ finding: OSCALFinding) -> CanonicalJSON? {
    let fields = finding.fields.compactMap { edition[$0] }
    guard fields.count == finding.fields.count,
      let isSatisfied = OSCALFinding.isSatisfied(fields.map(\.state))
    else { return nil }
    let wrong = fields.filter { $0.state == .notMet }.map(\.id.definition.english)
    return .object([
      "uuid": uuid("finding:\(finding.target.id)"), "title": .string(finding.title),
      "description": .string(
        isSatisfied
          ? "Measured, and as promised." : "Not as promised: \(wrong.joined(separator: ", "))."),
      "target": .object([
        "type": .string(finding.target.type), "target-id": .string(finding.target.id),
        "status": .object([
          "state": .string(isSatisfied ? "satisfied" : "not-satisfied"),
          "reason": .string(isSatisfied ? "pass" : "fail"),
        ]),
      ]),
      "related-observations": .array(
        fields.map {
          .object(["observation-uuid": uuid("observation:\($0.id.rawValue)")])
        }),
    ])
  }

  private func risk(_ place: Int, _ line: CanonicalJSON) -> CanonicalJSON {
    func text(_ part: String) -> String { line.object?[part]?.string ?? "" }
    let title =
      FieldUrgency.field(ofRule: text("rule"))?.definition.english ?? text("rule")
    var risk: [String: CanonicalJSON] = [
      "uuid": uuid("risk:\(place):\(text("rule"))"), "title": .string(title),
      "description": .string("Not as promised since the night of \(text("since"))."),
      "statement": .string("\(title) is not met."), "status": .string(text("status")),
      "props": .array([
        property("severity", text("severity")),
        property("owner", text("owner").isEmpty ? "unassigned" : text("owner")),
      ]),
    ]
    if let due = BackupPolicy.Night(parsing: text("due")) {
      risk["deadline"] = .string(
        UTCText.dateTime(Int64(due.dayNumber + 1) * secondsPerDay - 1))
    }
    return .object(risk)
  }
}

/// Times as RFC 3339 has them.
enum UTCText {
  /// `2026-11-22T05:10:00Z`.
  static func dateTime(_ unix: Int64) -> String {
    let bounded = min(max(unix, -62_135_596_800), 253_402_300_799)
    let night = BackupPolicy.Night.utc(bounded)
    let second = Int(bounded - Int64(night.dayNumber) * secondsPerDay)
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(night)T\(two(second / 3_600)):\(two(second / 60 % 60)):\(two(second % 60))Z"
  }
}
