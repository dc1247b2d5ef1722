/// A parser that is given anything at all.
///
/// What it refuses it refuses with an error. What it takes must hold what ``check`` says, such as that it is
/// written again as the same bytes: there is one form of everything that is stored.
struct FuzzTarget: Sendable, CustomStringConvertible {
  /// Its name on the command line, and that of the folder of its inputs.
  let description: String
  /// Reads an input; throws where it is refused, and returns what is wrong where it was taken wrongly.
  let check: @Sendable (_ input: [UInt8]) throws -> String?
  /// The longest input worth trying, in bytes.
  var byteCountMax = 4096

  /// What is wrong with what the parser made of an input; nil if nothing.
  func failure(of input: [UInt8]) -> String? {
    // A refusal is an answer, whatever its reason.
    (try? check(input)) ?? nil
  }

  /// Whether the parser takes an input.
  func takes(_ input: [UInt8]) -> Bool {
    do { return try check(input) == nil } catch { return false }
  }

  /// A parser of bytes that are written again.
  static func canonical(
    _ name: String, byteCountMax: Int = 4096,
    _ recode: @escaping @Sendable ([UInt8]) throws -> [UInt8]
  ) -> FuzzTarget {
    FuzzTarget(
      description: name,
      check: { try recode($0) == $0 ? nil : "what was read is written as other bytes" },
      byteCountMax: byteCountMax)
  }

  /// A parser that takes several forms of one value.
  static func stable<Value: Equatable & SendableMetatype>(
    _ name: String, byteCountMax: Int = 4096, read: @escaping @Sendable ([UInt8]) throws -> Value,
    write: @escaping @Sendable (Value) throws -> [UInt8]
  ) -> FuzzTarget {
    FuzzTarget(
      description: name,
      check: { input in
        let value = try read(input)
        let written = try write(value)
        guard let again = try? read(written) else { return "what was written is refused" }
        return again == value ? nil : "what was written is read as another value"
      }, byteCountMax: byteCountMax)
  }

  /// All of them.
  static let all =
    formatTargets + logTargets + keyTargets + textTargets + policyTargets + stateTargets
    + compressionTargets

  /// The target of a name.
  static func named(_ name: String) -> FuzzTarget? { all.first { $0.description == name } }
}
