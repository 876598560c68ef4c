import Configuration
import Foundation
import Testing

@testable import Workspace

@Suite("The configuration of a workspace for directories of one's own")
struct DraftTests {
  private static let servers = ["ldaps://dc1.contoso.com", "ldaps://dc2.contoso.com"]

  private func draft(
    _ target: WorkspaceDraft.Target = .embedded, name: String = "tenant",
    source: WorkspaceDraft.Source = .ldap(
      servers: servers, user: "CN=Sync \"one\",DC=contoso", caFile: nil),
    passwords: Bool = false
  ) -> WorkspaceDraft {
    WorkspaceDraft(
      sourceName: "contoso.com", source: source, targetName: name, target: target,
      sendsPasswords: passwords)
  }

  private func settings(_ draft: WorkspaceDraft) throws -> WorkspaceSettings {
    let table = try TOMLTable.parse(try draft.text(), file: "lockstep.toml")
    return try WorkspaceSettings(table, folder: "/w")
  }

  @Test("A domain and the workspace's own tenant")
  func embedded() throws {
    let settings = try settings(draft())
    #expect(settings.connectors.map(\.name) == ["contoso.com", "tenant"])
    #expect(settings.connectors.map(\.typeName) == ["ldap", "scim"])
    #expect(settings.tenant != nil && settings.passwordSync.isEmpty)
    guard case .ldap(let section) = settings.connectors[0].kind else {
      Issue.record("no LDAP")
      return
    }
    #expect(section.servers.map(\.host) == ["dc1.contoso.com", "dc2.contoso.com"])
    #expect(section.user == "CN=Sync \"one\",DC=contoso")
    #expect(draft().secretFiles.map(\.name) == ["source.password"])
  }

  @Test("Microsoft Entra ID")
  func graph() throws {
    let draft = draft(
      .graph(tenant: "contoso.onmicrosoft.com", application: "11111111"),
      name: "contoso.onmicrosoft.com",
      source: .ldap(servers: Self.servers, user: "svc@contoso.com", caFile: "/etc/ca.pem"))
    let settings = try settings(draft)
    #expect(settings.connectors[1].typeName == "graph" && settings.tenant == nil)
    #expect(settings.passwordSync.isEmpty)
    #expect(draft.secretFiles.map(\.name) == ["source.password", "target.secret"])
  }

  @Test("Passwords from the domain's controllers, to the workspace's own tenant")
  func passwords() throws {
    let source = WorkspaceDraft.Source.ldap(
      servers: Self.servers, user: "svc@contoso.com", caFile: nil)
    let settings = try settings(draft(source: source, passwords: true))
    let way = try #require(settings.passwordSync.first)
    #expect(way.source == "contoso.com" && way.target == "tenant")
    guard case .replication(let replication) = way.reading else {
      Issue.record("no replication")
      return
    }
    #expect(replication.domain == "contoso.com")
  }

  @Test("A source that is not called as its domain has the parameters that its rules ask for")
  func parameters() throws {
    var draft = draft(
      source: .ldap(servers: Self.servers, user: "svc@contoso.com", caFile: nil), passwords: true)
    draft.sourceName = "src"
    draft.parameters = ["Domain.FQDN": "contoso.com", "Domain.Netbios": "CON\"TOSO"]
    let settings = try settings(draft)
    #expect(settings.connectors.map(\.name) == ["src", "tenant"])
    #expect(settings.connectors[0].parameters == draft.parameters)
    #expect(settings.connectors[1].parameters.isEmpty)
    guard case .replication(let replication) = try #require(settings.passwordSync.first).reading
    else {
      Issue.record("no replication")
      return
    }
    #expect(replication.domain == "contoso.com")
  }

  @Test("LDIF files and a SCIM service")
  func files() throws {
    let draft = draft(
      .scim(url: "https://cloud.example/scim/v2"), source: .ldif(content: "/data/people.ldif"))
    let settings = try settings(draft)
    #expect(settings.connectors.map(\.typeName) == ["ldif", "scim"])
    #expect(draft.secretFiles.map(\.name) == ["target.token"])
  }

  @Test("What would not work is refused with the reason")
  func refusals() {
    func refusal(_ draft: WorkspaceDraft) -> WorkspaceError? {
      do throws(WorkspaceError) {
        _ = try draft.text()
        return nil
      } catch {
        return error
      }
    }
    let clear = refusal(
      draft(source: .ldap(servers: ["ldap://dc1.contoso.com"], user: "svc", caFile: nil)))
    #expect(clear?.status == .usage && clear?.message.contains("in the clear") == true)
    #expect(refusal(draft(source: .ldif(content: "x"), passwords: true))?.hint.isEmpty == false)
    #expect(refusal(draft(.scim(url: "https://x/scim/v2"), passwords: true)) != nil)
    let entra = refusal(
      draft(.graph(tenant: "contoso.onmicrosoft.com", application: "1"), passwords: true))
    #expect(entra?.status == .usage && entra?.message.contains("not public") == true)
    #expect(entra?.hint.hasPrefix("Leave --passwords out") == true)
    #expect(refusal(draft(name: "te\"nant"))?.message.contains("\\\"") == true)
    #expect(refusal(draft(name: "contoso.com"))?.status == .usage)
    #expect(refusal(draft(name: "")) != nil)
    #expect(refusal(draft(.scim(url: "ftp://x"))) != nil)
  }

  @Test("A text is spelled as TOML reads it", arguments: ["a\"b\\c", "tab\tand\u{7F}", "ü😀"])
  func quoting(_ text: String) throws {
    let table = try TOMLTable.parse("text = " + TOMLText.quoted(text), file: "x.toml")
    #expect(try table.string("text") == text)
  }
}
