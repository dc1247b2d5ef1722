/// A JSON value and where it stands.
struct JSONNode {
  var value: JSONValue
  var position: TextPosition
}

/// A JSON value; members keep their order.
enum JSONValue {
  case null
  case flag(Bool)
  case integer(Int)
  /// A number with a fraction or an exponent, or one that no `Int` holds.
  case otherNumber
  case text(String)
  case list([JSONNode])
  case object([JSONMember])

  var kind: JSONKind {
    switch self {
    case .null: .null
    case .flag: .flag
    case .integer: .wholeNumber
    case .otherNumber: .otherNumber
    case .text: .text
    case .list: .list
    case .object: .object
    }
  }
}

/// A key, where it stands, and its value.
struct JSONMember {
  var key: String
  var position: TextPosition
  var node: JSONNode
}

/// What sort of value was found.
public enum JSONKind: String, Hashable, Sendable, CaseIterable {
  /// `null`
  case null = "null"
  /// `true` or `false`
  case flag = "true or false"
  /// A whole number.
  case wholeNumber = "a whole number"
  /// A number with a fraction or an exponent, or one too large.
  case otherNumber = "a number that is not whole or is too large"
  /// A string.
  case text = "a text"
  /// An array.
  case list = "a list"
  /// An object.
  case object = "an object"
}
