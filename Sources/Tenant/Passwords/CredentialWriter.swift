import GRDB
import JSON
import PasswordSync

/// Takes passwords in an open transaction.
struct CredentialWriter {
  /// The transaction.
  let context: WriteContext
  /// How values are read.
  let values: ValueReader

  /// Takes one password, or says why not.
  ///
  /// A number whose request was carried out for the user is answered as it was, and nothing is done,
  /// unless a password has taken its place that was set earlier: that is one of another account of
  /// the user. What was refused or not found left nothing behind, and is looked at anew.
  ///
  /// - Throws: what the store throws.
  func take(_ item: CredentialItem) throws -> CredentialResult {
    let database = try context.database
    guard !(item.sourceAnchor.isEmpty && item.cloudAnchor.isEmpty) else {
      if case .refused(let words) = item.content {
        return CredentialResult(code: .refused, words: words)
      }
      return CredentialResult(code: .refused, words: "sourceAnchor or cloudAnchor must be given.")
    }
    let anchor = item.sourceAnchor.isEmpty ? item.cloudAnchor : item.sourceAnchor
    if let known = try CredentialTable.request(database, item.requestID) {
      guard known.anchor == anchor else {
        return CredentialResult(
          code: .refused, words: "The requestId was used for another object before.")
      }
      // A user who was made anew has nothing of it.
      if try known.user == nil || find(item, database)?.seq == known.user && !isReplaced(item) {
        return CredentialResult(code: .success)
      }
    }
    let (credential, changed): (Credential, Int64)
    switch item.content {
    case .refused(let words): return CredentialResult(code: .refused, words: words)
    case .credential(let given, let moment): (credential, changed) = (given, moment)
    }
    guard let user = try find(item, database) else {
      return CredentialResult(
        code: .notFound, words: "No user of the tenant has this anchor, or not yet.")
    }
    if let refusal = try refusal(item, user, database) { return refusal }
    try CredentialTable.put(
      database, user: user.seq, credential, changed: changed, now: context.now,
      forcesChange: item.forcesChange)
    try stamp(user)
    try CredentialTable.keepRequest(
      database, item.requestID, anchor: anchor, user: user.seq, now: context.now)
    return CredentialResult(code: .success)
  }

  /// Keeps that passwords came, and forgets old numbers.
  ///
  /// - Throws: what the store throws.
  func finish() throws {
    let database = try context.database
    try FactTable.set(database, FactTable.lastPasswordSync, Moment.text(context.now))
    try CredentialTable.forgetRequests(database, now: context.now)
  }

  // MARK: Parts

  private func isReplaced(_ item: CredentialItem) throws -> Bool {
    let database = try context.database
    guard case .credential(_, let changed) = item.content, let user = try find(item, database),
      let there = try CredentialTable.changed(database, user: user.seq)
    else { return false }
    return there < changed
  }

  private func find(_ item: CredentialItem, _ database: Database) throws -> StoredResource? {
    let id =
      item.cloudAnchor.hasPrefix("User_") ? item.cloudAnchor.dropFirst(5) : item.cloudAnchor[...]
    if !id.isEmpty, let user = try ResourceTable.fetch(database, .user, id: String(id)) {
      return user
    }
    guard !item.sourceAnchor.isEmpty else { return nil }
    return try ResourceTable.user(database, "onPremisesImmutableId", item.sourceAnchor)
  }

  private func refusal(
    _ item: CredentialItem, _ user: StoredResource, _ database: Database
  ) throws -> CredentialResult? {
    let anchor = user.body[ResourceType.onPremisesURN("User")]?["immutableId"]?.string
    if let anchor, !item.sourceAnchor.isEmpty, anchor != item.sourceAnchor {
      return CredentialResult(
        code: .refused, words: "The user of this cloudAnchor has another source anchor.")
    }
    if item.forcesChange, try !FactTable.isOn(database, .forcedChange) {
      return CredentialResult(
        code: .filtered,
        words: "A password that must be changed is not taken: the feature "
          + "\(TenantFeature.forcedChange.rawValue) is off.")
    }
    return nil
  }

  // When the password came, and that it does not expire; not a write by the directory's own
  // synchronization, whose stamp stays.
  private func stamp(_ user: StoredResource) throws {
    var new = user
    GraphPlace.extended(ResourceType.onPremisesURN("User"), "lastPasswordSyncTime")
      .set(.string(Moment.text(context.now)), in: &new.body)
    let place = GraphPlace.extended(ResourceType.graphURN("User"), "passwordPolicies")
    let policies = try Self.policies(
      place.value(in: user.body)?.string,
      expires: FactTable.isOn(try context.database, .cloudPasswordPolicy))
    place.set(policies.map { .string($0) }, in: &new.body)
    // In the order in which bodies are compared.
    let reader = ResourceReader(type: .user, values: values)
    new.body = try reader.read(new.body, current: new.body, checksSchemas: false).body
    new.version += 1
    new.modified = context.now
    try ResourceTable.update(try context.database, new)
  }

  /// The policies `text` names, with that of no expiry as it should be; nil for none.
  static func policies(_ text: String?, expires: Bool) -> String? {
    let never = "DisablePasswordExpiration"
    let others = (text ?? "").split(separator: ",").map { $0.filter { $0 != " " } }
      .filter { !["", "none", never.lowercased()].contains($0.lowercased()) }
    let all = expires ? others : [never] + others
    return all.isEmpty ? nil : all.joined(separator: ", ")
  }
}
