import ArgumentParser
import BackupEngine
import BackupFormat
import BackupKeys
import BackupLog
import BackupSystem

/// Whether what is said goes into the log, or into a file to be handed in.
struct OutOption: ParsableArguments {
  @Option(
    name: .customLong("out"),
    help: "Write the signed statement to this file instead of appending it to the log.")
  var file: String?

  /// Says something by a key: appends it, or writes it down for nightsafe log append.
  ///
  /// - Parameter isTold: Whether that is said on standard output, where JSON may stand alone.
  /// - Returns: The number of the entry; nil if it was written down.
  @discardableResult
  func say(
    _ drafts: [Draft], _ open: OpenRepository, by key: KeyPair, isTold: Bool = true
  ) throws -> Int? {
    guard !drafts.isEmpty else { return nil }
    guard let file else {
      guard let number = try open.session.append(drafts, by: key.signer) else {
        throw Failure(.failed, "another program was faster; run it again")
      }
      if isTold { Terminal.print("log entry \(number)") }
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
      throw Failure(.failed, "\(file) can't be written: \(error)")
    }
    let line = "\(file): hand it in with nightsafe log append \(file)"
    if isTold { Terminal.print(line) } else { Terminal.note(line) }
    return nil
  }
}
