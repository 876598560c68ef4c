import Configuration
import Testing

@testable import Workspace

private let smallest = """
  [[connector]]
  name = "people"
  type = "ldif"
  role = "source"
  content = "people.ldif"
  """

private func settings(_ text: String) throws(ConfigurationError) -> WorkspaceSettings {
  try WorkspaceSettings(try TOMLTable.parse(text, file: "lockstep.toml"), folder: "/ws")
}

private func refusal(_ text: String) -> ConfigurationError? {
  do {
    _ = try settings(text)
    return nil
  } catch {
    return error
  }
}

@Suite("What lockstep.toml may say")
struct SettingsTests {
  @Test("All variables that hold secrets of connectors are known, so that others get none of them")
  func secretVariables() throws {
    let settings = try settings(
      """
      [[connector]]
      name = "ad"
      type = "ldap"
      role = "source"
      servers = "ldaps://dc1.test"
      user = "svc"
      password_environment = "AD_PASSWORD"
      [[connector]]
      name = "scim"
      type = "scim"
      role = "target"
      url = "https://scim.test"
      token_environment = "SCIM_TOKEN"
      [[connector]]
      name = "cloud"
      type = "graph"
      role = "target"
      tenant = "contoso.com"
      application = "a"
      secret_environment = "GRAPH_SECRET"
      [[connector]]
      name = "own"
      type = "graph"
      role = "target"
      url = "https://graph.contoso.test"
      tenant = "contoso.com"
      application = "a"
      secret_environment = "OWN_SECRET"
      [password_sync]
      source = "ad"
      target = "own"
      [password_sync.replication]
      domain = "contoso.test"
      account = "repl"
      password_environment = "REPLICATION_PASSWORD"
      """)
    #expect(
      settings.secretVariables == [
        "AD_PASSWORD", "SCIM_TOKEN", "GRAPH_SECRET", "OWN_SECRET", "REPLICATION_PASSWORD",
      ])
  }

  @Test("One connector is enough, and the rest has its usual values")
  func standards() throws {
    let settings = try settings(smallest)
    #expect(settings.storeFile == "/ws/store.sqlite")
    #expect(settings.rulesFolder == "/ws/rules")
    #expect(settings.idleExitSeconds == 600)
    #expect(settings.errorLimit == nil)
    #expect(settings.tenant == nil)
    #expect(settings.theme == nil)
    #expect(!settings.shortSelection)
    #expect(settings.connectors.map(\.name) == ["people"])
  }

  @Test("Every section is read, and relative paths start at the folder")
  func everything() throws {
    let settings = try settings(
      """
      [store]
      file = "data/s.sqlite"
      [rules]
      folder = "/etc/lockstep/rules"
      [tenant]
      database = "t.sqlite"
      address = "::1"
      port = 8080
      token_file = "secret/token"
      [engine]
      idle_exit = "90s"
      error_limit = 20000
      [console]
      theme = "dark"
      themes_folder = "themes"
      selection = "short"
      [console.aliases]
      late = "users /stale"
      [[connector]]
      name = "people"
      type = "ldif"
      role = "source"
      content = ["a.ldif", "/abs/b"]
      changes = "changes"
      anchor = "entryUUID"
      allow_file_urls = true
      reference_attributes = ["boss"]
      binary_attributes = ["key"]
      [[connector]]
      name = "cloud"
      type = "scim"
      role = "target"
      url = "embedded"
      requests_in_flight = 4
      page_size = 100
      timeout = "30s"
      bulk = false
      dialect = "entra"
      values_per_request = 100
      """)
    #expect(settings.storeFile == "/ws/data/s.sqlite")
    #expect(settings.rulesFolder == "/etc/lockstep/rules")
    #expect(
      settings.tenant
        == EmbeddedTenant(
          database: "/ws/t.sqlite", address: "::1", port: 8080, tokenFile: "/ws/secret/token"))
    #expect(settings.idleExitSeconds == 90)
    #expect(settings.errorLimit == 20_000)
    #expect(settings.theme == "dark")
    #expect(settings.themesFolder == "/ws/themes")
    #expect(settings.shortSelection)
    #expect(settings.aliases.map(\.name) == ["late"])
    #expect(settings.aliases.map(\.text) == ["users /stale"])
    guard case .ldif(let ldif) = settings.connectors[0].kind,
      case .scim(let scim) = settings.connectors[1].kind
    else {
      Issue.record("the connectors have other types than they were given")
      return
    }
    #expect(ldif.content == ["/ws/a.ldif", "/abs/b"])
    #expect(ldif.changes == "/ws/changes")
    #expect(ldif.anchor == "entryUUID")
    #expect(ldif.allowsFileURLs)
    #expect(ldif.references == ["boss"])
    #expect(scim.url == nil)
    #expect(scim.requestsInFlight == 4)
    #expect(scim.timeoutSeconds == 30)
    #expect(!scim.usesBulk)
    #expect(scim.speaksEntra && scim.valuesPerRequest == 100)
    #expect(settings.connectors[0].isSource)
    #expect(!settings.connectors[1].isSource)
    #expect(settings.connectors[1].usesEmbeddedTenant)
  }

  @Test("A section that nobody knows is refused with its place")
  func unknownSection() {
    let error = refusal("[stor]\nfile = \"x\"\n" + smallest)
    #expect(error?.place?.line == 1)
    #expect(error?.hint.contains("store") == true)
  }

  @Test(
    "A key that nobody reads is refused with its place",
    arguments: [
      ("[store]\nfiel = \"x\"\n", 2, "file"),
      ("[engine]\nidle = \"10m\"\n", 2, "idle_exit"),
      ("[console]\ntheem = \"x\"\n", 2, "theme"),
      ("[console]\nalias = \"x\"\n", 2, "aliases"),
      ("[tenant]\ntoken = \"x\"\n", 2, "token_file"),
      ("[rules]\nfolders = \"x\"\n", 2, "folder"),
    ])
  func unknownKey(text: String, line: Int, meant: String) {
    let error = refusal(text + smallest)
    #expect(error?.place?.line == line)
    #expect(error?.hint.contains(meant) == true)
  }

  @Test("A workspace without a connector is refused")
  func noConnector() {
    #expect(refusal("[store]\nfile = \"x\"\n")?.message == "There is no connector")
  }

  @Test("The tenant listens on this machine only")
  func tenantAddress() {
    let error = refusal("[tenant]\naddress = \"0.0.0.0\"\n" + smallest)
    #expect(error?.place?.line == 2)
    #expect(error?.message.contains("0.0.0.0") == true)
  }

  @Test("With a certificate the tenant listens elsewhere, where that is said")
  func tenantCertificate() throws {
    let certificate =
      "certificate_file = \"t.pem\"\nkey_file = \"t.key\"\nhost = \"t.example.com\"\n"
    let open = "[tenant]\n" + certificate + "address = \"0.0.0.0\"\n"
    #expect(refusal(open + smallest)?.hint.contains("remote_clients") == true)
    let settings = try settings(open + "remote_clients = true\n" + smallest)
    #expect(settings.tenant?.certificateFile == "/ws/t.pem")
    #expect(settings.tenant?.keyFile == "/ws/t.key")
    #expect(settings.tenant?.hostName == "t.example.com")
    #expect(settings.tenant?.address == "0.0.0.0")
    // Without a certificate nobody else may read what is said.
    let plain = "[tenant]\naddress = \"0.0.0.0\"\nremote_clients = true\n"
    #expect(refusal(plain + smallest)?.hint.contains("certificate_file") == true)
  }

  @Test("The tenant's verified domains are names of domains")
  func verifiedDomains() throws {
    let text = "[tenant]\nverified_domains = [\"Contoso.com\", \"a.contoso-2.com\"]\n"
    #expect(
      try settings(text + smallest).tenant?.verifiedDomains == ["Contoso.com", "a.contoso-2.com"])
    #expect(try settings("[tenant]\n" + smallest).tenant?.verifiedDomains == [])
    for wrong in ["contoso", "@contoso.com", "", "contoso.", "a b.com"] {
      let error = refusal("[tenant]\nverified_domains = [\"\(wrong)\"]\n" + smallest)
      #expect(error?.place?.line == 2)
      #expect(error?.hint.contains("contoso.com") == true)
    }
  }

  @Test(
    "A certificate without a key, or the other way round, is refused with its place",
    arguments: ["certificate_file", "key_file"])
  func halfCertificate(key: String) {
    let error = refusal("[tenant]\n\(key) = \"t.pem\"\n" + smallest)
    #expect(error?.place?.line == 2)
    #expect(error?.hint.contains("both") == true)
  }

  @Test("A port is a number from 0 to 65535", arguments: ["-1", "65536", "\"80\""])
  func port(value: String) {
    #expect(refusal("[tenant]\nport = \(value)\n" + smallest)?.place?.line == 2)
  }

  @Test("A limit for errors is a whole number above 0", arguments: ["0", "-1", "\"5000\"", "1.5"])
  func errorLimit(value: String) {
    #expect(refusal("[engine]\nerror_limit = \(value)\n" + smallest)?.place?.line == 2)
  }

  @Test("An engine that is to leave at once is refused")
  func idleExit() {
    #expect(refusal("[engine]\nidle_exit = \"0s\"\n" + smallest)?.place?.line == 2)
    #expect(refusal("[engine]\nidle_exit = 10\n" + smallest)?.place?.line == 2)
  }
}

