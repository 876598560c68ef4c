import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Who shows an earlier password than the one that was sent is sent it again")
struct PasswordSetBackTests {
  private static let time: AttributeName = "urn:x:User:lastPasswordSyncTime"

  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  /// Has the target say when it took a user's password; nil for never.
  private func show(_ time: String?, of name: String) throws {
    world.world.target.change(try world.targetAnchor(name)) {
      $0[Self.time] = time.map { [.string($0)] } ?? []
    }
  }

  /// Users who took their passwords, as the target has shown by now.
  private func started(_ names: [String]) async throws {
    for name in names { try world.addUser(name) }
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: names.count, failed: 0))
    for name in names { try show("2023-11-14T22:13:20Z", of: name) }
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    world.wait(600)
  }

  private func count(_ name: String) throws -> Int? {
    let anchor = try world.targetAnchor(name)
    return world.target.state.withLock { $0.count[anchor] }
  }

  private func user(_ name: String) throws -> UserRow? {
    try world.world.reader.users(
      order: .displayName, descending: false, text: name, state: nil, after: nil, limit: 9
    ).first
  }

  @Test(
    "An import that shows an earlier time, or none any more, has the password sent again, once",
    arguments: ["2023-11-13T00:00:00Z", nil])
  func setBack(time: String?) async throws {
    try await started(["ann", "bob"])
    try show(time, of: "ann")
    try await world.cycle()
    let owed = try world.row("ann")
    #expect(!owed.isCurrent && owed.due != nil && owed.reason.contains("earlier password"))
    #expect(try world.row("bob").isCurrent)
    #expect(try user("ann")?.lastPasswordSync == time.flatMap { Timestamp($0) })
    #expect(try user("ann")?.hasOlderPassword == true)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try count("ann") == 2 && count("bob") == 1)
    #expect(try world.row("ann").isCurrent)
    try show("2023-11-14T22:30:00Z", of: "ann")
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  @Test("A later time, and any other change, is no reason to send anything")
  func later() async throws {
    try await started(["ann"])
    try show("2023-11-15T00:00:00Z", of: "ann")
    world.world.target.change(try world.targetAnchor("ann")) { $0["other"] = [.string("x")] }
    try await world.cycle()
    #expect(try world.row("ann").isCurrent && world.row("ann").due == nil)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
  }

  @Test("Who is kept back is sent nothing, and is not said to have what was sent once")
  func keptBack() async throws {
    try await started(["ann"])
    world.source.touch("ann") { $0.mustChangePassword = true }
    _ = try await world.turn()
    #expect(try world.status("ann") == .filteredByTarget)
    let reason = try world.row("ann").reason
    try show(nil, of: "ann")
    try await world.cycle()
    let row = try world.row("ann")
    #expect(row.reason == reason && row.due == nil && row.held == .older)
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    // The way is open again, and the target has nothing of what was sent.
    world.source.touch("ann") { $0.mustChangePassword = false }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try count("ann") == 2)
  }

  @Test("A source that shows such a time is no target")
  func ofSource() async throws {
    try await started(["ann"])
    for time in ["2023-11-14T22:13:20Z", "2023-11-13T00:00:00Z"] {
      world.world.source.change("g-ann") { $0[Self.time] = [.string(time)] }
      try await world.cycle()
    }
    #expect(try world.row("ann").isCurrent)
  }
}
