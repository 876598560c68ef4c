import GRDB
import JSON

/// Reads what a client sent for one object into the form in which it is kept.
struct GraphWriter {
  let type: GraphType
  let context: WriteContext
  let values: ValueReader
  /// What the user's password is to be.
  var password: NewPassword?

  var writer: ResourceWriter { ResourceWriter(context: context, values: values) }

  /// Creates an object.
  ///
  /// - Throws: ``GraphError`` or ``SCIMError``.
  func create(_ input: JSONObject) throws -> StoredResource {
    var input = input
    let members = try takeBound("members@odata.bind", from: &input)
    let owners = try takeBound("owners@odata.bind", from: &input)
    guard members.count + owners.count <= 20 else {
      throw GraphError.bad(
        "The request has \(members.count + owners.count) members and owners; at most 20 can be "
          + "added in one request.")
    }
    var body: JSONObject = JSONObject(["schemas": [.string(type.resource.schema.id)]])
    try bindManager(&input, to: &body)
    try apply(input, to: &body, isNew: true)
    for property in type.properties where property.isRequired && input[property.name] == nil {
      let words =
        "A value is required for property '\(property.name)' of resource '\(type.title)'."
      throw GraphError.bad(
        words,
        details: [GraphError.Detail(code: "MissingValue", message: words, target: property.name)])
    }
    try checkGroup(input)
    try checkKind(of: body, input)
    if !members.isEmpty { body["members"] = .array(members.map { ["value": .string($0)] }) }
    let resource = try writer.create(type.resource, body).resource
    try password?.keep(for: resource.seq, in: context)
    for owner in owners { try link(owner: owner, to: resource) }
    return resource
  }

  /// Changes an object.
  ///
  /// - Throws: ``GraphError`` or ``SCIMError``.
  func update(_ id: String, _ input: JSONObject) throws {
    var input = input
    let members = try takeBound("members@odata.bind", from: &input)
    let owners = try takeBound("owners@odata.bind", from: &input)
    guard let old = try ResourceTable.fetch(try context.database, type.resource, id: id) else {
      throw GraphError.notFound(id)
    }
    try checkMail(old, "Update")
    try checkMastered(old, input, members)
    try checkNew(members, in: old)
    try checkVisibility(input, of: old)
    var body = old.body
    try bindManager(&input, to: &body)
    try apply(input, to: &body, isNew: false)
    try checkKind(of: body, input)
    let reader = ResourceReader(type: type.resource, values: values)
    let draft = try reader.read(body, current: old.body, checksSchemas: false)
    let links: [LinkChange] = members.isEmpty ? [] : [.add(members.map(Self.value))]
    if password == nil, let forces = Self.forcesChange(type, input) {
      try CredentialTable.force(try context.database, user: old.seq, forces)
    }
    let saved = try writer.save(
      draft.body, over: old, links: links, patch: nil, password: password.map { .set($0) })
    for owner in owners { try link(owner: owner, to: saved.resource) }
  }

  /// Sets the manager of a user, or takes it away.
  ///
  /// - Throws: ``GraphError`` or ``SCIMError``.
  func setManager(_ manager: String?, of id: String) throws {
    let user = try unmastered(id)
    var body = user.body
    let place = GraphPlace.extended(ResourceType.enterpriseUser.id, "manager")
    if manager == nil, place.value(in: body) == nil { throw GraphError.notFound(id) }
    try set(manager: manager, in: &body)
    let reader = ResourceReader(type: type.resource, values: values)
    let read = try reader.rereadExtension(
      ResourceType.enterpriseUser, of: body, current: user.body)
    _ = try writer.save(read, over: user, links: [], patch: nil)
  }

  // MARK: Parts

  private func set(manager: String?, in body: inout JSONObject) throws {
    if let manager, try ResourceTable.fetch(try context.database, .user, id: manager) == nil {
      throw GraphError.notFound(manager)
    }
    GraphPlace.extended(ResourceType.enterpriseUser.id, "manager")
      .set(manager.map { ["value": .string($0)] }, in: &body)
  }

  // A manager may come with the user who gets it.
  private func bindManager(_ input: inout JSONObject, to body: inout JSONObject) throws {
    let name = "manager@odata.bind"
    guard type.name == "user", let bound = input.written(name) else { return }
    input[name] = nil
    try set(manager: Self.objectID(bound.string), in: &body)
  }

