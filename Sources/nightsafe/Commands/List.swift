import ArgumentParser
import BackupEngine
import BackupFormat

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ls", abstract: "List what is in a snapshot.",
    discussion: """
      What a request to erase withholds is listed too, and marked: that is how one sees what is still \
      stored. No restore brings it back.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Argument(help: "A night (2026-11-21), a log number, or latest.")
  var snapshot: String
  @Argument(help: "Only these folders, files or patterns.")
  var paths: [String] = []
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Flag(help: "Print one JSON object a line.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    let meant = try SnapshotChoice.find(snapshot, open, key: pair, dataSet: dataSet)
    var isEmpty = true
    for (_, opened, selection) in try SnapshotChoice.open(meant, open, paths) {
      try opened.forEachEntry(selection) { folder, entry in
        let path = CataloguePath.join(folder, entry.name)
        let isWithheld = opened.erasures.withholds(entry, in: folder)
        isEmpty = false
        Terminal.print(
          json
            ? EntryText.json(path, entry, isWithheld: isWithheld).encoded
            : EntryText.line(path, entry, isWithheld: isWithheld))
      }
    }
    guard !isEmpty || paths.isEmpty else {
      throw Failure(
        .failed, "nothing in the snapshot matches " + paths.joined(separator: ", "),
        hint: SnapshotChoice.patternHint)
    }
  }
}

/// An entry of a catalogue as a line.
enum EntryText {
  /// - Parameter isWithheld: Whether a request to erase keeps it out of every restore.
  static func line(_ path: [UInt8], _ entry: CatalogueEntry, isWithheld: Bool) -> String {
    var text =
      "\(type(entry))\(mode(entry.mode)) \(entry.userID) \(entry.groupID) \(size(entry)) "
      + "\(Times.utc(entry.modificationSeconds)) /\(Words.path(path))"
    switch entry.content {
    case .symbolicLink(let target): text += " -> \(Words.path(target))"
    case .hardLink(let first): text += " = /\(Words.path(first))"
    default: break
    }
    if entry.isUnreadable { text += " (unreadable that night)" }
    if entry.changedDuringRead { text += " (changed while read)" }
    if isWithheld { text += withheldMark }
    return text
  }

  /// Stands behind what a request to erase withholds.
  static let withheldMark = " (withheld: to be erased)"

  private static func type(_ entry: CatalogueEntry) -> String {
    switch entry.content {
    case .file: "-"
    case .folder: "d"
    case .symbolicLink: "l"
    case .fifo: "p"
    case .characterDevice: "c"
    case .blockDevice: "b"
    case .hardLink: "h"
    }
  }

  private static func size(_ entry: CatalogueEntry) -> UInt64 {
    if case .file(let byteCount, _) = entry.content { byteCount } else { 0 }
  }

  private static func mode(_ mode: UInt16) -> String {
    let letters = Array("rwxrwxrwx")
    return String((0..<9).map { mode >> (8 - UInt16($0)) & 1 == 1 ? letters[$0] : "-" })
  }

  static func json(_ path: [UInt8], _ entry: CatalogueEntry, isWithheld: Bool) -> JSON {
    var members: [(String, JSON)] = [
      ("path", .text("/" + Words.path(path))), ("type", .text(type(entry))),
      ("size", .count(size(entry))), ("mode", .number(Int64(entry.mode))),
      ("uid", .number(Int64(entry.userID))), ("gid", .number(Int64(entry.groupID))),
      ("mtime", .number(entry.modificationSeconds)),
    ]
    switch entry.content {
    case .symbolicLink(let target): members.append(("target", .text(Words.path(target))))
    case .hardLink(let first): members.append(("link", .text("/" + Words.path(first))))
    default: break
    }
    if entry.isUnreadable { members.append(("unreadable", .flag(true))) }
    if entry.changedDuringRead { members.append(("changedDuringRead", .flag(true))) }
    if isWithheld { members.append(("withheld", .flag(true))) }
    return .object(members)
  }
}
