import JSON

/// A resource as a client wants it to be: its canonical body, and the links it should have.
struct ResourceDraft: Sendable {
  /// The canonical body, without `schemas`, `id`, `meta` and attributes kept as rows.
  var body: JSONObject
  /// The values of the attribute that is kept as rows; nil if the resource type has none.
  var links: [JSONObject]?
  /// The password that was given; nil if none was.
  var password: NewPassword?
}

/// Reads whole resources of one type.
struct ResourceReader: Sendable {
  /// The type that is read.
  var type: ResourceType
  /// How values are read.
  var values: ValueReader

  /// The resource that `input` describes.
  ///
  /// - Parameters:
  ///   - current: the body as it is kept now; what only the server writes is taken from it.
  ///   - checksSchemas: whether `schemas` must be there and right.
  /// - Throws: ``SCIMError``, status 400, with the path of the attribute.
  func read(_ input: JSONObject, current: JSONObject, checksSchemas: Bool = true) throws
    -> ResourceDraft
  {
    if checksSchemas { try checkSchemas(input.written("schemas")) }
    var core = JSONObject()
    var extensions: [String: JSONObject] = [:]
    for member in input.members {
      if let schema = type.schemaExtension(member.name) {
        guard member.value != .null else { continue }
        guard let object = member.value.object else {
          throw SCIMError.invalidSyntax("'\(schema.id)' must be an object.")
        }
        guard extensions.updateValue(object, forKey: schema.id) == nil else {
          throw SCIMError.invalidSyntax("'\(schema.id)' occurs twice.")
        }
      } else {
        core.members.append(member)
      }
    }
    var draft = ResourceDraft(body: JSONObject(), links: type.linked == nil ? nil : [])
    try readCore(core, current: current, into: &draft)
    for schema in type.extensions {
      let object = try readExtension(
        extensions[schema.id] ?? JSONObject(), schema, current: current[schema.id]?.object)
      if !object.members.isEmpty { draft.body[schema.id] = .object(object) }
    }
    try checkDomain(draft.body, current: current)
    return draft
  }

  // Who has the name already keeps it, though the domain is no longer one of the tenant's.
  private func checkDomain(_ body: JSONObject, current: JSONObject) throws {
    guard type.name == ResourceType.user.name, let name = body["userName"]?.string,
      current["userName"]?.string != name, let domain = values.unverifiedDomain(of: name)
    else { return }
    throw SCIMError.invalidValue(
      "userName",
      "\(ValueReader.shown(name)) ends with '\(domain)', which is no verified domain of this "
        + "tenant; verified are \(values.verifiedDomains.joined(separator: ", ")).")
  }

  private static let entraGroup =
    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"

  private func checkSchemas(_ value: JSONValue?) throws {
    let urns = (value?.array ?? []).compactMap(\.string)
    let urn = type.schema.id
    guard urns.contains(urn) || urns.contains(where: { $0.lowercased() == urn.lowercased() }) else {
      throw SCIMError.invalidSyntax(
        "Attribute 'schemas' must be an array that has '\(type.schema.id)'.")
    }
    func isKnown(_ urn: String) -> Bool {
      urn == type.schema.id || type.schemaExtension(urn) != nil
        || urn.lowercased() == type.schema.id.lowercased()
        // Entra names it for groups, beside the usual one, and sends nothing that belongs to it.
        || !values.isStrict && urn == Self.entraGroup
    }
    if let unknown = urns.first(where: { !isKnown($0) }) {
      throw SCIMError.invalidSyntax(
        "Attribute 'schemas': \(type.name) has no schema '\(unknown)'; see /ResourceTypes.")
    }
  }

  private func readCore(_ core: JSONObject, current: JSONObject, into draft: inout ResourceDraft)
    throws
  {
    var given = try byDefinition(core, prefix: "") { type.attribute($0) }
    if let linked = type.linked, let value = given.removeValue(forKey: linked.name) {
      draft.links = try values.read(value, linked, path: linked.name)?.array?.compactMap(\.object)
    }
    if type.linked != nil, draft.links == nil { draft.links = [] }
    if let name = type.password?.name, let value = given.removeValue(forKey: name) {
      draft.password = try value.isUnassigned ? nil : NewPassword(value, path: name)
    }
    for definitions in [ResourceType.common.attributes, type.schema.attributes] {
      try collect(given, definitions, prefix: "", current: current, into: &draft.body)
    }
  }

  /// `body`, which differs from `current` in this extension alone.
  ///
  /// What stands as it was has been checked before: a change of one value costs what that one does.
  func rereadExtension(
    _ schema: SchemaDefinition, of body: JSONObject, current: JSONObject
  ) throws -> JSONObject {
    // One that was not there takes its place among the others.
    guard current[schema.id] != nil, let object = body[schema.id]?.object else {
      return try read(body, current: current, checksSchemas: false).body
    }
    var body = body
    let read = try readExtension(object, schema, current: current[schema.id]?.object)
    body[schema.id] = read.members.isEmpty ? nil : .object(read)
    return body
  }

  private func readExtension(
    _ object: JSONObject, _ schema: SchemaDefinition, current: JSONObject?
  ) throws -> JSONObject {
    let prefix = schema.id + ":"
    var object = object
    object.members.removeAll { schema.passesOver($0.name) }
    let given = try byDefinition(object, prefix: prefix) { schema.attribute($0) }
    var canonical = JSONObject()
    try collect(
      given, schema.attributes, prefix: prefix, current: current ?? JSONObject(), into: &canonical)
    return canonical
  }

  private func byDefinition(
    _ object: JSONObject, prefix: String, _ find: (String) -> AttributeDefinition?
  ) throws -> [String: JSONValue] {
    var given: [String: JSONValue] = [:]
    for member in object.members {
      guard let definition = find(member.name) else {
        throw SCIMError.invalidSyntax(
          "Attribute '\(prefix)\(member.name)' is not in the schema of \(type.name); look at "
            + "/Schemas for what is.")
      }
      guard given.updateValue(member.value, forKey: definition.name) == nil else {
        throw SCIMError.invalidSyntax("Attribute '\(prefix)\(definition.name)' occurs twice.")
      }
    }
    return given
  }

  private func collect(
    _ given: [String: JSONValue], _ definitions: [AttributeDefinition], prefix: String,
    current: JSONObject, into body: inout JSONObject
  ) throws {
    for index in definitions.indices {
      // By index: definitions are costly to copy, and most of them are not given.
      let name = definitions[index].name
      let isReadOnly = definitions[index].mutability == .readOnly
      let raw = given[name]
      guard raw != nil || isReadOnly || definitions[index].isRequired else { continue }
      let definition = definitions[index]
      var value: JSONValue?
      if isReadOnly {
        // Whatever is given is passed over: a client that puts back what it read has it as it was
        // then (RFC 7644 §3.5.1).
        value = current[name]
      } else if let raw, name != "schemas" {
        value = try values.read(raw, definition, path: prefix + name)
      }
      if let value {
        body.members.append(JSONMember(name: name, value: value))
      } else if definition.isRequired {
        throw values.missing(prefix + name)
      }
    }
  }
}
