/// Why a policy file was refused: everything that is wrong with it, in the order of the file.
public struct PolicyError: Error, Hashable, Sendable {
  /// The most problems that are listed; nobody reads more.
  public static let problemCountMax = 100

  /// At least one problem.
  public let problems: [PolicyProblem]
}

/// One thing that is wrong with a policy file.
public struct PolicyProblem: Hashable, Sendable, CustomStringConvertible {
  /// Which value or key, for example `dataSets[0].retention.daily`; empty for the whole file.
  public let path: String
  /// Where it stands; for a key that is missing, where the object begins.
  public let position: TextPosition
  /// What is wrong.
  public let reason: PolicyReason

  /// One line.
  ///
  /// For example
  /// `dataSets[0].retention.dayly (line 9, column 7): unknown key; did you mean "daily"?`
  ///
  /// It repeats keys and never values.
  public var description: String {
    let place = "line \(position.line), column \(position.column)"
    return (path.isEmpty ? place : "\(printable(path)) (\(place))") + ": " + reason.text
  }
}

/// What a value must be.
public enum PolicyExpectation: Hashable, Sendable {
  /// An object.
  case object
  /// A list.
  case list
  /// A list that is not empty.
  case filledList
  /// `true` or `false`.
  case flag
  /// A whole number within bounds.
  case wholeNumber(ClosedRange<Int>)
  /// A text of 1 to this many characters, without control characters.
  case text(characterCountMax: Int)
  /// One of some words.
  case oneOf([String])
  /// `HH:MM`.
  case timeOfDay
  /// `YYYY-MM-DD`.
  case date
  /// This many hexadecimal digits in lower case.
  case hexDigits(Int)
  /// A path from the root without `.`, `..` or doubled slashes.
  case absolutePath
  /// A path from the root, or relative to the policy file.
  case path
  /// A program's absolute path and its arguments.
  case command
  /// An element of `sources`.
  case source
  /// A user of this machine.
  case userName
  /// A number of bytes, or a text such as `"500 MB"` or `"2 GiB"`.
  case byteCount
  /// A name of the time zone database.
  case zoneName
  /// Two capital letters of ISO 3166-1.
  case countryCode
  /// An address of mail.
  case mailAddress
  /// A folder, SFTP account or S3 bucket.
  case location
  /// A data set's name.
  case dataSetName
  /// A line of gitignore syntax.
  case pattern

  var text: String {
    switch self {
    case .object: "an object { … }"
    case .list: "a list [ … ]"
    case .filledList: "a list [ … ] with at least one element"
    case .flag: "true or false"
    case .wholeNumber(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
    case .text(let count): "a text of 1 to \(count) characters, without control characters"
    case .oneOf(let words): "one of " + words.map { "\"\($0)\"" }.joined(separator: ", ")
    case .timeOfDay: "a time of day such as \"20:00\""
    case .date: "a date such as \"2026-11-21\""
    case .hexDigits(let count): "\(count) hexadecimal digits in lower case"
    case .absolutePath: "an absolute path such as \"/srv/data\", without \".\", \"..\" or \"//\""
    case .path: "a path, absolute or relative to the policy file"
    case .command: "a command: a list of the program's absolute path and its arguments"
    case .source:
      "a path, or an object with \"folder\" and \"snapshot\", with \"sqlite\", or with"
        + " \"command\" and \"path\""
    case .userName: "the name of a user of this machine"
    case .byteCount: "a number of bytes, or a text such as \"500 MB\" or \"2 GiB\""
    case .zoneName: "a time zone such as \"Europe/Amsterdam\""
    case .countryCode: "a country as two capital letters, such as \"NL\""
    case .mailAddress: "an address of mail such as \"beheer@voorbeeld.example\""
    case .location:
      "a folder (\"/srv/backup\"), an SFTP account (\"sftp://user@host/path\") or a bucket"
        + " (\"s3://bucket/prefix\"), without a password"
    case .dataSetName:
      "a name of 1 to 64 letters, digits, \".\", \"-\" and \"_\", beginning with a letter or digit"
    case .pattern: "a line of gitignore syntax, without line ends"
    }
  }
}

/// What is wrong with a value or key.
public enum PolicyReason: Hashable, Sendable {
  /// The file is not JSON.
  case syntax(JSONFault)
  /// The key stands twice in its object.
  case duplicateKey
  /// No such key; the nearest one that there is.
  case unknownKey(nearest: String?)
  /// The key must be there; what it would hold.
  case missingKey(PolicyExpectation)
  /// The value is of the wrong sort, malformed, or out of range.
  case expected(PolicyExpectation, found: JSONKind)
  /// The word is none of those allowed; the nearest one.
  case unknownWord(PolicyExpectation, nearest: String?)
  /// The file is of a later version than this program knows.
  case unknownVersion
  /// A place to be filled in, such as `<name>`, was not.
  case placeholder
  /// Another element has the same name or value.
  case repeated(path: String)
  /// A source lies inside another source of its data set.
  case nestedSource(path: String)
  /// The repository lies inside this source.
  case repositoryInsideSource
  /// This source lies inside the repository.
  case sourceInsideRepository
  /// The path lies in none of the data set's sources.
  case outsideSources
  /// The canary's path is left out by the set's own rules.
  case excludedCanary
  /// A database that lies in a folder is left out there by the set's own rules.
  case excludedDatabase
  /// The pattern begins with a source's path, and patterns are relative to the source.
  case patternRepeatsSource
  /// The pattern can never match.
  case pattern(PathPatternFault)
  /// Neither line is a rule: a blank line or a comment.
  case patternSaysNothing
  /// More rules than ``PathRules/ruleCountMax``.
  case tooManyRules
  /// The window has no length.
  case emptyWindow
  /// The report would be due after the next night has begun.
  case reportAfterNextNight
  /// No rule keeps anything.
  case noKeepRule
  /// This rule reaches further back than the maximum age lets a snapshot live.
  case beyondMaximumAge(reachDays: Int, maximumAgeDays: Int)
  /// The floor asks for more nights than fit into the maximum age.
  case floorAboveMaximumAge(floorMax: Int)
  /// A maximum above 13 months needs this key.
  case neededForLongRetention(defaultMaximumDays: Int)
  /// The country and the flag contradict each other.
  case contradictsCountry(isInEEA: Bool)
  /// The end lies before the beginning.
  case endsBeforeItBegins
  /// Two keys of which only one may be there.
  case excludes(key: String)

