import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("What waits to be sent of long lists of values, where a part of them is read")
struct PendingReferenceTests {
  @Test("Of members those are shown that come and go, by their names, and all are counted")
  func members() async throws {
    let world = try World()
    let names = (0..<30).map { "u\($0)" }
    for name in names { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: Array(names.dropLast())))
    try await world.cycle()
    world.limits["target"] = GuardLimits(exporting: [.updates: GuardLimit(count: 0)])
    world.source.put(try world.group("staff", members: Array(names.dropFirst())))
    try await world.cycle()
    let staff = try world.reader.find("staff").first { $0.connector == "target" }
    for limit in [5, 100] {
      let detail = try world.reader.object(id: try #require(staff).id, valueLimit: limit)
      let member = try #require(detail?.attributes.first { $0.pendingExport != nil })
      #expect(member.valueCount == 29 && member.values.count == min(29, limit))
      let (now, wanted) = (Set(member.values), Set(member.pendingExport ?? []))
      #expect(now.subtracting(wanted).map { member.pendingNames[$0.text] } == ["u0"])
      #expect(wanted.subtracting(now).map { member.pendingNames[$0.text] } == ["u29"])
      #expect(member.pendingCounts == PendingCounts(added: 1, removed: 1))
      #expect(member.targetNames.count == member.values.count && member.targetNames[0] == "u0")
    }
  }

  @Test("Who is taken out, renamed and put back before any of that is synchronized, stays in")
  func putBackRenamed() async throws {
    let world = try World()
    for name in ["ann", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: ["ann", "cay"]))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-cay"])
    func take(_ change: () throws -> Void) async throws {
      try change()
      _ = try await world.engine().runProfile(connector: "source", .deltaImport)
    }
    let others = try world.dn("ann", ou: "Staff").text
    // The new name comes before the old one, and so does what is looked at by it.
    let moved = try world.dn("cay", ou: "A")
    try await take { world.source.change("g-team") { $0["member"] = [.reference(others)] } }
    try await take { world.source.rename("g-cay", to: moved) }
    try await take {
      world.source.change("g-team") {
        $0["member"] = [.reference(others), .reference(moved.text)]
      }
    }
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-cay"])
    #expect(try await world.cycle().isQuiet)
  }
}