@Suite("Connectors in lockstep.toml")
struct ConnectorSettingsTests {
  private func scim(_ lines: String, before: String = "") -> String {
    before + "[[connector]]\nname = \"cloud\"\ntype = \"scim\"\nrole = \"target\"\n" + lines
  }

  @Test("Two connectors of one name are refused, whatever the case")
  func twins() {
    let error = refusal(smallest + "\n" + smallest.replacing("people\"", with: "PEOPLE\""))
    #expect(error?.place?.line == 7)
    #expect(error?.message.contains("lockstep.toml:1") == true)
  }

  @Test("LDIF is no target")
  func ldifTarget() {
    let error = refusal(smallest.replacing("source", with: "target"))
    #expect(error?.place?.line == 4)
  }

  @Test("A type that there is not is refused with what there is")
  func type() {
    let error = refusal(smallest.replacing("\"ldif\"", with: "\"ldaq\""))
    #expect(error?.place?.line == 3)
    #expect(error?.message.contains("\"scim\"") == true)
  }

  @Test("Content must name something", arguments: ["[]", "[\"\"]", "\"\"", "3"])
  func content(value: String) {
    #expect(refusal(smallest.replacing("\"people.ldif\"", with: value))?.place?.line == 5)
  }

  @Test("A key of the other type is refused")
  func foreignKey() {
    #expect(refusal(smallest + "\nurl = \"https://x\"")?.place?.line == 6)
    let error = refusal(scim("url = \"https://x\"\ntoken_file = \"t\"\ncontent = \"x\""))
    #expect(error?.place?.line == 7)
  }

