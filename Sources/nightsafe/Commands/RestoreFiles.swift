import ArgumentParser
import BackupEngine
import BackupFormat
import BackupLog
import BackupObjects
import BackupSystem

struct RestoreFiles: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring back all, folders, files, or what matches patterns.",
    discussion: """
      Restored paths stand whole under --to: /srv/data/a becomes DIR/srv/data/a. --strip takes a \
      folder off the front; --to / restores in place. Only what differs is written, and nothing is \
      removed without --delete. With it, all goes that lies in a restored folder and is not in the \
      snapshot: what was made since, and also what the backup left out by exclude, include, \
      maximumFileSize or CACHEDIR.TAG. What lies beside the sources, or below a mount point that was left \
      out, stays. Look first: --delete --dry-run lists what would be removed.
      """)

  @OptionGroup var repository: RepositoryOptions
  @OptionGroup var key: KeyOptions
  @Argument(help: "A night (2026-11-21), a log number, or latest.")
  var snapshot: String
  @Argument(help: "Folders, files or patterns; everything by default.")
  var paths: [String] = []
  @Option(help: "The folder to restore into.", completion: .directory)
  var to: String
  @Option(help: "Take this folder off the front of restored paths.")
  var strip: String?
  @Option(help: "Only this data set.")
  var dataSet: String?
  @Flag(
    help: "Remove from restored folders what the snapshot does not have, excluded files included.")
  var delete = false
  @Flag(help: "Write files of the same size and time, too.")
  var rewrite = false
  @Flag(help: "Say what would be written; write nothing.")
  var dryRun = false
  @Flag(help: "Print the result as JSON.")
  var json = false

  func run() throws {
    let open = try repository.open()
    let pair = try key.open()
    guard !to.isEmpty else { throw Failure(.usage, "--to takes a folder") }
    let meant = try SnapshotChoice.find(snapshot, open, key: pair, dataSet: dataSet)
    var stripped = [UInt8](RawArguments.bytes(strip ?? "").drop { $0 == 0x2f })
    while stripped.last == 0x2f { stripped.removeLast() }
    var statuses: [ExitStatus] = []
    var isEmpty = true
    let chosen = try SnapshotChoice.open(meant, open, paths)
    for (meant, opened, selection) in try below(stripped, chosen) {
      let start = SystemClock.monotonicNanoseconds()
      let meter = ProgressMeter()
      var report = try restore(opened, selection, stripped, meter)
      let size = open.session.logState.size
      if report.isDamaged { try open.session.refresh() }
      if report.isDamaged, open.session.logState.size != size {
        // A rotation beside this restore may have moved what it missed: what differs is written again.
        report = try restore(try reopen(meant, open), selection, stripped, meter)
      }
      Terminal.endProgress()
      isEmpty = isEmpty && report.isEmpty
      statuses.append(
        RestoreText.tell(
          report, name: meant.name, elapsed: SystemClock.monotonicNanoseconds() - start,
          tasks: opened.erasures.tasks, isDryRun: dryRun, json: json))
    }
    guard !isEmpty || paths.isEmpty else {
      throw Failure(.failed, "nothing was meant by " + paths.joined(separator: ", "), hint: hint)
    }
    throw ExitCode(ExitStatus.worst(statuses).rawValue)
  }

  private var hint: String {
    strip == nil
      ? SnapshotChoice.patternHint : "what --strip takes away is not restored itself: strip less"
  }

  /// The snapshots that have the folder which is taken off the front.
  private func below(
    _ stripped: [UInt8],
    _ chosen: [(meant: MeantSnapshot, opened: OpenSnapshot, selection: PathSelection)]
  ) throws -> [(meant: MeantSnapshot, opened: OpenSnapshot, selection: PathSelection)] {
    guard !stripped.isEmpty else { return chosen }
    let having = try chosen.filter { _, opened, _ in
      do {
        return try opened.entry(at: stripped)?.content == .folder
      } catch EngineError.object {
        return true  // that page of the catalogue is damaged, which the restore tells
      }
    }
    guard !having.isEmpty else {
      throw Failure(
        .failed, "--strip takes a folder of the snapshot, and /\(Words.path(stripped)) is none",
        hint: "nightsafe ls shows the folders; nothing was restored")
    }
    return having
  }

  private func restore(
    _ opened: OpenSnapshot, _ selection: PathSelection, _ stripped: [UInt8],
    _ meter: ProgressMeter
  ) throws -> RestoreReport {
    // How much a part of it is nobody has counted.
    let total = paths.isEmpty ? opened.root.counters.byteCount : nil
    return try Restore(
      opened,
      RestoreRequest(
        target: RawArguments.bytes(to), selection: selection, strip: stripped,
        deletesExtras: delete, rewritesUnchanged: rewrite, isDryRun: dryRun),
      progress: { files, bytes in
        meter.show("\(files) files", byteCount: bytes, of: total)
      }
    ).run()
  }

  /// Opens the snapshot by the log of now.
  private func reopen(_ meant: MeantSnapshot, _ open: OpenRepository) throws -> OpenSnapshot {
    let live = open.session.logState.liveSnapshots(of: meant.snapshot.set)
    guard let snapshot = live.first(where: { $0.number == meant.snapshot.number }) else {
      Terminal.endProgress()
      throw Failure(
        .failed,
        "\(meant.name): snapshot \(meant.snapshot.number) was removed by a rotation while it was "
          + "restored",
        hint: "what was written is not whole; nightsafe snapshots lists what there is")
    }
    return try open.session.open(snapshot, keys: meant.keys)
  }
}

