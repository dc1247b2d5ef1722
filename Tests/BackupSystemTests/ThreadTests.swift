import BackupSystem
import BackupTestSupport
import Testing

private struct Broken: Error, Equatable { let number: Int }

@Suite("Threads")
struct ThreadTests {
  @Test func returnsValuesAndErrors() throws {
    let good = try WorkerThread("good") { 42 }
    let bad = try WorkerThread<Int>("bad") { throw Broken(number: 7) }
    #expect(try good.join().get() == 42)
    #expect(try good.join().get() == 42)
    #expect(throws: Broken(number: 7)) { try bad.join().get() }
  }

  @Test func namesItsThread() throws {
    let thread = try WorkerThread("a name that is far too long") {
      let file = try Descriptor.openFile(at: nil, Array("/proc/thread-self/comm".utf8))
      return String(decoding: try file.readToEnd(limitByteCount: 64), as: UTF8.self)
    }
    #expect(try thread.join().get() == "a name that is \n")
  }

  @Test func passesEverythingInOrder() throws {
    let ring = BoundedRing<Int>(capacity: 3)
    let producer = try WorkerThread("producer") {
      for number in 0..<10_000 where !ring.push(number) { return false }
      ring.close()
      return true
    }
    var expected = 0
    while let number = ring.pop() {
      #expect(number == expected)
      expected += 1
    }
    #expect(expected == 10_000)
    #expect(try producer.join().get())
    #expect(ring.failure == nil)
    #expect(!ring.push(1))
  }

  @Test func losesNothingAmongManyThreads() throws {
    let ring = BoundedRing<Int>(capacity: 2)
    let producers = try (0..<4).map { number in
      try WorkerThread("p\(number)") {
        for value in 0..<1000 { _ = ring.push(number * 1000 + value) }
      }
    }
    let consumers = try (0..<4).map { number in
      try WorkerThread("c\(number)") {
        var values: [Int] = []
        while let value = ring.pop() { values.append(value) }
        return values
      }
    }
    for producer in producers { try producer.join().get() }
    ring.close()
    let values = try consumers.flatMap { try $0.join().get() }
    #expect(values.sorted() == Array(0..<4000))
  }

  @Test func popsWhatIsLeftAfterClosing() {
    let ring = BoundedRing<Int>(capacity: 4)
    #expect(ring.popIfAvailable() == nil)
    #expect(ring.push(1) && ring.push(2))
    #expect(ring.elementCount == 2)
    ring.close()
    #expect(ring.pop() == 1)
    #expect(ring.popIfAvailable() == 2)
    #expect(ring.pop() == nil)
  }

  @Test func failsBothSides() throws {
    let full = BoundedRing<Int>(capacity: 1)
    #expect(full.push(1))
    let pusher = try WorkerThread("pusher") { full.push(2) }
    full.fail(Broken(number: 1))
    full.fail(Broken(number: 2))
    #expect(try !pusher.join().get())
    #expect(full.pop() == nil)
    #expect(full.failure as? Broken == Broken(number: 1))
    let empty = BoundedRing<Int>(capacity: 1)
    let popper = try WorkerThread("popper") { empty.pop() }
    empty.fail(Broken(number: 3))
    #expect(try popper.join().get() == nil)
  }

  @Test func releasesWhatItDrops() {
    final class Token: Sendable {}
    weak var seen: Token?
    let ring = BoundedRing<Token>(capacity: 2)
    do {
      let token = Token()
      seen = token
      #expect(ring.push(token))
    }
    #expect(seen != nil)
    _ = ring.pop()
    #expect(seen == nil)
  }

  @Test func waitsForAState() throws {
    let monitor = Monitor(0)
    let threads = try (0..<4).map { number in
      try WorkerThread("t\(number)") {
        monitor.wait { value -> Int? in
          guard value == number else { return nil }
          value += 1
          return value
        }
      }
    }
    let values = try threads.map { thread in try thread.join().get() }
    #expect(values == [1, 2, 3, 4])
    #expect(monitor.wait(forNanoseconds: 1) { _ -> Bool? in nil } == nil)
    #expect(monitor.wait(forNanoseconds: .max) { $0 } == 4)
  }
}
