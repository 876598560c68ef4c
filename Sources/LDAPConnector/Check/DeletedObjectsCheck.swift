import Directory

/// Whether this account may see what was deleted, which a delta import from Active Directory needs.
///
/// Without the right there is no error: deletes are just not told.
struct DeletedObjectsCheck: Sendable {
  let context: DeltaContext

  /// What an account sees of deleted objects.
  enum Sight: Sendable {
    /// Not even their container.
    case nothing
    /// Their container, and none of them, be it that there is none.
    case container
    /// Some of them.
    case objects
  }

  private var place: String {
    "CN=Deleted Objects,"
      + (context.profile.root.defaultNamingContext ?? context.namingContext.text)
  }

  /// What this account sees.
  func sight() async throws(LDAPError) -> Sight {
    // Samba shows the container to everybody, and nothing of it to who may not read it.
    guard let container = try await first(.base), container.attributeCount > 0 else {
      return .nothing
    }
    return try await first(.oneLevel) == nil ? .container : .objects
  }

  private func first(_ scope: LDAPSearch.Scope) async throws(LDAPError) -> SearchEntry? {
    var search = LDAPSearch(
      base: place, scope: scope, attributes: ["objectClass", "isDeleted"],
      controls: [ServerControl(ControlOID.showDeleted, isCritical: true)])
    search.sizeLimit = 1
    let reader = try await context.connection.search(search)
    var found: SearchEntry?
    while let messages = try await reader.next() {
      for case .entry(let entry) in messages { found = found ?? entry }
    }
    guard let result = await reader.result else { return found }
    switch result.code {
    case LDAPCode.success, LDAPCode.sizeLimitExceeded, LDAPCode.noSuchObject,
      LDAPCode.insufficientAccessRights:
      return found
    default: throw await context.connection.error(result, "Deleted objects can't be looked for")
    }
  }

  /// One finding; none where the server has no such control.
  func findings() async throws(LDAPError) -> [ConnectionFinding] {
    guard context.profile.has(ControlOID.showDeleted) else { return [] }
    let seen: Sight
    do throws(LDAPError) {
      seen = try await sight()
    } catch {
      guard error.resultCode != nil else { throw error }
      return [.bad(error.failure(isStart: false))]
    }
    switch seen {
    case .objects: return [.good("deletes: deleted objects can be seen")]
    case .container:
      return [
        .good(
          "deletes: the container of deleted objects can be read, and shows none; each delta also "
            + "asks what is there")
      ]
    case .nothing:
      // Nothing is missed without the right, and not every domain lets it be granted.
      return [
        ConnectionFinding(
          isGood: true,
          text: "deletes: deleted objects can't be seen: each delta import finds deletes by asking "
            + "what is there, and the watch does not notice them",
          hint: Grants(context).deletes(in: place))
      ]
    }
  }
}
