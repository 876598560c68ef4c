import Directory
import JSON
import Testing

@testable import SCIMConnector

@Suite("A new resource")
struct ResourceWriterTests {
  private func resource(
    _ attributes: AttributeSet, _ type: SCIMResourceType = userType,
    _ server: SCIMServer = sampleServer
  ) throws(ObjectFailure) -> JSONValue {
    .object(try ResourceWriter(server: server, type: type).resource(attributes))
  }

  @Test("What a name means is found once for each type, and a name that means nothing each time")
  func memory() throws {
    let memory = TargetMemory()
    var asked = 0
    let writer = ResourceWriter(server: sampleServer, type: userType)
    func ask(_ name: String, of type: String) throws(ObjectFailure) -> ResourceWriter.Target {
      try memory.target(name, of: type) { () throws(ObjectFailure) in
        asked += 1
        return try writer.target(AttributeName(name))
      }
    }
    for _ in 0..<3 { #expect(try ask("userName", of: "User").path.text == "userName") }
    #expect(asked == 1)
    _ = try ask("userName", of: "Other")
    #expect(asked == 2)
    for _ in 0..<2 { #expect(throws: ObjectFailure.self) { try ask("id", of: "User") } }
    #expect(asked == 4)
  }

  @Test("is built of its paths")
  func whole() throws {
    let json = try resource([
      "userName": ["ann"], "externalId": [.binary([1, 2, 3])], "name.givenName": ["Ann"],
      "name.familyName": ["Lee"], "active": [true], "emails[type eq \"work\"].value": ["a@x"],
      "emails[type eq \"work\"].primary": [true], "emails[type eq \"home\"].value": ["b@x"],
      AttributeName(enterprise + ":department"): ["IT"],
      AttributeName(enterprise + ":manager"): [.reference("9")],
      AttributeName(extensionURN + ":proxyAddresses"): ["SMTP:a@x", "smtp:b@x"],
    ])
    #expect(
      json["schemas"] == [.string(SCIMSchema.userURN), .string(extensionURN), .string(enterprise)])
    #expect(json["userName"] == "ann")
    #expect(json["externalId"] == "AQID")
    #expect(json["name"] == ["givenName": "Ann", "familyName": "Lee"])
    #expect(json["active"] == true)
    #expect(
      json["emails"] == [
        ["type": "work", "value": "a@x", "primary": true], ["type": "home", "value": "b@x"],
      ])
    #expect(json[enterprise] == ["department": "IT", "manager": ["value": "9"]])
    #expect(json[extensionURN] == ["proxyAddresses": ["SMTP:a@x", "smtp:b@x"]])
  }

  @Test("has members as a list, even of one")
  func members() throws {
    let json = try resource(["displayName": ["g"], "members": [.reference("1")]], groupType)
    #expect(json["members"] == [["value": "1"]])
    #expect(json["schemas"] == [.string(SCIMSchema.groupURN)])
  }

  @Test("names a list of one as a list")
  func singleElement() throws {
    let json = try resource([AttributeName(extensionURN + ":proxyAddresses"): ["SMTP:a@x"]])
    #expect(json[extensionURN]?["proxyAddresses"] == ["SMTP:a@x"])
  }

