import Foundation
import GRDB
import JSON
import Testing

@testable import Tenant

/// learn.microsoft.com, "passwordProfile resource type".
@Suite("A password that a client of Graph gives a user")
struct ResetPasswordTests {
  private let passwords: TestPasswords
  private var graph: TestGraph { passwords.graph }
  private let first = "xWwvJ]6NMw+bWH-d"
  private let second = "Br4nd-New-Secret!"

  init() throws { passwords = try TestPasswords() }

  private func reset(_ id: String, _ profile: String) async throws -> Int {
    try await graph.send("PATCH", "/users/\(id)", #"{"passwordProfile":{\#(profile)}}"#).status
  }

  @Test("A user who was made with one signs in with it")
  func made() async throws {
    let id = try await graph.user("ada")
    #expect(try await passwords.signIn("ada", first) == .success(id: id))
    #expect(try await passwords.signIn("ada", "another") == .wrongPassword)
  }

  @Test("A new one takes the place of the old one, whoever had given that", arguments: 0..<3)
  func changed(_ giver: Int) async throws {
    let id: String
    let old: String
    switch giver {
    case 0:
      old = "Correct horse 7"
      id = try await graph.tenant.user("ada@contoso.com", #","password":"\#(old)""#)
    case 1:
      old = "synchronized"
      id = try await passwords.user("ada")
      #expect(await passwords.results(TestPasswords.item("ada", old)) == [0])
    default:
      old = first
      id = try await graph.user("ada")
    }
    #expect(try await passwords.signIn("ada", old) == .success(id: id))
    #expect(try await reset(id, #""password":"\#(second)""#) == 204)
    #expect(try await passwords.signIn("ada", old) == .wrongPassword)
    #expect(try await passwords.signIn("ada", second) == .success(id: id))
  }

  @Test("A synchronized one takes the place of one by Graph")
  func synchronized() async throws {
    let id = try await passwords.user("ada")
    #expect(await passwords.results(TestPasswords.item("ada", "from the source")) == [0])
    #expect(try await passwords.signIn("ada", "from the source") == .success(id: id))
    #expect(try await passwords.signIn("ada", first) == .wrongPassword)
  }

  @Test(
    "One that must be changed lets nobody in before that",
    arguments: ["forceChangePasswordNextSignIn", "forceChangePasswordNextSignInWithMfa"])
  func forced(_ flag: String) async throws {
    let id = try await graph.user("ada")
    #expect(try await reset(id, #""password":"\#(second)","\#(flag)":true"#) == 204)
    #expect(try await passwords.signIn("ada", second) == .mustChange)
    #expect(try await passwords.signIn("ada", first) == .wrongPassword)
    // Alone it is about the password that is there.
    #expect(try await reset(id, #""\#(flag)":false"#) == 204)
    #expect(try await passwords.signIn("ada", second) == .success(id: id))
    #expect(try await reset(id, #""\#(flag)":true"#) == 204)
    #expect(try await passwords.signIn("ada", second) == .mustChange)
    #expect(try await reset(id, #""password":"\#(first)","\#(flag)":false"#) == 204)
    #expect(try await passwords.signIn("ada", first) == .success(id: id))
    for wrong in [#""yes""#, "1", "{}"] {
      #expect(try await reset(id, #""\#(flag)":\#(wrong)"#) == 400)
    }
  }

  @Test("One that is refused, or comes with what is refused, leaves the old one")
  func refused() async throws {
    let id = try await graph.user("ada")
    #expect(try await reset(id, #""password":"short""#) == 400)
    let both = #"{"passwordProfile":{"password":"\#(second)"},"shoeSize":"44"}"#
    #expect(try await graph.send("PATCH", "/users/\(id)", both).status == 400)
    #expect(try await passwords.signIn("ada", first) == .success(id: id))
    #expect(try await graph.send("POST", "/users", TestGraph.user("ADA")).status == 400)
    let count = try await passwords.store.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM credential")
    }
    #expect(count == 1)
  }

  @Test("Neither it nor its hash is in an answer, and it is in no file")
  func hidden() async throws {
    let id = try await graph.user("ada")
    #expect(try await reset(id, #""password":"\#(second)""#) == 204)
    for target in ["/users/\(id)?$select=passwordProfile,id", "/users/\(id)", "/users/delta"] {
      let text = try await graph.send("GET", target).body?.text ?? ""
      #expect(text.contains(id) && !text.contains(second) && !text.contains("derived"))
    }
    let shown = try await graph.get("/users/\(id)?$select=passwordProfile")
    #expect(shown.written("passwordProfile") == .null)
    #expect(await graph.tenant.get("/Users/\(id)?attributes=password")["password"] == nil)
    let folder = graph.tenant.folder.path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(!files.isEmpty)
    for file in files {
      let data = FileManager.default.contents(atPath: folder + "/" + file) ?? Data()
      for secret in [first, second] {
        #expect(data.range(of: Data(secret.utf8)) == nil, "\(file)")
        #expect(data.range(of: secret.data(using: .utf16LittleEndian) ?? Data([0])) == nil)
      }
    }
  }

  @Test("A change of it counts as a change of the user")
  func version() async throws {
    let id = try await graph.user("ada")
    #expect(try await reset(id, #""password":"\#(second)""#) == 204)
    #expect(await graph.tenant.get("/Users/\(id)")["meta"]?["version"] == "W/\"2\"")
  }
}
