internal import BackupFormat
internal import BackupPolicy

/// Values of fields in words, on one line.
///
/// What a number means follows from the end of its name: `At` a time, `Seconds` a duration, `Bytes`
/// a size, `BasisPoints` hundredths of a per cent. A decimal point stands in every language.
struct ValueText {
  let language: Language
  let zone: TimeZoneData

  func text(_ value: CanonicalJSON, named name: String = "") -> String {
    switch value {
    case .string(let text): return word(text, named: name)
    case .integer(let number): return self.number(number, named: name)
    case .array(let elements):
      guard !elements.isEmpty else { return say("none", "geen") }
      let shown = elements.prefix(3).map { text($0) }.joined(separator: "; ")
      return elements.count > 3 ? "\(shown); +\(elements.count - 3)" : shown
    case .object(let parts):
      guard !parts.isEmpty else { return say("none", "geen") }
      return parts.sorted { $0.key < $1.key }.map { name, value in
        let content = text(value, named: name)
        return "\(self.name(name)) \(content)"
      }.joined(separator: ", ")
    }
  }

  private func say(_ english: String, _ dutch: String) -> String {
    language == .dutch ? dutch : english
  }

  private func word(_ text: String, named name: String) -> String {
    switch text {
    case "": return "-"
    case "yes": return say("yes", "ja")
    case "no": return say("no", "nee")
    case "none": return say("none", "geen")
    case "unknown": return say("unknown", "onbekend")
    default: break
    }
    if name == "ground", let ground = Self.grounds[text] {
      return say(ground.english, ground.dutch)
    }
    // Ids are known by their beginning.
    let isHex = text.utf8.count >= 32 && text.utf8.allSatisfy(Word.isHexDigit)
    return isHex ? String(text.prefix(8)) : text
  }

  private func number(_ number: Int64, named name: String) -> String {
    if name.hasSuffix("At") { return number == 0 ? say("not yet", "nog niet") : time(number) }
    if name.hasSuffix("Seconds") { return duration(number) }
    if name == "bytes" || name.hasSuffix("Bytes") { return size(number) }
    if name.hasSuffix("BasisPoints") {
      let rest = number.magnitude % 100
      return "\(number / 100).\(rest < 10 ? "0" : "")\(rest) %"
    }
    return String(number)
  }

  /// The date on the wall at a time.
  func date(_ unix: Int64) -> BackupPolicy.Night { .utc(wall(unix)) }

  private func wall(_ unix: Int64) -> Int64 {
    let bounded = min(max(unix, -62_135_596_800), 253_402_300_799)
    return bounded + Int64(zone.offset(at: bounded).seconds)
  }

  /// A share in per cent with as many decimals as it needs, at most four: `0.1 %`.
  func share(_ part: Int64, of whole: Int64) -> String {
    let (scaled, overflow) = max(0, part).multipliedReportingOverflow(by: 1_000_000)
    guard whole > 0, !overflow else { return "–" }
    let rest = scaled / whole % 10_000
    var decimals = String(String(rest + 10_000).dropFirst())
    while decimals.last == "0" { decimals.removeLast() }
    return "\(scaled / whole / 10_000)\(decimals.isEmpty ? "" : ".")\(decimals) %"
  }

  /// A time on the wall: `2026-11-22 05:10`.
  func time(_ unix: Int64) -> String {
    let wall = wall(unix)
    let minute = Int(wall - Int64(BackupPolicy.Night.utc(wall).dayNumber) * secondsPerDay) / 60
    return "\(BackupPolicy.Night.utc(wall)) \(TimeOfDay.minutes(minute))"
  }

  func duration(_ seconds: Int64) -> String {
    guard seconds >= 0 else { return "-\(duration(seconds == .min ? .max : -seconds))" }
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3_600 { return "\(seconds / 60) min" }
    if seconds < 2 * secondsPerDay { return "\(seconds / 3_600) h \(seconds % 3_600 / 60) min" }
    return say("\(seconds / secondsPerDay) days", "\(seconds / secondsPerDay) dagen")
  }

  func size(_ byteCount: Int64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    var unit = 0
    var tenths = max(0, byteCount).multipliedReportingOverflow(by: 10).partialValue
    while tenths >= 10_240, unit < units.count - 1 {
      tenths /= 1_024
      unit += 1
    }
    return unit == 0 ? "\(tenths / 10) B" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }

