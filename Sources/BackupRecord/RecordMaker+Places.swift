internal import BackupFormat
internal import BackupLog
internal import BackupPolicy

extension RecordMaker {
  // MARK: Access

  mutating func fillAccess() {
    fillDeletions()
    fillVerifierWrites()
    fillProtection()
  }

  private static func outcome(_ isRefused: Bool) -> CanonicalJSON {
    .string(isRefused ? "refused" : "allowed")
  }

  /// The key's word by the rules of the log, and the credential in the store where that was tried.
  ///
  /// That the log refuses does not protect the store: `access.protection` speaks of that.
  private mutating func fillDeletions() {
    let trial = input.access.deletionTrial
    let attempt = input.access.writerDeletes
    guard trial != nil || attempt != nil else { return }
    var value: [String: CanonicalJSON] = [:]
    if let trial {
      value["deleted"] = Self.outcome(trial.isDeletedRefused)
      value["condemned"] = Self.outcome(trial.isCondemnedRefused)
      value["rotated"] = Self.outcome(trial.isRotatedRefused)
    }
    value["store"] = attempt.map { Self.outcome($0.isRefused) }
    judge(
      .accessWriterDeletes, trial?.isRefused != false && attempt?.isRefused != false,
      .object(value), at: max(trial?.at ?? .min, attempt?.at ?? .min))
  }

  /// What a verifier found when it tried to write, as its newest statement says.
  private mutating func fillVerifierWrites() {
    if let attempt = input.access.verifierWrites {
      judge(
        .accessVerifierWrites, attempt.isRefused, Self.outcome(attempt.isRefused), at: attempt.at)
      return
    }
    guard let said = log?.verifications.last, days(since: said.time.unix) <= Self.promiseDays,
      let writable = said.what.extent?.writable, writable != .unknown
    else { return }
    judge(
      .accessVerifierWrites, writable == .no, Self.outcome(writable == .no), at: said.time.unix,
      by: isSeparate(said) ? .verifier : .host)
  }

  private mutating func fillProtection() {
    let terms = setIDs.compactMap { set in
      log?.policy(of: set, at: now).map { (set: set, protection: $0.what.protection.rawValue) }
    }
    if !terms.isEmpty {
      set(
        .accessProtectionTerms, .declared,
        list(terms) { ["set": .hex($0.set), "protection": .string($0.protection)] })
    }
    let protections =
      terms.isEmpty ? [policy?.protection.rawValue].compactMap { $0 } : terms.map(\.protection)
    guard !protections.isEmpty else { return }
    if protections.contains("none") {
      set(.accessProtection, .notMet, .object(["inForce": .string("none")]), at: now, by: by)
    } else if let attempt = input.access.writerDeletes,
      attempt.isRefused || protections.contains(where: { $0 != "pulledCopy" })
    {
      // What is pulled away need not be protected where it was.
      judge(
        .accessProtection, attempt.isRefused,
        .object(["inForce": .string(attempt.isRefused ? "tested" : "none")]), at: attempt.at)
    } else {
      set(.accessProtection, .declared, .object(["inForce": .string("approved")]))
    }
  }

  // MARK: Locations

  mutating func fillLocations() {
    judge(
      .locationsRegion, input.access.doesRegionFit, .yes(input.access.doesRegionFit == true),
      at: now)
    guard let policy else { return }
    let locations = policy.locations
    set(
      .locationsCount, locations.count >= 2 ? .declared : .notMet,
      .object(["locations": .number(locations.count), "needed": .number(2)]))
    guard !locations.isEmpty else { return }
    set(
      .locationsList, .declared,
      list(locations) { location in
        var value: [String: CanonicalJSON] = [
          "name": .string(location.name), "country": .string(location.country),
          "eea": .yes(location.isInEEA), "offSite": .yes(location.isOffSite),
          "offline": .yes(location.isOffline),
        ]
        value["provider"] = location.provider.map { .string($0) }
        value["agreement"] = location.processorAgreementDate.map { .date($0) }
        return value
      })
    let isOffSite = locations.contains(where: \.isOffSite)
    set(.locationsOffSite, isOffSite ? .declared : .notMet, .yes(isOffSite))
    let isOffline = locations.contains(where: \.isOffline)
    set(.locationsOffline, isOffline ? .declared : .notMet, .yes(isOffline))
    let providers = locations.filter { $0.provider != nil }
    let missing = providers.count {
      $0.processorAgreementDate.map { $0 > input.night } ?? true
    }
    set(
      .locationsAgreements,
      providers.isEmpty ? .notApplicable : missing == 0 ? .declared : .notMet,
      .object(["providers": .number(providers.count), "missing": .number(missing)]))
    let isInEEA =
      locations.allSatisfy {
        $0.isInEEA && Policy.Location.countriesOfEEA.contains($0.country)
      } && missing == 0 && input.access.doesRegionFit != false
    set(
      .locationsInEea, isInEEA ? .declared : .notMet,
      .object([
        "eea": .yes(isInEEA), "until": .date(input.night.advanced(by: Self.promiseDays)),
      ]))
  }

  // MARK: Contracts

  mutating func fillContracts() {
    guard let policy, !policy.contracts.isEmpty else { return }
    set(
      .contractsRegister, .declared,
      list(policy.contracts) { contract in
        var value: [String: CanonicalJSON] = [
          "name": .string(contract.name), "kind": .string(contract.kind.rawValue),
          "agreement": .date(contract.agreementDate),
        ]
        value["scope"] = contract.scope.map { .string($0) }
        value["processorAgreement"] = contract.processorAgreementDate.map { .date($0) }
        value["review"] = contract.reviewDate.map { .date($0) }
        return value
      })
    let overdue = policy.contracts.count { $0.reviewDate.map { $0 < input.night } ?? false }
    set(
      .contractsReview, overdue == 0 ? .declared : .notMet,
      .object(["contracts": .number(policy.contracts.count), "overdue": .number(overdue)]))
    guard
      let support = policy.contracts.first(where: {
        $0.kind == .systemAdministrator && $0.isNamePublic && $0.agreementDate <= input.night
          && $0.reviewDate.map { $0 >= input.night } ?? true
      })
    else { return }
    let agreement = support.processorAgreementDate.map { $0 <= input.night } ?? false
    let opens = fields[.keysAdministratorOpens]?.value.string
    set(
      .contractsSupport, .declared,
      .object([
        "name": .string(support.name), "agreement": .yes(agreement),
        "opens": .string(opens ?? "unknown"),
        "until": .date(
          min(
            support.reviewDate ?? .last, input.night.advanced(by: Self.promiseDays))),
      ]))
  }
}
