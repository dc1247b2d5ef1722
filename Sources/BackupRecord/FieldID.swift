/// A field of the compliance record, by the id under which it is committed.
///
/// The list is the same for every night, so that the number of hidden fields says nothing.
/// `Docs/record.md` explains each; the order of the cases is that of the ids.
public enum FieldID: String, Hashable, CaseIterable, Sendable {
  /// What is `inForce`: `none`, `approved` or `tested`.
  case accessProtection = "access.protection"
  /// For each data set: `set`, `protection`.
  case accessProtectionTerms = "access.protection-terms"
  /// A write that the verifier itself tried: `refused` or `allowed`.
  case accessVerifierWrites = "access.verifier-writes"
  /// Deletions by the writer's key, put to the rules of the log: `deleted`, `condemned`, `rotated`; by its
  /// credential in the store, if that was tried: `store`; each `refused` or `allowed`.
  case accessWriterDeletes = "access.writer-deletes"
  /// Whether no writer's key is a restorer's or owner's: `yes` or `no`.
  case accessWriterOpens = "access.writer-opens"
  /// For each: `name`, `kind`, `scope`, dates.
  case contractsRegister = "contracts.register"
  /// `contracts`, `overdue`.
  case contractsReview = "contracts.review"
  /// `name`, where it may be published; `agreement`, `opens`: `yes`, `no` or `unknown`; `until`, a
  /// date.
  case contractsSupport = "contracts.support"
  /// For each data set: `set`, `found`, `expected`.
  case coverageCanaries = "coverage.canaries"
  /// For each data set: `set`, `count`, `limit`.
  case coverageChangedDuringRead = "coverage.changed-during-read"
  /// For each data set: `set`, `files`, `medianFiles`, `shareBasisPoints`.
  case coverageDrop = "coverage.drop"
  /// For each data set: `set`, `rules`, a list of `rule` (id) and `count`.
  case coverageExcluded = "coverage.excluded"
  /// For each data set: `set`, `files`, `bytes`.
  case coverageFiles = "coverage.files"
  /// For each data set with a dump: `set`, `dumpAgeSeconds`.
  case coverageFreshness = "coverage.freshness"
  /// For each data set: `name`, `declared` and `seen`, lists of paths.
  case coverageRoots = "coverage.roots"
  /// For each data set: `set`, `name`.
  case coverageSetNames = "coverage.set-names"
  /// For each data set: `set`, `count`.
  case coverageUnreadable = "coverage.unreadable"
  /// What the blocks opened tonight were sealed with.
  case encryptionAlgorithms = "encryption.algorithms"
  /// Whether the catalogues' names are sealed: `yes` or `no`.
  case encryptionNames = "encryption.names"
  /// `opened` of `blocks` read back tonight.
  case encryptionOpened = "encryption.opened"
  /// How many stored objects look like plaintext.
  case encryptionPlaintextFound = "encryption.plaintext-found"
  /// Whether that may be said: `until`, a date.
  case encryptionPromise = "encryption.promise"
  /// What protects the way to the store.
  case encryptionTransport = "encryption.transport"
  /// `cleanByAt` of the open requests.
  case erasureCleanBy = "erasure.clean-by"
  /// For each data set that the owner destroyed or is about to: `set`, `saidAt`, `effectiveAt`,
  /// `keysGoneAt`, `keysStored`, `packs`, `bytes`, `snapshots`, `held`.
  case erasureDestroyedSets = "erasure.destroyed-sets"
  /// For each: `erasure`, `set`, `cutOffAt`, `cleanByAt`, `closedAt`.
  case erasureEntries = "erasure.entries"
  /// How many requests are open.
  case erasureOpen = "erasure.open"
  /// How many open requests are past their clean-by date.
  case erasureOverdue = "erasure.overdue"
  /// `applied` of `due`.
  case erasureReApplied = "erasure.re-applied"
  /// What people said of requests that they refused, for each ground: `ground`, `count`.
  case erasureRefusals = "erasure.refusals"
  /// How many live snapshots were written anew.
  case erasureRewritten = "erasure.rewritten"
  /// How many.
  case erasureSelfDeleted = "erasure.self-deleted"
  /// How many tasks are open.
  case erasureTasksOpen = "erasure.tasks-open"
  /// For each note in its term, newest first: `note` (where it lies sealed), `set`, `key` that signed,
  /// `writtenAt` and, where it is about one, `incident`; or a `text`.
  case exceptionsNotes = "exceptions.notes"
  /// For each: `rule`, `severity`, `since`, `due`, `owner`, `status`.
  case exceptionsOpen = "exceptions.open"
  /// `synchronised` by the kernel and `believed` by the log, each `yes`, `no` or `unknown`.
  case headerClock = "header.clock"
  /// By how many seconds the clock was stepped since the record before.
  case headerClockStep = "header.clock-step"
  /// Where people can ask.
  case headerContact = "header.contact"
  /// The firm that answers for the data, by name.
  case headerController = "header.controller"
  /// When the record was made: `madeAt`.
  case headerCreatedAt = "header.created-at"
  /// Whether a verifier whose key never lay beside a writer's read the store in the last 35 days:
  /// `yes` or `no`.
  case headerIndependentReader = "header.independent-reader"
  /// The night, `YYYY-MM-DD` of its evening.
  case headerNight = "header.night"
  /// The commitment of the record before, in hex; empty for the first.
  case headerPrevious = "header.previous"
  /// The id of the repository, in hex.
  case headerRepository = "header.repository"
  /// The schema of the record: `nightsafe/record/v1`.
  case headerSchema = "header.schema"
  /// Which record of the log this is, counted from 1.
  case headerSequence = "header.sequence"
  /// The version of the time zone database.
  case headerTimeZoneData = "header.time-zone-data"
  /// The version of the program that made the record.
  case headerTool = "header.tool"
  /// The SHA-256 of the program, in hex.
  case headerToolBuild = "header.tool-build"
  /// `from`, `to`, `reportBy`, `zone`; where the zone's data is known also `startAt`, `endAt`,
  /// `reportByAt`, `nextReportByAt` and the offsets `startOffsetSeconds`, `endOffsetSeconds`.
  case headerWindow = "header.window"
  /// `assessByAt` of the oldest open incident, `late` ones, `hours`.
  case incidentsDeadlines = "incidents.deadlines"
  /// For each: `incident`, `class`, `detectedAt`, `assessByAt`, `acknowledgedAt`, `assessedAt`, `decision`, `decidedAt`.
  case incidentsList = "incidents.list"
  /// How many wait for a person's decision.
  case incidentsOpen = "incidents.open"
  /// `blocks` reported as damaged that live snapshots need, and `reports`.
  case integrityDamage = "integrity.damage"
  /// `void` statements, other log `findings`, `rolledBack` `yes`, `no` or `unknown`.
  case integrityLog = "integrity.log"
  /// How many objects that the log requires are not there.
  case integrityMissing = "integrity.missing"
  /// How many `blocks` the live snapshots need, and in how many `snapshots`.
  case integrityPopulation = "integrity.population"
  /// Whether that may be said: `until`, a date.
  case integrityPromise = "integrity.promise"
  /// `checked` of `population` blocks, `drawn` of them at random, `failed`, `confidenceBasisPoints`,
  /// `boundPartsPerMillion`, `seedCommitment`, `drawKept`.
  case integritySample = "integrity.sample"
  /// For each data set: `set`, `blocks`, `bytes`, `opened`, `failed`.
  case integritySelfCheck = "integrity.self-check"
  /// How many checked and `failed` of index and snapshot objects.
  case integritySignatures = "integrity.signatures"
  /// `oldestCheckDays` of any needed block, `sweepNights` promised.
  case integritySweep = "integrity.sweep"
  /// How many objects nothing in the log explains.
  case integrityUnexplained = "integrity.unexplained"
  /// `verifiedAt`, `level`, `method`, `blocks`, `bytes`, `damaged`, `findings`, `separate`.
  case integrityVerification = "integrity.verification"
  /// Whether a key of the external administrator was ever a restorer's or owner's: `yes` or `no`.
  case keysAdministratorOpens = "keys.administrator-opens"
  /// `copies`, `needed`.
  case keysEscrow = "keys.escrow"
  /// For each: `key`, `holder`, a role in the firm.
  case keysHolders = "keys.holders"
  /// Whether `owner.key` lies elsewhere than `host.key`: `yes` or `no`.
  case keysOwnerApart = "keys.owner-apart"
  /// `yes` or `no`.
  case keysRecoverySheet = "keys.recovery-sheet"
  /// `lastUsedAt` (0 = not yet), `days`, `limitDays`.
  case keysRestorerUsed = "keys.restorer-used"
  /// For each data set: `set`, `restorers`, how many keys open it.
  case keysRestorers = "keys.restorers"
  /// For each key: `key`, `roles`, `sets`, `separate`, `trusted`.
  case keysRoles = "keys.roles"
  /// `overdue`, how many keys are past their date.
  case keysRotation = "keys.rotation"
  /// How many `providers`, how many `missing` an agreement.
  case locationsAgreements = "locations.agreements"
  /// `locations`, `needed` 2.
  case locationsCount = "locations.count"
  /// Whether all declared locations are, with agreements: `eea` `yes` or `no`; `until`, a date.
  case locationsInEea = "locations.in-eea"
  /// For each: `name`, `provider`, `country`, `eea`, `offSite`, `offline`, `agreement`.
  case locationsList = "locations.list"
  /// `yes` or `no`.
  case locationsOffSite = "locations.off-site"
  /// `yes` or `no`.
  case locationsOffline = "locations.offline"
  /// Whether the store's region fits the declared country: `yes` or `no`.
  case locationsRegion = "locations.region"
  /// How many nights between this record and the one before have none.
  case logGaps = "log.gaps"
  /// `size` and `root` of the log before this record.
  case logHead = "log.head"
  /// A reference to a time stamp of RFC 3161.
  case logTimestamp = "log.timestamp"
  /// `keys`, how many verifier keys vouched in 35 days; `lastAt`.
  case logWitnesses = "log.witnesses"
  /// As for 7 nights.
  case nightsCounts30 = "nights.counts-30"
  /// As for 7 nights.
  case nightsCounts365 = "nights.counts-365"
  /// `covered`, `excused`, `late`, `missed`, `nights`, `notDeterminable`.
  case nightsCounts7 = "nights.counts-7"
  /// `gapSeconds` between two source-read starts, `objectiveHours`.
  case nightsLongestGap = "nights.longest-gap"
  /// Of the last 365, each that was not covered: `night`, `state`, `reason`.
  case nightsNotCovered = "nights.not-covered"
  /// What may be said of the nights: `claim`, `through`, `until`, `since`, `restricted`; by the
  /// policy's leave `on` and `of`; `lookedInto`.
  case nightsPromise = "nights.promise"
  /// `readStartAt` of the newest checked snapshot, `ageSeconds`, `objectiveHours`; the worst data
  /// set.
  case nightsRecoveryPoint = "nights.recovery-point"
  /// For each location by its place in the policy: `location`, `lagSeconds`.
  case nightsReplicationLag = "nights.replication-lag"
  /// Whether the recovery point lies within the objective: `yes` or `no`.
  case nightsWithinObjective = "nights.within-objective"
  /// For each data set: `set`, `approvedAt`, `effectiveAt`, `statement`, `role`.
  case policyApproval = "policy.approval"
  /// The SHA-256 of the policy file, in hex.
  case policyDigest = "policy.digest"
  /// For each data set whose file differs from the owner's statement: `set`, `keys`.
  case policyMatchesApproved = "policy.matches-approved"
  /// For each: `set`, `effectiveAt`, `removes`.
  case policyPending = "policy.pending"
  /// `last` and `next`, dates.
  case policyReview = "policy.review"
  /// The version of the policy file's form.
  case policyVersion = "policy.version"
  /// The ids of the fields that were not measured: what this record does not show.
  case recordNotMeasured = "record.not-measured"
  /// `kept`, how many tests of the last 365 days have left a copy; `lastDestroyedAt`.
  case restoreCopyDestroyed = "restore.copy-destroyed"
  /// For each test of a year: `set`, `endedAt`, `kind`, `selection`, `databasesOpened`,
  /// `databasesFailed`, `role`, `tasks`, `minutes` (where they lie sealed); or a `text`.
  case restoreDetails = "restore.details"
  /// `withheld` files in tests of the last 365 days.
  case restoreErasuresApplied = "restore.erasures-applied"
  /// `endedAt`, `result`, `dueDays`.
  case restoreLastPersonTest = "restore.last-person-test"
  /// `set`, `number`, `kind`, `startedAt`, `endedAt`, `durationSeconds`, `files`, `bytes`,
  /// `mismatches`, `result`.
  case restoreLastTest = "restore.last-test"
  /// What the person said who used what was restored last (level L4): `set`, `usedAt`,
  /// `role`, `result`, `minutes`.
  case restoreLastUse = "restore.last-use"
  /// `due`, a date.
  case restoreNextDue = "restore.next-due"
  /// The `quarter` and `year` of the last successful test; `until`, a date.
  case restorePromise = "restore.promise"
  /// `durationSeconds` of the last test, `objectiveHours`.
  case restoreRecoveryTime = "restore.recovery-time"
  /// How many tasks are open.
  case restoreTasksOpen = "restore.tasks-open"
  /// `passed`, `warned`, `failed`.
  case restoreTests365 = "restore.tests-365"
  /// The exit code of the night so far.
  case resultExitCode = "result.exit-code"
  /// A list of `code`, `count` and, where it is about one, `set`.
  case resultFindings = "result.findings"
  /// A list of `set` and `code`.
  case resultSets = "result.sets"
  /// For each data set its name, keep rules, maximum, legal basis and reason.
  case retentionClasses = "retention.classes"
  /// `oldestDeadDays`, `limitDays`.
  case retentionDeadBytes = "retention.dead-bytes"
  /// For each: `set`, `sinceAt`.
  case retentionFrozen = "retention.frozen"
  /// For each: `hold`, `set`, `untilAt`, `snapshots`.
  case retentionHoldList = "retention.hold-list"
  /// How many holds are in force.
  case retentionHolds = "retention.holds"
  /// For each data set: `set`, `night`, `ageDays`, `maximumAgeDays`, `snapshots`.
  case retentionOldest = "retention.oldest"
  /// After how many `months` deleted data is gone; `exceptions`, `overdue`: `yes` or `no`; `until`,
  /// a date.
  case retentionOuterLimit = "retention.outer-limit"
  /// For each data set: `set`, `count`, `sinceAt`, `reasons`.
  case retentionOverdue = "retention.overdue"
  /// `objects`, `packs`, `bytes` deleted tonight.
  case retentionRemoved = "retention.removed"
  /// How many snapshots below the floor each data set is: `set`, `count`.
  case retentionRequiredMissing = "retention.required-missing"
  /// For each data set: `set`, `removed`, `deferred`.
  case retentionRotated = "retention.rotated"
  /// `freeBytes`, `reserveBytes`.
  case storeFreeSpace = "store.free-space"
  /// `bytes` of `packs` that are stored, in `snapshots`.
  case storeSize = "store.size"
  /// For each month: `month`, `covered`, `missed`, `nights`, `tests`, `newBytes`.
  case trendMonths = "trend.months"
  /// Of the last 30 nights that have a snapshot: `night`, `newBytes`.
  case trendNights = "trend.nights"
}
