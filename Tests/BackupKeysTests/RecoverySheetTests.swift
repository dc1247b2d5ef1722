import BackupCrypto
import BackupKeys
import BackupTestSupport
import Testing

@Suite("Recovery sheets")
struct RecoverySheetTests {
  private static let alphabet = [Character]("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

  private static func seed(_ number: UInt64) throws -> SecretKey {
    var generator = SeededGenerator(seed: number)
    return try SecretKey(copying: generator.bytes(32).span)
  }

  @Test("A sheet gives the seed back, however it is typed", arguments: 0..<20 as Range<UInt64>)
  func roundTrip(_ number: UInt64) throws {
    let seed = try Self.seed(number)
    let groups = RecoverySheet.groups(of: seed)
    #expect(groups.count == 9)
    #expect(groups.allSatisfy { $0.count == 8 && $0.allSatisfy(Self.alphabet.contains) })
    for text in [
      groups.joined(separator: " "), groups.joined(), groups.joined(separator: "-").lowercased(),
      groups.joined(separator: "\r\n") + "\n",
      groups.joined(separator: " - ").replacing("0", with: "O").replacing("1", with: "l"),
      groups.joined(separator: "\t").replacing("0", with: "o").replacing("1", with: "I"),
    ] {
      #expect(try RecoverySheet.seed(from: text).matches(seed))
    }
  }

  @Test("Every single mistyped character is detected, and its group named")
  func mistypedCharacters() throws {
    let groups = RecoverySheet.groups(of: try Self.seed(100))
    var passedByGroup = 0
    for group in 0..<9 {
      for place in 0..<8 {
        let right = [Character](groups[group])[place]
        for other in Self.alphabet + ["U", "*", "é"] where other != right {
          var characters = [Character](groups[group])
          characters[place] = other
          var typed = groups
          typed[group] = String(characters)
          let error = #expect(throws: KeyError.self) {
            try RecoverySheet.seed(from: typed.joined(separator: " "))
          }
          if error == .wrongGroup(9), group != 8 {
            // Eight bits of check let one in 256 pass; the check of the whole does not.
            passedByGroup += 1
          } else {
            #expect(error == .wrongGroup(group + 1))
          }
        }
      }
    }
    // 8 groups, 6.4 characters of seed in each, 31 others for each: six or seven are expected.
    #expect(passedByGroup < 30)
  }

  @Test("Swapped groups, and groups of another sheet, are named")
  func swappedGroups() throws {
    let groups = RecoverySheet.groups(of: try Self.seed(101))
    for i in 0..<8 {
      var typed = groups
      typed.swapAt(i, (i + 1) % 8)
      let error = #expect(throws: KeyError.self) {
        try RecoverySheet.seed(from: typed.joined(separator: " "))
      }
      #expect(error == .wrongGroup(min(i, (i + 1) % 8) + 1))
    }
    // Each group alone is right, so only the check of the whole can tell.
    var typed = groups
    typed[3] = RecoverySheet.groups(of: try Self.seed(102))[3]
    #expect(throws: KeyError.wrongGroup(9)) { try RecoverySheet.seed(from: typed.joined()) }
  }

  @Test("A sheet that is not nine groups of eight is none")
  func otherLengths() throws {
    let text = RecoverySheet.groups(of: try Self.seed(103)).joined()
    for wrong in ["", String(text.dropLast()), text + "0", text + text, String(text.dropFirst(8))] {
      #expect(throws: KeyError.notASheet) { try RecoverySheet.seed(from: wrong) }
    }
  }

  @Test("The first of several wrong groups is named")
  func firstGroup() throws {
    var groups = RecoverySheet.groups(of: try Self.seed(104))
    groups[6] = "UUUUUUUU"
    #expect(throws: KeyError.wrongGroup(7)) { try RecoverySheet.seed(from: groups.joined()) }
    groups.swapAt(2, 4)
    #expect(throws: KeyError.wrongGroup(3)) { try RecoverySheet.seed(from: groups.joined()) }
    groups[1] = "********"
    #expect(throws: KeyError.wrongGroup(2)) { try RecoverySheet.seed(from: groups.joined()) }
  }
}
