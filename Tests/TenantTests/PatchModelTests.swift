import JSON
import TestSupport
import Testing

@testable import Tenant

/// A mail address of the model.
private struct Email: Hashable {
  var value: String
  var type: String?
  var primary: Bool?

  var json: String {
    var parts = ["\"value\":\"\(value)\""]
    if let type { parts.append("\"type\":\"\(type)\"") }
    if let primary { parts.append("\"primary\":\(primary)") }
    return "{" + parts.joined(separator: ",") + "}"
  }

  init(value: String, type: String?, primary: Bool?) {
    (self.value, self.type, self.primary) = (value, type, primary)
  }

  init(_ json: JSONValue) {
    value = json["value"]?.string ?? ""
    type = json["type"]?.string
    primary = json["primary"]?.boolean
  }

  static func random(_ random: inout SeededRandom) -> Email {
    Email(
      value: random.choose(["a@x.org", "b@x.org", "c@x.org"]),
      type: random.choose(["work", "home", "other", nil]),
      primary: random.choose([nil, nil, false, true]))
  }
}

/// A user as RFC 7644 §3.5.2 says that operations leave it.
private struct ModelUser: Hashable {
  var emails: [Email] = []
  var nickName: String?
  var givenName: String?
  var familyName: String?

  /// A request that has no effect at all.
  struct Refused: Error {}

  /// The whole user is checked once all operations are done; no value stands there twice.
  mutating func settle() throws {
    var seen: Set<Email> = []
    emails = emails.filter { seen.insert($0).inserted }
    guard emails.count(where: { $0.primary == true }) <= 1 else { throw Refused() }
  }

  mutating func add(_ given: [Email]) throws {
    let given = try Self.checked(given)
    let fresh = given.filter { !emails.contains($0) }
    if fresh.contains(where: { $0.primary == true }) {
      emails = emails.map { email in
        var email = email
        if email.primary == true { email.primary = false }
        return email
      }
    }
    emails += fresh
  }

  static func checked(_ given: [Email]) throws -> [Email] {
    var seen: Set<Email> = []
    let given = given.filter { seen.insert($0).inserted }
    guard given.count(where: { $0.primary == true }) <= 1 else { throw Refused() }
    return given
  }

  mutating func set(_ value: String, ofType type: String, makes: Bool) throws {
    let found = emails.indices.filter { emails[$0].type == type }
    guard !found.isEmpty || makes else { throw Refused() }
    for index in found { emails[index].value = value }
    if found.isEmpty { emails.append(Email(value: value, type: type, primary: nil)) }
  }
}

/// One operation, as JSON and as what it does to the model.
private struct Operation {
  var json: String
  var apply: (inout ModelUser) throws -> Void

