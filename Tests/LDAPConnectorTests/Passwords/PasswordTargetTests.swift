import Directory
import Glibc
import PasswordSync
import Secrets
import Testing

@testable import LDAPConnector

@Suite("A directory that takes hashes", .enabled(if: !TestSlapd.isMissing))
struct PasswordTargetTests {
  private let samba = "objectClass: sambaSamAccount\n"

  private func target(
    _ server: TestSlapd, _ attribute: HashAttribute = HashSlapd.attribute,
    as account: (name: String, password: String)? = nil
  ) -> LDAPPasswordTarget {
    LDAPPasswordTarget(server.passwordSettings(as: account), attribute: attribute)
  }

  private func change(
    _ password: String, _ dn: String, anchor: String = "", mustChange: Bool = false,
    at seconds: Int64 = 1_795_886_400
  ) -> PasswordChange {
    PasswordChange(
      request: "1", sourceAnchor: "", targetAnchor: anchor, targetDN: dn,
      hash: PasswordHash.ntHash(of: password),
      changed: Timestamp(milliseconds: seconds * 1000), mustChange: mustChange)
  }

  private func anchor(_ server: TestSlapd, _ name: String) async throws -> String {
    try #require(try await server.connector().run().entry(HashSlapd.dn(name))).anchor.text
  }

  private func hash(_ server: TestSlapd, _ dn: String) async throws -> String? {
    try await server.seen(dn, "sambaNTPassword")?.secrets.first?.withBytes {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test(
    "A hash is written in upper case, with the time in the same change, and written again alike")
  func written() async throws {
    let server = try HashSlapd.start(person("ann", samba))
    let ann = HashSlapd.dn("ann")
    let change = change("Pa$$w0rd", ann, anchor: try await anchor(server, "ann"))
    for _ in 0..<2 {
      #expect(try await target(server).provision([change]) == [.success])
      #expect(try await hash(server, ann) == "92937945B518814341DE3F726500D4FF")
      #expect(
        try await server.seen(ann, "sambaNTPassword")?.text("sambaPwdLastSet") == "1795886400")
    }
    #expect(try await target(server).provision([]) == [])
  }

  @Test("A password that must be changed is written as one whose time is zero")
  func mustChange() async throws {
    let server = try HashSlapd.start(person("ann", samba))
    let ann = HashSlapd.dn("ann")
    let change = change("x", ann, anchor: try await anchor(server, "ann"), mustChange: true)
    #expect(try await target(server).provision([change]) == [.success])
    #expect(try await server.seen(ann, "sambaNTPassword")?.text("sambaPwdLastSet") == "0")
  }

  @Test(
    "A password that must be changed is not written where nothing says so: it would be one for good",
    arguments: [
      HashAttribute("sambaNTPassword", .hexadecimal, changed: nil),
      HashAttribute("sambaNTPassword", .hexadecimal, changed: "noSuchTime"),
      HashAttribute("sambaNTPassword", .hexadecimal, changed: "createTimestamp"),
      HashAttribute("ipaNTHash", .binary, changed: "krbLastPwdChange"),
    ])
  func mustChangeUntold(attribute: HashAttribute) async throws {
    let server = try HashSlapd.start(person("ann", samba))
    let ann = HashSlapd.dn("ann")
    let change = change("x", ann, anchor: try await anchor(server, "ann"), mustChange: true)
    guard case .filtered(let words)? = try await target(server, attribute).provision([change]).first
    else {
      Issue.record("it was not filtered")
      return
    }
    #expect(words.contains("must be changed"))
    #expect(try await server.seen(ann, attribute.name)?.secrets.isEmpty == true)
  }

  @Test("A hash in bytes goes with the time in the form that its attribute has")
  func bytes() async throws {
    let server = try HashSlapd.start(person("ann", samba))
    let ann = HashSlapd.dn("ann")
    let attribute = HashAttribute("ipaNTHash", .binary, changed: "krbLastPwdChange")
    let change = change("x", ann, anchor: try await anchor(server, "ann"))
    #expect(try await target(server, attribute).provision([change]) == [.success])
    let entry = try #require(try await server.seen(ann, "ipaNTHash"))
    #expect(entry.secrets.first?.isEqual(to: PasswordHash.ntHash(of: "x")) == true)
    #expect(entry.text("krbLastPwdChange") == "20261128172000Z")
  }

  @Test("A time for which the schema has no attribute is left out")
  func noTime() async throws {
    let server = try HashSlapd.start(person("ann", samba))
    let attribute = HashAttribute("sambaNTPassword", .hexadecimal, changed: "noSuchTime")
    let change = change("x", HashSlapd.dn("ann"), anchor: try await anchor(server, "ann"))
    #expect(try await target(server, attribute).provision([change]) == [.success])
    #expect(try await hash(server, HashSlapd.dn("ann")) == HashSlapd.hexadecimal("x"))
  }

  @Test("Each is answered for itself: one that is there, one that is not, one without the class")
  func answers() async throws {
    let server = try HashSlapd.start(person("ann", samba) + person("bob") + person("eve", samba))
    let changes = [
      change("1", HashSlapd.dn("ann"), anchor: try await anchor(server, "ann")),
      change("2", "cn=gone", anchor: "00000000-0000-0000-0000-000000000000"),
      change("3", HashSlapd.dn("bob"), anchor: try await anchor(server, "bob")),
      change("4", HashSlapd.dn("nobody")), change("5", ""), change("6", "no name at all"),
      change("7", HashSlapd.dn("eve")),
    ]
    let answers = try await target(server).provision(changes)
    try #require(answers.count == changes.count)
    #expect(answers[0] == .success && answers[6] == .success)
    guard case .retry(let gone) = answers[1], case .retry(let nobody) = answers[3],
      case .retry = answers[4]
    else {
      Issue.record("\(answers)")
      return
    }
    #expect(gone.contains("00000000-0000-0000-0000-000000000000"))
    #expect(nobody.contains("No such object"))
    guard case .failed(let noClass) = answers[2], case .failed(let noName) = answers[5] else {
      Issue.record("\(answers)")
      return
    }
    #expect(noClass.contains("not allowed") && noClass.contains("sambaSamAccount"))
    #expect(!noName.isEmpty)
    for password in ["2", "3", "6"] {
      #expect(!"\(answers)".uppercased().contains(HashSlapd.hexadecimal(password)))
    }
    #expect(try await hash(server, HashSlapd.dn("eve")) == HashSlapd.hexadecimal("7"))
  }

  @Test("An object that was renamed is found by its anchor")
  func renamed() async throws {
    let server = try HashSlapd.start(person("ann", samba))
    let change = change("x", HashSlapd.dn("ann"), anchor: try await anchor(server, "ann"))
    let connection = LDAPConnection(server.settings())
    try await connection.bind()
    #expect(try await connection.rename(HashSlapd.dn("ann"), to: "cn=anna").code == 0)
    #expect(try await target(server).provision([change]) == [.success])
    #expect(try await hash(server, HashSlapd.dn("anna")) == HashSlapd.hexadecimal("x"))
  }

  @Test(
    "Names with commas, quotes and line ends are written to",
    arguments: ["cn=Doe\\2C \\22Jo\\22", "cn=a\\0Ab", "cn=\\23hash \\2B plus\\5C", "cn=Жук\\3D1"])
  func names(_ name: String) async throws {
    let dn = "\(name),ou=people,dc=example,dc=org"
    let server = try HashSlapd.start(
      "dn:: " + String(decoding: Base64.encode(Array(dn.utf8)), as: UTF8.self)
        + "\nobjectClass: inetOrgPerson\n" + samba + "sn: x\n\n")
    let entry = try #require(
      try await server.connector().run().entries.first { $0.objectType == "user" })
    for anchor in [entry.anchor.text, ""] {
      let change = change("x" + anchor, entry.dn.text, anchor: anchor)
      #expect(try await target(server).provision([change]) == [.success])
      #expect(try await hash(server, dn) == HashSlapd.hexadecimal("x" + anchor))
    }
  }

