internal import BackupFormat
internal import BackupPolicy

/// What stands at the top: whose report it is, the answer, and the four figures it rests on.
extension ReportPage {
  var masthead: Markup {
    let morning = edition.night.advanced(by: 1)
    let isOneMonth = edition.night.month == morning.month
    let night =
      language == .dutch
      ? "Nacht van \(isOneMonth ? "\(edition.night.day)" : longDate(edition.night)) op \(longDate(morning))"
      : "Night of \(longDate(edition.night)) to \(longDate(morning))"
    let kind =
      edition.reader == .confidential
      ? say("Confidential edition", "Vertrouwelijke editie")
      : say("Administrator’s edition", "Editie voor de beheerder")
    return """
      <header>
      <p class="eyebrow">\(say("Night report", "Nachtverslag")) · \(kind)</p>
      <p class="name">\(controller ?? say("Backups", "Reservekopieën"))</p>
      <p class="night">\(night)</p>
      </header>
      """
  }

  /// The answer in one line, and what it means.
  private var answer: (kind: String, text: String) {
    let wrong = FieldUrgency.shortcomings(edition.revealed)
    let named = wrong.prefix(3).map { $0.id.definition.title(in: language) }
    let list = named.joined(separator: ", ") + (wrong.count > 3 ? " …" : "")
    switch StatusLine.make(edition, now: now, language: language).status {
    case .ok where wrong.isEmpty:
      return (
        "met",
        say(
          "Yes: the night was recorded, read back and opened, and nothing is open.",
          "Ja: de nacht is vastgelegd, teruggelezen en geopend, en er staat niets open.")
      )
    case .ok:
      return (
        "met",
        say(
          "Yes: the night was recorded and read back. To improve: \(list).",
          "Ja: de nacht is vastgelegd en teruggelezen. Te verbeteren: \(list).")
      )
    case .warning where edition[.nightsRecoveryPoint]?.state == .met:
      return (
        "declared",
        say("Yes, but this needs someone: \(list).", "Ja, maar dit vraagt aandacht: \(list).")
      )
    case .warning:
      return ("declared", say("Not quite: \(list).", "Niet helemaal: \(list)."))
    case .critical where isStale:
      return (
        "notMet",
        say(
          "No: there is no report since the night of \(longDate(edition.night)).",
          "Nee: er is geen verslag sinds de nacht van \(longDate(edition.night)).")
      )
    case .critical: return ("notMet", say("No: \(list).", "Nee: \(list)."))
    case .unknown:
      return (
        "notMeasured",
        say("That can’t be told from this report.", "Dat valt uit dit verslag niet op te maken.")
      )
    }
  }

  private var isStale: Bool {
    edition[.headerWindow]?["nextReportByAt"]?.integer.map { now > $0 } ?? false
  }

  var answerSection: Markup {
    let answer = answer
    return """
      <section class="answer" aria-labelledby="answer">
      <h1 id="answer">\(say("Are we safe tonight?", "Zijn we vannacht veilig?"))</h1>
      <p class="verdict \(answer.kind)">\(answer.text)</p>
      </section>
      """
  }

  // MARK: Figures

  private func figure(_ title: String, _ value: String, _ notes: [String]) -> Markup {
    let lines = notes.filter { !$0.isEmpty }.map { "<dd class=\"note\">\($0)</dd>" as Markup }
    return "<div><dt>\(title)</dt><dd class=\"value\">\(value)</dd>\(lines)</div>"
  }

  var figures: Markup {
    """
    <dl class="figures">
    \(backupFigure)
    \(restoreFigure)
    \(nightsFigure)
    \(storeFigure)
    </dl>
    """
  }

