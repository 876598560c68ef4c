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

  @Test("A key that says the usual gets the other value in its place, with its comment")
  func usual() throws {
    let given = text.replacing(
      "url = \"embedded\"", with: "url = \"embedded\"\nnames = \"scim\"   # as they come")
    for (text, end) in [(given, "\n"), (given.replacing("\n", with: "\r\n"), "\r\n")] {
      var edit = ConfigurationEdit(text)
      let place = try place("b", text)
      edit.add("names", "\"entra\"", toSectionAt: place, inPlaceOf: "\"scim\"")
      guard case .scim(let section) = try settings(edit.text).connectors[1].kind else {
        return #expect(Bool(false))
      }
      #expect(section.usesEntraNames)
      #expect(edit.text.contains("names = \"entra\"  # as they come" + end))
    }
    // That of another section is another's.
    var edit = ConfigurationEdit(given)
    edit.add("names", "1", toSectionAt: try place("a", given), inPlaceOf: "\"scim\"")
    #expect(edit.text.contains("[[connector]]   # the source\nnames = 1\n"))
    #expect(edit.text.contains("names = \"scim\""))
  }

  @Test("Parameters go into a table of their own behind the section, before the next one's comment")
  func parameters() throws {
    var edit = ConfigurationEdit(text)
    edit.add(
      parameters: [("Domain.FQDN", "a.test"), ("Odd.One", "quote\" and \\")],
      toSectionAt: try place("a", text))
    let read = try settings(edit.text)
    #expect(
      read.connectors[0].parameters == ["Domain.FQDN": "a.test", "Odd.One": "quote\" and \\"])
    #expect(read.connectors[1].parameters.isEmpty)
    #expect(edit.text.contains("\n\n# the target\n[[connector]]"))
  }

  @Test("A file with the line ends of Windows keeps them, and gets each setting into its section")
  func windows() throws {
    let given = text.replacing("\n", with: "\r\n")
    var edit = ConfigurationEdit(given)
    edit.add("names", "\"entra\"", toSectionAt: try place("b", given))
    edit.add(parameters: [("A", "1")], toSectionAt: try place("a", given))
    let read = try settings(edit.text)
    #expect(read.connectors.map(\.parameters) == [["A": "1"], [:]])
    guard case .scim(let section) = read.connectors[1].kind else { return #expect(Bool(false)) }
    #expect(section.usesEntraNames)
    var before: UInt8 = 0
    for byte in edit.text.utf8 {
      #expect(byte != 0x0A || before == 0x0D)
      before = byte
    }
  }

  @Test("Parameters join those that are there, also of the last section")
  func moreParameters() throws {
    let given = text.replacingOccurrences(
      of: "url = \"embedded\"",
      with: "url = \"embedded\"\n\n[connector.parameters] # own\nA = \"1\"")
    var edit = ConfigurationEdit(given)
    edit.add(parameters: [("B", "2")], toSectionAt: try place("b", given))
    edit.add(parameters: [("C", "3")], toSectionAt: try place("a", given))
    let read = try settings(edit.text)
    #expect(read.connectors[1].parameters == ["A": "1", "B": "2"])
    #expect(read.connectors[0].parameters == ["C": "3"])
    #expect(read.idleExitSeconds == 300)
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
