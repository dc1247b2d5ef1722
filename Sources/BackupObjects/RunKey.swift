public import BackupCrypto
public import BackupFormat

/// A run's content key and the head that carries it.
///
/// It lives in one process: it is drawn, sealed once to the data set, and wiped with the process.
public struct RunKey: Sendable {
  /// What goes into packs, index objects and the snapshot object.
  public let head: RunHead
  /// The key of everything that the run seals.
  public let contentKey: SecretKey

  /// The key of the run's chunk ids in a data set that deduplicates unchanged files only: whoever
  /// has the set secret, but not this run's content key, can't test guesses by it.
  public static func chunkIDKey(of contentKey: SecretKey) throws(ObjectError) -> SecretKey {
    do { return try contentKey.derive(info: "nightsafe chunk id v1") } catch { throw .unavailable }
  }

  private static func info(_ repository: RepositoryID, _ set: SetID, _ run: RunID) -> [UInt8] {
    [UInt8]("nightsafe run v1".utf8) + repository.bytes + set.bytes + run.bytes
  }

  private static func commitment(_ key: SecretKey) -> [UInt8] {
    HMACSHA256.authenticate([UInt8]("nightsafe commit".utf8).span, key: key)
  }

  /// Draws a content key for a new run and seals it.
  public static func draw(
    repository: RepositoryID, set: SetID, setPublicKey: [UInt8], run: RunID
  ) throws(ObjectError) -> RunKey {
    do {
      let key = try SecretKey.random()
      var exposed = key.exposedBytes()
      defer { wipe(&exposed) }
      let envelope = try HPKEXWing.seal(
        exposed, to: setPublicKey, info: info(repository, set, run))
      guard let commitment = Digest(commitment(key)) else { throw ObjectError.unavailable }
      return RunKey(
        head: RunHead(run: run, set: set, envelope: envelope, commitment: commitment),
        contentKey: key)
    } catch {
      throw .unavailable
    }
  }

  /// Opens the head of a run with the private key of its data set.
  ///
  /// - Throws: ``ObjectError/wrongKey`` if the envelope does not open;
  ///   ``ObjectError/authenticationFailed`` if the key is not the one committed to.
  public static func open(
    _ head: RunHead, with privateKey: XWingPrivateKey, repository: RepositoryID
  ) throws(ObjectError) -> RunKey {
    var bytes: [UInt8]
    do {
      bytes = try HPKEXWing.open(
        head.envelope, with: privateKey, info: info(repository, head.set, head.run))
    } catch {
      throw .wrongKey
    }
    defer { wipe(&bytes) }
    let key: SecretKey
    do { key = try SecretKey(copying: bytes.span) } catch { throw .malformed(.outOfRange(.key)) }
    guard ConstantTime.areEqual(commitment(key).span, head.commitment.bytes.span) else {
      throw .authenticationFailed
    }
    return RunKey(head: head, contentKey: key)
  }
}