  @Test(
    "has values of the types that the schema wants",
    arguments: [
      ("active", "True", true), ("active", 1, true), ("active", 0, false),
      ("userName", 5, "5"), ("userName", true, "true"), ("userName", .binary([0xFF]), "/w=="),
      (extensionURN + ":count", "12", 12), (extensionURN + ":count", -3, -3),
      (extensionURN + ":ratio", "1.5", .number(1.5)), (extensionURN + ":ratio", 2, 2),
      (extensionURN + ":photo", .binary([1, 2]), "AQI="), (extensionURN + ":photo", "AQI=", "AQI="),
      (extensionURN + ":when", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
      (enterprise + ":manager", .string("9"), ["value": "9"]),
      (enterprise + ":manager.value", .reference("9"), ["value": "9"]),
    ] as [(String, AttributeValue, JSONValue)])
  func conversions(name: String, value: AttributeValue, json: JSONValue) throws {
    let target = try ResourceWriter(server: sampleServer, type: userType)
      .target(AttributeName(name))
    #expect(try target.json(value) == json)
  }

  @Test(
    "is not sent with a value that does not fit",
    arguments: [
      ("active", "perhaps"), ("active", 2), ("active", .binary([1])), ("active", .reference("1")),
      (extensionURN + ":count", "twelve"), (extensionURN + ":count", true),
      (extensionURN + ":ratio", "x"), (extensionURN + ":ratio", "inf"),
      (extensionURN + ":photo", "not base64!"), (extensionURN + ":photo", 1),
      (extensionURN + ":when", "yesterday"), (extensionURN + ":when", 5),
      (enterprise + ":manager", 5), (enterprise + ":manager", .reference("")),
      ("name", "Ann Lee"),
    ] as [(String, AttributeValue)])
  func unfit(name: String, value: AttributeValue) {
    let failure = refusal { () throws(ObjectFailure) in try resource([AttributeName(name): [value]])
    }
    #expect(failure?.type == .invalidAttributeValue)
    #expect(failure?.attribute?.lowercased() == name.lowercased())
    #expect(failure?.value == value.wireText)
    #expect(failure?.code == "not sent")
  }

  @Test("is not sent with two values where one is taken")
  func tooMany() {
    let failure = refusal { () throws(ObjectFailure) in try resource(["userName": ["a", "b"]]) }
    #expect(failure?.type == .invalidAttributeValue)
    #expect(failure?.value == "b")
  }

  @Test("is not sent with what the schema does not know or refuses")
  func unknown() {
    func type(_ name: AttributeName, _ server: SCIMServer = sampleServer) -> SyncErrorType? {
      refusal { () throws(ObjectFailure) in try resource([name: ["x"]], userType, server) }?.type
    }
    #expect(type("nothing") == .schemaViolation)
    #expect(type("name.nothing") == .schemaViolation)
    #expect(type("a path that is none") == .schemaViolation)
    #expect(type("id") == .readOnlyAttribute)
    #expect(type("meta.lastModified") == .readOnlyAttribute)
    #expect(type(AttributeName(extensionURN + ":stamp")) == .readOnlyAttribute)
    #expect(type("groups") == .readOnlyAttribute)
    #expect(type("name.nothing", silentServer) == .schemaViolation)
  }

  @Test("has what a silent server may know, by its own type")
  func withoutSchemas() throws {
    let json = try resource(
      [
        AttributeName(extensionURN + ":a"): ["x"], AttributeName(extensionURN + ":b"): ["x", "y"],
        AttributeName(extensionURN + ":c"): [true], AttributeName(extensionURN + ":d"): [7],
        AttributeName(extensionURN + ":e"): [.binary([1])], "userName": ["ann"],
      ], userType, silentServer)
    #expect(
      json[extensionURN] == ["a": "x", "b": ["x", "y"], "c": true, "d": 7, "e": "AQ=="])
  }

  @Test("is read back as what was sent")
  func roundTrip() throws {
    let attributes: AttributeSet = [
      "userName": ["ann"], "name.givenName": ["Ann"], "active": [false],
      "emails[type eq \"work\"].value": ["a@x"], "phoneNumbers[type eq \"mobile\"].value": ["1"],
      AttributeName(enterprise + ":manager"): [.reference("9")],
      AttributeName(extensionURN + ":proxyAddresses"): ["SMTP:a@x", "smtp:b@x"],
      AttributeName(extensionURN + ":count"): [5],
    ]
    var object = try ResourceWriter(server: sampleServer, type: userType).resource(attributes)
    object["id"] = "7"
    let entry = try ResourceReader(server: sampleServer, type: userType)
      .entry(.object(object), location: "x")
    var expected = attributes
    expected["id"] = ["7"]
    #expect(entry.attributes == expected)
  }
}
