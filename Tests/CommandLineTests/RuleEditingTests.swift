import Console
import Foundation
import Testing
import Workspace

@testable import lockstep

@Suite("Editing rules from the console")
struct RuleEditingTests {
  private let folder: String
  private let rules: RuleEditing

  init() throws {
    folder =
      FileManager.default.temporaryDirectory.appending(path: "edit-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(
      atPath: folder + "/rules", withIntermediateDirectories: true)
    try """
    [[connector]]
    name = "source"
    type = "ldif"
    role = "source"
    content = "x.ldif"
    """.write(toFile: folder + "/lockstep.toml", atomically: true, encoding: .utf8)
    try Self.rule("one").write(
      toFile: folder + "/rules/a.toml", atomically: true, encoding: .utf8)
    rules = RuleEditing(workspace: try Workspace.open(folder), file: folder + "/rules/a.toml")
  }

  private static func rule(_ name: String, _ operatorName: String = "ISNOTNULL") -> String {
    """
    [[rule]]
    name = "\(name)"
    direction = "inbound"
    connector = "source"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    scope = [ { clauses = [ { attribute = "cn", operator = "\(operatorName)" } ] } ]
    """
  }

  private func text() throws -> String { try String(contentsOfFile: rules.file, encoding: .utf8) }

  @Test("What can be read takes the file's place")
  func taken() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try rules.begin()
    try Self.rule("two").write(toFile: rules.draft, atomically: true, encoding: .utf8)
    #expect(try rules.end())
    #expect(try text().contains("\"two\""))
    #expect(!FileManager.default.fileExists(atPath: rules.draft))
  }

  @Test("What can't be read is refused with its place, and the draft stays for another try")
  func refused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try rules.begin()
    try Self.rule("two", "LOOKSLIKE").write(
      toFile: rules.draft, atomically: true, encoding: .utf8)
    let fault = #expect(throws: Fault.self) { try rules.end() }
    #expect(fault?.message.contains("a.toml:9:") == true)
    #expect(fault?.message.contains("LOOKSLIKE") == true)
    #expect(fault?.message.contains(".draft") == false)
    #expect(try text().contains("\"one\""))
    try rules.begin()
    #expect(try String(contentsOfFile: rules.draft, encoding: .utf8).contains("LOOKSLIKE"))
  }

  @Test("A file that was left as it was stays, without a draft")
  func untouched() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try rules.begin()
    #expect(try !rules.end())
    #expect(!FileManager.default.fileExists(atPath: rules.draft))
  }

  @Test("VISUAL comes before EDITOR, and Debian's own editor last")
  func command() {
    #expect(RuleEditing.command(["VISUAL": "v", "EDITOR": "e"]) == "v")
    #expect(RuleEditing.command(["VISUAL": "", "EDITOR": "e -n"]) == "e -n")
    #expect(RuleEditing.command([:]) == "editor")
  }

  @Test("A program that has the terminal tells how it ended")
  func subprocess() {
    #expect(Subprocess.run("/bin/sh", ["-c", "exit 3"]) == 3)
    #expect(Subprocess.run("/bin/sh", ["-c", "kill -TERM $$"]) == 128 + SIGTERM)
    #expect(Subprocess.run("/nowhere/at/all", []) == 127)
  }
}
