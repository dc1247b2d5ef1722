import ArgumentParser
import BackupFormat
import BackupRecord
import BackupSystem

/// Whom a night tells how it went, besides people.
struct SignalOptions: ParsableArguments {
  @Option(
    help: "Write figures for the text-file collector of Prometheus to this file.",
    completion: .file())
  var metrics: String?

  @Option(
    help: """
      A URL in the style of healthchecks: told at the start (/start), at the end, and of failure (/fail). \
      In its body stand one word and the reference of the record.
      """)
  var ping: String?

  func validate() throws {
    if let ping, !Ping.isURL(ping) {
      throw ValidationError("--ping takes a URL that begins with https:// or http://")
    }
  }

  /// Says that the night begins.
  func start() {
    if let ping { Ping(url: ping).send("/start", body: "start\n") }
  }

  /// Says how it went; what can't be told is noted and changes nothing.
  func finish(_ status: ExitStatus, _ records: [CommittedRecord]) {
    if let metrics, let record = records.last {
      do { try MetricsFile.write(record.edition(.administrator), to: metrics) } catch {
        Terminal.report(Failure(error))
      }
    }
    if let ping {
      let references = records.map { "\($0.commitment.hex.prefix(16))\n" }.joined()
      let word = status == .done ? "done" : "fail"
      Ping(url: ping).send(status == .done ? "" : "/fail", body: "\(word)\n\(references)")
    }
  }
}

/// The file for the text-file collector.
enum MetricsFile {
  /// Writes it in one step, readable by the collector.
  static func write(_ edition: Edition, to path: String, recordTime: Int64? = nil) throws {
    let bytes = MetricsRendering(recordTime: recordTime).render(edition)
    do {
      try SecureFile.replaceDurably([UInt8](path.utf8), bytes.span, mode: 0o644)
    } catch {
      throw Failure(.failed, "the figures can't be written to \(path): \(error)")
    }
  }
}

/// A request to a monitor that notices silence, made by curl.
struct Ping {
  let url: String

  /// The longest URL.
  private static let byteCountMax = 2_048

  static func isURL(_ text: String) -> Bool {
    (text.hasPrefix("https://") || text.hasPrefix("http://"))
      && text.utf8.count <= byteCountMax
      && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x22 && $0 != 0x5c }
  }

  /// Sends a word; a monitor that can't be reached is noted, and will notice by itself.
  func send(_ suffix: String, body: String) {
    // The URL is a secret of its own, so it is no argument that others could see.
    let words = """
      url = "\(urlWith(suffix))"
      data-binary = "\(body.replacing("\n", with: "\\n"))"

      """
    let curl = ChildProcess(
      arguments: [
        "curl", "--config", "-", "--silent", "--show-error", "--fail", "--output", "/dev/null",
        "--max-time", "10", "--retry", "2", "--proto", "=https,http",
      ].map { [UInt8]($0.utf8) },
      standardInput: [UInt8](words.utf8), errorOutput: .discarded, timeLimitMilliseconds: 40_000)
    do {
      let outcome = try curl.run()
      guard outcome.isSuccess else {
        Terminal.note("warning: the monitor of --ping could not be told: \(outcome.ending)")
        return
      }
    } catch {
      Terminal.note("warning: curl can't be run for --ping: \(error)")
    }
  }

  /// The suffix belongs to the path, before a query.
  private func urlWith(_ suffix: String) -> String {
    guard let mark = url.firstIndex(of: "?") else {
      return url.hasSuffix("/") ? url.dropLast() + suffix : url + suffix
    }
    return url[..<mark] + suffix + url[mark...]
  }
}
