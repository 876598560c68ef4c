// swift-tools-version: 6.1

import PackageDescription

/// Language features that every Swift target is compiled with.
let features: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let flyingFox = Target.Dependency.product(name: "FlyingFox", package: "FlyingFox")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// A C target over a Debian library: no module map, no pkg-config, header edits are tracked.
func c(_ name: String, _ libraries: String...) -> Target {
  .target(name: name, linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// A Swift library target of this package; it may import only what stands on a lower floor.
func library(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: features)
}

/// The tests of one target.
func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
    swiftSettings: features)
}

let package = Package(
  name: "lockstep",
  products: [
    .executable(name: "lockstep", targets: ["lockstep"]),
    .executable(name: "lockstepd", targets: ["lockstepd"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/swhitty/FlyingFox", from: "0.27.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    // Floor 0: C shims over Debian libraries.
    c("CNcursesw", "ncursesw", "tinfo"),
    c("CCurl", "curl"),
    .target(name: "CTOML"),
    c("CSystem"),
    // Floor 1: values.
    library("Directory"),
    library("Configuration", "CTOML"),
    library("Cells"),
    // Floor 2.
    library("SyncRules", "Directory", "Configuration"),
    library("SampleDirectory", "Directory"),
    // Floor 3.
    library("SyncStore", "Directory", grdb),
    // Floor 4: connectors and the tenant.
    library("LDIFConnector", "Directory", "Configuration"),
    library("SCIMConnector", "Directory", "Configuration", "CCurl"),
    library("Tenant", "Configuration", "CSystem", grdb, flyingFox),
    // Floor 5.
    library("SyncEngine", "Directory", "Configuration", "SyncRules", "SyncStore", "CSystem"),
    // Floor 6.
    library("Terminal", "Cells", "Configuration", "CNcursesw", "CSystem"),
    library("Console", "Cells", "Directory", "SyncStore"),
    // Floor 7.
    .executableTarget(
      name: "lockstep",
      dependencies: [
        "Console", "Terminal", "Cells", "SyncStore", "Directory", "Configuration",
        "SampleDirectory", "CSystem", arguments,
      ], swiftSettings: features),
    .executableTarget(
      name: "lockstepd",
      dependencies: [
        "SyncEngine", "SyncStore", "SyncRules", "Directory", "Configuration", "LDIFConnector",
        "SCIMConnector", "Tenant", "CSystem", arguments,
      ], swiftSettings: features),
  ]
)
