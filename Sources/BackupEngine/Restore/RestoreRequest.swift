/// What a restore is asked to do.
public struct RestoreRequest: Sendable {
  /// Where to, an existing folder or one to be made.
  public var target: [UInt8]
  /// What.
  public var selection: PathSelection
  /// A folder of the catalogue whose path is taken off the front; empty keeps paths whole.
  public var strip: [UInt8]
  /// Whether entries that the snapshot does not have are removed from restored folders.
  public var deletesExtras: Bool
  /// Whether files of the same size and time are written all the same.
  public var rewritesUnchanged: Bool
  /// Whether nothing is written.
  public var isDryRun: Bool

  /// Asks for everything, into `target`.
  public init(
    target: [UInt8], selection: PathSelection = .everything, strip: [UInt8] = [],
    deletesExtras: Bool = false, rewritesUnchanged: Bool = false, isDryRun: Bool = false
  ) {
    self.target = target
    self.selection = selection
    self.strip = strip
    self.deletesExtras = deletesExtras
    self.rewritesUnchanged = rewritesUnchanged
    self.isDryRun = isDryRun
  }
}
