import Configuration
import Testing

@testable import Workspace

@Suite("What an LDAP connector's section may say")
struct LDAPSectionTests {
  private func section(_ lines: String) throws(ConfigurationError) -> LDAPSection {
    let text = "[[connector]]\nname = \"ad\"\ntype = \"ldap\"\nrole = \"source\"\n" + lines
    let table = try TOMLTable.parse(text, file: "lockstep.toml")
    let settings = try WorkspaceSettings(table, folder: "/ws")
    guard case .ldap(let section) = settings.connectors[0].kind else {
      throw ConfigurationError(message: "the connector has another type", hint: "")
    }
    return section
  }

  private func refusal(_ lines: String) -> ConfigurationError? {
    do {
      _ = try section(lines)
      return nil
    } catch {
      return error
    }
  }

  private static let account = "user = \"svc\"\npassword_file = \"pw\"\n"

  @Test("Servers, an account and its password are enough")
  func smallest() throws {
    let section = try section("servers = \"ldaps://dc1.contoso.com\"\n" + Self.account)
    #expect(section.servers == [.init(host: "dc1.contoso.com", port: nil, usesTLS: true)])
    #expect(section.authentication == .simple)
    #expect(section.user == "svc")
    #expect(section.password?.source == .file("pw"))
    #expect(!section.usesStartTLS)
    #expect(section.reading.included.isEmpty)
    #expect(section.reading.pageSize == nil)
  }

