import Directory
import JSON

/// The requests of Microsoft Entra's provisioning service instead of those that RFC 7644 has.
///
/// Many services were made for that one client and understand nothing else. The forms are those that
/// Microsoft documents for a job without `aadOptscim062020` (learn.microsoft.com, "Develop and plan
/// provisioning for a SCIM endpoint", "Known issues with SCIM 2.0 protocol compliance"): `op` with a
/// capital, truth values in a change as text, members removed by a list of values, groups made
/// without members, no Bulk.
enum EntraDialect {
  /// The schema that groups are said to have beside the usual one.
  static let groupURN = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

  /// The body that creates what `body` describes.
  static func creation(_ body: JSONValue, type: SCIMResourceType) -> JSONValue {
    guard var object = body.object else { return body }
    var urns = object["schemas"]?.array ?? []
    let more =
      switch type.objectType {
      case "user":
        type.extensions.filter { $0.lowercased() == SCIMSchema.enterpriseURN.lowercased() }
      case "group": [groupURN]
      default: [String]()
      }
    for urn in more where !urns.contains(.string(urn)) { urns.append(.string(urn)) }
    object["schemas"] = .array(urns)
    object["meta"] = ["resourceType": .string(type.name)]
    return .object(object)
  }

  /// The body of a `PATCH` that does what `body` does.
  ///
  /// - Parameters:
  ///   - references: The paths of the attributes whose values are other resources.
  ///   - picks: Whether members that go are named in paths, as RFC 7644 has it: by that one, a path
  ///     without a selector takes all members.
  static func patch(_ body: JSONValue, references: Set<String>, picks: Bool = false) -> JSONValue {
    guard var object = body.object, let operations = object["Operations"]?.array else {
      return body
    }
    var result: [JSONValue] = []
    for operation in operations {
      add(operation, to: &result, references: references, picks: picks)
    }
    object["Operations"] = .array(result)
    return .object(object)
  }

  private static func add(
    _ operation: JSONValue, to result: inout [JSONValue], references: Set<String>, picks: Bool
  ) {
    let op = operation["op"]?.string ?? ""
    let path = operation["path"]?.string ?? ""
    if op == "remove", !picks, let reference = Reference(path) {
      // Those of one list go in one operation.
      if let last = result.last, last["op"] == "Remove", last["path"]?.string == reference.list,
        let known = last["value"]?.array
      {
        result[result.count - 1] = remove(reference.list, known + [reference.item])
      } else {
        result.append(remove(reference.list, [reference.item]))
      }
      return
    }
    var changed = JSONObject()
    let isPicked = path.hasSuffix("]") || path.contains("].")
    // What a selector picks is replaced, also by an operation that adds.
    let isReplaced = op == "add" && isPicked && operation["value"]?.array == nil
    changed["op"] = .string(isReplaced ? "Replace" : op.prefix(1).uppercased() + op.dropFirst())
    changed["path"] = operation["path"]
    if let value = operation["value"] {
      changed["value"] = self.value(value, isReference: references.contains(path))
    }
    result.append(.object(changed))
  }

  private static func remove(_ path: String, _ items: [JSONValue]) -> JSONValue {
    ["op": "Remove", "path": .string(path), "value": .array(items)]
  }

  private static func value(_ value: JSONValue, isReference: Bool) -> JSONValue {
    switch value {
    case .boolean(let flag): .string(flag ? "True" : "False")
    case .array(let items) where isReference: .array(items.map(item))
    // A reference that is the only one, such as a manager, is its id.
    case .object(let object) where isReference && object.members.count == 1:
      object["value"] ?? value
    default: value
    }
  }

  private static func item(_ item: JSONValue) -> JSONValue {
    guard let object = item.object, object.members.count == 1, let id = object["value"]?.string
    else { return item }
    return reference(id)
  }

  /// A member as Entra writes one.
  fileprivate static func reference(_ id: String) -> JSONValue {
    .object(
      JSONObject(members: [
        JSONMember(name: "$ref", value: .null), JSONMember(name: "value", value: .string(id)),
      ]))
  }

  /// `body` with the values that it removes by paths, one for each, in lists.
  static func listed(_ body: JSONValue) -> JSONValue {
    guard var object = body.object, let operations = object["Operations"]?.array else {
      return body
    }
    var result: [JSONValue] = []
    var ids: [String: [JSONValue]] = [:]
    var places: [String: Int] = [:]
    for operation in operations {
      guard operation["op"] == "remove",
        let reference = Reference(operation["path"]?.string ?? ""),
        let id = reference.item["value"]
      else {
        result.append(operation)
        continue
      }
      ids[reference.list, default: []].append(["value": id])
      let place = places[reference.list] ?? result.count
      places[reference.list] = place
      let removal: JSONValue = [
        "op": "remove", "path": .string(reference.list), "value": .array(ids[reference.list] ?? []),
      ]
      if place == result.count { result.append(removal) } else { result[place] = removal }
    }
    object["Operations"] = .array(result)
    return .object(object)
  }

  /// What `body` removes by lists of values, by the paths of the lists.
  static func removals(in body: JSONValue) -> [String: Set<String>] {
    (body["Operations"]?.array ?? []).reduce(into: [:]) { removals, operation in
      guard operation["op"]?.string?.lowercased() == "remove", let path = operation["path"]?.string,
        let items = operation["value"]?.array
      else { return }
      removals[path, default: []].formUnion(items.compactMap { $0["value"]?.id })
    }
  }

  /// The body of a `PATCH` that adds members to the list at `path`.
  static func addition(_ ids: [String], to path: String) -> JSONValue {
    let operation: JSONValue = [
      "op": "Add", "path": .string(path), "value": .array(ids.map(reference)),
    ]
    return ["schemas": [.string(PatchBuilder.urn)], "Operations": [operation]]
  }
}

/// A path that picks one value of a list of references: `members[value eq "id"]`.
private struct Reference {
  var list: String
  var item: JSONValue

  init?(_ path: String) {
    guard let parsed = SCIMAttributePath(path), parsed.subAttribute == nil,
      let selector = parsed.selector, selector.attribute == "value", let id = selector.value.string
    else { return nil }
    list = parsed.attribute.text
    item = EntraDialect.reference(id)
  }
}
