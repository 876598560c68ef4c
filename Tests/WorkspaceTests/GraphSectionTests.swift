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

  private let common = "tenant = \"contoso.com\"\napplication = \"app\"\n"

  @Test("A secret and a tenant are enough for Microsoft's cloud")
  func secret() throws {
    let section = try section(common + "secret_file = \"cloud.secret\"")
    #expect(section.cloud == "global")
    #expect(section.url == nil)
    #expect(section.softMatches && section.restoresDeleted)
    guard case .secret("app", _) = section.credentials else { throw Wrong() }
  }

  @Test("A certificate comes with its key, by paths of the workspace")
  func certificate() throws {
    let section = try section(
      common + "cloud = \"china\"\ncertificate_file = \"c.pem\"\nkey_file = \"k.pem\"")
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
      Self.usual + "url = \"https://graph.test?key=1\"",
      Self.usual + "url = \"https://graph.test/#x\"",
      Self.usual + "url = \"https://graph.microsoft.com/v1.0\"",
      Self.usual + "url = \"https://graph.microsoft.com/beta/\"",
      Self.usual + "login_url = \"https://login.test/t/oauth2/v2.0/token\"",
      Self.usual + "login_url = \"https://login.test?x\"",
    ])
  func refused(_ lines: String) {
    #expect(throws: ConfigurationError.self) { try read(lines) }
  }

  @Test(
    "Keys that would have no effect are refused at their place",
    arguments: [
      "cloud = \"global\"", "login_url = \"https://login.test\"", "tenant = \"contoso.com\"",
      "application = \"a\"", "secret_file = \"s\"", "key_file = \"k\"",
    ])
  func embedded(_ line: String) throws {
    #expect(try section("url = \"embedded\"").isEmbedded)
    let error = #expect(throws: ConfigurationError.self) {
      try read("url = \"embedded\"\n" + line)
    }
    #expect(error?.place?.line == 5 && error?.message.contains("the embedded one") == true)
  }

  @Test("So are a key without a certificate, and a cloud beside an address")
  func alone() {
    let key = #expect(throws: ConfigurationError.self) {
      try read(Self.usual + "key_file = \"k.pem\"")
    }
    #expect(key?.message.contains("belongs to a certificate") == true)
    let cloud = #expect(throws: ConfigurationError.self) {
      try read(Self.usual + "cloud = \"china\"\nurl = \"https://graph.test\"")
    }
    #expect(cloud?.message == "\"cloud\" has no effect beside \"url\"")
  }

  static let usual =
    "tenant = \"t\"\napplication = \"a\"\nsecret_file = \"s\"\n"

  @Test("Roots at other addresses may have paths")
  func roots() throws {
    let section = try section(
      Self.usual + "url = \"https://proxy.test/graph\"\nlogin_url = \"https://proxy.test/login\"")
    #expect(section.url == "https://proxy.test/graph")
    #expect(section.loginURL == "https://proxy.test/login")
  }

  private static let upload =
    "tenant = \"t\"\napplication = \"a\"\nsecret_file = \"s\"\n[bulk_upload]\n"

  @Test("Users may go by a provisioning job, with places for what SCIM lacks")
  func bulkUpload() throws {
    let section = try section(
      Self.upload
        + """
        service_principal = "sp-id"
        job = "API2AAD.1.2"
        match = "employeeId"
        patience = "30m"
        [bulk_upload.attributes]
        passwordPolicies = "urn:contoso:user:Policy"
        """)
    let upload = try #require(section.bulkUpload)
    #expect(upload.servicePrincipal == "sp-id" && upload.job == "API2AAD.1.2")
    #expect(upload.match == "employeeId" && upload.patienceSeconds == 1800)
    #expect(upload.attributes == ["passwordPolicies": "urn:contoso:user:Policy"])
    let usual = try self.section(
      Self.upload + "service_principal = \"sp\"\njob = \"j\""
    ).bulkUpload
    #expect(usual?.match == "onPremisesImmutableId" && usual?.patienceSeconds == 7200)
  }

  @Test(
    "What a provisioning job can't have is refused with its place",
    arguments: [
      ("job = \"j\"", "service_principal", 0), ("service_principal = \"s\"", "job", 0),
      ("service_principal = \"a/b\"\njob = \"j\"", "service_principal", 8),
      ("service_principal = \"s\"\njob = \"\"", "job", 9),
      ("service_principal = \"s\"\njob = \"j\"\nmatch = \"mail\"", "mail", 10),
      ("service_principal = \"s\"\njob = \"j\"\npatience = \"8d\"", "patience", 10),
      ("service_principal = \"s\"\njob = \"j\"\nshoe = 1", "shoe", 10),
      (
        "service_principal = \"s\"\njob = \"j\"\n[bulk_upload.attributes]\ntitle = \"title\"",
        "SCIM extension", 11
      ),
    ])
  func refusedUpload(_ lines: String, _ words: String, _ line: Int) throws {
    let error = try #require(throws: ConfigurationError.self) { try read(Self.upload + lines) }
    #expect(error.description.contains(words), "\(error)")
    if line > 0 { #expect(error.place?.line == line, "\(error)") }
  }

  @Test("Another group anchor reads in another way")
  func fingerprint() throws {
    let plain = try read(common + "secret_file = \"s\"").fingerprint
    let other = try read(common + "secret_file = \"s\"\ngroup_anchor = \"extension_x\"").fingerprint
    #expect(plain != other)
  }
}
