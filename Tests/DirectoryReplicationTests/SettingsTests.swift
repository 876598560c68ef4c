import Configuration
import Testing

@testable import DirectoryReplication

@Suite struct SettingsTests {
  private func settings(_ account: String)
    -> ReplicationSettings
  {
    ReplicationSettings(hosts: ["dc1.contoso.com"], domain: "contoso.com", account: account) {
      Secret("x")
    }
  }

  @Test("The domain's name gives naming context and realm")
  func domain() {
    #expect(settings("sync").namingContext == "DC=contoso,DC=com")
    #expect(settings("sync").realm == "CONTOSO.COM")
  }

  @Test("Accounts are named as each authentication wants them")
  func accounts() {
    #expect(settings("sync").ntlmAccount == (user: "sync", domain: "contoso.com"))
    #expect(settings("CORP\\sync").ntlmAccount == (user: "sync", domain: "CORP"))
    #expect(settings("sync@corp.com").ntlmAccount == (user: "sync@corp.com", domain: ""))
    #expect(settings("CORP\\sync").kerberosAccount == "sync")
    #expect(settings("sync@corp.com").kerberosAccount == "sync@corp.com")
  }

  @Test("The ticket is one for the controller, from itself")
  func ticket() {
    let ticket = settings("sync").ticket(for: "dc1.contoso.com")
    #expect(ticket.service == "ldap/dc1.contoso.com")
    #expect(ticket.distributionCentre == "dc1.contoso.com:88")
    #expect(settings("sync").ticket(for: "fd00::1").distributionCentre == "[fd00::1]:88")
  }

  @Test("Rights are called as consoles call them")
  func rights() {
    #expect(ReplicationRights.secrets.description == "Replicating Directory Changes All")
    #expect(
      ReplicationRights([.changes, .secrets]).description
        == "Replicating Directory Changes and Replicating Directory Changes All")
  }
}
