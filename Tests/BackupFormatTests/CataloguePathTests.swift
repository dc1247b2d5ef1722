import BackupFormat
import BackupTestSupport
import Testing

@Suite("Paths of a catalogue")
struct CataloguePathTests {
  private static func components(_ path: [UInt8]) -> [[UInt8]] {
    path.isEmpty ? [] : path.split(separator: 0x2f).map { [UInt8]($0) }
  }

  /// The order by its definition: component by component, each by its bytes.
  private static func precedes(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    components(a).lexicographicallyPrecedes(components(b)) { $0.lexicographicallyPrecedes($1) }
  }

  private static func paths(seed: UInt64, count: Int) -> [[UInt8]] {
    var samples = Samples(seed: seed)
    return (0..<count).map { _ in samples.folder() }
  }

  @Test(
    "The order goes component by component",
    arguments: [
      ("", "a"), ("a", "a/x"), ("a/x", "a!"), ("a/x", "a b"), ("a/z", "a-b"), ("a", "a!"),
      ("a/b/c", "a/b!"), ("a/b/c", "ab"), ("A", "a"), ("a/\u{1}", "a\u{1}"), ("z", "é"),
      ("a/b", "a/b/c"), ("a!/x", "a\"/x"),
    ])
  func order(_ earlier: String, _ later: String) {
    let (a, b) = ([UInt8](earlier.utf8), [UInt8](later.utf8))
    #expect(CataloguePath.compareFolders(a, b) < 0)
    #expect(CataloguePath.compareFolders(b, a) > 0)
    #expect(CataloguePath.compareFolders(a, a) == 0)
  }

  @Test("The order is strict and total")
  func totalOrder() {
    let paths = Self.paths(seed: 30, count: 60)
    for a in paths {
      for b in paths {
        let order = CataloguePath.compareFolders(a, b)
        #expect((order == 0) == (a == b))
        #expect(order.signum() == -CataloguePath.compareFolders(b, a).signum())
        #expect((order < 0) == Self.precedes(a, b))
        guard order < 0 else { continue }
        for c in paths where CataloguePath.compareFolders(b, c) < 0 {
          if CataloguePath.compareFolders(a, c) >= 0 { Issue.record("not transitive") }
        }
      }
    }
  }

  @Test("Sorting gives what sorting lists of components gives")
  func sorting() {
    let paths = Self.paths(seed: 31, count: 1_500)
    let sorted = paths.sorted { CataloguePath.compareFolders($0, $1) < 0 }
    #expect(sorted == paths.sorted(by: Self.precedes))
  }

  @Test("A folder comes before all below it, and these before all that follow")
  func depthFirst() {
    let paths = Self.paths(seed: 32, count: 1_500).sorted {
      CataloguePath.compareFolders($0, $1) < 0
    }
    for (i, folder) in paths.enumerated() {
      guard let end = paths[i...].firstIndex(where: { !CataloguePath.isWithin($0, folder) }) else {
        continue
      }
      #expect(!paths[end...].contains { CataloguePath.isWithin($0, folder) })
      #expect(!paths[..<i].contains { $0 != folder && CataloguePath.isWithin($0, folder) })
    }
  }

  @Test("Entries come by folder, then by name")
  func entries() {
    let a: [UInt8] = [0x61]
    let b: [UInt8] = [0x62]
    #expect(CataloguePath.precedes((a, a), (a, b)))
    #expect(!CataloguePath.precedes((a, b), (a, a)))
    #expect(!CataloguePath.precedes((a, a), (a, a)))
    #expect(CataloguePath.precedes((a, b), (b, a)))
    #expect(CataloguePath.compareNames([1, 0xff], [2]) < 0)
    #expect(CataloguePath.compareNames([1], [1, 0]) < 0)
  }

  @Test(
    "A name may be a name",
    arguments: [
      ("a", true), ("", false), (".", false), ("..", false), ("...", true), (".a", true),
      ("..a", true), ("a/b", false), ("/", false), ("a\0", false), (" ", true), ("\n", true),
    ])
  func names(_ name: String, _ isValid: Bool) {
    #expect(CataloguePath.isValidName([UInt8](name.utf8)) == isValid)
  }

  @Test(
    "A path may be a path",
    arguments: [
      ("", true), ("a", true), ("a/b", true), ("/a", false), ("a/", false), ("a//b", false),
      ("a/./b", false), ("a/../b", false), ("..", false), ("/", false), ("a/...", true),
    ])
  func paths(_ path: String, _ isValid: Bool) {
    #expect(CataloguePath.isValid([UInt8](path.utf8)) == isValid)
  }

  @Test("Lengths are limited to the byte")
  func lengths() {
    let name = [UInt8](repeating: 0x61, count: 255)
    #expect(CataloguePath.isValidName(name))
    #expect(!CataloguePath.isValidName(name + [0x61]))
    let path = [UInt8]([[UInt8]](repeating: name, count: 16).joined(separator: [0x2f]))
    #expect(path.count == 4_095)
    #expect(CataloguePath.isValid(path))
    #expect(!CataloguePath.isValid(path + [0x61]))
    let short = [UInt8](path.dropLast(2))
    #expect(CataloguePath.isValid([0x61], in: short + [0x61]))
    #expect(!CataloguePath.isValid([0x61, 0x61], in: short + [0x61]))
    #expect(!CataloguePath.isValid([0x2e], in: []))
    #expect(CataloguePath.isValid(name, in: []))
  }

  @Test("Splitting undoes joining")
  func splitting() throws {
    var samples = Samples(seed: 33)
    for _ in 0..<300 {
      let folder = samples.folder()
      let name = samples.name()
      let parts = try #require(CataloguePath.split(CataloguePath.join(folder, name)))
      #expect(parts.folder == folder && parts.name == name)
    }
    #expect(CataloguePath.split([]) == nil)
    let ab: [UInt8] = [0x61, 0x62]
    #expect(CataloguePath.isWithin(ab, []) && CataloguePath.isWithin(ab, ab))
    #expect(!CataloguePath.isWithin(ab, [0x61]) && !CataloguePath.isWithin([0x61], ab))
  }
}
