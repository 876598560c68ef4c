import Directory
import JSON

/// Makes changes of attributes in a resource as the server has it, to be sent as a whole by `PUT`
/// (RFC 7644 §3.5.1) to servers without `PATCH`.
///
/// What the schema says is read-only is left out, also of extensions and of complex values: a server
/// has to ignore it, and some refuse it. All else that was read stays, also what no schema tells of.
struct ResourceEditor: Sendable {
  let writer: ResourceWriter

  /// `resource` with `changes`.
  ///
  /// - Throws: ``ObjectFailure`` for a value that can't be sent.
  func applied(
    _ changes: [AttributeChange], to resource: JSONObject
  ) throws(ObjectFailure) -> JSONObject {
    var resource = writable(resource)
    for change in changes {
      let target = try writer.target(change.name)
      guard let urn = target.extensionURN else {
        try apply(change, target, to: &resource)
        continue
      }
      var part = resource[urn]?.object ?? JSONObject()
      try apply(change, target, to: &part)
      resource[urn] = part.members.isEmpty ? nil : .object(part)
      Self.declare(urn, isUsed: !part.members.isEmpty, in: &resource)
    }
    return resource
  }

  private func writable(_ resource: JSONObject) -> JSONObject {
    var resource = resource
    var emptied: [String] = []
    resource.members = resource.members.compactMap { member in
      let key = member.name.lowercased()
      if key == "id" || key == "schemas" { return member }
      if key.hasPrefix("urn:"), let part = member.value.object {
        let inner = part.members.compactMap { inner -> JSONMember? in
          let path = SCIMAttributePath(schema: member.name, name: inner.name)
          return Self.writable(inner, writer.server.attribute(path, of: writer.type))
        }
        if inner.isEmpty { emptied.append(member.name) }
        return inner.isEmpty
          ? nil : JSONMember(name: member.name, value: .object(JSONObject(members: inner)))
      }
      return Self.writable(
        member, writer.server.attribute(.init(name: member.name), of: writer.type))
    }
    for urn in emptied { Self.declare(urn, isUsed: false, in: &resource) }
    return resource
  }

  /// What of an attribute may be sent; nil for nothing.
  private static func writable(_ member: JSONMember, _ attribute: SCIMAttribute?) -> JSONMember? {
    guard let attribute else { return member }
    if attribute.mutability == .readOnly { return nil }
    // These make a value what it is, whatever a schema says.
    let kept: Set<String> = ["value", "type", "primary"]
    let dropped = Set(
      attribute.subAttributes.filter { $0.mutability == .readOnly }.map { $0.name.lowercased() }
    ).subtracting(kept)
    guard !dropped.isEmpty else { return member }
    func rest(_ value: JSONValue) -> JSONValue {
      guard var object = value.object else { return value }
      object.members.removeAll { dropped.contains($0.name.lowercased()) }
      return .object(object)
    }
    let value = member.value.array.map { .array($0.map(rest)) } ?? rest(member.value)
    return JSONMember(name: member.name, value: value)
  }

  private static func declare(_ urn: String, isUsed: Bool, in resource: inout JSONObject) {
    var urns = resource["schemas"]?.array ?? []
    let isThere = urns.contains { $0.string?.lowercased() == urn.lowercased() }
    if isUsed == isThere { return }
    if isUsed {
      urns.append(.string(urn))
    } else {
      urns.removeAll { $0.string?.lowercased() == urn.lowercased() }
    }
    resource["schemas"] = .array(urns)
  }

  private func apply(
    _ change: AttributeChange, _ target: ResourceWriter.Target, to part: inout JSONObject
  ) throws(ObjectFailure) {
    let path = target.path
    switch change.operation {
    case .replace(let values): try put(values, target, into: &part)
    case .update(let added, let removed):
      guard path.subAttribute == nil, target.isList || target.valueDefinition == nil else {
        return try put(Array(added.suffix(1)), target, into: &part)
      }
      let old = try json(removed, target)
      let new = try json(added, target)
      var items = part[path.name]?.array ?? []
      Self.remove(old + new, from: &items)
      items += new
      part[path.name] = items.isEmpty ? nil : .array(items)
    }
  }

  private func put(
    _ values: [AttributeValue], _ target: ResourceWriter.Target, into part: inout JSONObject
  ) throws(ObjectFailure) {
    let path = target.path
    let json = try json(values, target)
    guard let name = path.subAttribute else {
      if json.isEmpty {
        part[path.name] = nil
      } else if target.isList || target.valueDefinition == nil && json.count > 1 {
        part[path.name] = .array(json)
      } else {
        part[path.name] = try ResourceWriter.only(json, values, path.text)
      }
      return
    }
    guard target.definition?.isMultiValued ?? (path.selector != nil) else {
      var object = part[path.name]?.object ?? JSONObject()
      object[name] = json.isEmpty ? nil : try ResourceWriter.only(json, values, path.text)
      part[path.name] = object.members.isEmpty ? nil : .object(object)
      return
    }
    var items = part[path.name]?.array ?? []
    if let selector = path.selector {
      let value = json.isEmpty ? nil : try ResourceWriter.only(json, values, path.text)
      Self.set(name, value, selector, in: &items)
    } else {
      // The values without a type are replaced, those with one are other attributes.
      items.removeAll { $0["type"] == nil && $0["primary"] != true }
      items += json.map { .object(JSONObject(members: [JSONMember(name: name, value: $0)])) }
    }
    part[path.name] = items.isEmpty ? nil : .array(items)
  }

  /// Sets or removes the part `name` of the items that the selector picks; makes one if there is
  /// none.
  ///
  /// An item of which nothing but the selector is left goes.
  private static func set(
    _ name: String, _ value: JSONValue?, _ selector: SCIMAttributePath.Selector,
    in items: inout [JSONValue]
  ) {
    var isSet = value == nil
    for index in items.indices where selector.matches(items[index]) {
      guard var item = items[index].object else { continue }
      item[name] = value
      items[index] = .object(item)
      isSet = true
    }
    if !isSet {
      var item = JSONObject()
      item[selector.attribute] = selector.value
      item[name] = value
      items.append(.object(item))
    }
    items.removeAll { item in
      selector.matches(item)
        && (item.object?.members ?? []).allSatisfy {
          let key = $0.name.lowercased()
          return key == selector.attribute.lowercased() || key == "primary"
        }
    }
  }

  /// Removes `values` from a list: references by their target, else as they are.
  private static func remove(_ values: [JSONValue], from items: inout [JSONValue]) {
    let ids = Set(values.compactMap { $0["value"]?.id?.caselessID })
    let plain = Set(values.filter { $0["value"] == nil })
    items.removeAll { item in
      item["value"]?.id.map { ids.contains($0.caselessID) } ?? plain.contains(item)
    }
  }

  private func json(
    _ values: [AttributeValue], _ target: ResourceWriter.Target
  ) throws(ObjectFailure) -> [JSONValue] {
    var json: [JSONValue] = []
    json.reserveCapacity(values.count)
    for value in values { json.append(try target.json(value)) }
    return json
  }
}
