import JSON

/// What is known of one property of a Graph resource.
struct GraphProperty: Hashable, Sendable {
  /// The type of values.
  enum Kind: Hashable, Sendable { case string, boolean, dateTime, strings, object, objects }
  /// Who may write it.
  enum Access: Hashable, Sendable { case write, create, read }
  /// The key index that finds objects by the property.
  struct Key: Hashable, Sendable {
    var index: Int
    var isTenantWide = false
    var isCaseExact = false

    /// The number of the index in the store.
    func code(_ type: GraphType) -> Int { index * 16 + (isTenantWide ? 0 : type.resource.code) }
    /// The form in which equal values are the same.
    func folded(_ text: String) -> String { isCaseExact ? text : text.lowercased() }
  }

  /// What a value must be like beside its type and length.
  enum Format: Hashable, Sendable {
    /// One of these words, whatever their case.
    case oneOf([String])
    /// Some of these words, with commas between them.
    case someOf([String])
    /// A country's two letters, as ISO 3166-1 has them.
    case country
    /// The part of an address before the `@`.
    case nickname
    /// A name and a domain with `@` between them.
    case principalName
    /// A mail address, or some.
    case address
    /// A list of one value at most.
    case single
    /// What ties an object to its source: no `$` and no `_` in it.
    case anchor
    /// An object with `extensionAttribute1` to `extensionAttribute15`.
    case numbered

    /// Whether the value is so.
    func isRight(_ value: JSONValue) -> Bool {
      switch self {
      case .oneOf(let words):
        Self.texts(value).allSatisfy { text in words.contains { $0.lowercased() == text } }
      case .someOf(let words):
        Self.texts(value).allSatisfy { text in
          text.split(separator: ",").allSatisfy { part in
            let word = part.trimmingPrefix(" ")
            return words.contains { $0.lowercased() == word }
          }
        }
      case .country:
        Self.texts(value).allSatisfy { CountryCode.all.contains($0) }
      case .anchor: Self.texts(value).allSatisfy { !$0.contains("$") && !$0.contains("_") }
      case .nickname:
        Self.texts(value).allSatisfy { text in
          text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !Self.notInNicknames.contains($0) }
        }
      case .principalName:
        Self.texts(value).allSatisfy { text in
          let parts = text.split(separator: "@", omittingEmptySubsequences: false)
          return parts.count == 2 && parts.allSatisfy { !$0.isEmpty }
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        }
      case .address:
        Self.texts(value).allSatisfy { ValueFormat.fault(of: $0, as: .mailAddress) == nil }
      case .single: (value.array?.count ?? 0) <= 1
      case .numbered:
        (value.object?.members ?? []).allSatisfy { member in
          GraphWriter.isAnnotation(member.name)
            || (1...15).contains { member.name == "extensionAttribute\($0)" }
              && (member.value == .null || member.value.string != nil)
        }
      }
    }

    // learn.microsoft.com, "group resource type", mailNickname.
    private static let notInNicknames = Set("@()\\[]\";:<>,".utf8)

    private static func texts(_ value: JSONValue) -> [String] {
      (value.array ?? [value]).compactMap { $0.string?.lowercased() }
    }
  }

  var name: String
  var kind = Kind.string
  var place: GraphPlace
  /// The greatest number of characters of a value, if there is a limit.
  var maximum: Int?
  var format: Format?
  var access = Access.write
  /// Whether an answer has it unless others are asked for.
  var isDefault = false
  /// Whether an object can't be created without it.
  var isRequired = false
  /// Whether only the directory on premises may change it for an object that comes from there.
  var isMastered = true
  var key: Key?
  /// What an object has that has no value of its own.
  var standard: JSONValue?
  /// Whether values are lists.
  var isList: Bool { kind == .strings || kind == .objects }

  /// Refuses a value that is not of the property's type or is too long.
  ///
  /// - Throws: ``GraphError``, status 400.
  func check(_ value: JSONValue, of resource: String) throws {
    guard value != .null else {
      guard !isRequired else { throw GraphError.value(name, of: resource, "InvalidValue") }
      return
    }
    switch kind {
    case .string:
      guard let text = value.string, !text.isEmpty else {
        throw GraphError.value(name, of: resource, "InvalidValue")
      }
      try checkLength(text, of: resource)
    case .boolean:
      guard value.boolean != nil else {
        throw GraphError.value(name, of: resource, "InvalidValue")
      }
    case .dateTime:
      guard let text = value.string, Moment.milliseconds(text) != nil else {
        throw GraphError.value(name, of: resource, "InvalidValue")
      }
    case .strings:
      guard let values = value.array, values.allSatisfy({ $0.string?.isEmpty == false }) else {
        throw GraphError.value(name, of: resource, "InvalidValue")
      }
      for text in values.compactMap(\.string) { try checkLength(text, of: resource) }
    case .object, .objects:
      guard kind == .object ? value.object != nil : value.array != nil else {
        throw GraphError.value(name, of: resource, "InvalidValue")
      }
    }
    guard format?.isRight(value) ?? true else {
      throw GraphError.value(name, of: resource, "InvalidValue")
    }
  }

  private func checkLength(_ text: String, of resource: String) throws {
    guard let maximum, text.utf16.count > maximum else { return }
    throw GraphError.value(name, of: resource, "InvalidLength")
  }
}

// Short forms in which the types are written.
extension GraphProperty {
  /// A string that clients write.
  static func text(_ name: String, _ place: GraphPlace, max: Int? = nil, isDefault: Bool = false)
    -> GraphProperty
  {
    GraphProperty(name: name, place: place, maximum: max, isDefault: isDefault)
  }

  /// What only the server writes.
  static func read(_ name: String, _ kind: Kind = .string, _ place: GraphPlace = .computed)
    -> GraphProperty
  {
    GraphProperty(name: name, kind: kind, place: place, access: .read)
  }

  /// What Graph has and is not kept here: it is empty, and can't be written.
  static func unkept(_ names: String, _ kind: Kind = .string) -> [GraphProperty] {
    names.split(separator: " ").map { .read(String($0), kind) }
  }

  /// The property with changes.
  func with(_ change: (inout GraphProperty) -> Void) -> GraphProperty {
    var changed = self
    change(&changed)
    return changed
  }
}
