import Configuration
import Testing

@testable import Workspace

@Suite("A connector to Microsoft Graph in the configuration")
struct GraphSectionTests {
  private func read(_ lines: String) throws -> ConnectorDefinition {
    let text = "name = \"cloud\"\ntype = \"graph\"\nrole = \"target\"\n" + lines
    return try ConnectorDefinition(
      try TOMLTable.parse(text, file: "lockstep.toml"), folder: "/ws")
  }

  private func section(_ lines: String) throws -> GraphSection {
    guard case .graph(let section) = try read(lines).kind else { throw Wrong() }
    return section
  }

  private struct Wrong: Error {}

  private let usual = "tenant = \"contoso.com\"\napplication = \"app\"\n"

  @Test("A secret and a tenant are enough for Microsoft's cloud")
  func secret() throws {
    let section = try section(usual + "secret_file = \"cloud.secret\"")
    #expect(section.cloud == "global")
    #expect(section.url == nil)
    #expect(section.softMatches && section.restoresDeleted)
    guard case .secret("app", _) = section.credentials else { throw Wrong() }
  }

  @Test("A certificate comes with its key, by paths of the workspace")
  func certificate() throws {
    let section = try section(
      usual + "cloud = \"china\"\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"")
    #expect(section.cloud == "china")
    guard case .certificate("app", "/ws/c.pem", _) = section.credentials else { throw Wrong() }
  }

  @Test("The embedded tenant needs nothing more")
  func embedded() throws {
    let definition = try read("url = \"embedded\"")
    #expect(definition.usesEmbeddedTenant)
    #expect(definition.typeName == "graph")
    #expect(definition.fingerprint == "graph embedded embedded")
  }

  @Test(
    "What does not fit is refused",
    arguments: [
      "tenant = \"t\"\napplication = \"a\"", "application = \"a\"\nsecret_file = \"s\"",
      "tenant = \"t\"\napplication = \"a\"\nsecret_file = \"s\"\ncertificate_file = \"c\"",
      "tenant = \"t\"\napplication = \"a\"\nsecret_file = \"s\"\nurl = \"http://example.com\"",
      "tenant = \"t\"\napplication = \"a\"\nsecret_file = \"s\"\ncloud = \"mars\"",
      "tenant = \"t\"\napplication = \"a\"\nsecret_file = \"s\"\nshoe = 1",
      "tenant = \"t\"\napplication = \"a\"\ncertificate_file = \"c\"",
    ])
  func refused(_ lines: String) {
    #expect(throws: ConfigurationError.self) { try read(lines) }
  }

  @Test("Another group anchor reads in another way")
  func fingerprint() throws {
    let plain = try read(usual + "secret_file = \"s\"").fingerprint
    let other = try read(usual + "secret_file = \"s\"\ngroup_anchor = \"extension_x\"").fingerprint
    #expect(plain != other)
  }
}
