import Directory

/// Turns the records of files into changes of objects.
struct RecordMapper: Sendable {
  // Named once: to spell a name anew costs a look-up among all names.
  private static let objectClass: AttributeName = "objectClass"
  private static let objectGUID: AttributeName = "objectGUID"
  private static let entryUUID: AttributeName = "entryUUID"
  private static let distinguishedName: AttributeName = "distinguishedName"
  static let objectSid: AttributeName = "objectSid"
  /// The SID as it is printed, under the name that Entra Connect's metaverse gives it: a target
  /// takes it so.
  static let objectSidString: AttributeName = "objectSidString"

  /// So many attributes no object of a directory has: each costs time with each comparison.
  private static let mostAttributes = 10_000

  /// What a record becomes; the fault's place is added by the reader.
  struct Fault: Error {
    var type: SyncErrorType
    var message: String
    var hint: String
    var attribute: String?
    var value: String?
  }

  let values: ValueReader
  private let anchorAttribute: AttributeName?
  private let types: [ObjectTypeRule]
  private let wantedTypes: Set<String>
  // Those that rules read, in small letters; nil if that is not known.
  private let readTypes: Set<String>?
  // The types that lists of classes amounted to, nil for those not wanted, by their digest.
  private var knownTypes: [UInt64: String?] = [:]

  init(
    _ settings: LDIFConnectorSettings, objectTypes: [String], readTypes: Set<String>? = nil
  ) {
    self.readTypes = readTypes.map { Set($0.map { $0.lowercased() }) }
    values = ValueReader(settings)
    anchorAttribute = settings.anchorAttribute
    types = settings.objectTypes
    wantedTypes = Set(objectTypes)
  }

  /// The entry that a content or add record describes; nil if its type is not wanted.
  mutating func entry(_ record: LDIFRecord, _ lines: [LDIFAttribute]) throws(Fault)
    -> DirectoryEntry?
  {
    let dn = try name(record.dn)
    guard let type = try objectType(lines) else { return nil }
    var attributes = try attributes(lines)
    if !attributes.contains(Self.distinguishedName) {
      attributes[Self.distinguishedName] = [.string(dn.text)]
    }
    if case .binary(let bytes)? = attributes[Self.objectSid].first, let sid = SID(bytes: bytes) {
      attributes[Self.objectSidString] = [.string(sid.description)]
    }
    let anchor = try anchor(attributes, dn, type)
    return DirectoryEntry(anchor: anchor, dn: dn, objectType: type, attributes: attributes)
  }

  /// The changes that a change record describes; none if they are not wanted.
  mutating func changes(_ record: LDIFRecord) throws(Fault) -> [ImportedChange] {
    switch record.body {
    case .content:
      throw Fault(
        type: SyncErrorType("missing-change-type"),
        message: "A record without changetype stands in a change file",
        hint: "Add \"changetype: add\", or move the record to the content file")
    case .add(let lines):
      guard let entry = try entry(record, lines) else { return [] }
      return [.entry(entry)]
    case .delete:
      return [.delete(ObjectAddress(dn: try name(record.dn)))]
    case .modify(let parts):
      let changes = try AttributeChanges(parts, values).changes
      guard !changes.isEmpty else { return [] }
      return [.modify(ObjectAddress(dn: try name(record.dn)), changes)]
    case .rename(let rdn, let deletesOld, let superior):
      let dn = try name(record.dn)
      let (newDN, changes) = try renaming(dn, rdn, deletesOld, superior)
      return [
        .rename(ObjectAddress(dn: dn), newDN: newDN),
        .modify(ObjectAddress(dn: newDN), changes),
      ]
    }
  }

