import BackupSystem
import BackupTestSupport
import Synchronization
import Testing

@testable import BackupStorage

@Suite("What a barrier synchronises")
struct ChangedFoldersTests {
  private let packs = ["packs"]
  private let run = ["packs", "0a"]
  private let root: [String] = []

  @Test func takesAFolderAndAllAboveAtFirst() {
    var folders = ChangedFolders()
    folders.noteName(in: run)
    #expect(folders.take().changed == [run, packs, root])
    #expect(folders.changed.isEmpty)
  }

  @Test func trustsTheFoldersAboveAfterABarrier() {
    var folders = ChangedFolders()
    folders.noteName(in: run)
    folders.prove(folders.take())
    folders.noteName(in: run)
    #expect(folders.take().changed == [run])
  }

  @Test func trustsNothingAfterABarrierThatFailed() {
    var folders = ChangedFolders()
    folders.noteName(in: run)
    folders.putBack(folders.take())
    #expect(folders.changed == [run, packs, root])
  }

  @Test func trustsNoFolderThatWasMadeAgain() {
    var folders = ChangedFolders()
    folders.noteName(in: run)
    folders.prove(folders.take())
    folders.noteFolder(run)
    #expect(folders.changed == [packs])
    folders.noteName(in: run)
    #expect(folders.changed == [packs, run])
    folders.prove(folders.take())
    folders.noteName(in: run)
    #expect(folders.changed == [run])
  }

  /// The folder was removed and made again while the barrier was at work.
  @Test func trustsNoFolderThatWasMadeAgainMeanwhile() {
    var folders = ChangedFolders()
    folders.noteName(in: run)
    let taken = folders.take()
    folders.noteFolder(run)
    folders.prove(taken)
    folders.noteName(in: run)
    #expect(folders.take().changed == [run, packs])
  }

  @Test func storageNotesWhatItFindsAndWhatItRemoves() throws {
    let folder = try TemporaryDirectory()
    let key = StorageKey(literal: "packs/0a/1")
    _ = try FolderStorage(path: folder.path).put(key, [1].span)
    // Another process made it and may have crashed before its barrier.
    let storage = try FolderStorage(path: folder.path)
    func changed() -> Set<[String]> { storage.changedFolders.withLock { $0.changed } }
    #expect(try storage.put(key, [1].span) == .exists)
    #expect(changed() == [run, packs, root])
    try storage.barrier()
    #expect(changed().isEmpty)
    try storage.replace(key, with: [2].span)
    #expect(changed() == [run])
    try storage.barrier()
    try storage.remove(key)
    #expect(changed() == [run, packs])
    try storage.barrier()
    #expect(changed().isEmpty)
    try storage.remove(key)
    #expect(changed().isEmpty)
  }
}
