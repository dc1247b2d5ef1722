extension Array<UInt8> {
  /// Reads hexadecimal digits; white space between bytes is skipped.
  ///
  /// - Returns: `nil` for anything else.
  public init?(hex: String) {
    self = []
    var high: UInt8?
    for character in hex {
      if character.isWhitespace && high == nil { continue }
      guard let digit = character.hexDigitValue, character.isASCII else { return nil }
      if let first = high {
        append(first << 4 | UInt8(digit))
        high = nil
      } else {
        high = UInt8(digit)
      }
    }
    if high != nil { return nil }
  }

  /// The bytes as lower-case hexadecimal digits.
  public var hex: String {
    let digits = Array<Character>("0123456789abcdef")
    return String(flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
  }
}
