import BackupPolicy
import Testing

@Suite("Sources of a data set")
struct SourceTests {
  @Test func readsEveryKindAndWritesItBack() throws {
    let text = PolicyTests.text(
      sources: #"""
        ["/srv/data", {"folder": "/srv/mail", "snapshot": "btrfs"},
         {"sqlite": "/srv/data/app/shop.db"},
         {"command": ["/usr/bin/pg_dump", "-Fc", "shop"], "path": "/postgresql/shop.dump",
          "user": "postgres", "timeLimitSeconds": 60, "minimumSize": "2 KiB"},
         {"command": ["/bin/true"], "path": "/empty", "minimumSize": 0}]
        """#)
    let policy = try Policy.decode(Array(text.utf8))
    let sources = policy.dataSets[0].sources
    #expect(
      sources == [
        .path("/srv/data"), .snapshot("/srv/mail", .btrfs), .database("/srv/data/app/shop.db"),
        .command(
          .init(
            arguments: ["/usr/bin/pg_dump", "-Fc", "shop"], path: "/postgresql/shop.dump",
            user: "postgres", timeLimitSeconds: 60, minimumByteCount: 2_048)),
        .command(.init(arguments: ["/bin/true"], path: "/empty", minimumByteCount: 0)),
      ])
    #expect(try Policy.decode(policy.encode()) == policy)
  }

  @Test(arguments: [
    ("[7]", PolicyReason.expected(.source, found: .wholeNumber)),
    ("[{}]", .missingKey(.source)),
    (#"[{"sqlite": "/"}]"#, .expected(.absolutePath, found: .text)),
    (#"[{"sqlite": "a.db"}]"#, .expected(.absolutePath, found: .text)),
    (#"[{"folder": "/srv"}]"#, .missingKey(.oneOf(["btrfs"]))),
    (
      #"[{"folder": "/srv", "snapshot": "zfs"}]"#,
      .unknownWord(.oneOf(["btrfs"]), nearest: nil)
    ),
    (#"[{"command": ["/bin/a"]}]"#, .missingKey(.absolutePath)),
    (#"[{"command": ["a"], "path": "/a"}]"#, .expected(.command, found: .list)),
    (#"[{"command": [], "path": "/a"}]"#, .expected(.command, found: .list)),
    (#"[{"command": ["/bin/a"], "path": "/"}]"#, .expected(.absolutePath, found: .text)),
    (
      #"[{"command": ["/bin/a"], "path": "/a", "user": "-u"}]"#,
      .expected(.userName, found: .text)
    ),
    (
      #"[{"command": ["/bin/a"], "path": "/a", "minimumSize": -1}]"#,
      .expected(.byteCount, found: .wholeNumber)
    ),
    (
      #"[{"command": ["/bin/a"], "path": "/a", "timeLimitSeconds": 0}]"#,
      .wholeNumberExpected(1...86_400)
    ),
    (#"[{"sqlite": "/a", "command": ["/bin/a"]}]"#, .excludes(key: "sqlite")),
    (#"[{"sqlite": "/a", "users": "x"}]"#, .unknownKey(nearest: nil)),
    (#"["/srv", {"sqlite": "/srv"}]"#, .repeated(path: "dataSets[0].sources[0]")),
    (
      #"["/srv", {"command": ["/bin/a"], "path": "/srv/a"}]"#,
      .nestedSource(path: "dataSets[0].sources[0]")
    ),
    (
      #"[{"command": ["/bin/a"], "path": "/srv"}, "/srv/a"]"#,
      .nestedSource(path: "dataSets[0].sources[0]")
    ),
    (
      #"[{"sqlite": "/srv/a"}, {"sqlite": "/srv/a/b"}]"#,
      .nestedSource(path: "dataSets[0].sources[0]")
    ),
    (
      #"["/srv", {"folder": "/srv/a", "snapshot": "btrfs"}]"#,
      .nestedSource(path: "dataSets[0].sources[0]")
    ),
    (#"[{"sqlite": "/r/a.db"}]"#, .sourceInsideRepository),
    (#"[{"folder": "/", "snapshot": "btrfs"}]"#, .repositoryInsideSource),
  ])
  func refuses(_ sources: String, _ reason: PolicyReason) {
    do throws(PolicyError) {
      _ = try Policy.decode(Array(PolicyTests.text(sources: sources, location: "/r").utf8))
      Issue.record("not refused")
    } catch {
      #expect(error.problems.map(\.reason) == [reason])
    }
  }

  @Test func takesADatabaseInsideAFolderInEitherOrder() {
    for sources in [
      #"["/srv", {"sqlite": "/srv/a.db"}]"#, #"[{"sqlite": "/srv/a.db"}, "/srv"]"#,
    ] {
      #expect(problems(of: PolicyTests.text(sources: sources, location: "/r")) == [])
    }
  }

  @Test func refusesADatabaseThatTheRulesLeaveOut() {
    let text = PolicyTests.text(
      set: #""exclude": ["/app/"],"#, sources: #"["/srv", {"sqlite": "/srv/app/a.db"}]"#,
      location: "/r")
    do throws(PolicyError) {
      _ = try Policy.decode(Array(text.utf8))
      Issue.record("not refused")
    } catch {
      #expect(error.problems.map(\.reason) == [.excludedDatabase])
    }
  }
}

extension PolicyReason {
  /// What a whole number out of its bounds is refused with.
  fileprivate static func wholeNumberExpected(_ range: ClosedRange<Int>) -> PolicyReason {
    .expected(.wholeNumber(range), found: .wholeNumber)
  }
}
