import Directory
import Foundation
import SyncStore
import Testing

@testable import SyncEngine

@Suite("Objects of a target that the rules want nothing of any more, and that stay")
struct LetGoTests {
  /// Rules by which users are in the target already, and are only written to; or not even that.
  private static func rules(writesUsers: Bool) -> String {
    let user = "target = \"user\"\nlink = \"provision\""
    guard !writesUsers else {
      return World.rules.replacingOccurrences(of: user, with: "target = \"user\"\nlink = \"join\"")
    }
    return World.rules.replacingOccurrences(
      of: user, with: "target = \"user\"\ndisabled = true\nlink = \"join\"")
  }

  private func world(writesUsers: Bool) async throws -> World {
    let world = try World(rules: Self.rules(writesUsers: writesUsers))
    for name in ["ann", "bob"] {
      world.source.put(try world.user(name))
      world.target.put(
        DirectoryEntry(
          anchor: Anchor("t-" + name), dn: try DistinguishedName("CN=\(name),O=target"),
          objectType: "user", attributes: ["externalId": [.string("g-" + name)]]))
    }
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
    return world
  }

  @Test(
    "Who is let go is no member of our groups any more, and comes back as one",
    arguments: [true, false], [true, false])
  func leavesGroups(writesUsers: Bool, isDeleted: Bool) async throws {
    let world = try await world(writesUsers: writesUsers)
    if isDeleted {
      world.source.remove("g-bob")
    } else {
      world.source.change("g-bob") { $0["hidden"] = ["yes"] }
    }
    try await world.cycle()
    #expect(world.outcome["g-bob"] != nil)
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann"])
    #expect(try await world.cycle().isQuiet)
    if isDeleted {
      world.source.put(try world.user("bob"))
      world.source.put(try world.group("staff", members: ["ann", "bob"]))
    } else {
      world.source.change("g-bob") { $0["hidden"] = [] }
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test(
    "Its history says that it was let go, and that of the group who goes", arguments: [true, false])
  func history(writesUsers: Bool) async throws {
    let world = try await world(writesUsers: writesUsers)
    world.source.remove("g-bob")
    let cycle = try await world.cycle()
    let reader = try world.reader
    func history(_ text: String, counter: String) throws -> [ObjectHistoryRow] {
      let rows = try reader.objects(
        connector: "target", scope: .all, text: text, after: nil, limit: 10)
      return try reader.history(of: rows.map(\.id), limit: 100).filter { row in
        row.counter == counter && cycle.steps.contains { $0.id == row.stepID }
      }
    }
    let kept = try history("bob", counter: "disconnected-kept")
    #expect(kept.map(\.reason) == ["its metaverse object was deleted"])
    #expect(kept.allSatisfy { $0.metaverseID != nil && $0.space == "target" })
    let left = try history("staff", counter: "connector-flow")
    #expect(left.flatMap(\.changes).map(\.name) == ["members"])
    #expect(left.flatMap(\.changes).allSatisfy { $0.before.count == 1 && $0.after.isEmpty })
    try expectStatisticsAddUp(reader)
  }

  @Test("What is taken from a person with whom one of several objects leaves stands in its history")
  func oneOfSeveral() async throws {
    let world = try TwoSources()
    world.personnel.put(try world.employee("5", title: "Clerk"))
    world.directory.put(try world.account("5", phone: "20"))
    try await world.cycle()
    world.directory.remove("d-5")
    let cycle = try await world.cycle()
    let reader = try world.reader
    let step = try #require(
      cycle.steps.first { $0.connector == "directory" && $0.type == .deltaSynchronization })
    let changes = try reader.changes(
      step: step.id, group: .inbound, counter: "connector-delete-leave-mv", after: nil, limit: 9)
    let past = try reader.history(of: changes.map(\.objectID), limit: 9)
      .filter { $0.counter == "connector-delete-leave-mv" }
    #expect(
      past.flatMap(\.changes) == [AttributeDelta(name: "phone", before: ["20"], after: [])])
  }

  @Test("An object of another source that loses its person has that in its history")
  func otherSource() async throws {
    let world = try TwoSources()
    world.personnel.put(try world.employee("4", title: "Clerk"))
    world.directory.put(try world.account("4", phone: "19"))
    try await world.cycle()
    world.personnel.remove("p-4")
    try await world.cycle()
    let reader = try world.reader
    let row = try #require(
      try reader.objects(connector: "directory", scope: .all, text: "4", after: nil, limit: 9).first
    )
    let told = try reader.history(of: [row.id], limit: 9).filter {
      $0.counter == "disconnected-kept"
    }
    #expect(told.map(\.reason) == ["its metaverse object was deleted"])
    #expect(told.map(\.space) == ["directory"])
    try expectStatisticsAddUp(reader)
  }
}
