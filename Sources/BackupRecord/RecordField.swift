public import BackupFormat

/// A field of a record: a value, and how far it can be relied on.
public struct RecordField: Hashable, Sendable {
  /// Which field it is.
  public let id: FieldID
  /// What the value says of what was promised.
  public let state: FieldState
  /// The value, in strings and integers; fractions as basis points.
  ///
  /// Empty if not measured.
  public let value: CanonicalJSON
  /// How deep the check went, where it was one.
  public let level: FieldLevel?
  /// When it was measured, in seconds since 1970; public fields don't say.
  public let at: Int64?
  /// Who measured it.
  public let by: FieldWitness?

  /// A field.
  ///
  /// Only what was measured can be met, so that of other sources becomes declared. A field that
  /// was not measured has no value, and a public one no time of day.
  public init(
    _ id: FieldID, _ state: FieldState, _ value: CanonicalJSON, level: FieldLevel? = nil,
    at: Int64? = nil, by: FieldWitness? = nil
  ) {
    let isMeasured = state != .notMeasured
    self.id = id
    self.state =
      state == .met && id.definition.source != .measured ? .declared : state
    self.value = isMeasured ? value : .string("")
    self.level = isMeasured ? level : nil
    self.at = isMeasured && id.definition.reader != .public ? at : nil
    self.by = isMeasured ? by : nil
  }

  /// A field that nobody looked at.
  public static func notMeasured(_ id: FieldID) -> RecordField {
    RecordField(id, .notMeasured, .string(""))
  }

  /// What is committed: `source`, `state`, `value`, and `at`, `by`, `level` where they are known.
  public var json: CanonicalJSON {
    var object: [String: CanonicalJSON] = [
      "source": .string(id.definition.source.rawValue), "state": .string(state.rawValue),
      "value": value,
    ]
    object["at"] = at.map { .integer($0) }
    object["by"] = by.map { .string($0.rawValue) }
    object["level"] = level.map { .string($0.rawValue) }
    return .object(object)
  }

  /// Reads what ``json`` writes; nil for anything else.
  init?(_ id: FieldID, json: CanonicalJSON) {
    guard let object = json.object, let value = object["value"],
      let state = object["state"]?.string.flatMap(FieldState.init)
    else { return nil }
    self.init(
      id, state, value, level: object["level"]?.string.flatMap(FieldLevel.init),
      at: object["at"]?.integer, by: object["by"]?.string.flatMap(FieldWitness.init))
    guard self.json == json else { return nil }
  }

  /// The named part of the value, if it is an object that has one.
  public subscript(part: String) -> CanonicalJSON? { value.object?[part] }
}
