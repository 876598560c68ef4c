import Directory

/// Whether this account may see what was deleted, which a delta import from Active Directory needs.
///
/// Without the right there is no error: deletes are just not told.
struct DeletedObjectsCheck: Sendable {
  let connection: LDAPConnection
  let profile: DirectoryProfile

  /// One finding; none for other directories.
  func findings() async throws(LDAPError) -> [ConnectionFinding] {
    guard profile.kind.isActiveDirectory, profile.has(ControlOID.showDeleted) else { return [] }
    let place = "CN=Deleted Objects," + profile.base.text
    let search = LDAPSearch(
      base: place, scope: .base, attributes: ["1.1"],
      controls: [ServerControl(ControlOID.showDeleted, isCritical: true)])
    do throws(LDAPError) {
      if try await !connection.entries(search).isEmpty {
        return [.good("Deleted objects can be seen")]
      }
    } catch {
      guard let code = error.resultCode else { throw error }
      guard code == LDAPCode.noSuchObject || code == LDAPCode.insufficientAccessRights else {
        return [.bad(error.failure(isStart: false))]
      }
    }
    return [
      .bad(
        "Deleted objects can't be seen: a delta import would not notice deletes",
        "Run on a domain controller: dsacls \"\(place)\" /takeownership, then dsacls \"\(place)\" "
          + "/g ACCOUNT:LCRP")
    ]
  }
}
