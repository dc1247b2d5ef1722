import BackupSystem
import Foundation

/// What a command said and how it ended: everything that a person or cron would have got of it.
struct Transcript: CustomStringConvertible {
  let command: String
  let ending: ChildProcess.Ending
  let outputBytes: [UInt8]
  let errors: String

  /// Standard output as text.
  var output: String { String(decoding: outputBytes, as: UTF8.self) }

  /// The exit code; -1 for a program that a signal or the time limit ended.
  var code: Int32 {
    if case .exited(let status) = ending { status } else { -1 }
  }

  /// Whether it ended with 0 and said nothing on standard error.
  var isClean: Bool { code == 0 && errors.isEmpty }

  /// Whether it ended with 0 and said nothing at all.
  var isSilent: Bool { isClean && outputBytes.isEmpty }

  /// Standard output, line by line.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  var description: String {
    "\n$ \(command)\n\(output)\(errors)[\(ending)]"
  }

  /// Standard output as one JSON value.
  func json() throws -> JSONObject { try JSONObject(outputBytes) }

  /// Standard output as one JSON value a line.
  func jsonLines() throws -> [JSONObject] { try lines.map { try JSONObject(Array($0.utf8)) } }
}

/// A value of JSON, asked for by name; what is not there is nil.
struct JSONObject: CustomStringConvertible {
  private let value: Any

  init(_ bytes: [UInt8]) throws {
    value = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
  }

  private init(value: Any) { self.value = value }

  subscript(name: String) -> JSONObject? {
    (value as? [String: Any])?[name].map { JSONObject(value: $0) }
  }

  subscript(index: Int) -> JSONObject? {
    guard let list = value as? [Any], list.indices.contains(index) else { return nil }
    return JSONObject(value: list[index])
  }

  var text: String? { value as? String }
  var number: Int? { (value as? NSNumber)?.intValue }
  var flag: Bool? { value as? Bool }
  var count: Int { (value as? [Any])?.count ?? 0 }
  var all: [JSONObject] { ((value as? [Any]) ?? []).map { JSONObject(value: $0) } }
  var names: [String] { ((value as? [String: Any]) ?? [:]).keys.sorted() }
  var description: String { "\(value)" }
}
