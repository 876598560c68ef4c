import Directory
import JSON

extension GraphExportPlan {
  /// Takes the answer to the first of the calls: the outcome, or nil if there is more to do.
  mutating func take(_ answer: GraphAnswer) -> ExportOutcome? {
    guard let step = calls.first?.step else { return finished }
    if answer.status == 404, !answer.tellsAbsence { return takeStranger(answer, step) }
    switch step {
    case .create: return takeCreation(answer)
    case .restore: return takeRestoration(answer)
    case .match(let key): return takeMatch(key, answer)
    case .roles(let id): return takeRoles(of: id, answer)
    case .delete:
      guard answer.isSuccess || answer.status == 404 else { return .failed(failure(answer)) }
      return .done(anchor: operation.anchor)
    case .update, .manager, .removeMember, .addMembers, .addMember:
      if answer.isSuccess {
        hasTaken = true
        refusedInRow = 0
        return next()
      }
      return takeRefusal(of: step, answer)
    }
  }

  private mutating func next() -> ExportOutcome? {
    calls.removeFirst()
    return calls.isEmpty ? finished : nil
  }

  /// Takes a 404 that is none of Graph's own: nothing is known to be gone.
  private func takeStranger(_ answer: GraphAnswer, _ step: Step) -> ExportOutcome {
    let method = calls.first?.call.method ?? ""
    let words =
      "\(method) was answered with 404, and not by Microsoft Graph: " + answer.error.words
    if step == .delete || wasSent && !hasTaken { return .unknown(reason: words) }
    return stopped(
      ObjectFailure(.connectedDirectoryError, code: "404", message: words, isTransient: true))
  }

  // MARK: Changes

  private mutating func takeRefusal(of step: Step, _ answer: GraphAnswer) -> ExportOutcome? {
    let error = answer.error
    // The object itself is gone, not what it was to refer to.
    let isGone = answer.status == 404 && (step == .update || names(error))
    if isGone { return stopped(failure(error, type: .missingObject)) }
    switch step {
    case .removeMember where answer.status == 404: return next()
    case .manager where answer.status == 404 && draft.manager?.isEmpty == true: return next()
    case .addMember where error.isMemberAlready: return next()
    case .addMembers where calls[0].members.count > 1 || error.isMemberAlready:
      guard isOfMember(answer, step) || error.isMemberAlready else { break }
      splitMembers()
      return nil
    case .addMembers, .addMember:
      guard isOfMember(answer, step) else { break }
      return refuseMember(failure(answer, step), isGone: answer.status == 404)
    default: break
    }
    return stopped(failure(answer, step))
  }

  /// Whether the error is about this object, by its id.
  private func names(_ error: GraphErrorMessage) -> Bool {
    id.map { error.words.lowercased().contains($0.lowercased()) } ?? false
  }

  private func isOfMember(_ answer: GraphAnswer, _ step: Step) -> Bool {
    failure(answer, step).type == .dnAttributesFailure
  }

  // One member that can't be added holds up no other.
  private mutating func refuseMember(_ failure: ObjectFailure, isGone: Bool) -> ExportOutcome? {
    refusedInRow += 1
    if !isGone, refusedInRow >= Self.refusalsOfOneFault { return stopped(failure) }
    var failure = failure
    failure.attribute = "member"
    if let member = calls[0].members.first { refused.append((member, failure)) }
    return next()
  }

  // MARK: New objects

  private mutating func takeCreation(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.isSuccess {
      guard let id = answer.object["id"]?.string, !id.isEmpty else {
        return lost("the creation was answered with \(answer.status) and without an id")
      }
      hasTaken = true
      planRest(id: id)
      return calls.isEmpty ? finished : nil
    }
    let error = answer.error
    guard error.isConflict else {
      // Whether it was made is not known: it is looked for, and tried again later.
      if answer.status >= 500 || answer.status == 408 { return lost(error.words) }
      let isOfMember =
        answer.status == 404
        || answer.status == 400 && (error.target.isEmpty || error.target.hasPrefix("members"))
      if isOfMember, !calls[0].members.isEmpty {
        planCreation(withMembers: false)
        return nil
      }
      return .failed(failure(answer))
    }
    conflict = error
    return look(after: nil)
  }

  private mutating func takeRestoration(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.isSuccess, let id { return adopt(id, isOwn: true) }
    id = nil
    // It was deleted for ever meanwhile, or is back already.
    guard answer.status == 404 else { return .failed(failure(answer)) }
    deletedID = nil
    planCreation()
    return nil
  }

  /// Looks for what may have been created without an answer.
  mutating func lost(_ words: String) -> ExportOutcome? {
    wasSent = true
    guard calls.first?.step == .create, losses < 3, let planned = lookForOwn() else {
      return .unknown(reason: words)
    }
    losses += 1
    calls = [planned]
    return nil
  }

  /// Takes the object that is there for the one that was meant: it gets what the new one was to have.
  ///
  /// - Parameter isOwn: Whether it is known to be the same, so that its id may be kept whatever
  ///   becomes of the changes.
  mutating func adopt(_ id: String, isOwn: Bool) -> ExportOutcome? {
    self.id = id
    hasTaken = isOwn
    draft.properties["passwordProfile"] = nil
    if type.name == "group" { draft.properties["mailEnabled"] = nil }
    if type.name == "group" { draft.properties["groupTypes"] = nil }
    planUpdate()
    return calls.isEmpty ? finished : nil
  }
}
