import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

/// Several groups may have one name (RFC 7643 §4.2): what is sent twice is there twice.
@Suite("A new group whose creation was not answered")
struct UnansweredGroupTests {
  private func addGroup(_ id: Int64, _ name: String, isRetry: Bool = false) throws
    -> ExportOperation
  {
    try operation(
      id, .add(["displayName": [.string(name)], "externalId": [.string("ext-" + name)]]), "group",
      isRetry: isRetry)
  }

  private func posts(_ server: ScriptedServer) -> Int {
    server.requests.count { $0.method == "POST" && $0.path == "/Groups" }
  }

  private func groups(_ directory: FakeDirectory) -> Int {
    directory.resources("/Groups").count
  }

  @Test("is not sent again in the same call", arguments: [0, 202, 500, 504])
  func once(status: Int) async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      guard request.method == "POST" else { return nil }
      return status == 0 ? .close : .answer(status)
    }
    defer { server.close() }
    #expect(try await connector(server).export([addGroup(1, "g")])[0].isUnknown)
    #expect(posts(server) == 1)
  }

  @Test("is made by the next try when it is not there")
  func next() async throws {
    let directory = FakeDirectory()
    directory.add("/Groups", [("displayName", "other"), ("externalId", "ext-other")])
    let server = try directory.serve()
    defer { server.close() }
    let connector = connector(server)
    let outcome = try await connector.export([addGroup(1, "g", isRetry: true)])[0]
    #expect(outcome.isDone && groups(directory) == 2, "\(outcome)")
    let again = try await connector.export([addGroup(1, "g", isRetry: true)])[0]
    #expect(again.anchor == outcome.anchor && groups(directory) == 2)
  }

  @Test("is not sent by itself after a Bulk request to which no answer came")
  func bulk() async throws {
    var options = FakeDirectory.Options()
    options.hasBulk = true
    let directory = FakeDirectory(options)
    let server = try directory.serve { request, _ in request.path == "/Bulk" ? .close : nil }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      addGroup(1, "g"), addGroup(2, "h"), addUser(3, "ann"),
    ])
    #expect(outcomes[0].isUnknown && outcomes[1].isUnknown && outcomes[2].isDone, "\(outcomes)")
    #expect(posts(server) == 0)
  }

  @Test("is not made again where one of its name is there, and no externalId is kept")
  func unanchored() async throws {
    var options = FakeDirectory.Options()
    options.keepsGroupAnchors = false
    let directory = FakeDirectory(options)
    let server = try directory.serve { request, carryOut in
      guard request.method == "POST" else { return nil }
      _ = carryOut()
      return .close
    }
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.export([addGroup(1, "g")])[0].isUnknown)
    let id = directory.resources("/Groups").first?["id"]?.string
    for _ in 0..<2 {
      let failure = try await connector.export([addGroup(1, "g", isRetry: true)])[0].failure
      #expect(failure?.type == .invalidSoftMatch && failure?.conflictingAnchor?.text == id)
      #expect(failure?.message.contains("Give it the externalId ext-g there") == true)
    }
    #expect(groups(directory) == 1)
  }

  @Test("is looked for in the whole list where a filter finds nothing at all", arguments: [0, 3])
  func blindFilter(others: Int) async throws {
    let directory = FakeDirectory()
    for number in 0..<others {
      directory.add("/Groups", [("displayName", .string("other \(number)"))])
    }
    directory.add("/Groups", id: "same", [("displayName", "G")])
    let server = try directory.serve { request, _ in
      guard request.query["filter"] != nil else { return nil }
      return directory.reply(
        200,
        ["schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0])
    }
    defer { server.close() }
    let outcome = try await connector(server).export([addGroup(1, "g", isRetry: true)])[0]
    #expect(outcome.failure?.conflictingAnchor?.text == "same", "\(outcome)")
    #expect(posts(server) == 0)
  }

  @Test("is found by its name where no filter finds it by its externalId")
  func byName() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Groups", [("displayName", "g"), ("externalId", "ext-g")])
    let server = try directory.serve { request, _ in
      guard request.query["filter"]?.hasPrefix("externalId") == true else { return nil }
      return directory.reply(
        200,
        ["schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0])
    }
    defer { server.close() }
    let outcome = try await connector(server).export([addGroup(1, "g", isRetry: true)])[0]
    #expect(outcome.anchor == id, "\(outcome)")
  }

  @Test("is made where one of its name is there for somebody else")
  func stranger() async throws {
    let directory = FakeDirectory()
    directory.add("/Groups", [("displayName", "g"), ("externalId", "another")])
    let server = try directory.serve()
    defer { server.close() }
    #expect(try await connector(server).export([addGroup(1, "g", isRetry: true)])[0].isDone)
    #expect(groups(directory) == 2)
  }

  @Test("is told with the group of its name that a 500 may be about")
  func unclear() async throws {
    let directory = FakeDirectory()
    directory.add("/Groups", id: "same", [("displayName", "g"), ("externalId", "another")])
    let server = try directory.serve { request, _ in
      request.method == "POST" ? directory.reply(500, ["detail": "oops"]) : nil
    }
    defer { server.close() }
    guard case .unknown(let reason) = try await connector(server).export([addGroup(1, "g")])[0]
    else {
      Issue.record("it is not unknown")
      return
    }
    #expect(reason.contains("oops") && reason.hasSuffix("with the id same"))
  }

  @Test("is left alone where the target says that it makes it later, as a user is")
  func accepted() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.method == "POST" ? .answer(202) : nil
    }
    defer { server.close() }
    guard case .unknown(let reason) = try await connector(server).export([addUser(1, "ann")])[0]
    else {
      Issue.record("it is not unknown")
      return
    }
    #expect(reason.contains("makes it later"))
    #expect(server.requests.count { $0.method == "POST" } == 1)
  }
}
