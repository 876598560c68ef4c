import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

/// There are servers that keep no types of addresses and numbers.
@Suite("A value whose type a server does not keep")
struct UntypedValueTests {
  private static let workMail: AttributeName = #"emails[type eq "work"].value"#

  private func send(
    _ mails: [JSONValue], isRepeated: Bool, title: String? = nil
  ) async throws -> [JSONValue] {
    let directory = FakeDirectory()
    directory.add("/Users", id: "u", [("userName", "ann"), ("emails", .array(mails))])
    let server = try directory.serve()
    defer { server.close() }
    var changes = [AttributeChange(Self.workMail, .replace(["ann@example.com"]))]
    if let title { changes.append(AttributeChange("title", .replace([.string(title)]))) }
    var operation = try operation(1, .modify(changes), anchor: "u")
    operation.isRepeated = isRepeated
    let outcome = try await connector(server).export([operation])[0]
    #expect(outcome.isDone, "\(outcome)")
    return try server.requests.filter { $0.method == "PATCH" }.flatMap {
      try JSONValue(parsing: $0.body)["Operations"]?.array ?? []
    }
  }

  @Test("is not added once more when it was taken before and is there without the type")
  func copy() async throws {
    #expect(try await send([["value": "ann@example.com"]], isRepeated: true).isEmpty)
    #expect(
      try await send([["value": "ann@example.com", "type": ""]], isRepeated: true).isEmpty)
  }

  @Test("goes with what changes besides, and not by itself")
  func besides() async throws {
    let sent = try await send([["value": "ann@example.com"]], isRepeated: true, title: "Boss")
    #expect(sent == [["op": "replace", "path": "title", "value": "Boss"]])
  }

  @Test("is added where another is there, or it has another type")
  func other() async throws {
    let item: JSONValue = ["type": "work", "value": "ann@example.com"]
    for mails: [JSONValue] in [
      [["value": "bob@example.com"]], [["value": "ann@example.com", "type": "home"]], [],
    ] {
      #expect(
        try await send(mails, isRepeated: true)
          == [["op": "add", "path": "emails", "value": [item]]])
    }
  }

  @Test("is sent as ever the first time, without a look")
  func first() async throws {
    let sent = try await send([["value": "ann@example.com"]], isRepeated: false)
    #expect(sent.map { $0["path"] } == [.string(Self.workMail.text)])
  }
}
