import Directory

extension AttributeNaming {
  /// `operation` under SCIM's names.
  ///
  /// - Throws: ``ObjectFailure`` if the server has no place for an attribute.
  func renamed(_ operation: ExportOperation) throws(ObjectFailure) -> ExportOperation {
    let table = table(operation.objectType)
    var operation = operation
    switch operation.kind {
    case .add(let attributes):
      operation.kind = .add(try added(attributes, table, operation.objectType))
    case .modify(let changes):
      operation.kind = .modify(try changed(changes, table, operation.objectType))
    case .delete: break
    }
    operation.whole = operation.whole?.map { attribute in
      Attribute(table.path(attribute.name) ?? attribute.name, attribute.values)
    }
    return operation
  }

  /// `outcome` with the name that the attribute to blame has in the connector space.
  func renamed(_ outcome: ExportOutcome, objectType: String) -> ExportOutcome {
    let table = table(objectType)
    func name(_ failure: ObjectFailure) -> ObjectFailure {
      var named = failure
      named.attribute = failure.attribute.map { table.name(AttributeName($0)).text }
      return named
    }
    switch outcome {
    case .failed(let failure): return .failed(name(failure))
    case .partly(var part):
      part.failure = name(part.failure)
      part.lacking = part.lacking.map { AttributeChange(table.name($0.name), $0.operation) }
      return .partly(part)
    case .done, .accepted, .unknown, .removed: return outcome
    }
  }

  private func added(
    _ attributes: AttributeSet, _ table: Table, _ type: String
  ) throws(ObjectFailure) -> AttributeSet {
    var renamed: [Attribute] = []
    renamed.reserveCapacity(attributes.attributes.count + 2)
    for attribute in attributes.attributes where !Self.isImplied(attribute.name) {
      renamed.append(Attribute(try path(attribute.name, table, type), attribute.values))
    }
    var result = AttributeSet(renamed)
    if !result.contains(EntraNames.externalID), let dn = attributes.text(EntraNames.dn),
      let anchor = Self.anchor(inDN: dn)
    {
      result[EntraNames.externalID] = [.string(anchor)]
    }
    for (name, values) in Self.tie(result[EntraNames.externalID], table) { result[name] = values }
    return result
  }

  private func changed(
    _ changes: [AttributeChange], _ table: Table, _ type: String
  ) throws(ObjectFailure) -> [AttributeChange] {
    var renamed: [AttributeChange] = []
    for change in changes where !Self.isImplied(change.name) {
      // What was exported under SCIM's name before has another name now; nothing is to go. Nor is there
      // anything to take away of what has no place.
      let isKnown = !table.hasOtherName(change.name) && hasPlace(change.name, table)
      if change.newValues == nil, !isKnown { continue }
      renamed.append(AttributeChange(try path(change.name, table, type), change.operation))
      guard change.name == EntraNames.sourceAnchor, let values = change.newValues else { continue }
      for (name, values) in Self.tie(values, table) {
        renamed.append(AttributeChange(name, .replace(values)))
      }
    }
    return renamed
  }

  /// What the server itself keeps, or what follows from the source anchor.
  private static func isImplied(_ name: AttributeName) -> Bool {
    name == EntraNames.dn || name == EntraNames.cloudAnchor || name == EntraNames.cloudMastered
  }

  /// What marks an object with this anchor as one of a directory on premises, which Entra ID does
  /// by itself for objects that Entra Connect sends.
  private static func tie(
    _ anchor: [AttributeValue], _ table: Table
  ) -> [(AttributeName, [AttributeValue])] {
    guard let urn = table.onPremises, !anchor.isEmpty else { return [] }
    return [
      (AttributeName(urn + ":immutableId"), anchor),
      (AttributeName(urn + ":syncEnabled"), [.boolean(true)]),
    ]
  }

  /// The source anchor in a name of the form `CN={48656C…}`.
  static func anchor(inDN dn: String) -> String? {
    guard dn.uppercased().hasPrefix("CN={"), dn.hasSuffix("}"),
      let bytes = Hexadecimal.decode(String(dn.dropFirst(4).dropLast()))
    else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }

  private func hasPlace(_ name: AttributeName, _ table: Table) -> Bool {
    // A path of SCIM's own is taken as it is.
    table.path(name) != nil || Self.isPath(name)
  }

  private func path(
    _ name: AttributeName, _ table: Table, _ type: String
  ) throws(ObjectFailure) -> AttributeName {
    if hasPlace(name, table) { return table.path(name) ?? name }
    throw ObjectFailure(
      .schemaViolation, code: "not sent",
      message: "The target has no place for the attribute \(name.text) of a \(type): disable the "
        + "flow to it, or offer the schema \(Self.extensionPrefix)…", attribute: name.text)
  }
}

extension AttributeChange {
  /// The values that a change says the attribute has now or gets.
  fileprivate var newValues: [AttributeValue]? {
    switch operation {
    case .replace(let values): values.isEmpty ? nil : values
    case .update(let added, _): added.isEmpty ? nil : added
    }
  }
}
