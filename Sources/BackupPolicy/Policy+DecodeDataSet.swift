/// Reads `dataSets` and checks each set against itself, the others and the repository.
enum PolicyDataSets {
  static func read(_ object: PolicyObject, repository: String?) -> [Policy.DataSet] {
    var names: [String: String] = [:]
    return object.objects("dataSets", filled: true) { element in
      let set = Policy.DataSet.read(element, repository: repository)
      if let name = set?.name {
        if let first = names[name] {
          element.refuse("name", .repeated(path: first))
        } else {
          names[name] = element.path(of: "name")
        }
      }
      return set
    }
  }
}

extension Policy.DataSet {
  fileprivate static func read(_ object: PolicyObject, repository: String?) -> Policy.DataSet? {
    let name = object.required("name", .dataSetName)?.parsed(
      .dataSetName, PolicyPath.dataSetName)
    let sources = PolicySources.read(object, repository: repository)
    let include = readPatterns(object, "include", sources: sources)
    let exclude = readPatterns(object, "exclude", sources: sources)
    let excludeFile = object.optional("excludeFile")?.filePath()
    let excludesCaches = object.flag("excludeCaches", default: true)
    let staysOnOne = object.flag("oneFileSystem", default: false)
    let maximumFileByteCount = object.optional("maximumFileSize")?.byteCount()
    let deduplication = object.optional("deduplicate")?.word(Deduplication.self) ?? .normal
    let hooks = object.object("hooks", default: Hooks()) { Hooks($0) }
    let canaries = object.optional("canaries")?.elements() ?? []
    let minimumFileCount = object.integer(
      "minimumFileCount", in: 0...1_000_000_000, default: 1)
    let changedLimit = object.integer(
      "changedDuringReadLimit", in: 0...1_000_000_000, default: 0)
    let alarms = object.object("alarms", default: Alarms()) { Alarms($0) }
    let retention = object.required("retention", .object)?.object().flatMap(Retention.read)
    let category = object.optional("category")?.prose()
    let purpose = object.optional("purpose")?.prose(characterCountMax: 1_000)
    let legalBasis = object.optional("legalBasis")?.prose()
    let reason = object.optional("reason")?.prose(characterCountMax: 1_000)
    let register = object.optional("registerReference")?.prose()
    guard let name, let retention else { return nil }
    let set = Policy.DataSet(
      name: name, sources: sources, include: include, exclude: exclude, excludeFile: excludeFile,
      excludesCaches: excludesCaches, staysOnOneFileSystem: staysOnOne,
      maximumFileByteCount: maximumFileByteCount, deduplication: deduplication, hooks: hooks,
      canaries: canaries.compactMap { $0.absolutePath() }, minimumFileCount: minimumFileCount,
      changedDuringReadLimit: changedLimit, alarms: alarms, retention: retention,
      category: category, purpose: purpose, legalBasis: legalBasis, reason: reason,
      registerReference: register)
    if retention.maximumAgeDays > defaultMaximumDays {
      for (key, isMissing) in [("legalBasis", legalBasis == nil), ("reason", reason == nil)]
      where isMissing && object.optional(key) == nil {
        object.refuse(key, .neededForLongRetention(defaultMaximumDays: defaultMaximumDays))
      }
    }
    set.check(canaries, object)
    return set
  }

  private static func readPatterns(
    _ object: PolicyObject, _ key: String, sources: [Policy.Source]
  ) -> [String] {
    let nodes = object.optional(key)?.elements() ?? []
    if nodes.count > PathRules.ruleCountMax { object.refuse(key, .tooManyRules) }
    return nodes.compactMap { node in
      let text = node.parsed(.pattern) { text in
        let isLine = text.utf8.allSatisfy { $0 != 0x0a && $0 != 0x0d && $0 != 0 }
        return isLine && text.utf8.count <= PolicyPath.byteCountMax ? text : nil
      }
      guard let text else { return nil }
      guard let pattern = PathPattern(line: Array(text.utf8)) else {
        node.refuse(.patternSaysNothing)
        return nil
      }
      if let fault = pattern.fault { node.refuse(.pattern(fault)) }
      let start = pattern.isNegated ? String(text.dropFirst()) : text
      let folders = sources.filter(\.isFolder).map(\.path)
      if folders.contains(where: { $0 != "/" && (start == $0 || start.hasPrefix($0 + "/")) }) {
        node.refuse(.patternRepeatsSource)
      }
      return text
    }
  }

