// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the product's build knows nothing of libFuzzer: its folders are links to the
// product's sources, and everything is compiled once more with coverage. `Scripts/fuzz` builds it.
let package = Package(
  name: "fuzzing",
  dependencies: [
    .package(url: "https://github.com/apple/swift-crypto.git", exact: "4.5.2")
  ],
  targets: [
    .executableTarget(name: "Fuzzer", dependencies: ["FuzzTargets"], path: "Fuzzer"),
    .target(
      name: "FuzzTargets",
      dependencies: [
        "BackupCompression", "BackupCrypto", "BackupEngine", "BackupFormat", "BackupKeys",
        "BackupLog", "BackupObjects", "BackupPolicy", "BackupRecord", "BackupStorage",
        "BackupSystem", "BackupTestSupport", "BackupVerifier",
      ], path: "Targets"),
    .target(
      name: "BackupTestSupport", dependencies: ["BackupFormat", "BackupStorage", "BackupSystem"],
      path: "Support"),
    .target(
      name: "BackupEngine",
      dependencies: [
        "BackupCrypto", "BackupDatabase", "BackupFormat", "BackupKeys", "BackupLog",
        "BackupObjects", "BackupPolicy", "BackupStorage", "BackupSystem",
      ]),
    .target(
      name: "BackupVerifier",
      dependencies: [
        "BackupCrypto", "BackupFormat", "BackupLog", "BackupPolicy", "BackupStorage",
        "BackupSystem",
      ]),
    .target(
      name: "BackupRecord",
      dependencies: ["BackupCrypto", "BackupFormat", "BackupKeys", "BackupLog", "BackupPolicy"]),
    .target(
      name: "BackupObjects", dependencies: ["BackupCompression", "BackupCrypto", "BackupFormat"]),
    .target(name: "BackupKeys", dependencies: ["BackupCrypto", "BackupFormat", "BackupLog"]),
    .target(
      name: "BackupLog",
      dependencies: ["BackupCrypto", "BackupFormat", "BackupStorage", "BackupSystem"]),
    .target(name: "BackupStorage", dependencies: ["BackupSystem"]),
    .target(name: "BackupCompression", dependencies: ["CZlib", "CZstd"]),
    .target(name: "BackupDatabase", dependencies: ["CSQLite"]),
    .target(
      name: "BackupCrypto",
      dependencies: ["COpenSSL", .product(name: "Crypto", package: "swift-crypto")]),
    .target(name: "BackupSystem", dependencies: ["CLinux"]),
    .target(name: "BackupPolicy"),
    .target(name: "BackupFormat"),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "COpenSSL"),
    .systemLibrary(name: "CSQLite"),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CZstd"),
  ],
  swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
  ]
}
