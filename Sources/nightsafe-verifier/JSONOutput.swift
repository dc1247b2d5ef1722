internal import BackupFormat
internal import BackupLog
internal import BackupRecord
internal import BackupVerifier

/// What the program prints with --json: canonical JSON, so "yes" and "no" are texts.
enum JSONOutput {
  static func verification(
    _ report: VerificationReport, signed: Verifier.Signed?
  ) -> CanonicalJSON {
    var fields: [String: CanonicalJSON] = [
      "complete": yesNo(report.isComplete),
      "findings": .array(report.findings.map { finding($0, report.treatment(of: $0)) }),
      "hashed": count(report.hashed),
      "head": head(report.head),
      "incidents": .array(report.incidents.map { .string($0.rawValue) }),
      "level": .string(report.level.rawValue),
      "method": .string(report.verified.method.rawValue),
      "omittedFindings": .integer(Int64(report.omittedFindingCount)),
      "repository": .string(report.repository.hex),
      "required": count(report.required),
      "result": .string(result(report)),
      "schema": .string("nightsafe/verification/v1"),
      "sets": .array(report.summary.sets.map { set($0) }),
      "time": .integer(report.time.unix),
      "verdicts": .object(
        Dictionary(
          uniqueKeysWithValues: report.verdicts.map {
            ($0.key.rawValue, .string($0.value.rawValue))
          })
      ),
      "unexplainedObjects": .integer(Int64(report.unexplainedObjectCount)),
    ]
    if let reading = report.reading { fields["reading"] = self.reading(reading) }
    if let signed {
      fields["signed"] = .object([
        "checkpoint": head(signed.checkpoint), "entry": .integer(Int64(signed.entry)),
      ])
    }
    return .object(fields)
  }

  /// - Parameter summary: What the log says; nil if it could not be read.
  static func status(
    _ status: PluginStatus, _ line: String, _ summary: RepositorySummary?
  ) -> CanonicalJSON {
    .object([
      "exitCode": .integer(Int64(status.rawValue)),
      "sets": .array((summary?.sets ?? []).map { set($0) }), "status": .string(status.word),
      "text": .string(line),
    ])
  }

  /// - Parameter number: The entry that binds the record.
  static func proven(_ edition: Edition, number: Int, supersededBy: Int?) -> CanonicalJSON {
    var fields: [String: CanonicalJSON] = [
      "edition": .string(edition.reader.rawValue), "entry": .integer(Int64(number)),
      "night": .string("\(edition.night)"), "proven": yesNo(true),
      "reference": .string(edition.commitment.hex),
    ]
    if let supersededBy { fields["supersededBy"] = .integer(Int64(supersededBy)) }
    return .object(fields)
  }

  static func proof(night: Night, file: String, signers: [NoteKey]) -> CanonicalJSON {
    .object([
      "file": .string(file), "night": .string("\(night)"),
      "signedBy": .array(signers.map { .string($0.text) }),
    ])
  }

  static func bundle(
    _ gathered: BundleMaker.Gathered, file: String, digest: Digest, entry: Int?
  ) -> CanonicalJSON {
    var fields: [String: CanonicalJSON] = [
      "closedEditions": .integer(Int64(gathered.closedCount)),
      "editions": .array(gathered.editions.sorted().map { .string($0.rawValue) }),
      "file": .string(file),
      "files": .integer(Int64(gathered.content.files.count)),
      "first": .string("\(gathered.nights.lowerBound)"),
      "last": .string("\(gathered.nights.upperBound)"),
      "logSize": .integer(Int64(gathered.logSize)),
      "sha256": .string(digest.hex),
    ]
    if let entry { fields["entry"] = .integer(Int64(entry)) }
    return .object(fields)
  }

  private static func result(_ report: VerificationReport) -> String {
    if !report.isComplete { return "incomplete" }
    switch report.worst {
    case nil, .information: return "ok"
    case .warning: return "warnings"
    case .damage, .incident: return "damaged"
    }
  }

