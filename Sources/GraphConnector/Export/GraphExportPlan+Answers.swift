import Directory
import JSON

extension GraphExportPlan {
  /// Takes the answer to the first of the calls: the outcome, or nil if there is more to do.
  mutating func take(_ answer: GraphAnswer) -> ExportOutcome? {
    guard let step = calls.first?.step else { return .done(anchor: id.map { Anchor($0) }) }
    switch step {
    case .create: return takeCreation(answer)
    case .restore: return takeRestoration(answer)
    case .match(let key): return takeMatch(key, answer)
    case .delete:
      guard answer.isSuccess || answer.status == 404 else { return .failed(failure(answer)) }
      return .done(anchor: operation.anchor)
    case .addMembers where answer.error.isMemberAlready && !answer.isSuccess:
      splitMembers()
      return nil
    case .addMember where answer.error.isMemberAlready && !answer.isSuccess: return next()
    case .removeMember where answer.status == 404: return next()
    case .manager where answer.status == 404 && draft.manager?.isEmpty == true: return next()
    case .update, .addMembers, .addMember, .removeMember, .manager:
      guard answer.isSuccess else { return .failed(failure(answer, step)) }
      return next()
    }
  }

  private mutating func next() -> ExportOutcome? {
    calls.removeFirst()
    return calls.isEmpty ? .done(anchor: id.map { Anchor($0) }) : nil
  }

  private mutating func takeCreation(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.isSuccess, let id = answer.object["id"]?.string, !id.isEmpty {
      planRest(id: id)
      return calls.isEmpty ? .done(anchor: Anchor(id)) : nil
    }
    let error = answer.error
    guard error.isConflict else {
      // Whether it was made is not known: it is looked for, and tried again later.
      if answer.status >= 500 { return lost(error.words) }
      return .failed(failure(answer))
    }
    conflict = error
    return look(from: [.sourceAnchor, .userPrincipalName, .mail])
  }

  private mutating func takeRestoration(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.isSuccess, let id { return adopt(id) }
    // It was deleted for ever meanwhile, or somebody else has restored it.
    guard answer.status == 404 else { return .failed(failure(answer)) }
    id = nil
    planCreation()
    return nil
  }

  /// Looks for what may have been created without an answer.
  mutating func lost(_ words: String) -> ExportOutcome? {
    guard calls.first?.step == .create, delays < 3, let call = matchCall(.sourceAnchor) else {
      return .unknown(reason: words)
    }
    delays += 1
    wasSent = true
    calls = [(.match(.sourceAnchor), call)]
    return nil
  }

  private mutating func look(from keys: [MatchKey]) -> ExportOutcome? {
    for key in keys {
      guard let call = matchCall(key) else { continue }
      calls = [(.match(key), call)]
      return nil
    }
    guard let conflict else {
      planCreation()
      return nil
    }
    return .failed(failure(conflict, type: .attributeValueMustBeUnique))
  }

  private mutating func takeMatch(_ key: MatchKey, _ answer: GraphAnswer) -> ExportOutcome? {
    guard answer.isSuccess else { return .failed(failure(answer)) }
    let found = (answer.object["value"]?.array ?? []).compactMap(\.object)
    // A server that ignores a filter gives other objects: each is looked at.
    let others = found.filter { isMatch(key, $0) }
    guard let other = others.first, let otherID = other["id"]?.string, others.count == 1 else {
      switch key {
      case .sourceAnchor where conflict == nil:
        planCreation()
        return nil
      case .sourceAnchor: return look(from: [.userPrincipalName, .mail])
      case .userPrincipalName: return look(from: [.mail])
      case .mail: return look(from: [])
      }
    }
    if key == .sourceAnchor { return adopt(otherID) }
    return softMatch(other, id: otherID)
  }

