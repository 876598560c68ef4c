import Directory
import JSON

/// What a server says of itself (RFC 7644 §4): its features, resource types and schemas.
struct SCIMServer: Sendable {
  /// The features (RFC 7643 §5; pagination from RFC 9865 §4).
  struct Features: Hashable, Sendable {
    var canPatch = true
    var hasBulk = false
    var maxOperations = 1000
    var maxPayloadSize = 1 << 20
    var canFilter = false
    /// Resources in one answer, at most; nil if the server does not say.
    var maxResults: Int?
    var hasETags = false
    var hasCursors = false
    /// Where this description lies, for telling servers apart.
    var location = ""
    /// The id of its database, by which the embedded tenant is another one once it was restored;
    /// empty if the server tells none.
    var database = ""
    var documentation = ""
  }

  var features: Features
  var resourceTypes: [SCIMResourceType]
  /// The schemas by the lower-case URN.
  var schemas: [String: SCIMSchema]
  /// Whether the schemas come from the server; else they are those of the RFC.
  var publishesSchemas: Bool
  /// The types that the server lists, and that can't be used since their endpoint is not below the
  /// base URL.
  var leftOut: [(name: String, endpoint: String)] = []

  /// The type whose objects are called `objectType`.
  func resourceType(_ objectType: String) -> SCIMResourceType? {
    resourceTypes.first { $0.objectType.lowercased() == objectType.lowercased() }
  }

  /// The schema with this URN.
  func schema(_ urn: String) -> SCIMSchema? { schemas[urn.lowercased()] }

  /// Whether the server has published the schema that `path` belongs to, so that an attribute that
  /// is not in it does not exist.
  func knowsSchema(of path: SCIMAttributePath, in type: SCIMResourceType) -> Bool {
    publishesSchemas && schema(path.schema ?? type.schema) != nil
  }

  /// The definition of the attribute that `path` names in resources of `type`, without its
  /// sub-attribute.
  func attribute(_ path: SCIMAttributePath, of type: SCIMResourceType) -> SCIMAttribute? {
    if path.schema == nil {
      let key = path.name.lowercased()
      if let common = SCIMSchema.common.first(where: { $0.name.lowercased() == key }) {
        return common
      }
    }
    return schema(path.schema ?? type.schema)?.attribute(path.name)
  }
}

extension SCIMServer.Features {
  /// The features that `json`, a ServiceProviderConfig, declares.
  init(json: JSONValue) {
    func isSupported(_ name: String) -> Bool { json[name]?["supported"]?.flag ?? false }
    canPatch = isSupported("patch")
    hasBulk = isSupported("bulk")
    canFilter = isSupported("filter")
    hasETags = isSupported("etag")
    hasCursors = json["pagination"]?["cursor"]?.flag ?? false
    if let count = json["bulk"]?["maxOperations"]?.lenientInteger, count > 0 {
      maxOperations = Int(clamping: count)
    }
    if let size = json["bulk"]?["maxPayloadSize"]?.lenientInteger, size > 0 {
      maxPayloadSize = Int(clamping: size)
    }
    let limits = [json["filter"]?["maxResults"], json["pagination"]?["maxPageSize"]]
    maxResults = limits.compactMap { $0?.lenientInteger }.filter { $0 > 0 }.min().map(
      Int.init(clamping:))
    location = json["meta"]?["location"]?.string ?? ""
    let version = json["meta"]?["version"]?.string ?? ""
    let mark = "W/\"lockstep database "
    if version.hasPrefix(mark), version.hasSuffix("\"") {
      database = String(version.dropFirst(mark.count).dropLast())
    }
    documentation = json["documentationUri"]?.string ?? ""
  }
}

extension SCIMServer {
  /// The resource types of RFC 7643, for servers that list none.
  static let commonResourceTypes = [
    SCIMResourceType(
      name: "User", endpoint: "/Users", schema: SCIMSchema.userURN,
      extensions: [SCIMSchema.enterpriseURN]),
    SCIMResourceType(name: "Group", endpoint: "/Groups", schema: SCIMSchema.groupURN),
  ]