  /// One line of English, without the place.
  public var text: String {
    switch self {
    case .syntax(let fault): "this is not JSON: " + fault.text
    case .duplicateKey: "this key stands here twice"
    case .unknownKey(nil): "unknown key"
    case .unknownKey(let nearest?): "unknown key; did you mean \"\(nearest)\"?"
    case .missingKey(let expectation): "this key is missing; it holds \(expectation.text)"
    case .expected(let expectation, let found):
      expectation.kinds.contains(found)
        ? "expected \(expectation.text)" : "expected \(expectation.text), found \(found.rawValue)"
    case .unknownWord(let expectation, nil): "expected \(expectation.text)"
    case .unknownWord(let expectation, let nearest?):
      "expected \(expectation.text); did you mean \"\(nearest)\"?"
    case .unknownVersion: "this program reads version \(Policy.version) of the policy file"
    case .placeholder: "this still has to be filled in: replace what stands between < and >"
    case .repeated(let path): "the same as \(printable(path))"
    case .nestedSource(let path): "lies inside \(printable(path)), which already covers it"
    case .repositoryInsideSource: "the repository lies inside this source"
    case .sourceInsideRepository: "this source lies inside the repository"
    case .outsideSources: "lies in none of the data set's sources"
    case .excludedCanary: "this canary is left out by the data set's own rules"
    case .excludedDatabase:
      "a database in one of these folders is left out by the data set's own rules"
    case .patternRepeatsSource:
      "patterns are relative to the source: leave out the source's path and keep the \"/\" after it"
    case .pattern(let fault): "this pattern can never match: " + fault.text
    case .patternSaysNothing: "a blank line or comment is no pattern"
    case .tooManyRules: "more than \(PathRules.ruleCountMax) patterns"
    case .emptyWindow: "the night would have no length: \"from\" and \"to\" are the same"
    case .reportAfterNextNight: "the report would be due after the next night has begun"
    case .noKeepRule:
      "no rule keeps anything: set last, daily, weekly, monthly, quarterly, yearly or"
        + " keepWithinDays"
    case .beyondMaximumAge(let reach, let maximum):
      "reaches \(reach) days back, and maximumAgeDays removes everything after \(maximum)"
    case .floorAboveMaximumAge(let most):
      "at most \(most): older nights have reached maximumAgeDays"
    case .neededForLongRetention(let days):
      "needed when maximumAgeDays is above \(days): say on what ground so long"
    case .contradictsCountry(let isInEEA):
      "the country named here is \(isInEEA ? "" : "not ")in the European Economic Area"
    case .endsBeforeItBegins: "ends before it begins"
    case .excludes(let key): "only one of this and \"\(key)\" may be there"
    }
  }
}

extension JSONFault {
  var text: String {
    switch self {
    case .tooLarge: "longer than 1 MiB"
    case .tooDeep: "nested deeper than 32"
    case .endOfText: "the file ends too early"
    case .byteOrderMark: "a byte order mark stands first; save the file without one"
    case .expected(let expectation): "expected \(expectation.rawValue)"
    case .notUTF8: "the text is not UTF-8"
    case .controlCharacter: "a control character or line end inside a text; write \\n or \\t"
    case .unknownEscape: "no such escape; a backslash is written \\\\"
    case .malformedNumber: "malformed number"
    case .trailingComma: "a comma after the last element"
    case .comment: "JSON has no comments"
    }
  }
}

extension PathPatternFault {
  var text: String {
    switch self {
    case .unclosedClass: "a \"[\" without its \"]\""
    case .unknownClassName: "unknown class of characters"
    case .trailingBackslash: "a \"\\\" with nothing after it"
    case .emptyName: "an empty name"
    }
  }
}

extension PolicyExpectation {
  /// The sorts of value for which a wrong one is malformed and not of a wrong sort.
  var kinds: [JSONKind] {
    switch self {
    case .object: []
    case .list: []
    case .filledList: [.list]
    case .flag: []
    case .wholeNumber: [.wholeNumber]
    case .byteCount: [.text, .wholeNumber]
    case .command: [.list]
    case .source: [.text, .object]
    default: [.text]
    }
  }
}

/// A text without control characters, for a terminal.
func printable(_ text: String) -> String {
  var safe = ""
  for scalar in text.unicodeScalars.prefix(400) {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: safe += "\u{fffd}"
    default: safe.unicodeScalars.append(scalar)
    }
  }
  return safe
}