  /// Why people refused requests, in the words that stand beside the articles in `Docs/format.md`, 11.6.
  private static let grounds: [String: (english: String, dutch: String)] = [
    "archiving": ("archives or research", "archief of onderzoek"),
    "expression": ("freedom of expression", "vrijheid van meningsuiting"),
    "legalClaims": ("legal claims", "rechtsvordering"),
    "legalObligation": ("legal obligation", "wettelijke plicht"),
    "noGround": ("no ground for erasure", "geen grond om te wissen"),
    "notHeld": ("not held", "niet in bezit"),
    "notIdentified": ("identity not established", "identiteit niet vastgesteld"),
    "publicHealth": ("public health", "volksgezondheid"),
    "unfounded": ("unfounded or excessive", "ongegrond of buitensporig"),
  ]

  // MARK: Names of parts

  /// The name of a part in words, without the unit that its value shows: `gapSeconds` is "gap".
  func name(_ name: String) -> String {
    if language == .dutch, let dutch = Self.dutchNames[name] { return dutch }
    let unit = ["At", "Seconds", "Bytes", "BasisPoints"].first { name.hasSuffix($0) } ?? ""
    var words = ""
    for character in name.dropLast(unit.count) {
      if character.isUppercase { words.append(" ") }
      words.append(contentsOf: character.lowercased())
    }
    return words
  }

  private static let dutchNames = [
    "ageDays": "ouderdom in dagen", "ageSeconds": "ouderdom", "applied": "toegepast",
    "assessByAt": "beoordelen voor", "believed": "geloofd", "blocks": "blokken",
    "bytes": "omvang", "checked": "gecontroleerd", "cleanByAt": "schoon op", "code": "code",
    "contracts": "contracten", "count": "aantal", "covered": "gehaald", "damaged": "beschadigd",
    "databasesFailed": "databanken mislukt", "databasesOpened": "databanken in orde",
    "days": "dagen", "deferred": "uitgesteld", "drawKept": "getrokken zoals beloofd",
    "drawn": "getrokken", "due": "uiterlijk", "entry": "regel", "durationSeconds": "duur",
    "effectiveAt": "van kracht", "endedAt": "geëindigd", "eea": "EER", "excused": "vrijgesteld",
    "expected": "verwacht", "failed": "mislukt", "files": "bestanden", "findings": "bevindingen",
    "fits": "past",
    "found": "gevonden", "freeBytes": "vrij", "gapSeconds": "gat", "ground": "grond",
    "held": "bewaarplicht",
    "hours": "uren", "imprint": "controlegetal",
    "inForce": "van kracht", "key": "sleutel", "keys": "sleutels", "keysGoneAt": "sleutels weg",
    "keysStored": "sleutels bewaard", "kept": "bewaard", "kind": "soort",
    "lastAt": "laatst", "lastUsedAt": "laatst gebruikt", "late": "te laat", "level": "niveau",
    "limit": "grens", "limitDays": "grens in dagen", "locations": "locaties",
    "maximumAgeDays": "hoogstens dagen", "medianFiles": "mediaan", "method": "methode",
    "minutes": "verslag",
    "mismatches": "verschillen", "missed": "gemist", "missing": "ontbrekend",
    "months": "maanden", "needed": "nodig", "next": "volgende", "night": "nacht",
    "nights": "nachten", "notDeterminable": "niet vast te stellen",
    "note": "notitie",
    "objectiveHours": "doel in uren",
    "oldestCheckDays": "oudste controle in dagen", "oldestDeadDays": "oudste in dagen",
    "opened": "geopend", "overdue": "te laat", "packs": "packs", "passed": "geslaagd",
    "providers": "aanbieders", "quarter": "kwartaal", "readStartAt": "gelezen vanaf",
    "reason": "reden", "reasons": "redenen", "removed": "verwijderd", "removes": "verwijdert",
    "reports": "meldingen", "reserveBytes": "reserve", "restorers": "sleutels",
    "result": "uitkomst", "role": "rol", "rolledBack": "teruggezet", "rule": "regel",
    "rules": "regels", "saidAt": "gezegd",
    "selection": "keuze", "separate": "apart", "set": "set", "severity": "ernst", "since": "sinds",
    "sinceAt": "sinds",
    "snapshots": "snapshots", "stampedAt": "gestempeld", "startedAt": "begonnen", "state": "stand",
    "status": "stand",
    "sweepNights": "ronde in nachten", "synchronised": "gelijkgezet", "tasks": "taken",
    "text": "tekst", "through": "tot en met",
    "until": "tot", "usedAt": "gebruikt", "verifiedAt": "geverifieerd", "void": "ongeldig",
    "warned": "met opmerking", "writtenAt": "geschreven",
    "year": "jaar",
  ]
}
