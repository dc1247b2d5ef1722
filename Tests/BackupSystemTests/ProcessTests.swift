import BackupSystem
import BackupTestSupport
import Testing

@Suite("Programs")
struct ChildProcessTests {
  private func command(_ words: String...) -> ChildProcess {
    ChildProcess(arguments: words.map { Array($0.utf8) }, errorOutput: .captured)
  }

  @Test func returnsOutputAndStatus() throws {
    let outcome = try command("sh", "-c", "echo out; echo err >&2; exit 3").run()
    #expect(outcome.ending == .exited(status: 3))
    #expect(outcome.output == Array("out\n".utf8))
    #expect(outcome.errorOutput == Array("err\n".utf8))
    #expect(try command("true").run().isSuccess)
  }

  @Test func passesRawBytesAndVariables() throws {
    var child = command("printenv", "STRANGE")
    child.environment = [Array("STRANGE=".utf8) + [0xFF], Array("PATH=/bin".utf8)]
    #expect(try child.run().output == [0xFF, 0x0A])
    let arguments = ChildProcess(arguments: [Array("printf".utf8), Array("%s".utf8), [0xFE, 0x0A]])
    #expect(try arguments.run().output == [0xFE, 0x0A])
  }

  @Test func feedsMoreThanAPipeHolds() throws {
    var child = command("cat")
    var generator = SeededGenerator(seed: 3)
    let bytes = generator.bytes(300_000)
    child.standardInput = bytes
    child.outputByteCountLimit = bytes.count
    #expect(try child.run().output == bytes)
    child.outputByteCountLimit = bytes.count - 1
    #expect(try child.run().ending == .wroteTooMuch)
  }

  @Test func survivesProgramsThatDoNotRead() throws {
    var child = command("true")
    child.standardInput = [UInt8](repeating: 1, count: 1 << 20)
    #expect(try child.run().isSuccess)
    var closing = command("sh", "-c", "exec <&-; sleep 0.1; exit 4")
    closing.standardInput = [UInt8](repeating: 1, count: 1 << 20)
    #expect(try closing.run().ending == .exited(status: 4))
  }

  @Test func givesAnEmptyInput() throws {
    #expect(try command("cat").run() == command("true").run())
  }

  @Test func endsWhatTakesTooLong() throws {
    var child = command("sh", "-c", "sleep 600 & sleep 600")
    child.timeLimitMilliseconds = 50
    child.hasOwnGroup = true
    #expect(try child.run().ending == .timedOut)
  }

  @Test func killsTheWholeGroupAtTheTimeLimit() throws {
    let folder = try TemporaryDirectory()
    let path = String(decoding: folder.path("beats"), as: UTF8.self)
    // The program ends when asked; what it started does not, and keeps the file locked.
    let script = "flock \(path) sh -c 'trap \"\" TERM; echo up; sleep 600' & wait"
    var child = command("sh", "-c", script)
    child.timeLimitMilliseconds = 300
    child.hasOwnGroup = true
    #expect(try child.run().ending == .timedOut)
    let stream = try {
      var child = command("sh", "-c", script)
      child.timeLimitMilliseconds = 300
      return try child.stream()
    }()
    #expect(try Self.readAll(stream) == Array("up\n".utf8))
    #expect(try stream.finish().ending == .timedOut)
    #expect(try command("flock", "-w", "10", path, "true").run().isSuccess)
  }

  private static func readAll(_ stream: ChildProcess.OutputStream) throws -> [UInt8] {
    var all: [UInt8] = []
    var step = [UInt8](repeating: 0, count: 10_000)
    while true {
      var span = step.mutableSpan
      let count = try stream.read(into: &span)
      all += step.prefix(count)
      if count < step.count { return all }
    }
  }

  @Test func handsOutputOnWhileTheProgramRuns() throws {
    let stream = try command(
      "sh", "-c", "head -c 3000000 /dev/zero; echo lost >&2; exit 7"
    ).stream()
    let bytes = try Self.readAll(stream)
    #expect(bytes.count == 3_000_000)
    let outcome = try stream.finish()
    #expect(outcome.ending == .exited(status: 7))
    #expect(outcome.errorOutput == Array("lost\n".utf8))
  }

  @Test func keepsOnlyTheFirstOfWhatAStreamingProgramComplainsOf() throws {
    var child = command("sh", "-c", "head -c 500000 /dev/zero >&2; echo out")
    child.outputByteCountLimit = 10
    let stream = try child.stream()
    #expect(try Self.readAll(stream) == Array("out\n".utf8))
    #expect(try stream.finish().errorOutput == [UInt8](repeating: 0, count: 10))
  }

  @Test func endsAProgramWhoseOutputNobodyWantsAnyMore() throws {
    let folder = try TemporaryDirectory()
    let path = String(decoding: folder.path("lock"), as: UTF8.self)
    do {
      let stream = try command("flock", path, "sh", "-c", "echo up; sleep 600").stream()
      var first = [UInt8](repeating: 0, count: 3)
      var span = first.mutableSpan
      #expect(try stream.read(into: &span) == 3)
      withExtendedLifetime(stream) {}
    }
    #expect(try command("flock", "-w", "10", path, "true").run().isSuccess)
  }

  @Test func replacesVariables() throws {
    var child = command("sh", "-c", "echo $NEW.$HOME; printenv | grep -c ^HOME=")
    child.environment = Environment.all(
      replacing: ["NEW=a=b", "HOME=/nowhere"].map { Array($0.utf8) })
    #expect(try child.run().output == Array("a=b./nowhere\n1\n".utf8))
  }

