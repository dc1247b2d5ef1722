import BackupFormat
import BackupLog
import BackupVerifier

/// What a check with public keys found, for people and scripts.
enum VerifyText {
  static func tell(_ report: VerificationReport, json: Bool) {
    if json {
      JSON.print([
        ("level", .text(report.level.rawValue)), ("logSize", .number(Int64(report.head.size))),
        ("objects", .number(Int64(report.required.count))),
        ("blocks", .number(Int64(report.reading?.read.count ?? 0))),
        ("bytes", .count(report.reading?.read.byteCount ?? 0)),
        ("damagedBlocks", .number(Int64(report.reading?.damagedCount ?? 0))),
        ("complete", .flag(report.isComplete)), ("bad", .flag(report.isBad)),
        (
          "findings",
          .list(
            report.findings.map {
              .object([
                ("kind", .text($0.kind.rawValue)), ("severity", .text("\($0.severity)")),
                ("object", $0.object.map { .text($0.text) } ?? .nothing),
                ("text", .text($0.description)),
              ])
            })
        ),
      ])
      return
    }
    var line = "\(report.level.rawValue): log of \(report.head.size) entries, "
    line += "\(report.required.count) objects are asked for"
    if let reading = report.reading {
      line += ", \(reading.read.count) of \(reading.population.count) blocks read "
      line += "(\(Words.size(reading.read.byteCount))), \(reading.damagedCount) damaged"
    }
    Terminal.print(line)
    for finding in report.findings { Terminal.note("\(finding.severity): \(finding.description)") }
  }
}