  // The address of a user is one of the proxy addresses, which belong to one object of the tenant
  // (learn.microsoft.com, "user resource type", mail).
  private func setAddress(_ mail: JSONValue, in body: inout JSONObject) {
    guard type.name == "user", let place = type.property("proxyAddresses")?.place else { return }
    let known = (place.value(in: body)?.array ?? []).compactMap(\.string)
    var addresses = known.filter { !$0.hasPrefix("SMTP:") }
    if let mail = mail.string {
      let old = known.filter { $0.hasPrefix("SMTP:") }.map { "smtp:" + $0.dropFirst(5) }
      addresses += old
      addresses.removeAll { $0.lowercased() == "smtp:" + mail.lowercased() }
      addresses.insert("SMTP:" + mail, at: 0)
    }
    place.set(addresses.isEmpty ? nil : .array(addresses.map { .string($0) }), in: &body)
  }

  func unmastered(_ id: String) throws -> StoredResource {
    guard let old = try ResourceTable.fetch(try context.database, type.resource, id: id) else {
      throw GraphError.notFound(id)
    }
    try checkMail(old, "Update")
    try checkMastered(old, nil, ["member"])
    return old
  }

  /// Whether a member tells of the object or another member, as `@odata.type` does, and is no
  /// property of its own.
  static func isAnnotation(_ name: String) -> Bool {
    name.utf8.contains(UInt8(ascii: "@")) && name.contains("@odata.")
  }

  private func apply(_ input: JSONObject, to body: inout JSONObject, isNew: Bool) throws {
    for member in input.members {
      guard !Self.isAnnotation(member.name) else {
        guard member.name.hasSuffix("@odata.bind") else { continue }
        throw GraphError.bad("'\(member.name)' binds nothing that a \(type.title) can be given.")
      }
      guard let property = type.property(member.name) else {
        throw GraphError.bad(
          "One or more property values specified are invalid: resource '\(type.title)' has no "
            + "property '\(member.name)'.",
          details: [
            GraphError.Detail(
              code: "UnknownProperty", message: "The property does not exist.",
              target: member.name)
          ])
      }
      guard property.access == .write || (property.access == .create && isNew) else {
        let words = "Property '\(property.name)' is read-only and cannot be set."
        throw GraphError.bad(
          words,
          details: [
            GraphError.Detail(code: "ReadOnlyProperty", message: words, target: property.name)
          ])
      }
      try property.check(member.value, of: type.title)
      if property.name == "passwordProfile" { try checkPassword(member.value, isNew: isNew) }
      if property.name == "userPrincipalName" { try checkDomain(member.value, was: body) }
      property.place.set(member.value == .null ? nil : member.value, in: &body)
      if property.name == "mail" { setAddress(member.value, in: &body) }
    }
  }

  private func checkGroup(_ input: JSONObject) throws {
    guard type.name == "group" else { return }
    let isUnified =
      input["groupTypes"]?.array?.contains { $0.string?.lowercased() == "unified" } ?? false
    guard isUnified || input["visibility"]?.string?.lowercased() != "hiddenmembership" else {
      throw GraphError.value("visibility", of: type.title, "InvalidValue")
    }
    try checkRole(input)
    guard isUnified || input["mailEnabled"] != .boolean(true) else {
      throw GraphError.bad(
        "The service does not currently support writes of mail-enabled groups. Please ensure that "
          + "the mail-enablement property is unset and try again.")
    }
  }

  // A group that may get roles is one for rights, and nobody joins it unasked
  // (learn.microsoft.com, "group resource type", isAssignableToRole).
  private func checkRole(_ input: JSONObject) throws {
    guard input["isAssignableToRole"] == .boolean(true) else { return }
    guard input["securityEnabled"] == .boolean(true) else {
      throw GraphError.value("securityEnabled", of: type.title, "InvalidValue")
    }
    guard let visibility = input["visibility"]?.string?.lowercased() else { return }
    guard visibility == "private" else {
      throw GraphError.value("visibility", of: type.title, "InvalidValue")
    }
  }

