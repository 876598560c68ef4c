import JSON

/// A resource's body while a PATCH is applied to it.
///
/// Every value is read into its canonical form before it is put in, so that a later operation of
/// the same request finds it. What must hold of the resource as a whole is checked afterwards.
struct PatchTarget {
  /// The body as the operations so far have made it.
  private(set) var body: JSONObject
  /// What the operations so far ask of the rows, in order.
  private(set) var linkChanges: [LinkChange] = []
  /// What the operations so far make of the password.
  private(set) var password: PasswordChange?
  private let type: ResourceType
  private let values: ValueReader
  private var operation = 0

  /// The target with the body of a resource of `type`.
  init(_ body: JSONObject, type: ResourceType, values: ValueReader) {
    self.body = body
    self.type = type
    self.values = values
  }

  /// Applies the operations in order.
  ///
  /// - Throws: ``SCIMError``, status 400; the target is then to be thrown away.
  mutating func apply(_ patch: Patch) throws {
    for (index, item) in patch.operations.enumerated() {
      operation = index
      if let path = item.path {
        try apply(item.kind, path, item.value)
      } else {
        try merge(item.kind, item.value ?? .null)
      }
    }
  }

  // Without a path the value is an object whose members name the attributes.
  private mutating func merge(_ kind: Patch.Operation.Kind, _ value: JSONValue) throws {
    guard let object = value.object else {
      throw SCIMError.invalidSyntax(
        "Operations[\(operation)]: without a path the value must be an object.")
    }
    for member in object.members {
      switch member.name.lowercased() {
      case "schemas", "id", "meta": continue
      default: break
      }
      if let schema = type.schemaExtension(member.name) {
        try mergeExtension(kind, schema, member.value)
      } else if values.isStrict {
        let path = try AttributePath(member.name, in: type, kind: .invalidPath)
        guard path.sub == nil else {
          throw SCIMError(
            400, .invalidPath,
            "'\(member.name)': a name with a dot can't stand in a value; give it as the path.")
        }
        try apply(kind, PatchPath(path: path, filter: nil), member.value)
      } else {
        let path = try FilterParser.patchPath(member.name, for: type, isStrict: false)
        try apply(kind, path, member.value)
      }
    }
  }

  private mutating func mergeExtension(
    _ kind: Patch.Operation.Kind, _ schema: SchemaDefinition, _ value: JSONValue
  ) throws {
    guard let object = value.object else {
      throw SCIMError.invalidSyntax("'\(schema.id)' must be an object.")
    }
    for member in object.members where !schema.passesOver(member.name) {
      guard let attribute = schema.attribute(member.name) else {
        throw SCIMError(400, .invalidPath, "'\(schema.id)' has no attribute '\(member.name)'.")
      }
      let path = AttributePath(schema: schema.id, attribute: attribute)
      try apply(kind, PatchPath(path: path, filter: nil), member.value)
    }
  }

  private mutating func apply(
    _ kind: Patch.Operation.Kind, _ target: PatchPath, _ value: JSONValue?
  )
    throws
  {
    if let urn = target.wholeExtension, let schema = type.schemaExtension(urn) {
      if kind == .remove {
        body[urn] = nil
      } else {
        try mergeExtension(kind, schema, value ?? .null)
      }
      return
    }
    guard let path = target.path else { return }
    try checkMutability(path)
    // To add nothing is no change; only `replace` and `remove` take away.
    if kind == .add, value?.isUnassigned ?? true { return }
    if path.attribute.mutability == .writeOnly {
      let isGiven = kind != .remove && !(value?.isUnassigned ?? true)
      password =
        try value.flatMap { isGiven ? .set(try NewPassword($0, path: path.text)) : nil }
        ?? .removed
      return
    }
    if type.linked?.name == path.attribute.name, path.schema == nil {
      return try changeLinks(kind, path, target.filter, value)
    }
    var holder = (path.schema.map { body[$0]?.object } ?? body) ?? JSONObject()
    let old = holder[path.attribute.name]
    let new: JSONValue?
    if let value, !value.isUnassigned, kind != .remove {
      new =
        path.attribute.isMultiValued
        ? try setElements(old?.array ?? [], kind, path, target.filter, value)
        : try setSingle(old, kind, path, target.filter, value)
    } else {
      new = try removed(from: old, path, target.filter, value: kind == .remove ? value : nil)
    }
    holder[path.attribute.name] = new
    if let schema = path.schema { body[schema] = .object(holder) } else { body = holder }
  }

