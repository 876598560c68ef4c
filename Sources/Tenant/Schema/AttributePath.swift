/// The name of an attribute as clients write it: `name.givenName`, or with its schema's URN before
/// it (RFC 7644 §3.10).
struct AttributePath: Hashable, Sendable {
  /// The extension that the attribute belongs to, by its URN; nil for the core schema.
  var schema: String?
  /// The attribute.
  var attribute: AttributeDefinition
  /// The sub-attribute, if one is named.
  var sub: AttributeDefinition?

  /// The definition of the values that the path leads to.
  var leaf: AttributeDefinition { sub ?? attribute }

  /// The path in the schema's spelling.
  var text: String {
    (schema.map { $0 + ":" } ?? "") + attribute.name + (sub.map { "." + $0.name } ?? "")
  }

  /// What `text` names in `type`.
  ///
  /// - Throws: ``SCIMError``, status 400 with `kind`, if there is no such attribute.
  init(_ text: String, in type: ResourceType, kind: SCIMError.Kind) throws {
    let (schema, rest) = Self.split(text, in: type)
    let names = rest.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let definition = names.first.flatMap { name in
      schema.map { $0.attribute(String(name)) } ?? type.attribute(String(name))
    }
    guard let definition else {
      throw SCIMError(400, kind, "'\(text)' is not an attribute of \(type.name); see /Schemas.")
    }
    self.schema = schema?.id == type.schema.id ? nil : schema?.id
    self.attribute = definition
    guard names.count == 2 else { return }
    guard let sub = definition.subAttribute(String(names[1])) else {
      throw SCIMError(400, kind, "'\(text)': '\(definition.name)' has no '\(names[1])'.")
    }
    self.sub = sub
  }

  /// A path to an attribute and maybe its sub-attribute.
  init(schema: String?, attribute: AttributeDefinition, sub: AttributeDefinition? = nil) {
    self.schema = schema
    self.attribute = attribute
    self.sub = sub
  }

  /// The schema whose URN begins `text`, and what follows the URN.
  static func split(_ text: String, in type: ResourceType) -> (SchemaDefinition?, Substring) {
    let folded = text.lowercased()
    guard folded.hasPrefix("urn:") else { return (nil, text[...]) }
    for schema in [type.schema] + type.extensions
    where folded.hasPrefix(schema.id.lowercased() + ":") {
      return (schema, text.dropFirst(schema.id.count + 1))
    }
    return (nil, text[...])
  }
}
