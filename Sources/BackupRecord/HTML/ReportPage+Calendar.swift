internal import BackupFormat
internal import BackupPolicy

/// The nights of the past year as squares, a month at a time.
extension ReportPage {
  private typealias Night = BackupPolicy.Night

  /// What became of each night that was counted, oldest first.
  ///
  /// The record counts the nights and lists those that were not covered, so the rest were.
  private var nights: [(night: Night, state: NightState)] {
    guard let count = edition[.nightsCounts365]?["nights"]?.integer, (1...366).contains(count),
      let last = edition[.nightsPromise]?["through"]?.string.flatMap({ Night(parsing: $0) })
    else { return [] }
    var states: [Night: NightState] = [:]
    for line in edition[.nightsNotCovered]?.value.array ?? [] {
      if let night = line.object?["night"]?.string.flatMap({ Night(parsing: $0) }),
        let state = line.object?["state"]?.string.flatMap(NightState.init)
      {
        states[night] = state
      }
    }
    return (0..<Int(count)).reversed().map { ago in
      let night = last.advanced(by: -ago)
      return (night, states[night] ?? .covered)
    }
  }

  var calendarSection: Markup {
    let nights = nights
    let heading = say("The nights of the past year", "De nachten van het afgelopen jaar")
    guard !nights.isEmpty else {
      return section(
        "nights", heading,
        "<p>\(say("No night is due yet.", "Er is nog geen nacht waarover verslag is gedaan."))</p>")
    }
    let months = Dictionary(grouping: nights) { $0.night.year * 12 + $0.night.month - 1 }
    let blocks = months.sorted { $0.key < $1.key }.map { month($0.key, $0.value) }
    let present = Set(nights.map(\.state))
    let legend = [NightState.covered, .late, .missed, .excused, .notDeterminable]
      .filter { $0 == .covered || present.contains($0) }
      .map { state -> Markup in
        """
        <li><svg class="square" viewBox="0 0 12 12" aria-hidden="true">\(square(state, x: 0, y: 0))</svg> \
        \(stateName(state))</li>
        """
      }
    return section(
      "nights", heading,
      """
      <div class="months">\(blocks)</div>
      <ul class="legend">\(legend)</ul>
      \(missedTable)
      """)
  }

  private func stateName(_ state: NightState) -> String {
    switch state {
    case .covered: say("kept", "gehaald")
    case .late: say("late", "te laat")
    case .missed: say("missed", "gemist")
    case .excused: say("closed, declared beforehand", "gesloten, vooraf gemeld")
    case .notDeterminable: say("can’t be determined", "niet vast te stellen")
    case .pending: say("pending", "nog niet bekend")
    }
  }

  private func month(_ number: Int, _ nights: [(night: Night, state: NightState)]) -> Markup {
    let names = language == .dutch ? DutchPhrases.months : EnglishPhrases.months
    let name = "\(names[number % 12]) \(number / 12)"
    // Weeks begin on Monday; day 0 was a Thursday.
    func weekday(_ night: Night) -> Int { ((night.dayNumber + 3) % 7 + 7) % 7 }
    let start = Night(year: number / 12, month: number % 12 + 1, day: 1).map(weekday) ?? 0
    let squares = nights.map { entry -> Markup in
      let place = start + entry.night.day - 1
      return square(entry.state, x: place % 7 * 14, y: place / 7 * 14)
    }
    let kept = nights.count { $0.state == .covered }
    let label = say(
      "\(name): \(kept) of \(nights.count) nights kept",
      "\(name): \(kept) van \(nights.count) nachten gehaald")
    return """
      <figure><figcaption aria-hidden="true">\(names[number % 12].prefix(3) + "")\
      <span>\(number % 12 == 0 || number / 12 != edition.night.year ? " ’\(number / 12 % 100)" : "")</span></figcaption>
      <svg viewBox="0 0 96 82" role="img" aria-label="\(label)">\(squares)</svg></figure>
      """
  }

  /// A square whose shape says the same as its colour.
  private func square(_ state: NightState, x: Int, y: Int) -> Markup {
    switch state {
    case .covered:
      "<rect class=\"covered\" x=\"\(x)\" y=\"\(y)\" width=\"12\" height=\"12\" rx=\"2\"/>"
    case .late:
      """
      <rect class="late" x="\(x).75" y="\(y).75" width="10.5" height="10.5" rx="2"/>\
      <path class="latehalf" d="M\(x + 1) \(y + 11)V\(y + 6)H\(x + 11)V\(y + 11)Z"/>
      """
    case .missed:
      """
      <rect class="missed" x="\(x)" y="\(y)" width="12" height="12" rx="2"/>\
      <path class="cross" d="M\(x + 3) \(y + 3)L\(x + 9) \(y + 9)M\(x + 9) \(y + 3)L\(x + 3) \(y + 9)"/>
      """
    case .excused:
      "<rect class=\"excused\" x=\"\(x).75\" y=\"\(y).75\" width=\"10.5\" height=\"10.5\" rx=\"2\"/>"
    case .notDeterminable, .pending:
      """
      <rect class="unknown" x="\(x).75" y="\(y).75" width="10.5" height="10.5" rx="2"/>\
      <circle class="unknowndot" cx="\(x + 6)" cy="\(y + 6)" r="2"/>
      """
    }
  }

  /// The nights that were not kept, in words.
  private var missedTable: Markup {
    let lines = (edition[.nightsNotCovered]?.value.array ?? []).filter {
      $0.object?["state"] != .string(NightState.excused.rawValue)
    }
    guard !lines.isEmpty else { return "" }
    let rows = lines.suffix(12).reversed().map { line -> Markup in
      let state = line.object?["state"]?.string.flatMap(NightState.init) ?? .missed
      let reason = line.object?["reason"]?.string.flatMap(NightReason.init)
      return """
        <tr><th scope="row">\(longDate(line.object?["night"]?.string))</th><td>\(stateName(state))</td>\
        <td>\(reason.map(reasonName) ?? "–")</td></tr>
        """
    }
    return """
      <table><caption>\(say("Nights not kept, newest first", "Niet gehaalde nachten, nieuwste eerst"))</caption>
      <thead><tr><th scope="col">\(say("night", "nacht"))</th><th scope="col">\(say("what became of it", "wat er van kwam"))</th>\
      <th scope="col">\(say("why", "waarom"))</th></tr></thead><tbody>\(rows)</tbody></table>
      \(lines.count > 12 ? "<p class=\"note\">\(say("and \(lines.count - 12) earlier", "en \(lines.count - 12) eerdere"))</p>" : "")
      """
  }

  private func reasonName(_ reason: NightReason) -> String {
    switch reason {
    case .noSnapshot: say("nothing was stored", "er is niets vastgelegd")
    case .notChecked: say("stored, not found whole yet", "vastgelegd, nog niet heel bevonden")
    case .readOutsideWindow:
      say("made outside the hours of the night", "gemaakt buiten de uren van de nacht")
    case .afterDeadline:
      say("finished after the report was due", "klaar nadat het verslag er had moeten zijn")
    case .clockNotBelieved: say("the clock was not believed", "de klok werd niet geloofd")
    case .closed: say("closed", "gesloten")
    case .notDue: say("not due yet", "nog niet aan de orde")
    }
  }
}
