import Directory
import HTTP
import JSON
import Synchronization

/// Carries out one plan by requests of its own.
struct SingleExport: Sendable {
  /// How often a modification is worked out anew because the object changed meanwhile.
  private static let versions = 4

  let client: SCIMClient
  let server: SCIMServer
  let plan: ExportPlan

  /// Carries the plan out, and finds out what became of it if an answer is missing.
  func run() async -> ExportResult {
    if let refusal = plan.refusal { return await explained(refusal) }
    do throws(RequestError) {
      switch plan.operation.kind {
      case .add: return try await add()
      case .modify: return try await modify()
      case .delete: return try await delete()
      }
    } catch {
      return .serverGone(error, wasSent: plan.wasSent || !error.nothingWasSent)
    }
  }

  /// What the server makes of a modification.
  enum Reply {
    case settled(ExportOutcome)
    /// It took nothing of it that has not been sent with the same effect before.
    case refused(SCIMErrorMessage, ObjectFailure)

    static func refused(_ error: SCIMErrorMessage, by plan: ExportPlan) -> Self {
      .refused(error, error.failure(sent: plan.sent))
    }

    /// Whether the way it was sent is none that the server refuses.
    var isOfContent: Bool {
      switch self {
      case .settled(.done): true
      case .refused(let error, _): error.mayBeOfAPart
      case .settled: false
      }
    }
  }

  /// Carries a modification out; what the server refuses a part of comes in parts.
  func modify() async throws(RequestError) -> ExportResult {
    if let restored = try await restoring() { return restored }
    return switch try await attempt(plan) {
    case .settled(let outcome): .settled(outcome)
    case .refused(let error, let failure):
      if let outcome = try await withoutGone(error) {
        .settled(outcome)
      } else {
        .settled(try await apart(error, failure))
      }
    }
  }

  /// Sends a modification as a whole.
  func attempt(_ plan: ExportPlan) async throws(RequestError) -> Reply {
    var plan = plan
    if client.takesRemovedLists.withLock({ $0 == false }) { plan.pickMembers() }
    if client.wantsRemovedLists.withLock(\.self) { plan.listRemovals() }
    let endpoint = plan.type.endpoint
    if client.takesOnlyWhole.withLock({ $0.contains(endpoint) }) { plan.sendsWhole = true }
    plan.avoided = client.valuePaths.refused(plan.bodies)
    guard plan.needsCurrent || plan.sendsWhole || !plan.avoided.isEmpty else {
      return try await modify(plan)
    }
    return try await modifyCurrent(plan)
  }

  /// Sends the plan's bodies as they are, which need nothing that the server has.
  func modify(_ plan: ExportPlan) async throws(RequestError) -> Reply {
    for body in plan.bodies {
      let response = try await patch(body, plan, tag: nil)
      if response.isAccepted {
        let left = try await left(by: body, response, plan)
        guard left.isEmpty else {
          var plan = plan
          plan.avoided = left
          return try await modifyCurrent(plan)
        }
        client.valuePaths.noteTaken(body)
        continue
      }
      if response.isUncertain { return .settled(.unknown(reason: response.disbelief)) }
      let error = SCIMErrorMessage(response)
      let avoided = client.valuePaths.mayBeRefused([body], error)
      let isOfChange = response.request.hasPrefix(plan.method)
      switch response.status {
      case 405 where isOfChange: return try await modifyWhole(plan)
      case 501 where isOfChange: return try await modifyOtherwise(plan, body, error)
      case _ where error.scimType.lowercased() == "notarget":
        // A path picked nothing: what is to be replaced or removed depends on what is there.
        return try await modifyCurrent(plan)
      case _ where !avoided.isEmpty:
        // Not every server takes a path that picks values.
        var plan = plan
        plan.avoided = avoided
        return try await modifyCurrent(plan, after: error)
      default: return .refused(error, by: plan)
      }
    }
    return .settled(.done(anchor: plan.operation.anchor))
  }

