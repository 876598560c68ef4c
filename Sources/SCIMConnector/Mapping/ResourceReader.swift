import Directory
import HTTP
import JSON

/// Turns a resource as the server shows it into an entry of the connector space.
struct ResourceReader: Sendable {
  let server: SCIMServer
  let type: SCIMResourceType
  private let attributes: [String: SCIMAttribute]

  init(server: SCIMServer, type: SCIMResourceType) {
    self.server = server
    self.type = type
    let own = server.schema(type.schema)?.attributes ?? []
    attributes = (own + SCIMSchema.common).reduce(into: [:]) { $0[$1.name.lowercased()] = $1 }
  }

  /// The entry that `json` describes.
  ///
  /// - Parameter location: Where it was read, for the error.
  /// - Throws: ``DiscoveryError`` of this one item.
  func entry(_ json: JSONValue, location: String) throws(DiscoveryError) -> DirectoryEntry {
    guard let resource = json.object else {
      throw DiscoveryError(
        .parseError, dn: "", location: location, message: "an item of the list is no resource",
        hint: "Ask the operator of the SCIM server; the item is left out.")
    }
    guard let id = resource["id"]?.id else {
      throw Self.withoutID(
        resource["userName"]?.string ?? resource["displayName"]?.string ?? "", location: location,
        "a \(type.name) came without an id")
    }
    try checkSchemas(resource, id: id, location: location)
    let dn = Self.dn(externalID: resource["externalId"]?.string, id: id)
    var collected = AttributeCollector(dn: dn, location: location + "/" + id)
    for member in resource.members { try read(member, into: &collected) }
    return DirectoryEntry(
      anchor: Anchor(id), dn: try Self.name(dn, location: location), objectType: type.objectType,
      attributes: AttributeSet(collected.attributes))
  }

  /// The error that resources without an id are.
  static func withoutID(_ dn: String, location: String, _ message: String) -> DiscoveryError {
    DiscoveryError(
      .missingAnchor, dn: dn, location: location, message: message,
      hint: "Ask the operator of the SCIM server; RFC 7643 §3.1 demands an id.", attribute: "id")
  }

  /// A resource that says what it is must be what was asked for.
  private func checkSchemas(
    _ resource: JSONObject, id: String, location: String
  ) throws(DiscoveryError) {
    guard let urns = resource["schemas"]?.array?.compactMap(\.string), !urns.isEmpty else { return }
    let wanted = type.schema.lowercased()
    guard !urns.contains(where: { $0.lowercased() == wanted }) else { return }
    throw DiscoveryError(
      .objectTypeMismatch, dn: id, location: location,
      message: "a resource of \(type.endpoint) does not have the schema \(type.schema)",
      hint: "Ask the operator of the SCIM server; the item is left out.", attribute: "schemas",
      value: ServerWords.shown(urns.joined(separator: " "), limit: 200))
  }

  private func read(
    _ member: JSONMember, into collected: inout AttributeCollector
  ) throws(DiscoveryError) {
    let key = member.name.lowercased()
    if key == "schemas" { return }
    if key == "meta" {
      // What changes with every write and says nothing of the object stays out.
      for name in ["created", "lastModified"] {
        if let text = member.value[name]?.string { collected.add("meta." + name, .string(text)) }
      }
    } else if key.hasPrefix("urn:") {
      guard let parts = member.value.object else { return }
      let schema = server.schema(member.name)
      for part in parts.members {
        try collected.read(
          part.value, schema?.attribute(part.name), path: member.name + ":" + part.name)
      }
    } else {
      try collected.read(member.value, attributes[key], path: member.name)
    }
  }

  /// The DN of an object, as Entra's connector makes one of the source anchor: `CN={hexadecimal}`.
  static func dn(externalID: String?, id: String) -> String {
    let source = externalID.flatMap { $0.isEmpty ? nil : $0 } ?? id
    return "CN={" + Hexadecimal.encode(source.utf8).uppercased() + "}"
  }

  private static func name(
    _ text: String, location: String
  ) throws(DiscoveryError) -> DistinguishedName {
    do {
      return try DistinguishedName(text)
    } catch {
      throw DiscoveryError(
        .dnNotLDAPConformant, dn: text, location: location, message: error.description,
        hint: "Ask the operator of the SCIM server why an id has this form.")
    }
  }
}

/// Gathers the values of one resource under their paths.
private struct AttributeCollector {
  let dn: String
  let location: String
  private var index: [String: Int] = [:]
  private var paths: [String] = []
  private var values: [[AttributeValue]] = []

  init(dn: String, location: String) {
    self.dn = dn
    self.location = location
  }

  var attributes: [Attribute] {
    zip(paths, values).map { Attribute(AttributeName($0), $1) }
  }

  mutating func add(_ path: String, _ value: AttributeValue) {
    if let known = index[path] {
      values[known].append(value)
    } else {
      index[path] = paths.count
      paths.append(path)
      values.append([value])
    }
  }