  // A group that is for mail no more than for rights is a distribution group, which Exchange alone
  // makes.
  private func checkKind(of body: JSONObject, _ input: JSONObject) throws {
    func value(_ name: String) -> JSONValue? { type.property(name)?.place.value(in: body) }
    guard type.name == "group", input["securityEnabled"] == .boolean(false),
      value("mailEnabled") != .boolean(true), value("groupTypes")?.array?.isEmpty ?? true
    else { return }
    throw GraphError.bad(
      "The service does not currently support writes of mail-enabled groups. Please ensure that "
        + "the mail-enablement property is unset and the security-enablement property is set.")
  }

  /// Refuses a principal name of a domain that is not one of the tenant's.
  ///
  /// - Throws: ``GraphError``, status 400.
  func checkDomain(_ value: JSONValue, was body: JSONObject) throws {
    guard let name = value.string, body["userName"]?.string != name,
      values.unverifiedDomain(of: name) != nil
    else { return }
    let words =
      "The domain portion of the userPrincipalName property is invalid. You must use one of the "
      + "verified domain names in your organization."
    throw GraphError.bad(
      words,
      details: [
        GraphError.Detail(code: "InvalidValue", message: words, target: "userPrincipalName")
      ])
  }

  // A membership is hidden from the beginning or never (learn.microsoft.com, "group resource
  // type", visibility).
  private func checkVisibility(_ input: JSONObject, of old: StoredResource) throws {
    let hidden = "hiddenmembership"
    guard type.name == "group", input["visibility"]?.string?.lowercased() == hidden,
      type.property("visibility")?.place.value(in: old.body)?.string?.lowercased() != hidden
    else { return }
    throw GraphError.value("visibility", of: type.title, "InvalidValue")
  }

  private func checkMastered(_ old: StoredResource, _ input: JSONObject?, _ members: [String])
    throws
  {
    guard type.property("onPremisesSyncEnabled")?.place.value(in: old.body) == .boolean(true)
    else { return }
    let names = (input?.members ?? []).map(\.name)
    let isMastered = names.contains { type.property($0)?.isMastered ?? false }
    guard isMastered || !members.isEmpty else { return }
    throw GraphError.bad(
      "Unable to update the specified properties for on-premises mastered Directory Sync objects "
        + "or objects currently undergoing migration.")
  }

  func checkNew(_ members: [String], in group: StoredResource) throws {
    let database = try context.database
    for id in members {
      guard let found = try ResourceTable.reference(database, id: id) else {
        throw GraphError.notFound(id)
      }
      guard try LinkTable.has(database, group.seq, ResourceType.membersLink, found.seq) else {
        continue
      }
      throw GraphError.bad(
        "One or more added object references already exist for the following modified properties: "
          + "'members'.")
    }
  }

  static func value(_ id: String) -> JSONObject { JSONObject(["value": .string(id)]) }

  // The ids that an `@odata.bind` names; 20 at most, as Graph takes them.
  private func takeBound(_ name: String, from input: inout JSONObject) throws -> [String] {
    guard type.name == "group", let bound = input.written(name) else { return [] }
    input[name] = nil
    guard let links = bound.array?.map(\.string) else {
      throw GraphError.bad("'\(name)' must be an array of links.")
    }
    guard links.count <= 20 else {
      throw GraphError.bad(
        "The request has \(links.count) links in '\(name)'; at most 20 can be added in one request."
      )
    }
    return try links.map { try Self.objectID($0) }
  }

  /// The id at the end of a link such as `https://…/v1.0/directoryObjects/ID`.
  ///
  /// - Throws: ``GraphError`` for what is no such link.
  static func objectID(_ link: String?) throws -> String {
    let parts = GraphPath.normalised((link ?? "").split(separator: "/").map(String.init))
    guard parts.count >= 3, let id = parts.last,
      ["directoryObjects", "users", "groups", "contacts", "devices"]
        .contains(parts[parts.count - 2])
    else {
      throw GraphError.bad("Invalid URL format specified in @odata.bind or @odata.id.")
    }
    return id
  }
}

extension LinkTable {
  /// Whether there is such a link.
  static func has(_ database: Database, _ source: Int64, _ number: Int, _ target: Int64) throws
    -> Bool
  {
    let statement = try database.cachedStatement(
      sql: "SELECT 1 FROM link WHERE source = ? AND number = ? AND target = ?")
    return try Int.fetchOne(statement, arguments: [source, number, target]) != nil
  }
}
