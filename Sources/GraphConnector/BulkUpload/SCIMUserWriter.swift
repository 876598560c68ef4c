import Directory
import JSON

/// Turns all that a user is to say into the data of one operation of a bulk upload.
///
/// Everything is sent each time: where a job lets empty values flow, what an operation leaves out is
/// cleared (learn.microsoft.com, "Clear attribute values").
struct SCIMUserWriter: Sendable {
  let settings: BulkUploadSettings

  /// What is to be sent for a user.
  struct Draft {
    var data: JSONObject
    /// What can't be sent this way, with why.
    var refused: [(name: AttributeName, failure: ObjectFailure)] = []
  }

  /// The data for a user.
  ///
  /// - Parameter managers: The `externalId` of users by their id.
  /// - Throws: ``ObjectFailure`` if the user can't be named this way.
  func draft(
    _ attributes: [Attribute], dn: DistinguishedName, managers: [String: String]
  ) throws(ObjectFailure) -> Draft {
    var draft = Draft(
      data: JSONObject([
        "schemas": [.string(SCIMUserMapping.user), .string(SCIMUserMapping.enterprise)],
        "externalId": .string(try externalID(attributes, dn: dn)),
      ]))
    for attribute in attributes
    where !GraphNames.isImplied(attribute.name) && attribute.name != GraphNames.sourceAnchor {
      do throws(ObjectFailure) {
        try put(attribute, managers, into: &draft.data)
      } catch {
        draft.refused.append((attribute.name, error))
      }
    }
    return draft
  }

  /// The `externalId` of a user: its source anchor.
  private func externalID(
    _ attributes: [Attribute], dn: DistinguishedName
  ) throws(ObjectFailure) -> String {
    let text =
      attributes.first { $0.name == GraphNames.sourceAnchor }?.values.first?.text
      ?? GraphNames.anchor(inDN: dn.text) ?? ""
    guard !text.isEmpty else {
      throw ObjectFailure(
        .schemaViolation, code: "not sent",
        message: "A bulk upload finds users by their source anchor, and the rules give none.",
        attribute: GraphNames.sourceAnchor.text)
    }
    // Microsoft Graph's resource type user: employeeId has 16 characters at most.
    guard settings.match != .employeeID || text.utf16.count <= 16 else {
      throw ObjectFailure(
        .exceededAllowedLength, code: "not sent",
        message: "The provisioning job matches by employeeId, which holds 16 characters, and the "
          + "source anchor is longer: match by onPremisesImmutableId.",
        attribute: GraphNames.sourceAnchor.text, value: text)
    }
    return text
  }

  private func put(
    _ attribute: Attribute, _ managers: [String: String], into data: inout JSONObject
  ) throws(ObjectFailure) {
    guard let known = GraphObjectType.user.attribute(attribute.name), !known.isReadOnly,
      let place = settings.place(attribute.name)
    else {
      throw ObjectFailure(
        .readOnlyAttribute, code: "not sent",
        message: "A bulk upload has no place for \(attribute.name.text) of a user: name one in "
          + "bulk_upload.attributes that the provisioning job knows, or take the flow to it out of "
          + "the outbound rules.", attribute: attribute.name.text)
    }
    let value = try json(attribute, known)
    switch place {
    case .core(let name): data[name] = value
    case .part(let name, let part): Self.set(value, [name, part], in: &data)
    case .typed(let name, let type, let part): Self.set(value, part, of: type, in: name, &data)
    case .several(let name, let type):
      let more = attribute.values.map { value -> JSONValue in
        ["value": .string(value.portableText), "type": .string(type)]
      }
      data[name] = .array((data[name]?.array ?? []) + more)
    case .extended(let urn, let path): Self.set(value, of: urn, path, in: &data)
    case .manager:
      var reference: JSONValue = .null
      if let id = attribute.values.first?.text {
        guard let external = managers[id] else {
          throw ObjectFailure(
            .dnAttributesFailure, code: "not sent",
            message: "The manager has no source anchor at the tenant, by which a bulk upload could "
              + "name it.", attribute: attribute.name.text, value: id)
        }
        reference = ["value": .string(external)]
      }
      Self.set(reference, of: SCIMUserMapping.enterprise, ["manager"], in: &data)
    }
  }

  private func json(
    _ attribute: Attribute, _ known: GraphAttribute
  ) throws(ObjectFailure) -> JSONValue {
    guard let value = attribute.values.first else { return .null }
    guard known.shape == .flag else { return .string(value.portableText) }
    guard case .boolean(let flag)? = value.converted(to: .boolean) else {
      throw ObjectFailure(
        .identityDataValidationFailed, code: "not sent",
        message: "\(attribute.name.text) takes true or false.", attribute: attribute.name.text,
        value: value.text)
    }
    return .boolean(flag)
  }

  private static func set(
    _ value: JSONValue, of urn: String, _ path: [String], in data: inout JSONObject
  ) {
    let schemas = data["schemas"]?.array ?? []
    if !schemas.contains(.string(urn)) { data["schemas"] = .array(schemas + [.string(urn)]) }
    set(value, [urn] + path, in: &data)
  }

  private static func set(_ value: JSONValue, _ path: [String], in object: inout JSONObject) {
    guard path.count > 1 else {
      object[path[0]] = value
      return
    }
    var inner = object[path[0]]?.object ?? JSONObject()
    set(value, Array(path.dropFirst()), in: &inner)
    object[path[0]] = .object(inner)
  }

  private static func set(
    _ value: JSONValue, _ part: String, of type: String, in name: String, _ data: inout JSONObject
  ) {
    var items = data[name]?.array ?? []
    let index = items.firstIndex { $0["type"]?.string == type }
    var item = index.flatMap { items[$0].object } ?? JSONObject(["type": .string(type)])
    item[part] = value
    if name != "phoneNumbers" { item["primary"] = true }
    if let index { items[index] = .object(item) } else { items.append(.object(item)) }
    data[name] = .array(items)
  }
}