  private static func reading(_ reading: VerificationReport.Reading) -> CanonicalJSON {
    var fields: [String: CanonicalJSON] = [
      "damaged": .integer(Int64(reading.damagedCount)),
      "population": count(reading.population),
      "read": count(reading.read),
    ]
    if let sample = reading.sample {
      var drawn: [String: CanonicalJSON] = [
        "confidence": .string("\(sample.confidence)"),
        "damageShare": .string("\(sample.damageShare)"),
        "drawn": .integer(Int64(sample.drawnCount)),
        "new": .integer(Int64(sample.newCount)),
        "seedDigest": .string(sample.seedDigest.hex),
        "sliceCount": .integer(Int64(sample.sliceCount)),
        "slices": .array(sample.slices.map { .integer(Int64($0)) }),
        "swept": .integer(Int64(sample.sweptCount)),
        "sweptSince": .integer(sample.sweptSince ?? 0),
      ]
      if let revealed = sample.revealed {
        drawn["revealed"] = .object([
          "night": .string(revealed.night.description), "root": .string(revealed.root.hex),
          "seed": .string(Hex.encode(revealed.seed)),
        ])
      }
      fields["sample"] = .object(drawn)
    }
    return .object(fields)
  }

  private static func finding(_ finding: Finding, _ treatment: Treatment) -> CanonicalJSON {
    var fields: [String: CanonicalJSON] = [
      "class": .string(finding.kind.rawValue),
      "severity": .string("\(finding.severity)"),
      "text": .string(finding.description),
    ]
    switch treatment {
    case .none: break
    case .exception(let kind):
      fields["treatment"] = .string("exception")
      fields["incidentClass"] = .string(kind.rawValue)
    case .incident(let kind):
      fields["treatment"] = .string("incident")
      fields["incidentClass"] = .string(kind.rawValue)
    }
    if let object = finding.object { fields["object"] = .string(object.text) }
    if let number = finding.number { fields["number"] = .integer(Int64(number)) }
    if let place = finding.place {
      fields["block"] = .object([
        "bytes": .integer(Int64(place.byteCount)),
        "number": .integer(Int64(place.address.number)),
        "offset": .integer(Int64(clamping: place.offset)),
        "pack": .string(ObjectPath.pack(place.pack).text),
        "run": .string(place.address.run.hex),
      ])
    }
    if !finding.blocks.isEmpty {
      fields["blocks"] = .array(
        finding.blocks.map { block in
          .object([
            "count": .integer(Int64(block.range.count)),
            "first": .integer(Int64(block.range.first)), "run": .string(block.run.hex),
          ])
        })
    }
    if !finding.snapshots.isEmpty {
      fields["snapshots"] = .array(
        finding.snapshots.map { snapshot in
          .object([
            "night": .string(snapshot.night.description),
            "number": .integer(Int64(snapshot.number)), "set": .string(snapshot.set.hex),
          ])
        })
    }
    return .object(fields)
  }

  private static func set(_ set: RepositorySummary.DataSet) -> CanonicalJSON {
    var fields: [String: CanonicalJSON] = [
      "frozen": yesNo(set.isFrozen), "live": .integer(Int64(set.liveCount)),
      "set": .string(set.set.hex),
    ]
    if let newest = set.newest {
      fields["newest"] = .object([
        "night": .string(newest.night.description), "number": .integer(Int64(newest.number)),
        "readStart": .integer(newest.readStart), "selfChecked": yesNo(newest.isSelfChecked),
      ])
    }
    if let since = set.deadBlockSince { fields["deadBlockSince"] = .integer(since) }
    return .object(fields)
  }

  static func log(_ lines: [LogLine]) -> CanonicalJSON {
    .array(
      lines.map { line in
        var fields: [String: CanonicalJSON] = ["number": .integer(Int64(line.number))]
        if let reason = line.void { fields["void"] = .string("\(reason)") }
        if let statement = line.statement {
          fields["id"] = .string(statement.id.hex)
          fields["kind"] = .string(statement.predicate.kind.rawValue)
          fields["signer"] = .string(statement.signer.hex)
          fields["time"] = .integer(statement.time.unix)
          if let set = statement.predicate.set { fields["set"] = .string(set.hex) }
        }
        return .object(fields)
      })
  }

  private static func yesNo(_ value: Bool) -> CanonicalJSON { .string(value ? "yes" : "no") }

  private static func head(_ head: LogHead) -> CanonicalJSON {
    .object(["root": .string(head.root.hex), "size": .integer(Int64(head.size))])
  }

  private static func count(_ count: VerificationReport.Count) -> CanonicalJSON {
    .object([
      "bytes": .integer(Int64(clamping: count.byteCount)), "count": .integer(Int64(count.count)),
    ])
  }
}
