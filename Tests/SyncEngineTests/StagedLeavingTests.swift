import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Who is staged as out of every rule's scope counts until that is synchronized")
struct StagedLeavingTests {
  private static let rules = TwoSources.rules.replacing(
    "precedence = 100\n",
    with: """
      precedence = 100
      scope = [ { clauses = [ { attribute = "title", operator = "NOTEQUAL", value = "hidden" } ] } ]

      """)

  /// One in which the directory keeps people alive, too, or not.
  private func world(directoryLink link: String = "join") async throws -> TwoSources {
    let world = try TwoSources(directoryLink: link, rules: Self.rules)
    world.personnel.put(try world.employee("1", title: "Boss"))
    world.directory.put(try world.account("1", phone: "+49 1"))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("1")?.text("title") == "Boss")
    return world
  }

  @Test("Another source's synchronization takes nothing that it gave, and nothing empty is sent")
  func keepsValues() async throws {
    let world = try await world(directoryLink: "provision")
    world.personnel.change("p-1") { $0["title"] = ["hidden"] }
    world.directory.change("d-1") { $0["phone"] = ["+49 2"] }
    let engine = try world.engine()
    for (connector, step) in [
      ("personnel", StepType.deltaImport), ("directory", .deltaImport),
      ("directory", .deltaSynchronization), ("target", .export),
    ] {
      _ = try await engine.runProfile(connector: connector, step)
    }
    let there = try #require(world.outcome("1"))
    #expect(there.text("externalId") == "1")
    #expect(there.text("title") == "Boss")
    #expect(there.text("phone") == "+49 2")
  }

  @Test("Then it leaves, and what was made of it goes")
  func leaves() async throws {
    let world = try await world()
    world.personnel.change("p-1") { $0["title"] = ["hidden"] }
    world.directory.change("d-1") { $0["phone"] = ["+49 2"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome("1") == nil)
    #expect(world.outcome("keeper") != nil)
  }
}
