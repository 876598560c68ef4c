import Directory
import Glibc
import ProgramTesting
import SambaTesting
import Testing

@testable import LDAPConnector

/// What a real domain controller of Samba says to who connects, looks and writes.
@Suite(
  .samba(users: 12), .serialized,
  .enabled(if: SambaDomain.hindrance == nil, "\(SambaDomain.hindrance ?? "")"))
struct SambaServerTests {
  static let domainName = "DC=phs,DC=test"
  let domain: SambaDomain

  init() throws { domain = try #require(SambaDomain.current) }

  func settings(
    as account: String = "Administrator", _ password: String = SambaDomain.administrator
  ) -> LDAPSettings {
    LDAPSettings(
      servers: [LDAPServer(host: domain.address)],
      authentication: .simple(name: account + "@" + SambaDomain.name) { password })
  }

  func connector(
    as account: String = "Administrator", _ password: String = SambaDomain.administrator,
    _ adjust: (inout LDAPConnectorSettings) -> Void = { _ in }
  ) -> LDAPConnector {
    var settings = LDAPConnectorSettings(connection: self.settings(as: account, password))
    adjust(&settings)
    return LDAPConnector(settings)
  }

  func bound() async throws -> LDAPConnection {
    let connection = LDAPConnection(settings())
    try await connection.bind()
    return connection
  }

  /// Makes a container of its own.
  func makeUnit(_ name: String) async throws -> String {
    let dn = "OU=\(name),\(Self.domainName)"
    let result = try await bound().add(dn, [SearchAttribute("objectClass", "organizationalUnit")])
    try #require(result.code == 0, "\(result)")
    return dn
  }

  // MARK: Connecting

  /// What the program's check says to who signs in by Kerberos.
  private func check(
    _ mechanism: String, _ identity: String, scheme: String, as account: String = "sync"
  ) throws -> (status: Int32, text: String) {
    let folder = try TestFolder()
    let configuration = try folder.write(
      "krb5.conf",
      """
      [libdefaults]
      default_realm = PHS.TEST
      dns_lookup_kdc = false
      dns_lookup_realm = false
      rdns = false
      dns_canonicalize_hostname = false
      udp_preference_limit = 1
      [realms]
      PHS.TEST = {
        kdc = \(domain.address):88
      }

      """)
    let environment = ["HOME": folder.path, "KRB5_CONFIG": configuration]
    let keytab = folder.path + "/keys"
    try domain.tool(
      "domain", "exportkeytab", keytab, "--principal=\(account)@PHS.TEST", takesNoDatabase: true)
    chmod(keytab, 0o600)
    let cache = "FILE:" + folder.path + "/tickets"
    if identity.contains("ticket_cache") {
      let log = folder.path + "/kinit"
      let status = Programs.run(
        ["/usr/bin/kinit", "-k", "-t", keytab, "-c", cache, "\(account)@PHS.TEST"],
        environment: environment, log: log)
      try #require(status == 0, "\(Programs.text(of: log))")
    }
    try folder.write(
      "lockstep.toml",
      """
      [[connector]]
      name = "people"
      type = "ldap"
      role = "source"
      servers = "\(scheme)://\(domain.address)"
      ca_file = "\(domain.certificate)"
      authentication = "\(mechanism)"
      user = "\(account)@PHS.TEST"
      \(identity.replacing("KEYTAB", with: keytab).replacing("CACHE", with: cache))
      """)
    return CheckProgram.run("people", in: folder, environment: environment)
  }

  @Test(
    "Kerberos signs in with a key file and with tickets, and encrypts what TLS does not",
    arguments: ["gssapi", "spnego"],
    [
      ("keytab = \"KEYTAB\"", "ldap"), ("ticket_cache = \"CACHE\"", "ldap"),
      ("keytab = \"KEYTAB\"", "ldaps"),
    ])
  func kerberos(mechanism: String, way: (identity: String, scheme: String)) throws {
    let answer = try check(mechanism, way.identity, scheme: way.scheme)
    let encryption = way.scheme == "ldap" ? "encrypted by SASL with 256 bits" : "TLS1."
    #expect(
      answer.text.contains("takes the bind as sync@PHS.TEST, " + encryption), "\(answer.text)")
    #expect(answer.text.contains("with the right Replicating Directory Changes"))
  }

