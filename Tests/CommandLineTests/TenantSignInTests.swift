import Directory
import Foundation
import GraphConnector
import PasswordSync
import SecretScanning
import Secrets
import Tenant
import Testing

@testable import Workspace
@testable import lockstep

@Suite("Signing in at the embedded tenant", .serialized)
struct TenantSignInTests {
  /// A tenant with the user `ada@contoso.com`, and `eve@contoso.com` who has no password.
  private func withTenant(
    _ work: (TenantSignIn, TenantPasswordTarget) async throws -> Void
  ) async throws {
    let folder = NSTemporaryDirectory() + "sign-in-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let token = Tenant.makeToken()
    let server = try TenantServer(
      TenantConfiguration(databasePath: folder + "/tenant.sqlite", token: .plain(token)))
    let root = "http://127.0.0.1:\(try await server.start())"
    let target = try await Self.fill(root, token)
    try await work(try TenantSignIn(url: root + "/scim/v2"), target)
    await server.stop()
  }

  /// Makes the users, and gives what sets their passwords.
  static func fill(_ root: String, _ token: String) async throws -> TenantPasswordTarget {
    let settings = GraphConnectorSettings(
      graphRoot: root, loginRoot: root, tenant: "", credentials: .bearer { token })
    let operations = try ["ada", "eve"].enumerated().map { index, name in
      ExportOperation(
        id: Int64(index),
        kind: .add([
          "userPrincipalName": [.string(name + "@contoso.com")], "accountEnabled": [.boolean(true)],
          "displayName": [.string(name)], "sourceAnchor": [.string(anchor(name))],
        ]), objectType: "user", anchor: nil,
        dn: try DistinguishedName("CN={" + Hexadecimal.encode(anchor(name).utf8) + "}"))
    }
    for outcome in try await GraphConnector(settings).export(operations) {
      guard case .done = outcome else { throw WrongOutcome(text: "\(outcome)") }
    }
    return TenantPasswordTarget(settings)
  }

  private static func anchor(_ name: String) -> String {
    Data(name.utf8).base64EncodedString()
  }

  private struct WrongOutcome: Error { var text: String }

  static func change(_ password: String, _ request: String = "1") -> PasswordChange {
    PasswordChange(
      request: request, sourceAnchor: anchor("ada"), targetAnchor: "", targetDN: "",
      hash: PasswordHash.ntHash(of: password), changed: .now, mustChange: false)
  }

