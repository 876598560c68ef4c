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

  @Test("Starting afresh removes what was made, and leaves what was not")
  func clears() throws {
    try withFolder { folder in
      let creation = WorkspaceCreation(folder: folder)
      try creation.make(rules: "# none", token: "secret")
      for name in ["store.sqlite", "notes.txt", "changes/demo-0001.ldif", "changes/own.ldif"] {
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
