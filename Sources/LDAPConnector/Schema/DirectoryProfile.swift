import Directory

/// What a connector found out about its directory, and what follows for reading it.
struct DirectoryProfile: Sendable {
  /// What the server tells of itself.
  var root: RootDSE
  /// The product.
  var kind: ServerKind
  /// The attributes.
  var schema: ServerSchema
  /// The name below which everything is read.
  var base: DistinguishedName
  /// The identifier of the object at ``base``; empty if it has none.
  var baseAnchor: String
  /// The attribute that anchors objects; nil if that is their DN.
  var anchorAttribute: AttributeName?
  /// How values are typed.
  var values: ValueReader

  /// Whether the server has the control `oid`.
  func has(_ oid: String) -> Bool { root.controls.contains(oid) }

  /// A text that differs when another directory answers.
  ///
  /// All servers of one directory give the same: watermarks that hold for one server only name it
  /// themselves.
  func identity(_ settings: LDAPConnectorSettings) -> String {
    let place =
      baseAnchor.isEmpty
      ? settings.connection.servers.map(\.description).joined(separator: " ") : baseAnchor
    return "ldap \(kind.rawValue) \(base.normalized) \(place)"
  }

  /// The server in words.
  func summary(_ server: String) -> String {
    let version = root.vendorVersion.map { " " + ServerWords.shown($0, limit: 60) } ?? ""
    let host = root.hostName.map { " (" + ServerWords.shown($0, limit: 80) + ")" } ?? ""
    return kind.name(root) + version + " at " + server + host + ", " + base.text
  }
}

extension DirectoryProfile {
  /// Attributes that identify objects for ever, by the products that have them.
  private static let anchors: [AttributeName] = [
    "objectGUID", "entryUUID", "nsUniqueId", "ibm-entryUUID", "GUID",
  ]

  /// The one of the schema's attributes that anchors objects.
  static func anchor(
    _ kind: ServerKind, _ schema: ServerSchema, _ settings: LDAPConnectorSettings
  ) -> AttributeName? {
    settings.anchorAttribute ?? usualAnchor(kind) ?? anchors.first { schema[$0] != nil }
  }

  /// The attribute by which a product's own changes name objects; nil if that is not known.
  static func usualAnchor(_ kind: ServerKind) -> AttributeName? {
    switch kind {
    case .activeDirectory, .samba, .lightweightDirectory: "objectGUID"
    case .openLDAP: "entryUUID"
    case .other: nil
    }
  }

  private static let childMark = AttributeName(ContentSyncSource.childMark)

  /// Names of objects that are no objects of the directory proper: shown as text.
  private static let names: Set<AttributeName> = [
    "entryDN", "objectCategory", "defaultObjectCategory", "creatorsName", "modifiersName",
    "subschemaSubentry", "structuralObjectClass", "lastKnownParent", "rIDSetReferences",
    "msDS-ObjectReference", "nsUniqueId",
  ]

  /// How the attributes of `schema` are taken.
  ///
  /// What people and groups have in every directory is taken as LDIF files of it would be, so that
  /// the same rules do for both; all else by the schema.
  static func values(_ schema: ServerSchema, _ settings: LDAPConnectorSettings) -> ValueReader {
    var table: [AttributeName: ValueReader.Treatment] = [:]
    var single = KnownAttributes.singleValued
    for name in KnownAttributes.references { table[name] = .reference }
    for name in KnownAttributes.booleans { table[name] = .boolean }
    for name in KnownAttributes.integers { table[name] = .integer }
    for name in KnownAttributes.binaries { table[name] = .binary }
    for (name, type) in schema.types {
      if let syntax = type.syntax { table[name] = ValueSyntax.treatment(syntax) }
      if type.isSingleValued { single.insert(name) } else { single.remove(name) }
    }
    for name in KnownAttributes.texts.union(names) { table[name] = .text }
    for name in settings.referenceAttributes { table[name] = .reference }
    for name in settings.binaryAttributes { table[name] = .binary }
    // Asked for by delta imports, for their own use.
    if !settings.attributes.contains(where: { AttributeName($0) == Self.childMark }) {
      table[Self.childMark] = .ignored
    }
    // Last, so that no other list can bring a secret out.
    for name in settings.ignoredAttributes.union(settings.secretAttributes) {
      table[name] = .ignored
    }
    for name in schema.backLinks { table[name] = .ignored }
    return ValueReader(treatments: table, singleValued: single)
  }

  /// Whether the server takes values of an attribute that differ in the case of letters for one.
  ///
  /// Active Directory publishes no rules: its texts ignore case, and those that do not have a form of
  /// their own ([MS-ADTS] §3.1.1.2.2.2).
  func ignoresCase(of name: AttributeName) -> Bool {
    guard let type = schema[name] else { return false }
    return kind.isActiveDirectory ? type.syntax == ValueSyntax.text : type.ignoresCase
  }

  /// The description under which the attribute `name` is sent; Active Directory has no options.
  func sentDescription(of name: String) -> String {
    guard !kind.isActiveDirectory, let syntax = schema[AttributeName(name)]?.syntax,
      ValueSyntax.needsBinary(syntax)
    else { return name }
    return name + ";binary"
  }

  /// The schema in the engine's terms.
  func directorySchema(_ settings: LDAPConnectorSettings) -> DirectorySchema {
    var attributes: [AttributeName: DirectorySchema.AttributeDefinition] = [:]
    for (name, treatment) in values.treatments {
      let kind: DirectorySchema.AttributeDefinition.Kind
      switch treatment {
      case .ignored: continue
      case .binary: kind = .binary
      case .integer: kind = .integer
      case .boolean: kind = .boolean
      case .reference: kind = .reference
      case .text, .unknown: kind = .string
      }
      attributes[name] = .init(
        kind, isMultiValued: !values.isSingleValued(name),
        isReadOnly: schema[name]?.isReadOnly ?? false)
    }
    if settings.isTarget {
      for (name, definition) in attributes
      where definition.isMultiValued && definition.kind == .string && ignoresCase(of: name) {
        attributes[name]?.equality = .distinct
      }
      attributes[ExportPlan.nameAttribute] = .init(.string, equality: .name)
      attributes["objectClass", default: .init(.string, isMultiValued: true)].equality = .among
      attributes["objectClass"]?.retractable = schema.retractableClasses
    }
    var types: [String] = []
    for rule in typeRules(settings) where !types.contains(rule.objectType) {
      types.append(rule.objectType)
    }
    return DirectorySchema(attributes: attributes, objectTypes: types)
  }

  /// What the classes of objects mean here.
  ///
  /// A class beside another one makes a type of its own only in Active Directory, and only where it is
  /// read: what rules look for in a directory that they write to is there under the usual type.
  func typeRules(_ settings: LDAPConnectorSettings) -> [ObjectTypeRule] {
    let isDistinct = kind.isActiveDirectory && !settings.isTarget
    return settings.objectTypes.filter { $0.companion == nil || isDistinct }
  }
}
