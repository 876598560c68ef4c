import Foundation
import GRDB
import JSON

/// Creates, changes and deletes resources in an open transaction.
struct ResourceWriter {
  /// The transaction.
  let context: WriteContext
  /// How values are read.
  let values: ValueReader

  /// What a write left behind.
  struct Outcome: Sendable {
    var resource: StoredResource
    /// Whether anything was written.
    var isChanged: Bool
  }

  /// Creates a resource of `type` from what a client sent (RFC 7644 §3.3).
  ///
  /// - Throws: ``SCIMError``.
  func create(_ type: ResourceType, _ input: JSONObject) throws -> Outcome {
    let reader = ResourceReader(type: type, values: values)
    var draft = try reader.read(input, current: JSONObject())
    stamp(&draft.body, type)
    let id = UUID().uuidString.lowercased()
    var resource = StoredResource(id: id, type: type, now: context.now, body: draft.body)
    let database = try context.database
    resource.seq = try ResourceTable.insert(database, resource)
    let keys = ResourceKey.all(of: draft.body, type)
    try KeyTable.change(database, seq: resource.seq, type: type, from: [], to: keys)
    try linkBody(resource, old: JSONObject())
    try draft.password?.keep(for: resource.seq, in: context)
    if let linked = type.linked, let links = draft.links, !links.isEmpty {
      _ = try change([.add(links)], linked, of: resource, patch: nil)
    }
    return Outcome(resource: resource, isChanged: true)
  }

  /// Replaces a resource by what a client sent (RFC 7644 §3.5.1).
  ///
  /// - Throws: ``SCIMError``.
  func replace(_ type: ResourceType, _ id: String, _ input: JSONObject, ifMatch: String?) throws
    -> Outcome
  {
    let old = try existing(type, id, ifMatch: ifMatch)
    let reader = ResourceReader(type: type, values: values)
    let draft = try reader.read(input, current: old.body)
    // Who leaves out the password, which is never shown, leaves it as it is.
    return try save(
      draft.body, over: old, links: [.replaceAll(draft.links ?? [])], patch: nil,
      password: draft.password.map { .set($0) })
  }

  /// Applies PATCH operations to a resource (RFC 7644 §3.5.2); all of them or none.
  ///
  /// - Throws: ``SCIMError``.
  func patch(_ type: ResourceType, _ id: String, _ patch: Patch, ifMatch: String?) throws
    -> Outcome
  {
    let old = try existing(type, id, ifMatch: ifMatch)
    var target = PatchTarget(old.body, type: type, values: values)
    try target.apply(patch)
    var values = values
    values.lack = .mutability
    let reader = ResourceReader(type: type, values: values)
    let draft = try reader.read(target.body, current: old.body, checksSchemas: false)
    return try save(
      draft.body, over: old, links: target.linkChanges, patch: patch, password: target.password)
  }

  /// Deletes a resource and every reference to it (RFC 7644 §3.6).
  ///
  /// - Throws: ``SCIMError``.
  ///
  /// - Parameter isTold: Whether the groups that it was in count as changed.
  func delete(
    _ type: ResourceType, _ id: String, ifMatch: String?, isTold: Bool = true
  ) throws {
    let old = try existing(type, id, ifMatch: ifMatch)
    let database = try context.database
    try DeletedTable.keep(database, old, now: context.now)
    let groups = try LinkTable.sources(database, of: old.seq, ResourceType.membersLink)
    for source in groups where isTold && source != old.seq {
      try ResourceTable.touch(database, seq: source, now: context.now)
    }
    for source in try LinkTable.sources(database, of: old.seq, ResourceType.managerLink)
    where source != old.seq {
      try forgetManager(source)
    }
    try LinkTable.removeEverything(database, of: old.seq)
    let keys = ResourceKey.all(of: old.body, type)
    try KeyTable.change(database, seq: old.seq, type: type, from: keys, to: [])
    try ResourceTable.delete(database, seq: old.seq)
  }

