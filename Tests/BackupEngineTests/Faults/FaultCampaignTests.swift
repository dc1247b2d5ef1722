import BackupTestSupport
import Testing

/// No sampling: every call that the work makes of the store is hit by every fault.
@Suite("Faults at every call of the store")
struct FaultCampaignTests {
  private func expectAllWhole(
    _ work: FaultCampaign.Work, _ fault: FaultyStorage.Fault, atLeast pointCount: Int
  ) throws {
    let count = try FaultCampaign(work, fault).run()
    print("fault points: \(work.rawValue), \(fault.rawValue): \(count)")
    #expect(count >= pointCount)
  }

  @Test(arguments: FaultyStorage.Fault.allCases)
  func ofABackup(_ fault: FaultyStorage.Fault) throws {
    try expectAllWhole(.backup, fault, atLeast: 30)
  }

  @Test(arguments: FaultyStorage.Fault.allCases)
  func ofARotation(_ fault: FaultyStorage.Fault) throws {
    try expectAllWhole(.rotation, fault, atLeast: 25)
  }

  @Test(arguments: FaultyStorage.Fault.allCases)
  func ofADeletion(_ fault: FaultyStorage.Fault) throws {
    try expectAllWhole(.deletion, fault, atLeast: 15)
  }

  @Test(arguments: FaultyStorage.Fault.allCases)
  func ofAnUndo(_ fault: FaultyStorage.Fault) throws {
    try expectAllWhole(.undo, fault, atLeast: 3)
  }

  @Test(arguments: FaultyStorage.Fault.allCases)
  func ofARequestToErase(_ fault: FaultyStorage.Fault) throws {
    try expectAllWhole(.request, fault, atLeast: 6)
  }

  @Test(arguments: FaultyStorage.Fault.allCases)
  func ofARewriting(_ fault: FaultyStorage.Fault) throws {
    try expectAllWhole(.rewriting, fault, atLeast: 40)
  }

  @Test(arguments: FaultyStorage.Fault.allCases)
  func ofACopyOutOfIt(_ fault: FaultyStorage.Fault) throws {
    try expectAllWhole(.copyFrom, fault, atLeast: 30)
  }

  @Test(arguments: FaultyStorage.Fault.allCases)
  func ofACopyIntoIt(_ fault: FaultyStorage.Fault) throws {
    try expectAllWhole(.copyTo, fault, atLeast: 20)
  }
}
