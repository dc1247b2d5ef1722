import Testing

@testable import BackupPolicy

/// Each refusal by its whole text, since that is what people see.
@Suite struct PolicyRefusalTests {
  private func expectOne(_ text: String, _ expected: String) {
    #expect(problems(of: text) == [expected])
  }

  private let place = "(line 9, column "

  @Test func namesTheNearestKey() {
    expectOne(
      PolicyTests.text(retention: #""daily": 1, "maximumAgeDays": 60, "wekly": 2"#),
      "dataSets[0].retention.wekly (line 9, column 56): unknown key; did you mean \"weekly\"?")
    expectOne(
      PolicyTests.text(more: #""banana": 1,"#),
      "banana (line 6, column 3): unknown key")
  }

  @Test func namesTheKeyOfADayly() {
    let lines = problems(of: PolicyTests.text(retention: #""dayly": 30, "maximumAgeDays": 60"#))
    #expect(
      lines.contains(
        "dataSets[0].retention.dayly (line 9, column 22): unknown key; did you mean \"daily\"?"))
  }

  @Test func findsEverythingAtOnce() {
    let text = """
      {
        "version": 1,
        "repository": { "location": "backup", "id": "xyz" },
        "controller": { "name": "<naam>" },
        "protection": "objectlock",
        "compression": { "codec": "zlib", "level": 12 },
        "night": { "window": { "from": "20:00", "to": 6 }, "zone": "../etc/passwd" },
        "dataSets": []
      }
      """
    #expect(
      problems(of: text) == [
        "repository.location (line 3, column 31): expected a folder (\"/srv/backup\"), an SFTP account"
          + " (\"sftp://user@host/path\") or a bucket (\"s3://bucket/prefix\"), without a password",
        "repository.id (line 3, column 47): expected 64 hexadecimal digits in lower case",
        "controller.contact (line 4, column 17): this key is missing; it holds a text of 1 to 200"
          + " characters, without control characters",
        "controller.name (line 4, column 27): this still has to be filled in: replace what stands"
          + " between < and >",
        "protection (line 5, column 17): expected one of \"objectLock\", \"appendOnlyAccount\","
          + " \"pulledCopy\", \"none\"; did you mean \"objectLock\"?",
        "compression.level (line 6, column 46): expected a whole number from 1 to 9",
        "night.window.to (line 7, column 49): expected a time of day such as \"20:00\", found a whole"
          + " number",
        "night.zone (line 7, column 62): expected a time zone such as \"Europe/Amsterdam\"",
        "dataSets (line 8, column 15): expected a list [ … ] with at least one element",
      ])
  }

  @Test func saysWhereItIsNotJSON() {
    #expect(
      problems(of: "{\n  \"version\": 1,\n}") == [
        "line 3, column 1: this is not JSON: a comma after the last element"
      ])
    #expect(problems(of: "") == ["line 1, column 1: this is not JSON: the file ends too early"])
    #expect(problems(of: "[]") == ["line 1, column 1: expected an object { … }, found a list"])
  }

  @Test func refusesOtherVersionsAndSaysNothingMore() {
    #expect(
      problems(of: #"{"version": 2, "new": 1}"#) == [
        "version (line 1, column 13): this program reads version 1 of the policy file"
      ])
    #expect(problems(of: "{}").first?.hasPrefix("version (line 1, column 1): this key is") == true)
  }

  @Test func refusesDuplicateKeys() {
    expectOne(
      PolicyTests.text(more: "\"rotation\": {},\n  \"rotation\": {},"),
      "rotation (line 7, column 3): this key stands here twice")
  }