  /// Asks on a thread of its own: the tenant of this process needs those that tests share.
  private func ask(
    _ signIn: TenantSignIn, _ name: String, _ password: SecretBytes
  ) async throws -> TenantSignIn.Answer {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(with: Result { try signIn.answer(name, password) })
      }
    }
  }

  private func secret(_ text: String) -> SecretBytes { SecretBytes(text.utf8) }

  @Test("A synchronized password signs in, the one before does not, and each refusal has its name")
  func answers() async throws {
    try await withTenant { signIn, target in
      let ada = "ada@contoso.com"
      #expect(try await ask(signIn, ada, secret("Pa$$w0rd")) == .wrongPassword, "none yet")
      for (number, password) in ["Pa$$w0rd", "Passwörd€ &+%=", " x "].enumerated() {
        let change = Self.change(password, "\(number)")
        #expect(try await target.provision([change]) == [.success])
        #expect(try await ask(signIn, ada, secret(password)) == .signsIn)
        #expect(try await ask(signIn, "ADA@contoso.com", secret(password)) == .signsIn)
      }
      #expect(try await ask(signIn, ada, secret("Pa$$w0rd")) == .wrongPassword)
      #expect(try await ask(signIn, "eve@contoso.com", secret("x")) == .wrongPassword)
      #expect(try await ask(signIn, "nobody@contoso.com", secret("x")) == .unknownUser)
      #expect(try await ask(signIn, "a&b=c d@contoso.com", secret("x")) == .unknownUser)
      for _ in 0..<10 { _ = try await ask(signIn, ada, secret("wrong")) }
      #expect(try await ask(signIn, ada, secret(" x ")) == .locked)
    }
  }

  @Test(
    "An answer is understood by its number, and what is none is none",
    arguments: [
      ("HTTP/1.1 200 OK\r\n\r\n{}", .signsIn),
      ("HTTP/1.1 400 Bad\r\nA: b\r\n\r\n{\"error_codes\":[50055]}", .mustChange),
      ("HTTP/1.1 400 Bad\r\n\r\n{\"error_codes\":[50057]}", .disabled),
      ("HTTP/1.0 400 Bad\r\n\r\n{\"error_description\":\"A\\u001b[2J\"}", .refused("A·[2J")),
      ("HTTP/1.1 503 Busy\r\n\r\nnothing", .refused("HTTP status 503")),
      ("HTTP/1.1 400 Bad\r\n\r\n[1]", .refused("HTTP status 400")), ("SSH-2.0\r\n\r\n", nil),
      ("", nil),
    ] as [(String, TenantSignIn.Answer?)])
  func parsed(_ text: String, _ answer: TenantSignIn.Answer?) {
    #expect(TenantSignIn.answer(Data(text.utf8)) == answer)
  }

  @Test("A tenant that is not there, and an address that is none, are told")
  func unreachable() throws {
    #expect(throws: WorkspaceError.self) { try TenantSignIn(url: "https://example.com/scim/v2") }
    let nobody = try TenantSignIn(url: "http://127.0.0.1:1/scim/v2")
    let error = #expect(throws: WorkspaceError.self) { try nobody.answer("a", secret("x")) }
    #expect(error?.message.contains("can't be reached") == true)
  }

  @Test("The client is the one that the tenant knows")
  func client() { #expect(TenantSignIn.client == Tenant.publicClientID) }

  @Test("Every answer has words for people and one for programs")
  func words() throws {
    let answers: [TenantSignIn.Answer] = [
      .signsIn, .mustChange, .wrongPassword, .unknownUser, .disabled, .locked, .refused("why"),
    ]
    let texts = try answers.map {
      try SignInReport.report("a\u{1B}b@x", $0).text(asJSON: false, width: nil)
    }
    #expect(Set(texts).count == answers.count)
    #expect(
      texts.allSatisfy { !$0.contains("\u{1B}") && $0.hasSuffix(".\n") || $0.contains("why") })
    let json = try SignInReport.report("a@x", .locked).text(asJSON: true, width: nil)
    #expect(json.contains("\"result\" : \"locked\"") && json.contains("\"signsIn\" : false"))
  }

  @Test("The program asks by file and by standard input, and shows nothing of the password")
  func program() async throws {
    guard Bench.areBuilt else { return }
    try await Bench.useAsync { bench in
      try bench.write(
        """
        [tenant]
        [[connector]]
        name = "people"
        type = "ldif"
        role = "source"
        content = "people.ldif"
        """, to: "lockstep.toml")
      let token = Tenant.makeToken()
      try bench.write(token, to: "tenant.token")
      chmod(bench.folder + "/tenant.token", 0o600)
      #expect(try bench.run("tenant", "start").status == 0)
      let address = try String(contentsOfFile: bench.folder + "/tenant.address", encoding: .utf8)
      let url = String(try #require(address.split(separator: "\n").first))
      let root = url.replacing("/scim/v2", with: "")
      let target = try await Self.fill(root, token)
      let password = "Very-secret-" + UUID().uuidString
      #expect(try await target.provision([Self.change(password)]) == [.success])
      try bench.write(password + "\n", to: "ada.password")
      let file = bench.folder + "/ada.password"
      let ask = ["tenant", "sign-in", "ada@contoso.com"]
      let open = try bench.run(ask + ["--password-file", file])
      #expect(open.status == 2 && open.errors.contains("open to others"))
      chmod(file, 0o600)
      let byFile = try bench.run(ask + ["--password-file", file])
      #expect(byFile.status == 0, "\(byFile.errors)")
      #expect(byFile.output == "ada@contoso.com: the password signs in.\n")
      let byInput = try bench.run(ask + ["--json"], input: password + "\r\nmore\n")
      #expect(byInput.status == 0 && byInput.output.contains("\"signsIn\" : true"))
      let wrong = try bench.run(ask, input: "wrong\n")
      #expect(wrong.status == 1 && wrong.output.contains("does not sign in"))
      let unknown = try bench.run(["tenant", "sign-in", "bob@contoso.com"], input: "x")
      #expect(unknown.status == 7)
      let nothing = try bench.run(ask)
      #expect(nothing.status == 2 && nothing.errors.contains("No password was given"))
      let giant = try bench.run(ask, input: String(repeating: "x", count: 5000))
      #expect(giant.status == 2 && giant.errors.contains("4096 bytes"))
      let scan = SecretScan([
        .password(password, name: "ada"),
        .hash(PasswordHash.ntHash(of: password), name: "ada"),
      ])
      #expect(scan.findings(inFolder: bench.folder, except: ["ada.password"]) == [])
      let pid = try #require(bench.tenantPid)
      #expect(try scan.findings(inProcess: pid).filter { $0.secret.hasPrefix("hash") } == [])
      #expect(try bench.run("tenant", "stop").status == 0)
    }
  }
}

