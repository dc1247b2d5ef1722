import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupSystem

/// Whether what is said goes into the log, or into a file to be handed in; and how that is told.
struct OutOption: ParsableArguments {
  @Option(
    name: .customLong("out"),
    help: "Write the signed statement to this file instead of appending it to the log.",
    completion: .file())
  var file: String?
  @Flag(help: "Print the result as JSON.")
  var json = false

  /// Says something by a key: appends it, or writes it down for nightsafe log append.
  ///
  /// JSON is one object with `logNumber` and `file`, one of which is null, and then `members`.
  ///
  /// - Parameter isTold: Whether that is said on standard output; a command that says it itself says
  ///   false.
  /// - Returns: The number of the entry; nil if it was written down.
  @discardableResult
  func say(
    _ drafts: [Draft], _ open: OpenRepository, by key: KeyPair, isTold: Bool = true,
    _ members: [(String, JSON)] = []
  ) throws -> Int? {
    guard !drafts.isEmpty else { return nil }
    guard let file else {
      guard let number = try open.session.append(drafts, by: key.signer) else {
        throw Failure(.failed, "another program was faster; run it again")
      }
      if isTold { tell(number, members) }
      return number
    }
    var bytes: [UInt8] = []
    for draft in drafts {
      do {
        bytes += try open.session.logState.signHandIn(
          draft, by: key.signer, time: open.session.now())
      } catch {
        throw Failure(error)
      }
    }
    do {
      try SecureFile.writeNew([UInt8](file.utf8), bytes.span, mode: 0o644)
    } catch {
      if error.exists {
        throw Failure(
          .failed, "\(file) exists already", hint: "a signed statement is not overwritten")
      }
      throw Failure(.failed, "\(file) can't be written: \(error)")
    }
    if isTold, json {
      tell(nil, members)
    } else {
      let line = "\(file): hand it in with nightsafe log append \(file)"
      if isTold { Terminal.print(line) } else { Terminal.note(line) }
    }
    return nil
  }

  /// Tells where something was said; nil for a file, or for nothing.
  func tell(_ number: Int?, _ members: [(String, JSON)]) {
    if json {
      JSON.print(
        [
          ("logNumber", number.map { .number(Int64($0)) } ?? .nothing),
          ("file", file.map { .text($0) } ?? .nothing),
        ] + members)
    } else if let number {
      Terminal.print("log entry \(number)")
    }
  }
}
