import Directory
import HTTP
import JSON

/// One operation of an export and how far it has come.
struct GraphExportPlan: Sendable {
  /// What a call of the plan is for.
  enum Step: Hashable, Sendable {
    case create, restore, match(MatchKey), update, addMembers, addMember, removeMember, manager
    case delete
  }

  /// By what an object that is there already is looked for.
  enum MatchKey: Hashable, Sendable { case sourceAnchor, userPrincipalName, mail }

  let index: Int
  let operation: ExportOperation
  let type: GraphObjectType
  let softMatches: Bool
  var draft = GraphObjectWriter.Draft()
  /// The object's id, once it is known.
  var id: String?
  /// The calls to be sent, in order.
  var calls: [(step: Step, call: GraphCall)] = []
  /// The error for which another object is being looked for.
  var conflict: GraphErrorMessage?
  /// How often calls were put off.
  var delays = 0
  /// Seconds for which the server asked it to wait.
  var patience = 0.0
  /// Whether it was sent, now or in an earlier attempt, and no answer came.
  var wasSent: Bool
  let anchorExtension: String?

  /// The plan for `operation`.
  ///
  /// - Throws: ``ObjectFailure`` for what can't be sent at all.
  init(
    _ operation: ExportOperation, index: Int, settings: GraphConnectorSettings
  ) throws(ObjectFailure) {
    guard let type = GraphObjectType.named(operation.objectType) else {
      throw ObjectFailure(
        .schemaViolation, code: "not sent",
        message: "Graph has no objects of type \(operation.objectType) that could be written.")
    }
    guard !type.isReadOnly else {
      throw ObjectFailure(
        .readOnlyAttribute, code: "not sent",
        message: "Graph lets nobody write a \(type.name): only Exchange and the directory on "
          + "premises do.")
    }
    self.index = index
    self.operation = operation
    self.type = type
    softMatches = settings.softMatches
    anchorExtension = settings.groupAnchorExtension
    wasSent = operation.isRetry
    let writer = GraphObjectWriter(type: type, anchorExtension: anchorExtension)
    switch operation.kind {
    case .add(let attributes):
      draft = try writer.added(attributes, dn: operation.dn)
      begin()
    case .modify(let changes):
      draft = try writer.changed(changes)
      id = try Self.anchor(of: operation).text
      planUpdate()
    case .delete:
      id = try Self.anchor(of: operation).text
      calls = [(.delete, GraphCall("DELETE", path))]
    }
  }

  /// The rank of the plan: what takes access away comes first, then people, then groups.
  var rank: Int {
    switch operation.kind {
    case .delete: 0
    case .modify where draft.properties["accountEnabled"] == .boolean(false): 0
    default: type.name == "user" ? 1 : draft.properties.members.isEmpty ? 3 : 2
    }
  }

  /// The path of the object.
  var path: String { type.endpoint + "/" + HTTPURL.encode(id ?? "") }

  private static func anchor(of operation: ExportOperation) throws(ObjectFailure) -> Anchor {
    guard let anchor = operation.anchor, !anchor.text.isEmpty else {
      throw ObjectFailure(
        .missingObject, code: "not sent",
        message: "It is not known which object of the target is meant: there is no anchor.")
    }
    return anchor
  }

  // MARK: Calls

  private mutating func begin() {
    if wasSent, let call = matchCall(.sourceAnchor) {
      calls = [(.match(.sourceAnchor), call)]
    } else {
      planCreation()
    }
  }

  /// Plans the creation, with as many members as go into one request.
  mutating func planCreation() {
    var body = draft.properties
    let members = draft.addedMembers.prefix(20)
    if !members.isEmpty { body["members@odata.bind"] = Self.links(Array(members)) }
    calls = [(.create, GraphCall("POST", type.endpoint, .object(body)))]
  }

  /// The source anchor of a user who is to be made; nil for all else.
  var anchorToMake: String? {
    guard type.name == "user", calls.first?.step == .create else { return nil }
    return draft.properties["onPremisesImmutableId"]?.string
  }

  /// Plans that the deleted object `id` comes back instead of a new one, with its licences, mailbox
  /// and groups, and gets what the new one was to have.
  mutating func planRestoration(of id: String) {
    self.id = id
    let path = "/directory/deletedItems/" + HTTPURL.encode(id) + "/restore"
    calls = [(.restore, GraphCall("POST", path, JSONValue.object(JSONObject())))]
  }

