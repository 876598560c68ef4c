import Configuration
import Testing

@testable import Workspace

@Suite("Applications of the embedded tenant in lockstep.toml")
struct TenantApplicationSectionTests {
  private static let rest = """
    [[connector]]
    name = "people"
    type = "ldif"
    role = "source"
    content = "people.ldif"
    """

  private func settings(
    _ text: String, connector: String = rest
  ) throws(ConfigurationError) -> WorkspaceSettings {
    let whole = "[tenant]\n" + text + "\n" + connector
    return try WorkspaceSettings(try TOMLTable.parse(whole, file: "lockstep.toml"), folder: "/ws")
  }

  @Test("An application shows a secret, a certificate, or either")
  func shown() throws {
    let tenant = try settings(
      """
      [[tenant.application]]
      id = "a"
      secret_file = "a.secret"
      [[tenant.application]]
      id = "b"
      certificate_file = "b.pem"
      set_passwords = true
      [[tenant.application]]
      id = "c"
      secret_environment = "C_SECRET"
      certificate_file = "/etc/c.pem"
      """
    ).tenant
    let found = try #require(tenant?.applications)
    #expect(found.map(\.id) == ["a", "b", "c"])
    #expect(
      found.map { $0.secret?.source } == [.file("a.secret"), nil, .environment("C_SECRET")])
    #expect(found.map(\.certificateFile) == [nil, "/ws/b.pem", "/etc/c.pem"])
    #expect(found.map(\.setsPasswords) == [false, true, false])
    #expect(try settings("port = 0").tenant?.applications == [])
  }

  @Test(
    "An application that shows nothing, has no id or another's is refused with its place",
    arguments: [
      ("id = \"a\"", 2, "nothing to show"),
      ("id = \"a b\"\nsecret_file = \"s\"", 3, "no id"),
      ("secret_file = \"s\"", 2, "\"id\""),
      ("id = \"a\"\nsecret = \"plain\"", 4, "secret"),
      ("id = \"a\"\nsecret_file = \"s\"\nsecret_environment = \"S\"", 5, "exclude"),
      (
        "id = \"a\"\nsecret_file = \"s\"\n[[tenant.application]]\nid = \"a\"\nsecret_file = \"t\"",
        6,
        "already that of the application"
      ),
    ])
  func refused(_ text: String, _ line: Int, _ words: String) {
    let error = #expect(throws: ConfigurationError.self) {
      try settings("[[tenant.application]]\n" + text)
    }
    #expect(error?.place?.line == line, "\(error?.description ?? "")")
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test("A variable that an application of the tenant needs is not kept from it")
  func variables() throws {
    let graph = """
      [[connector]]
      name = "cloud"
      type = "graph"
      role = "target"
      tenant = "contoso.com"
      application = "a"
      secret_environment = "GRAPH_SECRET"
      """
    let application = "[[tenant.application]]\nid = \"a\"\nsecret_environment = \"GRAPH_SECRET\""
    #expect(try settings("", connector: graph).secretVariables == ["GRAPH_SECRET"])
    #expect(try settings(application, connector: graph).secretVariables == [])
  }
}
