import Foundation
import GRDB
import JSON
import PasswordSync
import Secrets
import Testing

@testable import Tenant

@Suite("Passwords that come in batches")
struct CredentialTests {
  private let passwords: TestPasswords

  init() throws { passwords = try TestPasswords() }

  private func item(
    _ name: String, _ password: String = "Pa$$w0rd", request: String = UUID().uuidString,
    _ more: String = ""
  ) -> String { TestPasswords.item(name, password, request: request, more) }

  @Test("A password is taken for the user of a source anchor, and the user can sign in with it")
  func taken() async throws {
    let id = try await passwords.user("ada")
    #expect(await passwords.results(item("ada")) == [0])
    #expect(try await passwords.signIn("ada", "Pa$$w0rd") == .success(id: id))
    #expect(try await passwords.signIn("ada", "Pa$$w0rd2") == .wrongPassword)
    #expect(await passwords.results(item("ada", "another one")) == [0])
    #expect(try await passwords.signIn("ada", "Pa$$w0rd") == .wrongPassword)
    #expect(try await passwords.signIn("ada", "another one") == .success(id: id))
  }

  @Test(
    "A user is found by the id in the tenant, too, with or without its kind",
    arguments: ["", "User_"])
  func cloudAnchor(_ kind: String) async throws {
    let id = try await passwords.user("ada")
    let anchored = item("ada").replacing(
      "sourceAnchor\":\"anchor of ada", with: "cloudAnchor\":\"\(kind)\(id)")
    #expect(await passwords.results(anchored) == [0])
    #expect(try await passwords.signIn("ada", "Pa$$w0rd") == .success(id: id))
  }

  @Test("What a user is not there for is told with number 2, and taken once the user is there")
  func notThere() async throws {
    #expect(await passwords.results(item("ada", request: "one")) == [2])
    let id = try await passwords.user("ada")
    #expect(await passwords.results(item("ada", request: "one")) == [0])
    #expect(try await passwords.signIn("ada", "Pa$$w0rd") == .success(id: id))
  }

  @Test("A request that was carried out is answered as it was, and its password does not come back")
  func repeated() async throws {
    let id = try await passwords.user("ada")
    #expect(await passwords.results(item("ada", "first", request: "one")) == [0])
    #expect(await passwords.results(item("ada", "second", request: "two")) == [0])
    #expect(await passwords.results(item("ada", "first", request: "one")) == [0])
    #expect(try await passwords.signIn("ada", "second") == .success(id: id))
    _ = try await passwords.user("ben")
    #expect(await passwords.words(item("ben", request: "one")).contains("another object"))
  }

  @Test("A request that was carried out is done again once an earlier password took its place")
  func replaced() async throws {
    let id = try await passwords.user("ada")
    func at(_ date: String, _ password: String, _ request: String) -> String {
      item("ada", password, request: request).replacing("2026-01-31T12:00:00Z", with: date)
    }
    let (early, late) = ("2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z")
    #expect(await passwords.results(at(late, "of one account", "one")) == [0])
    #expect(await passwords.results(at(early, "of the other", "two")) == [0])
    #expect(try await passwords.signIn("ada", "of the other") == .success(id: id))
    #expect(await passwords.results(at(late, "of one account", "one")) == [0])
    #expect(try await passwords.signIn("ada", "of one account") == .success(id: id))
    // The earlier one does not come back by its own number.
    #expect(await passwords.results(at(early, "of the other", "two")) == [0])
    #expect(try await passwords.signIn("ada", "of one account") == .success(id: id))
  }

