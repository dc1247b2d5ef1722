extension Policy {
  /// Reads a policy file and checks it against itself.
  ///
  /// Unknown keys, duplicate keys and values that contradict one another are refused.
  ///
  /// - Throws: Everything that is wrong with the file.
  public static func decode(_ bytes: [UInt8]) throws(PolicyError) -> Policy {
    let problems = ProblemList()
    let policy = read(bytes, problems)
    guard let policy, problems.problems.isEmpty else {
      throw PolicyError(
        problems: problems.problems.sorted { left, right in
          (left.position.line, left.position.column) < (right.position.line, right.position.column)
        })
    }
    return policy
  }

  /// The place of a key in a policy file, for example of `dataSets[0].retention.daily`.
  ///
  /// - Returns: `nil` if the file is not JSON or has no such key.
  public static func position(of path: String, in bytes: [UInt8]) -> TextPosition? {
    var parser = JSONParser(bytes)
    guard let root = try? parser.parse() else { return nil }  // not JSON: no place to name
    return position(of: path, in: root, path: "")
  }

  private static func position(
    of wanted: String, in node: JSONNode, path: String
  ) -> TextPosition? {
    switch node.value {
    case .object(let members):
      for member in members {
        let memberPath = path.isEmpty ? member.key : "\(path).\(member.key)"
        if memberPath == wanted { return member.position }
        if wanted.hasPrefix(memberPath),
          let found = position(of: wanted, in: member.node, path: memberPath)
        {
          return found
        }
      }
    case .list(let nodes):
      for (index, element) in nodes.enumerated() {
        let elementPath = "\(path)[\(index)]"
        if elementPath == wanted { return element.position }
        if wanted.hasPrefix(elementPath + "."),
          let found = position(of: wanted, in: element, path: elementPath)
        {
          return found
        }
      }
    default: break
    }
    return nil
  }

  private static func read(_ bytes: [UInt8], _ problems: ProblemList) -> Policy? {
    var parser = JSONParser(bytes)
    let root: JSONNode
    do throws(JSONParser.Failure) {
      root = try parser.parse()
    } catch {
      problems.add("", error.position, .syntax(error.fault))
      return nil
    }
    for duplicate in parser.duplicates {
      problems.add(duplicate.path, duplicate.position, .duplicateKey)
    }
    guard let object = PolicyNode(node: root, path: "", problems: problems).object() else {
      return nil
    }
    let version = object.required("version", .wholeNumber(Policy.version...Policy.version))
    if let version, let number = version.integer(in: 0...Int.max), number != Policy.version {
      // The other keys may mean something else there, and nothing more can be said of them.
      version.refuse(.unknownVersion)
      return nil
    }
    let policy = Policy(object)
    object.finish()
    return policy
  }

  private init?(_ object: PolicyObject) {
    let hours = NightHours(optional: object)
    let location = object.required("repository", .object)?.object().flatMap(Repository.read)
    let owner = object.required("controller", .object)?.object().flatMap(Controller.read)
    keys = object.object("keys", default: Keys()) { Keys($0) }
    protection =
      object.required("protection", .oneOf(Protection.allCases.map(\.rawValue)))?
      .word(Protection.self) ?? .none
    compression = object.object("compression", default: Compression()) { Compression($0) }
    rotatesNightly = object.object("rotation", default: true) {
      $0.flag("nightly", default: true)
    }
    record = object.object("record", default: RecordTerms()) { RecordTerms($0) }
    incidents = object.object("incidents", default: IncidentTerms()) { IncidentTerms($0) }
    review = object.object("review", default: Review()) { Review($0) }
    locations = object.objects("locations", Location.read)
    contracts = object.objects("contracts", Contract.read)
    keyRegister = object.objects("keyRegister", KeyEntry.read)
    if Set(keyRegister.map(\.key)).count != keyRegister.count {
      object.refuse("keyRegister", .repeated(path: "keyRegister"))
    }
    notify = object.object("notify", default: nil) { Notify.read($0) }
    objectives = object.object("objectives", default: Objectives()) { Objectives($0) }
    verification = object.object("verification", default: Verification()) { Verification($0) }
    dataSets = PolicyDataSets.read(object, repository: location?.location)
    guard let location, let owner else { return nil }
    repository = location
    controller = owner
    night = hours
  }
}

