import Directory
import Testing

@testable import GraphConnector

@Suite("Object types in whatever letter case a rule writes them")
struct TypeCaseTests {
  private func renamed(_ operation: ExportOperation, _ type: String) -> ExportOperation {
    ExportOperation(
      id: operation.id, kind: operation.kind, objectType: type, anchor: operation.anchor,
      dn: operation.dn)
  }

  @Test("are made, changed, filled and deleted", arguments: ["User", "USER", "uSER"])
  func life(_ name: String) async throws {
    let cloud = try await TestCloud()
    func settle(_ operation: ExportOperation, _ type: String) async throws -> Anchor? {
      #expect(cloud.connector.refusal(of: renamed(operation, type)) == nil)
      let outcome = try await cloud.connector.export([renamed(operation, type)])[0]
      guard case .done(let anchor) = outcome else { throw Unexpected(outcome: outcome) }
      return anchor
    }
    let ada = try #require(try await settle(Operations.user("ada"), name))
    _ = try await settle(
      Operations.modify(name, ada, [AttributeChange("title", .replace(["Countess"]))]), name)
    let staff = try #require(try await settle(Operations.group("staff", [ada]), "Group"))
    let entries = try await cloud.entries()
    let user = try #require(entries[Operations.dn("ada").text])
    #expect(user.objectType == "user" && user.attributes.text("title") == "Countess")
    let group = try #require(entries[Operations.dn("staff").text])
    #expect(group.attributes["member"].map(\.text) == [ada.text])
    _ = try await settle(Operations.delete("Group", staff), "GROUP")
    _ = try await settle(Operations.delete(name, ada), name)
    #expect(try await cloud.entries().isEmpty)
    await cloud.stop()
  }

  @Test("go by the upload where users do", arguments: ["User", "user"])
  func uploaded(_ name: String) async throws {
    let cloud = try await TestCloud {
      $0.bulkUpload = BulkUploadSettings(servicePrincipal: "sp", job: "job")
    }
    // Graph would refuse it, and the upload has its own words for all.
    let change = AttributeChange("sourceAnchor", .replace(["other"]))
    let operation = try Operations.modify(name, Anchor("ada"), [change])
    #expect(cloud.connector.refusal(of: operation) == nil)
    await cloud.stop()
  }

  @Test("of which Graph has none are refused with their name", arguments: ["person", "", "users"])
  func unknown(_ name: String) async throws {
    let cloud = try await TestCloud()
    let refusal = cloud.connector.refusal(of: renamed(try Operations.user("ada"), name))
    #expect(refusal?.message.contains(name) == true)
    await cloud.stop()
  }
}
