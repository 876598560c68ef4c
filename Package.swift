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
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let flyingFox = Target.Dependency.product(name: "FlyingFox", package: "FlyingFox")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

/// A C target over a Debian library: no module map, no pkg-config, header edits are tracked.
func c(_ name: String, _ libraries: String..., path: String? = nil) -> Target {
  .target(name: name, path: path, linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// A Swift library target of this package; it may import only what stands on a lower floor.
func library(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: features)
}

/// A program of this package.
func program(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: features)
}

/// The tests of one target.
func tests(_ name: String, _ dependencies: Target.Dependency...) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
    swiftSettings: features)
}

/// The terminal's tests need libvterm; `LOCKSTEP_WITHOUT_VTERM=1` leaves them out where it is not.
let terminalTests: [Target] =
  Context.environment["LOCKSTEP_WITHOUT_VTERM"] != nil
  ? []
  : [
    .target(name: "CVTerm", path: "Tests/CVTerm", linkerSettings: [.linkedLibrary("vterm")]),
    .executableTarget(
      name: "TerminalProbe", dependencies: ["Terminal", "Cells"], path: "Tests/TerminalProbe",
      swiftSettings: features),
    tests(
      "Terminal", "Cells", "Configuration", "CVTerm", "CSystem", "TerminalProbe", "lockstep",
      "lockstepd"),
  ]

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
    c("CGnuTLS", "gnutls"),
    c("CExpat", "expat"),
    c("CLDAP", "ldap", "lber", "sasl2"),
    c("CNettle", "nettle"),
    c("CGSS", "gssapi_krb5", "krb5"),
    c("CSQLite", "sqlite3"),
    .target(name: "CTOML"),
    .target(name: "CSystem"),
    // Floor 1: values.
    library("Directory"),
    library("Configuration", "CTOML"),
    library("Cells"),
    library("JSON"),
    library("Secrets", "CNettle"),
    library("Threads"),
    library("Patterns"),
    // Floor 2: rules and their language, workspaces, the sample.
    library("SyncExpressions", "Directory", "Patterns"),
    library("Certificates", "SyncExpressions", "Directory", "CGnuTLS"),
    library("SyncRules", "SyncExpressions", "Directory", "Configuration"),
    library("Workspace", "Configuration", "CSystem"),
    library("PasswordSync", "Secrets", "Directory", "CNettle"),
    library("SampleDirectory", "Secrets", "Directory"),
    // Floor 3: tools for rules, the store, and HTTP.
    library(
      "EntraConfiguration", "SyncRules", "SyncExpressions", "Directory", "Configuration", "CExpat"),
    library("RuleTools", "SyncRules", "SyncExpressions", "Directory", "Configuration"),
    library("SyncStore", "Directory", "Patterns", "CSQLite", grdb, sqlite),
    library("HTTP", "Directory", "CCurl", "CSystem"),
    // Floor 4: connectors, the tenant, and why things are as they are.
    library(
      "Explanations", "Configuration", "SyncRules", "SyncExpressions", "SyncStore", "Directory"),
    library("LDIFConnector", "PasswordSync", "Secrets", "Directory"),
    library("SCIMConnector", "Directory", "JSON", "HTTP"),
    library("GraphConnector", "PasswordSync", "Secrets", "Directory", "JSON", "HTTP", "CGnuTLS"),
    library(
      "LDAPConnector", "PasswordSync", "Secrets", "Directory", "Threads", "CLDAP", "CGnuTLS",
      "CGSS",
      "CSystem"),
    library(
      "DirectoryReplication", "PasswordSync", "Secrets", "Directory", "Configuration", "Threads",
      "CNettle", "CGSS"),
    library("Tenant", "PasswordSync", "Secrets", "JSON", "CGnuTLS", "CSystem", grdb, flyingFox),
    // Floor 5: the engine.
    library(
      "SyncEngine", "PasswordSync", "Secrets", "Directory", "SyncRules", "SyncExpressions",
      "Certificates", "SyncStore", "RuleTools", "Configuration", "CSystem"),
    // Floor 6: the console and its terminal.
    library("Terminal", "Cells", "Configuration", "CNcursesw", "CSystem"),
    library("Console", "Cells", "Directory", "SyncStore"),
    // Floor 7: the programs.
    program(
      "lockstep", "Console", "Explanations", "Terminal", "Cells", "SyncStore", "SyncRules",
      "RuleTools", "Secrets", "Directory", "Configuration", "Workspace", "SampleDirectory",
      "CSystem", arguments),
    program(
      "lockstepd", "SyncEngine", "SyncStore", "SyncRules", "Directory", "Configuration",
      "SyncExpressions", "Certificates", "EntraConfiguration", "RuleTools", "Workspace",
      "LDIFConnector", "LDAPConnector", "SCIMConnector", "GraphConnector", "DirectoryReplication",
      "PasswordSync", "Secrets", "Tenant", "Cells", "CSystem", arguments),
    program(
      "Benchmarks", "SyncEngine", "SyncStore", "SyncRules", "EntraConfiguration", "Directory",
      "LDIFConnector", "LDAPConnector", "SCIMConnector", "GraphConnector", "DirectoryReplication",
      "PasswordSync", "Secrets", "Configuration", "SampleDirectory", "Tenant", "HTTP", "JSON",
      "CSystem"),
    // Tests.
    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: features),
    tests("Directory"),
    tests("Configuration"),
    tests("Cells"),
    tests("JSON"),
    tests("Secrets"),
    tests("Threads"),
    tests("Patterns"),
    .target(name: "ProgramTesting", path: "Tests/ProgramTesting", swiftSettings: features),
    c("CSecretScan", path: "Tests/CSecretScan"),
    .target(
      name: "SecretScanning", dependencies: ["CSecretScan", "ProgramTesting", "Secrets"],
      path: "Tests/SecretScanning", swiftSettings: features),
    tests("SecretScanning", "ProgramTesting", "Secrets"),
    tests("PasswordSync", "SecretScanning", "Secrets", "Directory"),
    tests("SyncExpressions", "Directory"),
    tests("Certificates", "SyncExpressions", "Directory", "CGnuTLS"),
    tests("SyncRules", "SyncExpressions", "Directory", "Configuration"),
    tests("EntraConfiguration", "SyncRules", "SyncExpressions", "Directory", "Configuration"),
    tests(
      "RuleTools", "EntraConfiguration", "SyncRules", "SyncExpressions", "Directory",
      "Configuration"),
    tests("Workspace", "Configuration", "CSystem"),
    tests("SampleDirectory", "Secrets", "Directory"),
    tests("SyncStore", "Directory", grdb),
    tests("Explanations", "Configuration", "SyncRules", "SyncStore", "Directory"),
    tests("LDIFConnector", "SecretScanning", "PasswordSync", "Secrets", "Directory"),
    .target(
      name: "HTTPTesting", dependencies: ["CGnuTLS"], path: "Tests/HTTPTesting",
      swiftSettings: features),
    tests("HTTP", "Directory", "HTTPTesting"),
    tests(
      "GraphConnector", "PasswordSync", "Secrets", "Directory", "JSON", "HTTP", "HTTPTesting",
      "Tenant", "CGnuTLS"),
    tests("SCIMConnector", "Directory", "JSON", "HTTP", "HTTPTesting", "ProgramTesting", "Tenant"),
    tests(
      "LDAPConnector", "SyncEngine", "SyncStore", "SyncRules", "PasswordSync", "Secrets",
      "SecretScanning", "Directory", "Configuration", "CSystem", "CGnuTLS", "CGSS",
      "ProgramTesting", "SambaTesting", "lockstepd"),
    .target(
      name: "SambaTesting", dependencies: ["ProgramTesting"], path: "Tests/SambaTesting",
      swiftSettings: features),
    tests(
      "DirectoryReplication", "SyncEngine", "SyncStore", "SyncRules", "LDAPConnector",
      "SCIMConnector", "GraphConnector", "Tenant", "HTTP", "JSON", "SecretScanning", "PasswordSync",
      "Secrets", "Directory", "Configuration", "SambaTesting"),
    tests("Tenant", "PasswordSync", "Secrets", "JSON", "ProgramTesting", "CGnuTLS", grdb),
    tests(
      "SyncEngine", "PasswordSync", "Secrets", "Explanations", "SyncStore", "SyncRules",
      "SyncExpressions",
      "EntraConfiguration", "RuleTools", "Directory", "Configuration", "LDIFConnector",
      "SCIMConnector", "GraphConnector", "HTTP", "HTTPTesting", "JSON", "Tenant", "SampleDirectory",
      grdb),
    .target(
      name: "Simulation",
      dependencies: ["SyncEngine", "SyncStore", "SyncRules", "Directory", "TestSupport"],
      path: "Tests/Simulation", swiftSettings: features),
    .executableTarget(
      name: "simulate", dependencies: ["Simulation", arguments], path: "Tests/SimulateProgram",
      swiftSettings: features),
    tests("Simulation", "ProgramTesting", "simulate"),
    tests("Console", "Cells", "Directory", "SyncStore"),
    .testTarget(
      name: "CommandLineTests",
      dependencies: [
        "lockstep", "lockstepd", "Console", "SyncEngine", "SyncStore", "SyncRules", "LDIFConnector",
        "SCIMConnector", "Tenant", "Directory", "Configuration", "SyncExpressions",
        "EntraConfiguration", "RuleTools", "GraphConnector", "LDAPConnector", "PasswordSync",
        "DirectoryReplication", "Secrets", "SecretScanning", "ProgramTesting", "SambaTesting",
        "SampleDirectory", "Workspace", "Cells", "CSystem", "HTTPTesting", "TestSupport", arguments,
      ], swiftSettings: features),
  ] + terminalTests
)
