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
  func say(_ drafts: [Draft], _ open: OpenRepository, by key: KeyPair) throws {
    guard !drafts.isEmpty else { return }
    guard let file else {
      guard let number = try open.session.append(drafts, by: key.signer) else {
        throw Failure(.failed, "another program was faster; run it again")
      }
      Terminal.print("log entry \(number)")
      return
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
    Terminal.print("\(file): hand it in with nightsafe log append \(file)")
  }
}