  /// Plans what is left after the object `id` was created with its first members.
  mutating func planRest(id: String) {
    self.id = id
    draft.properties = JSONObject()
    draft.addedMembers.removeFirst(min(20, draft.addedMembers.count))
    planUpdate()
  }

  /// Plans the change of an object that is there.
  mutating func planUpdate() {
    calls = []
    if !draft.properties.members.isEmpty {
      calls.append((.update, GraphCall("PATCH", path, .object(draft.properties))))
    }
    if let manager = draft.manager {
      let body: JSONValue? = manager.isEmpty ? nil : ["@odata.id": .string(Self.link(manager))]
      calls.append(
        (.manager, GraphCall(body == nil ? "DELETE" : "PUT", path + "/manager/$ref", body)))
    }
    for id in draft.removedMembers {
      calls.append(
        (.removeMember, GraphCall("DELETE", path + "/members/\(HTTPURL.encode(id))/$ref")))
    }
    for start in stride(from: 0, to: draft.addedMembers.count, by: 20) {
      let ids = Array(draft.addedMembers[start..<min(start + 20, draft.addedMembers.count)])
      calls.append(
        (.addMembers, GraphCall("PATCH", path, ["members@odata.bind": Self.links(ids)])))
    }
  }

  /// Replaces a request for several members, one of whom is there already, by one for each.
  mutating func splitMembers() {
    let links = calls[0].call.body?["members@odata.bind"]?.array ?? []
    let single = links.map { link in
      (
        step: Step.addMember,
        call: GraphCall(
          "POST", path + "/members/$ref", ["@odata.id": link], isRepeatable: true)
      )
    }
    calls.replaceSubrange(0..<1, with: single)
  }

  /// The call that looks for an object by `key`; nil if the plan has no value for it.
  func matchCall(_ key: MatchKey) -> GraphCall? {
    let select =
      "?$select=id,userPrincipalName,displayName,onPremisesImmutableId,onPremisesSyncEnabled"
      + "&$filter="
    func text(_ name: String) -> String? {
      draft.properties[name]?.string.map { "'" + $0.replacing("'", with: "''") + "'" }
    }
    let filter: String?
    switch (type.name, key) {
    case ("user", .sourceAnchor):
      filter = text("onPremisesImmutableId").map { "onPremisesImmutableId eq " + $0 }
    case ("user", .userPrincipalName):
      filter = text("userPrincipalName").map { "userPrincipalName eq " + $0 }
    case ("user", .mail):
      filter = draft.properties["mail"]?.string.map {
        "proxyAddresses/any(p:p eq 'SMTP:" + $0.replacing("'", with: "''") + "')"
      }
    case ("group", .sourceAnchor):
      guard let name = anchorExtension else { return nil }
      return text(name).map {
        GraphCall("GET", "/groups?$select=id&$filter=" + HTTPURL.encode("\(name) eq " + $0))
      }
    default: filter = nil
    }
    return filter.map { GraphCall("GET", type.endpoint + select + HTTPURL.encode($0)) }
  }

  // Graph takes any root of its own in such a link; the one of the global cloud is right everywhere
  // (learn.microsoft.com, "Add members").
  private static func link(_ id: String) -> String {
    "https://graph.microsoft.com/v1.0/directoryObjects/" + HTTPURL.encode(id)
  }

  private static func links(_ ids: [String]) -> JSONValue {
    .array(ids.map { .string(link($0)) })
  }

  /// The attributes that are sent, for finding the one that a refusal is about.
  func attribute(of property: String) -> AttributeName? {
    type.attributes.first { $0.property == property }?.name
  }

  /// The value that is sent for `attribute`.
  func value(of attribute: AttributeName) -> String? {
    let values: [AttributeValue]
    switch operation.kind {
    case .add(let attributes): values = attributes[attribute]
    case .modify(let changes):
      guard let change = changes.first(where: { $0.name == attribute }) else { return nil }
      switch change.operation {
      case .replace(let given): values = given
      case .update(let added, _): values = added
      }
    case .delete: values = []
    }
    return values.first.map { ServerWords.shown($0.portableText, limit: 100) }
  }
}
