import Directory
import HTTP
import JSON

/// One operation of an export and how far it has come.
struct GraphExportPlan: Sendable {
  /// What a call of the plan is for.
  enum Step: Hashable, Sendable {
    case create, restore, known, match(MatchKey), roles(String), kind, presence
    case disable, update, manager, removeMember, addMembers, addMember
    case delete, bin, remains

    /// Whether it changes an object that is there, so that the next change may wait for it in the
    /// same batch.
    var isChange: Bool {
      switch self {
      case .disable, .update, .manager, .removeMember, .addMembers, .addMember: true
      case .create, .restore, .known, .match, .roles, .kind, .presence, .delete, .bin, .remains:
        false
      }
    }

    /// Whether it sends properties of the object itself.
    var isOfProperties: Bool { self == .disable || self == .update }
    /// Whether it refers to another object.
    var isLink: Bool { self == .manager || self == .addMembers || self == .addMember }

    /// Whether it asks whether the object is there.
    var asksForObject: Bool { self == .known || self == .presence }

    /// Whether it is about who is in a group.
    var isOfMembers: Bool { self == .removeMember || self == .addMembers || self == .addMember }

    /// Whether what is refused of it will be refused of `other` as well.
    func isLike(_ other: Step) -> Bool { self == other || isAddition && other.isAddition }
    private var isAddition: Bool { self == .addMembers || self == .addMember }
  }

  /// By what an object that is there already is looked for, in this order.
  enum MatchKey: Hashable, Sendable, CaseIterable {
    case sourceAnchor, userPrincipalName, mail, groupAddress, contactAddress
    /// A group by its names, where it has no place for its source anchor.
    case names
  }

  /// A call to be sent.
  struct Planned: Sendable {
    var step: Step
    var call: GraphCall
    /// The members that it is about, by id.
    var members: [String] = []
    /// The properties that it sends.
    var names: [String] { call.body?.object?.members.map(\.name) ?? [] }
  }

  let index: Int
  let operation: ExportOperation
  let type: GraphObjectType
  let softMatches: Bool
  let anchorExtension: String?
  /// How often a request is sent at most, and the URL below which all go.
  let tries: Int
  let base: String
  var draft = GraphObjectWriter.Draft()
  /// The object's id, once it is known.
  var id: String?
  /// The calls to be sent, in order.
  var calls: [Planned] = []
  /// The error for which another object is being looked for.
  var conflict: GraphErrorMessage?
  /// A deleted object that comes back instead of a new one.
  var deletedID: String?
  /// Whether the object is the plan's own and is there, or has taken one of the plan's changes.
  var hasTaken = false
  /// Members that could not be added, with why.
  var refused: [(member: String, failure: ObjectFailure)] = []
  /// Calls that were refused, which hold up none of another kind, and why.
  var aside: [Planned] = []
  var refusals: [ObjectFailure] = []
  /// Whether properties that take a role to write stand aside, by the first of the refusals.
  var hasSensitiveAside = false
  /// How often properties that were refused together were parted.
  private var partings = 0
  /// The refusal of members for which the group is being looked at; once there was one, it is known
  /// what group it is.
  var refusalOfMembers: GraphAnswer?
  /// What the object is shown to refer to still of all that is to end; nil if nobody has looked.
  var remaining: Set<String>?
  /// The links that were followed to see that.
  var trail = LinkTrail()
  /// How often what was to end was said not to be there.
  var absences = 0
  /// After how many delays before it the next call is to be sent; nil to send it at once.
  var pause: Int?
  /// How many members were refused since one was taken.
  var refusedInRow = 0
  /// How many of the members go with the creation.
  private var bound = 0
  /// When the creation was sent, in this call of the exporter.
  var sentAt: Timestamp?
  /// Whether the object was brought back, in this call of the exporter.
  var wasRestored = false
  /// Whether it has waited for what another request made to be found everywhere.
  var hasWaited = false
  /// Before when it is not to be sent again.
  var notBefore: ContinuousClock.Instant?
  /// How often calls were put off since one was carried out.
  var delays = 0
  /// How often a creation was not answered.
  var losses = 0
  /// Seconds for which the server asked it to wait.
  var patience = 0.0
  /// Whether it was sent, now or in an earlier attempt, and no answer came.
  var wasSent: Bool

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
    tries = max(1, settings.retry.tries)
    base = settings.base
    wasSent = operation.isRetry
    let writer = GraphObjectWriter(type: type, anchorExtension: anchorExtension)
    switch operation.kind {
    case .add(let attributes):
      draft = try writer.added(attributes, dn: operation.dn)
      begin()
    case .modify(let changes):
      draft = writer.changed(changes)
      refusals = draft.refused.prefix(5).map(\.failure)
      id = try Self.anchor(of: operation).text
      planUpdate()
    case .delete:
      id = try Self.anchor(of: operation).text
      planDeletion()
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

  /// Whether an object is to be made.
  var isAddition: Bool { if case .add = operation.kind { true } else { false } }

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
    // Graph has named it before, and may show it late.
    if let anchor = operation.anchor, !anchor.text.isEmpty {
      id = anchor.text
      calls = [Planned(step: .known, call: GraphCall("GET", path + "?$select=id"))]
    } else {
      beginUnknown()
    }
  }

