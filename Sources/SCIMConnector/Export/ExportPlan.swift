import Directory
import JSON

/// One operation of an export, made ready to be sent.
struct ExportPlan: Sendable {
  /// The operation's place in the call.
  let index: Int
  let operation: ExportOperation
  let type: SCIMResourceType
  /// The bodies to send, in order: one for an add, any number for a modification.
  var bodies: [JSONValue] = []
  /// Whether a modification can be expressed only against the object as the server has it.
  var needsCurrent = false
  /// Whether it was sent, now or in an earlier attempt, and no answer came.
  var wasSent: Bool

  /// The plan for `operation`.
  ///
  /// - Throws: ``ObjectFailure`` for what can't be sent at all.
  init(
    _ operation: ExportOperation, index: Int, server: SCIMServer
  ) throws(ObjectFailure) {
    guard let type = server.resourceType(operation.objectType) else {
      throw ObjectFailure(
        .schemaViolation, code: "not sent",
        message: "The target has no objects of type \(operation.objectType).")
    }
    self.index = index
    self.operation = operation
    self.type = type
    wasSent = operation.isRetry
    let writer = ResourceWriter(server: server, type: type)
    switch operation.kind {
    case .add(let attributes):
      bodies = [.object(try writer.resource(attributes))]
    case .modify(let changes):
      _ = try Self.anchor(of: operation)
      let builder = PatchBuilder(writer: writer)
      needsCurrent = try builder.needsCurrent(changes)
      if !needsCurrent { bodies = try builder.bodies(changes) }
    case .delete: _ = try Self.anchor(of: operation)
    }
  }

  /// The bodies of a modification against the object as the server has it.
  func bodies(server: SCIMServer, current: JSONObject) throws(ObjectFailure) -> [JSONValue] {
    guard case .modify(let changes) = operation.kind else { return bodies }
    let writer = ResourceWriter(server: server, type: type)
    return try PatchBuilder(writer: writer, current: current).bodies(changes)
  }

  /// Whether one request does it, without anything to be read before.
  var isSingleRequest: Bool {
    switch operation.kind {
    case .add: !wasSent
    case .modify: !needsCurrent && bodies.count == 1
    case .delete: true
    }
  }

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
    case .modify: "PATCH"
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