  private func checkMutability(_ path: AttributePath) throws {
    for definition in [path.attribute, path.leaf] where definition.mutability == .readOnly {
      throw SCIMError(400, .mutability, "Attribute '\(path.text)' is read-only.")
    }
    if path.sub?.mutability == .immutable {
      throw SCIMError(
        400, .mutability, "Attribute '\(path.text)' can't be changed; remove the value and add it.")
    }
  }

  // MARK: Single values

  private func setSingle(
    _ old: JSONValue?, _ kind: Patch.Operation.Kind, _ path: AttributePath, _ filter: Filter?,
    _ value: JSONValue
  )
    throws -> JSONValue?
  {
    if let filter {
      guard let old, try filter.matchesElement(old) else { throw noTarget(path) }
    }
    guard path.attribute.kind == .complex else {
      return try values.read(value, path.attribute, path: path.text)
    }
    if let sub = path.sub {
      var object = old?.object ?? JSONObject()
      if sub.name == "$ref" {
        let target = try values.target(of: value, path.attribute, path: path.text)
        object["value"] = .string(target.id)
      } else {
        object[sub.name] = try values.read(value, sub, path: path.text)
      }
      return object.members.isEmpty ? nil : .object(object)
    }
    return try merged(old, kind, value, path)
  }

  // The members of `value` over those of `old` (RFC 7644 §3.5.2.1 and §3.5.2.3).
  private func merged(
    _ old: JSONValue?, _ kind: Patch.Operation.Kind, _ value: JSONValue, _ path: AttributePath
  ) throws -> JSONValue? {
    // A single value that is not an object: the manager given as a bare id, for one.
    guard let given = value.object else {
      return try values.readOne(value, path.attribute, path: path.text)
    }
    var object = old?.object ?? JSONObject()
    for member in given.members {
      guard let sub = path.attribute.subAttribute(member.name) else {
        throw SCIMError.invalidSyntax(
          "Attribute '\(path.text).\(member.name)' is not in the schema; see /Schemas.")
      }
      guard sub.mutability != .readOnly, kind != .add || !member.value.isUnassigned else {
        continue
      }
      if sub.name == "$ref" {
        // The id counts where both are given, as in ``ValueReader``.
        guard !member.value.isUnassigned, given.written("value")?.isUnassigned ?? true else {
          continue
        }
        let target = try values.target(
          of: member.value, path.attribute, path: "\(path.text).$ref")
        object["value"] = .string(target.id)
        continue
      }
      object[sub.name] = try values.read(member.value, sub, path: "\(path.text).\(sub.name)")
    }
    return object.members.isEmpty ? nil : .object(object)
  }

  // MARK: Lists

  private func setElements(
    _ old: [JSONValue], _ kind: Patch.Operation.Kind, _ path: AttributePath, _ filter: Filter?,
    _ value: JSONValue
  ) throws -> JSONValue? {
    if filter == nil, path.sub == nil {
      let read = try values.read(value, path.attribute, path: path.text)
      let given = read?.array ?? []
      guard kind == .add else { return given.isEmpty ? nil : .array(given) }
      let fresh = given.filter { !old.contains($0) }
      return list(withOnePrimary: old + fresh, kept: old.count..<old.count + fresh.count)
    }
    var elements = old
    var changed: [Int] = []
    for index in elements.indices where try filter?.matchesElement(elements[index]) ?? true {
      let one = try element(elements[index], kind, path, value)
      elements[index] = one ?? .null
      changed.append(index)
    }
    if changed.isEmpty {
      guard kind == .add, let filter, let seed = Self.seed(filter) else { throw noTarget(path) }
      guard let one = try element(.object(seed), .add, path, value) else { return .array(old) }
      elements.append(one)
      changed = [elements.count - 1]
    }
    return list(withOnePrimary: elements, kept: changed[0]..<changed[0] + 1)
  }

  private func element(
    _ old: JSONValue, _ kind: Patch.Operation.Kind, _ path: AttributePath, _ value: JSONValue
  ) throws -> JSONValue? {
    if let sub = path.sub {
      var object = old.object ?? JSONObject()
      object[sub.name] = try values.read(value, sub, path: path.text)
      return .object(object)
    }
    if kind == .add, path.attribute.kind == .complex {
      return try merged(old, kind, value, path)
    }
    return try values.readOne(value, path.attribute, path: path.text)
  }

