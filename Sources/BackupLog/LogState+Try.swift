extension LogState {
  /// What the rules of the log would say of a statement as the next entry, which is not appended;
  /// nil if it would count.
  ///
  /// What it names is not looked at in the store, so this is not for statements that publish.
  ///
  /// - Throws: ``LogError/crypto(_:)``.
  public func reasonAgainst(
    _ predicate: Predicate, by signer: Signer, time: LogTime
  ) throws(LogError) -> VoidReason? {
    let entry = PreparedEntry(
      StoredEntry(try sign([Draft(predicate)], by: signer, time: time)), in: repository)
    switch examine(entry) {
    case .void(let reason): return reason
    case .statements(let statements):
      for statement in statements {
        if let reason = judge(statement, Contents(), EntryPlace(number: size)) { return reason }
      }
      return nil
    }
  }
}
