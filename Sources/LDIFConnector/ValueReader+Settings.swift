import Directory

extension ValueReader {
  /// A reader that takes attributes as `settings` say.
  init(_ settings: LDIFConnectorSettings) {
    var table: [AttributeName: Treatment] = [:]
    for name in KnownAttributes.texts { table[name] = .text }
    for name in settings.referenceAttributes { table[name] = .reference }
    for name in settings.booleanAttributes { table[name] = .boolean }
    for name in settings.integerAttributes { table[name] = .integer }
    for name in settings.binaryAttributes { table[name] = .binary }
    // Last, so that no other list can bring a secret out.
    for name in settings.ignoredAttributes.union(settings.secretAttributes) {
      table[name] = .ignored
    }
    self.init(treatments: table, singleValued: settings.singleValuedAttributes)
  }

  /// The schema that these treatments amount to.
  func schema(objectTypes: [String]) -> DirectorySchema {
    var attributes: [AttributeName: DirectorySchema.AttributeDefinition] = [:]
    for (name, treatment) in treatments {
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
        kind, isMultiValued: !isSingleValued(name), isReadOnly: true)
    }
    return DirectorySchema(attributes: attributes, objectTypes: objectTypes)
  }
}