  @Test("Who may not write hashes is told so, with what to do, and nothing is written")
  func rights() async throws {
    let account = (name: HashSlapd.dn("writer"), password: "writing")
    let server = try HashSlapd.start(
      person("ann", samba) + person("writer", "userPassword: writing\n"))
    let change = change("x", HashSlapd.dn("ann"), anchor: try await anchor(server, "ann"))
    let answers = try await target(server, as: account).provision([change])
    guard case .failed(let words)? = answers.first else {
      Issue.record("\(answers)")
      return
    }
    #expect(words.contains("Insufficient access") && words.contains("right to write"))
    #expect(try await hash(server, HashSlapd.dn("ann")) == nil)
  }

  @Test("A server that is gone, or goes away, is a failure of the batch and not of its users")
  func gone() async throws {
    let server = try HashSlapd.start(person("ann", samba))
    let change = change("x", HashSlapd.dn("ann"), anchor: try await anchor(server, "ann"))
    // The answer to the write is lost: before it come bind, root, schema, base and the search.
    let relay = try Relay(to: server.port, losing: [5])
    defer { relay.stop() }
    var settings = server.passwordSettings()
    settings.connection.servers = [LDAPServer(host: "127.0.0.1", port: relay.port)]
    let through = LDAPPasswordTarget(settings, attribute: HashSlapd.attribute)
    let lost = try #require(
      await #expect(throws: PasswordTargetFailure.self) {
        _ = try await through.provision([change])
      })
    #expect(lost.message.contains("127.0.0.1") && !lost.hint.isEmpty)
    #expect(lost.mayBeOfOne, "this write may be what the server fails at")
    #expect(try await hash(server, HashSlapd.dn("ann")) == HashSlapd.hexadecimal("x"))
    #expect(try await through.provision([change]) == [.success], "sent again, it is as it was")
    try await through.ping()
    server.crash()
    await #expect(throws: PasswordTargetFailure.self) { try await target(server).ping() }
    let away = await #expect(throws: PasswordTargetFailure.self) {
      _ = try await target(server).provision([change])
    }
    #expect(away?.mayBeOfOne == false)
  }

  @Test("A network that could be listened to is given no hash")
  func clear() async throws {
    let server = try HashSlapd.start(person("ann", samba))
    var settings = server.passwordSettings()
    settings.connection.servers = [LDAPServer(host: "0.0.0.0", port: server.port)]
    let failure = try #require(
      await #expect(throws: PasswordTargetFailure.self) {
        try await LDAPPasswordTarget(settings, attribute: HashSlapd.attribute)
          .provision([change("x", HashSlapd.dn("ann"))])
      })
    #expect(failure.message.contains("in the clear"))
    #expect(try await hash(server, HashSlapd.dn("ann")) == nil)
  }
}
