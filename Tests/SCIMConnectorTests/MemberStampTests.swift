import Directory
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import SCIMConnector

@Suite("Whether a group's time of change moves with its members")
struct MemberStampTests {
  private static let before = "2026-11-22T10:00:00.000Z"

  /// A server with a group that ann is in, until a change puts bob in her place.
  private final class Staff: Sendable {
    let directory = FakeDirectory()
    let members = Mutex(["ann"])
    let after: String
    let showsChange: Bool

    init(after: String, showsChange: Bool = true) {
      self.after = after
      self.showsChange = showsChange
      directory.add("/Users", id: "ann", [("userName", "ann")])
      directory.add("/Groups", id: "staff", [("displayName", "staff")])
    }

    func serve() throws -> ScriptedServer {
      try directory.serve { request, _ in
        guard request.path == "/Groups/staff" else { return nil }
        if request.method == "PATCH" {
          if self.showsChange { self.members.withLock { $0 = ["bob"] } }
          return self.directory.reply(204, nil)
        }
        let members = self.members.withLock { $0 }
        let stamp = members == ["ann"] ? MemberStampTests.before : self.after
        return self.directory.reply(
          200,
          [
            "schemas": [.string(SCIMSchema.groupURN)], "id": "staff",
            "members": .array(members.map { ["value": .string($0)] }),
            "meta": ["lastModified": .string(stamp)],
          ])
      }
    }
  }

  private func change(added: [String] = ["bob"], removed: [String] = ["ann"]) throws
    -> ExportOperation
  {
    try operation(
      1,
      .modify([
        AttributeChange(
          "members",
          .update(
            added: added.map { .reference($0) }, removed: removed.map { .reference($0) }))
      ]), "group", anchor: "staff")
  }

  private func looks(_ server: ScriptedServer) -> Int {
    server.requests.count { $0.method == "GET" && $0.path == "/Groups/staff" }
  }

  @Test("is found by a change of them; where it stands, imports are full ones from then on")
  func standing() async throws {
    let server = try Staff(after: Self.before).serve()
    defer { server.close() }
    let connector = connector(server)
    _ = try await readAll(connector)
    #expect(connector.capabilities.deltaImport)
    #expect(try await connector.export([change()])[0].isDone)
    #expect(!connector.capabilities.deltaImport)
    // A full import does not make it another server, and it is not asked again.
    _ = try await readAll(connector)
    #expect(!connector.capabilities.deltaImport)
    #expect(try await connector.export([change()])[0].isDone)
    #expect(looks(server) == 2)
    #expect(try await connector.describe().summary.contains("every import a full one"))
  }

  @Test("is found once where it moves")
  func moving() async throws {
    let server = try Staff(after: "2026-11-22T20:00:00.000Z").serve()
    defer { server.close() }
    let connector = connector(server)
    _ = try await readAll(connector)
    for _ in 0..<2 { #expect(try await connector.export([change()])[0].isDone) }
    #expect(connector.capabilities.deltaImport)
    #expect(looks(server) == 2)
  }

  @Test("is not known of a server that does not show the change, or of a change of nothing")
  func unknown() async throws {
    let late = try Staff(after: Self.before, showsChange: false).serve()
    let same = try Staff(after: Self.before).serve()
    defer {
      late.close()
      same.close()
    }
    for (server, operation) in [
      (late, try change()), (same, try change(added: ["ann"], removed: ["bob"])),
    ] {
      let connector = connector(server)
      _ = try await readAll(connector)
      #expect(try await connector.export([operation])[0].isDone)
      #expect(connector.capabilities.deltaImport)
    }
  }

  @Test("is not looked for in a change of something else beside them")
  func besides() async throws {
    let server = try Staff(after: Self.before).serve()
    defer { server.close() }
    let connector = connector(server)
    _ = try await readAll(connector)
    var both = try change()
    if case .modify(let changes) = both.kind {
      both.kind = .modify(changes + [AttributeChange("displayName", .replace(["Staff"]))])
    }
    #expect(try await connector.export([both])[0].isDone)
    #expect(looks(server) == 0 && connector.capabilities.deltaImport)
  }

  @Test("is found however many groups were changed just before")
  func justChanged() async throws {
    // The time of the server's clock, and then one long past.
    let staff = Staff(after: "2026-11-22T19:59:59.000Z")
    let isOld = Mutex(false)
    let server = try staff.directory.serve { request, _ in
      guard request.path == "/Groups/staff" else { return nil }
      guard request.method == "GET" else {
        if isOld.withLock({ $0 }) { staff.members.withLock { $0 = ["bob"] } }
        return staff.directory.reply(204, nil)
      }
      let members: [JSONValue] = staff.members.withLock { $0 }.map { ["value": .string($0)] }
      let stamp = isOld.withLock { $0 } ? Self.before : staff.after
      return staff.directory.reply(
        200,
        ["id": "staff", "members": .array(members), "meta": ["lastModified": .string(stamp)]])
    }
    defer { server.close() }
    let connector = connector(server)
    _ = try await readAll(connector)
    for _ in 0..<6 { #expect(try await connector.export([change()])[0].isDone) }
    isOld.withLock { $0 = true }
    #expect(try await connector.export([change()])[0].isDone)
    #expect(!connector.capabilities.deltaImport)
  }

  @Test("is not asked where nobody asks for changes")
  func unasked() async throws {
    let server = try Staff(after: Self.before).serve()
    defer { server.close() }
    #expect(try await connector(server).export([change()])[0].isDone)
    #expect(looks(server) == 0)
  }
}
