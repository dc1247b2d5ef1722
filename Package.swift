// swift-tools-version: 6.2
import PackageDescription

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
  name: "nightsafe",
  products: [
    .executable(name: "nightsafe", targets: ["nightsafe"]),
    .executable(name: "nightsafe-verifier", targets: ["nightsafe-verifier"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2"),
  ],
  targets: [
    // Arguments, words for people, exit codes.
    .executableTarget(
      name: "nightsafe",
      dependencies: [
        "BackupCrypto", "BackupDatabase", "BackupEngine", "BackupFormat", "BackupKeys",
        "BackupLog", "BackupObjects", "BackupPolicy", "BackupRecord", "BackupStorage",
        "BackupSystem", "BackupVerifier", argumentParser,
      ]),
    // The same for those who hold public keys only; links neither engine nor object opener.
    .executableTarget(
      name: "nightsafe-verifier",
      dependencies: [
        "BackupCrypto", "BackupFormat", "BackupKeys", "BackupLog", "BackupPolicy", "BackupRecord",
        "BackupStorage", "BackupSystem", "BackupVerifier", argumentParser,
      ],
      // Links to Docs: what a bundle holds besides what is in the repository.
      resources: [
        .embedInCode("Resources/record.schema.json"),
        .embedInCode("Resources/verification.schema.json"),
        .embedInCode("Resources/log.schema.json"),
        .embedInCode("Resources/incidents.schema.json"),
        .embedInCode("Resources/format.md"),
      ]),

    // Scan, chunk, pipeline, index, restore, rotation, and the checks that need a key.
    .target(
      name: "BackupEngine",
      dependencies: [
        "BackupCrypto", "BackupDatabase", "BackupFormat", "BackupKeys", "BackupLog",
        "BackupObjects", "BackupPolicy", "BackupStorage", "BackupSystem",
      ]),
    // Reads a repository as a stranger would, with public keys only, and returns what it found.
    .target(
      name: "BackupVerifier",
      dependencies: [
        "BackupCrypto", "BackupFormat", "BackupLog", "BackupPolicy", "BackupStorage",
        "BackupSystem",
      ]),
    // The compliance record, its editions and renderings. No I/O.
    .target(
      name: "BackupRecord",
      dependencies: ["BackupCrypto", "BackupFormat", "BackupKeys", "BackupLog", "BackupPolicy"]),

    // Seals and opens one object. The verifier does not link it.
    .target(
      name: "BackupObjects", dependencies: ["BackupCompression", "BackupCrypto", "BackupFormat"]),
    // Key files, passphrases and the recovery sheet: text in, keys out. No I/O.
    .target(name: "BackupKeys", dependencies: ["BackupCrypto", "BackupFormat", "BackupLog"]),
    // Entries, roles, validity, what is live: one answer for engine and verifier.
    .target(
      name: "BackupLog",
      dependencies: ["BackupCrypto", "BackupFormat", "BackupStorage", "BackupSystem"]),
    // Where objects are kept: a folder, memory.
    .target(name: "BackupStorage", dependencies: ["BackupSystem"]),

    // Compression by zlib and zstd with a limit on what comes out; the only code that calls them.
    .target(name: "BackupCompression", dependencies: ["CZlib", "CZstd"]),
    // SQLite databases, copied while in use and checked; the only code that calls SQLite.
    .target(name: "BackupDatabase", dependencies: ["CSQLite"]),
    // Keys and what is done with them; the only code that calls OpenSSL and swift-crypto.
    .target(
      name: "BackupCrypto",
      dependencies: ["COpenSSL", .product(name: "Crypto", package: "swift-crypto")]),
    // Files, directories, threads, processes; the only code that calls Linux.
    .target(name: "BackupSystem", dependencies: ["CLinux"]),
    // What policy.json asks for; nights, rules of paths, the plan of rotation. No I/O.
    .target(name: "BackupPolicy"),
    // What the repository's bytes mean. No input, no output, no cryptography, no `unsafe`.
    .target(name: "BackupFormat"),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COpenSSL"),
    .systemLibrary(name: "CSQLite"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CZstd"),

    // What tests of several targets share.
    .target(
      name: "BackupTestSupport", dependencies: ["BackupFormat", "BackupStorage", "BackupSystem"],
      path: "Tests/BackupTestSupport"),
    // A repository with keys, a source and a clock, for tests of engine and verifier.
    .target(
      name: "EngineTestSupport",
      dependencies: [
        "BackupCrypto", "BackupEngine", "BackupFormat", "BackupKeys", "BackupLog",
        "BackupObjects", "BackupPolicy", "BackupStorage", "BackupSystem", "BackupTestSupport",
      ],
      path: "Tests/EngineTestSupport"),
    .testTarget(
      name: "BackupEngineTests",
      dependencies: [
        "BackupCrypto", "BackupDatabase", "BackupEngine", "BackupFormat", "BackupKeys", "BackupLog",
        "BackupObjects", "BackupPolicy", "BackupStorage", "BackupSystem", "BackupTestSupport",
        "BackupVerifier", "EngineTestSupport",
      ]),
    .testTarget(
      name: "BackupVerifierTests",
      dependencies: [
        "BackupCrypto", "BackupEngine", "BackupFormat", "BackupKeys", "BackupLog",
        "BackupObjects", "BackupPolicy", "BackupStorage", "BackupSystem", "BackupTestSupport",
        "BackupVerifier", "EngineTestSupport",
      ]),
    .testTarget(name: "BackupFormatTests", dependencies: ["BackupFormat", "BackupTestSupport"]),
    .testTarget(
      name: "BackupObjectsTests",
      dependencies: [
        "BackupCompression", "BackupCrypto", "BackupFormat", "BackupObjects", "BackupTestSupport",
      ]),
    .testTarget(
      name: "BackupKeysTests",
      dependencies: [
        "BackupCrypto", "BackupFormat", "BackupKeys", "BackupLog", "BackupTestSupport",
      ]),
    .testTarget(name: "BackupPolicyTests", dependencies: ["BackupPolicy"]),
    .testTarget(
      name: "BackupDatabaseTests",
      dependencies: ["BackupDatabase", "BackupSystem", "BackupTestSupport"]),
    .testTarget(name: "BackupCompressionTests", dependencies: ["BackupCompression"]),
    .testTarget(
      name: "BackupCryptoTests", dependencies: ["BackupCrypto", "BackupTestSupport", "COpenSSL"]),
    .testTarget(name: "BackupSystemTests", dependencies: ["BackupSystem", "BackupTestSupport"]),
    .testTarget(
      name: "BackupStorageTests",
      dependencies: ["BackupStorage", "BackupSystem", "BackupTestSupport"]),
    .testTarget(
      name: "BackupRecordTests",
      dependencies: [
        "BackupCrypto", "BackupFormat", "BackupKeys", "BackupLog", "BackupPolicy", "BackupRecord",
        "BackupStorage", "BackupSystem", "BackupTestSupport",
      ]),
    // What Scripts/fuzz runs, over kept inputs; Tests/Fuzzing builds the same functions with libFuzzer.
    .testTarget(
      name: "FuzzTests",
      dependencies: [
        "BackupCompression", "BackupCrypto", "BackupEngine", "BackupFormat", "BackupKeys",
        "BackupLog", "BackupObjects", "BackupPolicy", "BackupRecord", "BackupStorage",
        "BackupSystem", "BackupTestSupport", "BackupVerifier",
      ], exclude: ["Corpus", "Crashers"]),
    // Runs the built executables as people and cron do, and compares what they say.
    .testTarget(
      name: "EndToEndTests",
      dependencies: [
        "nightsafe", "nightsafe-verifier", "BackupCrypto", "BackupFormat", "BackupKeys",
        "BackupLog", "BackupObjects", "BackupRecord", "BackupSystem", "BackupTestSupport",
      ]),
    .testTarget(
      name: "BackupLogTests",
      dependencies: [
        "BackupCrypto", "BackupFormat", "BackupLog", "BackupStorage", "BackupTestSupport",
      ]),
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