  // MARK: Parts

  func existing(_ type: ResourceType, _ id: String, ifMatch: String?) throws
    -> StoredResource
  {
    guard let resource = try ResourceTable.fetch(try context.database, type, id: id) else {
      throw SCIMError.notFound(type, id)
    }
    if let ifMatch, !EntityTag.list(ifMatch, has: resource.etag) {
      throw SCIMError(
        412, nil,
        "\(type.name) '\(id)' has version \(resource.etag), not \(ifMatch): it was changed since "
          + "it was read. Read it again.")
    }
    return resource
  }

  func save(
    _ body: JSONObject, over old: StoredResource, links: [LinkChange], patch: Patch?,
    password: PasswordChange? = nil
  ) throws -> Outcome {
    let type = old.type
    let database = try context.database
    var isChanged = body != old.body
    if let linked = type.linked {
      isChanged = try change(links, linked, of: old, patch: patch) || isChanged
    }
    switch password {
    case .set(let new):
      try new.keep(for: old.seq, in: context)
      isChanged = true
    case .removed: isChanged = try CredentialTable.remove(database, user: old.seq) || isChanged
    case nil: break
    }
    guard isChanged else { return Outcome(resource: old, isChanged: false) }
    var new = old
    new.body = body
    stamp(&new.body, type)
    new.version += 1
    new.modified = context.now
    let (before, after) = (ResourceKey.all(of: old.body, type), ResourceKey.all(of: body, type))
    try KeyTable.change(database, seq: old.seq, type: type, from: before, to: after)
    try linkBody(new, old: old.body)
    try ResourceTable.update(database, new)
    return Outcome(resource: new, isChanged: true)
  }

  // Stamps an object that is kept in step with a directory on premises.
  private func stamp(_ body: inout JSONObject, _ type: ResourceType) {
    let urn = ResourceType.onPremisesURN(type.name)
    guard let schema = type.schemaExtension(urn), var object = body[urn]?.object,
      object["syncEnabled"] == .boolean(true)
    else { return }
    object["lastSyncTime"] = .string(Moment.text(context.now))
    let order = Dictionary(
      uniqueKeysWithValues: schema.attributes.enumerated().map { ($1.name, $0) })
    // In the schema's order, in which bodies are compared.
    object.members.sort { order[$0.name, default: 0] < order[$1.name, default: 0] }
    body[urn] = .object(object)
  }

  private func forgetManager(_ seq: Int64) throws {
    let database = try context.database
    guard var resource = try ResourceTable.fetch(database, seq: seq) else { return }
    let urn = ResourceType.enterpriseUser.id
    var object = resource.body[urn]?.object ?? JSONObject()
    object["manager"] = nil
    resource.body[urn] = object.members.isEmpty ? nil : .object(object)
    resource.version += 1
    resource.modified = context.now
    try ResourceTable.update(database, resource)
  }

  // MARK: Links

  // Keeps the rows of references that are in the body (the manager) in step with it.
  private func linkBody(_ resource: StoredResource, old: JSONObject) throws {
    for schema in resource.type.extensions {
      for definition in schema.attributes where !definition.isMultiValued {
        guard case .links(let number) = definition.storage else { continue }
        let (before, after) = (
          old[schema.id]?.object?[definition.name],
          resource.body[schema.id]?.object?[definition.name]
        )
        guard before != after else { continue }
        let database = try context.database
        _ = try LinkTable.removeAll(database, from: resource.seq, number)
        guard let value = after?.object else { continue }
        let path = "\(schema.id):\(definition.name)"
        let target = try target(of: value, definition, path: path)
        _ = try LinkTable.add(database, resource.seq, number, target)
      }
    }
  }

