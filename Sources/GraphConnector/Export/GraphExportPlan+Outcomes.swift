import Directory
import HTTP

// How a plan ends.
extension GraphExportPlan {
  /// So many members refused one after the other, and none taken, are the group's fault.
  static let refusalsOfOneFault = 20

  /// The outcome when nothing is left to be sent.
  var finished: ExportOutcome {
    refusal.map(stopped) ?? .done(anchor: id.map { Anchor($0) })
  }

  /// Why parts of it were not taken, or could not be sent, so far as is known; nil if none.
  var refusal: ObjectFailure? {
    var failures = refusals
    if let failure = refusedMembers { failures.append(failure) }
    guard var failure = failures.first else { return nil }
    for more in failures.dropFirst() where !failure.message.contains(more.message) {
      failure.message += " Besides: " + more.message
    }
    failure.isTransient = failures.allSatisfy(\.isTransient)
    return failure
  }

  // What is told of the members that were refused; nil if none was.
  private var refusedMembers: ObjectFailure? {
    guard let first = refused.first else { return nil }
    var failure = first.failure
    failure.value = first.member
    if refused.count > 1 {
      let ids = refused.prefix(10).map(\.member).joined(separator: ", ")
      let more = refused.count > 10 ? " and \(refused.count - 10) more" : ""
      failure.message += " \(refused.count) members were refused: \(ids)\(more)."
    }
    failure.isTransient = refused.allSatisfy(\.failure.isTransient)
    return failure
  }

  /// The outcome of a plan that goes no further because of `failure`.
  func stopped(_ failure: ObjectFailure) -> ExportOutcome {
    guard hasTaken, let id else { return .failed(failure) }
    return .partly(PartialExport(anchor: Anchor(id), failure: failure, lacking: lacking))
  }

  /// The outcome of a plan that found the server gone.
  ///
  /// - Parameter wasSent: Whether its last call may have been carried out.
  func gone(_ error: RequestError, wasSent: Bool) -> ExportOutcome {
    guard hasTaken else { return error.outcome(wasSent: wasSent) }
    return stopped(error.failure(code: wasSent ? "unknown" : "not sent"))
  }

  /// The outcome of a plan whose call was put off too often.
  func givenUp(_ answer: GraphAnswer) -> ExportOutcome {
    // Where too many came, nothing was carried out.
    if hasTaken || answer.wasNotTried && !wasSent { return stopped(failure(answer)) }
    return .unknown(reason: answer.error.words)
  }

  /// What has not been carried out of the operation.
  private var lacking: [AttributeChange] {
    var added = refused.map(\.member)
    var removed: [String] = []
    var changes = draft.refused.map(\.change)
    for planned in aside + calls {
      switch planned.step {
      case .disable, .update:
        changes += plainNames(planned).map { AttributeChange($0, .replace([])) }
      case .manager: changes.append(AttributeChange("manager", .replace([])))
      case .addMembers, .addMember: added += planned.members
      case .removeMember: removed += planned.members
      case .create, .restore, .known, .match, .roles, .kind, .presence, .delete, .bin, .remains:
        break
      }
    }
    if !added.isEmpty || !removed.isEmpty {
      changes.append(
        AttributeChange(
          "member",
          .update(
            added: added.map { .reference($0) }, removed: removed.map { .reference($0) })))
    }
    return changes
  }

  // The attributes that a call sends as properties of the object itself.
  private func plainNames(_ planned: Planned) -> [AttributeName] {
    let sent = Set(planned.names)
    let names: [AttributeName] =
      switch operation.kind {
      case .add(let attributes): attributes.attributes.map(\.name)
      case .modify(let changes): changes.map(\.name)
      case .delete: []
      }
    return names.filter { name in
      guard let attribute = type.attribute(name) else {
        return anchorExtension.map(sent.contains) ?? false && name == GraphNames.sourceAnchor
      }
      return switch attribute.shape {
      case .links, .link: false
      case .numbered: sent.contains("onPremisesExtensionAttributes")
      case .text, .flag, .texts, .onlyText: sent.contains(attribute.property)
      }
    }
  }

  // MARK: Failures

  func failure(_ answer: GraphAnswer, _ step: Step? = nil) -> ObjectFailure {
    failure(answer.error, type: Self.type(answer.error, step))
  }

