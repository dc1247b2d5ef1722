import BackupFormat
import BackupStorage
import BackupTestSupport
import Testing

@testable import BackupLog

/// What a reader remembers of signatures, and the reading ahead on several threads.
@Suite("Signatures that were checked before")
struct CheckedSignatureTests {
  let storage = MemoryStorage()
  var scene: Scene

  init() throws { scene = try Scene() }

  /// Says many things, and once something under a signature that is not one.
  mutating func say(_ count: Int, forgedAt forged: Int? = nil) throws {
    for i in 0..<count {
      let draft = Draft(scene.started(.of(scene.count())))
      var line = try scene.sign([draft], by: scene.host)
      if i == forged {
        let envelope = try Entry(parsing: line).envelopes[0]
        let other = try Envelope(
          signing: envelope.payload, keyID: envelope.keyID, key: scene.stranger.signer.key)
        line = other.line
      }
      _ = try scene.state.take(line, objects: scene.objects)
    }
  }

  func store() throws {
    for (number, entry) in scene.state.texts.enumerated() {
      _ = try storage.put(RepositoryLog.key(number), entry.span)
    }
  }

  func read(_ checked: CheckedSignatures?) throws -> LogState {
    var state = try RepositoryLog.read(
      scene.repository, from: storage, objects: scene.objects, checked: checked
    ).log.state
    state.checked = nil
    return state
  }

  @Test("A log of hundreds of entries is read by several threads as by one")
  mutating func manyEntries() throws {
    try say(700, forgedAt: 300)
    try store()
    #expect(try read(nil) == scene.state)
    #expect(scene.state.findings == [.voidEntry(number: 302, .badSignature)])
  }

  /// Whoever may write to a store can put a file of any size under the next number.
  @Test("Entries that are too large to count are read piece by piece, and nothing is kept of them")
  mutating func largeEntries() throws {
    var large: [Int] = []
    for i in 0..<20 {
      try say(5)
      large.append(scene.state.size)
      let bytes = [UInt8](
        repeating: 0x61, count: i == 17 ? 17 << 20 : Entry.byteCountMax + 1 + i << 17)
      _ = try scene.state.take(bytes, objects: scene.objects)
      _ = try storage.put(RepositoryLog.key(large[i]), bytes.span)
    }
    try store()
    let counting = CountingStorage(inner: storage)
    var state = try RepositoryLog.read(
      scene.repository, from: counting, objects: scene.objects
    ).log.state
    state.checked = nil
    #expect(state == scene.state)
    #expect(state.findings == large.map { .voidEntry(number: $0, .entryTooLarge) })
    #expect(counting.largestByteCount <= 1 << 20)
    for number in large { #expect(state.entry(number) == nil) }
    // Distrust has all judged again, from what was kept.
    let before = scene.state.size
    let distrusted = Predicate.distrusted(.init(key: scene.host.id, from: before - 4))
    _ = try scene.say(distrusted, by: scene.owner)
    #expect(scene.state.findings.count == large.count + 3)
    try store()
    #expect(try read(nil) == scene.state)
  }

  @Test("What a reader remembers leads to the same log", arguments: 0...3)
  mutating func sameLog(_ part: Int) throws {
    try say(50, forgedAt: 20)
    let size = scene.state.size * part / 3
    var known = try LogState(repository: scene.repository, firstEntry: scene.state.texts[0])
    for entry in scene.state.texts.prefix(size).dropFirst() {
      _ = try known.take(entry, objects: scene.objects)
    }
    try store()
    let checked = try #require(known.checkedSignatures)
    #expect(try read(checked) == scene.state)
  }

  @Test("A void entry is no entry whose signature was checked")
  mutating func exceptions() throws {
    try say(10, forgedAt: 3)
    let checked = try #require(scene.state.checkedSignatures)
    #expect(checked.exceptions == [5])
    #expect(checked.head == scene.state.head)
    #expect(!checked.contains(5))
    #expect(checked.contains(6))
    #expect(!checked.contains(scene.state.size))
  }

  @Test("Signatures are believed for the entries that were read, and no others")
  mutating func believesTheRootOnly() throws {
    try say(10, forgedAt: 3)
    try store()
    // Who remembers wrongly that all were good, counts the forged one: so nothing was checked.
    let wrong = try #require(CheckedSignatures(head: scene.state.head, exceptions: []))
    #expect(try read(wrong).findings.isEmpty)
    // The same of another log, or of a longer one, is not believed.
    let head = scene.state.head
    for other in [
      LogHead(size: head.size, root: .of(7)), LogHead(size: head.size + 1, root: head.root),
      LogHead(size: 6, root: head.root),
    ] {
      let foreign = try #require(CheckedSignatures(head: other, exceptions: []))
      #expect(try read(foreign) == scene.state)
    }
  }

  @Test("Too many void entries, and numbers in disorder, are not remembered")
  func limits() {
    let head = LogHead(size: 1000, root: .of(1))
    #expect(CheckedSignatures(head: head, exceptions: [Int](1...500)) != nil)
    #expect(CheckedSignatures(head: head, exceptions: [Int](1...501)) == nil)
    #expect(CheckedSignatures(head: head, exceptions: [2, 1]) == nil)
    #expect(CheckedSignatures(head: head, exceptions: [1, 1]) == nil)
    #expect(CheckedSignatures(head: head, exceptions: [1000]) == nil)
    #expect(CheckedSignatures(head: head, exceptions: [-1]) == nil)
  }

  @Test("A log that was judged again remembers its signatures too", arguments: 1...6)
  func random(_ seed: Int) throws {
    var random = ValueTests.Random(state: UInt64(seed))
    var scene = try Scene()
    for _ in 0..<60 { try PropertyTests.step(&scene, &random) }
    let checked = try #require(scene.state.checkedSignatures)
    for _ in 0..<60 { try PropertyTests.step(&scene, &random) }
    for (number, entry) in scene.state.texts.enumerated() {
      _ = try storage.put(RepositoryLog.key(number), entry.span)
    }
    var state = try RepositoryLog.read(
      scene.repository, from: storage, objects: scene.objects, checked: checked
    ).log.state
    state.checked = nil
    #expect(state == scene.state)
  }

  @Test("An entry that can't be read stops the reading where it stands")
  mutating func unreadable() throws {
    try say(100)
    try store()
    let failing = HookedStorage()
    for (number, entry) in scene.state.texts.enumerated() {
      _ = try failing.put(RepositoryLog.key(number), entry.span)
    }
    failing.lose(RepositoryLog.key(70))
    #expect(throws: LogError.storage(.unreachable)) {
      try RepositoryLog.read(scene.repository, from: failing, objects: scene.objects)
    }
  }
}
