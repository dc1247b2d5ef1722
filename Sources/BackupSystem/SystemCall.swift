internal import Glibc

/// Calls `body` until a signal does not interrupt it; turns -1 into an error.
///
/// `errno` is read at once: nothing stands between it and the call.
@inline(__always)
func attempt<Value: FixedWidthInteger>(
  _ call: String, _ body: () -> Value
) throws(SystemError) -> Value {
  while true {
    let result = body()
    if result != -1 { return result }
    let code = errno
    if code != EINTR { throw SystemError(call, code) }
  }
}

/// Calls `body` with the number of `descriptor`, which stays open meanwhile.
@inline(__always)
func attempt<Value: FixedWidthInteger>(
  _ call: String, _ descriptor: Descriptor, _ body: (Int32) -> Value
) throws(SystemError) -> Value {
  try withExtendedLifetime(descriptor) { () throws(SystemError) -> Value in
    let number = descriptor.rawValue
    return try attempt(call) { body(number) }
  }
}

/// Calls `body` with the number of `directory` (or the working directory's) and a C string.
///
/// The string lies on the stack up to 1 KiB.
///
/// - Throws: `EINVAL` if `name` holds a NUL byte, `ENOENT` if it is empty.
@inline(__always)
func attempt<Value: FixedWidthInteger>(
  _ call: String, at directory: Descriptor?, _ name: [UInt8],
  _ body: (Int32, UnsafePointer<CChar>) -> Value
) throws(SystemError) -> Value {
  var code: Int32 = 0
  let result = withExtendedLifetime(directory) {
    let number = directory?.rawValue ?? AT_FDCWD
    return unsafe withCString(name, refused: &code) { text, code in
      while true {
        let result = unsafe body(number, text)
        if result != -1 { return result }
        code = errno
        if code != EINTR { return -1 }
      }
    }
  }
  guard result != -1 else { throw SystemError(call, code) }
  return result
}

/// Lends `bytes` with a NUL behind them; sets `code` and returns -1 if they hold a NUL.
@inline(__always)
func withCString<Value: FixedWidthInteger>(
  _ bytes: [UInt8], refused code: inout Int32,
  _ body: (UnsafePointer<CChar>, inout Int32) -> Value
) -> Value {
  unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: bytes.count + 1) { buffer in
    guard let base = buffer.baseAddress else { return -1 }
    let holdsNUL = unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress, source.count > 0 else { return false }
      unsafe memcpy(base, start, source.count)
      return unsafe memchr(start, 0, source.count) != nil
    }
    guard !holdsNUL else {
      code = EINVAL
      return -1
    }
    unsafe base[bytes.count] = 0
    return unsafe body(base, &code)
  }
}
