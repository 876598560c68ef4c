import Directory
import JSON

/// One operation of an export, made ready to be sent.
struct ExportPlan: Sendable {
  /// The operation's place in the call.
  let index: Int
  let operation: ExportOperation
  let type: SCIMResourceType
  /// The bodies to send, in order: the object and what did not go into one request with it for an
  /// add, any number for a modification.
  var bodies: [JSONValue] = []
  /// Whether a modification can be expressed only against the object as the server has it.
  var needsCurrent = false
  /// Whether a modification sends the whole object, for a server that takes no changes of it.
  var sendsWhole = false
  /// The attributes of which no value may be picked by a path, since the server does not take that.
  var avoided: Set<String> = []
  /// Changes that were sent before it: whoever sends the whole object, or all of a list, sends them
  /// again, since a server may show them late.
  var before: [AttributeChange] = []
  /// Values of one attribute in one request.
  let valuesPerRequest: Int
  /// How the bodies are written.
  let dialect: SCIMDialect
  /// Whether members that go are named in paths, whatever the dialect.
  private(set) var picksMembers = false
  /// Whether members that go are told by a list, also in RFC 7644's dialect.
  private(set) var listsRemovals = false
  /// The bodies of a modification before they were written in the dialect.
  private var plainBodies: [JSONValue] = []
  /// The paths among its attributes whose values are other resources, for a dialect that has them
  /// otherwise.
  private let references: Set<String>
  /// What a new object gets once it is made, since it is too much for one request.
  private(set) var rest: [AttributeChange] = []
  private let memory: TargetMemory
  /// Whether it was sent, now or in an earlier attempt, and no answer came.
  var wasSent: Bool
  /// The conflict that it met in a Bulk request; with which object is yet to be found.
  var refusal: SCIMErrorMessage?

  /// The plan for `operation`; plans of one call share `memory`.
  ///
  /// - Throws: ``ObjectFailure`` for what can't be sent at all.
  init(
    _ operation: ExportOperation, index: Int, server: SCIMServer, valuesPerRequest: Int = 5000,
    dialect: SCIMDialect = .standard, memory: TargetMemory = TargetMemory()
  ) throws(ObjectFailure) {
    self.valuesPerRequest = max(1, valuesPerRequest)
    self.dialect = dialect
    self.memory = memory
    guard let type = server.resourceType(operation.objectType) else {
      throw ObjectFailure(
        .schemaViolation, code: "not sent",
        message: "The target has no objects of type \(operation.objectType).")
    }
    self.index = index
    self.operation = operation
    self.type = type
    wasSent = operation.isRetry
    let writer = ResourceWriter(server: server, type: type, memory: memory)
    references = dialect == .entra ? Self.references(operation, writer) : []
    switch operation.kind {
    case .add(let attributes):
      bodies = try creation(
        attributes,
        PatchBuilder(
          writer: writer, valuesPerRequest: self.valuesPerRequest, removesParts: dialect == .entra),
        canPatch: server.features.canPatch)
    case .modify(let changes):
      _ = try Self.anchor(of: operation)
      let builder = PatchBuilder(
        writer: writer, valuesPerRequest: self.valuesPerRequest, removesParts: dialect == .entra)
      sendsWhole = !server.features.canPatch
      // What can't be sent is found before anything is.
      // What was taken and is not shown may be there in another form.
      needsCurrent = try builder.needsCurrent(changes) || sendsWhole
      if operation.isRepeated, try builder.picksByKind(changes) { needsCurrent = true }
      if !needsCurrent {
        plainBodies = try builder.bodies(changes)
        bodies = spoken(plainBodies)
      }
      if sendsWhole {
        try checkWhole(server)
        _ = try ResourceEditor(writer: writer).applied(changes, to: JSONObject())
      }
    case .delete: _ = try Self.anchor(of: operation)
    }
  }

  /// The bodies of a modification against the object as the server has it.
  func bodies(server: SCIMServer, current: JSONObject) throws(ObjectFailure) -> [JSONValue] {
    guard case .modify(let changes) = operation.kind else { return bodies }
    let writer = ResourceWriter(server: server, type: type, memory: memory)
    let editor = ResourceEditor(writer: writer)
    if sendsWhole {
      try checkWhole(server)
      return [.object(try editor.applied(before + changes, to: current))]
    }
    let known = before.isEmpty ? current : try editor.applied(before, to: current)
    let builder = PatchBuilder(
      writer: writer, current: known, avoided: avoided, valuesPerRequest: valuesPerRequest,
      removesParts: dialect == .entra, acceptsUnmarked: operation.isRepeated)
    return spoken(try builder.bodies(changes))
  }

  /// - Throws: ``ObjectFailure`` if the whole object can't be sent without losing what is not shown.
  private func checkWhole(_ server: SCIMServer) throws(ObjectFailure) {
    let hidden = server.neverShown(type)
    guard !hidden.isEmpty else { return }
    throw ObjectFailure(
      .schemaViolation, code: "not sent",
      message: "The target takes no changes of a \(type.name), only the whole of it, and never "
        + "shows \(hidden.joined(separator: ", ")), which would be lost. Ask its operator for PATCH."
    )
  }

  /// The paths of an operation's attributes whose values are other resources.
  private static func references(
    _ operation: ExportOperation, _ writer: ResourceWriter
  ) -> Set<String> {
    let names: [AttributeName] =
      switch operation.kind {
      case .add(let attributes): attributes.attributes.map(\.name)
      case .modify(let changes): changes.map(\.name)
      case .delete: []
      }
    let targets = names.compactMap { try? writer.target($0) }
      .filter { $0.valueDefinition?.isResourceReference ?? false }
    return Set(targets.map(\.path.attribute.text))
  }

