import Directory
import HTTP
import JSON
import Testing

@testable import GraphConnector

@Suite("What is told of a refusal of Graph")
struct GraphRefusalWordsTests {
  private typealias Reply = ScriptedGraph.Reply

  private func change(_ values: [AttributeName: AttributeValue]) -> [AttributeChange] {
    values.sorted { $0.key < $1.key }.map { AttributeChange($0.key, .replace([$0.value])) }
  }

  private func failure(
    of changes: [AttributeChange], _ reply: ScriptedGraph.Reply
  ) async throws -> ObjectFailure {
    let server = try ScriptedGraph { _ in reply }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify("user", Anchor("ann"), changes)
    ])[0]
    return try #require(outcome.failure, "\(outcome)")
  }

  @Test(
    "The attribute is the one that the words name, before the word property or after it",
    arguments: [
      (
        "The domain portion of the userPrincipalName property is invalid. You must use one of the "
          + "verified domain names in your organization.", "userPrincipalName"
      ),
      (
        "Invalid value specified for property 'userPrincipalName' of resource 'User'.",
        "userPrincipalName"
      ),
      ("Property userPrincipalName is invalid.", "userPrincipalName"),
      ("A property is invalid: jobTitle.", "title"),
      ("Invalid value specified for property 'shoeSize' of resource 'User'.", "shoeSize"),
      ("One property is not as it should be.", "title"),
    ] as [(String, String)])
  func attribute(words: String, name: String) async throws {
    let found = try await failure(
      of: change(["userPrincipalName": "ann@nowhere.test", "title": "Boss"]),
      .error(400, "Request_BadRequest", words))
    #expect(found.attribute == name, "\(found)")
    if name == "userPrincipalName" { #expect(found.value == "ann@nowhere.test") }
  }

  @Test("An address that another has is the sign-in name where nothing else of that kind was sent")
  func address() async throws {
    let name = try await failure(
      of: change(["userPrincipalName": "ann@contoso.com", "title": "Boss"]),
      .conflict("proxyAddresses"))
    #expect(name.attribute == "userPrincipalName" && name.value == "ann@contoso.com", "\(name)")
    let mail = try await failure(
      of: change(["userPrincipalName": "ann@contoso.com", "mail": "a@contoso.com"]),
      .conflict("proxyAddresses"))
    #expect(mail.attribute == "mail" && mail.value == "a@contoso.com", "\(mail)")
  }

  @Test("A delete that is refused for want of rights speaks of administrators, that of a group not")
  func delete() async throws {
    let server = try ScriptedGraph { _ in
      .error(403, "Authorization_RequestDenied", "Insufficient privileges")
    }
    defer { server.close() }
    let outcomes = try await server.connector().export(
      ["user", "group"].map { type in
        ExportOperation(
          id: type == "user" ? 1 : 2, kind: .delete, objectType: type, anchor: Anchor(type),
          dn: try DistinguishedName("CN=" + type))
      })
    #expect(outcomes.map { $0.failure?.type } == [.permissionIssue, .permissionIssue])
    #expect(outcomes[0].failure?.message.contains("If this is an administrator") == true)
    #expect(outcomes[1].failure?.message == "Insufficient privileges")
  }
}