@Suite("A password that is typed")
struct PasswordInputTests {
  /// A terminal: what is typed goes into `master`, and what is shown comes out of it.
  private func terminal() throws -> (master: Int32, slave: Int32) {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    // TIOCSPTLCK and TIOCGPTN (ioctl_tty(2)): unlocks the other side, and tells its number.
    var (isLocked, number): (Int32, Int32) = (0, 0)
    try #require(ioctl(master, 0x4004_5431, &isLocked) == 0)
    try #require(ioctl(master, 0x8004_5430, &number) == 0)
    let name = "/dev/pts/\(number)"
    return (master, open(name, O_RDWR | O_NOCTTY))
  }

  private func modes(_ terminal: Int32) -> tcflag_t {
    var modes = termios()
    tcgetattr(terminal, &modes)
    return modes.c_lflag
  }

  /// What reading gives when `keys` are typed; and what was shown meanwhile.
  private func type(_ keys: [UInt8]) throws -> (Result<[UInt8], WorkspaceError>, shown: [UInt8]) {
    let (master, slave) = try terminal()
    defer {
      close(master)
      close(slave)
    }
    let before = modes(slave)
    let typist = Thread {
      // What is typed before the terminal hides it is thrown away.
      while modes(slave) & tcflag_t(ECHO) != 0 { usleep(1000) }
      _ = write(master, keys, keys.count)
    }
    typist.start()
    var result: Result<[UInt8], WorkspaceError>
    do throws(WorkspaceError) {
      let secret = try PasswordInput.read(from: slave, prompt: "")
      result = .success(secret.withBytes { Array($0) })
    } catch {
      result = .failure(error)
    }
    #expect(modes(slave) == before, "the terminal is as it was")
    var shown = [UInt8](repeating: 0, count: 4096)
    #expect(fcntl(master, F_SETFL, O_NONBLOCK) == 0)
    let count = read(master, &shown, shown.count)
    return (result, Array(shown.prefix(max(count, 0))))
  }

  @Test("It is not shown, and keys that correct it do so")
  func typed() throws {
    let (result, shown) = try type(Array("wrong\u{15}secr€x\u{7F}\u{7F}e\u{8}et!\r".utf8))
    #expect(try result.get() == Array("secret!".utf8))
    #expect(shown.isEmpty, "\(shown)")
  }

  @Test("Who gives up is asked no more", arguments: [0x03, 0x04, 0x1C] as [UInt8])
  func givenUp(_ key: UInt8) throws {
    let (result, _) = try type(Array("sec".utf8) + [key])
    #expect(throws: WorkspaceError.self) { try result.get() }
  }

  @Test("Nothing typed is no password")
  func nothing() throws {
    let (result, _) = try type([0x0D])
    #expect(throws: WorkspaceError.self) { try result.get() }
  }
}
