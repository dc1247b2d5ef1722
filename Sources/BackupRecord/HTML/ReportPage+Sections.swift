internal import BackupFormat
internal import BackupPolicy

/// What needs someone; size and change; retention; checks; and what all this does not show.
extension ReportPage {
  // MARK: What needs someone

  var attentionSection: Markup {
    let lines = edition[.exceptionsOpen]?.value.array ?? []
    let heading = say("What needs someone", "Wat aandacht vraagt")
    guard !lines.isEmpty else {
      let text =
        edition[.exceptionsOpen]?.state == .notMeasured
        ? say("No account is kept of open points.", "Van open punten wordt niets bijgehouden.")
        : say("No point is open.", "Er staan geen punten open.")
      return section("attention", heading, "<p>\(text)</p>")
    }
    let rows = lines.prefix(40).map(exceptionRow)
    return section(
      "attention", heading,
      """
      <table class="wide">
      <thead><tr><th scope="col">\(say("point", "punt"))</th><th scope="col">\(say("weight", "gewicht"))</th>\
      <th scope="col">\(say("since the night of", "sinds de nacht van"))</th><th scope="col">\(say("due", "uiterlijk"))</th>\
      <th scope="col">\(say("for", "voor"))</th><th scope="col">\(say("standing", "stand"))</th></tr></thead>
      <tbody>\(rows)</tbody></table>
      \(lines.count > 40 ? "<p class=\"note\">+\(lines.count - 40)</p>" : "")
      """)
  }

  private func exceptionRow(_ line: CanonicalJSON) -> Markup {
    func text(_ part: String) -> String { line.object?[part]?.string ?? "" }
    let field = FieldUrgency.field(ofRule: text("rule"))
    let advice = field.flatMap { FieldUrgency.advice($0, in: language) }
    let severity = FieldUrgency.Severity(rawValue: text("severity"))
    let weight =
      switch severity {
      case .critical: say("critical", "kritiek")
      case .warning: say("soon", "binnenkort")
      case .note: say("note", "aandachtspunt")
      case nil: text("severity")
      }
    let owner =
      switch FieldUrgency.Owner(rawValue: text("owner")) {
      case .management: say("management", "directie")
      case .systemAdministrator: say("system administrator", "systeembeheerder")
      case nil: text("owner").isEmpty ? "–" : text("owner")
      }
    let due = BackupPolicy.Night(parsing: text("due"))
    let isLate = due.map { $0 < .utc(now) } ?? false
    return """
      <tr><th scope="row">\(field.map(title) ?? text("rule"))\
      \(advice.map { "<span class=\"advice\">\($0)</span>" as Markup } ?? "")</th>\
      <td data-label="\(say("weight", "gewicht"))"><span class="severity \(severity?.rawValue ?? "note")">\(weight)</span></td>\
      <td data-label="\(say("since", "sinds"))">\(text("since"))</td>\
      <td data-label="\(say("due", "uiterlijk"))"\(isLate ? " class=\"overdue\"" : "")>\(due.map(\.description) ?? "–")\
      \(isLate ? say(" (late)", " (te laat)") : "")</td>\
      <td data-label="\(say("for", "voor"))">\(owner)</td>\
      <td data-label="\(say("standing", "stand"))">\(statusName(text("status")))</td></tr>
      """
  }

  private func statusName(_ text: String) -> String {
    switch PeoplesAccounts.Exception.Status(rawValue: text) {
    case .open: say("open", "open")
    case .investigating: say("looked into", "in onderzoek")
    case .remediating: say("being repaired", "wordt hersteld")
    case .deviationRequested: say("leave asked for", "afwijking gevraagd")
    case .deviationApproved: say("left as it is, with leave", "afwijking toegestaan")
    case .closed: say("closed", "gesloten")
    case nil: text
    }
  }

  // MARK: Size and change

  var sizeSection: Markup {
    let nights = edition[.trendNights]?.value.array ?? []
    let bytes = nights.map { max(0, $0.object?["newBytes"]?.integer ?? 0) }
    let heading = say("Size and change", "Omvang en verandering")
    guard let most = bytes.max(), let last = bytes.last else {
      return section("size", heading, "<p>\(stateSentence(.trendNights))</p>")
    }
    let bars = bytes.enumerated().map { place, count -> Markup in
      let height = most == 0 ? 1 : max(1, Int(Double(count) / Double(most) * 60))
      return
        "<rect x=\"\(place * 12 + (30 - bytes.count) * 12)\" y=\"\(62 - height)\" width=\"9\" height=\"\(height)\" rx=\"1\"/>"
    }
    let first = nights.first?.object?["night"]?.string ?? ""
    let newest = nights.last?.object?["night"]?.string ?? ""
    let label = say(
      "New bytes in \(bytes.count) nights: at most \(values.size(most)), last \(values.size(last))",
      "Nieuwe bytes in \(bytes.count) nachten: hoogstens \(values.size(most)), laatst \(values.size(last))"
    )
    return section(
      "size", heading,
      """
      <figure class="bars"><figcaption>\(say("New in each night that has a snapshot; highest ", "Nieuw in elke nacht met een snapshot; hoogste ") + values.size(most))</figcaption>
      <svg viewBox="0 0 360 64" role="img" aria-label="\(label)"><path class="axis" d="M0 63H360"/>\(bars)</svg>
      <p class="ends"><span>\(first)</span><span>\(newest)</span></p></figure>
      \(monthsTable)
      """)
  }

