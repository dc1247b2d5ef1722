internal import ArgumentParser
internal import BackupCrypto
internal import BackupFormat
internal import BackupKeys
internal import BackupSystem

/// Whose key signs.
struct KeyOptions: ParsableArguments {
  @Option(help: "The verifier's key file.", completion: .file())
  var key: PathArgument?

  @Option(help: "A file whose first line is the key's passphrase.", completion: .file())
  var passphraseFile: PathArgument?

  @Option(help: "A shell command whose first line of output is the key's passphrase.")
  var passphraseCommand: String?

  /// Opens the key; nil if none was named.
  func open() throws(Failure) -> KeyPair? {
    guard let path = key else { return nil }
    var text: [UInt8]
    let permissions: UInt32
    do {
      text = try SecureFile.readWhole(
        path.bytes, limitByteCount: Limits.smallTextByteCount, allowsPipe: true)
      permissions = try FileStatus.read(path: path.bytes).permissions
    } catch { throw .keyFile(path: path.description, error) }
    defer { wipe(&text) }
    do {
      let file = try KeyFile(parsing: text)
      if permissions & 0o077 != 0 {
        guard file.isProtected else { throw Failure.keyReadableByOthers(path: path.description) }
        Console.warnOfOpenKey(path.description)
      }
      guard file.isProtected else { return try file.open(passphrase: nil) }
      guard var passphrase = try passphrase() else { throw KeyError.needsPassphrase }
      defer { wipe(&passphrase) }
      return try file.open(passphrase: passphrase)
    } catch let error as KeyError {
      throw .keyRefused(path: path.description, error)
    } catch let error as Failure {
      throw error
    } catch {
      preconditionFailure("opening a key throws these two")
    }
  }

  private func passphrase() throws(Failure) -> [UInt8]? {
    if let path = passphraseFile {
      return try Self.firstLine(of: path)
    }
    if let command = passphraseCommand {
      let process = ChildProcess(
        arguments: ["/bin/sh", "-c", command].map { [UInt8]($0.utf8) },
        outputByteCountLimit: Limits.smallTextByteCount)
      guard let outcome = try? process.run(),  // why it did not run is on standard error
        outcome.isSuccess
      else { throw .passphraseCommand }
      return Self.firstLine(outcome.output)
    }
    guard Terminal.isTerminal(.errors) else { return nil }
    do {
      return try Terminal.readPassphrase(prompt: Console.passphrasePrompt)
    } catch { throw .passphrasePrompt(error) }
  }

  /// The first line of a file or pipe that holds a passphrase.
  static func firstLine(of path: PathArgument) throws(Failure) -> [UInt8] {
    do {
      return firstLine(
        try SecureFile.readWhole(
          path.bytes, limitByteCount: Limits.smallTextByteCount, allowsPipe: true))
    } catch { throw .passphraseFile(path: path.description, error) }
  }

  /// The bytes before the first line's end.
  private static func firstLine(_ bytes: [UInt8]) -> [UInt8] {
    var line = [UInt8](bytes.prefix { $0 != 0x0a })
    if line.last == 0x0d { line.removeLast() }
    return line
  }
}
