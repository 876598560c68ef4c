import JSON

@testable import Tenant

/// The bodies of requests, as clients of either face write them.
enum HistoryBody {
  static func value(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

  static func list(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

  static func members(_ ids: [String]) -> JSONValue {
    .array(ids.map { ["value": .string($0)] })
  }

  static func reference(_ id: String) -> JSONValue { ["@odata.id": .string(link(id))] }

  private static func link(_ id: String) -> String { "\(TestGraph.base)/directoryObjects/\(id)" }

  // MARK: SCIM

  static func scim(_ person: TenantModel.Person, manager: String?) -> JSONValue {
    [
      "schemas": [.string(TestTenant.userURN)], "userName": .string(person.name),
      "title": value(person.title),
      TestTenant.enterpriseURN: [
        "department": value(person.department),
        "manager": manager.map { ["value": .string($0)] } ?? .null,
      ],
      TestTenant.onPremisesURN: [
        "immutableId": value(person.anchor), "proxyAddresses": list(person.addresses),
      ],
    ]
  }

  static func scim(group name: String, _ members: [String]) -> JSONValue {
    [
      "schemas": [.string(TestTenant.groupURN)], "displayName": .string(name),
      "members": Self.members(members),
    ]
  }

  static func operation(_ kind: String, _ path: String, _ value: JSONValue?) -> JSONValue {
    var object = JSONObject(["op": .string(kind), "path": .string(path)])
    object["value"] = value
    return .object(object)
  }

  static func patch(_ operations: [JSONValue]) -> JSONValue {
    ["schemas": [.string(Patch.schema)], "Operations": .array(operations)]
  }

  // MARK: Graph

  static func graph(_ person: TenantModel.Person, manager: String?) -> JSONValue {
    var object = JSONObject([
      "userPrincipalName": .string(person.name), "displayName": .string(person.name),
      "mailNickname": "nick", "accountEnabled": true,
      "passwordProfile": ["password": "xWwvJ]6NMw+bWH-d"],
    ])
    object["jobTitle"] = person.title.map { .string($0) }
    object["department"] = person.department.map { .string($0) }
    object["onPremisesImmutableId"] = person.anchor.map { .string($0) }
    object["manager@odata.bind"] = manager.map { .string(link($0)) }
    return .object(object)
  }

  static func graph(group name: String, _ members: [String]) -> JSONValue {
    [
      "displayName": .string(name), "mailNickname": .string(name), "mailEnabled": false,
      "securityEnabled": true, "members@odata.bind": list(members.map(link)),
    ]
  }
}
