extension Policy {
  /// Writes a policy file for people to edit: every key that has a value, in the order of
  /// `Docs/policy.md`, with a line end after the last brace.
  ///
  /// ``decode(_:)`` reads it back to the same policy, if the policy does not contradict itself.
  public func encode() -> [UInt8] {
    var members = Members()
    members.add("version", Policy.version)
    members.add("repository", repository.output)
    members.add("keys", keys.output)
    members.add(
      "controller",
      .object([
        ("name", .text(controller.name)), ("contact", .text(controller.contact)),
      ]))
    members.add("night", night.output)
    members.add("protection", protection.rawValue)
    members.add(
      "compression",
      .object([
        ("codec", .text(compression.codec.rawValue)), ("level", .integer(compression.level)),
      ]))
    members.add("rotation", .object([("nightly", .flag(rotatesNightly))]))
    members.add(
      "record",
      .object([
        ("publicDays", .integer(record.publicDays)),
        ("administratorDays", .integer(record.administratorDays)),
        ("confidentialDays", .integer(record.confidentialDays)),
        ("publishNightCounts", .flag(record.publishesNightCounts)),
      ]))
    members.add(
      "incidents",
      .object([
        ("assessWithinHours", .integer(incidents.assessWithinHours)),
        ("threshold", .text(incidents.threshold.rawValue)),
      ]))
    var reviews = Members()
    reviews.add("last", review.last?.description)
    reviews.add("next", review.next?.description)
    if !reviews.isEmpty { members.add("review", reviews.output) }
    members.add("locations", .list(locations.map(\.output)))
    members.add("contracts", .list(contracts.map(\.output)))
    members.add("keyRegister", .list(keyRegister.map(\.output)))
    if let notify {
      members.add("notify", notify.output)
    }
    members.add(
      "objectives",
      .object([
        ("recoveryPointHours", .integer(objectives.recoveryPointHours)),
        ("recoveryTimeHours", .integer(objectives.recoveryTimeHours)),
      ]))
    members.add(
      "verification",
      .object([
        ("confidenceBasisPoints", .integer(verification.confidenceBasisPoints)),
        ("damageShareBasisPoints", .integer(verification.damageShareBasisPoints)),
        ("sweepNights", .integer(verification.sweepNights)),
        ("restoreTestDays", .integer(verification.restoreTestDays)),
      ]))
    members.add("dataSets", .list(dataSets.map(\.output)))
    return members.output.pretty()
  }
}

/// The members of an object that is being written; what is `nil` is left out.
private struct Members {
  private var members: [(key: String, value: JSONOutput)] = []

  var isEmpty: Bool { members.isEmpty }
  var output: JSONOutput { .object(members) }

  mutating func add(_ key: String, _ value: JSONOutput?) {
    if let value { members.append((key, value)) }
  }
  mutating func add(_ key: String, _ text: String?) { add(key, text.map { .text($0) }) }
  mutating func add(_ key: String, _ number: Int) { add(key, JSONOutput.integer(number)) }
  mutating func add(_ key: String, _ flag: Bool) { add(key, JSONOutput.flag(flag)) }
}

extension Policy.Repository {
  fileprivate var output: JSONOutput {
    var members = Members()
    members.add("location", location)
    members.add("id", id)
    members.add("region", region)
    members.add("endpoint", endpoint)
    members.add("credentialsFile", credentialsFile)
    members.add("knownHostsFile", knownHostsFile)
    return members.output
  }
}

extension Policy.Keys {
  fileprivate var output: JSONOutput {
    var members = Members()
    members.add("host", host)
    members.add("passphraseFile", passphraseFile)
    members.add("passphraseCommand", passphraseCommand.map { .texts($0) })
    return members.output
  }
}

