import Directory
import JSON

/// Turns changes of attributes into `PATCH` operations (RFC 7644 §3.5.2).
///
/// What is built may be sent twice with the same effect: values are replaced, added to sets, or
/// removed from them.
struct PatchBuilder: Sendable {
  static let urn = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

  let writer: ResourceWriter
  /// The resource as it is now, or nil if it was not read.
  var current: JSONObject?
  /// The attributes of which no value may be picked by a path; all of such an attribute is sent, as it
  /// is in `current`, with the changes.
  var avoided: Set<String> = []
  /// Values in one request; a longer list is spread over several.
  var valuesPerRequest = 5000
  /// Whether of a value that a selector picks only the part is removed, as Entra's own provisioning
  /// does.
  var removesParts = false
  /// Whether a value that is there without its type is taken for the one that was sent with it before.
  var acceptsUnmarked = false

  /// Whether `changes` can be expressed only against the resource as it is.
  ///
  /// A value of a plain list can't be named in a path, nor can values of a plural attribute that
  /// have no type.
  func needsCurrent(_ changes: [AttributeChange]) throws(ObjectFailure) -> Bool {
    for change in changes {
      let target = try writer.target(change.name)
      if isLoose(target) { return true }
      if case .update(_, let removed) = change.operation, !removed.isEmpty, isPlainList(target) {
        return true
      }
    }
    return false
  }

  /// Whether `changes` give a value to what a selector picks.
  func picksByKind(_ changes: [AttributeChange]) throws(ObjectFailure) -> Bool {
    for change in changes {
      guard case .replace(let values) = change.operation, !values.isEmpty else { continue }
      if try writer.target(change.name).path.selector != nil { return true }
    }
    return false
  }

  /// The bodies of the requests that carry out `changes`, to be sent in this order.
  func bodies(_ changes: [AttributeChange]) throws(ObjectFailure) -> [JSONValue] {
    var operations: [(json: JSONValue, weight: Int)] = []
    var parts: [(change: AttributeChange, target: ResourceWriter.Target)] = []
    var made: [String: Int] = [:]
    for change in changes {
      let target = try writer.target(change.name)
      if target.path.subAttribute != nil, avoided.contains(target.path.attribute.text) {
        parts.append((change, target))
        continue
      }
      let new: Operations
      switch change.operation {
      case .replace(let values): new = try replace(values, target)
      case .update(let added, let removed): new = try update(added, removed, target)
      }
      guard let selector = target.path.selector, let item = madeItem(new, target) else {
        operations += new
        continue
      }
      // Of a value that is not there yet, all parts are made at once.
      let key = target.path.attribute.text + selector.text
      if let index = made[key], var known = madeItem([operations[index]], target) {
        for part in item.members { known[part.name] = part.value }
        operations[index] = operation("add", target.path.attribute.text, [.object(known)])
      } else {
        made[key] = operations.count
        operations += new
      }
    }
    return grouped(try operations + whole(parts))
  }

  /// The value of a list that operations make, if they are but that.
  private func madeItem(_ operations: Operations, _ target: ResourceWriter.Target) -> JSONObject? {
    guard operations.count == 1, operations[0].json["op"] == "add",
      operations[0].json["path"]?.string == target.path.attribute.text
    else { return nil }
    return operations[0].json["value"]?.array?.first?.object
  }

  /// Sends all of the attributes that change in part.
  private func whole(
    _ parts: [(change: AttributeChange, target: ResourceWriter.Target)]
  ) throws(ObjectFailure) -> Operations {
    guard let current, !parts.isEmpty else { return [] }
    let edited = try ResourceEditor(writer: writer).applied(parts.map(\.change), to: current)
    var done: Set<String> = []
    var operations: Operations = []
    for (_, target) in parts {
      let path = target.path.attribute
      guard done.insert(path.text).inserted else { continue }
      let part = target.extensionURN.map { edited[$0]?.object } ?? edited
      let values = part?[path.name]?.array ?? []
      if !values.isEmpty || items(target)?.isEmpty == false {
        operations += chunked("replace", path, values)
      }
    }
    return operations
  }

