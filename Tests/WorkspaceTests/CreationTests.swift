import Configuration
import Foundation
import Testing

@testable import Workspace

@Suite("Making a workspace")
struct CreationTests {
  /// Calls `body` with a folder that is removed afterwards.
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "workspace-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }

  @Test("A tenant's token is made where it is missing, for its owner alone, and stays then")
  func tenantToken() throws {
    let folder = NSTemporaryDirectory() + "token-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/tenant.token"
    try TenantToken.make(file)
    let token = try String(contentsOfFile: file, encoding: .utf8)
    #expect(token.count == 65 && token.hasSuffix("\n"))
    let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    try TenantToken.make(file)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == token)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["tenant.token"])
    // Another account's folder gets nothing; who reads the token says that it is missing.
    try FileManager.default.removeItem(atPath: file)
    guard geteuid() == 0 else { return }
    chown(folder, 65_534, 65_534)
    try TenantToken.make(file)
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  @Test("What is made can be opened")
  func opens() throws {
    try withFolder { folder in
      try WorkspaceCreation(folder: folder).make(rules: "# none", token: "secret")
      let workspace = try Workspace.open(folder)
      #expect(workspace.settings.connectors.map(\.name) == ["contoso.test", "tenant"])
      #expect(workspace.settings.tenant?.port == 0)
      #expect(workspace.leaseFile == folder + "/engine.lock")
    }
  }

  @Test("Folders and files are for their owner only")
  func modes() throws {
    try withFolder { folder in
      try WorkspaceCreation(folder: folder).make(rules: "# none", token: "secret")
      #expect(try mode(folder) == 0o700)
      #expect(try mode(folder + "/tenant.token") == 0o600)
      #expect(try mode(folder + "/lockstep.toml") == 0o600)
      let token = try SecretReference(.file("tenant.token")).resolve(relativeTo: folder)
      #expect(token.withValue { $0 } == "secret")
    }
  }

  @Test("What is there stays as it is")
  func keeps() throws {
    try withFolder { folder in
      let creation = WorkspaceCreation(folder: folder)
      try creation.make(rules: "# mine", token: "first")
      try creation.make(rules: "# other", token: "second")
      let rules = try String(contentsOfFile: folder + "/rules/standard.toml", encoding: .utf8)
      #expect(rules == "# mine")
      let token = try String(contentsOfFile: folder + "/tenant.token", encoding: .utf8)
      #expect(token == "first\n")
    }
  }

  @Test("A demonstration with rules of a person's own gets no others beside them")
  func keepsOwnRules() throws {
    try withFolder { folder in
      let creation = WorkspaceCreation(folder: folder)
      try creation.make(rules: "# standard", examples: "# examples", token: "first")
      let rules = folder + "/rules/"
      try FileManager.default.moveItem(
        atPath: rules + "standard.toml", toPath: rules + "standard.toml.old1")
      try "# imported".write(toFile: rules + "imported.toml", atomically: true, encoding: .utf8)
      unlink(rules + "tests/standard.toml")
      let before = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      try creation.make(rules: "# standard", examples: "# examples", token: "second") { _ in
        Issue.record("the content is there")
      }
      #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == before)
    }
  }

  @Test("What a script made for a demonstration gets rules, and no content beside its directory")
  func completes() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try (WorkspaceCreation.mark + "\n").write(
        toFile: folder + "/lockstep.toml", atomically: true, encoding: .utf8)
      try WorkspaceCreation(folder: folder).make(rules: "# standard", token: "x") { _ in
        Issue.record("it has a directory")
      }
      #expect(
        try FileManager.default.subpathsOfDirectory(atPath: folder).sorted() == [
          "lockstep.toml", "rules", "rules/standard.toml", "tenant.token",
        ])
    }
  }

  @Test("No demonstration is made of another workspace")
  func refusesOthers() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      for text in ["# Ours\n", "", WorkspaceCreation.mark + " Not.\n"] {
        try text.write(toFile: folder + "/lockstep.toml", atomically: true, encoding: .utf8)
        let error = #expect(throws: WorkspaceError.self) {
          try WorkspaceCreation(folder: folder).make(rules: "# standard", token: "x")
        }
        #expect(error?.status == .usage && error?.hint.contains("--workspace") == true)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["lockstep.toml"])
      }
    }
  }

  @Test("A demonstration that was interrupted while its content was written is made anew")
  func interrupted() throws {
    try withFolder { folder in
      struct Interruption: Error {}
      let creation = WorkspaceCreation(folder: folder)
      func make(fails: Bool) throws {
        try creation.make(rules: "# standard", token: "x") { draft in
          try Data("dn: x\n".utf8).write(to: URL(fileURLWithPath: draft + "/directory.ldif"))
          if fails { throw Interruption() }
        }
      }
      #expect(throws: Interruption.self) { try make(fails: true) }
      #expect(!creation.exists)
      #expect(!FileManager.default.fileExists(atPath: creation.contentFile))
      try make(fails: false)
      #expect(creation.exists)
      #expect(FileManager.default.fileExists(atPath: creation.contentFile))
      #expect(!FileManager.default.fileExists(atPath: creation.contentFolder + ".new"))
    }
  }

  @Test("Starting afresh removes what was made, and leaves what was not")
  func clears() throws {
    try withFolder { folder in
      let creation = WorkspaceCreation(folder: folder)
      try creation.make(rules: "# none", token: "secret")
      for name in [
        "store.sqlite", "store.sqlite.mark", "store.sqlite.before-40", "notes.txt",
        "changes/demo-0001.ldif", "changes/own.ldif",
      ] {
        try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
      }
      try creation.clear()
      #expect(!creation.exists)
      let left = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      #expect(left == ["changes", "changes/own.ldif", "directory", "notes.txt", "rules"])
    }
  }

  @Test("A workspace that a person made is not cleared")
  func refusesForeign() throws {
    try withFolder { folder in
      let creation = WorkspaceCreation(folder: folder)
      try creation.make(rules: "# none", token: "secret")
      let file = folder + "/lockstep.toml"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      try ("# Ours\n" + text).write(toFile: file, atomically: true, encoding: .utf8)
      #expect(throws: WorkspaceError.self) { try creation.clear() }
      #expect(FileManager.default.fileExists(atPath: folder + "/tenant.token"))
    }
  }

  @Test("Change files are numbered on")
  func changeNumbers() throws {
    try withFolder { folder in
      let creation = WorkspaceCreation(folder: folder)
      try creation.make(rules: "# none", token: "secret")
      #expect(creation.nextChange.path.hasSuffix("/changes/demo-0001.ldif"))
      try Data().write(to: URL(fileURLWithPath: creation.nextChange.path))
      #expect(creation.nextChange.number == 2)
      for name in ["9999", "10000", "own"] {
        try Data().write(to: URL(fileURLWithPath: creation.changesFolder + "/demo-\(name).ldif"))
      }
      #expect(creation.nextChange.number == 10_001)
    }
  }

  @Test("A configuration that is there and can't be read is not told as one that is not there")
  func unreadable() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/lockstep.toml", withIntermediateDirectories: true)
      let error = #expect(throws: ConfigurationError.self) { try Workspace.open(folder) }
      #expect(error?.message.contains("it is a folder") == true)
      #expect(error?.hint == "name a file")
    }
  }

  @Test("What can't be written is told in the system's words, and leaves no draft")
  func unwritable() throws {
    try withFolder { folder in
      // A folder where the file would be made first.
      try FileManager.default.createDirectory(
        atPath: folder + "/rules/standard.toml.new/x", withIntermediateDirectories: true)
      let error = #expect(throws: WorkspaceError.self) {
        try WorkspaceCreation(folder: folder).makeRules(
          in: folder + "/rules", rules: "# rules", examples: "")
      }
      #expect(error?.status == .system)
      #expect(error?.message.hasSuffix("File exists") == true)
      #expect(!FileManager.default.fileExists(atPath: folder + "/rules/standard.toml"))
    }
  }

  @Test("A folder without configuration is refused with what to do")
  func missing() throws {
    try withFolder { folder in
      let error = #expect(throws: ConfigurationError.self) { try Workspace.open(folder) }
      #expect(error?.message.contains(folder + "/lockstep.toml") == true)
      #expect(error?.hint.contains("lockstep demo") == true)
    }
  }
}
