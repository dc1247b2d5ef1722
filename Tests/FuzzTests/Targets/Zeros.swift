import BackupFormat

/// Ids of nothing but zeros, for parsers that are told of which repository an input is.
enum Zeros {
  static let repository: RepositoryID = make { RepositoryID($0) }
  static let digest: Digest = make { Digest($0) }

  private static func make<ID>(_ read: ([UInt8]) -> ID?) -> ID {
    guard let id = read([UInt8](repeating: 0, count: 32)) else {
      preconditionFailure("32 bytes are an id")
    }
    return id
  }
}
