import Foundation
import GRDB
import JSON
import Testing

@testable import Tenant

/// RFC 7643 §4.1.1 and §7: a password is taken, never shown, and kept as a hash.
@Suite("A password that a client of SCIM gives a user")
struct GivenPasswordTests {
  private let passwords: TestPasswords
  private var tenant: TestTenant { passwords.graph.tenant }
  private let secret = "Correct horse 7"

  init() throws { passwords = try TestPasswords() }

  private func user(_ more: String? = nil) async throws -> String {
    try await tenant.user("ada@contoso.com", more ?? #","password":"\#(secret)""#)
  }

  @Test("It lets the user sign in, from the moment the user is made")
  func made() async throws {
    let id = try await user()
    #expect(try await passwords.signIn("ada", secret) == .success(id: id))
    #expect(try await passwords.signIn("ada", "another") == .wrongPassword)
  }

  @Test("It is in no answer, whoever asks how, and in no file")
  func hidden() async throws {
    let reply = await tenant.send(
      "POST", "/Users?attributes=password,userName",
      #"{"schemas":["\#(TestTenant.userURN)"],"userName":"ada@contoso.com","password":"\#(secret)"}"#
    )
    let id = try #require(reply["id"]?.string)
    #expect(reply["password"] == nil)
    for target in ["/Users/\(id)", "/Users/\(id)?attributes=password", "/Users?count=5"] {
      let text = await tenant.send("GET", target).body?.text ?? ""
      #expect(text.contains(id) && !text.contains("password"), "\(target)")
    }
    for filter in [#"password eq "\#(secret)""#, "password pr", "not (password pr)"] {
      #expect(await tenant.find("Users", filter).kind == "invalidFilter")
    }
    #expect(await tenant.send("GET", "/Users?sortBy=password").kind == "invalidPath")
    let body = try await passwords.store.read {
      try String.fetchOne($0, sql: "SELECT CAST(body AS TEXT) FROM resource") ?? ""
    }
    #expect(body.contains("ada@contoso.com") && !body.contains("assword"))
    let folder = tenant.folder.path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(!files.isEmpty)
    for file in files {
      let data = FileManager.default.contents(atPath: folder + "/" + file) ?? Data()
      #expect(data.range(of: Data(secret.utf8)) == nil, "\(file)")
      #expect(data.range(of: secret.data(using: .utf16LittleEndian) ?? Data([0])) == nil)
    }
  }

  @Test("A PATCH and a PUT change it, and count as a change of the user")
  func changed() async throws {
    let id = try await user(#","displayName":"Ada""#)
    #expect(try await passwords.signIn("ada", secret) == .wrongPassword)
    var version: Int64 = 1
    for operation in [
      #"{"op":"add","path":"password","value":"first one 1"}"#,
      #"{"op":"replace","path":"password","value":"first one 2"}"#,
      #"{"op":"replace","value":{"password":"first one 3"}}"#,
    ] {
      let reply = await tenant.patch("/Users/\(id)", operation)
      version += 1
      #expect(reply["meta"]?["version"] == .string("W/\"\(version)\""), "\(reply.detail)")
      let word = "first one \(version - 1)"
      #expect(try await passwords.signIn("ada", word) == .success(id: id))
    }
    let body = #"{"schemas":["\#(TestTenant.userURN)"],"userName":"ada@contoso.com""#
    let put = await tenant.send("PUT", "/Users/\(id)", body + #","password":"second one"}"#)
    #expect(put.status == 200)
    #expect(try await passwords.signIn("ada", "second one") == .success(id: id))
    // Whoever puts back a user can't have read the password.
    for rest in ["}", #","password":null}"#] {
      _ = await tenant.send("PUT", "/Users/\(id)", body + rest)
      #expect(try await passwords.signIn("ada", "second one") == .success(id: id))
    }
  }

  @Test(
    "It is taken away by a PATCH that says so",
    arguments: [#""op":"remove""#, #""op":"replace","value":null"#])
  func removed(_ way: String) async throws {
    let id = try await user()
    let reply = await tenant.patch("/Users/\(id)", #"{\#(way),"path":"password"}"#)
    #expect(reply["meta"]?["version"] == "W/\"2\"")
    #expect(try await passwords.signIn("ada", secret) == .wrongPassword)
    let again = await tenant.patch("/Users/\(id)", #"{\#(way),"path":"password"}"#)
    #expect(again["meta"]?["version"] == "W/\"2\"", "there was nothing to take away")
  }

  @Test("The last of several operations counts")
  func several() async throws {
    let id = try await user()
    _ = await tenant.patch(
      "/Users/\(id)",
      #"{"op":"remove","path":"password"},{"op":"add","path":"password","value":"the new one"}"#)
    #expect(try await passwords.signIn("ada", "the new one") == .success(id: id))
  }

  @Test("What is refused changes nothing, and its password is not told", arguments: [true, false])
  func refused(isNew: Bool) async throws {
    let id = try await user()
    for value in [#""short 7""#, "12345678", #"["Correct horse 8"]"#, "true", #""""#] {
      let reply: Reply
      if isNew {
        reply = await tenant.send(
          "POST", "/Users",
          #"{"schemas":["\#(TestTenant.userURN)"],"userName":"b@contoso.com","password":\#(value)}"#
        )
      } else {
        reply = await tenant.patch(
          "/Users/\(id)", #"{"op":"add","path":"password","value":\#(value)}"#)
      }
      #expect(reply.status == 400 && reply.kind == "invalidValue", "\(value)")
      #expect(!reply.detail.contains("short") && !reply.detail.contains("horse"))
    }
    let long = String(repeating: "x", count: 257)
    let reply = await tenant.patch(
      "/Users/\(id)", #"{"op":"add","path":"password","value":"\#(long)"}"#)
    #expect(reply.kind == "invalidValue" && !reply.detail.contains("xxx"))
    #expect(await tenant.get("/Users")["totalResults"] == 1)
    #expect(try await passwords.signIn("ada", secret) == .success(id: id))
  }

  @Test("A user who can't be made leaves no password behind")
  func undone() async throws {
    _ = try await user()
    let body = #"{"schemas":["\#(TestTenant.userURN)"],"userName":"ADA@contoso.com","#
    let reply = await tenant.send("POST", "/Users", body + #""password":"another one"}"#)
    #expect(reply.status == 409)
    let count = try await passwords.store.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM credential") ?? 0
    }
    #expect(count == 1)
  }

  @Test("The abilities and the schema tell of it")
  func told() async throws {
    #expect(await tenant.get("/ServiceProviderConfig")["changePassword"] == ["supported": true])
    let schema = await tenant.get("/Schemas/\(TestTenant.userURN)")
    let told = try #require(schema["attributes"]?.array?.first { $0["name"] == "password" })
    #expect(told["mutability"] == "writeOnly" && told["returned"] == "never")
  }
}