  /// Each canary lies in a source and is not left out by the set's own rules.
  private func check(_ canaries: [PolicyNode], _ object: PolicyObject) {
    guard let rules = pathRules() else {
      object.refuse("exclude", .tooManyRules)
      return
    }
    let folders = sources.filter(\.isFolder).map(\.path)
    for case .database(let path) in sources {
      for relative in folders.compactMap({ PolicyPath.relative(path, to: $0) })
      where rules.decision(for: relative.span, isDirectory: false) != .keep {
        object.refuse("sources", .excludedDatabase)
      }
    }
    for node in canaries {
      guard case .text(let text) = node.node.value, let path = PolicyPath.normalised(text) else {
        continue
      }
      let relatives = folders.compactMap { PolicyPath.relative(path, to: $0) }
      guard !relatives.isEmpty else {
        node.refuse(.outsideSources)
        continue
      }
      for relative in relatives where !relative.isEmpty {
        if rules.decision(for: relative.span, isDirectory: false) != .keep {
          node.refuse(.excludedCanary)
        }
      }
    }
  }
}

extension Policy.DataSet.Hooks {
  fileprivate init(_ object: PolicyObject) {
    before = object.optional("before")?.command(mayBeEmpty: true) ?? []
    after = object.optional("after")?.command(mayBeEmpty: true) ?? []
    timeLimitSeconds = object.integer("timeLimitSeconds", in: 1...86_400, default: 3_600)
  }
}

extension Policy.DataSet.Alarms {
  fileprivate init(_ object: PolicyObject) {
    let fallback = Policy.DataSet.Alarms()
    let share = 1...10_000
    changedBasisPoints = object.integer(
      "changedBasisPoints", in: share, default: fallback.changedBasisPoints)
    deletedBasisPoints = object.integer(
      "deletedBasisPoints", in: share, default: fallback.deletedBasisPoints)
    noiseBasisPoints = object.integer(
      "noiseBasisPoints", in: share, default: fallback.noiseBasisPoints)
    minimumFileCount = object.integer(
      "minimumFileCount", in: 0...1_000_000_000, default: fallback.minimumFileCount)
  }
}

extension Retention {
  /// The longest a policy may keep anything: a hundred years.
  static let maximumDaysMax = 36_525

  fileprivate static func read(_ object: PolicyObject) -> Retention? {
    func count(_ key: RetentionKey, _ most: Int) -> Int {
      object.integer(key.rawValue, in: 0...most, default: 0)
    }
    // Each bound is what a hundred years can hold.
    var retention = Retention(
      last: count(.last, maximumDaysMax), daily: count(.daily, maximumDaysMax),
      weekly: count(.weekly, 5_218), monthly: count(.monthly, 1_200),
      quarterly: count(.quarterly, 400), yearly: count(.yearly, 100),
      bookYears: count(.bookYears, 90), keepWithinDays: count(.keepWithinDays, maximumDaysMax),
      maximumAgeDays: 0)
    let ages = 1...maximumDaysMax
    let maximum = object.required(RetentionKey.maximumAgeDays.rawValue, .wholeNumber(ages))?
      .integer(in: ages)
    retention.floor = object.integer(
      RetentionKey.floor.rawValue, in: 1...1_000, default: retention.floor)
    retention.refreshDays = object.integer(
      RetentionKey.refreshDays.rawValue, in: 1...366, default: retention.refreshDays)
    // Between `condemned` and `deleted` lies a night: a lag of one day could not be kept.
    retention.collectionLagDays = object.integer(
      RetentionKey.collectionLagDays.rawValue, in: 2...366, default: retention.collectionLagDays)
    retention.bookYearEndMonth = object.integer(
      RetentionKey.bookYearEndMonth.rawValue, in: 1...12, default: 12)
    if retention.bookYears == 0, object.optional(RetentionKey.bookYearEndMonth.rawValue) != nil {
      // A month says nothing where no book year is kept.
      object.refuse(RetentionKey.bookYears.rawValue, .missingKey(.wholeNumber(1...90)))
    }
    object.finish()
    guard let maximum else { return nil }
    retention.maximumAgeDays = maximum
    for contradiction in retention.contradictions {
      object.refuse(contradiction.key.rawValue, contradiction.reason)
    }
    return retention
  }

  /// What in these numbers cannot all be kept.
  var contradictions: [(key: RetentionKey, reason: PolicyReason)] {
    let keeping: [RetentionKey] = [
      .last, .daily, .weekly, .monthly, .quarterly, .yearly, .bookYears, .keepWithinDays,
    ]
    guard keeping.contains(where: { self[$0] > 0 }) else {
      return [(.maximumAgeDays, .noKeepRule)]
    }
    var found: [(key: RetentionKey, reason: PolicyReason)] = []
    for key in keeping where self[key] > 0 {
      guard let reach = reachDays(of: key), reach > maximumAgeDays else { continue }
      found.append(
        (key, .beyondMaximumAge(reachDays: reach, maximumAgeDays: maximumAgeDays)))
    }
    // At any hour, as many nights as days are younger than the maximum age.
    if floor > maximumAgeDays {
      found.append((.floor, .floorAboveMaximumAge(floorMax: maximumAgeDays)))
    }
    return found
  }
}