  func name(_ text: String) throws(Fault) -> DistinguishedName {
    do {
      let dn = try DistinguishedName(text)
      guard !dn.normalized.isEmpty else {
        throw Fault(
          type: .missingDN, message: "The record's distinguished name is empty",
          hint: "Remove the record: the root of a server is no object")
      }
      return dn
    } catch let error as DistinguishedNameError {
      throw Fault(
        type: .dnNotLDAPConformant, message: error.description,
        hint: "Correct the name; special characters are escaped by a backslash (RFC 4514 §2.4)")
    } catch let error as Fault {
      throw error
    } catch {
      throw Fault(type: .dnNotLDAPConformant, message: "\(error)", hint: "Correct the name")
    }
  }

  /// What a rename makes of the name and of the object's attributes: those of its name change too
  /// (RFC 4511 §4.9), and a fresh export would show them so.
  func renaming(
    _ dn: DistinguishedName, _ rdn: String, _ deletesOld: Bool, _ superior: String?
  ) throws(Fault) -> (newDN: DistinguishedName, changes: [AttributeChange]) {
    let container: DistinguishedName? = if let superior { try name(superior) } else { dn.parent }
    let new = try name(rdn + (container.map { "," + $0.text } ?? ""))
    let newPairs = pairs(rdn)
    guard !newPairs.isEmpty, new.relativeNames.count == (container?.relativeNames.count ?? 0) + 1
    else {
      throw Fault(
        type: .dnNotLDAPConformant, message: "newrdn is not one part of a distinguished name",
        hint: "Write the new name as one part, and the new container after newsuperior:")
    }
    guard !new.isBelow(dn) else {
      throw Fault(
        type: .dnNotLDAPConformant, message: "newsuperior is the object itself or stands below it",
        hint: "Name a container outside of what is moved")
    }
    var changes = Self.nameChanges(from: deletesOld ? pairs(dn.rdn) : [], to: newPairs)
    changes.append(AttributeChange(Self.distinguishedName, .replace([.string(new.text)])))
    return (new, changes.filter { !values.isIgnored($0.name) })
  }

  private static func nameChanges(
    from old: [(AttributeName, String)], to new: [(AttributeName, String)]
  ) -> [AttributeChange] {
    var changes: [AttributeChange] = []
    for (type, value) in new {
      let removed = old.filter { $0.0 == type && $0.1 != value }
      changes.append(
        AttributeChange(
          type, .update(added: [.string(value)], removed: removed.map { .string($0.1) })))
    }
    for (type, value) in old where !new.contains(where: { $0.0 == type }) {
      changes.append(AttributeChange(type, .update(added: [], removed: [.string(value)])))
    }
    return changes
  }

  private func pairs(_ rdn: String) -> [(AttributeName, String)] {
    DistinguishedName.pairs(ofRelativeName: rdn).map { (AttributeName($0.type), $0.value) }
  }

  private mutating func objectType(_ lines: [LDIFAttribute]) throws(Fault) -> String? {
    var digest = FNV1a()
    for line in lines where line.name == Self.objectClass {
      digest.add(line.value)
      digest.add(CollectionOfOne(0))
    }
    if let known = knownTypes[digest.value] { return known }
    let classes = lines.filter { $0.name == Self.objectClass }
      .map { String(decoding: $0.value, as: UTF8.self) }
    guard let last = classes.last else {
      throw Fault(
        type: .missingObjectClass, message: "The entry has no objectClass",
        hint: "Export the entry with its objectClass", attribute: "objectClass")
    }
    let lower = classes.map { $0.lowercased() }
    let type = types.first { $0.applies(to: lower) }?.objectType ?? last
    let wanted = wantedTypes.isEmpty || wantedTypes.contains(type) ? type : nil
    if knownTypes.count < 1000 { knownTypes[digest.value] = .some(wanted) }
    return wanted
  }

