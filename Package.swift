// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "nightsafe",
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
  ],
  targets: [
    // What the repository's bytes mean. No input, no output, no cryptography, no `unsafe`.
    .target(name: "BackupFormat"),
    // Keys and what is done with them; the only code that calls OpenSSL and swift-crypto.
    .target(
      name: "BackupCrypto",
      dependencies: ["COpenSSL", .product(name: "Crypto", package: "swift-crypto")]),
    // Compression by zlib and zstd with a limit on what comes out.
    .target(name: "BackupCompression", dependencies: ["CZlib", "CZstd"]),
    // What policy.json asks for; nights, rules of paths, the plan of rotation. No I/O.
    .target(name: "BackupPolicy"),
    // Seals and opens one object. The verifier does not link it.
    .target(
      name: "BackupObjects", dependencies: ["BackupFormat", "BackupCrypto", "BackupCompression"]),
    // The only code that calls Linux.
    .target(name: "BackupSystem", dependencies: ["CLinux"]),
    // Where objects are kept: a folder, memory.
    .target(name: "BackupStorage", dependencies: ["BackupSystem"]),
    // Entries, roles, validity, what is live: one answer for engine and verifier.
    .target(name: "BackupLog", dependencies: ["BackupFormat", "BackupCrypto", "BackupStorage"]),
    // Key files, passphrases and the recovery sheet: text in, keys out. No I/O.
    .target(name: "BackupKeys", dependencies: ["BackupFormat", "BackupCrypto", "BackupLog"]),
    // Scan, chunk, pipeline, index, restore, rotation.
    .target(
      name: "BackupEngine",
      dependencies: [
        "BackupFormat", "BackupCrypto", "BackupKeys", "BackupLog", "BackupObjects",
        "BackupPolicy", "BackupStorage", "BackupSystem",
      ]),
    // Arguments, words for people, exit codes.
    .executableTarget(
      name: "nightsafe",
      dependencies: [
        "BackupCrypto", "BackupEngine", "BackupFormat", "BackupKeys", "BackupLog",
        "BackupObjects", "BackupPolicy", "BackupStorage", "BackupSystem",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "BackupFormatTests", dependencies: ["BackupFormat"]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COpenSSL"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CZstd"),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ]
  if target.type != .test { target.swiftSettings?.append(.strictMemorySafety()) }
}
