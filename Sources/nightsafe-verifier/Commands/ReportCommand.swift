internal import ArgumentParser
internal import BackupFormat
internal import BackupVerifier

/// Prints the record of a night.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Prints the newest night's record, after checking it against the log.")

  /// An edition that can be read without a key.
  enum Edition: String, ExpressibleByArgument, CaseIterable {
    case `public`
  }

  @OptionGroup var repository: RepositoryOptions

  @Option(help: "Which edition.")
  var edition = Edition.public

  @Option(help: "In which language.")
  var language = RecordRendering.Language.nl

  @Option(help: "In which form.")
  var format = RecordRendering.Format.json

  mutating func run() throws {
    do {
      let record = try repository.verifier().newestOpenRecord()
      Console.say(RecordRendering.render(record, as: format, in: language))
    } catch let error as VerifierError { throw Failure.verifier(error) }
  }
}

/// Turns a record into text: the one place where a rendering is chosen.
enum RecordRendering {
  /// The languages of sentences.
  enum Language: String, ExpressibleByArgument, CaseIterable {
    case nl
    case en
  }

  /// The forms.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case json
    case text
  }

  static func render(_ record: OpenRecord, as format: Format, in language: Language) -> String {
    switch format {
    case .json: String(decoding: record.json.encode(), as: UTF8.self)
    case .text: Console.lines(record, in: language)
    }
  }
}