  // RFC 7644 §3.5.2: a value that becomes primary takes it from the one that was.
  private func list(withOnePrimary elements: [JSONValue], kept: Range<Int>) -> JSONValue? {
    let isNewPrimary = kept.contains { elements[$0].object?["primary"] == .boolean(true) }
    let list = elements.enumerated().compactMap { index, element -> JSONValue? in
      guard element != .null else { return nil }
      guard isNewPrimary, !kept.contains(index), var object = element.object,
        object["primary"] == .boolean(true)
      else { return element }
      object["primary"] = .boolean(false)
      return .object(object)
    }
    return list.isEmpty ? nil : .array(list)
  }

  // The value that an `add` to `emails[type eq "work"].value` makes where there is none yet.
  private static func seed(_ filter: Filter) -> JSONObject? {
    switch filter {
    case .compare(let path, .eq, .text(let text)):
      return JSONObject([path.attribute.name: .string(text)])
    case .compare(let path, .eq, .bool(let truth)):
      return JSONObject([path.attribute.name: .boolean(truth)])
    case .and(let a, let b):
      guard var object = seed(a), let other = seed(b) else { return nil }
      for member in other.members { object[member.name] = member.value }
      return object
    default: return nil
    }
  }

  private func removed(
    from old: JSONValue?, _ path: AttributePath, _ filter: Filter?, value: JSONValue?
  ) throws -> JSONValue? {
    guard let old else { return nil }
    guard path.attribute.isMultiValued else {
      if let filter, try !filter.matchesElement(old) { return old }
      guard let sub = path.sub, var object = old.object else { return nil }
      // The URL is another form of the id, and goes with it.
      object[sub.name == "$ref" ? "value" : sub.name] = nil
      return object.members.isEmpty ? nil : .object(object)
    }
    let unwanted = filter == nil && path.sub == nil ? try unwanted(value, path) : nil
    let rest = try (old.array ?? []).compactMap { element -> JSONValue? in
      if let unwanted { return unwanted.contains(element) ? nil : element }
      guard try filter?.matchesElement(element) ?? true else { return element }
      guard let sub = path.sub, var object = element.object else { return nil }
      object[sub.name] = nil
      return object.members.isEmpty ? nil : .object(object)
    }
    return rest.isEmpty ? nil : .array(rest)
  }

  // What a `remove` without a filter names by its value; nil if it has none, and means all. An
  // empty list names nothing.
  private func unwanted(_ value: JSONValue?, _ path: AttributePath) throws -> [JSONValue]? {
    guard let value, value != .null else { return nil }
    let given = try values.elements(of: value, path: path.text).filter { $0 != .null }
    // Each by itself: what must hold of all values together need not hold of those that go.
    let read = try given.compactMap { try values.readOne($0, path.attribute, path: path.text) }
    guard given.isEmpty || !read.isEmpty else {
      throw SCIMError.invalidValue(path.text, "names no value that could be removed.")
    }
    return read
  }

  // MARK: Rows

  private mutating func changeLinks(
    _ kind: Patch.Operation.Kind, _ path: AttributePath, _ filter: Filter?, _ value: JSONValue?
  ) throws {
    guard path.sub == nil else {
      throw SCIMError(
        400, .mutability, "'\(path.text)' can't be changed; remove the value and add another.")
    }
    if kind == .remove, filter == nil {
      let ids = try unwanted(value, path)?.compactMap { $0.object?["value"]?.string }
      linkChanges.append(ids.map { .remove($0) } ?? .replaceAll([]))
      return
    }
    let given = try value.flatMap { try values.read($0, path.attribute, path: path.text) }?
      .array?.compactMap(\.object)
    switch (kind, filter) {
    case (.remove, let filter?):
      let ids = Self.ids(filter)
      linkChanges.append(ids.map { .remove($0) } ?? .removeMatching(operation: operation))
    case (.add, nil): linkChanges.append(.add(given ?? []))
    case (.replace, nil): linkChanges.append(.replaceAll(given ?? []))
    case (.remove, nil): break
    case (_, .some):
      throw SCIMError(
        400, .mutability, "A value of '\(path.text)' can't be changed; remove it and add another.")
    }
  }

  // The ids that `value eq "a" or value eq "b"` names; nil for any other filter.
  private static func ids(_ filter: Filter) -> [String]? {
    switch filter {
    case .compare(let path, .eq, .text(let id)) where path.attribute.name == "value": return [id]
    case .or(let a, let b):
      guard let first = ids(a), let second = ids(b) else { return nil }
      return first + second
    default: return nil
    }
  }

  private func noTarget(_ path: AttributePath) -> SCIMError {
    SCIMError(400, .noTarget, "No value of '\(path.text)' meets the filter of the path.")
  }
}
