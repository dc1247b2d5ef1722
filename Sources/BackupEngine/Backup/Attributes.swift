import BackupFormat
import BackupSystem

/// Reads extended attributes, POSIX access control lists among them.
enum Attributes {
  /// The attributes of an open file, sorted by name.
  static func read(of file: Descriptor) throws(SystemError) -> [ExtendedAttribute] {
    let names: [[UInt8]]
    do { names = try ExtendedAttributes.names(of: file) } catch {
      if error.isUnsupported { return [] }
      throw error
    }
    guard !names.isEmpty else { return [] }
    return try collect(names) { (name) throws(SystemError) in
      try ExtendedAttributes.value(name, of: file)
    }
  }

  /// The attributes of a name that is not opened, sorted by name.
  static func read(at directory: Descriptor, _ name: [UInt8]) throws(SystemError)
    -> [ExtendedAttribute]
  {
    let names: [[UInt8]]
    do { names = try ExtendedAttributes.names(at: directory, name) } catch {
      if error.isUnsupported { return [] }
      throw error
    }
    guard !names.isEmpty else { return [] }
    return try collect(names) { (attribute) throws(SystemError) in
      try ExtendedAttributes.value(attribute, at: directory, name)
    }
  }

  private static func collect(
    _ names: [[UInt8]], _ value: ([UInt8]) throws(SystemError) -> [UInt8]
  ) throws(SystemError) -> [ExtendedAttribute] {
    var attributes: [ExtendedAttribute] = []
    for name in names {
      do {
        attributes.append(ExtendedAttribute(name: name, value: try value(name)))
      } catch {
        // Removed between list and read, or not for us to read (`trusted.*`).
        guard error.isNoAttribute || error.isPermissionDenied || error.isUnsupported else {
          throw error
        }
      }
    }
    return attributes.sorted { CataloguePath.compareNames($0.name, $1.name) < 0 }
  }
}
