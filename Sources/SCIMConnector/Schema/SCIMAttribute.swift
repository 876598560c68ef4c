import HTTP
import JSON

/// What a schema says of one attribute (RFC 7643 §7).
struct SCIMAttribute: Hashable, Sendable {
  /// The data type (RFC 7643 §2.3).
  enum Kind: String, Hashable, Sendable {
    case string, boolean, decimal, integer, dateTime, binary, reference, complex
  }

  /// Whether and when it may be written.
  enum Mutability: String, Hashable, Sendable, CaseIterable {
    case readOnly, readWrite, immutable, writeOnly
  }

  /// When it is shown.
  enum Returned: String, Hashable, Sendable {
    case always, never, `default`, request
  }

  var name: String
  var kind: Kind = .string
  var isMultiValued = false
  var mutability: Mutability = .readWrite
  var returned: Returned = .default
  var isCaseExact = false
  var isRequired = false
  var canonicalValues: [String] = []
  /// The resource types that a reference may lead to, `external`, or `uri`.
  var referenceTypes: [String] = []
  var subAttributes: [SCIMAttribute] = []

  /// The sub-attribute called `name`.
  func subAttribute(_ name: String) -> SCIMAttribute? {
    let key = name.lowercased()
    return subAttributes.first { $0.name.lowercased() == key }
  }

  /// Whether a value is another resource, given as `{"value": id}`: a member, a manager, a group.
  ///
  /// Such an attribute has a `$ref` that leads to a resource (RFC 7643 §2.3.7); a photo's leads
  /// outside.
  var isResourceReference: Bool {
    guard kind == .complex, subAttribute("value") != nil, let link = subAttribute("$ref") else {
      return false
    }
    return !link.referenceTypes.contains { ["external", "uri"].contains($0.lowercased()) }
  }

  init(_ name: String, _ kind: Kind = .string) {
    self.name = name
    self.kind = kind
  }

  /// The definition that `json` gives; nil if it has no name.
  init?(json: JSONValue) {
    guard let name = json["name"]?.string, !name.isEmpty else { return nil }
    self.name = name
    kind =
      json["type"]?.string.flatMap { text in
        Self.allKinds.first { $0.rawValue.lowercased() == text.lowercased() }
      } ?? .string
    isMultiValued = json["multiValued"]?.flag ?? false
    mutability =
      json["mutability"]?.string.flatMap { text in
        Mutability.allCases.first { $0.rawValue.lowercased() == text.lowercased() }
      } ?? .readWrite
    returned = json["returned"]?.string.flatMap { Returned(rawValue: $0.lowercased()) } ?? .default
    isCaseExact = json["caseExact"]?.flag ?? false
    isRequired = json["required"]?.flag ?? false
    canonicalValues = json["canonicalValues"]?.array?.compactMap(\.string) ?? []
    referenceTypes = json["referenceTypes"]?.array?.compactMap(\.string) ?? []
    subAttributes = json["subAttributes"]?.array?.compactMap(SCIMAttribute.init(json:)) ?? []
  }

  /// The same, with the link of a reference if `common`, which RFC 7643 has under its name, is one.
  ///
  /// Servers publish members and managers without it, or without any part, and mean the same.
  fileprivate func linked(like common: SCIMAttribute) -> SCIMAttribute {
    let isPlain = subAttributes.isEmpty || subAttribute("value") != nil
    guard common.isResourceReference, kind == .complex, isPlain, !isResourceReference else {
      return self
    }
    var linked = self
    linked.subAttributes.removeAll { $0.name.lowercased() == "$ref" }
    for part in common.subAttributes where ["value", "$ref"].contains(part.name) {
      if linked.subAttribute(part.name) == nil { linked.subAttributes.append(part) }
    }
    return linked
  }

  private static let allKinds: [Kind] = [
    .string, .boolean, .decimal, .integer, .dateTime, .binary, .reference, .complex,
  ]
}

/// A schema: a URN with its attributes (RFC 7643 §7).
struct SCIMSchema: Hashable, Sendable {
  var id: String
  var attributes: [SCIMAttribute]

  /// The attribute called `name`.
  func attribute(_ name: String) -> SCIMAttribute? {
    let key = name.lowercased()
    return attributes.first { $0.name.lowercased() == key }
  }

  init(id: String, attributes: [SCIMAttribute]) {
    self.id = id
    self.attributes = attributes
  }

  /// The schema that `json` describes; nil if it has no id.
  init?(json: JSONValue) {
    guard let id = json["id"]?.string, !id.isEmpty else { return nil }
    self.id = id
    attributes = json["attributes"]?.array?.compactMap(SCIMAttribute.init(json:)) ?? []
    guard let common = SCIMServer.commonSchemas[id.lowercased()] else { return }
    attributes = attributes.map { attribute in
      common.attribute(attribute.name).map(attribute.linked) ?? attribute
    }
  }
}

/// A kind of resource with its endpoint (RFC 7643 §6).
struct SCIMResourceType: Hashable, Sendable {
  /// The name that the server gives it: `User`.
  var name: String
  /// Where its resources are, below the base URL: `/Users`.
  var endpoint: String
  /// The URN of its own schema.
  var schema: String
  /// The URNs of the schemas that may extend it.
  var extensions: [String] = []

  /// The name in lower camel case, as object types are called: `user`, `group`, `costCenter`.
  var objectType: String { name.prefix(1).lowercased() + name.dropFirst() }

  init(name: String, endpoint: String, schema: String, extensions: [String] = []) {
    self.name = name
    self.endpoint = endpoint
    self.schema = schema
    self.extensions = extensions
  }

  /// The type that `json` describes; nil if it can't be used.
  ///
  /// The endpoint comes from outside: it must be a plain path below the base URL `base`.
  init?(json: JSONValue, base: String) {
    guard let name = json["name"]?.string, !name.isEmpty,
      let endpoint = json["endpoint"]?.string, let schema = json["schema"]?.string
    else { return nil }
    let path = Self.path(endpoint, below: base)
    let isPlain = path.utf8.allSatisfy { byte in
      switch byte {
      case 0x2D, 0x2F, 0x5F, 0x7E, 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: false
      }
    }
    guard isPlain, path.utf8.count > 1, !path.hasPrefix("//") else { return nil }
    self.init(name: name, endpoint: path, schema: schema)
    extensions = json["schemaExtensions"]?.array?.compactMap { $0["schema"]?.string } ?? []
  }

  /// The path of `endpoint` below the base URL.
  ///
  /// RFC 7643 §6 has it relative to that, and many servers give the path from the root, which before
  /// a proxy may be a shorter one, or the whole URL.
  private static func path(_ endpoint: String, below base: String) -> String {
    let isWhole = HTTPURL.host(endpoint).map { $0 == HTTPURL.host(base) } ?? false
    var path = isWhole ? rooted(endpoint[...]) : endpoint[...]
    if !path.hasPrefix("/") { path = "/" + path }
    var prefix = rooted(base[...])
    while !prefix.isEmpty {
      if path.hasPrefix(prefix + "/") { return String(path.dropFirst(prefix.count)) }
      prefix = prefix.dropFirst().drop { $0 != "/" }
    }
    return String(path)
  }

  /// What follows the host in a URL.
  private static func rooted(_ url: Substring) -> Substring {
    guard let scheme = String(url).range(of: "://") else { return "" }
    return url[scheme.upperBound...].drop { $0 != "/" }
  }
}
