import Directory
import Foundation
import HTTP
import JSON
import Synchronization
import Tenant
import Testing

@testable import SCIMConnector

/// What RFC 7643 §8.7.1 publishes of the user and the group, condensed: the type of each attribute,
/// of its parts, and which are lists.
private enum RFC7643 {
  static let user = kinds(
    """
    userName:string name:complex name.formatted:string name.familyName:string
    name.givenName:string name.middleName:string name.honorificPrefix:string
    name.honorificSuffix:string displayName:string nickName:string profileUrl:string title:string
    userType:string preferredLanguage:string locale:string timezone:string active:boolean
    password:string externalId:string schemas:list
    emails:list emails.value:string emails.display:string emails.type:string emails.primary:boolean
    phoneNumbers:list phoneNumbers.value:string phoneNumbers.display:string
    phoneNumbers.type:string phoneNumbers.primary:boolean
    addresses:list addresses.formatted:string addresses.streetAddress:string
    addresses.locality:string addresses.region:string addresses.postalCode:string
    addresses.country:string addresses.type:string addresses.primary:boolean
    """)
  static let enterprise = kinds(
    """
    employeeNumber:string costCenter:string organization:string division:string department:string
    manager:complex manager.value:string
    """)
  static let group = kinds(
    """
    displayName:string externalId:string schemas:list members:list members.value:string
    members.type:string
    """)

  private static func kinds(_ text: String) -> [String: String] {
    text.split(whereSeparator: \.isWhitespace).reduce(into: [:]) { kinds, word in
      let parts = word.split(separator: ":")
      kinds[String(parts[0])] = String(parts[1])
    }
  }
}

/// Judges bodies by what is published: RFC 7643 for its own schemas, the server's `/Schemas` for
/// every other.
private struct PublishedSchemas {
  private var kinds: [String: [String: String]] = [
    SCIMSchema.userURN: RFC7643.user, SCIMSchema.enterpriseURN: RFC7643.enterprise,
    SCIMSchema.groupURN: RFC7643.group,
  ]

  init(_ answer: JSONValue) throws {
    for schema in try #require(answer["Resources"]?.array) {
      let urn = try #require(schema["id"]?.string)
      guard kinds[urn] == nil else { continue }
      var found: [String: String] = [:]
      for attribute in schema["attributes"]?.array ?? [] where !Self.isReadOnly(attribute) {
        let name = try #require(attribute["name"]?.string)
        found[name] = Self.kind(attribute)
        for part in attribute["subAttributes"]?.array ?? [] where !Self.isReadOnly(part) {
          found[name + "." + (part["name"]?.string ?? "")] = Self.kind(part)
        }
      }
      kinds[urn] = found
    }
  }

  private static func isReadOnly(_ attribute: JSONValue) -> Bool {
    attribute["mutability"]?.string == "readOnly"
  }

  private static func kind(_ attribute: JSONValue) -> String {
    attribute["multiValued"] == true ? "list" : attribute["type"]?.string ?? ""
  }

  /// What is wrong with a whole resource.
  func faults(_ resource: JSONObject, core: String) -> [String] {
    let named = (resource["schemas"]?.array ?? []).compactMap(\.string)
    var faults = named.contains(core) ? [] : ["schemas lacks \(core)"]
    for member in resource.members {
      guard member.name.hasPrefix("urn:") else {
        faults += self.faults(member.name, member.value, urn: core)
        continue
      }
      if !named.contains(member.name) { faults.append("schemas lacks \(member.name)") }
      for part in member.value.object?.members ?? [] {
        faults += self.faults(part.name, part.value, urn: member.name)
      }
    }
    return faults
  }

  /// What is wrong with one operation of a PATCH (RFC 7644 §3.5.2).
  func faults(patch: JSONValue, core: String) -> [String] {
    let op = patch["op"]?.string ?? ""
    guard ["add", "replace", "remove"].contains(op) else { return ["op \(op)"] }
    guard var path = patch["path"]?.string else {
      return (patch["value"]?.object?.members ?? []).flatMap { member in
        member.name.hasPrefix("urn:")
          ? (member.value.object?.members ?? []).flatMap {
            faults($0.name, $0.value, urn: member.name)
          } : faults(member.name, member.value, urn: core)
      }
    }
    var urn = core
    if path.hasPrefix("urn:") {
      guard let known = kinds.keys.first(where: { path.hasPrefix($0 + ":") }) else {
        return ["no schema has \(path)"]
      }
      (urn, path) = (known, String(path.dropFirst(known.count + 1)))
    }
    // emails[type eq "work"].value
    let isFiltered = path.contains("[")
    if let open = path.firstIndex(of: "["), let close = path.lastIndex(of: "]") {
      path.removeSubrange(open...close)
    }
    guard kinds[urn]?[path] != nil else { return ["\(urn) has no \(path) that can be written"] }
    guard let value = patch["value"], !isFiltered || path.contains(".") else { return [] }
    let isList = kinds[urn]?[path] == "list"
    return faults(path, isList && value.array == nil ? .array([value]) : value, urn: urn)
  }

  private func faults(_ name: String, _ value: JSONValue, urn: String) -> [String] {
    guard let kind = kinds[urn]?[name] else { return ["\(urn) has no \(name) that can be written"] }
    if value == .null { return [] }
    func parts(_ object: JSONObject) -> [String] {
      object.members.flatMap { faults(name + "." + $0.name, $0.value, urn: urn) }
    }
    switch kind {
    case "list":
      guard let items = value.array else { return ["\(name) is no list"] }
      return items.flatMap { $0.object.map(parts) ?? [] }
    case "complex": return value.object.map(parts) ?? ["\(name) is no object"]
    case "boolean": return value.boolean == nil ? ["\(name) is no boolean"] : []
    case "integer": return value.integer == nil ? ["\(name) is no integer"] : []
    default: return value.string == nil ? ["\(name) is no text"] : []
    }
  }
}

