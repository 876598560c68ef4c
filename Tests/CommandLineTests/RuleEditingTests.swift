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

  /// What another console would hold in its hands; no process has this number.
  private func other() -> RuleEditing {
    RuleEditing(workspace: rules.workspace, file: rules.file, process: .max)
  }

  private func write(_ rule: String, to path: String) throws {
    try Self.rule(rule).write(toFile: path, atomically: true, encoding: .utf8)
  }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder + "/rules").sorted()
  }

  @Test("Two consoles write into two drafts, and the second is told that the file is another now")
  func twoConsoles() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let mine = RuleEditing(workspace: rules.workspace, file: rules.file, process: getppid())
    try rules.begin()
    try mine.begin()
    #expect(rules.draft != mine.draft)
    try write("two", to: rules.draft)
    try write("three", to: mine.draft)
    #expect(try rules.end())
    let fault = #expect(throws: Fault.self) { try mine.end() }
    #expect(fault?.message.contains("was changed by another since you began") == true)
    #expect(fault?.hint.contains(mine.draft) == true)
    #expect(try text().contains("\"two\""))
    // Who goes on knows of it.
    try mine.begin()
    #expect(try String(contentsOfFile: mine.draft, encoding: .utf8).contains("\"three\""))
    #expect(try mine.end())
    #expect(try text().contains("\"three\""))
    #expect(try files() == ["a.toml"])
  }

  @Test("A draft that was not written into changes nothing, also where the file is another now")
  func unwritten() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try rules.begin()
    try write("two", to: rules.file)
    #expect(try !rules.end())
    #expect(try text().contains("\"two\""))
    #expect(try files() == ["a.toml"])
  }

  @Test("What a console that has ended left is gone on with, unless the file is another now")
  func left() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try other().begin()
    try write("two", to: other().draft)
    try rules.begin()
    #expect(try String(contentsOfFile: rules.draft, encoding: .utf8).contains("\"two\""))
    #expect(try rules.end())
    try other().begin()
    try write("three", to: other().draft)
    try write("four", to: rules.file)
    try rules.begin()
    #expect(try String(contentsOfFile: rules.draft, encoding: .utf8).contains("\"four\""))
    #expect(try !rules.end())
    #expect(try String(contentsOfFile: other().draft, encoding: .utf8).contains("\"three\""))
  }

  @Test("A file that a link leads to is edited itself, and is checked before it is taken")
  func linked() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let real = folder + "/kept-elsewhere.txt"
    try write("one", to: real)
    chmod(real, 0o640)
    let link = folder + "/rules/b.toml"
    unlink(folder + "/rules/a.toml")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: real)
    let edited = RuleEditing(workspace: rules.workspace, file: link)
    try edited.begin()
    try Self.rule("two", "LOOKSLIKE").write(
      toFile: edited.draft, atomically: true, encoding: .utf8)
    #expect(try String(contentsOfFile: real, encoding: .utf8).contains("\"one\""))
    #expect(throws: Fault.self) { try edited.end() }
    try write("two", to: edited.draft)
    chmod(edited.draft, 0o600)
    #expect(try edited.end())
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == real)
    #expect(try String(contentsOfFile: real, encoding: .utf8).contains("\"two\""))
    let mode = try FileManager.default.attributesOfItem(atPath: real)[.posixPermissions] as? Int
    #expect(mode == 0o640)
  }

  @Test("What an editor puts beside the file is no rule file")
  func besides() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try FileManager.default.createSymbolicLink(
      atPath: folder + "/rules/.#a.toml", withDestinationPath: "ann@host.4711:1")
    try rules.begin()
    try write("two", to: rules.draft)
    #expect(try rules.end())
    #expect(try text().contains("\"two\""))
  }

  @Test("A draft that is exchanged for a link or another's file is not taken, nor touched")
  func exchanged() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let other = folder + "/other"
    try rules.begin()
    try write("two", to: other)
    chmod(other, 0o640)
    unlink(rules.draft)
    try FileManager.default.createSymbolicLink(
      atPath: rules.draft, withDestinationPath: other)
    let fault = #expect(throws: Fault.self) { try rules.end() }
    #expect(fault?.message.contains("no file of yours") == true)
    unlink(rules.draft)
    #expect(link(other, rules.draft) == 0)
    #expect(throws: Fault.self) { try rules.end() }
    #expect(try text().contains("\"one\""))
    let mode = try FileManager.default.attributesOfItem(atPath: other)[.posixPermissions] as? Int
    #expect(mode == 0o640)
    // Nor is what is noted beside it written through a link.
    unlink(rules.draft)
    try write("three", to: rules.draft)
    try write("four", to: rules.file)
    let base = rules.draft + ".base"
    unlink(base)
    try FileManager.default.createSymbolicLink(atPath: base, withDestinationPath: other)
    #expect(throws: Fault.self) { try rules.end() }
    #expect(try String(contentsOfFile: other, encoding: .utf8).contains("\"two\""))
  }

  @Test("Drafts are their owner's alone, and what they replaced is not kept beside them")
  func ownersAlone() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    chmod(rules.file, 0o644)
    try rules.begin()
    for path in [rules.draft, rules.draft + ".base"] {
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
      #expect(mode == 0o600)
    }
    try write("two", to: rules.draft)
    #expect(try rules.end())
    #expect(try files() == ["a.toml"])
    let mode =
      try FileManager.default.attributesOfItem(atPath: rules.file)[.posixPermissions] as? Int
    #expect(mode == 0o644)
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
