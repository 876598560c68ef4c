import Configuration
import SambaTesting

@testable import DirectoryReplication

extension SambaDomain {
  /// Settings for `account`, whose own password is what all accounts have by default.
  func settings(as account: String, password: String? = nil) -> ReplicationSettings {
    let text = password ?? "Pw-\(account)-Secret"
    var settings = ReplicationSettings(
      hosts: [address], domain: Self.name, account: account
    ) { Secret(text) }
    settings.patience = 30
    return settings
  }

  /// A reader of the domain as `account`.
  func reader(
    as account: String = "sync", password: String? = nil,
    by authentication: ReplicationSettings.Authentication = .ntlm, domain: String = name
  ) -> DirectoryReplicator {
    var settings = settings(as: account, password: password)
    settings.authentication = authentication
    settings.domain = domain
    return DirectoryReplicator(settings)
  }
}
