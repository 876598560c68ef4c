import Configuration
import Testing

@testable import Workspace

@Suite("Limits and staging in lockstep.toml")
struct LimitsTests {
  private func connector(_ more: String) throws(ConfigurationError) -> ConnectorDefinition {
    let text = """
      [[connector]]
      name = "people"
      type = "ldif"
      role = "source"
      content = "people.ldif"
      \(more)
      """
    let table = try TOMLTable.parse(text, file: "lockstep.toml")
    return try WorkspaceSettings(table, folder: "/ws").connectors[0]
  }

  private func target(_ more: String) throws(ConfigurationError) -> ConnectorDefinition {
    let text = """
      name = "cloud"
      type = "scim"
      role = "target"
      url = "https://scim.example.com/v2"
      token_environment = "TOKEN"
      \(more)
      """
    return try ConnectorDefinition(
      try TOMLTable.parse(text, file: "lockstep.toml"), folder: "/ws")
  }

  private func refusal(_ more: String) -> ConfigurationError? {
    do {
      _ = try connector(more)
      return nil
    } catch {
      return error
    }
  }

  @Test("Without sections there are no limits of its own")
  func none() throws {
    let connector = try connector("")
    #expect(connector.importLimits == LimitsSection() && connector.exportLimits == LimitsSection())
  }

  @Test("Counts, shares and entries that must be there are read, for imports and for exports")
  func read() throws {
    let connector = try connector(
      """
      [connector.import_limits]
      deletes = 0
      deletes_percent = 20
      adds = 1000
      canaries = ["CN=Keeper,DC=contoso,DC=test"]
      """)
    let target = try target(
      """
      [export_limits]
      updates_percent = 100
      renames = 7
      """)
    #expect(connector.importLimits.limits["deletes"] == .init(count: 0, percent: 20))
    #expect(connector.importLimits.limits["adds"] == .init(count: 1000, percent: nil))
    #expect(connector.importLimits.limits["updates"] == nil)
    #expect(connector.importLimits.canaries == ["CN=Keeper,DC=contoso,DC=test"])
    #expect(target.exportLimits.limits["updates"] == .init(count: nil, percent: 100))
    #expect(target.exportLimits.limits["renames"] == .init(count: 7, percent: nil))
  }

  @Test(
    "What can't be a limit is refused at its place",
    arguments: [
      ("[connector.import_limits]\ndeletes = -1", 7), ("[connector.import_limits]\ndelets = 1", 7),
      ("[connector.export_limits]\nadds_percent = 101", 7),
      ("[connector.export_limits]\ncanaries = []", 7), ("import_limits = 5", 6),
      ("[connector.import_limits]\ncanaries = \"CN=a\"", 7),
    ])
  func refused(text: String, line: Int) throws {
    let error = try #require(refusal(text))
    #expect(error.place?.line == line)
  }

  @Test("Limits of what is never exported are refused: they would limit nothing")
  func ofSource() throws {
    let error = try #require(refusal("[connector.export_limits]\ndeletes = 5"))
    #expect(error.place?.line == 6 && error.message.contains("no effect on a source"))
  }

  @Test("Staging is off unless the file says so, and is true or false")
  func staging() throws {
    func settings(_ engine: String) throws(ConfigurationError) -> WorkspaceSettings {
      let text = """
        [engine]
        \(engine)
        [[connector]]
        name = "people"
        type = "ldif"
        role = "source"
        content = "people.ldif"
        """
      return try WorkspaceSettings(try TOMLTable.parse(text, file: "a.toml"), folder: "/ws")
    }
    #expect(try !settings("").isStaging)
    #expect(try settings("staging = true").isStaging)
    #expect(throws: ConfigurationError.self) { _ = try settings("staging = \"yes\"") }
  }
}
