import BackupCrypto
import BackupFormat
import BackupKeys
import BackupTestSupport
import Testing

@testable import BackupEngine

@Suite("Minutes of restore tests, by the second implementation")
struct TestMinutesTests {
  @Test(arguments: FormatVector.load("minutes").filter { $0.has("text") })
  func `a text is read by every reader or by none`(vector: FormatVector) throws {
    let text = vector.bytes("text")
    guard vector.isAccepted else {
      #expect(throws: MinutesFault.self) { try TestMinutes(text: text) }
      return
    }
    #expect(try TestMinutes(text: text).text == text)
  }

  @Test(arguments: FormatVector.load("minutes").filter { $0.has("hex") })
  func `sealed minutes open as minutes only`(vector: FormatVector) throws {
    let set = try #require(SetID(vector.bytes("set")))
    let repository = try #require(RepositoryID(vector.bytes("repository")))
    let key = try XWingPrivateKey(seed: SecretKey(copying: vector.bytes("setSeed").span))
    let opened = Result {
      try SealedText.open(
        vector.bytes("hex"), with: key, id: SealedText.id(of: set), kind: .minutes, set: set,
        repository: repository)
    }
    guard vector.isAccepted else {
      #expect(throws: SealedTextError.self) { try opened.get() }
      return
    }
    #expect(try opened.get() == vector.bytes("plain"))
  }
}