  static func random(_ random: inout SeededRandom) -> Operation {
    let list = (0..<Int.random(in: 0...3, using: &random)).map { _ in Email.random(&random) }
    let values = "[" + list.map(\.json).joined(separator: ",") + "]"
    let type = random.choose(["work", "home", "other"])
    let value = random.choose(["a@x.org", "b@x.org", "d@x.org"])
    let name = random.choose(["Ann", "Bo"])
    let word = random.choose(["add", "Add", "ADD"])
    let filter = "emails[type eq \\\"\(type)\\\"]"
    switch Int.random(in: 0..<14, using: &random) {
    case 0:
      return Operation(json: #"{"op":"\#(word)","path":"emails","value":\#(values)}"#) {
        if !list.isEmpty { try $0.add(list) }
      }
    case 1:
      return Operation(json: #"{"op":"replace","path":"emails","value":\#(values)}"#) {
        $0.emails = try ModelUser.checked(list)
      }
    case 2:
      return Operation(json: #"{"op":"replace","path":"\#(filter).value","value":"\#(value)"}"#) {
        try $0.set(value, ofType: type, makes: false)
      }
    case 3:
      return Operation(json: #"{"op":"add","path":"\#(filter).value","value":"\#(value)"}"#) {
        try $0.set(value, ofType: type, makes: true)
      }
    case 4:
      return Operation(json: #"{"op":"remove","path":"\#(filter)"}"#) {
        $0.emails.removeAll { $0.type == type }
      }
    case 5: return Operation(json: #"{"op":"remove","path":"emails"}"#) { $0.emails = [] }
    case 6:
      return Operation(json: #"{"op":"remove","path":"emails","value":\#(values)}"#) {
        $0.emails.removeAll { list.contains($0) }
      }
    case 7:
      return Operation(json: #"{"op":"replace","path":"nickName","value":"\#(name)"}"#) {
        $0.nickName = name
      }
    case 8: return Operation(json: #"{"op":"remove","path":"nickname"}"#) { $0.nickName = nil }
    case 9:
      return Operation(json: #"{"op":"\#(word)","path":"name.givenName","value":"\#(name)"}"#) {
        $0.givenName = name
      }
    case 10:
      return Operation(json: #"{"op":"remove","path":"name.givenName"}"#) { $0.givenName = nil }
    case 11:
      return Operation(json: #"{"op":"replace","path":"name","value":{"familyName":"\#(name)"}}"#) {
        $0.familyName = name
      }
    case 12:
      return Operation(json: #"{"op":"remove","path":"name"}"#) {
        ($0.givenName, $0.familyName) = (nil, nil)
      }
    default:
      let op = random.choose(["add", "replace"])
      let body = #"{"nickName":"\#(name)","emails":\#(values),"name":{"givenName":"\#(name)"}}"#
      return Operation(json: #"{"op":"\#(op)","value":\#(body)}"#) {
        ($0.nickName, $0.givenName) = (name, name)
        if op == "replace" {
          $0.emails = try ModelUser.checked(list)
        } else if !list.isEmpty {
          try $0.add(list)
        }
      }
    }
  }
}

@Suite("Any operations of PATCH beside a plain user")
struct PatchModelTests {
  private func shown(_ body: JSONObject) -> ModelUser {
    ModelUser(
      emails: (body["emails"]?.array ?? []).map { Email($0) }, nickName: body["nickName"]?.string,
      givenName: body["name"]?["givenName"]?.string,
      familyName: body["name"]?["familyName"]?.string)
  }

  @Test(
    "A request does all that it says or nothing, and a new version says that something changed",
    arguments: 1...25)
  func requests(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let tenant = try TestTenant()
    let id = try await tenant.user("u\(seed)@example.com")
    var model = ModelUser()
    for _ in 0..<30 {
      let operations = (0...Int.random(in: 0...3, using: &random)).map { _ in
        Operation.random(&random)
      }
      let text = operations.map(\.json).joined(separator: ",")
      let before = await tenant.get("/Users/\(id)")
      var next = model
      var isRefused = false
      do {
        for operation in operations { try operation.apply(&next) }
        try next.settle()
      } catch {
        isRefused = true
        next = model
      }
      let reply = await tenant.patch("/Users/\(id)", text)
      #expect(reply.status == (isRefused ? 400 : 200), "\(text): \(reply.detail)")
      let after = await tenant.get("/Users/\(id)")
      #expect(shown(after) == next, "\(text) on \(model)")
      let isSame = before["meta"]?["version"] == after["meta"]?["version"]
      #expect(isSame == (model == next), "\(text) on \(model)")
      model = shown(after)
    }
  }

  @Test("What was done once changes nothing when it is said again", arguments: 30...45)
  func again(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let tenant = try TestTenant()
    let id = try await tenant.user("u\(seed)@example.com")
    for _ in 0..<20 {
      let operation = Operation.random(&random)
      guard await tenant.patch("/Users/\(id)", operation.json).status == 200 else { continue }
      let once = await tenant.get("/Users/\(id)")
      let reply = await tenant.patch("/Users/\(id)", operation.json)
      let twice = await tenant.get("/Users/\(id)")
      // Only what moves the mark of the preferred address may find another one to take it from.
      #expect(reply.status == 200, "\(operation.json): \(reply.detail)")
      #expect(shown(twice) == shown(once), "\(operation.json)")
    }
  }
}
