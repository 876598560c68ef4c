import Directory
import JSON
import Testing

@testable import SCIMConnector

@Suite("A PATCH")
struct PatchBuilderTests {
  private let proxy = extensionURN + ":proxyAddresses"

  private func builder(
    _ current: JSONObject? = nil, _ type: SCIMResourceType = userType
  ) -> PatchBuilder {
    PatchBuilder(writer: ResourceWriter(server: sampleServer, type: type), current: current)
  }

  /// The operations of the only body.
  private func operations(
    _ changes: [AttributeChange], _ type: SCIMResourceType = userType, current: JSONObject? = nil
  ) throws -> [JSONValue] {
    let bodies = try builder(current, type).bodies(changes)
    #expect(bodies.count <= 1)
    #expect(bodies.allSatisfy { $0["schemas"] == [.string(PatchBuilder.urn)] })
    return bodies.first?["Operations"]?.array ?? []
  }

  @Test("replaces plain values and removes absent ones")
  func plain() throws {
    #expect(
      try operations([
        AttributeChange("displayName", .replace(["Ann"])),
        AttributeChange("name.givenName", .replace([])),
        AttributeChange("active", .replace([false])),
        AttributeChange(AttributeName(enterprise + ":department"), .replace(["IT"])),
      ]) == [
        ["op": "replace", "path": "displayName", "value": "Ann"],
        ["op": "remove", "path": "name.givenName"],
        ["op": "replace", "path": "active", "value": false],
        ["op": "replace", "path": .string(enterprise + ":department"), "value": "IT"],
      ])
  }

  @Test("replaces a manager by its id, and removes it")
  func manager() throws {
    let name = AttributeName(enterprise + ":manager")
    #expect(
      try operations([AttributeChange(name, .replace([.reference("9")]))]) == [
        ["op": "replace", "path": .string(enterprise + ":manager"), "value": ["value": "9"]]
      ])
    #expect(
      try operations([AttributeChange(name, .replace([]))]) == [
        ["op": "remove", "path": .string(enterprise + ":manager")]
      ])
  }

  @Test("takes an update of a single value for what it becomes")
  func updateOfOne() throws {
    let change = AttributeChange("displayName", .update(added: ["b"], removed: ["a"]))
    #expect(
      try operations([change]) == [["op": "replace", "path": "displayName", "value": "b"]])
    let gone = AttributeChange("displayName", .update(added: [], removed: ["a"]))
    #expect(try operations([gone]) == [["op": "remove", "path": "displayName"]])
  }

  @Test("adds members in a list and removes each by its path")
  func members() throws {
    let change = AttributeChange(
      "members", .update(added: [.reference("1"), .reference("2")], removed: [.reference("3")]))
    #expect(
      try operations([change], groupType) == [
        ["op": "remove", "path": "members[value eq \"3\"]"],
        ["op": "add", "path": "members", "value": [["value": "1"], ["value": "2"]]],
      ])
    #expect(try !builder(nil, groupType).needsCurrent([change]))
  }

  @Test("replaces all members, also by none")
  func allMembers() throws {
    #expect(
      try operations([AttributeChange("members", .replace([.reference("1")]))], groupType) == [
        ["op": "replace", "path": "members", "value": [["value": "1"]]]
      ])
    #expect(
      try operations([AttributeChange("members", .replace([]))], groupType) == [
        ["op": "remove", "path": "members"]
      ])
  }

  @Test("spreads many members over requests of which only the first replaces")
  func manyMembers() throws {
    let ids = (0..<12_000).map { AttributeValue.reference(String($0)) }
    let bodies = try builder(nil, groupType).bodies([AttributeChange("members", .replace(ids))])
    #expect(bodies.count == 3)
    let operations = bodies.flatMap { $0["Operations"]?.array ?? [] }
    #expect(operations.map { $0["op"]?.string } == ["replace", "add", "add"])
    #expect(operations.reduce(0) { $0 + ($1["value"]?.array?.count ?? 0) } == 12_000)
    let removed = try builder(nil, groupType).bodies([
      AttributeChange("members", .update(added: [], removed: ids))
    ])
    #expect(removed.count == 3)
  }

  @Test("sets a selected value so that it is made where there is none")
  func selected() throws {
    let name = AttributeName("emails[type eq \"work\"].value")
    #expect(
      try operations([AttributeChange(name, .replace(["a@x"]))]) == [
        ["op": "add", "path": "emails[type eq \"work\"].value", "value": "a@x"]
      ])
    #expect(
      try operations([AttributeChange(name, .replace([]))]) == [
        ["op": "remove", "path": "emails[type eq \"work\"]"]
      ])
    // Of an address other parts may stay.
    let city = AttributeName("addresses[type eq \"work\"].locality")
    #expect(
      try operations([AttributeChange(city, .replace([]))]) == [
        ["op": "remove", "path": "addresses[type eq \"work\"].locality"]
      ])
  }

  @Test("goes by what is there when the resource is known")
  func exact() throws {
    let name = AttributeName("emails[type eq \"work\"].value")
    let set = AttributeChange(name, .replace(["a@x"]))
    let with = try #require(JSONValue(text: #"{"emails":[{"type":"work","value":"b"}]}"#).object)
    let without = try #require(JSONValue(text: #"{"emails":[{"type":"home","value":"b"}]}"#).object)
    #expect(
      try operations([set], current: with) == [
        ["op": "replace", "path": "emails[type eq \"work\"].value", "value": "a@x"]
      ])
    #expect(
      try operations([set], current: without) == [
        ["op": "add", "path": "emails", "value": [["type": "work", "value": "a@x"]]]
      ])
    #expect(try operations([AttributeChange(name, .replace([]))], current: without).isEmpty)
    let group = try #require(JSONValue(text: #"{"members":[{"value":"1"}]}"#).object)
    let change = AttributeChange(
      "members", .update(added: [], removed: [.reference("1"), .reference("2")]))
    #expect(
      try operations([change], groupType, current: group) == [
        ["op": "remove", "path": "members[value eq \"1\"]"]
      ])
  }

  @Test("makes one value of all parts of one that is not there yet")
  func oneValue() throws {
    let changes = [
      AttributeChange(#"addresses[type eq "work"].locality"#, .replace(["Ulm"])),
      AttributeChange(#"addresses[type eq "home"].locality"#, .replace(["Bonn"])),
      AttributeChange(#"addresses[type eq "work"].country"#, .replace(["DE"])),
    ]
    #expect(
      try operations(changes, current: JSONObject()) == [
        [
          "op": "add", "path": "addresses",
          "value": [["type": "work", "locality": "Ulm", "country": "DE"]],
        ],
        ["op": "add", "path": "addresses", "value": [["type": "home", "locality": "Bonn"]]],
      ])
  }

  @Test("adds to a plain list, and replaces it where values go")
  func plainList() throws {
    let name = AttributeName(proxy)
    let add = AttributeChange(name, .update(added: ["smtp:c"], removed: []))
    #expect(try !builder().needsCurrent([add]))
    #expect(
      try operations([add]) == [["op": "add", "path": .string(proxy), "value": ["smtp:c"]]])
    let change = AttributeChange(name, .update(added: ["smtp:c"], removed: ["smtp:a"]))
    #expect(try builder().needsCurrent([change]))
    let current = try #require(
      JSONValue(text: #"{"urn:example:2.0:User":{"proxyAddresses":["smtp:a","smtp:b","smtp:c"]}}"#)
        .object)
    #expect(
      try operations([change], current: current) == [
        ["op": "replace", "path": .string(proxy), "value": ["smtp:b", "smtp:c"]]
      ])
    let all = AttributeChange(name, .update(added: [], removed: ["smtp:a", "smtp:b", "smtp:c"]))
    #expect(
      try operations([all], current: current) == [["op": "remove", "path": .string(proxy)]])
  }

  @Test("replaces values without a type and leaves those with one")
  func loose() throws {
    let change = AttributeChange("emails.value", .replace(["n@x"]))
    #expect(try builder().needsCurrent([change]))
    let current = try #require(
      JSONValue(text: #"{"emails":[{"type":"work","value":"w"},{"value":"old"}]}"#).object)
    #expect(
      try operations([change], current: current) == [
        [
          "op": "replace", "path": "emails",
          "value": [["type": "work", "value": "w"], ["value": "n@x"]],
        ]
      ])
  }

  @Test("quotes what a path holds")
  func quoting() throws {
    let change = AttributeChange("members", .update(added: [], removed: [.reference("a\"]b")]))
    #expect(
      try operations([change], groupType).first?["path"] == #"members[value eq "a\"]b"]"#)
  }

  @Test("is not sent with what can't be sent")
  func refusals() {
    func type(_ name: AttributeName, _ value: AttributeValue) -> SyncErrorType? {
      refusal { () throws(ObjectFailure) in
        try builder().bodies([AttributeChange(name, .replace([value]))])
      }?.type
    }
    #expect(type("active", "perhaps") == .invalidAttributeValue)
    #expect(type("groups", .reference("1")) == .readOnlyAttribute)
    #expect(type("nothing", "x") == .schemaViolation)
    let two = refusal { () throws(ObjectFailure) in
      try builder().bodies([AttributeChange("userName", .replace(["a", "b"]))])
    }
    #expect(two?.type == .invalidAttributeValue)
  }
}
