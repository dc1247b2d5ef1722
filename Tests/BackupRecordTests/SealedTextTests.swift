import BackupFormat
import BackupKeys
import BackupLog
import BackupPolicy
import Testing

@testable import BackupRecord

@Suite struct SealedTextTests {
  let repository = RepositoryID(Digest.of(5))
  let text = [UInt8](#"{"a":1}"#.utf8)

  @Test func `a text opens for each recipient and for nobody else`() throws {
    let object = try SealedText.seal(
      text, kind: .record,
      recipients: [.init(Stage.owner.publicKey), .init(Stage.verifier.publicKey)],
      repository: repository)
    for key in [Stage.owner, Stage.verifier] {
      #expect(
        try SealedText.open(object, with: key, kind: .record, repository: repository) == text)
    }
    #expect(throws: SealedTextError.notARecipient) {
      try SealedText.open(object, with: Stage.host, kind: .record, repository: repository)
    }
    #expect(
      try SealedText.recipients(of: object, kind: .record, repository: repository)
        == [Stage.owner.keyID, Stage.verifier.keyID].sorted())
    #expect(Array(object.prefix(8)) == Array("NSTEXT1\n".utf8))
    #expect(object.count == 8 + 1 + 32 + 16 + 2 + 2 * (16 + 1_168) + 32 + 40 + text.count)
  }

  @Test func `a text opens only as what it is`() throws {
    let object = try SealedText.seal(
      text, kind: .erasure, set: SetID.of(3), recipients: [.init(Stage.owner.publicKey)],
      repository: repository)
    #expect(
      try SealedText.open(
        object, with: Stage.owner, kind: .erasure, set: SetID.of(3), repository: repository)
        == text)
    #expect(throws: SealedTextError.misplaced) {
      try SealedText.open(object, with: Stage.owner, kind: .record, repository: repository)
    }
    #expect(throws: SealedTextError.misplaced) {
      try SealedText.open(
        object, with: Stage.owner, kind: .erasure, set: SetID.of(4), repository: repository)
    }
    #expect(throws: SealedTextError.misplaced) {
      try SealedText.open(
        object, with: Stage.owner, kind: .erasure, set: SetID.of(3),
        repository: RepositoryID(Digest.of(6)))
    }
  }

  @Test func `no byte can be changed, cut off or added`() throws {
    let object = try SealedText.seal(
      text, kind: .record, recipients: [.init(Stage.owner.publicKey)], repository: repository)
    for i in Array(0..<75) + Array(stride(from: 75, to: object.count, by: 61))
      + [object.count - 1]
    {
      var changed = object
      changed[i] ^= 0x40
      #expect(throws: SealedTextError.self, "byte \(i)") {
        try SealedText.open(changed, with: Stage.owner, kind: .record, repository: repository)
      }
    }
    for bytes in [Array(object.dropLast()), object + [0], Array(object.prefix(60)), []] {
      #expect(throws: SealedTextError.self) {
        try SealedText.open(bytes, with: Stage.owner, kind: .record, repository: repository)
      }
    }
  }

  @Test func `the text key is bound to the text`() throws {
    let object = try SealedText.seal(
      text, kind: .record, recipients: [.init(Stage.owner.publicKey)], repository: repository)
    var changed = object
    changed[8 + 1 + 32 + 16 + 2 + 16 + 1_168] ^= 1
    #expect(throws: SealedTextError.commitmentFailed) {
      try SealedText.open(changed, with: Stage.owner, kind: .record, repository: repository)
    }
  }

  @Test func `recipients are one to 64 different keys`() {
    #expect(throws: SealedTextError.wrongRecipients) {
      try SealedText.seal(text, kind: .record, recipients: [], repository: repository)
    }
    #expect(throws: SealedTextError.wrongRecipients) {
      try SealedText.seal(
        text, kind: .record,
        recipients: [.init(Stage.owner.publicKey), .init(Stage.owner.publicKey)],
        repository: repository)
    }
  }

  @Test func `a record is stored three times, and its statement counts`() throws {
    var stage = try Stage()
    let record = try stage.record.committed()
    let objects = try RecordObjects(record, log: stage.log)
    #expect(objects.objects.map(\.reader) == [.public, .administrator, .confidential])
    let draft = RecordStatement.draft(record, objects: objects, until: Stage.now + 1_000)
    try stage.say(draft.predicate, subjects: draft.subjects, by: Stage.host)
    #expect(stage.log.records.last?.subjects.map(\.path) == objects.objects.map(\.path))

    let opened = try SealedText.open(
      objects.objects[1].bytes, with: Stage.verifier, kind: .record,
      repository: stage.log.repository)
    let edition = try Edition.parse(opened)
    #expect(edition.reader == .administrator)
    #expect(RecordProof.check(edition, in: stage.log) == .proven(number: stage.log.size - 1))
    #expect(throws: SealedTextError.notARecipient) {
      try SealedText.open(
        objects.objects[2].bytes, with: Stage.verifier, kind: .record,
        repository: stage.log.repository)
    }
    let all = try SealedText.open(
      objects.objects[2].bytes, with: Stage.restorer, kind: .record,
      repository: stage.log.repository)
    #expect(try Edition.parse(all).reader == .confidential)
  }

  @Test func `an edition is judged against the log`() throws {
    var stage = try Stage()
    let record = try stage.record.committed()
    let edition = record.edition(.public)
    #expect(RecordProof.check(edition, in: stage.log) == .noRecord)
    let objects = try RecordObjects(record, log: stage.log)
    let terms = RecordStatement.drafts(
      record, objects: objects, terms: .init(), now: Stage.now)
    #expect(terms.map(\.subjects.count) == [1, 2])
    for draft in terms { try stage.say(draft.predicate, subjects: draft.subjects, by: Stage.host) }
    #expect(RecordProof.check(edition, in: stage.log).isProven)

    let later = try stage.record.committed()
    #expect(RecordProof.check(later.edition(.public), in: stage.log) == .differs)
    let objectsOfLater = try RecordObjects(later, log: stage.log)
    let draft = RecordStatement.draft(later, objects: objectsOfLater, until: Stage.now)
    try stage.say(draft.predicate, subjects: draft.subjects, by: Stage.host)
    #expect(
      RecordProof.check(edition, in: stage.log)
        == .superseded(number: stage.log.size - 2, by: stage.log.size - 1))
    // The next record names this one, and counts the two statements of one record once.
    stage.input.log = stage.log
    #expect(stage.record[.headerSequence].value == .integer(3))
    #expect(stage.record[.headerPrevious].value == .string(later.commitment.hex))
  }
}
