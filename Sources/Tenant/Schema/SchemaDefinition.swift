import JSON

/// A schema: a URN with attributes (RFC 7643 §7).
struct SchemaDefinition: Sendable {
  var id: String
  var name: String
  var text: String
  var attributes: [AttributeDefinition]
  /// The attributes by whose values resources are found.
  let keyed: [AttributeDefinition]
  // Under the exact name and the one in lower case, so that the usual spelling needs no folding.
  private let byName: [String: Int]

  /// A schema of these parts.
  init(id: String, name: String, text: String, attributes: [AttributeDefinition]) {
    self.id = id
    self.name = name
    self.text = text
    self.attributes = attributes
    let exact = attributes.enumerated().map { ($1.name, $0) }
    let folded = attributes.enumerated().map { ($1.name.lowercased(), $0) }
    byName = Dictionary(exact + folded) { first, _ in first }
    keyed = attributes.filter { $0.keyIndex != nil }
  }

  /// The attribute of this name in any case.
  func attribute(_ name: String) -> AttributeDefinition? {
    (byName[name] ?? byName[name.lowercased()]).map { attributes[$0] }
  }

  /// Whether `name` may stand inside an extension and tells nothing of it: some clients write what
  /// every resource has into each extension too.
  func passesOver(_ name: String) -> Bool {
    ["schemas", "id", "meta"].contains(name.lowercased()) && attribute(name) == nil
  }

  /// The schema as `/Schemas` gives it.
  func json(base: String) -> JSONValue {
    [
      "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"], "id": .string(id),
      "name": .string(name), "description": .string(text),
      "attributes": .array(attributes.map(\.json)),
      "meta": ["resourceType": "Schema", "location": .string("\(base)/Schemas/\(id)")],
    ]
  }
}

/// A kind of resource that the tenant holds.
///
/// Another kind is another entry in ``all``.
struct ResourceType: Sendable {
  /// The number under which the store keeps resources of this kind; never changed.
  var code: Int
  var name: String
  /// The path below the base, without a slash.
  var endpoint: String
  var text: String
  var schema: SchemaDefinition
  var extensions: [SchemaDefinition]

  /// Every kind.
  static let all: [ResourceType] = [user, group, contact, device]

  /// The kind at this endpoint.
  static func at(_ endpoint: String) -> ResourceType? { all.first { $0.endpoint == endpoint } }
  /// The kind of this name.
  static func named(_ name: String) -> ResourceType? { all.first { $0.name == name } }
  /// The kind of this number in the store.
  static func numbered(_ code: Int) -> ResourceType? { all.first { $0.code == code } }

  /// Every schema once, in order.
  static let schemas: [SchemaDefinition] = all.flatMap { [$0.schema] + $0.extensions }

  /// The attributes that every resource has (RFC 7643 §3.1), which `/Schemas` leaves out.
  static let common = SchemaDefinition(
    id: "", name: "Common", text: "",
    attributes: [
      AttributeDefinition(
        name: "schemas", kind: .reference, isMultiValued: true, text: "", isCaseExact: true,
        returned: .always),
      AttributeDefinition(
        name: "id", kind: .string, text: "", isCaseExact: true, mutability: .readOnly,
        returned: .always),
      AttributeDefinition(
        name: "externalId", kind: .string, text: "", isCaseExact: true, maximumLength: 256,
        keyIndex: 2),
      .complex(
        "meta", "",
        [
          AttributeDefinition(name: "resourceType", kind: .string, text: "", isCaseExact: true),
          AttributeDefinition(name: "created", kind: .dateTime, text: ""),
          AttributeDefinition(name: "lastModified", kind: .dateTime, text: ""),
          AttributeDefinition(name: "location", kind: .string, text: "", isCaseExact: true),
          AttributeDefinition(name: "version", kind: .string, text: "", isCaseExact: true),
        ]
      ).with { $0.mutability = .readOnly },
    ])

  /// The extension with this URN in any case.
  func schemaExtension(_ urn: String) -> SchemaDefinition? {
    // Most names are those of attributes, which have no colon.
    guard urn.utf8.contains(UInt8(ascii: ":")) else { return nil }
    let exact = extensions.indices.first { extensions[$0].id == urn }
    if let exact { return extensions[exact] }
    let folded = urn.lowercased()
    return extensions.first { $0.id.lowercased() == folded }
  }

  /// The attribute of the core schema or the common ones, of this name in any case.
  func attribute(_ name: String) -> AttributeDefinition? {
    schema.attribute(name) ?? Self.common.attribute(name)
  }

  /// The attribute whose values are rows that point to other resources from here and are left out
  /// of the body, such as `members`.
  var linked: AttributeDefinition? {
    schema.attributes.first { definition in
      if case .links = definition.storage { return definition.isMultiValued }
      return false
    }
  }

  /// The attribute that is taken and never shown, of which no more than a hash is kept.
  var password: AttributeDefinition? {
    schema.attributes.first { $0.mutability == .writeOnly }
  }

  /// The number of the key index `index` in the store: apart by kind unless unique in the tenant.
  func keyCode(_ definition: AttributeDefinition) -> Int? {
    guard let index = definition.keyIndex else { return nil }
    return index * 16 + (definition.uniqueness == .global ? 0 : code)
  }

  /// The resource type as `/ResourceTypes` gives it (RFC 7643 §6).
  func json(base: String) -> JSONValue {
    [
      "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": .string(name),
      "name": .string(name), "endpoint": .string("/\(endpoint)"), "description": .string(text),
      "schema": .string(schema.id),
      "schemaExtensions": .array(
        extensions.map { ["schema": .string($0.id), "required": false] }),
      "meta": [
        "resourceType": "ResourceType", "location": .string("\(base)/ResourceTypes/\(name)"),
      ],
    ]
  }
}
