import GRDB
import JSON

/// Gives resources the form in which clients get them.
struct ResourceRenderer {
  let database: Database
  /// The URL of the base path, without a slash at its end.
  let base: String
  let projection: Projection

  /// The resource with what the projection asks for.
  func json(_ resource: StoredResource) throws -> JSONValue {
    let type = resource.type
    var object = JSONObject()
    object["schemas"] = schemas(resource)
    object["id"] = .string(resource.id)
    for definition in ResourceType.common.attributes + type.schema.attributes {
      let extent = projection.extent(definition)
      guard extent != .none, object[definition.name] == nil else { continue }
      guard let value = try value(of: definition, resource),
        let part = Projection.part(of: value, extent)
      else { continue }
      object.members.append(JSONMember(name: definition.name, value: part))
    }
    for schema in type.extensions {
      if let part = try part(of: schema, resource) {
        object.members.append(JSONMember(name: schema.id, value: .object(part)))
      }
    }
    return .object(object)
  }

  /// The URNs of the resource's schema and of the extensions that it uses.
  private func schemas(_ resource: StoredResource) -> JSONValue {
    let type = resource.type
    let ids = [type.schema.id] + type.extensions.map(\.id).filter { resource.body[$0] != nil }
    return .array(ids.map { .string($0) })
  }

  /// Whether the resource is shown with values that change without its version: names of others,
  /// and who refers to it.
  func showsOthers(with resource: StoredResource) -> Bool {
    let type = resource.type
    func isShown(_ definition: AttributeDefinition, _ schema: String?) -> Bool {
      definition.storage != .body && projection.extent(definition, schema: schema) != .none
    }
    return type.schema.attributes.contains { isShown($0, nil) }
      || type.extensions.contains { schema in
        let held = resource.body[schema.id]?.object
        return schema.attributes.contains { held?[$0.name] != nil && isShown($0, schema.id) }
      }
  }

  /// The resource's `meta` (RFC 7643 §3.1).
  func meta(_ resource: StoredResource) -> JSONValue {
    [
      "resourceType": .string(resource.type.name),
      "created": .string(Moment.text(resource.created)),
      "lastModified": .string(Moment.text(resource.modified)),
      "location": .string(location(resource)),
      "version": .string(resource.etag),
    ]
  }

  /// The resource's URL.
  func location(_ resource: StoredResource) -> String {
    "\(base)/\(resource.type.endpoint)/\(resource.id)"
  }

  /// The resource as filters see it.
  func filterable(_ resource: StoredResource) -> JSONObject {
    var body = resource.body
    body["schemas"] = schemas(resource)
    body["id"] = .string(resource.id)
    body["meta"] = meta(resource)
    return body
  }

  /// The values of an attribute that is kept as rows.
  func linked(_ path: AttributePath, of resource: StoredResource) throws -> [JSONValue] {
    try linkedValues(path.attribute, of: resource)
  }

  private func linkedValues(_ definition: AttributeDefinition, of resource: StoredResource) throws
    -> [JSONValue]
  {
    let (number, reversed): (Int, Bool)
    switch definition.storage {
    case .body: return []
    case .links(let link): (number, reversed) = (link, false)
    case .reverseLinks(let link): (number, reversed) = (link, true)
    }
    return try LinkTable.ends(database, of: resource.seq, number, reversed: reversed)
      .map { LinkedValue.json($0, definition, base: base) }
  }

  private func value(of definition: AttributeDefinition, _ resource: StoredResource) throws
    -> JSONValue?
  {
    if definition.name == "meta" { return meta(resource) }
    guard definition.storage != .body else { return resource.body[definition.name] }
    let values = try linkedValues(definition, of: resource)
    if definition.isMultiValued { return values.isEmpty ? nil : .array(values) }
    return values.first
  }

  private func part(of schema: SchemaDefinition, _ resource: StoredResource) throws -> JSONObject? {
    guard let held = resource.body[schema.id]?.object else { return nil }
    var part = JSONObject()
    for member in held.members {
      guard let definition = schema.attribute(member.name) else { continue }
      let extent = projection.extent(definition, schema: schema.id)
      guard extent != .none else { continue }
      let value =
        definition.storage == .body
        ? member.value : try linkedValues(definition, of: resource).first ?? member.value
      if let shown = Projection.part(of: value, extent) {
        part.members.append(JSONMember(name: member.name, value: shown))
      }
    }
    return part.members.isEmpty ? nil : part
  }
}
