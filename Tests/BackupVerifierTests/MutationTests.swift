import BackupFormat
import BackupLog
import BackupStorage
import BackupSystem
import BackupTestSupport
import EngineTestSupport
import Synchronization
import Testing

@testable import BackupVerifier

/// The mutation proof: whatever is changed in a repository that holds every kind of object, who has
/// public keys only sees it, and names the object.
///
/// A seeded sample in the ordinary run; with `NIGHTSAFE_MUTATIONS=all` every bit, every length and
/// every pair.
@Suite("A mutated repository", .serialized)
struct MutationTests {
  private static let isWhole = Environment.value("NIGHTSAFE_MUTATIONS") == [UInt8]("all".utf8)
  private static let full = Result { try FullRepository() }
  private let bench: MutationBench
  private let mutator: Mutator

  init() throws {
    bench = try MutationBench(try Self.full.get())
    mutator = bench.mutator
  }

  private var small: [StorageKey] {
    bench.store.keys.filter { !$0.isBelow("packs") && $0.description != ObjectPath.log(0).text }
  }
  private var packs: [StorageKey] { bench.store.keys.filter { $0.isBelow("packs") } }

  /// All of `range`, or a seeded sample of so many.
  private func some(_ range: Range<Int>, _ count: Int, seed: Int) -> [Int] {
    if Self.isWhole || range.count <= count { return [Int](range) }
    var generator = SeededGenerator(seed: UInt64(seed))
    return (0..<count).map { _ in Int.random(in: range, using: &generator) }
  }

  @Test func givesNoFindingWhileItIsUntouched() throws {
    #expect(try bench.check(nil) == [])
  }

  @Test func isSeenWithAnyBitFlipped() throws {
    for (i, key) in (small + packs).enumerated() {
      let bits = bench.store.original(key).count * 8
      for bit in some(0..<bits, key.isBelow("packs") ? 24 : 10, seed: i) {
        try bench.prove(mutator.flip(key, bit: bit))
      }
    }
    bench.tell("bits flipped")
  }

  @Test func isSeenCutAtAnyLength() throws {
    for (i, key) in (small + packs).enumerated() {
      let count = bench.store.original(key).count
      for length in some(0..<count, 3, seed: i) {
        try bench.prove(mutator.truncate(key, to: length))
      }
      try bench.prove(mutator.truncate(key, to: count - 1))
      try bench.prove(mutator.extend(key))
    }
    bench.tell("lengths changed")
  }

  @Test func isSeenCutAtTheEndOfALine() throws {
    for key in small where key.isBelow("log") {
      let bytes = bench.store.original(key)
      for end in bytes.indices.dropLast() where bytes[end] == 0x0a {
        try bench.prove(mutator.truncate(key, to: end + 1))
        try bench.prove(
          mutator.change(
            key, [UInt8](bytes[(end + 1)...] + bytes[...end]), "\(key) with its lines turned"))
      }
    }
    bench.tell("entries cut at lines")
  }

  @Test func isSeenWithAnyObjectDeleted() throws {
    for key in small + packs { try bench.prove(mutator.delete(key)) }
    bench.tell("objects deleted")
  }