  private typealias Operations = [(json: JSONValue, weight: Int)]

  private func replace(
    _ values: [AttributeValue], _ target: ResourceWriter.Target
  ) throws(ObjectFailure) -> Operations {
    let json = try list(values, target)
    if isLoose(target) { return replaceLoose(json, target) }
    if json.isEmpty { return has(target) ? [remove(leaving(target.path).text)] : [] }
    if target.isList || target.valueDefinition == nil && json.count > 1 {
      return chunked("replace", target.path, json)
    }
    return set(try ResourceWriter.only(json, values, target.path.text), target)
  }

  private func update(
    _ added: [AttributeValue], _ removed: [AttributeValue], _ target: ResourceWriter.Target
  ) throws(ObjectFailure) -> Operations {
    guard target.isList || target.valueDefinition == nil else {
      return try replace(Array(added.suffix(1)), target)
    }
    let new = try list(added, target)
    let old = try list(removed, target)
    if isPlainList(target), !old.isEmpty {
      let kept = (items(target) ?? []).filter { !old.contains($0) && !new.contains($0) }
      return chunked("replace", target.path, kept + new)
    }
    if !old.isEmpty, avoided.contains(target.path.text), let rest = rest(old + new, target) {
      let all = rest + new
      return chunked("replace", target.path, all)
    }
    let present = items(target).map { Set($0.compactMap { $0["value"]?.id?.caselessID }) }
    let removals: Operations = old.compactMap { value in
      guard let id = value["value"]?.id, present?.contains(id.caselessID) ?? true else {
        return nil
      }
      var path = target.path
      path.selector = .init(attribute: "value", value: .string(id))
      return remove(path.text)
    }
    return removals + chunked("add", target.path, new)
  }

  /// What goes with the part at a path: a value that a selector picks goes as a whole with its `value`,
  /// without which it would be a type and nothing else, and many servers demand one.
  private func leaving(_ path: SCIMAttributePath) -> SCIMAttributePath {
    guard !removesParts, path.selector != nil, path.subAttribute?.lowercased() == "value" else {
      return path
    }
    var whole = path
    whole.subAttribute = nil
    return whole
  }

  /// The references that stay when `values` go, to be sent in one request with them; nil if they are
  /// not shown, or are too many: who sends a part of a list takes the rest away meanwhile.
  private func rest(
    _ values: [JSONValue], _ target: ResourceWriter.Target
  ) -> [JSONValue]? {
    guard let present = items(target), !present.isEmpty,
      present.count + values.count <= valuesPerRequest
    else { return nil }
    let ids = Set(values.compactMap { $0["value"]?.id?.caselessID })
    var rest: [JSONValue] = []
    for item in present {
      guard let id = item["value"]?.id else { return nil }
      if ids.contains(id.caselessID) { continue }
      var kept = JSONObject()
      kept["value"] = .string(id)
      kept["type"] = item["type"]
      rest.append(.object(kept))
    }
    return rest
  }

  /// Sets the one value at a path; if a selector picks nothing yet, adds what it describes.
  private func set(_ value: JSONValue, _ target: ResourceWriter.Target) -> Operations {
    let path = target.path
    guard let selector = path.selector else { return [operation("replace", path.text, value)] }
    if current == nil {
      // `add` replaces a single value that is there (RFC 7644 §3.5.2.1), and many servers make
      // one that is not; `replace` would have to fail.
      return [operation("add", path.text, value)]
    }
    if has(target) { return [operation("replace", path.text, value)] }
    // A server that keeps no types has it already: another one would be a copy.
    if acceptsUnmarked, isThereUnmarked(value, target, selector) { return [] }
    var item = JSONObject()
    item[selector.attribute] = selector.value
    if let part = path.subAttribute { item[part] = value }
    return [operation("add", path.attribute.text, [.object(item)])]
  }