  private var backupFigure: Markup {
    let point = edition[.nightsRecoveryPoint]
    var notes: [String] = []
    if let age = point?["ageSeconds"]?.integer {
      let goal = point?["objectiveHours"]?.integer.map {
        say(", objective \($0) h", ", doel \($0) h")
      }
      notes.append(say("age ", "ouderdom ") + values.duration(age) + (goal ?? ""))
    }
    if let check = edition[.integritySelfCheck], check.state != .notMeasured {
      notes.append(
        (check.state == .met
          ? say("read back", "teruggelezen")
          : say("read back with faults", "teruggelezen met fouten"))
          + " (\(check.level?.rawValue ?? "–")) \(witness(check.by))")
    }
    if let read = edition[.integrityVerification], let at = read["verifiedAt"]?.integer {
      notes.append(
        say("verified ", "geverifieerd ") + values.time(at) + " (\(read.level?.rawValue ?? "–")) "
          + witness(read.by))
    } else {
      notes.append(
        say(
          "not yet verified by a separate verifier",
          "nog niet door een aparte controleur geverifieerd"))
    }
    return figure(
      say("Last checked backup", "Laatste gecontroleerde reservekopie"),
      point?["readStartAt"]?.integer.map(values.time) ?? say("none", "geen"), notes)
  }

  private var restoreFigure: Markup {
    let test = edition[.restoreLastTest]
    guard let test, let ended = test["endedAt"]?.integer else {
      return figure(
        say("Last real restore", "Laatste echte herstel"), say("none yet", "nog geen"),
        [say("a backup is proven by restoring it", "een kopie bewijst zich pas bij herstel")])
    }
    let goal = edition[.restoreRecoveryTime]?["objectiveHours"]?.integer.map {
      say(", objective \($0) h", ", doel \($0) h")
    }
    let kind =
      test["kind"] == .string("person")
      ? say("done by a person", "gedaan door een mens")
      : say("done by a program", "gedaan door een programma")
    return figure(
      say("Last real restore", "Laatste echte herstel"), longDate(values.date(ended)),
      [
        say("took ", "duurde ") + values.duration(test["durationSeconds"]?.integer ?? 0)
          + (goal ?? ""),
        say("\(test["files"]?.integer ?? 0) files, ", "\(test["files"]?.integer ?? 0) bestanden, ")
          + values.size(test["bytes"]?.integer ?? 0)
          + say(
            ", \(test["mismatches"]?.integer ?? 0) differences",
            ", \(test["mismatches"]?.integer ?? 0) verschillen"),
        kind,
      ])
  }

  private var nightsFigure: Markup {
    let year = edition[.nightsCounts365]
    guard let year, let nights = year["nights"]?.integer else {
      return figure(say("Nights kept", "Nachten gehaald"), "–", [stateName(.notMeasured)])
    }
    func count(_ part: String) -> Int64 { year[part]?.integer ?? 0 }
    var notes = [
      say(
        "\(count("missed")) missed, \(count("late")) late",
        "\(count("missed")) gemist, \(count("late")) te laat")
    ]
    if count("excused") > 0 {
      notes.append(
        say(
          "\(count("excused")) closed, declared beforehand",
          "\(count("excused")) gesloten, vooraf gemeld"))
    }
    if count("notDeterminable") > 0 {
      notes.append(
        say(
          "\(count("notDeterminable")) can’t be determined",
          "\(count("notDeterminable")) niet vast te stellen"))
    }
    if let gap = edition[.nightsLongestGap]?["gapSeconds"]?.integer {
      notes.append(say("longest gap ", "langste gat ") + values.duration(gap))
    }
    return figure(
      say("Nights kept", "Nachten gehaald"),
      say("\(count("covered")) of \(nights)", "\(count("covered")) van \(nights)"), notes)
  }

  private var storeFigure: Markup {
    let size = edition[.storeSize]
    var notes: [String] = []
    if let snapshots = size?["snapshots"]?.integer {
      notes.append(say("\(snapshots) snapshots kept", "\(snapshots) snapshots bewaard"))
    }
    if let last = edition[.trendNights]?.value.array?.last?.object?["newBytes"]?.integer {
      notes.append(say("last night ", "laatste nacht ") + values.size(last) + say(" new", " nieuw"))
    }
    if let free = edition[.storeFreeSpace]?["freeBytes"]?.integer {
      notes.append(values.size(free) + say(" free", " vrij"))
    }
    return figure(
      say("Stored", "Opgeslagen"), size?["bytes"]?.integer.map(values.size) ?? "–", notes)
  }
}
