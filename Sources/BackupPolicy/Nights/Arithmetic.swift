/// The number of seconds in a day without a change of the clock.
let secondsPerDay: Int64 = 86_400

/// `dividend / divisor`, rounded towards minus infinity; `divisor` is positive.
func floorDivide<Number: FixedWidthInteger & SignedInteger>(
  _ dividend: Number, _ divisor: Number
) -> Number {
  let quotient = dividend / divisor
  return dividend % divisor < 0 ? quotient - 1 : quotient
}

/// What remains after ``floorDivide(_:_:)``: zero or positive.
func floorModulo<Number: FixedWidthInteger & SignedInteger>(
  _ dividend: Number, _ divisor: Number
) -> Number {
  dividend - floorDivide(dividend, divisor) * divisor
}

/// An instant within the years 1 to 9999, so that sums with offsets and ages cannot overflow.
///
/// Times come from signed statements, but a signature does not make a number reasonable.
func bounded(_ instant: Int64) -> Int64 {
  min(max(instant, -62_135_596_800), 253_402_300_799)
}

/// The seconds of some days; days below 0 or above 4,000,000 (more than 9999 years) are cut off.
func seconds(days: Int) -> Int64 { Int64(min(max(days, 0), 4_000_000)) * secondsPerDay }

/// The value of one to nine decimal digits, or `nil`.
func decimal(_ digits: ArraySlice<UInt8>) -> Int? {
  guard (1...9).contains(digits.count) else { return nil }
  var value = 0
  for digit in digits {
    guard (0x30...0x39).contains(digit) else { return nil }
    value = value * 10 + Int(digit - 0x30)
  }
  return value
}

/// A number with leading zeros.
func padded(_ number: Int, to width: Int) -> String {
  let digits = String(number)
  return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
