import Foundation
import JSON
import TestSupport
import Testing

@testable import Tenant

/// One attribute as `/Schemas` tells of it, and nothing else.
private struct Told {
  var path: String
  var json: JSONValue
  var isMany: Bool { json["multiValued"] == true }
  var kind: String { json["type"]?.string ?? "" }
  var isWritable: Bool { ["readWrite", "immutable"].contains(json["mutability"]?.string ?? "") }
  var isReference: Bool { json["name"] == "manager" || json["name"] == "members" }
  var parts: [Told] {
    (json["subAttributes"]?.array ?? []).map {
      Told(path: path + "." + ($0["name"]?.string ?? ""), json: $0)
    }
  }

  /// One value of the kind; the same number gives the same value.
  func one(_ number: Int) -> JSONValue {
    let name = json["name"]?.string ?? ""
    switch kind {
    case "boolean": return .boolean(number % 2 == 0)
    case "integer": return .integer([0, -1, .max, .min, 7][number % 5])
    case "decimal": return .number(Double(number) + 0.5)
    case "dateTime": return .string("2026-11-0\(number % 9 + 1)T00:00:00Z")
    case "binary": return .string(Data("bytes \(number)".utf8).base64EncodedString())
    case "complex":
      var object = JSONObject()
      for part in parts where part.isWritable {
        guard part.json["name"] != "primary" else { continue }
        object[part.json["name"]?.string ?? ""] = part.one(number)
      }
      return .object(object)
    default:
      if path.hasSuffix("userName") { return .string("name\(number)@example.com") }
      if path.hasPrefix("emails") && name == "value" || name == "mail" {
        return .string("mail\(number)@example.com")
      }
      if name == "proxyAddresses" { return .string("smtp:mail\(number)@example.com") }
      if let words = json["canonicalValues"]?.array { return words[number % words.count] }
      return .string("v\(number) é")
    }
  }

  func value(_ number: Int) -> JSONValue {
    isMany ? .array([one(number), one(number + 1)]) : one(number)
  }
}

