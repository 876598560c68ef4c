import JSON

/// What is known of one attribute.
///
/// What `/Schemas` says (RFC 7643 §7) and what the server checks both come from here, so that it
/// can't check other than it says.
struct AttributeDefinition: Hashable, Sendable {
  /// The type of values.
  enum Kind: String, Sendable {
    case string, boolean, decimal, integer, dateTime, binary, reference, complex
  }
  /// Who may write it.
  enum Mutability: String, Sendable {
    case readOnly, readWrite, immutable, writeOnly
  }
  /// When it is in an answer.
  enum Returned: String, Sendable {
    case always, never, `default`, request
  }
  /// Whether two resources may have the same value: `server` among those of a type, `global` among
  /// all of the tenant.
  enum Uniqueness: String, Sendable {
    case none, server, global
  }
  /// A shape that values must have besides their type.
  enum Format: Sendable {
    case text, userPrincipalName, proxyAddress, mailAddress
  }
  /// Where the values are kept.
  enum Storage: Hashable, Sendable {
    /// In the body of the resource.
    case body
    /// As rows of their own that point to other resources, under this number.
    case links(Int)
    /// Nowhere: they are links of other resources that point here, under this number.
    case reverseLinks(Int)
  }

  var name: String
  var kind: Kind
  var isMultiValued = false
  var text: String
  var isRequired = false
  var isCaseExact = false
  var mutability = Mutability.readWrite
  var returned = Returned.default
  var uniqueness = Uniqueness.none
  var canonicalValues: [String] = []
  var referenceTypes: [String] = []
  var subAttributes: [AttributeDefinition] = []

  /// The greatest number of characters of a value, if there is a limit.
  var maximumLength: Int?
  /// The shape of values.
  var format = Format.text
  /// Where values are kept.
  var storage = Storage.body
  /// The number of the key index that finds resources by this attribute, if there is one.
  var keyIndex: Int?
  /// The only values that may be given, if they are few and this is strict about them.
  var isCanonicalOnly = false
  /// The resource types that a `value` of this complex attribute must name an existing one of.
  var targetTypes: [String] = []

  /// The sub-attribute of this name in any case.
  func subAttribute(_ name: String) -> AttributeDefinition? {
    // By index, as definitions are costly to copy and this is asked for every value.
    let exact = subAttributes.indices.first { subAttributes[$0].name == name }
    if let exact { return subAttributes[exact] }
    let folded = name.lowercased()
    return subAttributes.first { $0.name.lowercased() == folded }
  }

  /// The form in which two values are equal if they are the same for this attribute.
  func folded(_ text: String) -> String { isCaseExact ? text : text.lowercased() }

  /// The definition as `/Schemas` gives it (RFC 7643 §7).
  var json: JSONValue {
    var object = JSONObject([
      "name": .string(name), "type": .string(kind.rawValue), "multiValued": .boolean(isMultiValued),
      "description": .string(text), "required": .boolean(isRequired),
    ])
    if kind != .complex, kind != .boolean { object["caseExact"] = .boolean(isCaseExact) }
    object["mutability"] = .string(mutability.rawValue)
    object["returned"] = .string(returned.rawValue)
    object["uniqueness"] = .string(uniqueness.rawValue)
    if !canonicalValues.isEmpty {
      object["canonicalValues"] = .array(canonicalValues.map { .string($0) })
    }
    if !referenceTypes.isEmpty {
      object["referenceTypes"] = .array(referenceTypes.map { .string($0) })
    }
    if !subAttributes.isEmpty { object["subAttributes"] = .array(subAttributes.map(\.json)) }
    return .object(object)
  }
}

// Short forms in which the schemas are written.
extension AttributeDefinition {
  /// A single string.
  static func text(_ name: String, _ text: String, max: Int? = 1024) -> AttributeDefinition {
    AttributeDefinition(name: name, kind: .string, text: text, maximumLength: max)
  }

  /// A boolean.
  static func flag(_ name: String, _ text: String) -> AttributeDefinition {
    AttributeDefinition(name: name, kind: .boolean, text: text)
  }

  /// A moment that only the server writes.
  static func stamp(_ name: String, _ text: String) -> AttributeDefinition {
    AttributeDefinition(name: name, kind: .dateTime, text: text, mutability: .readOnly)
  }

  /// A complex attribute.
  static func complex(_ name: String, _ text: String, _ subs: [AttributeDefinition])
    -> AttributeDefinition
  {
    AttributeDefinition(name: name, kind: .complex, text: text, subAttributes: subs)
  }

  /// A multi-valued complex attribute with `value`, `display`, `type` and `primary`.
  static func plural(
    _ name: String, _ text: String, value: AttributeDefinition = .text("value", "The value."),
    types: [String] = []
  ) -> AttributeDefinition {
    var kind = AttributeDefinition.text("type", "What the value is for.", max: 64)
    kind.canonicalValues = types
    let subs = [
      value, .text("display", "The value as it is shown."), kind,
      .flag("primary", "Whether this is the preferred value; true for one at most."),
    ]
    return complex(name, text, subs).with { $0.isMultiValued = true }
  }

  /// The definition with changes.
  func with(_ change: (inout AttributeDefinition) -> Void) -> AttributeDefinition {
    var changed = self
    change(&changed)
    return changed
  }
}