  private func attributes(_ lines: [LDIFAttribute]) throws(Fault) -> AttributeSet {
    var found = UnitedAttributes(expecting: min(lines.count, Self.mostAttributes))
    for line in lines {
      let treatment = values.treatment(of: line.name)
      if treatment == .ignored { continue }
      let (name, value) = try values.typed(line.name, line.options, line.value, treatment)
      found.add(value, to: name)
      guard found.attributes.count <= Self.mostAttributes else {
        throw Fault(
          type: .parseError,
          message: "The record has more than \(Self.mostAttributes) attributes",
          hint: "Check that blank lines separate the records of the file, and that it is LDIF")
      }
    }
    let set = AttributeSet(found)
    for attribute in set.attributes where attribute.values.count > 1 {
      if values.isSingleValued(attribute.name) { throw Self.tooMany(attribute) }
    }
    return set
  }

  private static func tooMany(_ attribute: Attribute) -> Fault {
    Fault(
      type: attribute.name == objectGUID || attribute.name == entryUUID
        ? .multiValuedAnchor : SyncErrorType("multi-single-mismatch"),
      message: "\(attribute.name) takes one value and has \(attribute.values.count)",
      hint: "Correct the entry, or the connector's list of single-valued attributes",
      attribute: attribute.name.text)
  }

  /// Whether an entry of content is the root of a server, as a search without a base shows it: it has
  /// no name, and no class of an object.
  static func isRoot(_ record: LDIFRecord, _ lines: [LDIFAttribute]) -> Bool {
    guard record.dn.allSatisfy({ $0 == " " }) else { return false }
    let classes = lines.filter { $0.name == objectClass }
      .map { String(decoding: $0.value, as: UTF8.self).lowercased() }
    guard classes.allSatisfy({ $0 == "top" || $0 == "extensibleobject" || $0.hasSuffix("rootdse") })
    else { return false }
    return !classes.isEmpty || lines.contains { rootAttributes.contains($0.name) }
  }

  /// What only the root of a server has (RFC 4512 §5.1).
  private static let rootAttributes: Set<AttributeName> = [
    "namingContexts", "supportedLDAPVersion", "supportedControl", "subschemaSubentry",
    "defaultNamingContext",
  ]

  private func usualAnchor(_ attributes: AttributeSet, _ dn: DistinguishedName) -> Anchor {
    if case .binary(let bytes)? = attributes[Self.objectGUID].first, let guid = GUID(bytes: bytes) {
      return Anchor(guid.description)
    }
    if let text = attributes.text(Self.entryUUID) { return Anchor(text.lowercased()) }
    return Anchor(dn.normalized)
  }

  private func anchor(
    _ attributes: AttributeSet, _ dn: DistinguishedName, _ type: String
  ) throws(Fault) -> Anchor {
    guard let attribute = anchorAttribute else { return usualAnchor(attributes, dn) }
    let values = attributes[attribute]
    guard values.count < 2 else {
      throw Fault(
        type: .multiValuedAnchor, message: "\(attribute) has \(values.count) values",
        hint: "The attribute that anchors objects must have one value", attribute: attribute.text)
    }
    guard let value = values.first, !value.text.isEmpty else {
      // Containers have no account's name; the names of others go by them all the same.
      if let readTypes, !readTypes.contains(type.lowercased()) {
        return usualAnchor(attributes, dn)
      }
      throw Fault(
        type: .missingAnchor, message: "The entry has no \(attribute), which anchors objects",
        hint: "Export the entry with this attribute", attribute: attribute.text)
    }
    if case .binary(let bytes) = value, let guid = GUID(bytes: bytes) {
      return Anchor(guid.description)
    }
    return Anchor(value.text)
  }
}

extension ValueReader {
  /// A value of a line with the name under which it is kept.
  func typed(
    _ name: AttributeName, _ options: [String], _ bytes: ArraySlice<UInt8>, _ treatment: Treatment
  ) throws(RecordMapper.Fault) -> (AttributeName, AttributeValue) {
    do {
      let kept = try self.name(name, options)
      // `cn;lang-en` is as `cn` is.
      return (kept, try value(bytes, of: name, treatment))
    } catch {
      throw RecordMapper.Fault(
        type: error.type, message: error.message, hint: error.hint, attribute: name.text,
        value: error.value)
    }
  }
}
