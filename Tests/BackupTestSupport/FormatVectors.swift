internal import Foundation

/// A case of `Tests/Vectors/format/`: bytes, and what a reader must make of them.
public struct FormatVector: Sendable, CustomStringConvertible {
  /// The file and the number of the case in it, with the reason of a refusal.
  public let description: String
  fileprivate let fields: [String: Value]

  /// A value of a field.
  fileprivate indirect enum Value: Decodable, Sendable {
    case text(String)
    case number(Int)
    case list([Value])
    case object([String: Value])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else if let number = try? container.decode(Int.self) {
        self = .number(number)
      } else if let list = try? container.decode([Value].self) {
        self = .list(list)
      } else {
        self = .object(try container.decode([String: Value].self))
      }
    }
  }

  fileprivate init(description: String, fields: [String: Value]) {
    self.description = description
    self.fields = fields
  }

  /// Reads every case of a file; what is not of the expected shape fails the test run at once.
  public static func load(_ name: String) -> [FormatVector] {
    struct File: Decodable {
      var cases: [[String: Value]]
    }
    var folder = URL(filePath: #filePath).deletingLastPathComponent()
    while folder.path != "/",
      !FileManager.default.fileExists(atPath: folder.appending(path: "Tests/Vectors").path)
    {
      folder.deleteLastPathComponent()
    }
    let url = folder.appending(path: "Tests/Vectors/format/\(name).json")
    do {
      let file = try JSONDecoder().decode(File.self, from: Data(contentsOf: url))
      precondition(!file.cases.isEmpty, "\(name).json holds cases")
      return file.cases.enumerated().map { i, fields in
        let plain = FormatVector(description: "", fields: fields)
        let why = plain.has("why") ? ": " + plain.text("why") : ""
        return FormatVector(description: "\(name) \(i)\(why)", fields: fields)
      }
    } catch {
      preconditionFailure("\(url.path) can be read: \(error)")
    }
  }

  /// Whether a reader must accept.
  public var isAccepted: Bool { text("expect") == "ok" }

  /// Why a reader must refuse; empty if it must accept.
  public var why: String { has("why") ? text("why") : "" }

  /// Whether the case has the field.
  public func has(_ field: String) -> Bool { fields[field] != nil }

  /// A text.
  public func text(_ field: String) -> String {
    guard case .text(let text)? = fields[field] else {
      preconditionFailure("\(description) has the text \(field)")
    }
    return text
  }

  /// A number.
  public func number(_ field: String) -> Int {
    guard case .number(let number)? = fields[field] else {
      preconditionFailure("\(description) has the number \(field)")
    }
    return number
  }

  /// Bytes that the file holds in hexadecimal.
  public func bytes(_ field: String) -> [UInt8] { Self.bytes(hex: text(field)) }

  /// A list of texts.
  public func texts(_ field: String) -> [String] {
    values(field).map { value in
      guard case .text(let text) = value else {
        preconditionFailure("\(description) has texts in \(field)")
      }
      return text
    }
  }

  /// A list of numbers.
  public func numbers(_ field: String) -> [Int] { Self.numbers(values(field)) }

  /// A list of lists of numbers.
  public func numberLists(_ field: String) -> [[Int]] {
    values(field).map { value in
      guard case .list(let list) = value else {
        preconditionFailure("\(description) has lists in \(field)")
      }
      return Self.numbers(list)
    }
  }

  /// A list of lists in which numbers and texts mix; the numbers come as text.
  public func textLists(_ field: String) -> [[String]] {
    values(field).map { value in
      guard case .list(let list) = value else {
        preconditionFailure("\(description) has lists in \(field)")
      }
      return list.map { item in
        switch item {
        case .text(let text): text
        case .number(let number): String(number)
        case .list, .object: preconditionFailure("\(description) has plain values in \(field)")
        }
      }
    }
  }

  /// A list of objects, each read like a case.
  public func objects(_ field: String) -> [FormatVector] {
    values(field).map { value in
      guard case .object(let fields) = value else {
        preconditionFailure("\(description) has objects in \(field)")
      }
      return FormatVector(description: "\(description), in \(field)", fields: fields)
    }
  }

  private func values(_ field: String) -> [Value] {
    guard case .list(let values)? = fields[field] else {
      preconditionFailure("\(description) has the list \(field)")
    }
    return values
  }

  private static func numbers(_ values: [Value]) -> [Int] {
    values.map { value in
      guard case .number(let number) = value else { preconditionFailure("a list of numbers") }
      return number
    }
  }

  /// Bytes from hexadecimal text.
  public static func bytes(hex text: String) -> [UInt8] {
    let digits = text.utf8.map { $0 < 0x3a ? $0 &- 0x30 : ($0 | 0x20) &- 0x57 }
    precondition(digits.count % 2 == 0 && digits.allSatisfy { $0 < 16 }, "hexadecimal text")
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
