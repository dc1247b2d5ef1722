/// What is fixed about a field, whatever the night.
public struct FieldDefinition: Hashable, Sendable {
  /// The field.
  public let id: FieldID
  /// Who may read it: this reader and those who may read more.
  public let reader: Reader
  /// Where its value comes from.
  public let source: FieldSource
  /// What it is called, in two or three words of English.
  public let english: String
  /// What it is called in Dutch.
  public let dutch: String

  init(
    _ id: FieldID, _ reader: Reader, _ source: FieldSource, english: String, dutch: String
  ) {
    self.id = id
    self.reader = reader
    self.source = source
    self.english = english
    self.dutch = dutch
  }

  /// All fields, in the order of their ids.
  public static let all: [FieldDefinition] = fromAtoE + fromFtoL + fromMtoZ

  private static let byID = Dictionary(uniqueKeysWithValues: all.map { ($0.id, $0) })

  /// The definition of a field.
  static func of(_ id: FieldID) -> FieldDefinition {
    guard let definition = byID[id] else { preconditionFailure("every field is defined") }
    return definition
  }

  /// The field's name in a language.
  public func title(in language: Language) -> String {
    switch language {
    case .english: english
    case .dutch: dutch
    }
  }
}

extension FieldID {
  /// What is fixed about the field.
  public var definition: FieldDefinition { .of(self) }
}

/// A language in which people are addressed.
public enum Language: String, Hashable, CaseIterable, Sendable {
  /// Dutch.
  case dutch = "nl"
  /// English.
  case english = "en"
}
