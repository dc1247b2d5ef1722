/// The file `FORMAT` (`Docs/format.md`, section 12).
public enum RepositoryFormat {
  /// Why a repository is not ours to read.
  public enum Refusal: Error, Hashable, Sendable {
    /// The first line is another.
    case notARepository
    /// A version that this program does not know.
    case version(String)
    /// Features that this program does not know, as they stand in the third line.
    case feature(String)
  }

  /// What `init` writes.
  public static let text = """
    NightSafe repository
    version: 1
    features:

    This folder holds encrypted backups made by NightSafe.
    To read them you need the key file owner.key or the printed recovery sheet.
    With it, the program nightsafe restores them:
      nightsafe restore latest --repository FOLDER --id ID --key owner.key --to DIR
    Without the program: Docs/format.md describes every byte, and the Python
    script emergency-restore.py needs only this folder and the key.
    Deze map bevat versleutelde reservekopieën, gemaakt met NightSafe.
    Om ze te lezen is het sleutelbestand owner.key of het herstelvel nodig.
    Wis of wijzig hier niets met de hand: wie dat doet, vernietigt reservekopieën.
    Do not delete or change anything here by hand: that destroys backups.

    """

  /// Accepts version 1 without features.
  public static func check(_ bytes: [UInt8]) throws(Refusal) {
    guard bytes.count <= Limits.smallTextByteCount else { throw .notARepository }
    let lines = bytes.split(separator: 0x0a, maxSplits: 3, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    // A third line without its end may have lost features.
    guard lines.count == 4, lines[0] == "NightSafe repository" else { throw .notARepository }
    guard lines[1].hasPrefix("version: "), lines[2].hasPrefix("features:") else {
      throw .notARepository
    }
    let version = String(lines[1].dropFirst(9))
    guard version == "1" else { throw .version(version) }
    let features = lines[2].dropFirst(9)
    guard features.isEmpty else { throw .feature(String(features.drop(while: { $0 == " " }))) }
  }
}