  private var monthsTable: Markup {
    let months = edition[.trendMonths]?.value.array ?? []
    guard !months.isEmpty else { return "" }
    let rows = months.reversed().map { line -> Markup in
      func number(_ part: String) -> Int64 { line.object?[part]?.integer ?? 0 }
      return """
        <tr><th scope="row">\(line.object?["month"]?.string ?? "")</th><td>\(number("covered")) / \(number("nights"))</td>\
        <td>\(number("missed"))</td><td>\(number("tests"))</td><td>\(values.size(number("newBytes")))</td></tr>
        """
    }
    return """
      <table><caption>\(say("By month", "Per maand"))</caption><thead><tr><th scope="col">\(say("month", "maand"))</th>\
      <th scope="col">\(say("kept", "gehaald"))</th><th scope="col">\(say("missed", "gemist"))</th>\
      <th scope="col">\(say("restore tests", "hersteltests"))</th><th scope="col">\(say("new", "nieuw"))</th></tr></thead>
      <tbody>\(rows)</tbody></table>
      """
  }

  func stateSentence(_ id: FieldID) -> String {
    "\(title(id)): \(stateName(edition[id]?.state ?? .notMeasured))."
  }

  // MARK: Retention

  var retentionSection: Markup {
    let sets = edition[.retentionOldest]?.value.array ?? []
    let overdue = Dictionary(
      (edition[.retentionOverdue]?.value.array ?? []).compactMap { line in
        line.object?["set"]?.string.map { ($0, line.object?["count"]?.integer ?? 0) }
      }
    ) { $0 + $1 }
    let rows = sets.prefix(100).map { line -> Markup in
      let set = line.object?["set"]?.string
      let age = line.object?["ageDays"]?.integer ?? 0
      let late = set.flatMap { overdue[$0] } ?? 0
      guard let maximum = line.object?["maximumAgeDays"]?.integer, maximum > 0 else {
        return
          "<li><b>\(setName(set))</b> \(say("oldest \(age) days; no approved maximum", "oudste \(age) dagen; geen goedgekeurd maximum"))</li>"
      }
      let share = min(100, age * 100 / maximum)
      let text = say(
        "oldest \(age) of at most \(maximum) days", "oudste \(age) van hoogstens \(maximum) dagen")
      return """
        <li><b>\(setName(set))</b> <span>\(text)\
        \(late > 0 ? say("; \(late) overdue", "; \(late) te lang bewaard") : "")</span>
        <svg class="track\(late > 0 ? " over" : "")" aria-hidden="true" viewBox="0 0 100 3" preserveAspectRatio="none">\
        <rect class="rest" width="100" height="3"/><rect class="used" width="\(share)" height="3"/></svg></li>
        """
    }
    var notes: [String] = []
    if let limit = edition[.retentionOuterLimit], let months = limit["months"]?.integer {
      notes.append(
        say(
          "What is deleted is gone from the copies within \(months) months: \(stateName(limit.state)).",
          "Wat gewist is, is binnen \(months) maanden ook uit de kopieën: \(stateName(limit.state))."
        ))
    }
    if let dead = edition[.retentionDeadBytes], let days = dead["oldestDeadDays"]?.integer {
      notes.append(
        say(
          "The oldest block that nothing needs has lain there for \(days) days.",
          "Het oudste blok dat nergens meer voor nodig is, ligt er \(days) dagen."))
    }
    if let holds = edition[.retentionHolds]?.value.integer, holds > 0 {
      notes.append(
        say(
          "\(holds) legal holds are in force.", "Er gelden \(holds) bewaarplichten op aanwijzing."))
    }
    let paragraphs = notes.map { "<p>\($0)</p>" as Markup }
    let list: Markup =
      rows.isEmpty
      ? "<p>\(stateSentence(.retentionOldest))</p>" : "<ul class=\"tracks\">\(rows)</ul>"
    return section(
      "retention", say("Kept no longer than promised", "Niet langer bewaard dan beloofd"),
      "\(list)\(paragraphs)")
  }

