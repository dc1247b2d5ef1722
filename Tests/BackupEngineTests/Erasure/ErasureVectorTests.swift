import BackupCrypto
import BackupFormat
import BackupKeys
import BackupTestSupport
import Testing

@testable import BackupEngine

@Suite("Requests to erase, by the second implementation")
struct ErasureVectorTests {
  @Test(arguments: FormatVector.load("erasure").filter { $0.has("text") })
  func `a request names what it names for every reader`(vector: FormatVector) throws {
    let text = vector.bytes("text")
    guard vector.isAccepted else {
      #expect(throws: ErasureFault.self) { try ErasureRequest(text: text) }
      return
    }
    let request = try ErasureRequest(text: text)
    #expect(request.text == text)
    let filter = ErasureFilter([request])
    for name in vector.texts("named").map(FormatVector.bytes(hex:)) {
      #expect(filter.withholds(name), "\(String(decoding: name, as: UTF8.self))")
    }
    for name in vector.texts("spared").map(FormatVector.bytes(hex:)) {
      #expect(!filter.withholds(name), "\(String(decoding: name, as: UTF8.self))")
    }
    for name in vector.texts("folders").map(FormatVector.bytes(hex:)) {
      #expect(filter.withholds(name, isFolder: true), "\(String(decoding: name, as: UTF8.self))")
    }
  }

  @Test(arguments: FormatVector.load("erasure").filter { $0.has("hex") })
  func `a sealed request opens with the key of its data set only`(vector: FormatVector) throws {
    let set = try #require(SetID(vector.bytes("set")))
    let repository = try #require(RepositoryID(vector.bytes("repository")))
    let key = try XWingPrivateKey(seed: SecretKey(copying: vector.bytes("setSeed").span))
    let opened = Result {
      try SealedText.open(
        vector.bytes("hex"), with: key, id: SealedText.id(of: set), kind: .erasure, set: set,
        repository: repository)
    }
    guard vector.isAccepted else {
      #expect(throws: SealedTextError.self) { try opened.get() }
      return
    }
    #expect(try opened.get() == vector.bytes("plain"))
  }
}