extension Policy.Repository {
  fileprivate static func read(_ object: PolicyObject) -> Policy.Repository? {
    let location = object.required("location", .location)?.parsed(.location, PolicyPath.location)
    let id = object.required("id", .hexDigits(64))?.parsed(.hexDigits(64)) { text in
      let isHex = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      return isHex && text.utf8.count == 64 ? text : nil
    }
    let region = object.optional("region")?.prose(characterCountMax: 64)
    let endpoint = object.optional("endpoint")?.prose(characterCountMax: 400)
    let credentialsFile = object.optional("credentialsFile")?.filePath()
    let knownHostsFile = object.optional("knownHostsFile")?.filePath()
    object.finish()
    guard let location, let id else { return nil }
    return Policy.Repository(
      location: location, id: id, region: region, endpoint: endpoint,
      credentialsFile: credentialsFile, knownHostsFile: knownHostsFile)
  }
}

extension Policy.Keys {
  fileprivate init(_ object: PolicyObject) {
    host = object.optional("host")?.filePath() ?? "host.key"
    passphraseFile = object.optional("passphraseFile")?.filePath()
    passphraseCommand = object.optional("passphraseCommand")?.command()
    if passphraseFile != nil, passphraseCommand != nil {
      object.refuse("passphraseCommand", .excludes(key: "passphraseFile"))
    }
  }
}

extension Policy.Controller {
  fileprivate static func read(_ object: PolicyObject) -> Policy.Controller? {
    let name = object.required("name", .text(characterCountMax: 200))?.prose()
    let contact = object.required("contact", .text(characterCountMax: 200))?.prose()
    object.finish()
    guard let name, let contact else { return nil }
    return Policy.Controller(name: name, contact: contact)
  }
}

extension Policy.NightHours {
  fileprivate init(optional object: PolicyObject) {
    self = object.object("night", default: Policy.NightHours()) { Policy.NightHours($0) }
  }

  private init(_ object: PolicyObject) {
    self.init()
    (from, to) = object.object("window", default: (from, to)) { [from, to] window in
      let from = window.required("from", .timeOfDay)?.time() ?? from
      let end = window.required("to", .timeOfDay)?.time() ?? to
      if from == end { window.refuse("to", .emptyWindow) }
      return (from, end)
    }
    reportBy = object.optional("reportBy")?.time() ?? reportBy
    zone = object.optional("zone")?.parsed(.zoneName, PolicyPath.zoneName) ?? zone
    closures = object.objects("closures") { closure -> Policy.Closure? in
      let first = closure.required("from", .date)?.date()
      let last = closure.required("to", .date)?.date()
      let reason = closure.required("reason", .text(characterCountMax: 200))?.prose()
      guard let first, let last, let reason else { return nil }
      guard first <= last else {
        closure.refuse("to", .endsBeforeItBegins)
        return nil
      }
      return Policy.Closure(nights: first...last, reason: reason)
    }
    // Minutes after the window's beginning; the report belongs between its end and the next one.
    let length = floorModulo(to.minuteOfDay - from.minuteOfDay, 1_440)
    if floorModulo(reportBy.minuteOfDay - from.minuteOfDay, 1_440) < length, length > 0 {
      object.refuse("reportBy", .reportAfterNextNight)
    }
  }
}

extension Policy.Compression {
  fileprivate init(_ object: PolicyObject) {
    codec = object.optional("codec")?.word(Codec.self) ?? .zstd
    level = object.integer("level", in: codec.levels, default: codec.defaultLevel)
  }
}

extension Policy.Notify {
  fileprivate static func read(_ object: PolicyObject) -> Policy.Notify? {
    let mail = object.object("mail", default: nil) { Policy.Notify.Mail.read($0) }
    // One of the two must be there; the command is named where neither is.
    let isMailNamed = object.optional("mail") != nil
    let node = isMailNamed ? object.optional("command") : object.required("command", .command)
    let arguments = node?.command() ?? []
    let limit = object.integer("timeLimitSeconds", in: 1...3_600, default: 60)
    return Policy.Notify(arguments: arguments, timeLimitSeconds: limit, mail: mail)
  }
}

extension Policy.Notify.Mail {
  fileprivate static func read(_ object: PolicyObject) -> Policy.Notify.Mail? {
    let expectation = PolicyExpectation.mailAddress
    let to = object.required("to", expectation)?.parsed(expectation) { text in
      Policy.Notify.Mail.isAddress(text) ? text : nil
    }
    let program = object.optional("program")?.absolutePath()
    let language = object.optional("language")?.word(Language.self)
    return to.map {
      Policy.Notify.Mail(
        to: $0, program: program ?? Policy.Notify.Mail.usualProgram, language: language ?? .dutch)
    }
  }
}

extension Policy.RecordTerms {
  fileprivate init(_ object: PolicyObject) {
    let fallback = Policy.RecordTerms()
    let terms = 31...36_600
    self.init(
      publicDays: object.integer("publicDays", in: terms, default: fallback.publicDays),
      administratorDays: object.integer(
        "administratorDays", in: terms, default: fallback.administratorDays),
      confidentialDays: object.integer(
        "confidentialDays", in: terms, default: fallback.confidentialDays),
      publishesNightCounts: object.flag("publishNightCounts", default: false))
  }
}