  private func isMatch(_ key: MatchKey, _ other: JSONObject) -> Bool {
    switch key {
    case .sourceAnchor where type.name == "user":
      other["onPremisesImmutableId"]?.string == draft.properties["onPremisesImmutableId"]?.string
    case .userPrincipalName:
      other["userPrincipalName"]?.string?.lowercased()
        == draft.properties["userPrincipalName"]?.string?.lowercased()
    default: true
    }
  }

  // The object that is there is the one that was meant: it gets what the new one was to have.
  private mutating func adopt(_ id: String) -> ExportOutcome? {
    self.id = id
    draft.properties["passwordProfile"] = nil
    if type.name == "group" { draft.properties["mailEnabled"] = nil }
    if type.name == "group" { draft.properties["groupTypes"] = nil }
    planUpdate()
    return calls.isEmpty ? .done(anchor: Anchor(id)) : nil
  }

  private mutating func softMatch(_ other: JSONObject, id: String) -> ExportOutcome? {
    let anchor = other["onPremisesImmutableId"]?.string ?? ""
    let reason: String? =
      if !softMatches {
        "taking objects over is switched off"
      } else if !anchor.isEmpty {
        "that object belongs to another one on premises, with the source anchor \(anchor)"
      } else if other["onPremisesSyncEnabled"]?.boolean == true {
        "that object is kept in step with a directory on premises already"
      } else {
        nil
      }
    guard let reason else { return adopt(id) }
    var failure = failure(
      conflict ?? GraphErrorMessage(status: 400, json: nil), type: .invalidSoftMatch)
    failure.message += " It is not taken over, because " + reason + "."
    failure.conflictingAnchor = Anchor(id)
    return .failed(failure)
  }

  // MARK: Failures

  private func failure(_ answer: GraphAnswer, _ step: Step? = nil) -> ObjectFailure {
    failure(answer.error, type: Self.type(answer.error, step))
  }

  private func failure(_ error: GraphErrorMessage, type: SyncErrorType) -> ObjectFailure {
    var failure = ObjectFailure(
      type, code: "\(error.status) \(error.detailCode.isEmpty ? error.code : error.detailCode)",
      message: error.words)
    let named = error.target.isEmpty ? Self.quoted(error.words) : error.target
    let attribute = attribute(of: named)
    failure.attribute = attribute?.text ?? (named.isEmpty ? nil : named)
    failure.value = attribute.flatMap(value)
    failure.isTransient = [408, 412, 423, 424, 429].contains(error.status) || error.status >= 500
    return failure
  }

  // The property that the words name: "for property 'mail' of" or "for property mail already".
  private static func quoted(_ words: String) -> String {
    let parts = words.split(separator: " ").map(String.init)
    guard let at = parts.firstIndex(where: { $0.lowercased() == "property" }),
      at + 1 < parts.count
    else { return "" }
    return String(parts[at + 1].filter { $0.isLetter || $0.isNumber || $0 == "_" })
  }

  private static func type(_ error: GraphErrorMessage, _ step: Step?) -> SyncErrorType {
    if error.isConflict { return .attributeValueMustBeUnique }
    let isLink = step == .addMember || step == .addMembers || step == .manager
    switch (error.status, error.detailCode) {
    case (401, _), (403, _): return .permissionIssue
    case (404, _): return isLink ? .dnAttributesFailure : .missingObject
    case (413, _), (_, "InvalidLength"), (_, "ExceededMaxLength"): return .exceededAllowedLength
    case (_, "ReadOnlyProperty"): return .readOnlyAttribute
    case (_, "MissingValue"), (_, "UnknownProperty"): return .schemaViolation
    case (400, _): return isLink ? .dnAttributesFailure : refusal(error.words)
    default: return .connectedDirectoryError
    }
  }

  private static func refusal(_ words: String) -> SyncErrorType {
    let words = words.lowercased()
    if words.contains("too long") || words.contains("length") { return .exceededAllowedLength }
    if words.contains("read-only") || words.contains("on-premises mastered") {
      return .readOnlyAttribute
    }
    return .identityDataValidationFailed
  }
}
