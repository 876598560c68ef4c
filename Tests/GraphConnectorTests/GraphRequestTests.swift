import Directory
import HTTP
import JSON
import Synchronization
import Tenant
import Testing

@testable import GraphConnector

/// The properties that Microsoft publishes as writable (learn.microsoft.com, "user resource type",
/// "group resource type"), with their types and the most characters that they take.
private enum PublishedProperties {
  static let user = table(
    """
    accountEnabled:boolean businessPhones:strings:64 city:string:128 companyName:string:64
    country:string:128 department:string:64 displayName:string:256 employeeId:string:16
    employeeType:string faxNumber:string givenName:string:64 jobTitle:string:128 mail:string
    mailNickname:string:64 mobilePhone:string:64 officeLocation:string
    onPremisesExtensionAttributes:object onPremisesImmutableId:string otherMails:strings:250
    passwordPolicies:string passwordProfile:object postalCode:string:40 preferredLanguage:string
    state:string:128 streetAddress:string:1024 surname:string:64 usageLocation:string:2
    userPrincipalName:string userType:string
    """)
  static let group = table(
    """
    description:string displayName:string:256 groupTypes:strings mailEnabled:boolean
    mailNickname:string:64 securityEnabled:boolean visibility:string members@odata.bind:strings
    """)
  /// What an object can't be made without.
  static let required = [
    "/users": [
      "accountEnabled", "displayName", "mailNickname", "userPrincipalName", "passwordProfile",
    ],
    "/groups": ["displayName", "mailEnabled", "mailNickname", "securityEnabled"],
  ]

  struct Property { var kind: String, maximum: Int? }

  private static func table(_ text: String) -> [String: Property] {
    text.split(whereSeparator: \.isWhitespace).reduce(into: [:]) { table, word in
      let parts = word.split(separator: ":").map(String.init)
      table[parts[0]] = Property(kind: parts[1], maximum: parts.count > 2 ? Int(parts[2]) : nil)
    }
  }

  /// What is wrong with the body of a creation or a change.
  static func faults(_ body: JSONObject, of path: String, isNew: Bool) -> [String] {
    let table = path.hasPrefix("/users") ? user : group
    var faults: [String] = []
    for member in body.members {
      let isAnchor = member.name.hasPrefix("extension_") && member.name.hasSuffix("_sourceAnchor")
      guard
        let property = table[member.name]
          ?? (isAnchor ? Property(kind: "string", maximum: nil) : nil)
      else {
        faults.append("\(path) has no \(member.name) that can be written")
        continue
      }
      if member.value == .null {
        if isNew { faults.append("\(member.name) is null in a new object") }
        continue
      }
      let texts: [String]?
      switch property.kind {
      case "boolean": texts = member.value.boolean == nil ? nil : []
      case "strings": texts = member.value.array.map { $0.compactMap(\.string) }
      case "object": texts = member.value.object == nil ? nil : []
      default: texts = member.value.string.map { [$0] }
      }
      guard let texts else {
        faults.append("\(member.name) is no \(property.kind)")
        continue
      }
      if let most = property.maximum, texts.contains(where: { $0.utf16.count > most }) {
        faults.append("\(member.name) is too long")
      }
      if member.name == "members@odata.bind", texts.count > 20 {
        faults.append("\(texts.count) members in one request")
      }
    }
    if isNew {
      for name in required[path] ?? [] where body[name] == nil { faults.append("no \(name)") }
    }
    return faults
  }
}

@Suite("Requests to Graph as Microsoft's pages have them")
struct GraphRequestTests {
  private final class Log: Sendable {
    let taken = Mutex<[HTTPRequest]>([])
  }

