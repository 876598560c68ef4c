import Configuration
import Testing

@testable import Workspace

@Suite("Password synchronization in the configuration")
struct PasswordSyncSectionTests {
  private static let connectors = """
    [tenant]
    [[connector]]
    name = "contoso.com"
    type = "ldap"
    role = "source"
    servers = ["ldaps://dc1.contoso.com", "ldaps://dc2.contoso.com:636"]
    user = "svc-sync@contoso.com"
    password_file = "contoso.pw"
    [[connector]]
    name = "named"
    type = "ldap"
    role = "source"
    servers = ["ldaps://dc1.contoso.com"]
    user = "svc-sync@contoso.com"
    password_file = "contoso.pw"
    anchor = "sAMAccountName"
    [[connector]]
    name = "files"
    type = "ldif"
    role = "source"
    content = "people"
    anchor = "employeeNumber"
    [[connector]]
    name = "radius"
    type = "ldap"
    role = "target"
    servers = "ldap://127.0.0.1"
    authentication = "anonymous"
    [[connector]]
    name = "tenant"
    type = "scim"
    role = "target"
    url = "embedded"
    [[connector]]
    name = "cloud"
    type = "graph"
    role = "target"
    url = "https://graph.contoso.test"
    tenant = "contoso.com"
    application = "a"
    secret_file = "s"
    [[connector]]
    name = "other"
    type = "scim"
    role = "target"
    url = "https://scim.example.com/scim/v2"
    token_file = "t"

    """

  private func sections(_ text: String) throws -> [PasswordSyncSection] {
    let table = try TOMLTable.parse(Self.connectors + text, file: "lockstep.toml")
    return try WorkspaceSettings(table, folder: "/ws").passwordSync
  }

  private func one(_ lines: String) throws -> PasswordSyncSection {
    try #require(try sections("[password_sync]\n" + lines).first)
  }

  private let attribute =
    "source = \"files\"\ntarget = \"tenant\"\nhash_attribute = \"sambaNTPassword\"\n"
  private let replication = """
    source = "contoso.com"
    target = "cloud"
    [password_sync.replication]
    domain = "contoso.com"

    """

  @Test(
    "Entra ID is offered no passwords, in whichever cloud and by whatever address",
    arguments: [
      "", "cloud = \"us-government\"", "url = \"https://graph.microsoft.com\"",
      "url = \"https://Canary.Graph.Microsoft.com:443/\"",
      "url = \"https://microsoftgraph.chinacloudapi.cn\"",
    ])
  func entra(place: String) throws {
    let text = Self.connectors.replacing("url = \"https://graph.contoso.test\"", with: place)
    let table = try TOMLTable.parse(
      text + "[password_sync]\n" + replication, file: "lockstep.toml")
    do throws(ConfigurationError) {
      _ = try WorkspaceSettings(table, folder: "/ws")
      Issue.record("\(place) was taken")
    } catch {
      #expect(error.message.contains("is a tenant of Microsoft Entra ID"))
      #expect(error.message.contains("an interface that is not public"))
      #expect(error.hint.contains("take the section out") && error.hint.contains("federation"))
      #expect(error.place != nil)
    }
  }

  @Test("Who only has Microsoft's name in the address is no cloud of Microsoft's")
  func others() throws {
    for host in ["graph.microsoft.com.contoso.test", "mygraph.microsoft.com", "contoso.test"] {
      let text = Self.connectors.replacing("graph.contoso.test", with: host)
      let table = try TOMLTable.parse(
        text + "[password_sync]\n" + replication, file: "lockstep.toml")
      #expect(try WorkspaceSettings(table, folder: "/ws").passwordSync.count == 1)
    }
  }

  @Test("Without a section no passwords go anywhere")
  func nothing() throws {
    #expect(try sections("").isEmpty)
  }

