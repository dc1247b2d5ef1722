/// A form in which an edition is given to someone.
///
/// HTML, OSCAL and Prometheus text are to come as further types; a rendering reads an edition and
/// nothing else, so that it can't show what the edition hides.
public protocol RecordRendering: Sendable {
  /// The edition in this form.
  func render(_ edition: Edition) -> [UInt8]
}

/// The edition itself: canonical JSON, which anyone can check against the log.
public struct JSONRendering: RecordRendering {
  /// JSON.
  public init() {}

  /// The bytes of the edition.
  public func render(_ edition: Edition) -> [UInt8] { edition.bytes }
}

/// The public sentences.
public struct PublicRendering: RecordRendering {
  /// When it is read, in seconds since 1970.
  public var now: Int64
  /// The language.
  public var language: Language

  /// Sentences for a time and in a language.
  public init(now: Int64, language: Language) {
    self.now = now
    self.language = language
  }

  /// The text of the statement in UTF-8.
  public func render(_ edition: Edition) -> [UInt8] {
    [UInt8](PublicStatement.make(from: edition, now: now, language: language).text.utf8)
  }
}
