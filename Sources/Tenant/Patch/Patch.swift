import JSON

/// The operations of a PATCH request (RFC 7644 §3.5.2), read and checked for their form.
struct Patch: Sendable {
  /// One operation.
  struct Operation: Sendable {
    /// What to do.
    enum Kind: String, Sendable {
      case add, remove, replace
    }
    var kind: Kind
    /// Where; nil means that the value names the attributes.
    var path: PatchPath?
    var value: JSONValue?
  }

  /// The URN of PATCH requests.
  static let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

  /// The operations in order.
  var operations: [Operation]

  /// The operations that `body` asks for on a resource of `type`.
  ///
  /// `op` is taken in any case, as Microsoft Entra ID writes "Add" and "Replace".
  ///
  /// - Throws: ``SCIMError``, status 400.
  init(_ body: JSONObject, for type: ResourceType, isStrict: Bool) throws {
    let schemas = (body.written("schemas")?.array ?? []).compactMap(\.string)
    guard schemas.contains(where: { $0.lowercased() == Self.schema.lowercased() }) else {
      throw SCIMError.invalidSyntax("Attribute 'schemas' must be [\"\(Self.schema)\"].")
    }
    guard let list = body.written("Operations")?.array, !list.isEmpty else {
      throw SCIMError.invalidSyntax("Attribute 'Operations' must be an array with an operation.")
    }
    operations = try list.enumerated().map { index, item in
      try Self.operation(item, "Operations[\(index)]", type, isStrict)
    }
  }

  private static func operation(
    _ item: JSONValue, _ place: String, _ type: ResourceType, _ isStrict: Bool
  ) throws -> Operation {
    guard let object = item.object else {
      throw SCIMError.invalidSyntax("\(place) must be an object.")
    }
    for member in object.members
    where !["op", "path", "value"].contains(member.name.lowercased()) {
      throw SCIMError.invalidSyntax("\(place) has '\(member.name)'; known are op, path, value.")
    }
    let name = object.written("op")?.string ?? ""
    guard let kind = Operation.Kind(rawValue: name.lowercased()) else {
      throw SCIMError.invalidSyntax("\(place).op is '\(name)'; known are add, remove, replace.")
    }
    var path: PatchPath?
    switch object.written("path") {
    case nil, .null: break
    case .string(let text):
      path = try FilterParser.patchPath(text, for: type, isStrict: isStrict)
    case .some: throw SCIMError(400, .invalidPath, "\(place).path must be a string.")
    }
    let value = object.written("value")
    switch kind {
    case .remove:
      guard path != nil else { throw SCIMError(400, .noTarget, "\(place): remove needs a path.") }
    case .add, .replace:
      guard value != nil else {
        throw SCIMError.invalidSyntax("\(place): \(kind.rawValue) needs a value.")
      }
    }
    return Operation(kind: kind, path: path, value: value)
  }
}

/// A change of the attribute that is kept as rows, such as `members`.
enum LinkChange: Hashable, Sendable {
  /// Link to these too.
  case add([JSONObject])
  /// Link to these and no others.
  case replaceAll([JSONObject])
  /// Don't link to those of these ids.
  case remove([String])
  /// Don't link to those that meet the filter of the operation of this number.
  case removeMatching(operation: Int)
}
