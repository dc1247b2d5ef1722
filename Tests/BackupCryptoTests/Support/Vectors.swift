import Foundation

/// Finds and reads the data files under `Tests/Vectors`.
enum Vectors {
  /// The package's root: the first folder above this file that has `Tests/Vectors`.
  static let packageRoot: URL = {
    var folder = URL(filePath: #filePath).deletingLastPathComponent()
    while folder.path != "/" {
      if FileManager.default.fileExists(atPath: folder.appending(path: "Tests/Vectors").path) {
        return folder
      }
      folder.deleteLastPathComponent()
    }
    preconditionFailure("tests run where Tests/Vectors is")
  }()

  static func decode<Value: Decodable>(_ type: Value.Type, from path: String) throws -> Value {
    let file = packageRoot.appending(path: "Tests/Vectors").appending(path: path)
    return try JSONDecoder().decode(type, from: Data(contentsOf: file))
  }
}

/// A Wycheproof file, as far as the tests here read it.
struct Wycheproof<Group: Decodable>: Decodable {
  let numberOfTests: Int
  let testGroups: [Group]

  static func load(_ name: String) throws -> Self {
    try Vectors.decode(Self.self, from: "wycheproof/\(name).json")
  }
}

/// Bytes written as hexadecimal text.
struct Hex: Decodable, ExpressibleByStringLiteral {
  let bytes: [UInt8]

  init(_ text: some StringProtocol) {
    let digits = text.compactMap(\.hexDigitValue)
    precondition(digits.count == text.count && digits.count % 2 == 0, "a vector is hexadecimal")
    bytes = stride(from: 0, to: digits.count, by: 2).map {
      UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
  }

  init(stringLiteral text: String) { self.init(text) }

  init(from decoder: any Decoder) throws {
    self.init(try decoder.singleValueContainer().decode(String.self))
  }
}

extension [UInt8] {
  var hex: String {
    map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The bytes with one bit changed.
  func flippingBit(_ bit: Int) -> [UInt8] {
    var copy = self
    copy[bit / 8] ^= 1 << UInt8(bit % 8)
    return copy
  }
}