  /// Plans an object of which no id is known, or whose id is none any more.
  mutating func beginUnknown() {
    id = nil
    if wasSent || hasNoPlace, let planned = lookForOwn() {
      calls = [planned]
    } else {
      planCreation()
    }
  }

  /// Whether it is a group whose source anchor has no place in the tenant: one that was made before,
  /// by another store, is known by its names alone.
  var hasNoPlace: Bool { type.name == "group" && anchorExtension == nil }

  /// The source anchor of a user who is to be made; nil for all else.
  var anchorToMake: String? {
    guard type.name == "user", isAddition else { return nil }
    return draft.properties["onPremisesImmutableId"]?.string
  }

  /// Has the deleted object `id` come back where a new one would be made, with its licences, mailbox
  /// and groups; it gets what the new one was to have.
  mutating func preferRestoration(of id: String) {
    deletedID = id
    if calls.first?.step == .create { planCreation() }
  }

  /// Plans the creation, with as many members as go into one request, or the restoration of the
  /// deleted object that is to come back instead.
  mutating func planCreation(withMembers: Bool = true) {
    if deletedID != nil { return planRestoration(named: false) }
    var body = draft.properties
    let members = withMembers ? Array(draft.addedMembers.prefix(20)) : []
    bound = members.count
    if !members.isEmpty { body["members@odata.bind"] = Self.links(members) }
    let call = GraphCall("POST", type.endpoint, .object(body))
    calls = [Planned(step: .create, call: call, members: members)]
  }

  /// Plans to bring the deleted object back, under the name that it is to have or under its old one
  /// (learn.microsoft.com, "Restore deleted item").
  mutating func planRestoration(named: Bool) {
    guard let deletedID else { return }
    id = deletedID
    var body = JSONObject()
    if named { body["newUserPrincipalName"] = draft.properties["userPrincipalName"] }
    // Twice does no harm: who is back already is found by the source anchor.
    let path = "/directory/deletedItems/" + HTTPURL.encode(deletedID) + "/restore"
    let call = GraphCall("POST", path, .object(body), isRepeatable: true)
    calls = [Planned(step: .restore, call: call)]
  }

  /// Plans what is left after the object `id` was created with its first members.
  mutating func planRest(id: String) {
    self.id = id
    draft.properties = JSONObject()
    draft.addedMembers.removeFirst(min(bound, draft.addedMembers.count))
    planUpdate()
  }

  /// Plans the change of an object that is there: first what takes access away, which no value that
  /// is refused holds up.
  mutating func planUpdate() {
    calls = []
    var properties = draft.properties
    if properties["accountEnabled"] == .boolean(false) {
      calls.append(planned(.disable, JSONObject(["accountEnabled": false])))
      properties["accountEnabled"] = nil
    }
    for id in draft.removedMembers {
      let call = GraphCall("DELETE", path + "/members/\(HTTPURL.encode(id))/$ref")
      calls.append(Planned(step: .removeMember, call: call, members: [id]))
    }
    if !properties.members.isEmpty { calls.append(planned(.update, properties)) }
    if let manager = draft.manager {
      let body: JSONValue? = manager.isEmpty ? nil : ["@odata.id": .string(Self.link(manager))]
      let call = GraphCall(body == nil ? "DELETE" : "PUT", path + "/manager/$ref", body)
      calls.append(Planned(step: .manager, call: call))
    }
    for start in stride(from: 0, to: draft.addedMembers.count, by: 20) {
      let ids = Array(draft.addedMembers[start..<min(start + 20, draft.addedMembers.count)])
      let call = GraphCall("PATCH", path, ["members@odata.bind": Self.links(ids)])
      calls.append(Planned(step: .addMembers, call: call, members: ids))
    }
  }

