internal import CLinux
internal import Glibc

extension ChildProcess {
  /// Starts the program.
  ///
  /// - Returns: Its process number.
  func spawn(input: Pipe?, output: Pipe, errors: Pipe?) throws(SystemError) -> pid_t {
    guard let program = arguments.first, !program.isEmpty else {
      throw SystemError("posix_spawnp", ENOENT)
    }
    let variables = environment ?? Environment.all()
    guard !arguments.contains(where: { $0.contains(0) }),
      !variables.contains(where: { $0.contains(0) })
    else { throw SystemError("posix_spawnp", EINVAL) }

    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    if let input {
      unsafe posix_spawn_file_actions_adddup2(&actions, input.reading.rawValue, 0)
    } else {
      unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    }
    unsafe posix_spawn_file_actions_adddup2(&actions, output.writing.rawValue, 1)
    if let errors {
      unsafe posix_spawn_file_actions_adddup2(&actions, errors.writing.rawValue, 2)
    } else if errorOutput == .discarded {
      unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    }
    // What others in this process opened without close-on-exec is not the program's either.
    unsafe shim_spawn_close_from(&actions, 3)

    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe posix_spawnattr_setsigmask(&attributes, &signals)
    for number in [SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD] {
      unsafe sigaddset(&signals, number)
    }
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    var flags = Int32(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK)
    if hasOwnGroup {
      flags |= Int32(POSIX_SPAWN_SETPGROUP)
      unsafe posix_spawnattr_setpgroup(&attributes, 0)
    }
    unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

    var process = pid_t()
    let status = unsafe Self.withCStrings(arguments) { argumentList in
      unsafe Self.withCStrings(variables) { variableList in
        guard let path = unsafe argumentList[0] else { return ENOENT }
        return unsafe posix_spawnp(
          &process, path, &actions, &attributes, argumentList, variableList)
      }
    }
    guard status == 0 else { throw SystemError("posix_spawnp", status) }
    return process
  }

  /// Lends `strings` as C has them: pointers with `nil` behind, into one run of bytes.
  private static func withCStrings(
    _ strings: [[UInt8]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Int32
  ) -> Int32 {
    var bytes: [CChar] = []
    var offsets: [Int] = []
    for string in strings {
      offsets.append(bytes.count)
      bytes.append(contentsOf: string.map { CChar(bitPattern: $0) })
      bytes.append(0)
    }
    return unsafe bytes.withUnsafeMutableBufferPointer { buffer in
      var pointers: [UnsafeMutablePointer<CChar>?] = unsafe offsets.map { offset in
        unsafe buffer.baseAddress.map { unsafe $0 + offset }
      }
      unsafe pointers.append(nil)
      return unsafe pointers.withUnsafeBufferPointer {
        guard let base = $0.baseAddress else { return ENOMEM }
        return unsafe body(base)
      }
    }
  }
}
