@testable import FuzzTargets
import Glibc

// One program for all targets: which one, the environment says, since libFuzzer has the arguments.
private nonisolated(unsafe) let chosen: FuzzTarget = {
  guard let name = unsafe getenv("NIGHTSAFE_FUZZ_TARGET"),
    let target = FuzzTarget.named(unsafe String(cString: name))
  else { fatalError("NIGHTSAFE_FUZZ_TARGET names a target") }
  return target
}()

/// Whether inputs that are taken are told on standard error, behind libFuzzer's line about the file.
private nonisolated(unsafe) let tells = unsafe getenv("NIGHTSAFE_FUZZ_TELL") != nil

/// What libFuzzer calls with each input.
@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = unsafe [UInt8](UnsafeBufferPointer(start: start, count: count))
  if let failure = chosen.failure(of: input) { fatalError("\(chosen): \(failure)") }
  if tells, chosen.takes(input) {
    let word = Array("Taken\n".utf8)
    _ = unsafe word.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
  }
  return 0
}
