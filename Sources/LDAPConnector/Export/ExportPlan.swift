import Directory

/// One operation of the engine in the terms of LDAP; references are still anchors.
struct ExportPlan: Sendable {
  /// What is to be sent.
  enum Work: Sendable {
    /// Create the object with these attributes.
    case add([Change])
    /// Give the object this name, if it has another, and change these attributes.
    case modify(newName: DistinguishedName?, [Change])
    /// Remove the object.
    case delete
  }

  /// One attribute's change.
  struct Change: Sendable {
    var operation: LDAPModification.Operation
    var name: AttributeName
    var values: [AttributeValue]
  }

  /// The place of the operation in its call.
  var index: Int
  var operation: ExportOperation
  /// The object's name: the one it has, or the one it is to get.
  var dn: DistinguishedName
  var work: Work

  /// The anchors of other objects that the work refers to.
  var references: Set<String> {
    let changes: [Change] =
      switch work {
      case .add(let changes), .modify(_, let changes): changes
      case .delete: []
      }
    var anchors: Set<String> = []
    for change in changes {
      for case .reference(let anchor) in change.values { anchors.insert(anchor) }
    }
    return anchors
  }
}

extension ExportPlan {
  /// The attribute in which rules compute an object's name.
  static let nameAttribute: AttributeName = "dn"
  private static let objectClass: AttributeName = "objectClass"

  /// The plan for `operation`.
  ///
  /// - Throws: ``ObjectFailure`` if it can't be done in LDAP.
  init(
    _ operation: ExportOperation, index: Int, _ profile: DirectoryProfile
  ) throws(ObjectFailure) {
    self.index = index
    self.operation = operation
    dn = operation.dn
    switch operation.kind {
    case .delete: work = .delete
    case .add(let attributes):
      if let text = attributes.text(Self.nameAttribute) { dn = try Self.name(text) }
      guard dn == profile.base || dn.isBelow(profile.base) else {
        throw ObjectFailure(
          .schemaViolation, code: "not sent",
          message: "The object's name would be \(dn), which is not below \(profile.base): a rule "
            + "has to compute \"dn\"", attribute: "dn", value: dn.text)
      }
      work = .add(
        try Self.changes(attributes, dn, operation.objectType, profile)
          .map { $0.distinct(profile) })
    case .modify(let changes):
      work = try Self.modification(changes, profile)
    }
  }

  private static func modification(
    _ changes: [AttributeChange], _ profile: DirectoryProfile
  ) throws(ObjectFailure) -> Work {
    var newName: DistinguishedName?
    var parts: [Change] = []
    for change in changes {
      if change.name == nameAttribute {
        if case .replace(let values) = change.operation, let text = values.first?.text {
          newName = try name(text)
        }
        continue
      }
      try check(change.name, profile)
      switch change.operation {
      // The server adds the classes above those that rules name, and shows them all.
      case .replace(let values) where change.name == objectClass && !values.isEmpty:
        parts.append(Change(operation: .add, change.name, values))
      case .replace(let values):
        parts.append(Change(operation: .replace, change.name, values).distinct(profile))
      case .update(let added, let removed):
        // Removed first: an attribute that takes one value has then room for another.
        if !removed.isEmpty { parts.append(Change(operation: .delete, change.name, removed)) }
        if !added.isEmpty { parts.append(Change(operation: .add, change.name, added)) }
      }
    }
    return .modify(newName: newName, parts)
  }

  private static func changes(
    _ attributes: AttributeSet, _ dn: DistinguishedName, _ objectType: String,
    _ profile: DirectoryProfile
  ) throws(ObjectFailure) -> [Change] {
    var parts: [Change] = []
    for attribute in attributes.attributes where attribute.name != nameAttribute {
      try check(attribute.name, profile)
      parts.append(Change(operation: .add, attribute.name, attribute.values))
    }
    if !attributes.contains(objectClass) {
      let classes = ObjectClasses.of(objectType, profile)
      parts.insert(
        Change(operation: .add, objectClass, classes.map { .string($0) }), at: 0)
    }
    // The values of the name belong to the object (RFC 4511 §4.7); not all servers add them.
    for pair in DistinguishedName.pairs(ofRelativeName: dn.rdn) {
      let name = AttributeName(pair.type)
      guard let index = parts.firstIndex(where: { $0.name == name }) else {
        parts.append(Change(operation: .add, name, [.string(pair.value)]))
        continue
      }
      let known = parts[index].values.contains { $0.text.lowercased() == pair.value.lowercased() }
      if !known { parts[index].values.append(.string(pair.value)) }
    }
    return parts
  }

  private static func check(
    _ name: AttributeName, _ profile: DirectoryProfile
  ) throws(ObjectFailure) {
    guard profile.values.treatment(of: name) == .ignored else { return }
    throw ObjectFailure(
      .readOnlyAttribute, code: "not sent",
      message: "\(name) is neither read nor written by this connector", attribute: name.text)
  }

  private static func name(_ text: String) throws(ObjectFailure) -> DistinguishedName {
    do {
      let dn = try DistinguishedName(text)
      if !dn.normalized.isEmpty { return dn }
      throw ObjectFailure(
        .identityDataValidationFailed, code: "not sent", message: "The object's name is empty",
        attribute: nameAttribute.text)
    } catch let error as DistinguishedNameError {
      throw ObjectFailure(
        .identityDataValidationFailed, code: "not sent", message: error.description,
        attribute: nameAttribute.text, value: text)
    } catch let error as ObjectFailure {
      throw error
    } catch {
      throw ObjectFailure(
        .unexpectedError, code: "not sent", message: "\(error)", attribute: nameAttribute.text)
    }
  }
}

extension ExportPlan.Change {
  fileprivate init(
    operation: LDAPModification.Operation, _ name: AttributeName, _ values: [AttributeValue]
  ) {
    self.init(operation: operation, name: name, values: values)
  }

  /// The change with each value once, as the server compares them: it would refuse it otherwise.
  fileprivate func distinct(_ profile: DirectoryProfile) -> Self {
    guard values.count > 1, profile.ignoresCase(of: name) else { return self }
    return Self(operation: operation, name, ValueEquality.distinct(values))
  }
}

/// The classes of a new object whose rules name none.
enum ObjectClasses {
  static func of(_ objectType: String, _ profile: DirectoryProfile) -> [String] {
    if profile.kind.isActiveDirectory { return [objectType] }
    switch objectType {
    case "user": return ["inetOrgPerson"]
    case "group": return ["groupOfNames"]
    case "organizationalUnit": return ["organizationalUnit"]
    default: return [objectType]
    }
  }
}