  @Test("What Graph makes no object without is not sent empty, and known to keep its value")
  func kept() throws {
    for (type, names) in [
      (GraphObjectType.user, ["alias", "displayName", "userPrincipalName", "accountEnabled"]),
      (GraphObjectType.group, ["alias", "displayName", "mailEnabled", "securityEnabled"]),
    ] {
      let writer = GraphObjectWriter(type: type)
      for name in names {
        let none = writer.changed([AttributeChange(AttributeName(name), .replace([]))])
        #expect(none.properties.members.isEmpty, "\(type.name) \(name)")
        #expect(GraphConnector.schema[AttributeName(name)].keepsValue, "\(name)")
      }
    }
    let writer = GraphObjectWriter(type: .user)
    let title = writer.changed([AttributeChange("title", .replace([]))])
    #expect(title.properties.members.contains { $0.name == "jobTitle" && $0.value == .null })
    #expect(!GraphConnector.schema["title"].keepsValue)
    let alias = writer.changed([AttributeChange("alias", .replace(["ann"]))])
    #expect(alias.properties["mailNickname"] == "ann")
  }

  /// Judges one request, alone or in a batch.
  private func faults(_ method: String, _ path: String, _ body: JSONValue) -> [String] {
    let parts = path.split(separator: "?")[0].split(separator: "/").map(String.init)
    switch (method, parts.count) {
    case ("POST", 1) where parts == ["$batch"]:
      let requests = body["requests"]?.array ?? []
      let isRight =
        (1...20).contains(requests.count)
        && Set(requests.map { $0["id"]?.string }).count == requests.count
      return (isRight ? [] : ["\(requests.count) requests in a batch"])
        + requests.flatMap { request -> [String] in
          let inner = request["body"] ?? .null
          let isTyped = request["headers"]?["Content-Type"]?.string == "application/json"
          return (inner == .null || isTyped ? [] : ["a body without its type"])
            + faults(request["method"]?.string ?? "", request["url"]?.string ?? "", inner)
        }
    case ("POST", 1), ("PATCH", 2):
      guard ["users", "groups"].contains(parts[0]), let object = body.object else {
        return ["\(method) \(path)"]
      }
      return PublishedProperties.faults(object, of: "/" + parts[0], isNew: method == "POST")
    case ("PUT", 4), ("POST", 4):
      let link = body["@odata.id"]?.string ?? ""
      return parts[3] == "$ref"
        && link.hasPrefix("https://graph.microsoft.com/v1.0/directoryObjects/")
        ? [] : ["\(method) \(path) with \(link)"]
    case ("DELETE", 2), ("DELETE", 4), ("DELETE", 5): return body == .null ? [] : ["a body"]
    case ("POST", _): return path.hasSuffix("/restore") ? [] : ["\(method) \(path)"]
    default: return method == "GET" ? [] : ["\(method) \(path)"]
    }
  }

