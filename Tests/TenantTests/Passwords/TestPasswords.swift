import Foundation
import GRDB
import JSON
import PasswordSync
import Secrets
import Testing

@testable import Tenant

/// A tenant that takes passwords, without HTTP, in a folder of its own.
struct TestPasswords {
  let graph: TestGraph
  let service: CredentialService
  let faults = TenantFaults()

  var store: TenantStore { graph.tenant.store }

  init() throws {
    graph = try TestGraph()
    service = CredentialService(store: graph.tenant.store, values: ValueReader(), faults: faults)
  }

  /// A user with an immutable id of its own.
  func user(_ name: String, _ more: String = "") async throws -> String {
    try await graph.user(name, #","onPremisesImmutableId":"anchor of \#(name)"\#(more)"#)
  }

  /// An item for the user called `name`.
  static func item(
    _ name: String, _ password: String, request: String = UUID().uuidString, _ more: String = ""
  ) -> String {
    let credential = TransformedHash.credential(of: PasswordHash.ntHash(of: password))
    let text = credential.encoded.withBytes { String(decoding: $0, as: UTF8.self) }
    return """
      {"requestId":"\(request)","sourceAnchor":"anchor of \(name)",
       "changeDate":"2026-01-31T12:00:00Z","credentialData":"\(text)"\(more)}
      """
  }

  func send(_ items: [String]) async -> Reply {
    await service.answer(
      ["credentials"], Array(#"{"items":[\#(items.joined(separator: ","))]}"#.utf8))
  }

  /// The numbers of the results.
  func results(_ items: String...) async -> [Int64] {
    (await send(items))["results"]?.array?.compactMap { $0["result"]?.integer } ?? []
  }

  /// What the first result says.
  func words(_ item: String) async -> String {
    await send([item])["results"]?.array?.first?["extendedErrorInformation"]?.string ?? ""
  }

  /// Switches a feature by way of Graph.
  func turn(_ feature: TenantFeature, _ isOn: Bool) async throws {
    let list = try await graph.get("/directory/onPremisesSynchronization")["value"]?.array
    let id = try #require(list?.first?["id"]?.string)
    let reply = try await graph.send(
      "PATCH", "/directory/onPremisesSynchronization/\(id)",
      #"{"features":{"\#(feature.rawValue)":\#(isOn)}}"#)
    #expect(reply.status == 204)
  }

  func signIn(
    _ name: String, _ password: String, policy: SignInCheck.Policy = .init()
  ) async throws -> SignInCheck.Outcome {
    try await store.write {
      try SignInCheck(context: $0, policy: policy)
        .outcome("\(name)@contoso.com", PasswordHash.ntHash(of: password))
    }
  }
}
