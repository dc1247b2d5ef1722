import BackupFormat
import BackupLog
import BackupStorage
import BackupTestSupport
import EngineTestSupport
import Foundation
import Testing

@testable import BackupEngine

/// What a machine remembers of the log.
@Suite("The remembered log")
struct RememberedLogTests {
  let stage: RepositoryStage

  init() throws { stage = try RepositoryStage(storage: MemoryStorage()) }

  private func folder() throws -> StateFolder {
    try StateFolder(below: stage.folder.path("state"), repository: stage.id)
  }

  @Test("comes back as it was, with every signature checked")
  func comesBack() throws {
    try stage.passNight()
    let log = RememberedLog(try stage.session().logState)
    #expect(log.checked?.exceptions == [])
    #expect(log.checked?.head == log.head)
    #expect(RememberedLog(decoding: log.encode()) == log)
    #expect(try folder().rememberedLog() == log)
  }

  @Test("is nothing when a bit of it is another, or a byte is missing")
  func damaged() throws {
    let bytes = RememberedLog(try stage.session().logState).encode()
    for bit in 0..<8 * bytes.count {
      var other = bytes
      other[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(RememberedLog(decoding: other) == nil, "bit \(bit)")
    }
    for count in bytes.indices { #expect(RememberedLog(decoding: [UInt8](bytes[..<count])) == nil) }
    #expect(RememberedLog(decoding: bytes + [0]) == nil)
  }

  @Test("names the entries that are void, whose signatures it vouches for no more")
  func exceptions() throws {
    let session = try stage.session()
    let number = session.logState.size
    _ = try stage.storage.put(
      try #require(StorageKey(ObjectPath.log(number).text)), [UInt8]("nothing\n".utf8).span)
    try session.refresh()
    let log = RememberedLog(session.logState)
    #expect(log.checked?.exceptions == [number])
    #expect(RememberedLog(decoding: log.encode()) == log)
    #expect(try folder().rememberedLog() == log)
    #expect(try stage.session().logFindings == [.voidEntry(number: number, .notCanonical)])
  }

  @Test("is not missed when its folder was taken away under a running program")
  func folderTakenAway() throws {
    let session = try stage.session()
    let path = String(decoding: stage.folder.path("state"), as: UTF8.self)
    try FileManager.default.removeItem(atPath: path)
    try stage.closeNight()
    #expect(session.logState.nights.count == 1)
    #expect(try folder().rememberedLog() == nil)
  }
}