  @Test func isSeenWithAnyObjectTwice() throws {
    for key in small + packs + [StorageKey(literal: "log/0000000000000000")] {
      try bench.prove(#require(mutator.duplicate(key, seed: 3)))
    }
    bench.tell("objects duplicated")
  }

  @Test func isSeenWithAnyTwoOfAKindSwapped() throws {
    let kinds = Dictionary(grouping: small + packs) { $0.components[0] }
    for (kind, keys) in kinds.sorted(by: { $0.key < $1.key }) {
      let pairs = keys.indices.flatMap { a in keys.indices.filter { $0 > a }.map { (a, $0) } }
      for i in some(0..<pairs.count, 15, seed: kind.utf8.count) {
        try bench.prove(mutator.swap(keys[pairs[i].0], keys[pairs[i].1]))
      }
    }
    bench.tell("pairs swapped")
  }

  @Test func isSeenWithAnOldEntryReplayed() throws {
    let size = bench.size
    for old in 0..<size { try bench.prove(#require(mutator.replay(old, as: size))) }
    let pairs = (1..<size).flatMap { new in (0..<new).map { ($0, new) } }
    for i in some(0..<pairs.count, 40, seed: 5) {
      try bench.prove(#require(mutator.replay(pairs[i].0, as: pairs[i].1)))
    }
    bench.tell("entries replayed")
  }

  @Test func isSeenWithEntriesInAnotherOrder() throws {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<(Self.isWhole ? 2_000 : 40) {
      let count = Int.random(in: 2...6, using: &generator)
      let numbers = (1..<bench.size).shuffled(using: &generator).prefix(count).sorted()
      let order = numbers.shuffled(using: &generator)
      if order != numbers { try bench.prove(#require(mutator.reorder(numbers, as: order))) }
    }
    bench.tell("orders changed")
  }

  /// The canary: the bench must fail for a change that it can't see.
  @Test func failsThisProofIfAChangeGoesUnseen() throws {
    let name = try #require(small.first { $0.isBelow("records") })
    let unseen = Mutation(
      changes: [(name, bench.store.original(name))], names: [name.description], entry: nil,
      description: "nothing")
    #expect(try bench.fault(of: unseen) == "unseen")
    let elsewhere = Mutation(
      changes: [(name, nil)], names: ["FORMAT"], entry: nil, description: "another object")
    #expect(try bench.fault(of: elsewhere)?.contains(name.description) == true)
  }
}

/// A repository, its log folded up to each entry, so that a change costs only what depends on it.
final class MutationBench {
  let store: OverlayStorage
  let mutator: Mutator
  private let id: RepositoryID
  private let now: LogTime
  /// The log as far as entry i, not included, was read.
  private var prefixes: [LogReading] = []
  private let memory: VerifierMemory
  private var count = 0
  private static let total = Mutex(0)

  var size: Int { prefixes.count - 1 }

  init(_ full: FullRepository) throws {
    full.store.reset()
    store = full.store
    id = full.stage.id
    now = full.stage.clock.now
    memory = try full.check().memory
    let state = try full.state()
    mutator = Mutator(store, state)
    let objects = CheckedObjects(storage: store, repository: id)
    for number in 1..<state.size { try store.remove(key(.log(number))) }
    var reading = try LogReading(id, from: store, objects: objects)
    // Before entry 0 there is nothing: who changes that one changes all.
    prefixes = [reading, reading]
    for number in 1..<state.size {
      store.show(store.original(try key(.log(number))), as: try key(.log(number)))
      try reading.readOn(objects: objects)
      prefixes.append(reading)
    }
    store.reset()
  }

  /// What a check finds: for each finding the object or name that it is about.
  func check(_ mutation: Mutation?) throws -> [String] {
    defer { store.reset() }
    for change in mutation?.changes ?? [] { store.show(change.bytes, as: change.key) }
    let verifier = Verifier(storage: store, repository: id)
    verifier.reading = prefixes[mutation?.entry ?? size]
    let report = try verifier.check(
      level: .l1(.everything), memory: mutation?.needsMemory == true ? memory : nil, now: now)
    return report.findings.map { $0.object?.text ?? $0.name ?? $0.description }
  }

  /// Why a mutation is not proved; nil if it is.
  func fault(of mutation: Mutation) throws -> String? {
    let found = try check(mutation)
    if found.isEmpty { return "unseen" }
    if mutation.mayNameLater, !found.contains(where: mutation.names.contains) {
      return "none of \(mutation.names) in \(found)"
    }
    let others = found.filter { name in
      if mutation.names.contains(name) { return false }
      guard mutation.mayNameLater, let first = mutation.entry,
        case .log(let number)? = ObjectPath(name)
      else { return true }
      return number <= first
    }
    return others.isEmpty ? nil : "also \(others)"
  }

  func prove(_ mutation: Mutation) throws {
    count += 1
    let fault = try fault(of: mutation)
    #expect(fault == nil, "\(mutation)")
  }

  func tell(_ what: String) {
    let count = count
    let total = Self.total.withLock { total in
      total += count
      return total
    }
    print("mutation proof: \(count) \(what), \(total) in all, each seen and named")
    self.count = 0
  }
}
