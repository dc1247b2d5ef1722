import ArgumentParser
import BackupCrypto
import BackupKeys
import BackupSystem

/// Where a passphrase comes from when nobody is there to type it.
struct PassphraseSource {
  var file: String?
  var command: [String]?

  /// Reads the passphrase; asks on the terminal where neither file nor command is named.
  ///
  /// - Returns: nil where nobody can be asked.
  func read(prompt: String) throws -> [UInt8]? {
    if let file {
      var bytes: [UInt8]
      do {
        bytes = try SecureFile.readWhole([UInt8](file.utf8), limitByteCount: 4096, allowsPipe: true)
      } catch {
        throw Failure(.key, "the passphrase file \(file) can't be read: \(error)")
      }
      while bytes.last == 0x0a || bytes.last == 0x0d { bytes.removeLast() }
      return bytes
    }
    if let command, !command.isEmpty {
      let outcome: ChildProcess.Outcome
      do {
        outcome = try ChildProcess(
          arguments: command.map { [UInt8]($0.utf8) }, outputByteCountLimit: 4096,
          timeLimitMilliseconds: 60_000
        ).run()
      } catch {
        throw Failure(.key, "the passphrase command can't be run: \(error)")
      }
      guard outcome.isSuccess else {
        throw Failure(.key, "the passphrase command failed: \(outcome.ending)")
      }
      var bytes = outcome.output
      while bytes.last == 0x0a || bytes.last == 0x0d { bytes.removeLast() }
      return bytes
    }
    // Without a terminal there is nobody to ask.
    return try? BackupSystem.Terminal.readPassphrase(prompt: prompt)
  }
}

/// Which key a command uses.
struct KeyOptions: ParsableArguments {
  @Option(name: .long, help: "The key file.", completion: .file())
  var key: String?

  @Option(name: .long, help: "A file with the key's passphrase.", completion: .file())
  var passphraseFile: String?

  @Option(name: .long, help: "A command that prints the key's passphrase.")
  var passphraseCommand: String?

  /// Opens the key that is named.
  func open() throws -> KeyPair {
    guard let key else {
      throw Failure(.key, "this needs a key", hint: "name it with --key FILE")
    }
    return try KeyFiles.open(
      key,
      passphrase: PassphraseSource(
        file: passphraseFile, command: passphraseCommand.map { ["/bin/sh", "-c", $0] }))
  }
}

/// Key files on disk.
enum KeyFiles {
  /// Opens a key file; one without passphrase that others can read is refused.
  static func open(_ path: String, passphrase: PassphraseSource) throws -> KeyPair {
    let file = try read(path)
    try checkPermissions(path, isProtected: file.isProtected)
    do {
      guard file.isProtected else { return try file.open(passphrase: nil) }
      guard var given = try passphrase.read(prompt: "Passphrase of \(path): ") else {
        throw KeyError.needsPassphrase
      }
      defer { wipe(&given) }
      return try file.open(passphrase: given)
    } catch let error as KeyError {
      throw Words.failure(error, file: path)
    }
  }

  /// Reads a key file without opening it.
  static func read(_ path: String) throws -> KeyFile {
    var text: [UInt8]
    do {
      text = try SecureFile.readWhole([UInt8](path.utf8), limitByteCount: 65_536, allowsPipe: true)
    } catch {
      throw Failure(.key, "the key file \(path) can't be read: \(error)")
    }
    defer { wipe(&text) }
    do { return try KeyFile(parsing: text) } catch { throw Words.failure(error, file: path) }
  }

  private static func checkPermissions(_ path: String, isProtected: Bool) throws {
    let status: FileStatus
    do { status = try FileStatus.read(path: [UInt8](path.utf8)) } catch {
      throw Failure(.key, "the key file \(path) can't be examined: \(error)")
    }
    guard status.permissions & 0o077 != 0 else { return }
    guard isProtected else {
      throw Failure(
        .key, "the key file \(path) has no passphrase and can be read by others",
        hint: "chmod 600 \(path), or protect it: nightsafe key passphrase --key \(path)")
    }
    Terminal.note(
      "warning: the key file \(path) can be read by others; only its passphrase protects it")
  }

  /// Writes a new key file, readable by its owner only; never replaces one.
  static func write(
    _ key: KeyPair, to path: String, passphrase: [UInt8]?, comment: [String]
  ) throws {
    var text = [UInt8](try KeyFile.encode(key, passphrase: passphrase, comment: comment).utf8)
    defer { wipe(&text) }
    do {
      try SecureFile.writeNew([UInt8](path.utf8), text.span)
    } catch {
      if error.exists {
        throw Failure(
          .failed, "\(path) exists already", hint: "a key file is not overwritten; move it away")
      }
      throw Failure(.failed, "the key file \(path) can't be written: \(error)")
    }
  }

  /// What a key file says about itself to whoever finds it.
  static func comment(_ name: String, _ key: KeyPair, isOwner: Bool) -> [String] {
    if isOwner {
      [
        "NightSafe owner key \(name), id \(key.keyID)",
        "Opens every backup of this repository and appoints all other keys.",
        "Keep it off the machine that is backed up, in two places, with the recovery sheet.",
        "Who loses it and the sheet loses every backup. Who finds it can read them all.",
      ]
    } else {
      [
        "NightSafe key \(name), id \(key.keyID)",
        "The nightly host signs and writes with it. It opens nothing that was stored.",
        "Losing it loses no backup: the owner appoints a new one.",
      ]
    }
  }
}