extension Policy.IncidentTerms {
  fileprivate init(_ object: PolicyObject) {
    assessWithinHours = object.integer("assessWithinHours", in: 1...96, default: 72)
    threshold = object.optional("threshold")?.word(Threshold.self) ?? .risk
  }
}

extension Policy.Review {
  fileprivate init(_ object: PolicyObject) {
    last = object.optional("last")?.date()
    next = object.optional("next")?.date()
    if let last, let next, next < last { object.refuse("next", .endsBeforeItBegins) }
  }
}

extension Policy.Location {
  fileprivate static func read(_ object: PolicyObject) -> Policy.Location? {
    let name = object.required("name", .text(characterCountMax: 200))?.prose()
    let provider = object.optional("provider")?.prose()
    let country = object.required("country", .countryCode)?.parsed(.countryCode) { text in
      text.utf8.count == 2 && text.utf8.allSatisfy { (0x41...0x5a).contains($0) } ? text : nil
    }
    let isInEEA = object.required("eea", .flag)?.flag()
    let isOffSite = object.required("offSite", .flag)?.flag()
    let isOffline = object.flag("offline", default: false)
    let agreement = object.optional("processorAgreementDate")?.date()
    guard let name, let country, let isInEEA, let isOffSite else { return nil }
    let isMember = Policy.Location.countriesOfEEA.contains(country)
    if isMember != isInEEA { object.refuse("eea", .contradictsCountry(isInEEA: isMember)) }
    return Policy.Location(
      name: name, provider: provider, country: country, isInEEA: isInEEA, isOffSite: isOffSite,
      isOffline: isOffline, processorAgreementDate: agreement)
  }
}

extension Policy.Contract {
  fileprivate static func read(_ object: PolicyObject) -> Policy.Contract? {
    let name = object.required("name", .text(characterCountMax: 200))?.prose()
    let kind = object.required("kind", .oneOf(Kind.allCases.map(\.rawValue)))?.word(Kind.self)
    let scope = object.optional("scope")?.prose(characterCountMax: 1_000)
    let agreement = object.required("agreementDate", .date)?.date()
    let processor = object.optional("processorAgreementDate")?.date()
    let review = object.optional("reviewDate")?.date()
    let isPublic = object.flag("namePublic", default: false)
    if let agreement, let review, review < agreement {
      object.refuse("reviewDate", .endsBeforeItBegins)
    }
    guard let name, let kind, let agreement else { return nil }
    return Policy.Contract(
      name: name, kind: kind, scope: scope, agreementDate: agreement,
      processorAgreementDate: processor, reviewDate: review, isNamePublic: isPublic)
  }
}

extension Policy.KeyEntry {
  fileprivate static func read(_ object: PolicyObject) -> Policy.KeyEntry? {
    let key = object.required("key", .hexDigits(32))?.parsed(.hexDigits(32)) { text in
      let isHex = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      return isHex && text.utf8.count == 32 ? text : nil
    }
    let holder = object.required("holder", .text(characterCountMax: 100))?
      .prose(characterCountMax: 100)
    let isExternal = object.flag("external", default: false)
    let replaceBy = object.optional("replaceBy")?.date()
    let copies =
      object.optional("copies") == nil ? nil : object.integer("copies", in: 0...100, default: 0)
    let needed = object.integer("copiesNeeded", in: 0...100, default: 1)
    guard let key, let holder else { return nil }
    return Policy.KeyEntry(
      key: key, holder: holder, isExternal: isExternal, replaceBy: replaceBy, copies: copies,
      copiesNeeded: needed)
  }
}

extension Policy.Objectives {
  fileprivate init(_ object: PolicyObject) {
    let fallback = Policy.Objectives()
    recoveryPointHours = object.integer(
      "recoveryPointHours", in: 1...8_784, default: fallback.recoveryPointHours)
    recoveryTimeHours = object.integer(
      "recoveryTimeHours", in: 1...8_784, default: fallback.recoveryTimeHours)
  }
}

extension Policy.Verification {
  fileprivate init(_ object: PolicyObject) {
    let fallback = Policy.Verification()
    confidenceBasisPoints = object.integer(
      "confidenceBasisPoints", in: 5_000...9_999, default: fallback.confidenceBasisPoints)
    damageShareBasisPoints = object.integer(
      "damageShareBasisPoints", in: 1...5_000, default: fallback.damageShareBasisPoints)
    sweepNights = object.integer("sweepNights", in: 1...366, default: fallback.sweepNights)
    restoreTestDays = object.integer(
      "restoreTestDays", in: 1...366, default: fallback.restoreTestDays)
  }
}
