import Directory
import JSON
import Testing

@testable import SCIMConnector

@Suite("A server's schemas")
struct SchemaTests {
  @Test("give each attribute its type, plurality and mutability")
  func attributes() throws {
    let json = try JSONValue(
      text:
        #"""
        {"id":"urn:x","attributes":[
          {"name":"a","type":"string","multiValued":true,"caseExact":true,"required":true},
          {"name":"b","type":"DateTime","mutability":"ReadOnly"},
          {"name":"w","type":"string","mutability":"writeonly"},
          {"name":"c","type":"complex","subAttributes":[
            {"name":"value","type":"string"},
            {"name":"$ref","type":"reference","referenceTypes":["User"]}]},
          {"name":"d","type":"complex","multiValued":true,"subAttributes":[
            {"name":"value","type":"reference","referenceTypes":["external"]},
            {"name":"type","type":"string","canonicalValues":["x","y"]}]},
          {"type":"string"}, 5]}
        """#)
    let schema = try #require(SCIMSchema(json: json))
    #expect(schema.attributes.map(\.name) == ["a", "b", "w", "c", "d"])
    #expect(schema.attribute("A")?.isMultiValued == true)
    #expect(schema.attribute("a")?.isCaseExact == true)
    #expect(schema.attribute("a")?.isRequired == true)
    #expect(schema.attribute("b")?.kind == .dateTime)
    #expect(schema.attribute("b")?.mutability == .readOnly)
    #expect(schema.attribute("w")?.mutability == .writeOnly)
    #expect(schema.attribute("c")?.isResourceReference == true)
    #expect(schema.attribute("d")?.isResourceReference == false)
    #expect(schema.attribute("d")?.subAttribute("TYPE")?.canonicalValues == ["x", "y"])
    #expect(schema.attribute("e") == nil)
  }

  @Test("say what can't be taken away: what a server demands of each type, and no member")
  func required() throws {
    let json = try JSONValue(
      text:
        #"""
        {"id":"urn:ietf:params:scim:schemas:core:2.0:User","attributes":[
          {"name":"userName","type":"string","required":true},
          {"name":"displayName","type":"string"},
          {"name":"title","type":"string","required":true},
          {"name":"stamp","type":"string","required":true,"mutability":"readOnly"},
          {"name":"roles","type":"string","multiValued":true,"required":true},
          {"name":"name","type":"complex","subAttributes":[
            {"name":"familyName","type":"string","required":true},
            {"name":"givenName","type":"string"}]},
          {"name":"emails","type":"complex","multiValued":true,"required":true,"subAttributes":[
            {"name":"value","type":"string","required":true},
            {"name":"type","type":"string","canonicalValues":["work"]}]}]}
        """#)
    var server = sampleServer
    var group = SCIMSchema.group
    group.attributes[1].isRequired = true
    group.attributes.append(SCIMAttribute("title"))
    for schema in [try #require(SCIMSchema(json: json)), group] {
      server.schemas[schema.id.lowercased()] = schema
    }
    let schema = server.directorySchema
    let kept = schema.attributes.filter(\.value.keepsValue).keys
    // A user may be without displayName, a group without title.
    #expect(Set(kept) == ["userName", "roles", "name.familyName"])
  }

  @Test("are refused without an id")
  func noID() throws {
    #expect(SCIMSchema(json: ["attributes": []]) == nil)
    #expect(SCIMSchema(json: 5) == nil)
  }

  @Test("become the definitions that rules see")
  func directorySchema() {
    let schema = sampleServer.directorySchema
    #expect(schema.objectTypes == ["user", "group"])
    #expect(schema["userName"] == .init(.string, keepsValue: true, equality: .caseless))
    #expect(schema["name.givenName"] == .init(.string, equality: .caseless))
    #expect(schema["active"] == .init(.boolean))
    #expect(schema["emails[type eq \"work\"].value"] == .init(.string, equality: .caseless))
    #expect(schema["emails.value"].equality == .caseless)
    #expect(schema["members"] == .init(.reference, isMultiValued: true))
    #expect(schema["groups"] == .init(.reference, isMultiValued: true, isReadOnly: true))
    #expect(schema[AttributeName(enterprise + ":manager")] == .init(.reference))
    #expect(schema["id"] == .init(.string, isReadOnly: true))
    #expect(schema["externalId"] == .init(.string))
    #expect(
      schema["meta.lastModified"] == .init(.string, isReadOnly: true, equality: .moment))
    let list = schema[AttributeName(extensionURN + ":proxyAddresses")]
    #expect(list == .init(.string, isMultiValued: true))
    #expect(schema[AttributeName(extensionURN + ":stamp")].isReadOnly)
    #expect(schema[AttributeName(extensionURN + ":when")] == .init(.string, equality: .moment))
    #expect(schema[AttributeName(extensionURN + ":count")].kind == .integer)
    #expect(schema[AttributeName(extensionURN + ":photo")].kind == .binary)
  }

  @Test(
    "come with resource types whose names are object types",
    arguments: [("User", "user"), ("CostCenter", "costCenter"), ("contact", "contact")])
  func objectTypes(name: String, objectType: String) {
    #expect(SCIMResourceType(name: name, endpoint: "/x", schema: "s").objectType == objectType)
  }

  @Test("take an endpoint only if it is a path below the base URL")
  func endpoints() throws {
    func type(_ endpoint: String) -> SCIMResourceType? {
      SCIMResourceType(
        json: ["name": "User", "endpoint": .string(endpoint), "schema": "s"],
        base: "https://scim.example.com")
    }
    #expect(type("/Users")?.endpoint == "/Users")
    #expect(type("Users")?.endpoint == "/Users")
    for bad in ["", "/", "//evil", "http://evil/Users", "/Users?x", "/../x", "/Us ers", "/a@b"] {
      #expect(type(bad) == nil, "\(bad)")
    }
  }

  @Test(
    "take an endpoint that is given from the root, or as a whole URL, as one below the base URL",
    arguments: [
      ("https://h.example/scim/v2", "/scim/v2/Users"), ("https://h.example/scim/v2", "/Users"),
      ("https://h.example/scim/v2", "scim/v2/Users"),
      ("https://h.example/scim/v2.0", "/scim/v2.0/Users"),
      ("https://h.example/app/scim/v2", "/scim/v2/Users"),
      ("https://h.example/scim", "https://H.example:443/scim/Users"),
      ("https://h.example/scim", "http://h.example/scim/Users"),
      ("https://h.example", "https://h.example/Users"), ("https://h.example", "/Users"),
    ])
  func rootedEndpoints(base: String, endpoint: String) {
    let json: JSONValue = ["name": "User", "endpoint": .string(endpoint), "schema": "s"]
    #expect(SCIMResourceType(json: json, base: base)?.endpoint == "/Users")
  }

  @Test("do not take an endpoint of another host, and keep one that only begins alike")
  func otherEndpoints() {
    func endpoint(_ text: String) -> String? {
      SCIMResourceType(
        json: ["name": "User", "endpoint": .string(text), "schema": "s"],
        base: "https://h.example/scim")?.endpoint
    }
    #expect(endpoint("https://evil.example/scim/Users") == nil)
    #expect(endpoint("https://h.example@evil.example/scim/Users") == nil)
    #expect(endpoint("/scimUsers") == "/scimUsers")
  }

  @Test(
    "know members and managers for references, whatever parts a server publishes of them",
    arguments: [
      // https://github.com/AzureAD/SCIMReferenceCode, of members and of managers.
      #"[{"name":"value","type":"string"},{"name":"type","type":"string"}]"#,
      #"[{"name":"value","type":"string"}]"#, "[]",
      #"[{"name":"value"},{"name":"$ref","type":"reference","referenceTypes":["uri"]}]"#,
    ])
  func unlinkedReferences(parts: String) throws {
    func attribute(_ name: String, of urn: String) throws -> SCIMAttribute {
      let json: JSONValue = [
        "id": .string(urn),
        "attributes": [
          [
            "name": .string(name), "type": "complex", "multiValued": true,
            "subAttributes": try JSONValue(text: parts),
          ]
        ],
      ]
      return try #require(SCIMSchema(json: json)?.attributes.first)
    }
    #expect(try attribute("members", of: SCIMSchema.groupURN).isResourceReference)
    #expect(try attribute("manager", of: enterprise.uppercased()).isResourceReference)
    #expect(try attribute("groups", of: SCIMSchema.userURN).isResourceReference)
    // Elsewhere a value is but a value.
    #expect(try !attribute("emails", of: SCIMSchema.userURN).isResourceReference)
  }

  @Test("stand beside the features that are declared")
  func features() throws {
    let features = SCIMServer.Features(
      json: try JSONValue(
        text:
          #"""
          {"patch":{"supported":true},"bulk":{"supported":true,"maxOperations":50,
           "maxPayloadSize":1000},"filter":{"supported":true,"maxResults":200},
           "etag":{"supported":true},"pagination":{"cursor":true,"maxPageSize":150},
           "meta":{"location":"https://x/ServiceProviderConfig"}}
          """#))
    #expect(features.canPatch && features.hasBulk && features.canFilter && features.hasETags)
    #expect(features.maxOperations == 50)
    #expect(features.maxPayloadSize == 1000)
    #expect(features.maxResults == 150)
    #expect(features.hasCursors)
    #expect(features.location == "https://x/ServiceProviderConfig")
  }

  @Test("are declared also by flags that are written as text")
  func flagsAsText() throws {
    let features = SCIMServer.Features(
      json: [
        "patch": ["supported": "true"], "filter": ["supported": "True"],
        "bulk": ["supported": "false"], "pagination": ["cursor": "true"],
      ])
    #expect(features.canPatch && features.canFilter && !features.hasBulk && features.hasCursors)
    let attribute = SCIMAttribute(
      json: ["name": "x", "multiValued": "true", "required": "TRUE", "caseExact": "true"])
    #expect(attribute?.isMultiValued == true && attribute?.isRequired == true)
    #expect(attribute?.isCaseExact == true)
  }

  @Test("are not believed when they make no sense")
  func nonsense() throws {
    let features = SCIMServer.Features(
      json: try JSONValue(
        text:
          #"{"bulk":{"supported":"yes","maxOperations":-1,"maxPayloadSize":0},"filter":7}"#))
    #expect(!features.hasBulk && !features.canFilter && !features.canPatch)
    #expect(features.maxOperations > 0 && features.maxPayloadSize > 0)
    #expect(features.maxResults == nil)
  }
}