  // The insertion key of the resource that a reference names.
  private func target(of value: JSONObject, _ definition: AttributeDefinition, path: String) throws
    -> Int64
  {
    let id = value["value"]?.string ?? ""
    let kinds = definition.targetTypes.joined(separator: ", ")
    guard let found = try ResourceTable.reference(try context.database, id: id),
      let type = ResourceType.numbered(found.type), definition.targetTypes.contains(type.name)
    else {
      throw SCIMError.invalidValue(
        "\(path).value", "\(ValueReader.shown(id)) is the id of no existing \(kinds).")
    }
    if let claimed = value["type"]?.string, claimed != type.name {
      throw SCIMError.invalidValue("\(path).type", "'\(id)' is a \(type.name), not a \(claimed).")
    }
    return found.seq
  }

  private func change(
    _ changes: [LinkChange], _ linked: AttributeDefinition, of resource: StoredResource,
    patch: Patch?
  ) throws -> Bool {
    guard case .links(let number) = linked.storage else { return false }
    let database = try context.database
    var isChanged = false
    for change in changes {
      switch change {
      case .add(let values):
        for seq in try targets(values, linked, of: resource) {
          isChanged = try LinkTable.add(database, resource.seq, number, seq) || isChanged
        }
      case .replaceAll(let values):
        let wanted = Set(try targets(values, linked, of: resource))
        let present = try LinkTable.targets(database, of: resource.seq, number)
        for seq in present.subtracting(wanted) {
          isChanged = try LinkTable.remove(database, resource.seq, number, seq) || isChanged
        }
        for seq in wanted.subtracting(present).sorted() {
          isChanged = try LinkTable.add(database, resource.seq, number, seq) || isChanged
        }
      case .remove(let ids):
        for id in ids {
          guard let found = try ResourceTable.reference(database, id: id) else { continue }
          isChanged = try LinkTable.remove(database, resource.seq, number, found.seq) || isChanged
        }
      case .removeMatching(let index):
        guard let filter = patch?.operations[index].path?.filter else { continue }
        for end in try LinkTable.ends(database, of: resource.seq, number, reversed: false)
        where try filter.matchesElement(LinkedValue.json(end, linked, base: "")) {
          isChanged = try LinkTable.remove(database, resource.seq, number, end.seq) || isChanged
        }
      }
    }
    return isChanged
  }

  private func targets(
    _ values: [JSONObject], _ linked: AttributeDefinition, of resource: StoredResource
  ) throws -> [Int64] {
    try values.map { value in
      let seq = try target(of: value, linked, path: linked.name)
      guard seq != resource.seq else {
        throw SCIMError.invalidValue(
          "\(linked.name).value", "'\(resource.id)' can't be a member of itself.")
      }
      return seq
    }
  }
}

/// The values that are kept as rows, in the form in which they are given.
enum LinkedValue {
  /// The value for a link to `end`.
  static func json(_ end: LinkTable.End, _ definition: AttributeDefinition, base: String)
    -> JSONValue
  {
    let type = ResourceType.numbered(end.type) ?? .user
    var object = JSONObject([
      "value": .string(end.id), "$ref": .string("\(base)/\(type.endpoint)/\(end.id)"),
    ])
    if case .reverseLinks = definition.storage {
      object["display"] = .string(end.display)
      object["type"] = "direct"
    } else if definition.isMultiValued {
      object["type"] = .string(type.name)
      object["display"] = .string(end.display)
    } else {
      object["displayName"] = .string(end.display)
    }
    return .object(object)
  }
}

/// The lists of entity tags in `If-Match` and `If-None-Match` (RFC 9110 §13.1).
enum EntityTag {
  /// Whether the header's `list` has `tag`.
  ///
  /// Strong and weak tags are compared weakly: a SCIM
  /// version is weak and yet is what RFC 7644 §3.14 has clients send.
  static func list(_ list: String, has tag: String) -> Bool {
    func bare(_ tag: Substring) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag }
    return list.split(separator: ",").contains { item in
      let item = item.drop { $0 == " " }.prefix { $0 != " " }
      return item == "*" || bare(item) == bare(tag[...])
    }
  }
}
