import BackupPolicy
import Testing

@testable import BackupRecord

@Suite("The reply to who asked for erasure")
struct ErasureReplyTests {
  private let removed = Night(parsing: "2026-03-04") ?? Night(dayNumber: 0)
  private let cleanBy = Night(parsing: "2026-07-01") ?? Night(dayNumber: 0)

  @Test func `it names the day until which copies may hold the data`() {
    let reply = ErasureReply(removed: removed, copies: .until(cleanBy), hasTasks: false)
    #expect(
      reply.text(in: .dutch)
        == "Uw gegevens zijn op 4 maart 2026 verwijderd uit onze systemen. In reservekopieën kunnen ze "
        + "nog voorkomen tot uiterlijk 1 juli 2026. Tot dan gebruiken wij ze niet en bij terugzetten "
        + "worden ze opnieuw verwijderd.")
    #expect(
      reply.text(in: .english)
        == "Your data was deleted from our systems on 4 March 2026. Backup copies may still contain it "
        + "until 1 July 2026 at the latest. Until then we do not use them, and if we restore a copy "
        + "they are deleted again.")
  }

  @Test func `without a date it promises none`() {
    let reply = ErasureReply(removed: removed, copies: .withoutDate, hasTasks: false)
    for language in Language.allCases {
      let text = reply.text(in: language)
      #expect(!text.contains("2026-07") && !text.contains("juli") && !text.contains("July"))
    }
  }

  @Test(arguments: Language.allCases)
  func `no reply claims more than anyone can bear out`(language: Language) {
    for copies in [ErasureReply.Copies.until(cleanBy), .withoutDate, .absent] {
      for hasTasks in [false, true] {
        let text = ErasureReply(removed: removed, copies: copies, hasTasks: hasTasks)
          .text(in: language)
        #expect(PublicStatement.lint(text).isEmpty, "\(PublicStatement.lint(text))")
        #expect(text.contains("databank") == (hasTasks && language == .dutch))
      }
    }
  }
}
