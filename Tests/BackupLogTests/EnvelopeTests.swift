import BackupCrypto
import BackupFormat
import Testing

@testable import BackupLog

struct EnvelopeTests {
  /// The example of the DSSE specification, v1.0.2.
  @Test func encodesTypeAndBodyAsTheSpecificationDoes() {
    let encoding = Envelope.preAuthenticationEncoding(
      type: "http://example.com/HelloWorld", body: [UInt8]("hello world".utf8))
    #expect(
      String(decoding: encoding, as: UTF8.self)
        == "DSSEv1 29 http://example.com/HelloWorld 11 hello world")
  }

  /// Made with securesystemslib 1.6.0 under the seed of 32 bytes 0x01.
  @Test func signsAsAnotherImplementationDoes() throws {
    let payload =
      #"{"_type":"https://in-toto.io/Statement/v1","predicate":{"edition":"administrator","#
      + #""night":"2026-11-21","result":"PASSED"},"predicateType":"#
      + #""https://example.nl/ns/backup/compliance-record/v1","subject":[{"digest":{"sha256":"#
      + #""e0e8ec3a4309faac5437d739e886cd83620ecd988dd03a8ec9aec85d676d1e5c"},"#
      + #""name":"snapshot 2026-11-21"}]}"#
    let signature =
      "FkE3QcwUKESnTsQf318V+XR/ATVtnIXGo0WpTRwExzquCsCpxn9M7tg62jfiGtkflHR9DES0noOote9xLOAfCA=="
    let person = Person(1)
    let envelope = try Envelope(
      signing: [UInt8](payload.utf8), keyID: person.id, key: person.signer.key)
    #expect(Base64.encode(envelope.signature) == signature)
    #expect(envelope.verifies(ed25519: person.publicKey.ed25519))
    #expect(!envelope.verifies(ed25519: Person(2).publicKey.ed25519))
  }

  @Test func readsNothingButWhatItWrites() throws {
    let person = Person(1)
    let envelope = try Envelope(
      signing: [1, 2, 3], keyID: person.id, key: person.signer.key)
    let json = [UInt8](envelope.line.dropLast())
    #expect(try Envelope(parsing: json) == envelope)
    for changed in try CanonicalJSON(decoding: json).mutations() {
      // An empty payload is one, but not the signed one.
      let read = try? Envelope(parsing: changed.encode())
      #expect(read?.verifies(ed25519: person.publicKey.ed25519) != true)
    }
  }

  @Test func twoSignaturesAreRefused() throws {
    let person = Person(1)
    let envelope = try Envelope(signing: [1], keyID: person.id, key: person.signer.key)
    let signature = CanonicalJSON.object([
      "keyid": .string(person.id.hex), "sig": .string(Base64.encode(envelope.signature)),
    ])
    for count in 0...2 {
      let json = CanonicalJSON.object([
        "payload": .string("AQ=="), "payloadType": .string(Envelope.payloadType),
        "signatures": .array([CanonicalJSON](repeating: signature, count: count)),
      ])
      #expect(((try? Envelope(parsing: json.encode())) != nil) == (count == 1))
    }
  }
}
