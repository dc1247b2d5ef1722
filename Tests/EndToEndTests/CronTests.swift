import BackupSystem
import Testing

@Suite("Poor surroundings")
struct CronTests {
  @Test(arguments: [
    "exec <&-; exec \"$@\"", "exec <&- >&- 2>&-; exec \"$@\"", "umask 000; exec \"$@\"",
    "umask 777; exec \"$@\"", "ulimit -n 64; exec \"$@\"", "cd /; exec env -i \"$@\"",
    "ulimit -n 64; umask 000; exec env -i \"$@\" <&-",
    "exec \"$@\" > /dev/full", "trap '' PIPE; \"$@\" | true",
  ])
  func worksAllTheSame(_ shell: String) throws {
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c", "cd \"$1\" && for i in $(seq 150); do mkdir d$i; echo $i > d$i/f; done", "sh",
      box.source)
    try box.begin()
    #expect(try box.run(["nightly", "--policy", box.policy], shell: shell).isSilent)
    try box.write("source/new.txt", "new\n")
    let second = try box.run(["nightly", "--policy", box.policy], shell: shell)
    #expect(second.isSilent, "\(second)")
    let owner = ["--policy", box.policy, "--key", box.ownerKey]
    let back = try box.run(
      ["restore", "latest", "--to", box.path("back"), "--strip", box.source] + owner, shell: shell)
    #expect(back.code == 0, "\(back)")
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
    // The outside administrator's cron is no richer.
    let outside = try box.run(
      .verifier,
      [
        "verify", "--repository", box.repository, "--id", box.id, "--memory", box.path("memory/m"),
      ], shell: shell)
    #expect(outside.code == 0 && outside.errors.isEmpty, "\(outside)")
    #expect(try box.permissions("memory/m") == 0o600 && box.permissions("memory") == 0o700)
    // Nothing was written into the repository that does not belong there, and nobody else may read it.
    #expect(try box.host("verify").isClean)
    let open = try Sandbox.tool(
      "find", box.path("repository"), box.path("host/state"), "-perm", "/077")
    #expect(open.isEmpty, "\(open)")
  }

  @Test func beginsInPoorSurroundings() throws {
    let box = try Sandbox()
    let made = try box.run(
      [
        "init", "--policy", box.policy, "--repository", box.repository, "--source", box.source,
        "--owner-key", box.ownerKey,
      ], shell: "umask 000; ulimit -n 64; exec env -i \"$@\" <&-")
    #expect(made.code == 0)
    for name in ["host/host.key", "host/policy.json", "vault/owner.key"] {
      #expect(try box.permissions(name) == 0o600)
    }
    #expect(try Sandbox.tool("find", box.repository, "-perm", "/077").isEmpty)
    #expect(try box.host("nightly").isSilent)
  }

  @Test func stopsOnRequest() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    // A hook asks the program that runs it to stop.
    try box.write("hook.sh", "#!/bin/sh\nkill -INT $PPID\n")
    try Sandbox.tool("chmod", "755", box.path("hook.sh"))
    try box.editPolicy("\"before\": []", "\"before\": [\"\(box.path("hook.sh"))\"]")
    try box.write("source/new.txt", "new\n")
    let snapshots = try box.host("snapshots").output
    let stopped = try box.host("nightly")
    #expect(stopped.code == 1, "\(stopped)")
    #expect(stopped.errors.contains("stopped on request; the next run goes on from here"))
    #expect(try box.host("snapshots").output == snapshots)
    try box.editPolicy("\"before\": [\"\(box.path("hook.sh"))\"]", "\"before\": []")
    #expect(try box.host("nightly").isSilent)
    #expect(try box.owner("ls", "latest").output.contains("new.txt"))
    #expect(try box.host("verify").isClean)
  }

  @Test(arguments: ["INT", "KILL"]) func goesOnWhereItStopped(_ signal: String) throws {
    let box = try Sandbox()
    try Sandbox.tool(
      "sh", "-c", "for i in 1 2 3; do head -c 33000000 /dev/urandom > \"$1/noise$i\"; done", "sh",
      box.source)
    try box.begin()
    // Once the second pack has its name, the first stands in the journal too.
    let stopped = try box.run(
      ["backup", "--policy", box.policy],
      shell: """
        "$@" & run=$!
        until ls \(box.repository)/packs/*/00000001 >/dev/null 2>&1; do kill -0 $run || break; done
        kill -\(signal) $run; wait $run
        """)
    #expect(stopped.code == (signal == "INT" ? 1 : 137), "\(stopped)")
    let sent = try box.objects("packs").count
    #expect(sent >= 1)
    #expect(try box.host("snapshots", "--json").json().count == 0)
    let done = try box.host("backup", "--json")
    #expect(done.isClean)
    // What was whole was not sent again.
    #expect((try done.json()["storedBytes"]?.number ?? .max) < 75_000_000, "\(done)")
    // A pack that was named just before the kill is left behind, and no fault.
    let verified = try box.host("verify")
    #expect(verified.code == 0 && (signal == "KILL" || verified.errors.isEmpty), "\(verified)")
    #expect(
      try box.owner("restore", "latest", "--to", box.path("back"), "--strip", box.source).isClean)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
    #expect(try box.host("nightly").isSilent)
  }

  @Test func twoRunsAtOnceAreSafe() throws {
    let box = try Sandbox()
    try box.begin()
    let both = try box.run(
      ["backup", "--policy", box.policy],
      shell: "\"$@\" & first=$!; \"$@\"; second=$?; wait $first && exit $second")
    #expect(both.isClean)
    #expect(both.lines.count == 2)
    #expect(try box.host("snapshots", "--json").json().count == 2)
    #expect(try box.verifier("verify", "--no-memory").isClean)
  }

  @Test func losingItsStateCostsNoData() throws {
    let box = try Sandbox()
    try box.begin()
    try box.backUp()
    try box.remove("host/state")
    let again = try box.host("backup", "--json").json()
    #expect((again["storedBytes"]?.number ?? .max) < 4_000)
    for name in ["catalogue", "roots", "entries", "journal"] {
      let found = try Sandbox.tool("find", box.path("host/state"), "-name", name).dropLast()
      if !found.isEmpty {
        try Sandbox.tool("sh", "-c", "echo rubbish > \"$1\"", "sh", String(found))
      }
    }
    try box.write("source/new.txt", "new\n")
    #expect(try box.host("nightly").isSilent)
    #expect(
      try box.owner("restore", "latest", "--to", box.path("back"), "--strip", box.source).isClean)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
  }
}
