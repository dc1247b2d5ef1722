import ArgumentParser
import BackupEngine
import BackupObjects

/// Yardsticks for `Scripts/bench` and `Scripts/bench-growth`: no part of a backup.
struct MeasureGroup: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "measure", abstract: "Measure what this machine can do.", shouldDisplay: false,
    subcommands: [MeasureLimit.self, MeasureIndex.self])
}

struct MeasureLimit: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "limit",
    abstract: "Do with a folder what a first backup must, and nothing else.",
    discussion: """
      Every byte is read, cut and named, each new one compressed, sealed and hashed, on every \
      processor. Nothing is written. With --opened each block is opened again, and its chunks \
      compared with their ids, as the night's self-check does.
      """)

  @Argument(help: "A folder or a file.")
  var folder: String
  @Option(help: "The level of zstd.")
  var level = 3
  @Option(help: "The average length of chunks in KiB, a power of two from 1 to 1024.")
  var chunk = 256
  @Option(help: "The length of blocks in KiB, from 64 to 4096.")
  var block = 2048
  @Flag(help: "Open each sealed block again.")
  var opened = false

  func validate() throws {
    guard 1...19 ~= level else { throw ValidationError("--level: 1 to 19") }
    _ = try lengths()
  }

  private func lengths() throws -> MachineLimit.Lengths {
    guard 1...4096 ~= chunk, 1...4096 ~= block,
      let lengths = MachineLimit.Lengths(chunkAverage: chunk << 10, block: block << 10)
    else {
      throw ValidationError(
        "--chunk: a power of two from 1 to 1024; --block: from 64 to 4096")
    }
    return lengths
  }

  func run() throws {
    let limit = try MachineLimit(
      compression: .zstd(level: level), lengths: try lengths(), opensAgain: opened)
    let outcome = try limit.execute(try Places.absolute([UInt8](folder.utf8)))
    JSON.print([
      ("read", .count(outcome.readByteCount)), ("new", .count(outcome.newByteCount)),
      ("sealed", .count(outcome.sealedByteCount)), ("opened", .count(outcome.openedByteCount)),
    ])
  }
}

struct MeasureIndex: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "index", abstract: "Make a chunk index of made-up chunks, and ask it.",
    discussion: "It takes 48 bytes a chunk in FOLDER, which must be empty, and is removed again.")

  @Argument(help: "How many chunks.")
  var count: Int
  @Argument(help: "An empty folder.")
  var folder: String

  func validate() throws {
    guard 1...1_000_000_000 ~= count else { throw ValidationError("COUNT: 1 to 1000000000") }
  }

  func run() throws {
    let outcome = try IndexTrial.run(
      chunkCount: count, in: try Places.absolute([UInt8](folder.utf8)))
    JSON.print([
      ("chunks", .number(Int64(outcome.chunkCount))), ("bytes", .count(outcome.byteCount)),
      ("openNanoseconds", .count(outcome.openNanoseconds)),
      ("hitNanoseconds", .count(outcome.hitNanoseconds)),
      ("missNanoseconds", .count(outcome.missNanoseconds)),
    ])
  }
}
