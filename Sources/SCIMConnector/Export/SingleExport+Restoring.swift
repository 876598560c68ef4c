import Directory
import HTTP
import JSON
import Synchronization

// Lists that may have lost more than they were to lose.
extension SingleExport {
  /// Carries out a modification that was sent before in Entra's dialect, or to a server that takes the
  /// removal of some for that of all: whoever was to stay in a list,
  /// and is not there any more, comes back with it.
  ///
  /// Nil if it takes nobody out of a list, or it is not known who was to stay.
  func restoring() async throws(RequestError) -> ExportResult? {
    guard plan.dialect == .entra || client.takesRemovedLists.withLock({ $0 == false }),
      let whole = plan.operation.whole, plan.operation.isRetry || plan.operation.isRepeated,
      case .modify(let changes) = plan.operation.kind
    else { return nil }
    let lists = changes.filter(\.removesValues).map(\.name)
    guard !lists.isEmpty else { return nil }
    let object: JSONObject
    switch try await shown(plan) {
    case .found(let found): object = found
    case .refused(let response):
      let error = SCIMErrorMessage(response)
      if error.tellsAbsence { return .settled(.failed(error.failure(sent: plan.sent))) }
      return .settled(.unknown(reason: "\(response.request): " + error.words))
    }
    let mended = changes.compactMap { change -> AttributeChange? in
      guard change.removesValues, let wanted = whole.first(where: { $0.name == change.name })
      else { return change }
      return change.from(Set(Self.ids(change.name.text, in: object)), to: wanted.values)
    }
    guard !mended.isEmpty else { return .settled(.done(anchor: plan.operation.anchor)) }
    let next: ExportPlan
    do throws(ObjectFailure) {
      next = try plan.changing(mended, of: plan.operation.anchor, on: server)
    } catch {
      return .settled(.failed(error))
    }
    let result = try await SingleExport(client: client, server: server, plan: next).modify()
    guard case .settled(let outcome) = result else { return result }
    return .settled(plan.told(outcome))
  }
}

extension ExportPlan {
  /// What has become of the plan where `outcome` is that of its changes with what was mended: nobody
  /// but the next export knows of those.
  fileprivate func told(_ outcome: ExportOutcome) -> ExportOutcome {
    switch outcome {
    case .partly(let part) where !lists(part.lacking): .unknown(reason: part.failure.message)
    case .failed(let failure) where failure.type != .missingObject:
      .unknown(reason: failure.message)
    default: outcome
    }
  }

  /// Whether all of `changes` are its own.
  private func lists(_ changes: [AttributeChange]) -> Bool {
    let own = Set(units)
    return changes.allSatisfy { change in
      ExportPlan.units(of: [change]).allSatisfy(own.contains)
    }
  }
}

extension AttributeChange {
  fileprivate var removesValues: Bool {
    if case .update(_, let removed) = operation { !removed.isEmpty } else { false }
  }

  /// The same change of a list that shows `ids` and is to have `wanted`; nil if nothing is left of it.
  fileprivate func from(_ ids: Set<String>, to wanted: [AttributeValue]) -> Self? {
    guard case .update(let added, let removed) = operation else { return self }
    let new = Set(added)
    let all = added + wanted.filter { !new.contains($0) }
    let (came, went) = (
      all.filter { !ids.contains($0.text.caselessID) },
      // Nobody in it may be nobody who is shown: then who goes is taken out all the same.
      ids.isEmpty ? removed : removed.filter { ids.contains($0.text.caselessID) }
    )
    return came.isEmpty && went.isEmpty ? nil : Self(name, .update(added: came, removed: went))
  }
}