  // MARK: Checks

  var checkingSection: Markup {
    var lines: [Markup] = []
    if let sample = edition[.integritySample], sample.state != .notMeasured {
      lines.append("<p>\(badge(sample.state)) \(sampleSentence(sample))</p>")
    } else {
      lines.append(
        "<p>\(badge(.notMeasured)) \(say("No random sample was reported.", "Er is geen steekproef gemeld."))</p>"
      )
    }
    if let sweep = edition[.integritySweep], let days = sweep["oldestCheckDays"]?.integer {
      lines.append(
        "<p>\(badge(sweep.state)) \(say("The block that was read longest ago was read \(days) days ago; each is to be read within \(sweep["sweepNights"]?.integer ?? 0) nights.", "Het blok dat het langst geleden is gelezen, is \(days) dagen geleden gelezen; elk blok hoort binnen \(sweep["sweepNights"]?.integer ?? 0) nachten gelezen te zijn."))</p>"
      )
    } else {
      lines.append(
        "<p>\(badge(.notMeasured)) \(say("How long ago each block was last read: not measured.", "Hoe lang geleden elk blok voor het laatst is gelezen: niet gemeten."))</p>"
      )
    }
    if let read = edition[.integrityVerification], let blocks = read["blocks"]?.integer {
      let population = edition[.integrityPopulation]?["blocks"]?.integer
      let of = population.map { say(" of \($0) needed now", " van \($0) die nu nodig zijn") } ?? ""
      lines.append(
        "<p>\(badge(read.state)) \(say("Last verification: \(blocks) blocks\(of), \(read["damaged"]?.integer ?? 0) damaged", "Laatste verificatie: \(blocks) blokken\(of), \(read["damaged"]?.integer ?? 0) beschadigd")) (\(read.level?.rawValue ?? "–")), \(witness(read.by)).</p>"
      )
    }
    return section("checks", say("What was checked", "Wat is gecontroleerd"), "\(lines)")
  }

  /// The one way in which a sample may be told.
  private func sampleSentence(_ sample: RecordField) -> String {
    func number(_ part: String) -> Int64 { sample[part]?.integer ?? 0 }
    let level = sample.level?.rawValue ?? "–"
    let drawn =
      sample["population"] == nil
      // Of a verifier's sample of before the log tells no more.
      ? say(
        "A sample of \(number("checked")) stored blocks was read (\(level)), \(number("failed")) failed.",
        "Een steekproef van \(number("checked")) opgeslagen blokken is gelezen (\(level)), \(number("failed")) mislukt."
      )
      : say(
        "\(number("checked")) of \(number("population")) stored blocks read (\(level)), \(number("failed")) failed.",
        "\(number("checked")) van \(number("population")) opgeslagen blokken gelezen (\(level)), \(number("failed")) mislukt."
      )
    guard sample["drawKept"] != .string("no") else {
      return drawn + " "
        + say(
          "It was not drawn as was promised before.", "Zij is niet getrokken zoals vooraf beloofd."
        )
    }
    guard sample["boundBorneOut"] != .string("no") else {
      return drawn + " "
        + say(
          "It claimed more certainty than it gives.", "Zij beweerde meer zekerheid dan zij geeft.")
    }
    guard number("failed") == 0, number("boundPartsPerMillion") > 0 else { return drawn }
    let confidence = values.share(number("confidenceBasisPoints"), of: 10_000)
    let bound = values.share(number("boundPartsPerMillion"), of: 1_000_000)
    return drawn + " "
      + say(
        "With \(confidence) confidence fewer than \(bound) of the stored blocks were damaged at the time of checking.",
        "Met \(confidence) zekerheid was op het moment van controle minder dan \(bound) van de opgeslagen blokken beschadigd."
      )
  }

  // MARK: What this does not show

  var limitsSection: Markup {
    let missing = edition.revealed.filter { $0.state == .notMeasured }.map { title($0.id) }
    let declared = edition.revealed.filter { $0.state == .declared }.map { title($0.id) }
    func list(_ name: String, _ lead: String, _ titles: [String]) -> Markup {
      guard !titles.isEmpty else { return "" }
      let items = titles.map { "<li>\($0)</li>" as Markup }
      return "<h3>\(name)</h3><p>\(lead)</p><ul class=\"names\">\(items)</ul>"
    }
    return section(
      "limits", say("What this report does not show", "Wat dit verslag niet laat zien"),
      """
      \(list(say("Not measured", "Niet gemeten"), say("Nobody looked; nothing follows from it.", "Niemand keek; er volgt niets uit."), missing))
      \(list(say("Declared only", "Alleen verklaard"), say("Said by someone, and not measured.", "Door iemand gezegd, en niet gemeten."), declared))
      """)
  }
}