  @Test("Creations, changes, links and deletes name what there is, in its type and length")
  func bodies() async throws {
    let cloud = try await TestCloud()
    let log = Log()
    try await HTTPWatch.run(
      { request, _ in log.taken.withLock { $0.append(request) } },
      during: {
        // Every attribute that can be written, in creations and in changes.
        func attributes(_ type: GraphObjectType, _ name: String, _ text: String) -> AttributeSet {
          var set = AttributeSet()
          for attribute in type.attributes where !attribute.isReadOnly {
            switch attribute.shape {
            case .flag: set[attribute.name] = [.boolean(attribute.property != "mailEnabled")]
            case .links, .link: continue
            default: set[attribute.name] = [.string(text)]
            }
          }
          if type.name == "user" {
            set["userPrincipalName"] = [.string(name + "@contoso.com")]
            set["usageLocation"] = ["DE"]
            set["userType"] = ["Member"]
            set["passwordPolicies"] = ["None"]
            set["otherMails"] = [.string(name + "@home.test")]
            set["mail"] = [.string(name + "@contoso.com")]
          } else {
            set["groupTypes"] = []
            set["visibility"] = ["Private"]
          }
          set["sourceAnchor"] = [.string(Operations.anchor(name))]
          return set
        }
        let boss = try await cloud.add(user: "boss")
        func add(_ type: GraphObjectType, _ name: String, id: Int64) throws -> ExportOperation {
          var set = attributes(type, name, name)
          if type.name == "user" { set["manager"] = [.reference(boss.text)] }
          if type.name == "group" { set["member"] = [.reference(boss.text)] }
          return ExportOperation(
            id: id, kind: .add(set), objectType: type.name, anchor: nil, dn: try Operations.dn(name)
          )
        }
        let made = try await cloud.connector.export([
          try add(.user, "ann", id: 1), try add(.user, "bob", id: 2),
          try add(.group, "team", id: 3),
        ])
        let anchors = made.compactMap(\.anchor)
        try #require(anchors.count == 3, "\(made)")
        let changes = attributes(.user, "ann", "other").attributes
          .filter { !["sourceAnchor", "userPrincipalName"].contains($0.name) }
          .map { AttributeChange($0.name, .replace($0.values)) }
        let changed = try await cloud.connector.export([
          try Operations.modify("user", anchors[0], changes, id: 4),
          try Operations.modify(
            "user", anchors[1],
            [
              AttributeChange("title", .replace([])), AttributeChange("manager", .replace([])),
              AttributeChange("accountEnabled", .replace([false])),
            ], id: 5),
          try Operations.modify(
            "group", anchors[2],
            [
              AttributeChange("description", .replace(["all"])),
              AttributeChange(
                "member",
                .update(
                  added: [.reference(anchors[0].text), .reference(anchors[1].text)],
                  removed: [.reference(boss.text)])),
            ], id: 6),
        ])
        #expect(changed.allSatisfy { $0.anchor != nil }, "\(changed)")
        let deleted = try await cloud.connector.export([
          try Operations.delete("group", anchors[2]), try Operations.delete("user", anchors[1]),
        ])
        #expect(deleted.allSatisfy { $0.anchor != nil })
      })
    let base = cloud.settings.base
    let writes = log.taken.withLock { $0 }.filter { $0.method != "GET" && $0.url.hasPrefix(base) }
    #expect(writes.count >= 4)
    for request in writes {
      let body = try request.body.map { try JSONValue(parsing: $0) } ?? .null
      #expect(
        faults(request.method, String(request.url.dropFirst(base.count)), body) == [],
        "\(request.method) \(request.url) \(body.text)")
    }
    await cloud.stop()
  }

  @Test("The judge itself finds what is wrong")
  func judge() {
    #expect(faults("PATCH", "/users/1", ["title": "x"]).count == 1)
    #expect(faults("PATCH", "/users/1", ["jobTitle": "x"]) == [])
    #expect(faults("PATCH", "/users/1", ["accountEnabled": "true"]).count == 1)
    #expect(faults("PATCH", "/users/1", ["proxyAddresses": ["x"]]).count == 1)
    #expect(faults("POST", "/users", ["jobTitle": .null]).count == 6)
    #expect(
      faults(
        "PATCH", "/groups/1",
        [
          "members@odata.bind": .array(
            Array(repeating: "x", count: 21))
        ]
      ).count == 1)
    #expect(faults("PUT", "/users/1/manager/$ref", ["@odata.id": "https://evil.test/1"]).count == 1)
    #expect(faults("PUT", "/users/1", .null).count == 1)
    #expect(faults("POST", "/$batch", ["requests": []]).count == 1)
  }

  @Test("What Graph takes of no user, group or contact is known before anything is sent")
  func unwritable() {
    let unwritable = GraphConnector.unwritable
    func isOpen(_ type: String, _ name: AttributeName) -> Bool {
      unwritable[type]?.contains(name) == false
    }
    #expect(isOpen("user", "mail") && !isOpen("group", "mail") && !isOpen("contact", "mail"))
    #expect(!isOpen("user", "proxyAddresses") && !isOpen("group", "title"))
    #expect(isOpen("group", "member") && !isOpen("user", "member"))
    #expect(isOpen("group", "sourceAnchor") && !isOpen("contact", "displayName"))
  }
}
