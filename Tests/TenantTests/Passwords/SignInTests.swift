import GRDB
import JSON
import Secrets
import Testing

@testable import Tenant

@Suite("Signing in with a synchronized password")
struct SignInTests {
  private let passwords: TestPasswords
  private let tokens: TokenService
  private let policy = SignInCheck.Policy(attempts: 3, seconds: 60, longest: 150)

  init() throws {
    passwords = try TestPasswords()
    tokens = TokenService(
      store: passwords.graph.tenant.store,
      applications: [
        TenantApplication(clientID: "app", secret: "secret of tests"),
        TenantApplication(clientID: "bare"),
      ], audience: { "https://login/\($0)" }, lifetime: 60,
      policy: SignInCheck.Policy(attempts: 3, seconds: 60, longest: 150))
  }

  private func user(_ more: String = "") async throws -> String {
    let id = try await passwords.user("ada", more)
    #expect(await passwords.results(TestPasswords.item("ada", "Pa$$w0rd")) == [0])
    return id
  }

  private func ask(_ password: String?, _ change: [String: String?] = [:]) async -> Reply {
    var form: [String: String] = [
      "grant_type": "password", "client_id": Tenant.publicClientID,
      "username": "Ada@contoso.com", "scope": "openid",
    ]
    for (name, value) in change { form[name] = value }
    return await tokens.answer(
      tenant: "contoso", form: form, password: password.map { SecretBytes($0.utf8) })
  }

  private func number(_ reply: Reply) -> Int64? { reply["error_codes"]?.array?.first?.integer }

  @Test("The right password gets a token that stands for the user")
  func right() async throws {
    let id = try await user()
    let reply = await ask("Pa$$w0rd")
    #expect(reply.status == 200)
    let token = try #require(reply["access_token"]?.string)
    #expect(try await tokens.holder(ofToken: token) == .user(id: id))
  }

  @Test("A password of every script is the same on both ways")
  func script() async throws {
    let id = try await passwords.user("ada")
    for password in ["Passwörd€", "пароль", "密码🔑", " a b+c&d=e%"] {
      _ = await passwords.results(TestPasswords.item("ada", password))
      #expect(await ask(password).status == 200, "\(password)")
    }
    #expect(try await passwords.signIn("ada", " a b+c&d=e%") == .success(id: id))
  }

  @Test("What does not let in is told with the numbers of the original")
  func refusals() async throws {
    #expect(number(await ask("Pa$$w0rd")) == 50034)
    let id = try await passwords.user("ada")
    #expect(number(await ask("Pa$$w0rd")) == 50126, "no password was synchronized")
    _ = await passwords.results(TestPasswords.item("ada", "Pa$$w0rd"))
    let wrong = await ask("pa$$w0rd")
    #expect(wrong.status == 400)
    #expect(wrong["error"] == "invalid_grant")
    #expect(wrong["error_description"]?.string?.hasPrefix("AADSTS50126: ") == true)
    try await passwords.turn(.forcedChange, true)
    _ = await passwords.results(
      TestPasswords.item("ada", "temporary", #","forcePasswordChangeOnLogon":true"#))
    let expired = await ask("temporary")
    #expect(number(expired) == 50055)
    #expect(expired["suberror"] == "user_password_expired")
    _ = try await passwords.graph.send("PATCH", "/users/\(id)", #"{"accountEnabled":false}"#)
    #expect(number(await ask("temporary")) == 50057)
  }

  @Test(
    "What is missing is named",
    arguments: [
      (["username": nil], "username"), (["scope": nil], "scope"), (["username": ""], "username"),
    ] as [([String: String?], String)])
  func missing(_ change: [String: String?], _ name: String) async throws {
    let reply = await ask("x", change)
    #expect(number(reply) == 900144)
    #expect(reply["error_description"]?.string?.contains("'\(name)'") == true)
  }

  @Test("Without a password there is nothing to compare", arguments: [nil, ""])
  func noPassword(_ password: String?) async throws {
    #expect(number(await ask(password)) == 900144)
  }

  @Test("An application with a secret shows it; one without, or the public one, need not")
  func applications() async throws {
    _ = try await user()
    #expect(number(await ask("Pa$$w0rd", ["client_id": "other"])) == 700016)
    #expect(number(await ask("Pa$$w0rd", ["client_id": "app"])) == 7_000_215)
    let shown = await ask(
      "Pa$$w0rd", ["client_id": "app", "client_secret": "secret of tests"])
    #expect(shown.status == 200)
    #expect(await ask("Pa$$w0rd", ["client_id": "bare"]).status == 200)
    #expect(
      number(
        await ask(
          nil,
          [
            "grant_type": "client_credentials", "client_id": Tenant.publicClientID,
            "scope": "x/.default",
          ])) == 700016)
  }

  @Test("After too many wrong passwords even the right one is not compared, for a while")
  func locked() async throws {
    let id = try await user()
    for expected in [.wrongPassword, .wrongPassword, .locked, .locked] as [SignInCheck.Outcome] {
      #expect(try await passwords.signIn("ada", "wrong", policy: policy) == expected)
    }
    #expect(number(await ask("Pa$$w0rd")) == 50053)
    try await unlock()
    #expect(try await passwords.signIn("ada", "Pa$$w0rd", policy: policy) == .success(id: id))
    #expect(try await passwords.signIn("ada", "wrong", policy: policy) == .wrongPassword)
  }

  @Test("One more wrong password after a lock locks again, for longer, and not for ever")
  func longer() async throws {
    _ = try await user()
    for _ in 1...3 { _ = try await passwords.signIn("ada", "wrong", policy: policy) }
    var spans = [try await lockedFor()]
    for _ in 1...3 {
      try await unlock()
      #expect(try await passwords.signIn("ada", "wrong", policy: policy) == .locked)
      spans.append(try await lockedFor())
    }
    #expect(zip(spans, [60, 120, 150, 150]).allSatisfy { ($1 - 30...$1).contains($0) }, "\(spans)")
  }

  @Test("A new password does not open a lock: who guesses could wait for one")
  func newPassword() async throws {
    _ = try await user()
    for _ in 1...3 { _ = try await passwords.signIn("ada", "wrong", policy: policy) }
    #expect(await passwords.results(TestPasswords.item("ada", "new")) == [0])
    #expect(try await passwords.signIn("ada", "new", policy: policy) == .locked)
  }

  private func unlock() async throws {
    try await passwords.store.write { context in
      try context.database.execute(sql: "UPDATE credential SET locked_until = 1")
    }
  }

  // Seconds, rounded down.
  private func lockedFor() async throws -> Int {
    let until = try await passwords.store.read {
      try Int64.fetchOne($0, sql: "SELECT locked_until FROM credential")
    }
    return Int((try #require(until) - Moment.now + 999) / 1000)
  }
}