  @Test("Every key is read")
  func everything() throws {
    let section = try section(
      """
      servers = ["ldap://dc1.contoso.com:3890", "ldaps://[fd00::1]:6360/"]
      start_tls = true
      ca_file = "ca.pem"
      authentication = "simple"
      user = "CN=Sync,DC=contoso,DC=com"
      password_environment = "PW"
      connect_timeout = "5s"
      timeout = "1m"
      base = "DC=contoso,DC=com"
      filter = "(mail=*)"
      include = ["OU=Staff,DC=contoso,DC=com"]
      exclude = ["6b29fc40-ca47-1067-b31d-00dd010662da"]
      out_of_scope = "keep"
      delta = "syncrepl"
      compare_every = "30m"
      attributes = ["cn", "mail"]
      anchor = "employeeID"
      reference_attributes = ["boss"]
      binary_attributes = ["key"]
      page_size = 500
      range_size = 1500
      """)
    #expect(
      section.servers == [
        .init(host: "dc1.contoso.com", port: 3890, usesTLS: false),
        .init(host: "fd00::1", port: 6360, usesTLS: true),
      ])
    #expect(section.usesStartTLS)
    #expect(section.caFile == "/ws/ca.pem")
    #expect(section.password?.source == .environment("PW"))
    #expect(section.connectTimeoutSeconds == 5)
    #expect(section.timeoutSeconds == 60)
    #expect(
      section.reading
        == .init(
          base: "DC=contoso,DC=com", filter: "(mail=*)", included: ["OU=Staff,DC=contoso,DC=com"],
          excluded: ["6b29fc40-ca47-1067-b31d-00dd010662da"], leaving: .keep,
          attributes: ["cn", "mail"], anchor: "employeeID", references: ["boss"], binaries: ["key"],
          pageSize: 500,
          rangeSize: 1500, delta: .syncrepl, comparisonSeconds: 1800))
    #expect(refusal("servers = \"ldap://localhost\"\ndelta = \"magic\"\n" + Self.account) != nil)
  }

  @Test("Kerberos takes keys or tickets and no password")
  func kerberos() throws {
    let section = try section(
      """
      servers = ["ldap://dc1.contoso.com"]
      authentication = "gssapi"
      user = "svc-sync@CONTOSO.COM"
      keytab = "svc.keytab"
      ticket_cache = "MEMORY:x"
      """)
    #expect(section.authentication == .gssapi)
    #expect(section.keytab == "/ws/svc.keytab")
    #expect(section.ticketCache == "MEMORY:x")
    let refused = refusal(
      "servers = \"ldap://dc1\"\nauthentication = \"spnego\"\npassword_file = \"pw\"")
    #expect(refused?.message == "\"spnego\" takes no password")
    #expect(refused?.place?.line == 7)
  }

  @Test("What leaves what is read may be deleted, kept or let go, and each is another setting")
  func leaving() throws {
    let fingerprints = try ["delete", "keep", "disconnect"].map { word in
      let section = try section(
        "servers = \"ldaps://a\"\nout_of_scope = \"\(word)\"\n" + Self.account)
      #expect(section.reading.leaving.rawValue == word)
      return section.fingerprint
    }
    #expect(Set(fingerprints).count == 3)
    let usual = try section("servers = \"ldaps://a\"\n" + Self.account)
    #expect(usual.fingerprint == fingerprints[0])
    let refused = refusal("servers = \"ldaps://a\"\nout_of_scope = \"drop\"\n" + Self.account)
    #expect(
      refused?.message.contains("disconnect") == true
        || refused?.hint.contains("disconnect") == true)
  }

  @Test("A password does not cross a network in the clear")
  func clear() throws {
    let refused = refusal("servers = [\"ldaps://a\", \"ldap://b.contoso.com\"]\n" + Self.account)
    #expect(
      refused?.message == "The password would cross the network to b.contoso.com in the clear")
    #expect(refused?.place?.line == 5)
    for host in ["127.0.0.1", "127.0.88.21", "127.255.255.254", "localhost", "LocalHost", "[::1]"] {
      #expect(try section("servers = \"ldap://\(host):389\"\n" + Self.account).servers.count == 1)
    }
    for host in ["128.0.0.1", "127.0.0.1.contoso.com", "127.contoso.com", "[::2]", "127.1"] {
      #expect(refusal("servers = \"ldap://\(host):389\"\n" + Self.account) != nil, "\(host)")
    }
  }

  @Test(
    "An address that is none is refused",
    arguments: [
      "dc1", "http://dc1", "ldap://", "ldap://user@dc1", "ldap://dc1:0", "ldap://dc1:70000",
      "ldap://dc1:x", "ldap://[::1", "ldap://dc1/dc=x", "ldap://d c", "ldap://a:1:2",
    ])
  func addresses(text: String) {
    #expect(refusal("servers = \"\(text)\"\n" + Self.account)?.place?.line == 5)
  }

  @Test(
    "What is missing or of no use is told",
    arguments: [
      ("user = \"x\"\npassword_file = \"p\"", "servers"),
      ("servers = []\n" + account, "names no server"),
      ("servers = \"ldaps://a\"\npassword_file = \"p\"", "user"),
      ("servers = \"ldaps://a\"\nuser = \"x\"", "password_file"),
      ("servers = \"ldaps://a\"\nkeytab = \"k\"\n" + account, "Kerberos"),
      ("servers = \"ldaps://a\"\nauthentication = \"anonymous\"\nuser = \"x\"", "anonymous"),
      ("servers = \"ldaps://a\"\nauthentication = \"plain\"\n" + account, "authentication"),
      ("servers = \"ldaps://a\"\npage_size = 0\n" + account, "page_size"),
      ("servers = \"ldaps://a\"\npagesize = 9\n" + account, "pagesize"),
    ])
  func missing(lines: String, word: String) {
    #expect(refusal(lines)?.message.contains(word) == true)
  }

  @Test("What is read makes the fingerprint, and not the servers")
  func fingerprint() throws {
    let one = try section(
      "servers = \"ldaps://a\"\ninclude = [\"OU=x\", \"OU=y\"]\n" + Self.account)
    let same = try section(
      "servers = \"ldaps://b\"\ninclude = [\"OU=y\", \"OU=x\"]\n" + Self.account)
    let moved = try section(
      "servers = \"ldaps://a\"\nexclude = [\"OU=x\", \"OU=y\"]\n" + Self.account)
    #expect(one.fingerprint == same.fingerprint)
    #expect(one.fingerprint != moved.fingerprint)
  }

  private func watch(_ lines: String) throws(ConfigurationError) -> WatchSection? {
    try section(
      "servers = \"ldaps://dc1.contoso.com\"\n" + Self.account + "[connector.watch]\n" + lines
    ).watch
  }

  @Test("A directory is watched if there is a section for it, by usual times unless others are set")
  func watched() throws {
    #expect(try section("servers = \"ldaps://dc1.contoso.com\"\n" + Self.account).watch == nil)
    #expect(
      try watch("")
        == WatchSection(
          means: .auto, quietSeconds: 5, longestWaitSeconds: 60, pauseSeconds: 60, pollSeconds: 30))
    #expect(
      try watch("by = \"poll\"\nquiet = \"2m\"\npause = \"1h\"\npoll = \"10s\"")
        == WatchSection(
          means: .poll, quietSeconds: 120, longestWaitSeconds: 120, pauseSeconds: 3600,
          pollSeconds: 10))
  }

  @Test(
    "What a watch can't be is refused with its place",
    arguments: [
      ("by = \"pol\"", "did you mean \"poll\"?"), ("quite = \"5s\"", "quiet"),
      ("quiet = \"1m\"\nat_most = \"30s\"", "no shorter than"),
      ("by = \"persist\"\npoll = \"1m\"", "take \"poll\" out"), ("pause = \"0s\"", "1s"),
      ("poll = 5", "write it like"),
    ])
  func wrongWatch(lines: String, words: String) {
    let error = #expect(throws: ConfigurationError.self) { _ = try watch(lines) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("lockstep.toml:") && text.contains(words), "\(text)")
  }
}