/// What a restore did, for people and scripts.
enum RestoreText {
  static func tell(
    _ report: RestoreReport, name: String, elapsed: UInt64, tasks: [String], isDryRun: Bool,
    json: Bool
  ) -> ExitStatus {
    let status = status(of: report)
    if json {
      JSON.print([
        ("dataSet", .text(name)), ("files", .count(report.writtenFileCount)),
        ("bytes", .count(report.writtenByteCount)),
        ("unchanged", .count(report.unchangedFileCount)), ("others", .count(report.otherCount)),
        ("removed", .count(report.removedCount)), ("withheld", .count(report.withheldCount)),
        ("tasks", .list(tasks.map { .text($0) })),
        ("planned", .list(report.planned.map { .text("/" + Words.path($0)) })),
        ("wouldRemove", .list(report.wouldRemove.map { .text("/" + Words.path($0)) })),
        ("unreadableThatNight", .count(report.unreadableCount)),
        ("refusedMetadata", .count(report.refusedMetadataCount)),
        (
          "lost",
          .list(
            report.lost.map {
              .object([
                ("path", .text("/" + Words.path($0.path))), ("offset", .count($0.offset)),
                ("bytes", .count($0.byteCount)), ("reason", .text($0.reason)),
              ])
            })
        ),
        (
          "lostPages",
          .list(
            report.lostPages.map {
              .object([
                ("from", .text("/" + Words.path($0.firstPath))),
                ("entries", .count($0.entryCount)), ("reason", .text($0.reason)),
              ])
            })
        ),
        (
          "failures",
          .list(
            report.failures.map {
              .object([
                ("path", .text("/" + Words.path($0.path))), ("error", .text("\($0.error)")),
              ])
            })
        ),
        ("belowFailures", .count(report.belowFailureCount)),
        ("exitCode", .number(Int64(status.rawValue))),
      ])
    } else if isDryRun {
      for path in report.planned { Terminal.print("/" + Words.path(path)) }
      for path in report.wouldRemove { Terminal.print("/" + Words.path(path) + " (removed)") }
      Terminal.print(
        "\(name): \(report.planned.count) entries would be written, "
          + "\(report.wouldRemove.count) removed, \(report.unchangedFileCount) files are as they "
          + "should be")
    } else {
      Terminal.print(
        "\(name): \(report.writtenFileCount) files written (\(Words.size(report.writtenByteCount))), "
          + "\(report.unchangedFileCount) unchanged, \(report.otherCount) folders and others"
          + (report.removedCount > 0 ? ", \(report.removedCount) removed" : "") + ", in "
          + Times.duration(nanoseconds: elapsed))
    }
    if report.withheldCount > 0 {
      Terminal.note("\(report.withheldCount) entries were withheld by requests to erase")
    }
    for task in tasks where !json { Terminal.note("to do after this restore: \(task)") }
    for lost in report.lost {
      Terminal.note(
        "lost: /\(Words.path(lost.path)): bytes \(lost.offset) to "
          + "\(lost.offset + lost.byteCount - 1): \(lost.reason)")
    }
    for page in report.lostPages {
      Terminal.note(
        "lost: \(page.entryCount) entries from /\(Words.path(page.firstPath)) on: \(page.reason)")
    }
    for failure in report.failures {
      Terminal.note("error: /\(Words.path(failure.path)): \(failure.error)")
    }
    if report.belowFailureCount > 0 {
      Terminal.note(
        "\(report.belowFailureCount) entries in folders that could not be made were left")
    }
    if !report.failures.isEmpty {
      Terminal.note(
        "hint: what was written is whole; when that is put right, run it again: only what differs is "
          + "written")
    }
    if report.unreadableCount > 0 {
      Terminal.note("\(report.unreadableCount) entries could not be read that night")
    }
    if report.refusedMetadataCount > 0 {
      Terminal.note(
        "\(report.refusedMetadataCount) owners, modes or attributes were refused by the target")
    }
    return status
  }

  private static func status(of report: RestoreReport) -> ExitStatus {
    if report.isDamaged { return .damage }
    if !report.failures.isEmpty { return .failed }
    return .done
  }
}
