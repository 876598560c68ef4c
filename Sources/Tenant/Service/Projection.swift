import JSON

/// Which attributes an answer has (RFC 7644 §3.9).
struct Projection: Hashable, Sendable {
  /// How much of an attribute.
  enum Extent: Hashable, Sendable {
    case whole
    case none
    /// Only these sub-attributes, in lower case.
    case only(Set<String>)
    /// All but these sub-attributes, in lower case.
    case except(Set<String>)
  }

  private enum Mode: Hashable {
    case standard, only, except
  }

  private var mode = Mode.standard
  // Attribute in lower case, with its extension's URN and a colon before it, to its
  // sub-attributes; nil stands for the whole attribute.
  private var names: [String: Set<String>?] = [:]

  /// The attributes that are given if nothing is said.
  static let standard = Projection()

  private init() {}

  /// The projection that the two parameters ask for.
  ///
  /// - Throws: ``SCIMError`` if both are given: RFC 7644 §3.9 has them exclude each other.
  init(attributes: [String], excluded: [String], type: ResourceType) throws {
    guard attributes.isEmpty || excluded.isEmpty else {
      throw SCIMError(
        400, .invalidValue, "Give 'attributes' or 'excludedAttributes', not both.")
    }
    mode = !attributes.isEmpty ? .only : !excluded.isEmpty ? .except : .standard
    for name in attributes + excluded { add(name, type) }
  }

  private mutating func add(_ name: String, _ type: ResourceType) {
    if let schema = type.schemaExtension(name) {
      for attribute in schema.attributes {
        names["\(schema.id):\(attribute.name)".lowercased()] = .some(nil)
      }
      return
    }
    // A name that this type doesn't have may be another's, and asks for nothing here.
    guard let path = try? AttributePath(name, in: type, kind: .invalidPath) else { return }
    let key = ((path.schema.map { $0 + ":" } ?? "") + path.attribute.name).lowercased()
    guard let sub = path.sub?.name.lowercased() else { return names[key] = .some(nil) }
    switch names[key] {
    case nil: names[key] = [sub]
    case .some(nil): break
    case .some(let subs?): names[key] = subs.union([sub])
    }
  }

  /// How much of this attribute is given.
  func extent(_ definition: AttributeDefinition, schema: String? = nil) -> Extent {
    if definition.returned == .always { return .whole }
    if definition.returned == .never { return .none }
    let key = ((schema.map { $0 + ":" } ?? "") + definition.name).lowercased()
    switch (mode, names[key]) {
    case (.standard, _), (.except, nil): return definition.returned == .request ? .none : .whole
    case (.only, nil), (.except, .some(nil)): return .none
    case (.only, .some(nil)): return .whole
    case (.only, .some(let subs?)): return .only(subs)
    // What is not given unless it is asked for is not asked for by leaving out a part of it.
    case (.except, .some) where definition.returned == .request: return .none
    case (.except, .some(let subs?)): return .except(subs)
    }
  }

  /// The part of `value` that is given.
  static func part(of value: JSONValue, _ extent: Extent) -> JSONValue? {
    switch extent {
    case .whole: return value
    case .none: return nil
    case .only, .except: break
    }
    if let elements = value.array {
      let parts = elements.compactMap { part(of: $0, extent) }
      return parts.isEmpty ? nil : .array(parts)
    }
    guard var object = value.object else { return value }
    object.members.removeAll { member in
      switch extent {
      case .only(let subs): return !subs.contains(member.name.lowercased())
      case .except(let subs): return subs.contains(member.name.lowercased())
      case .whole, .none: return false
      }
    }
    return object.members.isEmpty ? nil : .object(object)
  }
}