/// Whoever reads the schemas knows how to write, find and take away every attribute.
@Suite("A server does what its schemas say")
struct SchemaModelTests {
  private static let endpoints = ["Users", "Groups", "Contacts", "Devices"]
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  /// The schemas of a kind: the core one first.
  private func schemas(_ endpoint: String) async throws -> [String] {
    let types = await tenant.get("/ResourceTypes")["Resources"]?.array ?? []
    let type = try #require(types.first { $0["endpoint"] == .string("/" + endpoint) })
    let more = (type["schemaExtensions"]?.array ?? []).compactMap { $0["schema"]?.string }
    return [try #require(type["schema"]?.string)] + more
  }

  /// The attributes of a schema that a client can write, by their paths.
  private func attributes(_ schema: String, isCore: Bool) async throws -> [Told] {
    let list = try #require(await tenant.get("/Schemas/\(schema)")["attributes"]?.array)
    return list.map {
      let name = $0["name"]?.string ?? ""
      return Told(path: isCore ? name : "\(schema):\(name)", json: $0)
    }
  }

  /// A resource of a kind that has everything, put together from the schemas.
  private func whole(_ endpoint: String, _ number: Int) async throws -> JSONObject {
    var body = JSONObject()
    let schemas = try await schemas(endpoint)
    body["schemas"] = .array(schemas.map { .string($0) })
    for (index, schema) in schemas.enumerated() {
      var object = JSONObject()
      for told in try await attributes(schema, isCore: index == 0)
      where told.isWritable && !told.isReference {
        object[told.json["name"]?.string ?? ""] = told.value(number)
      }
      if index == 0 {
        body.members += object.members
      } else {
        body[schema] = .object(object)
      }
    }
    return body
  }

  private func make(_ endpoint: String, _ number: Int) async throws -> (String, JSONObject) {
    let body = try await whole(endpoint, number)
    let reply = await tenant.send("POST", "/\(endpoint)", JSONValue.object(body).text)
    try #require(reply.status == 201, "\(reply.detail)")
    return (try #require(reply["id"]?.string), body)
  }

  /// What a resource has at a path.
  private func value(_ object: JSONObject, _ path: String) -> JSONValue? {
    guard path.hasPrefix("urn:"), let colon = path.lastIndex(of: ":") else { return object[path] }
    return object[String(path[..<colon])]?[String(path[path.index(after: colon)...])]
  }

  private func all(_ endpoint: String) async throws -> [Told] {
    var all: [Told] = []
    for (index, schema) in try await schemas(endpoint).enumerated() {
      all += try await attributes(schema, isCore: index == 0)
        .filter { $0.isWritable && !$0.isReference }
    }
    return all
  }

  // MARK: Tests

  @Test("Everything that can be written is kept as it was given", arguments: endpoints)
  func roundTrip(_ endpoint: String) async throws {
    let (id, body) = try await make(endpoint, 3)
    var kept = await tenant.get("/\(endpoint)/\(id)")
    for told in try await all(endpoint) {
      #expect(value(kept, told.path) == value(body, told.path), "\(told.path)")
    }
    let before = kept
    let put = await tenant.send("PUT", "/\(endpoint)/\(id)", JSONValue.object(kept).text)
    #expect(put.status == 200)
    kept = await tenant.get("/\(endpoint)/\(id)")
    #expect(kept == before)
  }

  @Test("Every attribute is given alone where it is asked for", arguments: endpoints)
  func alone(_ endpoint: String) async throws {
    let (id, body) = try await make(endpoint, 3)
    for told in try await all(endpoint) {
      let path = Percent.encode(told.path)
      let alone = await tenant.get("/\(endpoint)/\(id)?attributes=\(path)")
      #expect(value(alone, told.path) == value(body, told.path), "\(told.path)")
      #expect(Set(alone.members.map(\.name)).subtracting(["schemas", "id"]).count == 1)
      let others = await tenant.get("/\(endpoint)/\(id)?excludedAttributes=\(path)")
      #expect(value(others, told.path) == nil, "\(told.path)")
    }
  }

  @Test("Every attribute is taken away, unless it is required, and put back", arguments: endpoints)
  func patched(_ endpoint: String) async throws {
    let (id, _) = try await make(endpoint, 3)
    for told in try await all(endpoint) {
      let target = "/\(endpoint)/\(id)"
      let removed = await tenant.patch(target, #"{"op":"remove","path":"\#(told.path)"}"#)
      let isRequired = told.json["required"] == true
      #expect((removed.status >= 400) == isRequired, "\(told.path): \(removed.detail)")
      if !isRequired { #expect(value(await tenant.get(target), told.path) == nil) }
      let new = told.value(5)
      let added = await tenant.patch(
        target, #"{"op":"replace","path":"\#(told.path)","value":\#(new.text)}"#)
      #expect([200, 204].contains(added.status), "\(told.path): \(added.detail)")
      #expect(value(await tenant.get(target), told.path) == new, "\(told.path)")
    }
  }

  @Test("Every attribute finds who has its value, and nobody else", arguments: endpoints)
  func found(_ endpoint: String) async throws {
    let (one, _) = try await make(endpoint, 2)
    let (two, _) = try await make(endpoint, 5)
    func find(_ filter: String) async -> [String] {
      let found = await tenant.find(endpoint, filter)
      #expect(found.status == 200, "\(filter): \(found.detail)")
      return (found["Resources"]?.array ?? []).compactMap { $0["id"]?.string }
    }
    for told in try await all(endpoint) {
      for part in told.kind == "complex" ? told.parts.filter(\.isWritable) : [told]
      where part.json["name"] != "primary" && part.json["canonicalValues"] == nil {
        let literal = part.one(2).text
        #expect(await find("\(part.path) eq \(literal)") == [one], "\(part.path)")
        #expect(await find("not (\(part.path) eq \(literal))") == [two], "\(part.path)")
        #expect(await find("\(part.path) pr") == [one, two], "\(part.path)")
        guard part.kind == "string" else { continue }
        let folded = await find("\(part.path) eq \(literal.uppercased())")
        #expect(folded.isEmpty == (part.json["caseExact"] == true), "\(part.path)")
      }
    }
  }

  @Test("A value of another kind is refused with the name of its attribute", arguments: endpoints)
  func wrongKind(_ endpoint: String) async throws {
    let (id, _) = try await make(endpoint, 3)
    let before = await tenant.get("/\(endpoint)/\(id)")
    let others: [JSONValue] = ["no base64", 5, .number(1.5), true, ["x": 1], [["x"]]]
    for told in try await all(endpoint) {
      for other in others where !Self.fits(other, told) {
        let reply = await tenant.patch(
          "/\(endpoint)/\(id)",
          #"{"op":"replace","path":"\#(told.path)","value":\#(other.text)}"#)
        #expect(reply.status == 400, "\(told.path) \(other.text)")
        #expect(["invalidValue", "invalidSyntax"].contains(reply.kind))
        #expect(reply.detail.contains("'\(told.path)"), "\(reply.detail)")
      }
    }
    #expect(await tenant.get("/\(endpoint)/\(id)") == before)
  }

  // Whether the value may be one of the kind; what a text must look like besides is not told.
  private static func fits(_ value: JSONValue, _ told: Told) -> Bool {
    guard !told.isMany else { return false }
    switch told.kind {
    case "string", "reference": return value.string != nil
    case "boolean": return value.boolean != nil
    case "integer": return value.integer != nil
    case "decimal": return value.string == nil && value.boolean == nil
    default: return false
    }
  }

  @Test("What is read-only is passed over in a PUT and refused in a PATCH", arguments: endpoints)
  func readOnly(_ endpoint: String) async throws {
    let (id, body) = try await make(endpoint, 3)
    let before = await tenant.get("/\(endpoint)/\(id)")
    for (index, schema) in try await schemas(endpoint).enumerated() {
      for told in try await attributes(schema, isCore: index == 0)
      where told.json["mutability"] == "readOnly" {
        var changed = body
        let name = told.json["name"]?.string ?? ""
        if index == 0 {
          changed[name] = told.value(4)
        } else {
          var object = changed[schema]?.object ?? JSONObject()
          object[name] = told.value(4)
          changed[schema] = .object(object)
        }
        let put = await tenant.send("PUT", "/\(endpoint)/\(id)", JSONValue.object(changed).text)
        #expect(put.status == 200, "\(told.path): \(put.detail)")
        let patch = await tenant.patch(
          "/\(endpoint)/\(id)",
          #"{"op":"add","path":"\#(told.path)","value":\#(told.value(4).text)}"#)
        #expect(patch.status == 400 && patch.kind == "mutability", "\(told.path)")
      }
    }
    #expect(await tenant.get("/\(endpoint)/\(id)") == before)
  }
}