  /// Bodies of changes in the server's dialect.
  private func spoken(_ bodies: [JSONValue]) -> [JSONValue] {
    guard dialect == .entra else {
      return listsRemovals ? bodies.map(EntraDialect.listed) : bodies
    }
    return bodies.map {
      EntraDialect.patch($0, references: references, picks: picksMembers)
    }
  }

  /// Has members that go named in paths.
  mutating func pickMembers() {
    guard dialect == .entra, !picksMembers else { return }
    picksMembers = true
    if case .modify = operation.kind { bodies = spoken(plainBodies) }
  }

  /// Has members that go told by a list, as Entra does it, in RFC 7644's dialect, too.
  mutating func listRemovals() {
    guard dialect == .standard, !listsRemovals else { return }
    listsRemovals = true
    if case .modify = operation.kind { bodies = spoken(plainBodies) }
  }

  /// The plan for other changes of the object with this anchor.
  ///
  /// - Throws: ``ObjectFailure`` for what can't be sent at all.
  func changing(
    _ changes: [AttributeChange], of anchor: Anchor?, on server: SCIMServer
  ) throws(ObjectFailure) -> ExportPlan {
    var operation = operation
    operation.kind = .modify(changes)
    operation.anchor = anchor
    operation.whole = nil
    var plan = try ExportPlan(
      operation, index: index, server: server, valuesPerRequest: valuesPerRequest,
      dialect: dialect, memory: memory)
    plan.before = before
    return plan
  }

  /// The bodies that create an object: the object, and what its lists have too much of for one
  /// request.
  private mutating func creation(
    _ attributes: AttributeSet, _ builder: PatchBuilder, canPatch: Bool
  ) throws(ObjectFailure) -> [JSONValue] {
    var first = attributes
    if canPatch {
      for attribute in attributes.attributes {
        let most = try most(attribute.name, builder)
        guard attribute.values.count > most else { continue }
        first[attribute.name] = Array(attribute.values.prefix(most))
        let more = Array(attribute.values.dropFirst(most))
        rest.append(AttributeChange(attribute.name, .update(added: more, removed: [])))
      }
    }
    let body = JSONValue.object(try builder.writer.resource(first))
    let spokenBody = dialect == .entra ? EntraDialect.creation(body, type: type) : body
    return [spokenBody] + spoken(try builder.bodies(rest))
  }

  /// How many values of an attribute go into one request with a new object.
  private func most(_ name: AttributeName, _ builder: PatchBuilder) throws(ObjectFailure) -> Int {
    let target = try builder.writer.target(name)
    guard target.isList else { return .max }
    let isMember = type.objectType == "group" && target.path.text == "members"
    return dialect == .entra && isMember ? 0 : valuesPerRequest
  }

  /// Whether one request does it, without anything to be read before.
  var isSingleRequest: Bool {
    switch operation.kind {
    case .add: !wasSent && bodies.count == 1
    case .modify: !needsCurrent && bodies.count == 1 && !isToBeSeen
    case .delete: true
    }
  }

  /// Whether it takes values away that the server said to have taken away before, and showed again.
  var isToBeSeen: Bool { operation.isRepeated && takesMembersOut }

  /// Whether it takes values out of lists by paths that pick them.
  var takesMembersOut: Bool { bodies.contains { !ValuePathMemory.removals(in: $0).isEmpty } }

  /// Of plans that can be sent, the one of the least rank comes first: what takes access away, then
  /// people, then groups.
  var rank: Int {
    switch operation.kind {
    case .delete: return 0
    case .modify(let changes) where changes.contains(where: \.disables): return 0
    default: return type.objectType == "group" ? 2 : 1
    }
  }

  var method: String {
    switch operation.kind {
    case .add: "POST"
    case .modify: sendsWhole ? "PUT" : "PATCH"
    case .delete: "DELETE"
    }
  }

  /// The path of the request, below the base URL.
  var path: String {
    if case .add = operation.kind { return type.endpoint }
    return SCIMClient.path(type, operation.anchor?.text ?? "")
  }

  /// The external id that an add gives the object, by which it can be found again.
  var externalID: String? { bodies.first?["externalId"]?.string.flatMap { $0.isEmpty ? nil : $0 } }

  /// The name that nobody else may have, by which a server refuses an object: `userName` of a user,
  /// `displayName` of a group (RFC 7643 §4).
  var uniqueName: (attribute: String, value: String)? {
    let attribute = type.objectType == "group" ? "displayName" : "userName"
    return bodies.first?[attribute]?.string.map { (attribute, $0) }
  }

  /// Whether a server refuses to make the object a second time: a user's name is nobody else's, and
  /// RFC 7643 §4.2 lets several groups have one.
  var isRefusedTwice: Bool { type.objectType == "user" }

  /// The attributes that are sent, for finding the one that a refusal is about.
  var sent: [(path: String, values: [AttributeValue])] {
    switch operation.kind {
    case .add(let attributes): attributes.attributes.map { ($0.name.text, $0.values) }
    case .modify(let changes):
      changes.map { change in
        switch change.operation {
        case .replace(let values): (change.name.text, values)
        case .update(let added, let removed): (change.name.text, added + removed)
        }
      }
    case .delete: []
    }
  }

  private static func anchor(of operation: ExportOperation) throws(ObjectFailure) -> Anchor {
    guard let anchor = operation.anchor, !anchor.text.isEmpty else {
      throw ObjectFailure(
        .missingObject, code: "not sent",
        message: "It is not known which object of the target is meant: there is no anchor.")
    }
    return anchor
  }
}