  @Test(arguments: [
    (#""maximumAgeDays": 60"#, "maximumAgeDays", PolicyReason.noKeepRule),
    (#""daily": 30"#, "maximumAgeDays", .missingKey(.wholeNumber(1...36_525))),
    (
      #""yearly": 3, "maximumAgeDays": 396"#, "yearly",
      .beyondMaximumAge(reachDays: 731, maximumAgeDays: 396)
    ),
    (
      #""daily": 32, "maximumAgeDays": 30"#, "daily",
      .beyondMaximumAge(reachDays: 31, maximumAgeDays: 30)
    ),
    (
      #""weekly": 6, "maximumAgeDays": 34"#, "weekly",
      .beyondMaximumAge(reachDays: 35, maximumAgeDays: 34)
    ),
    (
      #""monthly": 13, "maximumAgeDays": 365"#, "monthly",
      .beyondMaximumAge(reachDays: 366, maximumAgeDays: 365)
    ),
    (
      #""quarterly": 2, "maximumAgeDays": 91"#, "quarterly",
      .beyondMaximumAge(reachDays: 92, maximumAgeDays: 91)
    ),
    (
      #""keepWithinDays": 31, "maximumAgeDays": 30"#, "keepWithinDays",
      .beyondMaximumAge(reachDays: 31, maximumAgeDays: 30)
    ),
    (
      #""daily": 5, "bookYearEndMonth": 6, "maximumAgeDays": 5, "floor": 1"#, "bookYears",
      .missingKey(.wholeNumber(1...90))
    ),
    (
      #""daily": 5, "maximumAgeDays": 5, "floor": 6"#, "floor",
      .floorAboveMaximumAge(floorMax: 5)
    ),
    (
      #""daily": 5, "maximumAgeDays": 5, "floor": 0"#, "floor",
      .expected(.wholeNumber(1...1_000), found: .wholeNumber)
    ),
    (
      #""daily": 5, "maximumAgeDays": 5.5"#, "maximumAgeDays",
      .expected(.wholeNumber(1...36_525), found: .otherNumber)
    ),
    (
      #""daily": -1, "weekly": 1, "maximumAgeDays": 5"#, "daily",
      .expected(.wholeNumber(0...36_525), found: .wholeNumber)
    ),
    (
      #""daily": 5, "maximumAgeDays": 9, "collectionLagDays": 1"#, "collectionLagDays",
      .expected(.wholeNumber(2...366), found: .wholeNumber)
    ),
    (
      #""daily": 5, "maximumAgeDays": 99999999999999999999"#, "maximumAgeDays",
      .expected(.wholeNumber(1...36_525), found: .otherNumber)
    ),
  ])
  func refusesContradictoryRetention(
    _ retention: String, _ key: String, _ reason: PolicyReason
  ) {
    do throws(PolicyError) {
      _ = try Policy.decode(Array(PolicyTests.text(retention: retention).utf8))
      Issue.record("not refused")
    } catch {
      #expect(error.problems.map(\.path) == ["dataSets[0].retention.\(key)"])
      #expect(error.problems.map(\.reason) == [reason])
    }
  }

  @Test(arguments: [
    #""yearly": 3, "maximumAgeDays": 731"#, #""daily": 31, "maximumAgeDays": 30"#,
    #""monthly": 13, "maximumAgeDays": 366"#, #""keepWithinDays": 30, "maximumAgeDays": 30"#,
    #""last": 1, "maximumAgeDays": 3"#,
    #""bookYears": 7, "bookYearEndMonth": 6, "maximumAgeDays": 2923"#,
  ])
  func takesRetentionThatJustFits(_ retention: String) {
    let reasons = #""legalBasis": "AWR art. 52(4)", "reason": "the tax authority","#
    #expect(problems(of: PolicyTests.text(retention: retention, set: reasons)) == [])
  }

  @Test(arguments: [
    (#""bookYears": 7, "maximumAgeDays": 2922"#, "reaches 2923 days back"),
    (#""daily": 1, "bookYears": 91, "maximumAgeDays": 36525"#, "from 0 to 90"),
    (#""bookYears": 7, "bookYearEndMonth": 13, "maximumAgeDays": 3014"#, "from 1 to 12"),
  ])
  func refusesBookYearsThatCannotBe(_ retention: String, _ words: String) {
    let reasons = #""legalBasis": "AWR art. 52(4)", "reason": "the tax authority","#
    let found = problems(of: PolicyTests.text(retention: retention, set: reasons))
    #expect(found.count == 1 && found.first?.contains(words) == true, "\(found)")
  }

  @Test func wantsAGroundForLongRetention() {
    #expect(
      problems(of: PolicyTests.text(retention: #""daily": 5, "maximumAgeDays": 397"#)) == [
        "dataSets[0].legalBasis (line 8, column 5): needed when maximumAgeDays is above 396: say on"
          + " what ground so long",
        "dataSets[0].reason (line 8, column 5): needed when maximumAgeDays is above 396: say on what"
          + " ground so long",
      ])
    #expect(problems(of: PolicyTests.text(retention: #""daily": 5, "maximumAgeDays": 396"#)) == [])
  }

  @Test(arguments: [
    (#"["srv/data"]"#, "/r", PolicyReason.expected(.absolutePath, found: .text)),
    (#"["/srv/../x"]"#, "/r", .expected(.absolutePath, found: .text)),
    (#"["/srv//x"]"#, "/r", .expected(.absolutePath, found: .text)),
    (#"["/srv/./x"]"#, "/r", .expected(.absolutePath, found: .text)),
    (#"["/srv/\u0000x"]"#, "/r", .expected(.absolutePath, found: .text)),
    (#"["/srv", "/srv/data"]"#, "/r", .nestedSource(path: "dataSets[0].sources[0]")),
    (#"["/srv/data/", "/srv"]"#, "/r", .nestedSource(path: "dataSets[0].sources[1]")),
    (#"["/srv", "/srv/"]"#, "/r", .repeated(path: "dataSets[0].sources[0]")),
    (#"["/srv"]"#, "/srv/backup", .repositoryInsideSource),
    (#"["/srv"]"#, "/srv", .repositoryInsideSource),
    (#"["/"]"#, "/srv/backup", .repositoryInsideSource),
    (#"["/srv/backup/x"]"#, "/srv/backup", .sourceInsideRepository),
    ("[]", "/r", .expected(.filledList, found: .list)),
    (#""/srv""#, "/r", .expected(.filledList, found: .text)),
  ])
  func refusesSources(_ sources: String, _ location: String, _ reason: PolicyReason) {
    do throws(PolicyError) {
      _ = try Policy.decode(
        Array(PolicyTests.text(sources: sources, location: location).utf8))
      Issue.record("not refused")
    } catch {
      #expect(error.problems.map(\.reason) == [reason])
    }
  }

  @Test func takesSourcesThatOnlyLookNested() {
    let text = PolicyTests.text(
      sources: #"["/srv/data", "/srv/data2", "/srv/dat"]"#, location: "/srv/data-backup")
    #expect(problems(of: text) == [])
    #expect(problems(of: PolicyTests.text(sources: #"["/"]"#, location: "s3://b/p")) == [])
  }

  @Test func letsSetsShareSourcesButNoNames() {
    let second =
      #"{ "name": "NAME", "sources": ["/srv/data/sub"], "retention": { "last": 1, "maximumAgeDays": 9 } }"#
    func two(_ name: String) -> String {
      PolicyTests.text().replacing(
        "} }\n  ]", with: "} },\n" + second.replacing("NAME", with: name) + "\n  ]")
    }
    #expect(problems(of: two("other")) == [])
    expectOne(
      two("business"), "dataSets[1].name (line 10, column 3): the same as dataSets[0].name")
  }

  @Test(arguments: [
    (
      #""exclude": ["/srv/data/tmp"],"#, "dataSets[0].exclude[0]", PolicyReason.patternRepeatsSource
    ),
    (#""include": ["!/srv/data"],"#, "dataSets[0].include[0]", .patternRepeatsSource),
    (#""exclude": ["a", "[x"],"#, "dataSets[0].exclude[1]", .pattern(.unclosedClass)),
    (##""exclude": ["# no"],"##, "dataSets[0].exclude[0]", .patternSaysNothing),
    (#""exclude": [""],"#, "dataSets[0].exclude[0]", .patternSaysNothing),
    (#""exclude": ["a\nb"],"#, "dataSets[0].exclude[0]", .expected(.pattern, found: .text)),
    (#""exclude": "a","#, "dataSets[0].exclude", .expected(.list, found: .text)),
    (#""canaries": ["/srv/else"],"#, "dataSets[0].canaries[0]", .outsideSources),
    (
      #""canaries": ["/srv/data/a.tmp"], "exclude": ["*.tmp"],"#, "dataSets[0].canaries[0]",
      .excludedCanary
    ),
    (
      #""hooks": {"before": ["pg_dump"]},"#, "dataSets[0].hooks.before",
      .expected(.command, found: .list)
    ),
    (#""hooks": {"after": "rm"},"#, "dataSets[0].hooks.after", .expected(.command, found: .text)),
    (
      #""maximumFileSize": "big","#, "dataSets[0].maximumFileSize",
      .expected(.byteCount, found: .text)
    ),
    (
      #""maximumFileSize": 0,"#, "dataSets[0].maximumFileSize",
      .expected(.byteCount, found: .wholeNumber)
    ),
    (
      #""deduplicate": "unchanged-file-only","#, "dataSets[0].deduplicate",
      .unknownWord(.oneOf(["normal", "unchanged-files-only"]), nearest: "unchanged-files-only")
    ),
    (#""excludeCaches": "yes","#, "dataSets[0].excludeCaches", .expected(.flag, found: .text)),
    (#""excludeCaches": null,"#, "dataSets[0].excludeCaches", .expected(.flag, found: .null)),
    (
      #""purpose": "  ","#, "dataSets[0].purpose",
      .expected(.text(characterCountMax: 1_000), found: .text)
    ),
    (#""purpose": "for <whom>","#, "dataSets[0].purpose", .placeholder),
  ])
  func refusesInDataSets(_ set: String, _ path: String, _ reason: PolicyReason) {
    do throws(PolicyError) {
      _ = try Policy.decode(Array(PolicyTests.text(set: set).utf8))
      Issue.record("not refused")
    } catch {
      #expect(error.problems.map(\.path) == [path])
      #expect(error.problems.map(\.reason) == [reason])
    }
  }

  @Test(arguments: [
    (
      #""night": { "window": { "from": "20:00", "to": "20:00" } },"#, "night.window.to",
      PolicyReason.emptyWindow
    ),
    (#""night": { "reportBy": "05:59" },"#, "night.reportBy", .reportAfterNextNight),
    (
      #""night": { "reportBy": "24:00" },"#, "night.reportBy",
      .expected(.timeOfDay, found: .text)
    ),
    (
      #""night": { "closures": [{ "from": "2026-12-26", "to": "2026-12-25", "reason": "x" }] },"#,
      "night.closures[0].to", .endsBeforeItBegins
    ),
    (
      #""night": { "closures": [{ "from": "2026-02-29", "to": "2026-12-25", "reason": "x" }] },"#,
      "night.closures[0].from", .expected(.date, found: .text)
    ),
    (
      #""locations": [{ "name": "x", "country": "US", "eea": true, "offSite": true }],"#,
      "locations[0].eea", .contradictsCountry(isInEEA: false)
    ),
    (
      #""locations": [{ "name": "x", "country": "nl", "eea": true, "offSite": true }],"#,
      "locations[0].country", .expected(.countryCode, found: .text)
    ),
    (
      #""review": { "last": "2026-02-01", "next": "2026-01-01" },"#, "review.next",
      .endsBeforeItBegins
    ),
    (
      #""keys": { "passphraseFile": "a", "passphraseCommand": ["/b"] },"#,
      "keys.passphraseCommand", .excludes(key: "passphraseFile")
    ),
    (#""notify": { "command": [] },"#, "notify.command", .expected(.command, found: .list)),
    (#""notify": { "timeLimitSeconds": 5 },"#, "notify.command", .missingKey(.command)),
    (
      #""notify": { "mail": { "to": "a@b, c@d" } },"#, "notify.mail.to",
      .expected(.mailAddress, found: .text)
    ),
    (
      #""notify": { "mail": { "to": "a@b\nBcc: c@d" } },"#, "notify.mail.to",
      .expected(.mailAddress, found: .text)
    ),
    (
      #""keyRegister": [{ "key": "AB", "holder": "x" }],"#, "keyRegister[0].key",
      .expected(.hexDigits(32), found: .text)
    ),
    (
      #""keyRegister": [{ "key": "00112233445566778899aabbccddeeff", "holder": "x", "copies": -1 }],"#,
      "keyRegister[0].copies", .expected(.wholeNumber(0...100), found: .wholeNumber)
    ),
    (
      #""keyRegister": [{ "key": "00112233445566778899aabbccddeeff", "holder": "x" }, { "key": "00112233445566778899aabbccddeeff", "holder": "y" }],"#,
      "keyRegister", .repeated(path: "keyRegister")
    ),
    (
      #""verification": { "confidenceBasisPoints": 10000 },"#,
      "verification.confidenceBasisPoints",
      .expected(.wholeNumber(5_000...9_999), found: .wholeNumber)
    ),
  ])
  func refusesAbove(_ more: String, _ path: String, _ reason: PolicyReason) {
    do throws(PolicyError) {
      _ = try Policy.decode(Array(PolicyTests.text(more: more).utf8))
      Issue.record("not refused")
    } catch {
      #expect(error.problems.map(\.path) == [path])
      #expect(error.problems.map(\.reason) == [reason])
    }
  }

  @Test(arguments: [
    "backup", "ftp://h/p", "sftp://", "s3:///x", "sftp://u:secret@h/p", "/srv/../x", "sftp://h/a b",
  ])
  func refusesLocations(_ location: String) {
    #expect(problems(of: PolicyTests.text(location: location)).count == 1)
  }

  @Test func repeatsNoValueAndNoControlCharacter() {
    let text = PolicyTests.text(
      location: "sftp://u:secret@h/p", more: "\"a\\u001b[31m\\u202e\": \"hidden\",")
    let lines = problems(of: text)
    #expect(lines.count == 2)
    for line in lines {
      #expect(!line.contains("secret") && !line.contains("hidden"))
      #expect(!line.unicodeScalars.contains("\u{1b}") && !line.unicodeScalars.contains("\u{202e}"))
    }
  }

  @Test func listsNoMoreThanAnyoneReads() {
    let keys = (0..<500).map { "\"unknown\($0)\": 1," }.joined()
    #expect(problems(of: PolicyTests.text(more: keys)).count == PolicyError.problemCountMax)
  }

  @Test func neverTrapsOnFlippedBits() {
    let text = Array(
      PolicyTests.text(
        set: #""exclude": ["[a-c]*/**/x"], "canaries": ["/srv/data/c"], "maximumFileSize": "5 GB","#
      ).utf8)
    for bit in stride(from: 0, to: text.count * 8, by: 3) {
      var flipped = text
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      _ = try? Policy.decode(flipped)
    }
    for count in text.indices {
      #expect(throws: PolicyError.self) { try Policy.decode(Array(text[..<count])) }
    }
  }
}
