import Directory
import HTTP
import JSON
import Synchronization

// Changes that a server has not implemented as they were sent.
extension SingleExport {
  /// Sends a modification by the ways that are left where the server says that it has not implemented
  /// what it was sent: that may be all changes, or only paths that pick values.
  func modifyOtherwise(
    _ plan: ExportPlan, _ body: JSONValue, _ error: SCIMErrorMessage
  ) async throws(RequestError) -> Reply {
    var plan = plan
    let picked = client.valuePaths.mayBeRefused([body], error)
    if !picked.isEmpty {
      plan.avoided = picked
      let reply = try await modifyCurrent(plan, after: error)
      guard case .refused(let told, _) = reply, told.status == 501 else { return reply }
      plan.avoided = []
      if let reply = try await modifyByLists(plan) { return reply }
    }
    return try await modifyWhole(plan)
  }

  /// Takes members out by a list of values, as Entra does it; nil where the server takes such a list
  /// for all members, or does not take it either.
  private func modifyByLists(_ plan: ExportPlan) async throws(RequestError) -> Reply? {
    guard plan.dialect == .standard, !plan.listsRemovals, plan.takesMembersOut,
      client.takesRemovedLists.withLock({ $0 != false })
    else { return nil }
    var plan = plan
    plan.listRemovals()
    for body in plan.bodies {
      let response = try await patch(body, plan, tag: nil)
      if response.isUncertain { return .settled(.unknown(reason: response.disbelief)) }
      guard response.isAccepted else {
        let error = SCIMErrorMessage(response)
        return error.status == 501 ? nil : .refused(error, by: plan)
      }
    }
    // One that has just taken the list for all members was given the others again, and is not asked
    // for that once more.
    if client.takesRemovedLists.withLock({ $0 == true }) {
      client.wantsRemovedLists.withLock { $0 = true }
    }
    return .settled(.done(anchor: plan.operation.anchor))
  }

  /// Sends the whole object to a server that takes no changes of it, whatever it says of itself.
  func modifyWhole(_ plan: ExportPlan) async throws(RequestError) -> Reply {
    var whole = plan
    whole.sendsWhole = true
    let reply = try await modifyCurrent(whole)
    guard reply.isOfContent else { return reply }
    if case .settled(.done) = reply, try await !showsLists(whole) {
      return .settled(
        .unknown(
          reason:
            "the target takes no change of the list, said yes to the whole object instead, and "
            + "still shows the list as it was: ask its operator how members are to be changed"))
    }
    let endpoint = plan.type.endpoint
    client.takesOnlyWhole.withLock { _ = $0.insert(endpoint) }
    return reply
  }

  /// Whether the target shows who has come into lists of references and who is out, as far as it shows
  /// the object: there are servers that look at nothing but the names in a whole object.
  private func showsLists(_ plan: ExportPlan) async throws(RequestError) -> Bool {
    guard case .modify(let changes) = plan.operation.kind else { return true }
    let lists = changes.compactMap {
      change -> (name: String, added: Set<String>, removed: Set<String>)? in
      guard case .update(let added, let removed) = change.operation,
        (added + removed).allSatisfy(\.isReference)
      else { return nil }
      return (
        change.name.text, Set(added.map(\.text.caselessID)), Set(removed.map(\.text.caselessID))
      )
    }
    guard !lists.isEmpty, case .found(let object) = try await shown(plan) else { return true }
    return lists.allSatisfy { list in
      let ids = Set(Self.ids(list.name, in: object))
      return list.added.isSubset(of: ids) && list.removed.isDisjoint(with: ids)
    }
  }
}

extension AttributeValue {
  fileprivate var isReference: Bool { if case .reference = self { true } else { false } }
}