  @Test func doesNotWaitForGrandchildren() throws {
    let outcome = try command("sh", "-c", "sleep 20 & echo done").run()
    #expect(outcome.output == Array("done\n".utf8))
  }

  @Test func saysWhichSignalEndedIt() throws {
    #expect(try command("sh", "-c", "kill -9 $$").run().ending == .signalled(number: 9))
  }

  @Test func refusesWhatCannotBeStarted() {
    for arguments in [["/nonexistent"], [], [""], ["no such program"]] {
      do {
        _ = try ChildProcess(arguments: arguments.map { Array($0.utf8) }).run()
        Issue.record("something was started")
      } catch {
        // PATH may lead through folders that are closed to this user.
        #expect(error.isNotFound || error.isPermissionDenied)
      }
    }
    #expect(throws: SystemError.self) {
      _ = try ChildProcess(arguments: [Array("true".utf8), [1, 0]]).run()
    }
  }
}

@Suite("The process and its machine")
struct ProcessTests {
  @Test func findsAccountsBothWays() throws {
    #expect(try Accounts.userName(0) == Array("root".utf8))
    #expect(try Accounts.userNumber(Array("root".utf8)) == 0)
    #expect(try Accounts.groupName(0) == Array("root".utf8))
    #expect(try Accounts.groupNumber(Array("root".utf8)) == 0)
    #expect(try Accounts.userName(4_000_000_001) == nil)
    #expect(try Accounts.groupName(4_000_000_001) == nil)
    #expect(try Accounts.userNumber(Array("no such user".utf8)) == nil)
    #expect(try Accounts.groupNumber([0x72, 0]) == nil)
  }

  @Test func readsClocks() {
    let first = SystemClock.monotonicNanoseconds()
    #expect(SystemClock.monotonicNanoseconds() >= first)
    // 2026-01-01; no machine that runs this lives before.
    #expect(SystemClock.now().seconds > 1_767_225_600)
    #expect(SystemClock.now().nanoseconds < 1_000_000_000)
    _ = SystemClock.isSynchronised()
  }

  @Test func knowsItsMachine() throws {
    #expect(Machine.processorCount >= 1)
    #expect(Machine.memoryByteCount > 1 << 20)
    #expect(try !Machine.hostName().isEmpty)
    #expect(Machine.processNumber > 0)
  }

  @Test func readsArgumentsAndEnvironmentRaw() throws {
    #expect(try Environment.arguments().count == CommandLine.arguments.count)
    #expect(Environment.value("no such variable") == nil)
    let all = Environment.all()
    #expect(Environment.value("PATH").map { all.contains(Array("PATH=".utf8) + $0) } == true)
  }

  @Test func forbidsDumps() async {
    await #expect(processExitsWith: .success) {
      #expect(!ProcessGuards.areCoreDumpsForbidden)
      try ProcessGuards.forbidCoreDumps()
      #expect(ProcessGuards.areCoreDumpsForbidden)
      #expect(try ProcessGuards.raiseDescriptorLimit() >= 64)
      try ProcessPriority.lower()
    }
  }

  /// A signal is delivered to any thread, at any time after it was sent: the tests wait for it.
  @Test func remembersTheFirstSignal() async {
    await #expect(processExitsWith: .success) {
      try Interrupt.install()
      #expect(!Interrupt.isRequested)
      try sendTerminationToThisProcess()
      while !Interrupt.isRequested { SystemClock.sleep(nanoseconds: 1000) }
      #expect(Interrupt.signalNumber == 15)
      Interrupt.clear()
      #expect(Interrupt.signalNumber == nil)
    }
  }

  @Test func endsAtTheSecondSignal() async {
    await #expect(processExitsWith: .signal(15)) {
      try Interrupt.install()
      try sendTerminationToThisProcess()
      while !Interrupt.isRequested { SystemClock.sleep(nanoseconds: 1000) }
      try sendTerminationToThisProcess()
      Monitor(0).wait(forNanoseconds: 20_000_000_000) { _ -> Bool? in nil }
    }
  }

  @Test func survivesWritesThatCannotBeDone() async {
    await #expect(processExitsWith: .success) {
      ProcessGuards.ignoreWriteSignals()
      let me = "\(Machine.processNumber)"
      let kill = ["sh", "-c", "kill -PIPE \(me) && kill -XFSZ \(me)"].map { Array($0.utf8) }
      let outcome = try ChildProcess(arguments: kill).run()
      #expect(outcome.isSuccess)
    }
  }

  @Test func saysWhatIsNoTerminal() throws {
    if !Terminal.isTerminal(.input) { #expect(Terminal.columnCount(.input) == nil) }
  }

  @Test func describesErrors() {
    #expect(SystemError("openat", 2).description == "openat: No such file or directory")
    #expect(SystemError("x", 2).isNotFound && !SystemError("x", 2).exists)
    #expect(SystemError("x", 17).exists && SystemError("x", 28).isNoSpace)
    #expect(SystemError("x", 122).isNoSpace && SystemError("x", 1).isPermissionDenied)
    #expect(SystemError("x", 30).isReadOnly && SystemError("x", 40).isLoop)
    #expect(SystemError("x", 116).isUnreachable && SystemError("x", 24).isOutOfDescriptors)
    #expect([12, 23, 24, 27].allSatisfy { SystemError("x", $0).isLimit })
    #expect(!SystemError("x", 5).isLimit && !SystemError("x", 28).isLimit)
  }
}

private func sendTerminationToThisProcess() throws {
  let kill = ["sh", "-c", "kill -TERM \(Machine.processNumber)"].map { Array($0.utf8) }
  #expect(try ChildProcess(arguments: kill).run().isSuccess)
}