  @Test("A user who was made anew has nothing of a request that was carried out for the one before")
  func madeAnew() async throws {
    let first = try await passwords.user("ada")
    #expect(await passwords.results(item("ada", request: "one")) == [0])
    let graph = passwords.graph
    _ = try await graph.send("DELETE", "/users/\(first)")
    _ = try await graph.send("DELETE", "/directory/deletedItems/\(first)")
    #expect(await passwords.results(item("ada", request: "one")) == [2])
    let second = try await passwords.user("ada")
    #expect(second != first)
    for _ in 1...2 { #expect(await passwords.results(item("ada", request: "one")) == [0]) }
    #expect(try await passwords.signIn("ada", "Pa$$w0rd") == .success(id: second))
  }

  @Test("Each of a batch has its own answer, in order")
  func mixed() async throws {
    _ = try await passwords.user("ada")
    _ = try await passwords.user("cyd")
    let bad = item("cyd").replacing("v1;", with: "v2;")
    #expect(await passwords.results(item("ada"), item("ben"), bad, item("cyd")) == [0, 2, 1, 0])
  }

  @Test(
    "What is no credential is refused in words",
    arguments: [
      ("v1;PPH1_MD4", "v1;PPH1_MD5"), (",1000,", ",999,"), (",1000,", ",100001,"), (";\"", "\""),
      ("PPH1_MD4,", "PPH1_MD4,AB"),
    ])
  func badCredential(_ from: String, _ to: String) async throws {
    _ = try await passwords.user("ada")
    let changed = item("ada").replacing(from, with: to)
    #expect(await passwords.results(changed) == [1])
    #expect(await passwords.words(changed).hasPrefix("credentialData must"))
    #expect(try await passwords.signIn("ada", "Pa$$w0rd") == .wrongPassword)
  }

  @Test(
    "What is wrong with one item is told of it",
    arguments: [
      ("2026-01-31T12:00:00Z", "yesterday", "changeDate must"),
      ("anchor of ada", "", "sourceAnchor or cloudAnchor"),
      (#""anchor of ada""#, "1", "sourceAnchor must be a string of at most 256 bytes"),
      ("anchor of ada", String(repeating: "ä", count: 129), "at most 256 bytes"),
      (
        #""sourceAnchor""#, #""cloudAnchor":[],"sourceAnchor""#,
        "cloudAnchor must be a string of at most 256 bytes"
      ),
      (#""sourceAnchor""#, #""forcePasswordChangeOnLogon":1,"sourceAnchor""#, "must be true or"),
    ])
  func badItem(_ from: String, _ to: String, _ words: String) async throws {
    _ = try await passwords.user("ada")
    let changed = item("ada").replacing(from, with: to)
    #expect(await passwords.results(changed) == [1])
    #expect(await passwords.words(changed).contains(words))
    _ = try await passwords.user("ben")
    let reply = await passwords.send([changed, item("ben", "x", request: "2")])
    #expect(reply["results"]?.array?.map { $0["result"] } == [1, 0])
  }

  @Test("The anchor of one user with the id of another is refused")
  func crossed() async throws {
    let id = try await passwords.user("ada")
    _ = try await passwords.user("ben")
    let crossed = item("ben", "x", request: "1", #","cloudAnchor":"\#(id)""#)
    #expect(await passwords.words(crossed).contains("another source anchor"))
  }

  @Test(
    "A batch that is not built as it must be is refused as a whole",
    arguments: [
      "", "[]", "{}", #"{"items":[]}"#, #"{"items":[1]}"#, #"{"items":[{}]}"#,
      #"{"items":[{"requestId":""}]}"#, #"{"items":[{"requestId":"1","password":"x"}]}"#,
      #"{"items":[{"requestId":"1"},{"requestId":"1"}]}"#, #"{"items":[{"requestId":"1"}],"x":1}"#,
    ])
  func malformed(_ body: String) async {
    let reply = await passwords.service.answer(["credentials"], Array(body.utf8))
    #expect(reply.status == 400)
    #expect(reply["errorDescription"]?.string?.isEmpty == false)
  }

  @Test("Fifty are taken at once, fifty-one are not")
  func size() async throws {
    let many = (1...51).map { item("user \($0)") }
    let fifty = await passwords.send(Array(many.prefix(50)))
    #expect(fifty["results"]?.array?.count == 50)
    #expect(await passwords.send(many).status == 400)
  }

  @Test("Only what was derived is in the tenant's file, with a salt for each")
  func kept() async throws {
    for name in ["ada", "ben"] {
      _ = try await passwords.user(name)
      _ = await passwords.results(item(name, "the same password"))
    }
    let derived = try await passwords.store.read {
      try Data.fetchAll($0, sql: "SELECT derived FROM credential")
    }
    #expect(Set(derived).count == 2)
    let hash = PasswordHash.ntHash(of: "the same password").withBytes { Data($0) }
    let hexadecimal = hash.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let folder = passwords.graph.tenant.folder.path
    for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
      let content = try Data(contentsOf: URL(filePath: folder + "/" + name))
      for secret in [
        hash, Data(hexadecimal.utf8), Data(hexadecimal.uppercased().utf8),
        Data("the same password".utf8),
      ] {
        #expect(content.range(of: secret) == nil, "\(name)")
      }
    }
  }

  @Test("When the password came is told, and that it does not expire")
  func stamped() async throws {
    let id = try await passwords.user("ada")
    _ = await passwords.results(item("ada"))
    let user = try await passwords.graph.get(
      "/users/\(id)?$select=lastPasswordChangeDateTime,passwordPolicies,onPremisesLastSyncDateTime")
    let moment = try #require(user["lastPasswordChangeDateTime"]?.string)
    #expect(abs(try #require(Moment.milliseconds(moment)) - Moment.now) < 600_000)
    #expect(user["passwordPolicies"] == "DisablePasswordExpiration")
    #expect(user["onPremisesLastSyncDateTime"] == nil)
    let scim = await passwords.graph.tenant.get("/Users/\(id)")
    #expect(scim[TestTenant.onPremisesURN]?["lastPasswordSyncTime"]?.string == moment)
  }

  @Test("A write of nothing new after a password changes nothing")
  func canonical() async throws {
    let id = try await passwords.user("ada")
    _ = await passwords.results(item("ada"))
    let tenant = passwords.graph.tenant
    let before = await tenant.get("/Users/\(id)")["meta"]?["version"]
    let reply = await tenant.patch(
      "/Users/\(id)", #"{"op":"replace","path":"displayName","value":"ada"}"#)
    #expect(reply.status == 200)
    #expect(await tenant.get("/Users/\(id)")["meta"]?["version"] == before)
  }

  @Test(
    "The policy of no expiry comes and goes, and others stay",
    arguments: [
      (nil, false, "DisablePasswordExpiration"), (nil, true, nil),
      ("DisablePasswordExpiration", true, nil), ("None", true, nil),
      ("DisableStrongPassword", false, "DisablePasswordExpiration, DisableStrongPassword"),
      (
        "DisablePasswordExpiration, DisableStrongPassword", true, "DisableStrongPassword"
      ),
    ] as [(String?, Bool, String?)])
  func policies(_ before: String?, _ expires: Bool, _ after: String?) {
    #expect(CredentialWriter.policies(before, expires: expires) == after)
  }

  @Test("With the cloud's own policy on, no expiry is no longer stamped at the next password")
  func cloudPolicy() async throws {
    let id = try await passwords.user("ada")
    _ = await passwords.results(item("ada"))
    try await passwords.turn(.cloudPasswordPolicy, true)
    let path = "/users/\(id)?$select=passwordPolicies"
    #expect(try await passwords.graph.get(path)["passwordPolicies"] != nil)
    _ = await passwords.results(item("ada", "second"))
    #expect(try await passwords.graph.get(path)["passwordPolicies"] == nil)
  }

  @Test("A password that must be changed is taken only with its feature, and lets nobody in")
  func forced() async throws {
    _ = try await passwords.user("ada")
    let forced = item("ada", "temporary", #","forcePasswordChangeOnLogon":true"#)
    #expect(await passwords.words(forced).contains("userForcePasswordChangeOnLogonEnabled"))
    #expect(await passwords.results(forced) == [3])
    try await passwords.turn(.forcedChange, true)
    #expect(await passwords.results(forced) == [0])
    #expect(try await passwords.signIn("ada", "temporary") == .mustChange)
    #expect(try await passwords.signIn("ada", "other") == .wrongPassword)
  }

  @Test("With the feature off nothing is taken, with the number of the original")
  func notActivated() async throws {
    _ = try await passwords.user("ada")
    try await passwords.turn(.passwordSync, false)
    let reply = await passwords.send([item("ada")])
    #expect(reply.status == 403)
    #expect(reply["errorCode"] == 90)
    #expect(
      reply["errorDescription"]
        == "Password Synchronization has not been activated for this company.")
    #expect(await passwords.service.answer(["ping"], nil)["errorCode"] == 90)
    try await passwords.turn(.passwordSync, true)
    #expect(await passwords.results(item("ada")) == [0])
  }

  @Test("A sign of life is told of the organization, as passwords are")
  func ping() async throws {
    func last() async throws -> String? {
      try await passwords.graph.get("/organization")["value"]?.array?.first?[
        "onPremisesLastPasswordSyncDateTime"]?.string
    }
    #expect(try await last() == nil)
    #expect(await passwords.service.answer(["ping"], nil).status == 200)
    let first = try #require(try await last())
    #expect(abs(try #require(Moment.milliseconds(first)) - Moment.now) < 600_000)
    try await passwords.store.write { context in
      try FactTable.set(
        try context.database, FactTable.lastPasswordSync, "2001-01-01T00:00:00.000Z")
    }
    _ = await passwords.send([item("nobody")])
    #expect(try #require(try await last()) > "2002")
  }

  @Test(
    "A deleted user takes no password; restored, the old one holds; deleted for ever, nothing stays"
  )
  func deleted() async throws {
    let id = try await passwords.user("ada")
    _ = await passwords.results(item("ada"))
    #expect(try await passwords.graph.send("DELETE", "/users/\(id)").status == 204)
    #expect(await passwords.results(item("ada", "other")) == [2])
    #expect(try await passwords.signIn("ada", "Pa$$w0rd") == .unknown)
    let restored = try await passwords.graph.send(
      "POST", "/directory/deletedItems/\(id)/restore")
    #expect(restored.status == 200)
    #expect(try await passwords.signIn("ada", "Pa$$w0rd") == .success(id: id))
    for path in ["/users/\(id)", "/directory/deletedItems/\(id)"] {
      #expect(try await passwords.graph.send("DELETE", path).status == 204)
    }
    let left = try await passwords.store.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM credential")
    }
    #expect(left == 0)
  }

  @Test("Numbers of requests are forgotten after their time")
  func forgotten() async throws {
    _ = try await passwords.user("ada")
    _ = await passwords.results(item("ada", request: "old"))
    try await passwords.store.write { context in
      try context.database.execute(
        sql: "UPDATE credential_request SET done = ?",
        arguments: [context.now - CredentialTable.keeping - 1])
    }
    _ = await passwords.results(item("ada", request: "new"))
    let left = try await passwords.store.read {
      try String.fetchAll($0, sql: "SELECT id FROM credential_request")
    }
    #expect(left == ["new"])
  }

  @Test("Faults on purpose come one password at a time")
  func faults() async throws {
    _ = try await passwords.user("ada")
    passwords.faults.knobs.refuseCredentialNext = 1
    passwords.faults.knobs.missCredentialNext = 1
    #expect(await passwords.results(item("ada"), item("ada"), item("ada")) == [1, 2, 0])
  }
}
