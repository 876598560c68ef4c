import JSON
import Testing

@testable import Tenant

@Suite("Verified domains")
struct VerifiedDomainTests {
  private let words =
    "The domain portion of the userPrincipalName property is invalid. You must use one of the "
    + "verified domain names in your organization."

  @Test("By Graph nobody gets a name of a domain that is not verified, at creation or later")
  func graph() async throws {
    let graph = try TestGraph(verifiedDomains: ["contoso.com", "contoso.onmicrosoft.com"])
    let id = try await graph.user("ada")
    let refused = try await graph.send(
      "POST", "/users", TestGraph.user("bea").replacing("@contoso.com", with: "@contoso.local"))
    #expect(refused.status == 400)
    #expect(refused.code == "Request_BadRequest")
    #expect(refused.words == words)
    #expect(refused.target == "userPrincipalName")
    let name = { (domain: String) in #"{"userPrincipalName":"ada@\#(domain)"}"# }
    for domain in ["contoso.local", "sales.contoso.com", "xcontoso.com"] {
      let reply = try await graph.send("PATCH", "/users/\(id)", name(domain))
      #expect(reply.status == 400 && reply.words == words)
    }
    let moved = try await graph.send("PATCH", "/users/\(id)", name("CONTOSO.onmicrosoft.com"))
    #expect(moved.status == 204)
  }

  @Test("By SCIM neither, and who has such a name already keeps it")
  func scim() async throws {
    let tenant = try TestTenant()
    let id = try await tenant.user("ada@contoso.local")
    let strict = TenantService(
      store: tenant.store, base: TestTenant.base,
      values: ValueReader(verifiedDomains: ["contoso.com"]), faults: TenantFaults(),
      maximumPayload: 1 << 20)
    func put(_ name: String, _ title: String) async -> Reply {
      let body =
        #"{"schemas":["\#(TestTenant.userURN)"],"userName":"\#(name)","title":"\#(title)"}"#
      return await strict.answer(
        ServiceRequest(method: "PUT", path: ["Users", id], query: [:], body: Array(body.utf8)))
    }
    #expect(await put("ada@contoso.local", "Countess").status == 200)
    let refused = await put("ada@contoso.test", "Countess")
    #expect(refused.status == 400 && refused.kind == "invalidValue")
    #expect(refused.detail.contains("'contoso.test'"))
    #expect(refused.detail.hasSuffix("verified are contoso.com."))
    #expect(await put("ada@Contoso.com", "Countess").status == 200)
  }

  @Test("The organization lists them, the first as the default one")
  func organization() async throws {
    let graph = try TestGraph(verifiedDomains: ["contoso.com", "contoso.onmicrosoft.com"])
    let found = try await graph.get("/organization")["value"]?.array?.first
    let domains = found?["verifiedDomains"]?.array ?? []
    #expect(domains.map { $0["name"] } == ["contoso.com", "contoso.onmicrosoft.com"])
    #expect(domains.map { $0["isDefault"] } == [true, false])
    #expect(domains.map { $0["isInitial"] } == [false, true])
    let open = try await TestGraph().get("/organization")["value"]?.array?.first
    #expect(open?["verifiedDomains"] == .array([]))
  }

  @Test("An object has 333 proxy addresses at most, however they come to it")
  func proxyAddresses() async throws {
    let graph = try TestGraph()
    func more(_ count: Int) -> String {
      let list = (1...count).map { "\"smtp:a\($0)@contoso.com\"" }.joined(separator: ",")
      return #","\#(TestTenant.onPremisesURN)":{"proxyAddresses":[\#(list)]}"#
    }
    let id = try await graph.tenant.user("ada@contoso.com", more(333))
    let refused = await graph.tenant.send(
      "POST", "/Users",
      #"{"schemas":["\#(TestTenant.userURN)"],"userName":"bea@contoso.com"\#(more(334))}"#)
    #expect(refused.status == 400 && refused.kind == "invalidValue")
    #expect(refused.detail.contains("334 proxy addresses"))
    // The address of a user is one of them.
    let mail = try await graph.send("PATCH", "/users/\(id)", #"{"mail":"ada@contoso.com"}"#)
    #expect(mail.status == 400)
    #expect(mail.words.contains("334 proxy addresses"))
  }
}