  /// Replaces the values without a type of a plural attribute, and keeps those with one.
  private func replaceLoose(_ json: [JSONValue], _ target: ResourceWriter.Target) -> Operations {
    guard let part = target.path.subAttribute else { return [] }
    let kept = (items(target) ?? []).filter { $0["type"] != nil || $0["primary"] == true }
    let new: [JSONValue] = json.map { [(part, $0)].asObject }
    guard !(kept + new).isEmpty else { return [remove(target.path.attribute.text)] }
    return chunked("replace", target.path.attribute, kept + new)
  }

  private func list(
    _ values: [AttributeValue], _ target: ResourceWriter.Target
  ) throws(ObjectFailure) -> [JSONValue] {
    var json: [JSONValue] = []
    json.reserveCapacity(values.count)
    for value in values { json.append(try target.json(value)) }
    return json
  }
}

extension PatchBuilder {
  /// Whether the path names a part of all values of a plural attribute: `emails.value`.
  private func isLoose(_ target: ResourceWriter.Target) -> Bool {
    target.path.selector == nil && target.path.subAttribute != nil
      && target.definition?.isMultiValued ?? false
  }

  /// Whether the values are a list of plain values, not of references.
  private func isPlainList(_ target: ResourceWriter.Target) -> Bool {
    target.isList && !(target.valueDefinition?.isResourceReference ?? false)
  }

  /// The values that the resource has now; nil if it was not read.
  private func items(_ target: ResourceWriter.Target) -> [JSONValue]? {
    guard let current else { return nil }
    let path = target.path
    let part = path.schema.flatMap { current[$0]?.object } ?? (path.schema == nil ? current : nil)
    guard let value = part?[path.name] else { return [] }
    return value.array ?? [value]
  }

  /// Whether the path leads to something; assumed if the resource was not read.
  private func has(_ target: ResourceWriter.Target) -> Bool {
    guard let items = items(target) else { return true }
    guard let selector = target.path.selector else { return !items.isEmpty }
    return items.contains(where: selector.matches)
  }

  /// Whether a value is there without what the selector picks it by.
  private func isThereUnmarked(
    _ value: JSONValue, _ target: ResourceWriter.Target, _ selector: SCIMAttributePath.Selector
  ) -> Bool {
    guard let part = target.path.subAttribute, let items = items(target) else { return false }
    return items.contains { item in
      item[part] == value && [nil, .null, ""].contains(item[selector.attribute])
    }
  }

  private func chunked(
    _ op: String, _ path: SCIMAttributePath, _ values: [JSONValue]
  ) -> [(json: JSONValue, weight: Int)] {
    if values.isEmpty { return op == "replace" ? [remove(path.text)] : [] }
    var result: [(json: JSONValue, weight: Int)] = []
    for start in stride(from: 0, to: values.count, by: valuesPerRequest) {
      let chunk = Array(values[start..<min(start + valuesPerRequest, values.count)])
      // Only the first chunk may replace; the others join it.
      result.append(operation(start == 0 ? op : "add", path.text, .array(chunk)))
    }
    return result
  }

  private func operation(
    _ op: String, _ path: String, _ value: JSONValue
  ) -> (json: JSONValue, weight: Int) {
    (["op": .string(op), "path": .string(path), "value": value], value.array?.count ?? 1)
  }

  private func remove(_ path: String) -> (json: JSONValue, weight: Int) {
    (["op": "remove", "path": .string(path)], 1)
  }

  private func grouped(_ operations: [(json: JSONValue, weight: Int)]) -> [JSONValue] {
    var groups: [[JSONValue]] = []
    var weight = 0
    for operation in operations {
      if groups.isEmpty || weight + operation.weight > valuesPerRequest {
        groups.append([])
        weight = 0
      }
      groups[groups.count - 1].append(operation.json)
      weight += operation.weight
    }
    return groups.map { ["schemas": [.string(Self.urn)], "Operations": .array($0)] }
  }
}

extension [(String, JSONValue)] {
  fileprivate var asObject: JSONValue {
    .object(JSONObject(members: map { JSONMember(name: $0.0, value: $0.1) }))
  }
}