extension Policy.NightHours {
  fileprivate var output: JSONOutput {
    var members = Members()
    members.add(
      "window",
      .object([
        ("from", .text(from.description)), ("to", .text(to.description)),
      ]))
    members.add("reportBy", reportBy.description)
    members.add("zone", zone)
    let closures = closures.map { closure in
      JSONOutput.object([
        ("from", .text(closure.nights.lowerBound.description)),
        ("to", .text(closure.nights.upperBound.description)),
        ("reason", .text(closure.reason)),
      ])
    }
    members.add("closures", .list(closures))
    return members.output
  }
}

extension Policy.Location {
  fileprivate var output: JSONOutput {
    var members = Members()
    members.add("name", name)
    members.add("provider", provider)
    members.add("country", country)
    members.add("eea", isInEEA)
    members.add("offSite", isOffSite)
    members.add("offline", isOffline)
    members.add("processorAgreementDate", processorAgreementDate?.description)
    return members.output
  }
}

extension Policy.Contract {
  fileprivate var output: JSONOutput {
    var members = Members()
    members.add("name", name)
    members.add("kind", kind.rawValue)
    members.add("scope", scope)
    members.add("agreementDate", agreementDate.description)
    members.add("processorAgreementDate", processorAgreementDate?.description)
    members.add("reviewDate", reviewDate?.description)
    members.add("namePublic", isNamePublic)
    return members.output
  }
}

extension Policy.KeyEntry {
  fileprivate var output: JSONOutput {
    var members = Members()
    members.add("key", key)
    members.add("holder", holder)
    members.add("external", isExternal)
    members.add("replaceBy", replaceBy?.description)
    members.add("copies", copies.map { .integer($0) })
    members.add("copiesNeeded", copiesNeeded)
    return members.output
  }
}

extension Policy.Source {
  fileprivate var output: JSONOutput {
    var members = Members()
    switch self {
    case .path(let path): return .text(path)
    case .snapshot(let path, let kind):
      members.add("folder", path)
      members.add("snapshot", kind.rawValue)
    case .database(let path): members.add("sqlite", path)
    case .command(let command):
      members.add("command", .texts(command.arguments))
      members.add("path", command.path)
      members.add("user", command.user)
      members.add("timeLimitSeconds", command.timeLimitSeconds)
      members.add("minimumSize", command.minimumByteCount)
    }
    return members.output
  }
}

extension Policy.DataSet {
  fileprivate var output: JSONOutput {
    var members = Members()
    members.add("name", name)
    members.add("sources", .list(sources.map(\.output)))
    members.add("include", .texts(include))
    members.add("exclude", .texts(exclude))
    members.add("excludeFile", excludeFile)
    members.add("excludeCaches", excludesCaches)
    members.add("oneFileSystem", staysOnOneFileSystem)
    members.add(
      "maximumFileSize",
      maximumFileByteCount.map { count in
        ByteCountText.text(of: count).map { .text($0) } ?? .integer(count)
      })
    members.add("deduplicate", deduplication.rawValue)
    members.add(
      "hooks",
      .object([
        ("before", .texts(hooks.before)), ("after", .texts(hooks.after)),
        ("timeLimitSeconds", .integer(hooks.timeLimitSeconds)),
      ]))
    members.add("canaries", .texts(canaries))
    members.add("minimumFileCount", minimumFileCount)
    members.add("changedDuringReadLimit", changedDuringReadLimit)
    members.add(
      "alarms",
      .object([
        ("changedBasisPoints", .integer(alarms.changedBasisPoints)),
        ("deletedBasisPoints", .integer(alarms.deletedBasisPoints)),
        ("noiseBasisPoints", .integer(alarms.noiseBasisPoints)),
        ("minimumFileCount", .integer(alarms.minimumFileCount)),
      ]))
    members.add(
      "retention",
      .object(retention.keysInUse.map { ($0.rawValue, .integer(retention[$0])) }))
    members.add("category", category)
    members.add("purpose", purpose)
    members.add("legalBasis", legalBasis)
    members.add("reason", reason)
    members.add("registerReference", registerReference)
    return members.output
  }
}