  @Test(
    "A token never crosses a network in the clear",
    arguments: [
      "http://scim.example.com/v2", "http://127.0.0.1.example.com/", "http://localhost.evil/",
      "ftp://x", "scim.example.com", "https://user:pass@scim.example.com",
      "http://[::1]evil.example", "http://128.0.0.1/", "http://127.example.com/", "http://[::2]/",
    ])
  func plainURL(url: String) {
    let error = refusal(scim("url = \"\(url)\"\ntoken_file = \"t\""))
    #expect(error?.place?.line == 5)
  }

  @Test(
    "HTTPS is taken, and HTTP on this machine",
    arguments: [
      "https://scim.example.com/v2", "http://127.0.0.1:8080/scim/v2", "http://[::1]",
      "http://127.0.88.10/scim", "HTTP://localhost/scim", "http://[::1]:8080/scim",
    ])
  func goodURL(url: String) throws {
    let text = smallest + "\n" + scim("url = \"\(url)\"\ntoken_environment = \"TOKEN\"")
    let connector = try #require(try settings(text).connectors.last)
    #expect(!connector.usesEmbeddedTenant)
    #expect(connector.fingerprint.contains(url))
  }

  @Test("A server needs a token")
  func missingToken() {
    let error = refusal(scim("url = \"https://x\""))
    #expect(error?.message.contains("token_file") == true)
  }

  @Test("The embedded tenant needs its section, and no token of its own")
  func embedded() {
    #expect(refusal(scim("url = \"embedded\""))?.hint.contains("[tenant]") == true)
    let text = scim("url = \"embedded\"\ntoken_file = \"t\"", before: "[tenant]\n")
    #expect(refusal(text)?.place?.line == 7)
  }

  @Test("A name is one line of text")
  func name() {
    #expect(refusal(smallest.replacing("\"people\"", with: "\"a\\nb\""))?.place?.line == 2)
    #expect(refusal(smallest.replacing("\"people\"", with: "\"\""))?.place?.line == 2)
  }

  @Test("The fingerprint tells other files, and not the order of attributes")
  func fingerprint() throws {
    let base = try settings(smallest).connectors[0].fingerprint
    let other = try settings(smallest.replacing("people.ldif", with: "x.ldif"))
    #expect(other.connectors[0].fingerprint != base)
    let ab = try settings(smallest + "\nreference_attributes = [\"a\", \"b\"]")
    let ba = try settings(smallest + "\nreference_attributes = [\"b\", \"a\"]")
    #expect(ab.connectors[0].fingerprint == ba.connectors[0].fingerprint)
    #expect(ab.connectors[0].fingerprint != base)
  }
}

@Suite("Parameters of a connector")
struct ConnectorParameterTests {
  @Test("names are taken quoted, or with full stops as TOML has them")
  func read() throws {
    let found = try settings(
      smallest + """

        [connector.parameters]
        Domain.FQDN = "contoso.com"
        "Domain.Netbios" = "CONTOSO"
        Site = "Berlin"
        """)
    #expect(
      found.connectors[0].parameters == [
        "Domain.FQDN": "contoso.com", "Domain.Netbios": "CONTOSO", "Site": "Berlin",
      ])
    #expect(try settings(smallest).connectors[0].parameters.isEmpty)
    let flag = try settings(smallest + "\n[connector.parameters]\nADS_UF_ACCOUNTDISABLE = \"0x2\"")
    #expect(flag.connectors[0].parameters == ["ADS_UF_ACCOUNTDISABLE": "0x2"])
  }

  @Test("what is no text or no name is refused at its place")
  func refused() {
    let number = refusal(smallest + "\n[connector.parameters]\nDomain.FQDN = 5")
    #expect(number?.message.contains("\"Domain.FQDN\" must be a text") == true)
    #expect(number?.place?.line == 7)
    let name = refusal(smallest + "\n[connector.parameters]\n\"a b\" = \"x\"")
    #expect(name?.message == "\"a b\" can't stand between percent signs")
    #expect(refusal(smallest + "\nparameters = 5")?.message.contains("must be a table") == true)
  }
}
