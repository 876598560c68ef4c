import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("A Bulk export")
struct BulkExportTests {
  private func directory(
    _ change: (inout FakeDirectory.Options) -> Void = { _ in }
  ) -> FakeDirectory {
    var options = FakeDirectory.Options()
    options.hasBulk = true
    change(&options)
    return FakeDirectory(options)
  }

  private func users(_ count: Int) throws -> [ExportOperation] {
    try (0..<count).map { try addUser(Int64($0), "user\($0)") }
  }

  private func operations(_ request: ReceivedRequest) throws -> [JSONValue] {
    try JSONValue(parsing: request.body)["Operations"]?.array ?? []
  }

  @Test("obeys the number of operations that the server takes")
  func maxOperations() async throws {
    let directory = directory { $0.maxOperations = 7 }
    let server = try directory.serve()
    defer { server.close() }
    let outcomes = try await connector(server).export(users(50))
    #expect(outcomes.allSatisfy { $0.isDone })
    #expect(Set(outcomes.compactMap(\.anchor)).count == 50)
    let sizes = try server.requests.filter { $0.path == "/Bulk" }.map { try operations($0).count }
    #expect(sizes.max() == 7 && sizes.reduce(0, +) == 50)
  }

  @Test("obeys the size that the server takes")
  func maxPayloadSize() async throws {
    let directory = directory { $0.maxPayloadSize = 2000 }
    let server = try directory.serve()
    defer { server.close() }
    let outcomes = try await connector(server).export(users(50))
    #expect(outcomes.allSatisfy { $0.isDone })
    let sizes = server.requests.filter { $0.path == "/Bulk" }.map(\.body.count)
    #expect(sizes.count > 1 && sizes.allSatisfy { $0 <= 2000 })
  }

  @Test("is not used when it is switched off or there is but one request")
  func unused() async throws {
    let server = try directory().serve()
    defer { server.close() }
    _ = try await connector(server) { $0.useBulk = false }.export(users(3))
    _ = try await connector(server).export(users(1))
    #expect(!server.requests.contains { $0.path == "/Bulk" })
  }

