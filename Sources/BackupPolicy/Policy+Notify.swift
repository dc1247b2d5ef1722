extension Policy {
  /// `notify`: who is told when something is wrong.
  public struct Notify: Hashable, Sendable {
    /// A program's absolute path and its arguments, run without a shell; empty if there is none.
    public var arguments: [String]
    /// The seconds after which it is ended.
    public var timeLimitSeconds: Int
    /// Who gets a letter.
    public var mail: Mail?

    /// Someone to be told.
    public init(arguments: [String], timeLimitSeconds: Int = 60, mail: Mail? = nil) {
      self.arguments = arguments
      self.timeLimitSeconds = timeLimitSeconds
      self.mail = mail
    }

    /// `notify.mail`: a letter when something needs a person.
    public struct Mail: Hashable, Sendable {
      /// The languages of letters.
      public enum Language: String, Hashable, Sendable, CaseIterable {
        /// Dutch.
        case dutch = "nl"
        /// English.
        case english = "en"
      }

      /// Where `sendmail` lies on most systems.
      public static let usualProgram = "/usr/sbin/sendmail"

      /// The address.
      public var to: String
      /// The program that takes the letter on its standard input, as `sendmail -t -i` does.
      public var program: String
      /// The language of the letter.
      public var language: Language

      /// A letter to an address.
      public init(to: String, program: String = usualProgram, language: Language = .dutch) {
        self.to = to
        self.program = program
        self.language = language
      }

      /// Whether a text can stand as the one address of a letter.
      static func isAddress(_ text: String) -> Bool {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && text.utf8.count <= 254
          && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
          && !text.contains { ",;:<>()[]\\\"".contains($0) }
      }
    }
  }
}

extension Policy.Notify {
  /// As it stands in the file.
  var output: JSONOutput {
    var members: [(key: String, value: JSONOutput)] = []
    if !arguments.isEmpty { members.append(("command", .texts(arguments))) }
    members.append(("timeLimitSeconds", .integer(timeLimitSeconds)))
    if let mail {
      members.append(
        (
          "mail",
          .object([
            ("to", .text(mail.to)), ("program", .text(mail.program)),
            ("language", .text(mail.language.rawValue)),
          ])
        ))
    }
    return .object(members)
  }
}
