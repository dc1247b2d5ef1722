import BackupFormat
import BackupSystem

/// What each source of a data set was in the last night, noted in the state folder: a share that is
/// not mounted leaves the folder that it is mounted on, and that is no change of the data.
///
/// Each line is hex path ‖ mark ‖ place ‖ hex check, with single spaces; a place is hex kind, hex name,
/// hex path within the file system and hex path without links, joined by `:`, with `-` for a name that
/// is not known, or `-` as a whole. A line whose check does not fit accuses nobody.
struct RootMemory {
  /// What a source is.
  private enum Mark: String {
    case file, folder
    /// A folder on another device than the one above it.
    case mount
  }

  private static let byteCountMax = 1 << 20
  private let state: SetState

  init(_ state: SetState) { self.state = state }

  /// Refuses a source that is not what it was.
  func check(_ scan: SourceScan) throws {
    guard let bytes = try state.read(SetState.rootsName, limitByteCount: Self.byteCountMax) else {
      return
    }
    var known: [[UInt8]: Line] = [:]
    for text in bytes.split(separator: 0x0a) {
      guard let line = Line(parsing: String(decoding: text, as: UTF8.self)) else { continue }
      known[line.source] = line
    }
    for root in scan.roots where !root.isLive {
      guard let before = known[root.source] else { continue }
      guard try Line(root).isSame(as: before) else {
        throw EngineError.source(path: root.source, .otherDevice)
      }
    }
  }

  /// Notes what the sources are.
  func note(_ scan: SourceScan) throws {
    var text = ""
    for root in scan.roots where !root.isLive { text += try Line(root).text + "\n" }
    try state.replace(SetState.rootsName, with: [UInt8](text.utf8))
  }

  private struct Line {
    let source: [UInt8]
    let mark: Mark
    let place: FileSystemPlace?

    /// Looks at a source; not at what the scan reads, since a picture is a file system of its own.
    init(_ root: SourceScan.Root) throws {
      source = root.source
      place = try FileSystemPlace.read(path: root.source)
      guard root.descriptor != nil else {
        mark = .file
        return
      }
      let status = try FileStatus.read(path: root.source)
      let parent = try FileStatus.read(path: root.source + [UInt8]("/..".utf8))
      mark = parent.device != status.device ? .mount : .folder
    }

    init?(parsing text: String) {
      let fields = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 4, let source = Hex.decode(fields[0]),
        let mark = Mark(rawValue: fields[1])
      else { return nil }
      self.source = source
      self.mark = mark
      let parts = fields[2].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      if parts.count == 4, let kind = Hex.decode(parts[0]), let path = Hex.decode(parts[2]),
        let resolved = Hex.decode(parts[3])
      {
        place = FileSystemPlace(
          kind: kind, name: parts[1] == "-" ? nil : Hex.decode(parts[1]), path: path,
          resolved: resolved)
      } else {
        place = nil
      }
      guard self.text == text else { return nil }
    }

    /// Where no place is known, only that a folder became a mount, or a mount a folder, is seen.
    func isSame(as other: Line) -> Bool {
      guard (mark == .file) == (other.mark == .file) else { return false }
      guard let place, let otherPlace = other.place else { return mark == other.mark }
      return place.isSame(as: otherPlace)
    }

    var text: String {
      let words = place.map { place in
        [
          Hex.encode(place.kind), place.name.map { Hex.encode($0) } ?? "-",
          Hex.encode(place.path), Hex.encode(place.resolved),
        ].joined(separator: ":")
      }
      let front = "\(Hex.encode(source)) \(mark.rawValue) \(words ?? "-")"
      let bytes = [UInt8](front.utf8)
      return front + " " + String(StateCheck.of(bytes.span), radix: 16)
    }
  }
}