  @Test("gives each operation its own answer, in whatever order they come")
  func answers() async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      guard request.path == "/Bulk" else { return nil }
      return directory.reply(
        200,
        [
          "Operations": [
            [
              "bulkId": "op2", "method": "POST", "status": "409",
              "response": ["scimType": "uniqueness", "detail": "user2 is taken"],
            ],
            ["bulkId": "op1", "method": "POST", "status": 201, "location": "/Users/b"],
            [
              "bulkId": "op0", "method": "POST", "status": ["code": "201"],
              "location": "http://x/Users/a",
            ],
          ]
        ])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export(users(3))
    #expect(outcomes[0].anchor == "a")
    #expect(outcomes[1].anchor == "b")
    #expect(outcomes[2].failure?.type == .attributeValueMustBeUnique)
    #expect(outcomes[2].failure?.message == "user2 is taken")
  }

  @Test("knows changes by their location where the answer has no bulkId")
  func withoutBulkID() async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      guard request.path == "/Bulk" else { return nil }
      return directory.reply(
        200,
        [
          "Operations": [
            ["method": "DELETE", "location": "http://x/Users/d", "status": "204"],
            [
              "method": "PATCH", "location": "http://x/Users/p", "status": "400",
              "response": ["scimType": "invalidValue", "detail": "no"],
            ],
          ]
        ])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .modify([AttributeChange("displayName", .replace(["x"]))]), anchor: "p"),
      operation(2, .delete, anchor: "d"),
    ])
    #expect(outcomes[0].failure?.type == .identityDataValidationFailed)
    #expect(outcomes[1].isDone)
  }

  @Test("tells objects of two types with one id apart where the answer has no bulkId")
  func sameID() async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      guard request.path == "/Bulk" else { return nil }
      return directory.reply(
        200,
        [
          "Operations": [
            ["method": "DELETE", "location": "http://x/v2/Users/a%201", "status": "204"],
            [
              "method": "DELETE", "location": "http://x/v2/Groups/a%201", "status": "403",
              "response": ["detail": "not this group"],
            ],
          ]
        ])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .delete, anchor: "a 1"), operation(2, .delete, "group", anchor: "a 1"),
    ])
    #expect(outcomes[0].isDone, "\(outcomes)")
    #expect(outcomes[1].failure?.message == "not this group", "\(outcomes)")
  }

  @Test("names the other object of a conflict, and sends nothing for it a second time")
  func conflict() async throws {
    let directory = directory()
    let other = directory.add("/Users", [("userName", "user0"), ("externalId", "another")])
    let server = try directory.serve { request, _ in
      guard request.path == "/Bulk" else { return nil }
      let answers: [JSONValue] = (0..<2).map { number in
        [
          "bulkId": .string("op\(number)"), "method": "POST", "status": "409",
          "response": ["scimType": "uniqueness", "detail": "userName is taken"],
        ]
      }
      return directory.reply(200, ["Operations": .array(answers)])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export(users(2))
    #expect(outcomes[0].failure?.conflictingAnchor?.text == other)
    #expect(outcomes[0].failure?.value == "user0")
    #expect(outcomes[1].failure?.conflictingAnchor == nil)
    #expect(outcomes[1].failure?.message == "userName is taken")
    #expect(!server.requests.contains { $0.method == "POST" && $0.path == "/Users" })
  }

  @Test("sends one by one what a server refuses in Bulk", arguments: [400, 404, 413, 501])
  func refused(status: Int) async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      request.path == "/Bulk" ? directory.reply(status, ["detail": "no Bulk today"]) : nil
    }
    defer { server.close() }
    let outcomes = try await connector(server).export(users(5))
    #expect(outcomes.allSatisfy { $0.isDone })
    #expect(directory.resources("/Users").count == 5)
  }

  @Test("finds out what became of operations that have no answer")
  func missingAnswers() async throws {
    let directory = directory()
    let server = try directory.serve { request, carryOut in
      guard request.path == "/Bulk" else { return nil }
      _ = carryOut()
      return directory.reply(200, ["Operations": []])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export(users(4))
    #expect(outcomes.allSatisfy { $0.anchor != nil })
    #expect(directory.resources("/Users").count == 4)
    #expect(!server.requests.contains { $0.method == "POST" && $0.path == "/Users" })
  }

  @Test("tries alone what was throttled or missed its target in Bulk")
  func alone() async throws {
    let directory = directory()
    let id = directory.add("/Users", [("userName", "x")])
    let server = try directory.serve { request, _ in
      guard request.path == "/Bulk" else { return nil }
      return directory.reply(
        200,
        [
          "Operations": [
            ["bulkId": "op0", "method": "POST", "status": "429"],
            [
              "bulkId": "op1", "method": "PATCH", "status": "400",
              "response": ["scimType": "noTarget", "detail": "nothing"],
            ],
          ]
        ])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      addUser(1, "ann"),
      operation(2, .modify([AttributeChange("displayName", .replace(["y"]))]), anchor: id),
    ])
    #expect(outcomes.allSatisfy { $0.isDone })
    #expect(server.requests.filter { $0.path == "/Users" && $0.method == "POST" }.count == 1)
    #expect(server.requests.filter { $0.method == "PATCH" }.count == 1)
  }

  @Test("reads the id from the end of a location")
  func lastPart() {
    #expect(BulkAnswer.lastPart("https://x/v2/Users/2819c223") == "2819c223")
    #expect(BulkAnswer.lastPart("/Users/a%20b") == "a b")
    #expect(BulkAnswer.lastPart("/Users/a%2") == "a%2")
    #expect(BulkAnswer.lastPart("Users") == nil)
    #expect(BulkAnswer.lastPart("") == nil)
  }
}