  /// The schemas of RFC 7643 by their URN.
  static let commonSchemas = [SCIMSchema.user, .group, .enterpriseUser].reduce(
    into: [String: SCIMSchema]()
  ) { $0[$1.id.lowercased()] = $1 }

  /// The attributes of all resource types by their paths.
  var directorySchema: DirectorySchema {
    var attributes: [AttributeName: DirectorySchema.AttributeDefinition] = [:]
    func add(_ list: [SCIMAttribute], _ prefix: String) {
      for attribute in list {
        for (path, definition) in attribute.definitions(prefix) {
          attributes[path] = definition.shared(with: attributes[path])
        }
      }
    }
    add(SCIMSchema.common, "")
    for type in resourceTypes {
      add(schema(type.schema)?.attributes ?? [], "")
      for urn in type.extensions { add(schema(urn)?.attributes ?? [], urn + ":") }
    }
    return DirectorySchema(attributes: attributes, objectTypes: resourceTypes.map(\.objectType))
  }
}

extension SCIMAttribute {
  /// The paths under which this attribute appears in a connector space.
  fileprivate func definitions(
    _ prefix: String
  ) -> [(AttributeName, DirectorySchema.AttributeDefinition)] {
    let path = prefix + name
    guard kind == .complex, !isResourceReference else {
      return [(AttributeName(path), definition(isMultiValued, mutability, keepsValue: isRequired))]
    }
    let parts = subAttributes.filter { $0.name != "$ref" }
    // In a value that its type selects, the type itself says nothing more.
    let selectors: [String] =
      isMultiValued
      ? subAttribute("type")?.canonicalValues.map { "[type eq \"" + $0 + "\"]" } ?? [] : [""]
    let selected = selectors.flatMap { selector in
      parts.filter { selector.isEmpty || $0.name != "type" }.map { part in
        (path + selector + "." + part.name, part.isMultiValued, part)
      }
    }
    let loose = isMultiValued ? parts.map { (path + "." + $0.name, true, $0) } : []
    return (selected + loose).map { path, isMultiValued, part in
      let effective = mutability == .readOnly ? mutability : part.mutability
      // A value of a list goes as a whole, with the parts that it must have.
      let keepsValue = !self.isMultiValued && part.isRequired
      return (
        AttributeName(path), part.definition(isMultiValued, effective, keepsValue: keepsValue)
      )
    }
  }

  private func definition(
    _ isMultiValued: Bool, _ mutability: Mutability, keepsValue: Bool
  ) -> DirectorySchema.AttributeDefinition {
    let kind: DirectorySchema.AttributeDefinition.Kind =
      switch self.kind {
      case .boolean: .boolean
      case .integer: .integer
      case .binary: .binary
      case .complex: .reference
      case .string, .decimal, .dateTime, .reference: .string
      }
    return .init(
      kind, isMultiValued: isMultiValued, isReadOnly: mutability == .readOnly,
      // Who may be in a group is not for the schema to say.
      keepsValue: keepsValue && kind != .reference && mutability != .readOnly,
      // In a list of texts case may tell something: an address with "SMTP:" is the primary one.
      equality: self.isMultiValued ? .exact : equality)
  }
}

extension SCIMAttribute {
  /// Which values a server may show for one that it was given: it may alter the case where that says
  /// nothing (RFC 7643 §7, `caseExact`), and write a moment in another way.
  private var equality: ValueEquality {
    switch kind {
    case .string where !isCaseExact: .caseless
    case .dateTime: .moment
    default: .exact
    }
  }
}

extension DirectorySchema.AttributeDefinition {
  /// The definition of a name that another type of objects has as well (`displayName`): what can be
  /// written, or be without a value, in one of them can be so.
  func shared(with other: Self?) -> Self {
    guard let other else { return self }
    var shared = self
    shared.isReadOnly = isReadOnly && other.isReadOnly
    shared.keepsValue = keepsValue && other.keepsValue
    if equality != other.equality { shared.equality = .exact }
    return shared
  }
}
