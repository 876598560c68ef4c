import Directory

/// Whether this account may see what was deleted, which a delta import from Active Directory needs.
///
/// Without the right there is no error: deletes are just not told.
struct DeletedObjectsCheck: Sendable {
  let connection: LDAPConnection
  let profile: DirectoryProfile

  /// Whether this account sees the container of deleted objects.
  func canSee() async throws(LDAPError) -> Bool {
    let hasControl = profile.has(ControlOID.showDeleted)
    let search = LDAPSearch(
      base: "CN=Deleted Objects," + (profile.root.defaultNamingContext ?? profile.base.text),
      scope: .base, attributes: ["1.1"],
      controls: hasControl ? [ServerControl(ControlOID.showDeleted, isCritical: true)] : [])
    do throws(LDAPError) {
      return try await !connection.entries(search).isEmpty
    } catch {
      guard let code = error.resultCode else { throw error }
      guard code == LDAPCode.noSuchObject || code == LDAPCode.insufficientAccessRights else {
        throw error
      }
      return false
    }
  }

  /// One finding; none for other directories.
  func findings() async throws(LDAPError) -> [ConnectionFinding] {
    guard profile.kind.isActiveDirectory, profile.has(ControlOID.showDeleted) else { return [] }
    let place = "CN=Deleted Objects," + (profile.root.defaultNamingContext ?? profile.base.text)
    do throws(LDAPError) {
      if try await canSee() { return [.good("Deleted objects can be seen")] }
    } catch {
      guard error.resultCode != nil else { throw error }
      return [.bad(error.failure(isStart: false))]
    }
    return [
      .bad(
        "Deleted objects can't be seen: each delta import finds deletes by asking what is there",
        "Run on a domain controller: dsacls \"\(place)\" /takeownership, then dsacls \"\(place)\" "
          + "/g ACCOUNT:LCRP")
    ]
  }
}
