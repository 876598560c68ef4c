import Directory
import JSON
import Testing

@testable import SCIMConnector

@Suite("A whole object that is sent")
struct ResourceEditorTests {
  private let server: SCIMServer = {
    var server = sampleServer
    for (urn, name, part) in [
      (SCIMSchema.enterpriseURN, "manager", "$ref"), (SCIMSchema.groupURN, "members", "value"),
      (SCIMSchema.groupURN, "members", "display"),
    ] {
      let key = urn.lowercased()
      guard var schema = server.schemas[key],
        let index = schema.attributes.firstIndex(where: { $0.name == name }),
        let inner = schema.attributes[index].subAttributes.firstIndex(where: { $0.name == part })
      else { continue }
      schema.attributes[index].subAttributes[inner].mutability = .readOnly
      server.schemas[key] = schema
    }
    return server
  }()

  private func applied(
    _ text: String, _ type: SCIMResourceType = sampleServer.resourceTypes[0]
  ) throws -> JSONObject {
    let resource = try #require(JSONValue(text: text).object)
    return try ResourceEditor(writer: ResourceWriter(server: server, type: type))
      .applied([AttributeChange("displayName", .replace(["new"]))], to: resource)
  }

  @Test("has nothing that is read-only, also not in extensions and in complex values")
  func readOnly() throws {
    let sent = try applied(
      #"""
      {"schemas":["\#(SCIMSchema.userURN)","\#(enterprise)","\#(extensionURN)"],"id":"7",
       "meta":{"version":"1"},"groups":[{"value":"g"}],"colour":"red",
       "\#(enterprise)":{"department":"IT","manager":{"value":"9","$ref":"../Users/9"}},
       "\#(extensionURN)":{"stamp":"2026-01-01T00:00:00Z"}}
      """#)
    #expect(sent["meta"] == nil && sent["groups"] == nil && sent["colour"] == "red")
    #expect(sent[enterprise] == ["department": "IT", "manager": ["value": "9"]])
    #expect(sent[extensionURN] == nil)
    #expect(sent["schemas"] == [.string(SCIMSchema.userURN), .string(enterprise)])
    #expect(sent["displayName"] == "new" && sent["id"] == "7")
  }

  @Test("keeps whom its members are, whatever the schema says of that")
  func members() throws {
    let sent = try applied(
      #"{"id":"g","members":[{"value":"1","display":"A"},{"value":"2"}]}"#, groupType)
    #expect(sent["members"] == [["value": "1"], ["value": "2"]])
  }

  @Test("keeps schemas of which the server shows nothing")
  func declared() throws {
    let urns: JSONValue = [.string(SCIMSchema.userURN), .string(enterprise)]
    #expect(try applied(#"{"schemas":\#(urns.text),"id":"7"}"#)["schemas"] == urns)
  }
}
