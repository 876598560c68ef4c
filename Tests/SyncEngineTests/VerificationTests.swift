import Directory
import Foundation
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("A verification tells where a target differs from what the rules want, and changes nothing")
struct VerificationTests {
  /// What a verification found: the counts, and a line an attribute that differs.
  private struct Found {
    var step: OperationRow
    var counts: [String: Int]
    var lines: [String]
  }

  private func verify(
    _ world: World, _ basis: VerificationBasis = .stored
  ) async throws -> Found {
    let run = try await world.engine().verify("Target", basis)
    let reader = try world.reader
    let step = try #require(
      try reader.operations(OperationFilter(), before: nil, limit: 1).first { $0.runID == run })
    let counters = try reader.counters(step: step.id).filter { $0.group == .drift }
    var lines: [String] = []
    for counter in counters where counter.hasDetail {
      let rows = try reader.changes(
        step: step.id, group: .drift, counter: counter.name, after: nil, limit: 99)
      for row in rows {
        let deltas = try reader.deltas(change: row.id).map { delta in
          "\(delta.name) \(delta.before.map(\.text)) \(delta.after.map(\.text))"
        }
        lines.append(
          "\(counter.name) \(row.display): \(row.reason): " + deltas.joined(separator: ", "))
      }
    }
    return Found(
      step: step,
      counts: Dictionary(uniqueKeysWithValues: counters.map { ($0.name, $0.count) }),
      lines: lines)
  }

  /// A world whose target holds what its source wants.
  private func settled(_ names: String...) async throws -> World {
    let world = try World()
    for name in names { world.source.put(try world.user(name, ["title": ["Clerk"]])) }
    world.source.put(try world.group("team", members: names))
    try await world.cycle()
    #expect(try await world.cycle().isQuiet)
    return world
  }

  private func id(_ world: World, _ anchor: String) throws -> String {
    try #require(world.target.all.first { $0.attributes.text("externalId") == anchor }).anchor.text
  }

  @Test("Where nothing differs it says so, and is kept as a rehearsed run")
  func nothing() async throws {
    let world = try await settled("ann", "bob")
    let found = try await verify(world)
    #expect(found.counts == ["drift-none": 3])
    #expect(found.step.isRehearsal && found.step.type == .fullImport)
    #expect(found.step.result == "success" && found.step.connector == "target")
  }

  @Test("A value that somebody changed at the target is told with both values")
  func changed() async throws {
    let world = try await settled("ann", "bob")
    world.target.change(try id(world, "g-ann")) { $0["title"] = ["Boss"] }
    world.target.change(try id(world, "g-bob")) { $0["title"] = [] }
    let found = try await verify(world)
    #expect(
      found.counts == ["drift-none": 1, "drift-different": 2, "drift-attributes": 2])
    #expect(
      found.lines == [
        #"drift-different ann: changed at the target: title ["Boss"] ["Clerk"]"#,
        #"drift-different bob: changed at the target: title [] ["Clerk"]"#,
      ])
  }

  @Test("Members that came and went at the target are told by name")
  func members() async throws {
    let world = try await settled("ann", "bob", "eve")
    let ann = try id(world, "g-ann")
    world.source.put(try world.user("dan"))
    world.source.put(try world.group("team", members: ["bob", "eve"]))
    try await world.cycle()
    let dan = try id(world, "g-dan")
    let bob = try id(world, "g-bob")
    world.target.change(try id(world, "g-team")) { attributes in
      attributes["members"] =
        attributes["members"].filter { $0 != .reference(bob) } + [.reference(dan), .reference(ann)]
    }
    let found = try await verify(world)
    #expect(found.counts["drift-different"] == 1)
    #expect(
      found.lines == [
        #"drift-different team: changed at the target: members ["ann", "dan"] ["bob"]"#
      ])
  }

  @Test("What is missing is told with what it should say")
  func missing() async throws {
    let world = try await settled("ann", "bob")
    world.target.remove(try id(world, "g-ann"))
    let found = try await verify(world)
    #expect(found.counts["drift-missing"] == 1 && found.counts["drift-none"] == 1)
    // The group lost its member with the user.
    #expect(found.counts["drift-different"] == 1)
    #expect(found.lines.contains { $0.hasPrefix("drift-missing ann: changed at the target: ") })
    #expect(found.lines.contains { $0.contains(#"title [] ["Clerk"]"#) })
  }

  @Test("A target that lost all it held is believed: nothing comes of it")
  func empty() async throws {
    let world = try await settled("ann", "bob")
    for entry in world.target.all { world.target.remove(entry.anchor.text) }
    let found = try await verify(world)
    #expect(found.counts["drift-missing"] == 3 && found.counts["drift-none"] == nil)
    #expect(found.step.result == "success")
    #expect(try world.reader.status().heldImports.isEmpty)
  }

  @Test("What rules never wanted is counted, and is no drift")
  func unmanaged() async throws {
    let world = try await settled("ann")
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("own"), dn: try DistinguishedName("CN=own"), objectType: "user",
        attributes: ["userName": ["own@contoso.test"]]))
    let found = try await verify(world)
    #expect(found.counts == ["drift-none": 2, "drift-unmanaged": 1])
  }

  @Test("What waits for its export is told as that, and what the target refused with its error")
  func causes() async throws {
    let world = try await settled("ann", "bob", "eve")
    world.target.state.withLock { $0.refuseValue = "Pirate" }
    world.source.change("g-ann") { $0["title"] = ["Pirate"] }
    try await world.cycle()
    world.isStaging = true
    world.source.change("g-bob") { $0["title"] = ["Boss"] }
    world.source.remove("g-eve")
    try await world.cycle()
    let found = try await verify(world)
    let lines = found.lines.filter { !$0.contains("team") }
      .map { $0.replacing(/\(g[0-9]+\)/, with: "(its group)") }
    #expect(
      lines.sorted() == [
        "drift-different ann: the target refused it: IdentityDataValidationFailed: "
          + #"title ["Clerk"] ["Pirate"]"#,
        #"drift-different bob: its export waits: title ["Clerk"] ["Boss"]"#,
        "drift-unwanted eve: its export waits, and may be held (its group): ",
      ])
  }

  @Test("What changed in the sources since counts only when they are asked")
  func sources() async throws {
    let world = try await settled("ann", "bob")
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    world.source.put(try world.user("eve"))
    #expect(try await verify(world).counts == ["drift-none": 3])
    let found = try await verify(world, .sources)
    #expect(found.counts["drift-different"] == 1 && found.counts["drift-missing"] == 1)
    #expect(
      found.lines.contains(
        "drift-different ann: its source changed since it was synchronized: "
          + #"title ["Clerk"] ["Boss"]"#), "\(found.lines)")
    #expect(found.lines.contains { $0.hasPrefix("drift-missing eve: not synchronized yet") })
  }

  @Test("It stages nothing, sends nothing, moves no watermark and leaves no copy behind")
  func leavesNothing() async throws {
    let world = try await settled("ann", "bob")
    let sent = world.target.operations
    world.target.change(try id(world, "g-ann")) { $0["title"] = ["Boss"] }
    let store = try SyncStore.open(file: world.storeFile)
    let before = try store.look { try $0.connectorState(2)?.watermark }
    #expect(try await verify(world).counts["drift-different"] == 1)
    #expect(try store.look { try $0.connectorState(2)?.watermark } == before)
    #expect(world.target.operations == sent)
    #expect(try world.reader.connectors().allSatisfy { $0.pendingImports == 0 })
    let names = try FileManager.default.contentsOfDirectory(atPath: world.folder.path)
    #expect(!names.contains { $0.contains("rehearsal") })
    // The next cycle finds and mends it.
    try await world.cycle()
    #expect(try await verify(world).counts == ["drift-none": 3])
  }

  @Test("Objects that can't be read make the verification one with errors, and none is missing")
  func unreadable() async throws {
    let world = try await settled("ann", "bob")
    let hidden = try id(world, "g-ann")
    world.target.state.withLock { state in
      state.order.removeAll { $0.text == hidden }
      state.errors = [
        DiscoveryError(.parseError, dn: "", location: "page 2", message: "broken", hint: "mend")
      ]
    }
    let found = try await verify(world)
    #expect(found.step.result == "completed-discovery-errors")
    #expect(found.counts == ["drift-none": 3])
  }

  @Test("A source, or a connector that does not exist, is refused with what to do")
  func refused() async throws {
    let world = try await settled("ann")
    for name in ["source", "nowhere"] {
      await #expect(throws: EngineError.self) {
        _ = try await world.engine().verify(name, .stored)
      }
    }
    let reader = try world.reader
    let id = try reader.file(.verify(connector: "source", .stored), requestedBy: "ann")
    try await world.obeyAll()
    let status = try #require(try reader.command(id: id))
    #expect(status.state == .refused && status.outcome.contains("is a source"))
  }

  @Test("A command for it is answered with its run")
  func command() async throws {
    let world = try await settled("ann")
    let reader = try world.reader
    let id = try reader.file(.verify(connector: "target", .sources), requestedBy: "ann")
    try await world.obeyAll()
    let status = try #require(try reader.command(id: id))
    #expect(status.state == .finished)
    let run = try #require(status.runID)
    let step = try #require(
      try reader.operations(OperationFilter(), before: nil, limit: 9).first { $0.runID == run })
    #expect(step.isRehearsal && step.connector == "target")
  }
}
