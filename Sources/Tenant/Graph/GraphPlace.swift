import JSON

/// Where the value of a Graph property is kept in a resource's body, which is SCIM's.
enum GraphPlace: Hashable, Sendable {
  /// A single attribute of the core schema.
  case attribute(String)
  /// A part of a complex attribute: `name.givenName`.
  case part(String, String)
  /// A part of the value of this type among several: `phoneNumbers[type eq "work"].value`.
  case typed(String, String, String)
  /// All values of this type among several, as a list.
  case list(String, String)
  /// An attribute of an extension.
  case extended(String, String)
  /// `extensionAttribute1` to `15` of an extension, as an object.
  case numbered(String)
  /// Not in the body: the server knows it otherwise, or keeps nothing.
  case computed

  /// The path as errors of the writer name it.
  var path: String {
    switch self {
    case .attribute(let name): name
    case .part(let name, let part): "\(name).\(part)"
    case .typed(let name, _, let part): "\(name).\(part)"
    case .list(let name, _): "\(name).value"
    case .extended(let urn, let name): "\(urn):\(name)"
    case .numbered, .computed: ""
    }
  }

  /// The value in `body`; nil if there is none.
  func value(in body: JSONObject) -> JSONValue? {
    switch self {
    case .attribute(let name): return body[name]
    case .part(let name, let part): return body[name]?.object?[part]
    case .typed(let name, let type, let part): return Self.first(body, name, type)?[part]
    case .list(let name, let type):
      let values = (body[name]?.array ?? []).filter { $0["type"]?.string == type }
      return values.isEmpty ? nil : .array(values.compactMap { $0["value"] })
    case .extended(let urn, let name): return body[urn]?.object?[name]
    case .numbered(let urn):
      guard let object = body[urn]?.object else { return nil }
      let members = (1...15).map {
        JSONMember(
          name: "extensionAttribute\($0)", value: object["extensionAttribute\($0)"] ?? .null)
      }
      return members.contains { $0.value != .null } ? .object(JSONObject(members: members)) : nil
    case .computed: return nil
    }
  }

  /// Puts `value` in `body`, or takes it out when it is nil.
  func set(_ value: JSONValue?, in body: inout JSONObject) {
    switch self {
    case .attribute(let name): body[name] = value
    case .part(let name, let part): Self.change(&body, name) { $0[part] = value }
    case .typed(let name, let type, let part): Self.set(value, part, type, name, &body)
    case .list(let name, let type):
      var values = (body[name]?.array ?? []).filter { $0["type"]?.string != type }
      values += (value?.array ?? []).map { ["value": $0, "type": .string(type)] }
      body[name] = values.isEmpty ? nil : .array(values)
    case .extended(let urn, let name): Self.change(&body, urn) { $0[name] = value }
    case .numbered(let urn):
      guard let members = value?.object?.members else { return }
      Self.change(&body, urn) { object in
        for member in members where !GraphWriter.isAnnotation(member.name) {
          object[member.name] = member.value == .null ? nil : member.value
        }
      }
    case .computed: break
    }
  }

  private static func change(
    _ body: inout JSONObject, _ name: String, _ work: (inout JSONObject) -> Void
  ) {
    var object = body[name]?.object ?? JSONObject()
    work(&object)
    body[name] = object.members.isEmpty ? nil : .object(object)
  }

  // The value of a type that is meant where there are several: the primary one, or else the first.
  private static func index(_ values: [JSONValue], _ type: String) -> Int? {
    func isWanted(_ value: JSONValue) -> Bool { value["type"]?.string == type }
    return values.firstIndex { isWanted($0) && $0["primary"] == true }
      ?? values.firstIndex(where: isWanted)
  }

  private static func first(_ body: JSONObject, _ name: String, _ type: String) -> JSONObject? {
    let values = body[name]?.array ?? []
    return index(values, type).flatMap { values[$0].object }
  }

  private static func set(
    _ value: JSONValue?, _ part: String, _ type: String, _ name: String, _ body: inout JSONObject
  ) {
    var values = body[name]?.array ?? []
    if let value {
      let index = index(values, type)
      var object = index.flatMap { values[$0].object } ?? JSONObject(["type": .string(type)])
      object[part] = value
      if let index { values[index] = .object(object) } else { values.append(.object(object)) }
    } else {
      values = values.compactMap { $0["type"]?.string == type ? without(part, $0) : $0 }
    }
    body[name] = values.isEmpty ? nil : .array(values)
  }

  // What is left of `value`: all of that type lose the part, lest another one shows in its place.
  private static func without(_ part: String, _ value: JSONValue) -> JSONValue? {
    guard part != "value", var object = value.object else { return nil }
    object[part] = nil
    let isEmpty = object.members.allSatisfy { ["type", "primary"].contains($0.name) }
    return isEmpty ? nil : .object(object)
  }
}
