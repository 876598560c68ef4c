import Directory
import JSON
import Testing

@testable import SCIMConnector

@Suite("A resource in the connector space")
struct ResourceReaderTests {
  private func read(
    _ text: String, _ type: SCIMResourceType = userType, _ server: SCIMServer = sampleServer
  ) throws -> DirectoryEntry {
    try ResourceReader(server: server, type: type)
      .entry(try JSONValue(text: text), location: "http://x/Users")
  }

  private func fault(
    _ text: String, _ type: SCIMResourceType = userType
  ) throws -> DiscoveryError? {
    do {
      _ = try read(text, type)
      return nil
    } catch {
      return error as? DiscoveryError
    }
  }

  @Test("has its id as anchor and the hexadecimal external id as name")
  func addresses() throws {
    let entry = try read(#"{"id":"7","externalId":"Aé"}"#)
    #expect(entry.anchor.text == "7")
    #expect(entry.dn.text == "CN={41C3A9}")
    #expect(entry.objectType == "user")
    #expect(try read(#"{"id":"7"}"#).dn.text == "CN={37}")
    #expect(try read(#"{"id":"7","externalId":""}"#).dn.text == "CN={37}")
  }

  @Test("has its attributes under their paths")
  func attributes() throws {
    let entry = try read(
      #"""
      {"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"id":"7","userName":"ann",
       "name":{"givenName":"Ann","familyName":"Lee"},"active":true,
       "emails":[{"type":"work","value":"a@x","primary":true},{"type":"home","value":"b@x"},
                 {"value":"c@x"}],
       "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":
         {"department":"IT","manager":{"value":"9","$ref":"../Users/9","displayName":"Bo"}},
       "urn:example:2.0:User":{"proxyAddresses":["smtp:b@x","SMTP:a@x"],"count":5,
         "syncEnabled":"True","photo":"AQI="},
       "meta":{"lastModified":"2026-01-01T00:00:00Z","version":"W/\"1\"","location":"http://x/7"}}
      """#)
    let set = entry.attributes
    #expect(set["userName"] == ["ann"])
    #expect(set["name.givenName"] == ["Ann"])
    #expect(set["active"] == [true])
    #expect(set["emails[type eq \"work\"].value"] == ["a@x"])
    #expect(set["emails[type eq \"work\"].primary"] == [true])
    #expect(set["emails[type eq \"home\"].value"] == ["b@x"])
    #expect(set["emails.value"] == ["c@x"])
    #expect(!set.contains("emails[type eq \"work\"].type"))
    #expect(set[AttributeName(enterprise + ":department")] == ["IT"])
    #expect(set[AttributeName(enterprise + ":manager")] == [.reference("9")])
    #expect(set[AttributeName(extensionURN + ":proxyAddresses")] == ["SMTP:a@x", "smtp:b@x"])
    #expect(set[AttributeName(extensionURN + ":count")] == [5])
    #expect(set[AttributeName(extensionURN + ":syncEnabled")] == [true])
    #expect(set[AttributeName(extensionURN + ":photo")] == [.binary([1, 2])])
    #expect(set["meta.lastModified"] == ["2026-01-01T00:00:00Z"])
    #expect(!set.contains("meta.version") && !set.contains("schemas"))
    #expect(set["id"] == ["7"])
  }

  @Test("keeps two values of one type")
  func sameType() throws {
    let entry = try read(
      #"{"id":"7","emails":[{"type":"work","value":"b"},{"type":"work","value":"a"}]}"#)
    #expect(entry.attributes["emails[type eq \"work\"].value"] == ["a", "b"])
  }

  @Test("has members as references, each once")
  func members() throws {
    let entry = try read(
      #"{"id":"g","members":[{"value":"2","type":"User"},{"value":"1"},{"value":"2"}]}"#, groupType)
    #expect(entry.attributes["members"] == [.reference("1"), .reference("2")])
    #expect(entry.attributes.names.contains("members"))
    #expect(try read(#"{"id":"g","members":[]}"#, groupType).attributes["members"] == [])
  }

  @Test(
    "has no manager where the server shows one without content",
    arguments: ["{}", #"{"value":null}"#, #"{"value":"","displayName":null}"#, "null", #""""#])
  func noManager(manager: String) throws {
    let entry = try read(#"{"id":"7","\#(enterprise)":{"manager":\#(manager)}}"#)
    #expect(entry.attributes[AttributeName(enterprise + ":manager")] == [])
  }

  @Test(
    "has whom a reference leads to, however it is written",
    arguments: [
      #"{"value":"9"}"#, #""9""#, #"{"$ref":"https://x/v2/Users/9"}"#,
      #"{"value":null,"$ref":"../Users/%39"}"#, #"{"value":"","$ref":"https://x/v2/Users/9"}"#,
    ])
  func references(manager: String) throws {
    let entry = try read(#"{"id":"7","\#(enterprise)":{"manager":\#(manager)}}"#)
    #expect(entry.attributes[AttributeName(enterprise + ":manager")] == [.reference("9")])
    let group = try read(#"{"id":"g","members":[\#(manager),{"value":"8"}]}"#, groupType)
    #expect(Set(group.attributes["members"]) == [.reference("9"), .reference("8")])
  }

  @Test(
    "has no member where the server says that it is nobody",
    arguments: [
      #"{"value":""}"#, #"{"value":"","display":null}"#, #""""#,
      #"{"value":"","$ref":"https://x/v2/Users/"}"#, #"{"value":"","$ref":"../Groups"}"#,
    ])
  func nobody(member: String) throws {
    let group = try read(#"{"id":"g","members":[\#(member),{"value":"8"}]}"#, groupType)
    #expect(group.attributes["members"] == [.reference("8")])
    let empty = try read(#"{"id":"g","members":[\#(member)]}"#, groupType)
    #expect(empty.attributes["members"] == [])
  }

  @Test("is left out where it refers to something of which nobody could tell what it is")
  func noReference() throws {
    let manager = #"{"id":"7","\#(enterprise)":{"manager":{"displayName":"Bob"}}}"#
    #expect(try fault(manager)?.type == .invalidReferenceValue)
    #expect(
      try fault(
        #"{"id":"g","members":[{"value":"","$ref":"../Users/","display":"Bob"}]}"#, groupType)?
        .type == .invalidReferenceValue)
    // A member without content is not as good as none: the list would be too short.
    #expect(try fault(#"{"id":"g","members":[{}]}"#, groupType)?.type == .invalidReferenceValue)
  }

  @Test("reads a group of 100,000 members in a moment")
  func largeGroup() throws {
    let members = (0..<100_000).map { #"{"value":"id-\#($0)","$ref":"../Users/id-\#($0)"}"# }
    let text = #"{"id":"g","members":["# + members.joined(separator: ",") + "]}"
    let entry = try read(text, groupType)
    #expect(entry.attributes["members"].count == 100_000)
  }

  @Test("keeps what no schema knows, by its JSON type")
  func unknown() throws {
    let entry = try read(
      #"{"id":"7","x":1,"y":true,"z":"t","w":1.5,"v":{"a":[1,2]},"urn:other:1.0":{"q":"r"},"n":null}"#
    )
    let set = entry.attributes
    #expect(set["x"] == [1])
    #expect(set["y"] == [true])
    #expect(set["z"] == ["t"])
    #expect(set["w"] == ["1.5"])
    #expect(set["v.a"] == [1, 2])
    #expect(set["urn:other:1.0:q"] == ["r"])
    #expect(!set.contains("n"))
  }

  @Test("never holds a password")
  func password() throws {
    #expect(!(try read(#"{"id":"7","password":"x"}"#).attributes.contains("password")))
  }

  @Test("is left out with words when it can't be understood")
  func faults() throws {
    #expect(try fault("5")?.type == .parseError)
    #expect(try fault(#"{"userName":"ann"}"#)?.type == .missingAnchor)
    #expect(try fault(#"{"userName":"ann"}"#)?.dn == "ann")
    #expect(try fault(#"{"id":""}"#)?.type == .missingAnchor)
    #expect(try fault(#"{"id":true}"#)?.type == .missingAnchor)
    let wrong = try fault(#"{"id":"7","active":"perhaps"}"#)
    #expect(wrong?.type == .invalidAttributeValue)
    #expect(wrong?.attribute == "active")
    #expect(wrong?.value == "\"perhaps\"")
    #expect(wrong?.location == "http://x/Users/7")
    #expect(
      try fault(#"{"id":"7","urn:example:2.0:User":{"count":1.5}}"#)?.type == .invalidAttributeValue
    )
    #expect(
      try fault(#"{"id":"7","urn:example:2.0:User":{"photo":"?"}}"#)?.type == .invalidAttributeValue
    )
    let member = try fault(#"{"id":"7","members":[{"display":"x"}]}"#, groupType)
    #expect(member?.type == .invalidReferenceValue)
    let other = try fault(#"{"id":"7","schemas":["urn:other"]}"#)
    #expect(other?.type == .objectTypeMismatch)
  }

  @Test("survives any JSON in any place")
  func anything() throws {
    let values = [
      "null", "true", "1", "1.5", "\"x\"", "[]", "{}", "[null]", "[[1]]", "[{}]", "{\"value\":{}}",
    ]
    for name in [
      "name", "emails", "active", "meta", "schemas", "members", extensionURN, enterprise,
    ] {
      for value in values {
        _ = try? read("{\"id\":\"7\",\"\(name)\":\(value)}", groupType)
        _ = try? read("{\"id\":\"7\",\"\(name)\":\(value)}")
      }
    }
    #expect(try read(#"{"id":"7","name":"x"}"#).attributes["name"] == ["x"])
  }
}