@Suite("Requests as the published schemas have them")
struct PublishedSchemaTests {
  private final class Log: Sendable {
    let taken = Mutex<[HTTPRequest]>([])
  }

  private func server() async throws -> (TenantServer, String, String) {
    let token = Tenant.makeToken()
    let folder = FileManager.default.temporaryDirectory.path + "/scim-schemas-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let server = try TenantServer(
      TenantConfiguration(databasePath: folder + "/tenant.sqlite", token: .plain(token)))
    try await server.start()
    return (server, token, folder)
  }

  private func schemas(_ url: String, _ token: String) async throws -> PublishedSchemas {
    let answer = try await HTTPClient().send(
      HTTPRequest(
        "GET", url + "/Schemas", headers: [(name: "Authorization", value: "Bearer " + token)],
        body: nil, isRepeatable: true, timeout: 30))
    return try PublishedSchemas(try JSONValue(parsing: answer.body))
  }

  /// Judges one request, alone or in a Bulk.
  private func faults(
    _ method: String, _ path: String, _ body: JSONValue, _ schemas: PublishedSchemas
  ) -> [String] {
    let core = path.contains("/Groups") ? SCIMSchema.groupURN : SCIMSchema.userURN
    switch method {
    case "POST" where path.hasSuffix("/Bulk"):
      guard
        body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        let operations = body["Operations"]?.array
      else { return ["no BulkRequest"] }
      return operations.flatMap { operation -> [String] in
        let method = operation["method"]?.string ?? ""
        let named = method != "POST" || operation["bulkId"]?.string?.isEmpty == false
        return (named ? [] : ["a POST without a bulkId"])
          + faults(method, operation["path"]?.string ?? "", operation["data"] ?? .null, schemas)
      }
    case "POST", "PUT": return schemas.faults(body.object ?? JSONObject(), core: core)
    case "PATCH":
      guard body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        let operations = body["Operations"]?.array, !operations.isEmpty
      else { return ["no PatchOp"] }
      return operations.flatMap { schemas.faults(patch: $0, core: core) }
    case "DELETE": return body == .null ? [] : ["a DELETE with a body"]
    default: return ["the method \(method)"]
    }
  }

  private static let onPremises = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User"

  private func user(_ name: String, id: Int64) throws -> ExportOperation {
    ExportOperation(
      id: id,
      kind: .add([
        "userName": [.string(name + "@contoso.test")], "displayName": [.string(name)],
        "externalId": [.string("anchor-" + name)], "name.givenName": ["Ann"],
        "name.familyName": ["Lee"], "active": [true], "title": ["Lead"],
        "preferredLanguage": ["en-GB"],
        "emails[type eq \"work\"].value": [.string(name + "@x.test")],
        "phoneNumbers[type eq \"mobile\"].value": ["7"],
        "addresses[type eq \"work\"].locality": ["Bonn"],
        AttributeName(SCIMSchema.enterpriseURN + ":department"): ["Sums"],
        AttributeName(Self.onPremises + ":immutableId"): [.string("anchor-" + name)],
      ]), objectType: "user", anchor: nil, dn: try DistinguishedName("CN=" + name))
  }

  @Test(
    "Creations, changes, members and deletes are what the schemas allow",
    arguments: [true, false])
  func bodies(_ usesBulk: Bool) async throws {
    let (server, token, folder) = try await server()
    let url = try #require(server.baseURL)
    var settings = SCIMConnectorSettings(url: url) { token }
    settings.useBulk = usesBulk
    let connector = SCIMConnector(settings)
    let log = Log()
    try await HTTPWatch.run(
      { request, _ in log.taken.withLock { $0.append(request) } },
      during: {
        let made = try await connector.export([try user("ann", id: 1), try user("bob", id: 2)])
        let anchors = made.compactMap(\.anchor).map { Anchor($0) }
        try #require(anchors.count == 2)
        let group = Anchor(
          try #require(
            try await connector.export([
              ExportOperation(
                id: 3,
                kind: .add(["displayName": ["Team"], "members": [.reference(anchors[0].text)]]),
                objectType: "group", anchor: nil, dn: try DistinguishedName("CN=Team"))
            ])[0].anchor))
        func change(
          _ id: Int64, _ type: String, _ anchor: Anchor, _ changes: [AttributeChange]
        ) throws -> ExportOperation {
          ExportOperation(
            id: id, kind: .modify(changes), objectType: type, anchor: anchor,
            dn: try DistinguishedName("CN=x"))
        }
        let manager = AttributeName(SCIMSchema.enterpriseURN + ":manager")
        let changed = try await connector.export([
          try change(
            4, "user", anchors[0],
            [
              AttributeChange("title", .replace([])), AttributeChange("active", .replace([false])),
              AttributeChange("name.givenName", .replace(["Anna"])),
              AttributeChange("phoneNumbers[type eq \"mobile\"].value", .replace(["8"])),
              AttributeChange("addresses[type eq \"work\"].locality", .replace([])),
              AttributeChange(
                AttributeName(SCIMSchema.enterpriseURN + ":department"), .replace(["Art"])),
              AttributeChange(manager, .replace([.reference(anchors[1].text)])),
            ]),
          try change(
            5, "group", group,
            [
              AttributeChange(
                "members",
                .update(
                  added: [.reference(anchors[1].text)], removed: [.reference(anchors[0].text)]))
            ]),
        ])
        #expect(changed.allSatisfy { $0.isDone }, "\(changed)")
        let deleted = try await connector.export([
          ExportOperation(
            id: 6, kind: .delete, objectType: "group", anchor: group,
            dn: try DistinguishedName("CN=Team")),
          ExportOperation(
            id: 7, kind: .delete, objectType: "user", anchor: anchors[1],
            dn: try DistinguishedName("CN=bob")),
        ])
        #expect(deleted.allSatisfy { $0.isDone })
      })
    let schemas = try await schemas(url, token)
    let writes = log.taken.withLock { $0 }.filter { $0.method != "GET" && $0.url.hasPrefix(url) }
    #expect(writes.count >= 3)
    for request in writes {
      let body = try request.body.map { try JSONValue(parsing: $0) } ?? .null
      #expect(
        faults(request.method, request.url, body, schemas) == [], "\(request.method) \(body.text)")
      let type = request.headers.first { $0.name.lowercased() == "content-type" }?.value
      #expect(request.body == nil || type == "application/scim+json")
    }
    await server.stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  @Test("The judge itself finds what is wrong")
  func judge() throws {
    let schemas = try PublishedSchemas(["Resources": []])
    func found(_ text: String) throws -> [String] {
      let object = try #require(try JSONValue(parsing: Array(text.utf8)).object)
      return schemas.faults(object, core: SCIMSchema.userURN)
    }
    let urn = #""schemas":["\#(SCIMSchema.userURN)"]"#
    #expect(try found("{\(urn),\"userName\":\"a\",\"name\":{\"givenName\":\"b\"}}") == [])
    #expect(try found("{\(urn),\"id\":\"1\"}").count == 1)
    #expect(try found("{\(urn),\"active\":\"true\"}") == ["active is no boolean"])
    #expect(try found("{\(urn),\"name\":{\"first\":\"b\"}}").count == 1)
    #expect(try found("{\(urn),\"emails\":{\"value\":\"b\"}}") == ["emails is no list"])
    #expect(try found("{\"userName\":\"a\"}").count == 1)
    #expect(
      schemas.faults(
        patch: ["op": "replace", "path": "emails[type eq \"work\"].mail", "value": "x"],
        core: SCIMSchema.userURN
      ).count == 1)
    #expect(
      schemas.faults(patch: ["op": "put", "path": "title"], core: SCIMSchema.userURN).count == 1)
  }
}