  /// Reads what stands at `path`, which may be a list, a complex value or a plain one.
  mutating func read(
    _ json: JSONValue, _ definition: SCIMAttribute?, path: String
  ) throws(DiscoveryError) {
    if definition?.mutability == .writeOnly { return }
    switch json {
    case .null: return
    case .string(let id) where definition?.isResourceReference ?? false:
      if !id.isEmpty { add(path, .reference(id)) }
    case .array(let items):
      if definition?.isResourceReference ?? false {
        try readReferences(items, path: path)
      } else {
        for item in items { try readItem(item, definition, path: path) }
      }
    case .object(let object):
      if definition?.isResourceReference ?? false {
        // Some show what has no value as one without content.
        if !json.isWithoutContent { try readReferences([json], path: path) }
      } else {
        try readParts(object, definition, path: path)
      }
    default: add(path, try value(json, definition, path: path))
    }
  }

  /// Reads members: a group may have 100,000 of them, so nothing is looked up for each.
  private mutating func readReferences(
    _ items: [JSONValue], path: String
  ) throws(DiscoveryError) {
    var ids: [AttributeValue] = []
    ids.reserveCapacity(items.count)
    for item in items {
      guard let id = Self.reference(item) else {
        // Who says that the value is empty means nobody; who leaves it out may mean anybody.
        if item.isEmptyReference { continue }
        throw fault(path, item, "is no reference: it has no \"value\"", .invalidReferenceValue)
      }
      ids.append(.reference(id))
    }
    guard let first = ids.first else { return }
    add(path, first)
    if let known = index[path] { values[known].append(contentsOf: ids.dropFirst()) }
  }

  /// The id that a reference leads to; its link tells it, too (RFC 7643 §2.4).
  private static func reference(_ item: JSONValue) -> String? {
    item["value"]?.id ?? item.id ?? item.linked
  }

  private mutating func readItem(
    _ item: JSONValue, _ definition: SCIMAttribute?, path: String
  ) throws(DiscoveryError) {
    guard let object = item.object else { return try read(item, definition, path: path) }
    let selector: String =
      if let type = object["type"]?.string, !type.isEmpty {
        "[type eq " + String(decoding: JSONValue.string(type).encoded, as: UTF8.self) + "]"
      } else if object["primary"]?.boolean ?? false {
        "[primary eq true]"
      } else {
        ""
      }
    try readParts(object, definition, path: path + selector, isSelected: !selector.isEmpty)
  }

  private mutating func readParts(
    _ object: JSONObject, _ definition: SCIMAttribute?, path: String, isSelected: Bool = false
  ) throws(DiscoveryError) {
    for part in object.members where part.name != "$ref" && !(isSelected && part.name == "type") {
      try read(
        part.value, definition?.subAttribute(part.name), path: path + "." + part.name)
    }
  }

  private func value(
    _ json: JSONValue, _ definition: SCIMAttribute?, path: String
  ) throws(DiscoveryError) -> AttributeValue {
    if let definition {
      guard let value = definition.importedValue(json) else {
        throw fault(path, json, "is no \(definition.kind.rawValue)", .invalidAttributeValue)
      }
      return value
    }
    return switch json {
    case .boolean(let flag): .boolean(flag)
    case .integer(let number): .integer(number)
    case .string(let text): .string(text)
    default: .string(String(decoding: json.encoded, as: UTF8.self))
    }
  }

  private func fault(
    _ path: String, _ json: JSONValue, _ reason: String, _ type: SyncErrorType
  ) -> DiscoveryError {
    let shown = ServerWords.shown(json.encoded, limit: 100)
    return DiscoveryError(
      type, dn: dn, location: location,
      message: "the value of \(path) " + reason + ": " + shown,
      hint: "Correct the value in the target; the object is left out of this import.",
      attribute: path, value: shown)
  }
}

extension SCIMAttribute {
  /// The value that `json` means for this attribute; nil if it does not fit.
  fileprivate func importedValue(_ json: JSONValue) -> AttributeValue? {
    switch kind {
    case .boolean: json.flag.map(AttributeValue.boolean)
    case .integer: json.lenientInteger.map(AttributeValue.integer)
    case .binary: json.string.flatMap(Base64Text.decode).map(AttributeValue.binary)
    case .string, .dateTime, .reference, .decimal, .complex:
      switch json {
      case .string(let text): .string(text)
      case .integer(let number): .string(String(number))
      case .number(let number): .string(String(number))
      case .boolean(let flag): .string(flag ? "true" : "false")
      default: nil
      }
    }
  }
}

extension JSONValue {
  /// Whether it is an object that says nothing: `{}`, `{"value": null}`.
  fileprivate var isWithoutContent: Bool {
    guard let members = object?.members else { return false }
    return members.allSatisfy { $0.value == .null || $0.value.string?.isEmpty == true }
  }

  /// Whether it is a reference that leads to nothing, and says so: `{"value": ""}`.
  fileprivate var isEmptyReference: Bool {
    guard string?.isEmpty != true else { return true }
    guard self["value"]?.string?.isEmpty == true, let members = object?.members else {
      return false
    }
    return linked == nil
      && members.allSatisfy {
        $0.name == "$ref" || $0.value == .null || $0.value.string?.isEmpty == true
      }
  }

  /// The id in the link of a reference; nil if it has none, or one that leads to the list of all.
  fileprivate var linked: String? {
    guard let link = self["$ref"]?.string, !link.hasSuffix("/"),
      let last = BulkAnswer.lastPart(link), !["users", "groups"].contains(last.lowercased())
    else { return nil }
    return last
  }

  /// The flag, also when a server writes it as text: `"True"`.
  var flag: Bool? {
    if let boolean { return boolean }
    return switch string?.lowercased() {
    case "true": true
    case "false": false
    default: nil
    }
  }
}
