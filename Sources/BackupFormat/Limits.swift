/// The limits of the format (`Docs/format.md`, section 12).
///
/// Byte counts, unless the name says otherwise.
public enum Limits {
  /// The most raw bytes in a block: 4 MiB.
  public static let rawBlockByteCount = 4 << 20
  /// What sealing adds to a block: nonce 24, tag 16, codec 1, raw length 4.
  public static let blockOverheadByteCount = 45
  /// The most bytes of a sealed block.
  public static let sealedBlockByteCount = rawBlockByteCount + blockOverheadByteCount
  /// The most bytes of a pack: 1 GiB.
  public static let packByteCount = 1 << 30
  /// The most blocks in a pack.
  public static let packBlockCount = 65_536
  /// The most run heads in a pack or an index object.
  public static let headCount = 1_024
  /// The most bytes of a pack's end: all heads, one segment a block, all blocks.
  public static let packEndByteCount =
    2 + headCount * RunHead.byteCount + 4 + packBlockCount * 10 + 4 + packBlockCount * 36 + 12
  /// One more than the largest number of a pack, which has eight digits.
  public static let packNumberEnd: UInt32 = 100_000_000
  /// The largest number of a block in its run.
  public static let blockNumberMax = UInt32.max - 1
  /// The most bytes of an index object or a chunk list: 32 MiB.
  public static let indexByteCount = 32 << 20
  /// The most bytes of a snapshot object: 128 MiB.
  public static let snapshotByteCount = 128 << 20
  /// The most raw bytes of a catalogue root: 64 MiB.
  public static let rawRootByteCount = 64 << 20
  /// The most bytes of a policy text in a catalogue root.
  public static let policyByteCount = 1 << 20
  /// The most bytes of a path.
  public static let pathByteCount = 4_096
  /// The most bytes of a name.
  public static let nameByteCount = 255
  /// The most bytes of an extended attribute's value.
  public static let attributeValueByteCount = 65_536
  /// The most bytes of key files, `FORMAT` and checkpoints.
  public static let smallTextByteCount = 65_536
  /// The most bytes of a log entry.
  public static let logEntryByteCount = 65_536
  /// The most bytes of a record or another sealed text.
  public static let sealedTextByteCount = 16 << 20
  /// The most recipients of a sealed text.
  public static let recipientCount = 64
  /// The most sources of a data set.
  public static let sourceCount = 4_096
  /// The most counters in a catalogue root.
  public static let counterCount = 256
  /// The most bytes of a data set's name.
  public static let setNameByteCount = 64
  /// The most bytes of what a bundle holds: 256 MiB.
  public static let bundleByteCount = 256 << 20
  /// The most files of a bundle.
  public static let bundleFileCount = 131_072
  /// The most bytes of a file of a bundle.
  public static let bundleFileByteCount = 16 << 20
  /// The most paths and patterns of a request to erase, together.
  public static let erasedNameCount = 4_096
  /// The most bytes of the reason of a request to erase.
  public static let erasureReasonByteCount = 4_096
  /// The most tasks of a request to erase.
  public static let erasureTaskCount = 100
  /// The most bytes of a task.
  public static let erasureTaskByteCount = 1_024
  /// The most bytes of the finding in minutes of a restore test.
  public static let findingByteCount = 16_384
  /// The most tasks in minutes of a restore test.
  public static let minutesTaskCount = 100
  /// The most bytes of one of them.
  public static let minutesTaskByteCount = 1_024
  /// The most databases in minutes of a restore test.
  public static let minutesDatabaseCount = 4_096
  /// The most bytes of a person's note.
  public static let noteByteCount = 4_096
  /// The most bytes of the name of what a note is about.
  public static let noteAboutByteCount = 64
}
