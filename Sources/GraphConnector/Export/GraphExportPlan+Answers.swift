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
    case .known: return takeKnown(answer)
    case .match(let key): return takeMatch(key, answer)
    case .roles(let id): return takeRoles(of: id, answer)
    case .kind: return takeKind(answer)
    case .presence: return takePresence(answer)
    case .delete: return takeDeletion(answer)
    case .bin: return takeBin(answer)
    case .remains: return takeRemains(answer)
    case .disable, .update, .manager, .removeMember, .addMembers, .addMember:
      if answer.isSuccess {
        hasTaken = true
        refusedInRow = 0
        return next()
      }
      return takeRefusal(of: step, answer)
    }
  }

  mutating func next() -> ExportOutcome? {
    calls.removeFirst()
    // Each call is sent again for a while of its own.
    absences = 0
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
    if answer.status == 404, endsLink(step) { return takeEnded(answer) }
    // The object itself is gone, not what it was to refer to.
    let isGone = answer.status == 404 && (step.isOfProperties || names(error))
    if isGone { return stopped(soon(failure(error, type: .missingObject))) }
    if step.isOfMembers, error.code == "Authorization_RequestDenied", refusalOfMembers == nil {
      refusalOfMembers = answer
      let path = path + "?$select=displayName,groupTypes,mailEnabled,isAssignableToRole"
      calls.insert(Planned(step: .kind, call: GraphCall("GET", path)), at: 0)
      return nil
    }
    switch step {
    case .disable, .update:
      if answer.status == 403, sendsSensitive { return takeSensitive(answer) }
      // Who has a name is for all of the object to wait for; an address of another's is left aside.
      let isOfAddress = error.isConflict && failure(answer).attribute == "mail"
      if answer.status == 400 && !error.isConflict || isOfAddress, takeParting(answer) {
        return nil
      }
    case .removeMember where error.isMemberGone: return next()
    case .addMember where error.isMemberAlready: return next()
    case .addMembers where calls[0].members.count > 1 || error.isMemberAlready:
      guard isOfMember(answer, step) || error.isMemberAlready else { break }
      splitMembers()
      return nil
    case .addMembers, .addMember:
      guard isOfMember(answer, step) else { break }
      return refuseMember(soon(failure(answer, step)), isGone: answer.status == 404)
    default: break
    }
    return leaveAside(soon(failure(answer, step)))
  }

  /// Takes what group it is whose members were refused with a 403, which says no more than that
  /// (learn.microsoft.com, "Troubleshoot 403 error when adding a user to a group").
  private mutating func takeKind(_ answer: GraphAnswer) -> ExportOutcome? {
    calls.removeFirst()
    guard let step = calls.first?.step, let refusal = refusalOfMembers else { return finished }
    var failure = failure(refusal, step)
    let group = answer.object
    let types = group["groupTypes"]?.array?.compactMap { $0.string?.lowercased() } ?? []
    let name = ServerWords.shown(group["displayName"]?.string ?? id ?? "", limit: 100)
    if types.contains("dynamicmembership") {
      failure.type = .readOnlyAttribute
      failure.attribute = "member"
      failure.message +=
        " The members of \(name) are made by its own rule in Entra (dynamic membership), and nobody "
        + "can write them: take member out of the rules for this group, or have it made a group "
        + "with assigned members."
    } else if group["mailEnabled"]?.boolean == true, !types.contains("unified") {
      failure.type = .readOnlyAttribute
      failure.message +=
        " \(name) is a distribution list or a mail-enabled security group, which Exchange manages: "
        + "its members are changed there."
    } else if group["isAssignableToRole"]?.boolean == true {
      failure.message +=
        " \(name) can be given roles in Entra, so that its members are written only with the right "
        + "RoleManagement.ReadWrite.Directory."
    }
    if refusals.count < 5 { refusals.append(failure) }
    aside += calls.filter(\.step.isOfMembers)
    calls.removeAll(where: \.step.isOfMembers)
    return calls.isEmpty ? finished : nil
  }

  /// What was refused of one kind, such as a name that is too long, holds up no other: who left a
  /// group loses it all the same.
  mutating func leaveAside(_ failure: ObjectFailure) -> ExportOutcome? {
    if hasSensitiveAside, calls[0].step == .update, failure.type == .permissionIssue {
      // No property can be written: it was not for those that take a role.
      refusals.removeLast()
      hasSensitiveAside = false
    }
    if refusals.count < 5 { refusals.append(failure) }
    let step = calls[0].step
    // One member who can't be taken away holds up no other, as long as it is not the group's fault.
    let isOneMember =
      step == .removeMember && failure.type == .identityDataValidationFailed
      && refusedInRow + 1 < Self.refusalsOfOneFault
    if isOneMember { refusedInRow += 1 }
    // Nor do properties hold up those from which they were parted.
    let isAlone = isOneMember || step == .update && failure.type != .permissionIssue
    repeat {
      aside.append(calls.removeFirst())
    } while !isAlone && calls.first?.step.isLike(step) == true
    return calls.isEmpty ? finished : nil
  }

  /// Takes a 403 to properties of which some may take a role: the others are sent without them.
  private mutating func takeSensitive(_ answer: GraphAnswer) -> ExportOutcome? {
    var failure = failure(answer)
    guard failure.type == .permissionIssue else { return leaveAside(failure) }
    failure.message +=
      " If this is an administrator, Entra lets an application change phone numbers, other mail "
      + "addresses, the sign-in name, the source anchor and whether the account is enabled only "
      + "with a role such as User Administrator or Privileged Authentication Administrator."
    guard partSensitive() else { return leaveAside(failure) }
    refusals.append(failure)
    hasSensitiveAside = true
    return nil
  }

  /// Takes the refusal of several properties: those that are right are sent without the others.
  ///
  /// - Returns: Whether there are such.
  private mutating func takeParting(_ answer: GraphAnswer) -> Bool {
    let failure = failure(answer)
    let count = aside.count
    guard part(refusedFor: failure, isForeign: Self.isForeign(answer.error.words)) else {
      return false
    }
    // It was not for want of a role.
    hasSensitiveAside = false
    if aside.count > count, refusals.count < 5 { refusals.append(failure) }
    return true
  }

  /// A 404 to what was made just now may pass by itself: not all copies of the directory have it yet.
  func soon(_ failure: ObjectFailure) -> ObjectFailure {
    var failure = failure
    if failure.code.hasPrefix("404"), isFresh { failure.isTransient = true }
    return failure
  }

  /// Whether the object was made, or brought back, in this call of the exporter.
  private var isFresh: Bool { sentAt != nil || wasRestored }

  /// Whether a 404 may come from a copy of the directory that does not have yet what was made just
  /// now, so that the call is to be sent once more.
  ///
  /// An object of the plan's own is waited for as long as `tries` allow, any other one time.
  mutating func awaitsCopy(_ answer: GraphAnswer, tries: Int) -> Bool {
    guard answer.tellsAbsence, let step = calls.first?.step,
      step.isOfProperties || step.isLink || step.asksForObject,
      draft.manager?.isEmpty != true || step != .manager
    else { return false }
    let isOwn = isFresh && (step.isOfProperties || names(answer.error))
    let waitsOnce = (step.isLink || step.asksForObject) && !hasWaited
    guard isOwn ? delays + 1 < tries : waitsOnce else { return false }
    hasWaited = hasWaited || !isOwn
    delays += 1
    return true
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

  /// Takes whether an object is there by the id that Graph gave it once.
  private mutating func takeKnown(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.isSuccess, let id { return adopt(id, isOwn: true) }
    guard answer.status == 404 else { return .failed(failure(answer)) }
    beginUnknown()
    return nil
  }

  private mutating func takeRestoration(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.isSuccess, let id {
      wasRestored = true
      return adopt(id, isOwn: true)
    }
    id = nil
    // It was deleted for ever meanwhile, or is back already.
    guard answer.status == 404 else { return takeRestorationRefusal(answer) }
    deletedID = nil
    planCreation()
    return nil
  }

  /// Takes the refusal to bring an object back: what it had may be another one's by now.
  private mutating func takeRestorationRefusal(_ answer: GraphAnswer) -> ExportOutcome? {
    let error = answer.error
    let isOfName = error.isConflict && !error.names("proxyAddresses")
    let sentName = calls.first?.names.contains("newUserPrincipalName") ?? false
    // It comes back under the name that it is to have, where that is free.
    if isOfName, !sentName, draft.properties["userPrincipalName"]?.string != nil {
      planRestoration(named: true)
      return nil
    }
    var failure = failure(answer)
    if !(isOfName && sentName) { failure.value = nil }
    if error.isConflict {
      failure.message +=
        " The deleted user \(deletedID ?? "") had it and can't come back with it: take it from the "
        + "object that has it now, or delete that user for ever, and it is made anew."
    }
    return .failed(failure)
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
