import Configuration
import Foundation
import Testing

@testable import Workspace

private let text = """
  # mine
  [tenant]
  port = 0

  [[connector]]   # the source
  name = "a"
  type = "ldif"
  role = "source"
  content = "directory"  # a folder

  # the target
  [[connector]]
  name = "b"
  type = "scim"
  role = "target"
  url = "embedded"

  [engine]
  idle_exit = "5m"

  """

@Suite("Adding settings to lockstep.toml")
struct ConfigurationEditTests {
  private func settings(_ text: String) throws -> WorkspaceSettings {
    try WorkspaceSettings(try TOMLTable.parse(text, file: "lockstep.toml"), folder: "/w")
  }

  private func place(_ name: String, _ text: String) throws -> SourcePlace {
    try #require(try settings(text).connectors.first { $0.name == name }).place
  }

  @Test("A key goes into its own section, and comments stay")
  func key() throws {
    var edit = ConfigurationEdit(text)
    edit.add("names", "\"entra\"", toSectionAt: try place("b", text))
    let read = try settings(edit.text)
    guard case .scim(let section) = read.connectors[1].kind else { return #expect(Bool(false)) }
    #expect(section.usesEntraNames)
    #expect(edit.text.contains("content = \"directory\"  # a folder"))
    #expect(edit.text.split(separator: "\n").count == text.split(separator: "\n").count + 1)
  }

  @Test("Nothing to add changes nothing")
  func nothing() throws {
    var edit = ConfigurationEdit(text)
    edit.add(parameters: [], toSectionAt: try place("a", text))
    #expect(edit.text == text)
  }

  @Test("Names are those of SCIM unless the section says otherwise, and differ in the fingerprint")
  func names() throws {
    let plain = try settings(text).connectors[1]
    let entra = try settings(
      text.replacingOccurrences(of: "url = ", with: "names = \"entra\"\nurl = ")
    ).connectors[1]
    guard case .scim(let section) = plain.kind else { return #expect(Bool(false)) }
    #expect(!section.usesEntraNames)
    #expect(plain.fingerprint != entra.fingerprint)
    let error = #expect(throws: ConfigurationError.self) {
      try settings(text.replacingOccurrences(of: "url = ", with: "names = \"enta\"\nurl = "))
    }
    #expect(error?.hint == "did you mean \"entra\"?")
  }
}