  private func planned(_ step: Step, _ properties: JSONObject) -> Planned {
    Planned(step: step, call: GraphCall("PATCH", path, .object(properties)))
  }

  /// What an application may write of an administrator only with a role of its own
  /// (learn.microsoft.com, "user resource type", Who can perform sensitive actions).
  private static let sensitive: Set<String> = [
    "accountEnabled", "businessPhones", "mobilePhone", "onPremisesImmutableId", "otherMails",
    "passwordProfile", "userPrincipalName",
  ]

  /// Whether the next call sends properties that may take a role to write.
  var sendsSensitive: Bool { type.name == "user" && !sensitiveNames.isEmpty }

  private var sensitiveNames: [String] {
    guard let planned = calls.first, planned.step.isOfProperties else { return [] }
    return planned.names.filter(Self.sensitive.contains)
  }

  /// Leaves aside what may take a role of the next call's properties, so that the others are sent.
  ///
  /// - Returns: Whether there were both.
  mutating func partSensitive() -> Bool {
    let names = sensitiveNames
    guard sendsSensitive, let all = calls.first?.call.body?.object,
      names.count < all.members.count
    else { return false }
    let isSensitive = { (member: JSONMember) in names.contains(member.name) }
    aside.append(planned(.update, JSONObject(members: all.members.filter(isSensitive))))
    calls[0] = planned(.update, JSONObject(members: all.members.filter { !isSensitive($0) }))
    return true
  }

  /// So often properties are parted: enough to find one of them, or two, among all.
  private static let mostPartings = 10
  /// What Exchange keeps to itself of those who were once synchronized, or have a mailbox.
  private static let mastered = ["onPremisesExtensionAttributes", "mail"]

  /// Parts the properties of the next call, which were refused for one of them as a rule: the one
  /// that is named is left aside, else they are sent in two calls.
  ///
  /// - Parameter isForeign: Whether another service keeps something of the object.
  /// - Returns: Whether they could be parted.
  mutating func part(refusedFor failure: ObjectFailure, isForeign: Bool) -> Bool {
    guard calls.first?.step == .update, let all = calls[0].call.body?.object?.members,
      all.count > 1, partings < Self.mostPartings
    else { return false }
    let named = failure.attribute.flatMap { type.attribute(AttributeName($0))?.property }
    let kept = isForeign ? Self.mastered : []
    let isNamed = all.contains { $0.name == named }
    let culprit = isNamed ? named : kept.first { name in all.contains { $0.name == name } }
    // What a directory on premises keeps is the whole object, and so is a group of Exchange's.
    let isOfWhole =
      failure.type == .readOnlyAttribute && !(isForeign && type.name == "user") && !isNamed
    guard !isOfWhole else { return false }
    partings += 1
    let later = culprit.map { [$0] } ?? all.dropFirst(all.count / 2).map(\.name)
    let parts = [false, true].map { isLater in
      planned(
        .update,
        JSONObject(members: all.filter { later.contains($0.name) == isLater }))
    }
    calls[0] = parts[0]
    if isNamed { aside.append(parts[1]) } else { calls.insert(parts[1], at: 1) }
    return true
  }

  /// Replaces a request for several members by one for each.
  mutating func splitMembers() {
    let single = calls[0].members.map { id in
      let call = GraphCall(
        "POST", path + "/members/$ref", ["@odata.id": .string(Self.link(id))], isRepeatable: true)
      return Planned(step: .addMember, call: call, members: [id])
    }
    calls.replaceSubrange(0..<1, with: single)
  }

  // Graph takes any root of its own in such a link; the one of the global cloud is right everywhere
  // (learn.microsoft.com, "Add members").
  private static func link(_ id: String) -> String {
    "https://graph.microsoft.com/v1.0/directoryObjects/" + HTTPURL.encode(id)
  }

  private static func links(_ ids: [String]) -> JSONValue {
    .array(ids.map { .string(link($0)) })
  }
}