  func failure(_ error: GraphErrorMessage, type: SyncErrorType) -> ObjectFailure {
    var failure = ObjectFailure(
      type, code: "\(error.status) \(error.detailCode.isEmpty ? error.code : error.detailCode)",
      message: error.words)
    var named = error.target.isEmpty ? property(in: error.words) : error.target
    // What is sent as the address is one of the proxy addresses there, and so is the sign-in name.
    if named == "proxyAddresses" {
      let sent = ["mail", "userPrincipalName"].first { value(of: AttributeName($0)) != nil }
      named = sent ?? named
    }
    var attribute = attribute(of: named)
    // Of what was sent alone the words need not say it.
    if named.isEmpty, let planned = calls.first, planned.step.isOfProperties,
      planned.names.count == 1
    {
      attribute = plainNames(planned).first
    }
    failure.attribute = attribute?.text ?? (named.isEmpty ? nil : named)
    failure.value = attribute.flatMap(value)
    failure.isTransient =
      [408, 412, 423, 424, 429].contains(error.status) || error.status >= 500
      || error.isConcurrency
    if error.isQuota {
      failure.message += " Have the quota raised, or delete objects that nobody needs."
    }
    if failure.type == .permissionIssue, self.type.name == "user", calls.first?.step == .delete {
      failure.message +=
        " If this is an administrator, Entra lets an application delete the user only with a role "
        + "such as User Administrator or Privileged Authentication Administrator."
    }
    if Self.isKeptOnPremises(error.words) {
      failure.message +=
        " This \(self.type.name) is kept by another synchronization from a directory on premises "
        + "(onPremisesSyncEnabled): switch that off for it, or change it there."
    }
    if failure.type == .readOnlyAttribute, Self.isForeign(error.words) {
      failure.message +=
        self.type.name == "group"
        ? " Exchange, or the service that made it, manages this group: it is changed there."
        : " Exchange, or the service that made this user, keeps this value: it is changed there, or "
          + "taken out of the outbound rules."
    }
    return failure
  }

  // The property that the words name: "for property 'mail' of", "for property mail already", or "of
  // the userPrincipalName property is invalid". Else the first of those that were sent which they
  // name at all.
  private func property(in words: String) -> String {
    let parts = words.split(separator: " ").map(String.init)
    let names = parts.map { String($0.filter { $0.isLetter || $0.isNumber || $0 == "_" }) }
    for (at, name) in names.enumerated() where name.lowercased() == "property" {
      if at + 1 < parts.count, isProperty(names[at + 1]) || parts[at + 1].hasPrefix("'") {
        return names[at + 1]
      }
      if at > 0, isProperty(names[at - 1]) { return names[at - 1] }
    }
    return calls.first?.names.first(where: names.contains) ?? ""
  }

  private func isProperty(_ name: String) -> Bool {
    attribute(of: name) != nil || name == anchorExtension
  }

  private static func type(_ error: GraphErrorMessage, _ step: Step?) -> SyncErrorType {
    if error.isConflict { return .attributeValueMustBeUnique }
    let isLink = step == .addMember || step == .addMembers || step == .manager
    if error.isQuota { return .connectedDirectoryError }
    if error.code == "Directory_ResourceSizeExceeded" { return .exceededAllowedLength }
    switch (error.status, error.detailCode) {
    case (401, _), (403, _): return .permissionIssue
    case (404, _): return isLink ? .dnAttributesFailure : .missingObject
    case (413, _), (_, "InvalidLength"), (_, "ExceededMaxLength"): return .exceededAllowedLength
    case (_, "ReadOnlyProperty"): return .readOnlyAttribute
    case (_, "MissingValue"), (_, "UnknownProperty"): return .schemaViolation
    case (400, _):
      let type = refusal(error.words)
      return isLink && type == .identityDataValidationFailed ? .dnAttributesFailure : type
    default: return .connectedDirectoryError
    }
  }

  private static func refusal(_ words: String) -> SyncErrorType {
    let words = words.lowercased()
    if words.contains("too long") || words.contains("length") { return .exceededAllowedLength }
    if words.contains("read-only") || isKeptOnPremises(words) || isForeign(words) {
      return .readOnlyAttribute
    }
    return .identityDataValidationFailed
  }

  private static func isKeptOnPremises(_ words: String) -> Bool {
    words.lowercased().contains("on-premises mastered")
  }

  // Whether the words are of a group, or of something of a user, that Exchange or another service
  // keeps.
  static func isForeign(_ words: String) -> Bool {
    ["distribution list", "originated within an external service"]
      .contains(where: words.lowercased().contains)
  }

  /// The attribute that is sent as `property`, for finding the one that a refusal is about.
  private func attribute(of property: String) -> AttributeName? {
    type.attributes.first { $0.property == property }?.name
  }

  /// The value that is sent for `attribute`.
  private func value(of attribute: AttributeName) -> String? {
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
