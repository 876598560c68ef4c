import Configuration
import Testing

@testable import Workspace

@Suite("What a connector's section may say")
struct SectionFaultTests {
  private func connector(_ lines: String) throws(ConfigurationError) -> ConnectorDefinition {
    try ConnectorDefinition(try TOMLTable.parse(lines, file: "lockstep.toml"), folder: "/ws")
  }

  private func refusal(_ lines: String) -> ConfigurationError? {
    do {
      _ = try connector(lines)
      return nil
    } catch {
      return error
    }
  }

  private let scim = """
    name = "cloud"
    type = "scim"
    role = "target"
    url = "https://scim.example.com/v2"
    token_file = "token"

    """
  private let graph = """
    name = "cloud"
    type = "graph"
    role = "target"
    tenant = "contoso.test"
    application = "11111111-2222-3333-4444-555555555555"
    secret_file = "secret"

    """
  private let ldif = """
    name = "people"
    type = "ldif"
    role = "source"
    content = "people.ldif"

    """

  private func section(_ lines: String) throws -> SCIMSection {
    guard case .scim(let section) = try connector(lines).kind else { throw Missing() }
    return section
  }
  private struct Missing: Error {}

  @Test("A SCIM section with the least has the connector's own choices")
  func least() throws {
    let section = try section(scim)
    #expect(section.url == "https://scim.example.com/v2")
    #expect(
      section.requestsInFlight == nil && section.pageSize == nil && section.timeoutSeconds == nil)
    #expect(section.caFile == nil && section.valuesPerRequest == nil)
    #expect(section.usesBulk && !section.usesEntraNames && !section.speaksEntra)
  }

  @Test("A SCIM section with all that there is has all of it")
  func most() throws {
    let section = try section(
      scim + """
        requests_in_flight = 256
        page_size = 10000
        timeout = "1h"
        ca_file = "ca.pem"
        bulk = false
        names = "entra"
        dialect = "entra"
        values_per_request = 100000
        """)
    #expect(section.requestsInFlight == 256 && section.pageSize == 10_000)
    #expect(section.timeoutSeconds == 3600 && section.caFile == "/ws/ca.pem")
    #expect(!section.usesBulk && section.usesEntraNames && section.speaksEntra)
    #expect(section.valuesPerRequest == 100_000)
  }

  @Test(
    "What a SCIM section can't mean is refused at its line",
    arguments: [
      "requests_in_flight = 0", "requests_in_flight = 257", "page_size = 0", "page_size = 10001",
      "timeout = \"0s\"", "timeout = \"1h1s\"", "timeout = 5", "timeout = \"soon\"",
      "bulk = \"yes\"",
      "names = \"graph\"", "dialect = 1", "values_per_request = 0", "values_per_request = 100001",
      "page_sise = 5", "token_environment = \"TOKEN\"", "ca_file = 5", "requests_in_flight = \"5\"",
    ])
  func scimFaults(line: String) throws {
    let error = try #require(refusal(scim + line), "\(line)")
    #expect(error.place?.file == "lockstep.toml")
    // The two places of a token: either may be told.
    #expect(error.place?.line == 6 || line.hasPrefix("token") && error.place?.line == 5)
    let key = line.prefix { $0 != " " }
    #expect("\(error)".contains(key) || line.hasPrefix("token"), "\(error)")
  }

  @Test(
    "A token goes over https, or stays on this machine",
    arguments: [
      ("https://x.test", true), ("HTTPS://x.test/scim/v2", true), ("http://localhost:1/", true),
      ("http://127.0.0.1", true), ("http://127.9.9.9:80/x", true), ("http://[::1]:5/", true),
      ("http://[0:0:0:0:0:0:0:1]/", true), ("http://x.test", false),
      ("http://127.0.0.1.x.test", false),
      ("http://localhost.x.test", false), ("ftp://localhost", false), ("x.test", false),
      ("", false),
      ("https://user:secret@x.test", false), ("http://127.0.0.1@x.test", false), ("http://", false),
      ("http://[::1", false), ("http://[::1]x.test", false), ("http://0.0.0.0", false),
      ("http://128.0.0.1", false), ("https:/x.test", false), ("//localhost", false),
      ("https://", false), ("https:///scim", false), ("https://:443/scim", false),
    ])
  func urls(url: String, isTaken: Bool) {
    for (lines, key) in [
      (scim.replacing("https://scim.example.com/v2", with: url), "url"),
      (graph + "url = \"\(url)\"", "url"), (graph + "login_url = \"\(url)\"", "login_url"),
    ] {
      let error = refusal(lines)
      #expect((error == nil) == isTaken, "\(key) \(url): \(error.map { "\($0)" } ?? "taken")")
      if let error {
        #expect("\(error)".contains(key))
        #expect(!"\(error)".contains("secret") && !"\(error)".contains("user:"))
      }
    }
  }

  @Test("The embedded tenant needs no token, and takes none")
  func embedded() throws {
    let lines = scim.replacing("https://scim.example.com/v2", with: "embedded")
    #expect(refusal(lines)?.place?.line == 5)
    let bare = lines.replacing("token_file = \"token\"\n", with: "")
    let connector = try connector(bare)
    #expect(connector.usesEmbeddedTenant)
    #expect(try section(bare).url == nil)
    // Elsewhere a token is wanted.
    #expect(refusal(scim.replacing("token_file = \"token\"\n", with: "")) != nil)
  }

  @Test(
    "What a Graph section can't mean is refused at its line",
    arguments: [
      "cloud = \"mars\"", "requests_in_flight = 65", "requests_in_flight = 0", "timeout = \"2h\"",
      "soft_match = 1", "restore_deleted = \"no\"", "group_anchor = 5", "token_file = \"x\"",
      "certificate_file = \"c.pem\"", "url = \"https://graph.microsoft.com/v1.0\"",
      "url = \"https://graph.microsoft.com/beta/\"", "url = \"https://x.test/?a\"",
      "login_url = \"https://login.test/oauth2/v2.0/token\"", "bulk_upload = 5", "ca_file = \"\"",
    ])
  func graphFaults(line: String) throws {
    let error = try #require(refusal(graph + line), "\(line)")
    #expect(error.place?.line == 7, "\(error)")
    #expect(!error.message.isEmpty)
  }

  @Test(
    "What bulk upload can't mean is refused at its line",
    arguments: [
      ("service_principal = \"a/b\"\njob = \"j\"", 8),
      ("service_principal = \"a\"\njob = \"j k\"", 9),
      ("service_principal = \"a\"\njob = \"j\"\nmatch = \"mail\"", 10),
      ("service_principal = \"a\"\njob = \"j\"\npatience = \"8d\"", 10),
      ("service_principal = \"a\"\njob = \"j\"\nwait = \"8d\"", 10),
      ("service_principal = \"a\"\njob = \"j\"\n[bulk_upload.attributes]\nx = \"urn:x\"", 11),
      ("service_principal = \"a\"\njob = \"j\"\n[bulk_upload.attributes]\nx = \"a:b:c\"", 11),
      ("service_principal = \"a\"\njob = \"j\"\n[bulk_upload.attributes]\nx = \"urn:a::b\"", 11),
      ("service_principal = \"a\"\njob = \"j\"\n[bulk_upload.attributes]\nx = \"urn:a b:c\"", 11),
    ])
  func bulkFaults(lines: String, line: Int) throws {
    let error = try #require(refusal(graph + "[bulk_upload]\n" + lines))
    #expect(error.place?.line == line, "\(error)")
  }

  @Test(
    "Parameters may be written as tables or in quotes, and are texts with plain names",
    arguments: [
      ("Domain.FQDN = \"a\"", ["Domain.FQDN": "a"]),
      ("\"Domain.FQDN\" = \"a\"", ["Domain.FQDN": "a"]),
      ("a.b.c = \"1\"\na.b.d = \"2\"", ["a.b.c": "1", "a.b.d": "2"]), ("x_1 = \"\"", ["x_1": ""]),
      ("[parameters.Forest]\nName = \"f\"", ["Forest.Name": "f"]), ("", [:]),
    ])
  func parameters(lines: String, parameters: [String: String]) throws {
    #expect(try connector(ldif + "[parameters]\n" + lines).parameters == parameters)
  }

  @Test("A parameter that is given twice, quoted and as a table, is refused")
  func parameterTwice() throws {
    let twice = "Domain.FQDN = \"a\"\n\"Domain.FQDN\" = \"b\""
    let error = try #require(refusal(ldif + "[parameters]\n" + twice))
    #expect(error.message.contains("\"Domain.FQDN\" is given twice"))
  }

  @Test(
    "A parameter that rules could not name, or that is no text, is refused at its line",
    arguments: [
      "x = 5", "x = [\"a\"]", "\"a b\" = \"x\"", "\"%\" = \"x\"", "1x = \"x\"", "\"\" = \"x\"",
      "\"é\" = \"x\"",
      "a-b = \"x\"", "_x = \"x\"", "\".x\" = \"x\"", "a.\"b c\" = \"x\"", "x = true",
    ])
  func parameterFaults(line: String) throws {
    let error = try #require(refusal(ldif + "[parameters]\n" + line), "\(line)")
    #expect(error.place?.line == 6, "\(error)")
  }

  @Test(
    "What every connector must say is asked for",
    arguments: [
      ("name = \"people\"\n", "name"), ("type = \"ldif\"\n", "type"),
      ("role = \"source\"\n", "role"),
      ("content = \"people.ldif\"\n", "content"),
    ])
  func missing(line: String, key: String) throws {
    let error = try #require(refusal(ldif.replacing(line, with: "")))
    #expect("\(error)".contains(key), "\(error)")
  }

  @Test(
    "A name is one short line, a type and a role are known, and files are only read",
    arguments: [
      ("\"people\"", "\"a\\nb\"", 1), ("\"people\"", "\"\\u007F\"", 1),
      ("\"people\"", "\"\(String(repeating: "n", count: 101))\"", 1), ("\"people\"", "\"\"", 1),
      ("\"people\"", "7", 1), ("\"ldif\"", "\"ldiff\"", 2), ("\"source\"", "\"both\"", 3),
      ("\"source\"", "\"target\"", 3), ("\"source\"", "true", 3),
    ])
  func general(old: String, new: String, line: Int) throws {
    let error = try #require(refusal(ldif.replacing(old, with: new)))
    #expect(error.place?.line == line, "\(error)")
  }

  @Test("What changes what is read has another fingerprint, what does not has the same")
  func fingerprints() throws {
    let plain = try connector(scim).fingerprint
    for line in [
      "page_size = 5", "timeout = \"5s\"", "bulk = false", "requests_in_flight = 3",
      "ca_file = \"c\"",
    ] {
      #expect(try connector(scim + line).fingerprint == plain)
    }
    #expect(try connector(scim + "names = \"entra\"").fingerprint != plain)
    #expect(try connector(scim.replacing("/v2", with: "/v3")).fingerprint != plain)
    let cloud = try connector(graph).fingerprint
    for line in ["timeout = \"5s\"", "soft_match = false", "restore_deleted = false"] {
      #expect(try connector(graph + line).fingerprint == cloud)
    }
    for line in ["cloud = \"china\"", "group_anchor = \"x\"", "url = \"https://g.test\""] {
      #expect(try connector(graph + line).fingerprint != cloud)
    }
    #expect(try connector(graph.replacing("contoso.test", with: "other.test")).fingerprint != cloud)
  }
}
