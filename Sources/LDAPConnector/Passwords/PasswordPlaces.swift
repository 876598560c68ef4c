import Directory
import PasswordSync

/// Where the objects are that take hashes, and what keeps a hash from an object that has got the name
/// of another one in the meantime.
struct PasswordPlaces {
  private let connection: LDAPConnection
  private let profile: DirectoryProfile
  private var anchors: AnchorDirectory
  /// Whether the server writes only where a condition holds.
  private var canAssert: Bool

  init(_ connection: LDAPConnection, _ profile: DirectoryProfile) {
    self.connection = connection
    self.profile = profile
    anchors = AnchorDirectory(profile)
    canAssert = profile.has(ControlOID.assertion)
  }

  /// Looks for the objects of `changes`, as many at a time as can be.
  mutating func find(_ changes: [PasswordChange]) async throws(LDAPError) {
    try await anchors.find(Set(changes.map(\.targetAnchor).filter { !$0.isEmpty }), connection)
  }

  /// Has `send` write to the object of `change`: under a condition where the server knows some, and
  /// right after it was looked for where it knows none.
  ///
  /// - Returns: what the server said; nil if there is no such object.
  mutating func atItsPlace(
    _ change: PasswordChange,
    _ send: (String, [ServerControl]) async throws(LDAPError) -> LDAPResult
  ) async throws(LDAPError) -> LDAPResult? {
    let anchor = change.targetAnchor
    guard let attribute = profile.anchorAttribute, !anchor.isEmpty else {
      return change.targetDN.isEmpty ? nil : try await send(change.targetDN, [])
    }
    guard let place = anchors[anchor] else { return nil }
    // A name that is the anchor itself is nobody else's.
    if place.hasPrefix("<") { return try await send(place, []) }
    if canAssert {
      let filter = "(" + attribute.text + "=" + anchors.filterValue(anchor) + ")"
      let condition = try await connection.perform { (session, _) throws(LDAPError) in
        try session.assertion(filter)
      }
      let result = try await send(place, [condition])
      guard result.code == LDAPCode.assertionFailed else { return result }
      guard try await found(anchor) == place else { return result }
      // It is where it was thought to be: then it was not the object that failed the condition.
      canAssert = false
      return try await send(place, [])
    }
    guard let now = try await found(anchor) else { return nil }
    return try await send(now, [])
  }

  /// Where the object is at this moment.
  private mutating func found(_ anchor: String) async throws(LDAPError) -> String? {
    anchors.forget(anchor)
    try await anchors.find([anchor], connection)
    return anchors[anchor]
  }
}