  @Test("An account that is closed is told by Kerberos, too", arguments: ["gssapi", "spnego"])
  func closedByKerberos(mechanism: String) throws {
    let answer = try check(mechanism, "keytab = \"KEYTAB\"", scheme: "ldap", as: "shut")
    #expect(answer.status != 0)
    #expect(answer.text.contains("shut@PHS.TEST gets no Kerberos ticket"), "\(answer.text)")
    #expect(answer.text.contains("The account is disabled, locked or expired."))
  }

  @Test(
    "A password is taken and refused in the domain's words",
    arguments: [
      ("changes", "Pw-changes-Secret", ""),
      ("changes", "wrong", "Check the account's name and its password."),
      ("nobody", "wrong", "Check the account's name and its password."),
      ("shut", "Pw-shut-Secret", "The account is disabled: enable it."),
    ])
  func passwords(account: String, password: String, hint: String) async throws {
    for (usesTLS, startsTLS) in [(false, false), (true, false), (false, true)] {
      var settings = settings(as: account, password)
      settings.servers[0] = LDAPServer(host: domain.address, usesTLS: usesTLS)
      settings.startTLS = startsTLS
      settings.caFile = domain.certificate
      do throws(LDAPError) {
        let connection = LDAPConnection(settings)
        try await connection.bind()
        #expect(hint.isEmpty)
        let encryption = try await connection.perform { (session, _) throws(LDAPError) in
          try session.encryption()
        }
        #expect((encryption != nil) == (usesTLS || startsTLS))
      } catch {
        #expect(error.code == .refused && error.hint == hint, "\(error) \(error.hint)")
      }
    }
  }

  @Test("A controller's certificate that nobody vouches for is refused by its words")
  func certificates() async throws {
    for startsTLS in [true, false] {
      var settings = settings()
      settings.servers[0] = LDAPServer(host: domain.address, usesTLS: !startsTLS)
      settings.startTLS = startsTLS
      let untrusted = settings
      let error = await #expect(throws: LDAPError.self) {
        try await LDAPConnection(untrusted).bind()
      }
      #expect(error?.code == .tls)
      #expect(error?.message.hasSuffix("who signed it is not trusted") == true, "\(error as Any)")
    }
  }

  // MARK: Looking

  private func complaints(_ account: String) async -> [ConnectionFinding] {
    await connector(as: account, "Pw-\(account)-Secret").check().filter { !$0.isGood }
  }

  @Test("The check tells which rights an account has not, and what to do")
  func rights() async throws {
    let unit = try await makeUnit("Checked")
    try #require(try await bound().delete(unit).code == 0)
    let all = await connector().check()
    #expect(all.filter { !$0.isGood } == [])
    #expect(all.contains { $0.text == "deletes: deleted objects can be seen" })
    #expect(all.contains { $0.text.contains("changes: told by DirSync, with the right") })
    let changes = await connector(as: "changes", "Pw-changes-Secret").check()
    #expect(changes.filter { !$0.isGood } == [])
    let hidden = changes.first { $0.text.hasPrefix("deletes: deleted objects can't be seen") }
    #expect(hidden?.hint.contains("CN=Deleted Objects,\(Self.domainName)") == true, "\(changes)")
    let plain = await complaints("plain")
    #expect(plain.count == 1, "\(plain)")
    #expect(plain.first?.text.contains("not the right Replicating Directory Changes") == true)
    #expect(plain.first?.hint.contains("--car=get-changes") == true)
    // What is advised helps.
    try domain.tool(
      "dsacl", "set", "--objectdn=\(Self.domainName)", "--car=get-changes", "--action=allow",
      "--trusteedn=CN=plain,CN=Users,\(Self.domainName)")
    let better = await complaints("plain")
    #expect(better == [])
  }

  @Test("A group whose members are asked for in parts is read whole", arguments: [2, 3, 11, 1500])
  func ranges(size: Int) async throws {
    let unit = try await makeUnit("Ranges\(size)")
    let connection = try await bound()
    let people = try await connector().run().entries.filter { $0.objectType == "user" }
      .map(\.dn.text).filter { $0.contains("OU=People") }.prefix(11)
    #expect(people.count == 11)
    let made = try await connection.add(
      "CN=g,\(unit)",
      [
        SearchAttribute("objectClass", "group"), SearchAttribute("sAMAccountName", "ranges\(size)"),
        SearchAttribute(description: "member", values: people.map { Array($0.utf8) }),
      ])
    try #require(made.code == 0, "\(made)")
    let imported = try await connector {
      $0.base = unit
      $0.rangeSize = size
    }.run()
    #expect(imported.errors.isEmpty, "\(imported.errors)")
    #expect(imported.entry("CN=g,\(unit)")?.attributes["member"].count == 11)
  }
}
