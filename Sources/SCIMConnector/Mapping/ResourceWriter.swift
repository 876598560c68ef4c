import Directory
import JSON

/// Turns an entry's attributes into a resource for `POST`, and finds what a path means.
struct ResourceWriter: Sendable {
  let server: SCIMServer
  let type: SCIMResourceType
  /// What is known of the attributes already.
  var memory = TargetMemory()

  /// An attribute to be written, as the server's schema sees it.
  struct Target: Sendable {
    var path: SCIMAttributePath
    /// What is known of the attribute that the path begins with; nil without a schema.
    var definition: SCIMAttribute?
    /// What is known of the values: those of the sub-attribute, if the path names one.
    var valueDefinition: SCIMAttribute?
    /// Whether the values are a list in the resource, each a value or reference of its own.
    var isList: Bool
    /// The URN of the extension in which the attribute stands; nil for the resource itself.
    var extensionURN: String?

    /// The JSON for `value`.
    func json(_ value: AttributeValue) throws(ObjectFailure) -> JSONValue {
      guard let valueDefinition else { return value.wireValue }
      return try valueDefinition.exported(value, path: path.text)
    }
  }

  /// What `name` means in this resource type.
  ///
  /// - Throws: ``ObjectFailure`` if it is no path, the server's schema does not know it, or it is
  ///   read-only.
  func target(_ name: AttributeName) throws(ObjectFailure) -> Target {
    try memory.target(name.text, of: type.name) { () throws(ObjectFailure) in try find(name) }
  }

  private func find(_ name: AttributeName) throws(ObjectFailure) -> Target {
    guard let path = SCIMAttributePath(name.text) else {
      throw ObjectFailure(
        .schemaViolation, code: "not sent",
        message: "\"\(name.text)\" is no path of a SCIM attribute.", attribute: name.text)
    }
    let definition = server.attribute(path, of: type)
    var valueDefinition = definition
    if let part = path.subAttribute {
      // A reference may be named with or without its `.value`.
      let isWhole = definition?.isResourceReference ?? false && part.lowercased() == "value"
      if isWhole {
        var whole = path
        whole.subAttribute = nil
        return try checked(whole, definition, definition)
      }
      valueDefinition = definition?.subAttribute(part)
    }
    return try checked(path, definition, valueDefinition)
  }

  private func checked(
    _ path: SCIMAttributePath, _ definition: SCIMAttribute?, _ valueDefinition: SCIMAttribute?
  ) throws(ObjectFailure) -> Target {
    if valueDefinition == nil, definition != nil || server.knowsSchema(of: path, in: type) {
      throw ObjectFailure(
        .schemaViolation, code: "not sent",
        message: "The target's schema for \(type.name) has no attribute \(path.text).",
        attribute: path.text)
    }
    if definition?.mutability == .readOnly || valueDefinition?.mutability == .readOnly {
      throw ObjectFailure(
        .readOnlyAttribute, code: "not sent",
        message: "The target's schema says that \(path.text) is read-only.", attribute: path.text)
    }
    let isList = path.selector == nil && (valueDefinition?.isMultiValued ?? false)
    let isOwn = path.schema.map { $0.lowercased() == type.schema.lowercased() } ?? true
    return Target(
      path: path, definition: definition, valueDefinition: valueDefinition, isList: isList,
      extensionURN: isOwn ? nil : path.schema)
  }

  /// The resource that has `attributes`.
  ///
  /// - Throws: ``ObjectFailure`` for a value that can't be sent.
  func resource(_ attributes: AttributeSet) throws(ObjectFailure) -> JSONObject {
    var resource = JSONObject()
    var extensions: [String: JSONObject] = [:]
    for attribute in attributes.attributes {
      let target = try target(attribute.name)
      if let urn = target.extensionURN {
        try put(attribute.values, target, into: &extensions[urn, default: JSONObject()])
      } else {
        try put(attribute.values, target, into: &resource)
      }
    }
    let urns = extensions.keys.sorted()
    for urn in urns { resource[urn] = extensions[urn].map(JSONValue.object) }
    resource.members.insert(
      JSONMember(name: "schemas", value: .array(([type.schema] + urns).map(JSONValue.string))),
      at: 0)
    return resource
  }

  private func put(
    _ values: [AttributeValue], _ target: Target, into object: inout JSONObject
  ) throws(ObjectFailure) {
    var json: [JSONValue] = []
    json.reserveCapacity(values.count)
    for value in values { json.append(try target.json(value)) }
    let path = target.path
    guard let part = path.subAttribute else {
      let isList = target.isList || target.valueDefinition == nil && json.count > 1
      object[path.name] = isList ? .array(json) : try Self.only(json, values, path.text)
      return
    }
    guard target.definition?.isMultiValued ?? (path.selector != nil) else {
      var parts = object[path.name]?.object ?? JSONObject()
      parts[part] = try Self.only(json, values, path.text)
      object[path.name] = .object(parts)
      return
    }
    var items = object[path.name]?.array ?? []
    for value in json { Self.put(value, part, path.selector, into: &items) }
    object[path.name] = .array(items)
  }

  /// Completes the item that the selector picks, or makes one.
  private static func put(
    _ value: JSONValue, _ part: String, _ selector: SCIMAttributePath.Selector?,
    into items: inout [JSONValue]
  ) {
    let index = items.firstIndex { item in
      item[part] == nil && (selector?.matches(item) ?? false)
    }
    var item = index.flatMap { items[$0].object } ?? JSONObject()
    if let selector { item[selector.attribute] = selector.value }
    item[part] = value
    if let index { items[index] = .object(item) } else { items.append(.object(item)) }
  }

  /// The one value of an attribute that takes one.
  static func only(
    _ json: [JSONValue], _ values: [AttributeValue], _ path: String
  ) throws(ObjectFailure) -> JSONValue {
    guard json.count < 2 else {
      throw SCIMAttribute.unfit(
        values[1], "is one of \(values.count) where the attribute takes one", path)
    }
    return json.first ?? .null
  }
}
