import BackupSystem

/// Every word that is said to a person.
///
/// Results go to standard output, everything else to standard error: errors as
/// `nightsafe: error: …`, what to do about them as `nightsafe: hint: …`. Nothing is coloured. A closed
/// stream is no reason to fail.
enum Terminal {
  /// Writes a line to standard output.
  static func print(_ line: String) { write(line + "\n", to: .output) }

  /// Writes bytes to standard output as they are; false when nobody reads them any more.
  static func write(bytes: Span<UInt8>) -> Bool {
    do {
      try BackupSystem.Terminal.write(bytes, to: .output)
      return true
    } catch {
      return false
    }
  }

  /// Writes a line to standard error.
  static func note(_ line: String) { write("nightsafe: " + line + "\n", to: .errors) }

  /// Says what went wrong and what to do.
  static func report(_ failure: Failure) {
    note("error: " + failure.message)
    if let hint = failure.hint { note("hint: " + hint) }
  }

  private static func write(_ text: String, to stream: BackupSystem.Terminal.Stream) {
    // Nobody reads it: what was to be done is done all the same.
    try? BackupSystem.Terminal.write([UInt8](text.utf8).span, to: stream)
  }

  /// Whether a person sees standard error.
  static var isAttended: Bool { BackupSystem.Terminal.isTerminal(.errors) }

  /// Replaces the last line of standard error; only where a person sees it.
  static func progress(_ line: String) {
    guard isAttended else { return }
    let width = BackupSystem.Terminal.columnCount(.errors) ?? 80
    write("\r" + String(line.prefix(width - 1)) + "\u{1b}[K", to: .errors)
  }

  /// Ends a progress line.
  static func endProgress() {
    if isAttended { write("\r\u{1b}[K", to: .errors) }
  }
}
