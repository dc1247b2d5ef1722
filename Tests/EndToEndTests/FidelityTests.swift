import BackupSystem
import BackupTestSupport
import Testing

@Suite("Fidelity")
struct FidelityTests {
  /// Everything that a file system can hold, made by other programs.
  private static let tree = #"""
    set -e
    cd "$1"
    mkdir -p plain/deep/er 'empty folder' modes
    printf 'one\n' > plain/a; ln plain/a plain/deep/again; ln plain/a z-third-name
    printf '' > empty
    head -c 300000 /dev/urandom > plain/noise
    yes 'the same again' | head -c 3000000 > plain/deep/text || true
    # Holes at the front, in the middle, at the end, and nothing but a hole.
    truncate -s 20M holes; printf 'middle' | dd of=holes bs=1 seek=9000000 conv=notrunc 2>/dev/null
    printf 'front' > tail-hole; truncate -s 5M tail-hole
    truncate -s 3M only-a-hole
    # Links of every kind, with targets that lead nowhere, out, and to themselves.
    ln -s plain/a link; ln -s ../../../../etc/passwd out; ln -s nowhere dangling; ln -s self self
    ln -s "$(printf 'new\nline \\ and \377')" odd-target
    ln -s "$(head -c 4000 /dev/zero | tr '\0' 'x')" long-target
    mkfifo -m 640 pipe
    for mode in 000 444 0755 1777 2755 4755 6711; do touch modes/$mode; chmod $mode modes/$mode; done
    mkdir -m 1777 modes/sticky; mkdir -m 2750 modes/group
    # Names: bytes that are no UTF-8, control characters, spaces, patterns, 255 bytes.
    touch -- "$(printf 'n\353t-utf8')" "$(printf 'new\nline')" "$(printf 'tab\tbell\a')" ' leading' 'trailing ' \
      'back\slash' '*?[a]' '-rf' '~' '#x' 'quote"'"'" "$(head -c 255 /dev/zero | tr '\0' 'n')"
    mkdir "$(printf 'folder \377\376')"; echo inside > "$(printf 'folder \377\376')/$(printf '\001')"
    # Times: to the nanosecond, before 1970, far ahead.
    touch -d '2024-02-29 12:34:56.123456789Z' plain/noise
    touch -d '1961-04-12 06:07:00.987654321Z' plain/deep/text
    touch -d '2242-01-01 00:00:00.000000001Z' empty
    touch -h -d '2001-09-09 01:46:40.5Z' link dangling
    touch -d '1999-12-31 23:59:59.999999999Z' plain/deep/er plain 'empty folder' pipe
    """#

  private static let attributes = #"""
    set -e
    cd "$1"
    setfattr -n user.comment -v 'a word' plain/a
    setfattr -n user.binary -v 0x00ff00fe plain/noise
    setfattr -n user.folder -v x plain/deep
    setfattr -n user.large -v "$(head -c 3000 /dev/zero | tr '\0' 'v')" plain/noise
    setfacl -m u:1234:r-x,g:4321:r plain/a
    setfacl -d -m u:1234:rwx,g::rx plain/deep
    """#

  private static let rootOnly = #"""
    set -e
    cd "$1"
    mknod -m 600 char c 1 3; mknod -m 660 block b 7 250
    chown 12345:23456 plain/noise char; chown -h 1:2 link; chown 65534:65534 modes/group
    setfattr -n trusted.secret -v y plain/noise
    setcap cap_net_bind_service+ep modes/0755 2>/dev/null || true
    """#

  private func made() throws -> Sandbox {
    let box = try Sandbox()
    for script in [Self.tree, Self.attributes] + (Sandbox.isRoot ? [Self.rootOnly] : []) {
      try Sandbox.tool("sh", "-c", script, "sh", box.source)
    }
    try box.begin()
    return box
  }

  @Test func restoresEverythingThatAFileSystemHolds() throws {
    let box = try made()
    let done = try box.host("backup", "--json")
    // Without root the file of mode 000 can't be read, and that is said.
    #expect(done.code == (Sandbox.isRoot ? 0 : 3))
    let back = try box.stranger(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--json")
    #expect(back.isClean)
    #expect(try back.json()["refusedMetadata"]?.number == 0)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
    // rsync compares whole seconds and no holes: both are looked at here.
    let seen = "find . -mindepth 1 -printf '%p|%y|%m|%U:%G|%T@|%n|%l\\n' | LC_ALL=C sort"
    let original = try Sandbox.tool("sh", "-c", "cd \"$1\" && \(seen)", "sh", box.source)
    #expect(
      try Sandbox.tool("sh", "-c", "cd \"$1\" && \(seen)", "sh", box.path("back")) == original)
    for name in ["holes", "tail-hole", "only-a-hole"] {
      let status = try FileStatus.read(path: Array(box.path("back/\(name)").utf8))
      #expect(try allocated(box, "back/\(name)") <= 256 << 10, "\(name): \(status.byteCount) bytes")
    }
    #expect(
      try FileStatus.read(path: Array(box.path("back/plain/a").utf8)).inode
        == FileStatus.read(path: Array(box.path("back/z-third-name").utf8)).inode)
  }

  private func allocated(_ box: Sandbox, _ name: String) throws -> Int {
    let blocks = try Sandbox.tool("stat", "-c", "%b", box.path(name)).dropLast()
    return (Int(blocks) ?? .max / 512) * 512
  }

  @Test func restoresOverWhatIsThere() throws {
    let box = try made()
    _ = try box.host("backup")
    // Everything is something else: folders for files, files for folders, links for both.
    try box.makeFolder("back")
    try Sandbox.tool(
      "sh", "-c",
      #"""
      cd "$1" && mkdir -p empty/full pipe/x link && echo x > plain && echo x > modes
      ln -s / holes && ln -s nowhere 'empty folder' && mkfifo z-third-name && echo longer > out
      """#, "sh", box.path("back"))
    let back = try box.owner(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--delete")
    #expect(back.isClean)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
    // A second time there is nothing to do, and what is there stays as it is.
    let again = try box.owner(
      "restore", "latest", "--to", box.path("back"), "--strip", box.source, "--delete", "--json")
    #expect(try again.json()["files"]?.number == 0 && again.json()["removed"]?.number == 0)
    #expect(try Sandbox.differences(box.source, box.path("back")).isEmpty)
  }

  @Test func skipsSockets() throws {
    let box = try Sandbox()
    try Sandbox.tool(
      "python3", "-c", "import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])",
      box.path("source/socket"))
    try box.begin()
    let done = try box.host("backup", "--json")
    #expect(done.isClean)
    #expect(try done.json()["files"]?.number == 3)
    #expect(try !box.owner("ls", "latest").output.contains("socket"))
    #expect(try box.host("nightly").isSilent)
  }

  @Test func namesThatAreNoTextCanBeAskedFor() throws {
    let box = try Sandbox()
    let name = Array("n".utf8) + [0xEB, 0xFF] + Array("t".utf8)
    let path = Array("\(box.source)/".utf8) + name
    try Sandbox.tool("cp", box.path("source/note.txt"), raw: [path])
    try box.begin()
    try box.backUp()
    let owner = ["--policy", box.policy, "--key", box.ownerKey]
    let dumped = try box.run(["dump", "latest"] + owner + ["--"], raw: [path])
    #expect(dumped.isClean && dumped.output == "a note\n")
    let listed = try box.run(["ls", "latest"] + owner + ["--"], raw: [path])
    #expect(listed.isClean && listed.output.hasSuffix("/source/n\\xeb\\xfft\n"))
    let found = try box.run(["find"] + owner + ["--"], raw: [[0xEB, 0xFF]])
    #expect(found.isClean && found.lines.count == 1)
    let back = try box.run(
      ["restore", "latest", "--to", box.path("back"), "--strip", box.source] + owner + ["--"],
      raw: [path])
    #expect(back.isClean)
    #expect(
      try FileStatus.read(path: Array(box.path("back/").utf8) + name).byteCount == 7)
  }

  @Test func restoresWhatAnUnprivilegedUserMay() throws {
    guard Sandbox.isRoot else { return }
    let box = try made()
    _ = try box.host("backup")
    // Another user, with the owner's key and the disk: contents, times and links, not owners.
    try Sandbox.tool("chown", "-R", "65534:65534", box.root)
    let back = try box.run(
      [
        "restore", "latest", "--repository", box.repository, "--id", box.id, "--key", box.ownerKey,
        "--to", box.path("back"), "--strip", box.source, "--json",
      ], shell: "exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"")
    // Devices can't be made, which is said and is the only thing that is missing.
    #expect(back.code == 1)
    let failures = try back.json()["failures"]?.all.compactMap { $0["path"]?.text } ?? []
    #expect(failures.sorted() == ["\(box.source)/block", "\(box.source)/char"])
    #expect(
      try Sandbox.tool("cmp", box.path("source/plain/noise"), box.path("back/plain/noise")).isEmpty)
    #expect(
      try Sandbox.tool("stat", "-c", "%y", box.path("back/plain/noise")).hasPrefix("2024-02-29"))
  }
}
