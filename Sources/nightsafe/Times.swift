import BackupLog
import BackupPolicy
import BackupSystem

/// Times as people read them.
enum Times {
  /// `2026-11-22 10:55:24 UTC`.
  static func utc(_ seconds: Int64) -> String {
    let days = Int((Double(seconds) / 86_400).rounded(.down))
    let rest = Int(seconds) - days * 86_400
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let date = BackupPolicy.Night(dayNumber: days).description
    return "\(date) \(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) UTC"
  }

  /// `3 h 12 min`, `48 s`, `0.4 s`.
  static func duration(nanoseconds: UInt64) -> String {
    let seconds = nanoseconds / 1_000_000_000
    if seconds < 10 { return "\(seconds).\(nanoseconds / 100_000_000 % 10) s" }
    if seconds < 120 { return "\(seconds) s" }
    if seconds < 7200 { return "\(seconds / 60) min" }
    return "\(seconds / 3600) h \(seconds / 60 % 60) min"
  }

  /// Reads the rules of a zone of the time zone database.
  static func zone(_ name: String) throws -> TimeZoneData {
    guard !name.contains(".."), !name.hasPrefix("/") else {
      throw Failure(.usage, "night.zone: \(name) is no name of a time zone")
    }
    do {
      let bytes = try SecureFile.readWhole(
        [UInt8]("/usr/share/zoneinfo/\(name)".utf8), limitByteCount: 1 << 20)
      return try TimeZoneData(parsing: bytes)
    } catch {
      throw Failure(
        .usage, "night.zone: the rules of \(name) can't be read from /usr/share/zoneinfo",
        hint: "install the package tzdata, or correct the name")
    }
  }

  /// The version of the time zone database, as its own first line says it; nil if it says none.
  static var zoneDataVersion: String? {
    let mark = [UInt8]("# version ".utf8)
    guard
      // Without the file the record says that the version is not known.
      let bytes = try? SecureFile.readWhole(
        [UInt8]("/usr/share/zoneinfo/tzdata.zi".utf8), limitByteCount: 1 << 20),
      bytes.starts(with: mark)
    else { return nil }
    let version = bytes.dropFirst(mark.count).prefix { $0 != 0x0a }.prefix(16)
    let isWord = version.allSatisfy { 0x61...0x7a ~= $0 || 0x30...0x39 ~= $0 }
    return isWord && !version.isEmpty ? String(decoding: version, as: UTF8.self) : nil
  }

  /// The clock of this machine, as a value for the engine.
  static let clock: EngineClockFunction = {
    LogTime(unix: SystemClock.now().seconds, synchronised: SystemClock.isSynchronised() ?? false)
  }

  typealias EngineClockFunction = @Sendable () -> LogTime
}
