import Directory
import HTTP
import JSON

// Objects that are there already.
extension GraphExportPlan {
  /// The call that looks for what an earlier attempt may have made; nil if nothing would tell it from
  /// other objects.
  func lookForOwn() -> Planned? {
    look(by: .sourceAnchor) ?? (type.name == "group" ? look(by: .names) : nil)
  }

  /// Plans to look by the next key that the plan has a value for; the outcome if there is none.
  mutating func look(after last: MatchKey?) -> ExportOutcome? {
    let all = MatchKey.allCases.filter { $0 != .names }
    let rest = last.flatMap { all.firstIndex(of: $0) }.map { all[($0 + 1)...] } ?? all[...]
    for key in rest {
      guard let planned = look(by: key) else { continue }
      calls = [planned]
      return nil
    }
    guard let conflict else {
      planCreation()
      return nil
    }
    // Most likely its own, which is not in sight yet: the next export finds it.
    if losses > 0 {
      return .unknown(
        reason: "the creation was not answered, and who has its value now can't be seen yet: "
          + conflict.words)
    }
    return .failed(failure(conflict, type: .attributeValueMustBeUnique))
  }

  // MARK: Answers

  mutating func takeMatch(_ key: MatchKey, _ answer: GraphAnswer) -> ExportOutcome? {
    guard answer.isSuccess, let values = answer.object["value"]?.array else {
      let words = answer.isSuccess ? "a search was answered without a list" : answer.error.words
      // What may be there is not to be made again.
      if wasSent { return .unknown(reason: words) }
      var failure = failure(answer)
      failure.message = words
      return .failed(failure)
    }
    // A server that ignores a filter gives other objects: each is looked at.
    let found = values.compactMap(\.object).filter { isMatch(key, $0) }
    if key == .names { return takeNames(found) }
    guard let other = found.first, let id = other["id"]?.string, !id.isEmpty else {
      return takeAbsence(key)
    }
    switch key {
    case .sourceAnchor where found.count > 1:
      return .failed(
        ObjectFailure(
          .duplicateAnchor, code: "several",
          message: "\(found.count) objects of the tenant have this source anchor: delete all but "
            + "one of them, or take the anchor from them.", conflictingAnchor: Anchor(id)))
    case .sourceAnchor: return adopt(id, isOwn: true)
    case .userPrincipalName, .mail, .names:
      return found.count > 1 ? look(after: key) : softMatch(other, id: id)
    case .groupAddress, .contactAddress:
      let error = conflict ?? GraphErrorMessage(status: 400, json: nil)
      var failure = failure(error, type: .objectTypeMismatch)
      failure.message +=
        " It belongs to a \(key == .groupAddress ? "group" : "contact") with the id \(id)."
      failure.conflictingAnchor = Anchor(id)
      failure.isOfAnother = true
      return .failed(failure)
    }
  }

  private mutating func takeAbsence(_ key: MatchKey) -> ExportOutcome? {
    guard key == .sourceAnchor, conflict == nil else { return look(after: key) }
    // A user who is there all the same is found by the conflict; a group would be there twice.
    if type.name == "group", sentAt != nil {
      return .unknown(reason: "the creation was not answered, and the group can't be seen yet")
    }
    planCreation()
    return nil
  }

  private mutating func takeNames(_ found: [JSONObject]) -> ExportOutcome? {
    // By the server's clock, which may differ.
    let own = found.filter { group in
      let created = group["createdDateTime"]?.string.flatMap { Timestamp($0) }
      guard let sentAt, let created else { return false }
      return created.seconds(since: sentAt) > -300
    }
    if own.count == 1, let id = own[0]["id"]?.string { return adopt(id, isOwn: true) }
    if sentAt == nil, found.isEmpty {
      planCreation()
      return nil
    }
    let ids = found.compactMap { $0["id"]?.string }.prefix(5).joined(separator: ", ")
    if !wasSent {
      var failure = ObjectFailure(
        .invalidSoftMatch, code: "not sent",
        message: "The tenant has a group of this name and alias already (\(ids)), and without a "
          + "place for source anchors nobody can tell whether it is the same one: name such a place "
          + "(group_anchor), delete that group, or give one of them another name.",
        attribute: "displayName",
        value: draft.properties["displayName"]?.string)
      failure.conflictingAnchor = found.first?["id"]?.string.map { Anchor($0) }
      return .failed(failure)
    }
    return .unknown(
      reason: found.isEmpty
        ? "the creation was not answered, and the group can't be seen yet"
        : "it was sent before, and whether a group of the same name is the one that was made can't "
          + "be told without a place for its source anchor (group_anchor): join or delete \(ids)")
  }

  private mutating func softMatch(_ other: JSONObject, id: String) -> ExportOutcome? {
    let anchor = other["onPremisesImmutableId"]?.string ?? ""
    // The search by its anchor may have been answered by a copy that did not have it yet.
    if !anchor.isEmpty, anchor == anchorToMake { return adopt(id, isOwn: true) }
    if !softMatches {
      return notTaken(id, "taking objects over is switched off")
    }
    if !anchor.isEmpty {
      return notTaken(
        id, "that object belongs to another one on premises, with the source anchor \(anchor)",
        isOfAnother: true)
    }
    if Self.isGuest(other) {
      return notTaken(
        id,
        "that user is a guest, who signs in elsewhere and would have what the person has: delete "
          + "the guest, or give the person another address", isOfAnother: true)
    }
    if other["onPremisesSyncEnabled"]?.boolean == true {
      return notTaken(
        id, "that object is kept in step with a directory on premises already", isOfAnother: true)
    }
    // Graph casts links only with these (learn.microsoft.com, "List a user's memberships").
    var call = GraphCall(
      "GET",
      "/users/" + HTTPURL.encode(id) + "/transitiveMemberOf/microsoft.graph.directoryRole"
        + "?$count=true&$select=id,displayName")
    call.isEventual = true
    calls = [Planned(step: .roles(id), call: call)]
    return nil
  }

