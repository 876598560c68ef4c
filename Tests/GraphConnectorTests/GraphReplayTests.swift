import Directory
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import GraphConnector

@Suite("Graph may tell of one object several times, on whichever pages of a round")
struct GraphReplayTests {
  private typealias Reply = ScriptedGraph.Reply

  private static let gone: JSONValue = ["id": "n", "@removed": ["reason": "deleted"]]

  /// A tenant whose users have changed in this way since the watermark, page by page.
  private func changed(
    _ pages: [[JSONValue]], of type: String = "users",
    _ more: @escaping @Sendable (ScriptedGraph.Call) -> Reply
  ) throws -> ScriptedGraph {
    let root = Mutex("")
    let server = try GraphImportTests.paged([[]]) { call in
      guard call.path == "/\(type)/delta" else {
        let end = call.path.split(separator: "/").last
        if end == "memberOf" || end == "directReports" { return .list([]) }
        return call.path.hasSuffix("/delta") ? nil : more(call)
      }
      let number = call.query == "end" ? 0 : Int(call.query.dropFirst(4)) ?? -1
      guard call.query == "end" || call.query.hasPrefix("page") else { return nil }
      let link = root.withLock { $0 } + "/v1.0/\(type)/delta?"
      return Reply(
        200,
        number + 1 < pages.count
          ? [
            "value": .array(pages[number]),
            "@odata.nextLink": .string(link + "page\(number + 1)"),
          ] : ["value": .array(pages[number]), "@odata.deltaLink": .string(link + "end2")])
    }
    root.withLock { $0 = server.server.url }
    return server
  }

  /// What a delta tells, and its errors.
  private func told(
    _ server: ScriptedGraph
  ) async throws -> (changes: [ImportedChange], errors: [DiscoveryError]) {
    let (_, watermark) = try await GraphImportTests.all(server.connector())
    let (changes, errors, next) = try await GraphImportTests.told(server.connector(), watermark)
    #expect(next != nil)
    return (changes, errors)
  }

  private func anchors(_ changes: [ImportedChange]) -> [String] {
    changes.compactMap { if case .entry(let entry) = $0 { entry.anchor.text } else { nil } }
  }

  @Test("What one page tells as changed and a later one as removed is gone, and waits for nobody")
  func removedLater() async throws {
    let server = try changed([[["id": "n"], ["id": "m"]], [["id": "o"]], [Self.gone]]) { call in
      call.path == "/users/n"
        ? GraphImportTests.notFound
        : Reply(200, ["id": .string(String(call.path.last ?? "?")), "userPrincipalName": "x@x"])
    }
    defer { server.close() }
    let (changes, errors) = try await told(server)
    #expect(errors == [] && anchors(changes) == ["m", "o"])
    #expect(changes.last == .delete(ObjectAddress(anchor: Anchor("n"))) && changes.count == 3)
    #expect(server.count("GET /users/n") == 1)
  }

  @Test("What one page tells as removed and a later one as changed is gone if nobody finds it")
  func removedBefore() async throws {
    let server = try changed([[Self.gone], [["id": "n"]]]) { _ in GraphImportTests.notFound }
    defer { server.close() }
    let (changes, errors) = try await told(server)
    #expect(changes == [.delete(ObjectAddress(anchor: Anchor("n")))] && errors == [])
    #expect(server.count("GET /users/n") > 1, "Who comes back may be found late")
  }

  @Test("What is not found at first is read when all is told, with all that was told of it")
  func foundLater() async throws {
    let pages: [[JSONValue]] = [
      [["id": "g", "members@delta": [["id": "a"], ["id": "b"]]]],
      [["id": "g", "members@delta": [["id": "b", "@removed": ["reason": "deleted"]]]]], [],
    ]
    let server = try changed(pages, of: "groups") { call in
      if call.path == "/groups/g/members" { return .list([]) }
      return call.number < 3
        ? GraphImportTests.notFound : Reply(200, ["id": "g", "displayName": "G"])
    }
    defer { server.close() }
    let (changes, errors) = try await told(server)
    guard case .entry(let entry)? = changes.first else {
      Issue.record("\(changes) \(errors)")
      return
    }
    #expect(changes.count == 1 && errors == [])
    #expect(entry.attributes["member"] == [.reference("a")])
  }

  @Test("One that is never found holds up none of the others")
  func neverFound() async throws {
    let server = try changed([[["id": "n"]], [["id": "m"]]]) { call in
      call.path == "/users/n"
        ? GraphImportTests.notFound : Reply(200, ["id": "m", "userPrincipalName": "x@x"])
    }
    defer { server.close() }
    let (changes, errors) = try await told(server)
    #expect(anchors(changes) == ["m"] && errors.map(\.anchor) == [Anchor("n")])
    #expect(errors.map(\.type) == [.needFullObject])
  }

  private let ann: JSONValue = ["id": "a", "userPrincipalName": "a@x", "jobTitle": "Clerk"]

  private func fullImport(
    _ pages: [[JSONValue]]
  ) async throws -> (changes: [ImportedChange], reads: Int) {
    let server = try GraphImportTests.paged(pages) { call in
      call.line == "GET /users/a"
        ? Reply(200, ["id": "a", "userPrincipalName": "a@x", "jobTitle": "Boss"]) : nil
    }
    defer { server.close() }
    let (changes, errors, _) = try await GraphImportTests.told(server.connector())
    #expect(errors == [])
    return (changes, server.count("GET /users/a"))
  }

  @Test("A user whom a full import is told once more with the manager is not read again")
  func withManager() async throws {
    // Members of an object have no order.
    let again: JSONValue = [
      "jobTitle": "Clerk", "userPrincipalName": "a@x", "id": "a",
      "manager@delta": [["@odata.type": "#microsoft.graph.user", "id": "b"]],
    ]
    for pages in [[[ann], [again]], [[ann, again]]] as [[[JSONValue]]] {
      let (changes, reads) = try await fullImport(pages)
      #expect(reads == 0 && changes.count == 2)
      let manager = AttributeChange("manager", .replace([.reference("b")]))
      #expect(changes.last == .modify(ObjectAddress(anchor: Anchor("a")), [manager]))
    }
    let (same, reads) = try await fullImport([[ann], [ann, ann]])
    #expect(reads == 0 && same.count == 1)
  }

  @Test("One who is told otherwise, or with less, is read again, and so is one who changes back")
  func different() async throws {
    let boss: JSONValue = ["id": "a", "userPrincipalName": "a@x", "jobTitle": "Boss"]
    let less: JSONValue = ["id": "a", "userPrincipalName": "a@x"]
    let name: JSONValue = ["id": "a", "userPrincipalName": "Clerk", "jobTitle": "a@x"]
    for other in [boss, less, name] {
      #expect(try await fullImport([[ann], [other]]).reads == 1)
      #expect(try await fullImport([[ann], [other], [ann]]).reads == 2)
    }
    let relation: JSONValue = ["id": "a", "manager@delta": [["id": "b"]]]
    #expect(try await fullImport([[ann], [relation], [ann]]).reads == 0)
  }
}