  @Test("An attribute of files is enough for the embedded tenant, with the usual values")
  func usual() throws {
    let section = try one(attribute)
    #expect(section.source == "files")
    #expect(section.target == "tenant")
    #expect(section.intervalSeconds == 120)
    #expect(!section.sendsMustChange && !section.sendsSmartCard && !section.allowsFIPS)
    #expect(section.writing == nil)
    guard case .attribute(let attribute) = section.reading else { throw Wrong() }
    #expect(
      attribute
        == .init(name: "sambaNTPassword", form: .hexadecimal, changed: "sambaPwdLastSet"))
  }

  private struct Wrong: Error {}

  private func open(
    _ role: String, _ lines: String
  ) throws -> [PasswordSyncSection] {
    let ends =
      role == "source"
      ? "source = \"open\"\ntarget = \"tenant\"\nhash_attribute = \"sambaNTPassword\""
      : "source = \"files\"\ntarget = \"open\"\nhash_attribute = \"sambaNTPassword\"\n"
        + "write_attribute = \"sambaNTPassword\""
    return try sections(
      "[[connector]]\nname = \"open\"\ntype = \"ldap\"\nrole = \"\(role)\"\n" + lines
        + "\n[password_sync]\n" + ends)
  }

  @Test("Hashes do not cross a network in the clear", arguments: ["source", "target"])
  func clear(role: String) throws {
    let anonymous = "authentication = \"anonymous\"\n"
    let plain = "servers = [\"ldaps://a.test\", \"ldap://b.test\"]\n"
    let error = #expect(throws: ConfigurationError.self) { try open(role, anonymous + plain) }
    #expect(error?.message.contains("Hashes of passwords would cross the network") == true)
    #expect(error?.message.contains("b.test") == true)
    #expect(error?.hint.contains("ldaps://b.test") == true)
    let before = Self.connectors.count { $0 == "\n" }
    #expect(error?.place?.line == before + (role == "source" ? 11 : 12))
    for lines in [
      anonymous + plain + "start_tls = true", "authentication = \"gssapi\"\n" + plain,
      "authentication = \"spnego\"\n" + plain, anonymous + "servers = \"ldaps://b.test\"",
      anonymous + "servers = \"ldap://[::1]\"",
    ] { #expect(try open(role, lines).count == 1, "\(lines)") }
  }

  @Test("Every option is taken, and connectors are found in any case by the name they have")
  func options() throws {
    let section = try one(
      """
      source = "FILES"
      target = "Tenant"
      hash_attribute = "ipaNTHash"
      changed_attribute = "pwdChangedTime"
      interval = "30s"
      must_change = true
      smart_card = true
      allow_in_fips = true
      """)
    #expect(section.source == "files")
    #expect(section.target == "tenant")
    #expect(section.intervalSeconds == 30)
    #expect(section.sendsMustChange && section.sendsSmartCard && section.allowsFIPS)
    guard case .attribute(let attribute) = section.reading else { throw Wrong() }
    #expect(attribute == .init(name: "ipaNTHash", form: .binary, changed: "pwdChangedTime"))
  }

  @Test("Replication asks the connector's servers with the connector's account")
  func replicationAsConnector() throws {
    let section = try one(replication)
    guard case .replication(let replication) = section.reading else { throw Wrong() }
    #expect(replication.domain == "contoso.com")
    #expect(replication.hosts == ["dc1.contoso.com", "dc2.contoso.com"])
    #expect(replication.account == "svc-sync@contoso.com")
    guard case .password(let reference) = replication.credential else { throw Wrong() }
    #expect(reference.source == .file("contoso.pw"))
    #expect(replication.authentication == .automatic)
    #expect(replication.timeoutSeconds == nil)
  }

  @Test("Replication has an account of its own where one is named")
  func replicationOfItsOwn() throws {
    let section = try one(
      replication + """
        servers = ["dc3.contoso.com"]
        account = "CONTOSO\\\\phs"
        keytab = "phs.keytab"
        authentication = "kerberos"
        timeout = "90s"
        """)
    guard case .replication(let replication) = section.reading else { throw Wrong() }
    #expect(replication.hosts == ["dc3.contoso.com"])
    #expect(replication.account == "CONTOSO\\phs")
    #expect(replication.credential == .keytab("/ws/phs.keytab"))
    #expect(replication.authentication == .kerberos)
    #expect(replication.timeoutSeconds == 90)
  }

  @Test("A directory as target takes hashes in an attribute")
  func writing() throws {
    let section = try one(
      """
      source = "files"
      target = "radius"
      hash_attribute = "sambaNTPassword"
      write_attribute = "radiusHash"
      write_form = "binary"
      """)
    #expect(section.writing == .init(name: "radiusHash", form: .binary, changed: nil))
  }

  @Test("Several sections send passwords several ways")
  func several() throws {
    let text = """
      [[password_sync]]
      source = "files"
      target = "tenant"
      hash_attribute = "sambaNTPassword"
      [[password_sync]]
      source = "files"
      target = "radius"
      hash_attribute = "sambaNTPassword"
      write_attribute = "sambaNTPassword"
      """
    #expect(try sections(text).map(\.target) == ["tenant", "radius"])
  }

  @Test("Attributes that hold hashes are known for each connector")
  func attributes() throws {
    let text =
      Self.connectors + """
        [[password_sync]]
        source = "files"
        target = "radius"
        hash_attribute = "ourHash"
        hash_form = "binary"
        write_attribute = "theirHash"
        write_form = "binary"
        """
    let settings = try WorkspaceSettings(
      try TOMLTable.parse(text, file: "lockstep.toml"), folder: "/ws")
    #expect(settings.hashAttributes(ofConnector: "files") == ["ourHash"])
    #expect(settings.hashAttributes(ofConnector: "radius") == ["theirHash"])
    #expect(settings.hashAttributes(ofConnector: "tenant").isEmpty)
  }

  /// What is wrong, where in the line it stands, and a word of what is said of it.
  struct Fault: Sendable {
    var lines: String
    var at: String
    var words: String
  }

  @Test(
    "What does not fit is refused with its place and what to do",
    arguments: [
      Fault(lines: "target = \"tenant\"", at: "[password_sync]", words: "\"source\" is missing"),
      Fault(
        lines: "source = \"fils\"\ntarget = \"tenant\"", at: "source =",
        words: "did you mean \"files\""),
      Fault(
        lines: "source = \"tenant\"\ntarget = \"tenant\"", at: "source =", words: "is a target"),
      Fault(lines: "source = \"files\"\ntarget = \"files\"", at: "target =", words: "is a source"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"", at: "[password_sync]",
        words: "not said where the hashes"),
      Fault(
        lines:
          "source = \"files\"\ntarget = \"other\"\nhash_attribute = \"sambaNTPassword\"",
        at: "target =", words: "takes no hashes"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\nhash_attribute = \"ourHash\"",
        at: "hash_attribute =", words: "add hash_form, one of"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\nhash_attribute = \"a b\"",
        at: "hash_attribute =", words: "no name of an attribute"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\nhash_form = \"binary\"",
        at: "hash_form =", words: "of no use without"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\nhash_attribute = \"employeeNumber\"\n"
          + "hash_form = \"binary\"", at: "hash_attribute =", words: "anchors the objects"),
      Fault(
        lines: "source = \"files\"\ntarget = \"radius\"\nhash_attribute = \"sambaNTPassword\"",
        at: "[password_sync]", words: "write_attribute = "),
      Fault(
        lines: "source = \"files\"\ntarget = \"cloud\"\nhash_attribute = \"sambaNTPassword\"\n"
          + "write_attribute = \"sambaNTPassword\"", at: "write_attribute =", words: "endpoint"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\nhash_attribute = \"sambaNTPassword\"\n"
          + "interval = \"29s\"", at: "\"29s\"", words: "from 30s to 1d"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\nhash_attribute = \"sambaNTPassword\"\n"
          + "interval = \"2d\"", at: "\"2d\"", words: "from 30s to 1d"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\nhash_attribute = \"sambaNTPassword\"\n"
          + "must_chang = true", at: "must_chang", words: "must_change"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\nhash_attribute = \"sambaNTPassword\"\n"
          + "allow_in_fips = 1", at: "1", words: "true or false"),
      Fault(
        lines: "source = \"files\"\ntarget = \"tenant\"\n[password_sync.replication]\n"
          + "domain = \"contoso.com\"", at: "[password_sync.replication]",
        words: "no domain controllers"),
      Fault(
        lines: "source = \"contoso.com\"\ntarget = \"tenant\"\nhash_attribute = "
          + "\"sambaNTPassword\"\n[password_sync.replication]\ndomain = \"contoso.com\"",
        at: "[password_sync.replication]", words: "not both"),
      Fault(
        lines: "source = \"named\"\ntarget = \"tenant\"\n[password_sync.replication]\n"
          + "domain = \"contoso.com\"", at: "[password_sync.replication]",
        words: "finds accounts by their objectGUID"),
      Fault(
        lines: "source = \"contoso.com\"\ntarget = \"tenant\"\n[password_sync.replication]\n"
          + "domain = \"con toso\"", at: "domain =", words: "no DNS name"),
      Fault(
        lines: "source = \"contoso.com\"\ntarget = \"tenant\"\n[password_sync.replication]\n"
          + "domain = \"contoso.com\"\naccount = \"cn=x,dc=y\"", at: "account =",
        words: "no DN as an account"),
      Fault(
        lines: "source = \"contoso.com\"\ntarget = \"tenant\"\n[password_sync.replication]\n"
          + "domain = \"contoso.com\"\naccount = \"phs\"", at: "[password_sync.replication]",
        words: "password_file"),
      Fault(
        lines: "source = \"contoso.com\"\ntarget = \"tenant\"\n[password_sync.replication]\n"
          + "domain = \"contoso.com\"\naccount = \"phs\"\nkeytab = \"k\"\n"
          + "authentication = \"ntlm\"", at: "authentication =", words: "NTLM needs a password"),
      Fault(
        lines: "source = \"contoso.com\"\ntarget = \"tenant\"\n[password_sync.replication]\n"
          + "domain = \"contoso.com\"\nservers = []", at: "servers =", words: "no domain controller"
      ),
    ])
  func refused(_ fault: Fault) throws {
    let text = "[password_sync]\n" + fault.lines
    let error = try #require(throws: ConfigurationError.self) { try sections(text) }
    let place = try #require(error.place)
    let lines = (Self.connectors + text).split(separator: "\n", omittingEmptySubsequences: false)
    #expect(lines[place.line - 1].contains(fault.at), "\(error)")
    #expect((error.message + error.hint).contains(fault.words), "\(error)")
  }

  @Test("The same way twice is refused")
  func twins() throws {
    let text = "[[password_sync]]\n" + attribute + "[[password_sync]]\n" + attribute
    let error = try #require(throws: ConfigurationError.self) { try sections(text) }
    #expect(error.message.contains("already"))
  }
}