  /// Whether somebody of another organization signs in as this user (learn.microsoft.com, "Properties of
  /// a Microsoft Entra B2B collaboration user").
  private static func isGuest(_ user: JSONObject) -> Bool {
    user["userType"]?.string?.lowercased() == "guest"
      || !(user["externalUserState"]?.string ?? "").isEmpty
      || user["userPrincipalName"]?.string?.uppercased().contains("#EXT#") == true
  }

  /// Takes the roles of the user who would be taken over: nobody becomes an administrator by having
  /// an administrator's address.
  mutating func takeRoles(of id: String, _ answer: GraphAnswer) -> ExportOutcome? {
    guard answer.isSuccess, let roles = answer.object["value"]?.array else {
      let words = answer.isSuccess ? "no list came" : answer.error.words
      return notTaken(
        id, "its roles can't be read (\(words)): give the application Directory.Read.All")
    }
    guard let role = roles.first else { return adopt(id, isOwn: false) }
    let name = ServerWords.shown(role["displayName"]?.string ?? "", limit: 100)
    return notTaken(
      id, "that user holds the role \(name.isEmpty ? "of an administrator" : name)",
      type: .existingAdminRoleConflict)
  }

  private func notTaken(
    _ id: String, _ reason: String, type: SyncErrorType = .invalidSoftMatch,
    isOfAnother: Bool = false
  ) -> ExportOutcome {
    var failure = failure(conflict ?? GraphErrorMessage(status: 400, json: nil), type: type)
    failure.message += " It is not taken over, because " + reason + "."
    failure.conflictingAnchor = Anchor(id)
    failure.isOfAnother = isOfAnother
    return .failed(failure)
  }

  // MARK: Looking

  /// The addresses that an object of another type may have.
  private var address: String? {
    let name = draft.properties["userPrincipalName"]?.string
    return conflict?.target == "userPrincipalName" ? name : draft.properties["mail"]?.string ?? name
  }

  private func isMatch(_ key: MatchKey, _ other: JSONObject) -> Bool {
    func sent(_ name: String) -> String? { draft.properties[name]?.string }
    func isSame(_ name: String) -> Bool {
      other[name]?.string?.lowercased() == sent(name)?.lowercased()
    }
    let addresses = other["proxyAddresses"]?.array?.compactMap(\.string) ?? []
    switch key {
    case .sourceAnchor:
      let name = type.name == "user" ? "onPremisesImmutableId" : anchorExtension ?? ""
      return other[name]?.string == sent(name)
    case .userPrincipalName: return isSame("userPrincipalName")
    case .mail:
      // The primary address is the one in capitals.
      guard let mail = sent("mail")?.lowercased() else { return false }
      return addresses.contains { $0.hasPrefix("SMTP:") && $0.dropFirst(5).lowercased() == mail }
    case .groupAddress, .contactAddress:
      guard let address = address?.lowercased() else { return false }
      return addresses.contains { $0.lowercased() == "smtp:" + address }
        || other["mail"]?.string?.lowercased() == address
    case .names:
      return other["displayName"]?.string == sent("displayName")
        && other["mailNickname"]?.string == sent("mailNickname")
        && other["onPremisesSyncEnabled"]?.boolean != true
    }
  }

  /// The call that looks for an object by `key`; nil if the plan has no value for it.
  private func look(by key: MatchKey) -> Planned? {
    func quoted(_ text: String) -> String { ODataText.quoted(text) }
    func text(_ name: String) -> String? { draft.properties[name]?.string.map(quoted) }
    func search(_ endpoint: String, _ select: String, _ filter: String) -> Planned {
      let path = endpoint + "?$select=id," + select + "&$filter=" + HTTPURL.encode(filter)
      return Planned(step: .match(key), call: GraphCall("GET", path))
    }
    let user =
      "userPrincipalName,displayName,onPremisesImmutableId,onPremisesSyncEnabled,proxyAddresses,"
      + "userType,externalUserState"
    func addressed(_ address: String, _ scheme: String) -> String {
      "proxyAddresses/any(p:p eq \(quoted(scheme + address)))"
    }
    switch (type.name, key) {
    case ("user", .sourceAnchor):
      return text("onPremisesImmutableId").map {
        search("/users", user, "onPremisesImmutableId eq " + $0)
      }
    case ("user", .userPrincipalName):
      return text("userPrincipalName").map { search("/users", user, "userPrincipalName eq " + $0) }
    case ("user", .mail):
      return draft.properties["mail"]?.string.map { search("/users", user, addressed($0, "SMTP:")) }
    case ("user", .groupAddress):
      return address.map { search("/groups", "mail,proxyAddresses", addressed($0, "smtp:")) }
    case ("user", .contactAddress):
      return address.map { search("/contacts", "mail,proxyAddresses", addressed($0, "smtp:")) }
    case ("group", .sourceAnchor):
      guard let name = anchorExtension else { return nil }
      return text(name).map { search("/groups", name, name + " eq " + $0) }
    case ("group", .names):
      return text("displayName").map {
        search(
          "/groups", "displayName,mailNickname,createdDateTime,onPremisesSyncEnabled",
          "displayName eq " + $0)
      }
    default: return nil
    }
  }
}
