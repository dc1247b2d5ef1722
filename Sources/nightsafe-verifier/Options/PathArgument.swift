internal import ArgumentParser
internal import BackupFormat
internal import BackupSystem

/// A path as it was given; it need not be text.
struct PathArgument: ExpressibleByArgument, CustomStringConvertible {
  let bytes: [UInt8]

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  init(argument: String) { bytes = RawArguments.bytes(argument) }

  /// The path for people.
  var description: String { PathText.shown(bytes) }
}