  /// Sends what the object as the server has it needs; again if it has changed meanwhile.
  ///
  /// - Parameter earlier: Why another way of sending it was refused.
  func modifyCurrent(
    _ plan: ExportPlan, after earlier: SCIMErrorMessage? = nil
  ) async throws(RequestError) -> Reply {
    var plan = plan
    var error = earlier
    var tags: [String?] = []
    // Who sends all of a list, or of an object, would take away what came meanwhile: the version
    // is sent also to a server that shows versions and does not say that it looks at them.
    var sendsTag = true
    for _ in 0..<Self.versions {
      let found = try await client.send("GET", plan.path, rank: plan.rank)
      guard found.isSuccess else {
        return .refused(earlier ?? SCIMErrorMessage(found), by: plan)
      }
      let isWhole = plan.sendsWhole || !plan.avoided.isEmpty
      let tag = server.features.hasETags || isWhole && sendsTag ? found.entityTag : nil
      var bodies: [JSONValue]
      var object = try found.object()
      if let missing = try await complete(&object, plan) {
        return .settled(.failed(SCIMErrorMessage(missing).failure(sent: plan.sent)))
      }
      do throws(ObjectFailure) {
        bodies = try plan.bodies(server: server, current: object)
        let known = client.valuePaths.refused(bodies).subtracting(plan.avoided)
        if !known.isEmpty {
          plan.avoided.formUnion(known)
          bodies = try plan.bodies(server: server, current: object)
        }
      } catch {
        return .settled(.failed(error))
      }
      let refusal = try await send(bodies, plan, tag: tag)
      guard let refusal else {
        client.valuePaths.noteRefused(plan.avoided)
        return .settled(.done(anchor: plan.operation.anchor))
      }
      if refusal.isUncertain { return .settled(.unknown(reason: refusal.disbelief)) }
      let told = SCIMErrorMessage(refusal)
      error = told
      let avoided = client.valuePaths.mayBeRefused(bodies, told).subtracting(plan.avoided)
      plan.avoided.formUnion(avoided)
      guard refusal.status == 412 || !avoided.isEmpty else { break }
      if refusal.status == 412 { tags.append(tag) }
      if !server.features.hasETags, tags.count > 1, tags.suffix(2).allSatisfy({ $0 == tag }) {
        sendsTag = false
      }
    }
    guard let error else { return .settled(.done(anchor: plan.operation.anchor)) }
    var failure = error.failure(sent: plan.sent)
    if tags.count == Self.versions, let tag = tags[0], tags.allSatisfy({ $0 == tag }) {
      failure.message += Self.unequal(tag)
    }
    return .refused(error, failure)
  }

  /// Why a change was refused as one of another version, though it is of that which the server shows.
  private static func unequal(_ tag: String) -> String {
    " (the target does not take back the version \(tag) that it shows: see whether something on the "
      + "way to it, such as a proxy that compresses, changes the ETag)"
  }

  /// Adds to `object` what the server shows only to who asks for it; the answer is the one that was no
  /// success, if there was one.
  func complete(
    _ object: inout JSONObject, _ plan: ExportPlan
  ) async throws(RequestError) -> SCIMResponse? {
    let names = server.shownOnRequest(plan.type)
    guard !names.isEmpty else { return nil }
    let query = [("attributes", names.joined(separator: ","))]
    let more = try await client.send("GET", plan.path, query: query, rank: plan.rank)
    guard more.isSuccess else { return more }
    for member in try more.object().members where member.name.lowercased() != "schemas" {
      // The attributes of an extension are an object of their own.
      guard member.name.lowercased().hasPrefix("urn:"), var part = object[member.name]?.object
      else {
        object[member.name] = member.value
        continue
      }
      for inner in member.value.object?.members ?? [] { part[inner.name] = inner.value }
      object[member.name] = .object(part)
    }
    return nil
  }

  /// Sends `bodies` to the version `tag` of the object; the answer is the one that was no success,
  /// if there was one.
  private func send(
    _ bodies: [JSONValue], _ plan: ExportPlan, tag: String?
  ) async throws(RequestError) -> SCIMResponse? {
    var tag = tag
    for body in bodies {
      let response = try await patch(body, plan, tag: tag)
      guard response.isAccepted else { return response }
      client.valuePaths.noteTaken(body)
      tag = server.features.hasETags || tag != nil ? response.entityTag : nil
    }
    return nil
  }

  private func delete() async throws(RequestError) -> ExportResult {
    let response = try await client.send("DELETE", plan.path, rank: plan.rank)
    if response.isSuccess, !response.isAccepted {
      return .settled(.unknown(reason: response.disbelief))
    }
    let error = SCIMErrorMessage(response)
    if response.isSuccess || error.tellsAbsence {
      return .settled(.done(anchor: plan.operation.anchor))
    }
    if response.status == 404 || response.status == 410 {
      return .settled(
        .unknown(
          reason: "\(response.request) was answered with \(response.status), and not by a SCIM "
            + "server: " + error.words))
    }
    return .settled(.failed(error.failure(sent: [])))
  }
}
