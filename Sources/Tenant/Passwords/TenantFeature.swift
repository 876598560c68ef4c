import GRDB

/// A switch of the tenant, by the name of Graph's `onPremisesDirectorySynchronizationFeature`.
enum TenantFeature: String, CaseIterable, Sendable {
  /// Whether passwords are taken.
  case passwordSync = "passwordSyncEnabled"
  /// Whether the tenant's own policy of expiry holds for users whose password is synchronized; if
  /// not, their passwords do not expire.
  case cloudPasswordPolicy = "cloudPasswordPolicyForPasswordSyncedUsersEnabled"
  /// Whether a password may come that must be changed at the next sign-in.
  case forcedChange = "userForcePasswordChangeOnLogonEnabled"

  /// Whether it is on in a new tenant: a tenant that is made for a workspace takes its passwords.
  var isOnAtFirst: Bool { self == .passwordSync }
}

/// The statements on facts of the tenant as a whole.
enum FactTable {
  /// The name of the fact that tells when the password channel was heard last.
  static let lastPasswordSync = "lastPasswordSync"

  /// A fact; nil if it was never told.
  static func value(_ database: Database, _ name: String) throws -> String? {
    try String.fetchOne(
      database.cachedStatement(sql: "SELECT value FROM tenant_fact WHERE name = ?"),
      arguments: [name])
  }

  /// Tells a fact.
  static func set(_ database: Database, _ name: String, _ value: String) throws {
    try database.cachedStatement(
      sql: "INSERT INTO tenant_fact (name, value) VALUES (?, ?) "
        + "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    ).execute(arguments: [name, value])
  }

  /// Whether a feature is on.
  static func isOn(_ database: Database, _ feature: TenantFeature) throws -> Bool {
    try value(database, feature.rawValue).map { $0 == "true" } ?? feature.isOnAtFirst
  }

  /// Switches a feature.
  static func set(_ database: Database, _ feature: TenantFeature, _ isOn: Bool) throws {
    try set(database, feature.rawValue, isOn ? "true" : "false")
  }
}
