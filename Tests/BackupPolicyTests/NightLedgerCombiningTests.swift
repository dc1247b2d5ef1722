import Testing

@testable import BackupPolicy

struct NightLedgerCombiningTests {
  private func ledger(from first: Int, to last: Int, missed: Set<Int>) -> NightLedger {
    let window = Policy.NightHours().window(in: .utc)
    let nights = (first...last).map { Night(dayNumber: $0) }
    let facts = nights.filter { !missed.contains($0.dayNumber) }.map { night in
      let start = window.start(of: night)
      return NightFact(sourceReadStart: start, committedAt: start + 60, checkedAt: start + 120)
    }
    return NightLedger(
      facts: facts, nights: Night(dayNumber: first)...Night(dayNumber: last), window: window,
      now: window.reportDeadline(of: Night(dayNumber: last)) + 1)
  }

  @Test func `a set that was added later answers for its own nights only`() throws {
    let old = ledger(from: 20_000, to: 20_009, missed: [20_001])
    let young = ledger(from: 20_006, to: 20_009, missed: [20_008])
    for order in [[old, young], [young, old]] {
      let both = try #require(NightLedger(combining: order))
      #expect(both.entries.count == 10)
      #expect(
        both.entries.filter { $0.state == .missed }.map(\.night.dayNumber) == [20_001, 20_008])
    }
  }

  @Test func `ledgers that end with different nights are not combined`() {
    let one = ledger(from: 20_000, to: 20_009, missed: [])
    #expect(NightLedger(combining: [one, ledger(from: 20_000, to: 20_008, missed: [])]) == nil)
  }
}
