import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Whoever may list a container no more has not deleted what is in it")
struct ContainerGuardTests {
  /// Thirty people in one container, and some in another that is imported itself or not.
  private func world(sales: Int, isImported: Bool) async throws -> World {
    let world = try World.of(users: 30)
    if isImported { world.source.put(try world.container("sales", named: "Sales")) }
    for number in 0..<sales { world.source.put(try world.user("s\(number)", ou: "Sales")) }
    try world.stopSchedule()
    try await world.cycle()
    try #require(world.outcome.count == 30 + sales)
    return world
  }

  private func lose(_ numbers: Range<Int>, _ world: World) {
    for number in numbers { world.source.remove("g-s\(number)") }
  }

  private func message(_ cycle: CycleSummary, _ world: World) throws -> String {
    try world.reader.stepMessage(step: cycle.steps[0].id).message
  }

  @Test("Ten people of a container that is still shown are held, and come back as they were")
  func held() async throws {
    let world = try await world(sales: 10, isImported: true)
    let people = world.source.all.filter { $0.dn.text.contains("OU=Sales") }
    lose(0..<10, world)
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == "stopped-deletion-limit")
    #expect(
      try message(cycle, world).contains(
        "none of the 10 objects any more that were right below OU=Sales,DC=contoso,DC=test"))
    #expect(world.outcome.count == 40)
    for entry in people { world.source.put(entry) }
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(try world.reader.heldImports().isEmpty && world.outcome.count == 40)
  }

  @Test("A person's word lets them go")
  func released() async throws {
    let world = try await world(sales: 12, isImported: true)
    lose(0..<12, world)
    try await world.cycle(.initial)
    let status = try await world.release(.importOf("source"))
    #expect(status.state == .finished)
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(world.outcome.count == 30)
  }

  @Test("Nine of a container, or all but one, are taken for deleted", arguments: [9, 14])
  func few(count: Int) async throws {
    let world = try await world(sales: count == 9 ? 9 : 15, isImported: true)
    lose(0..<count, world)
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(world.outcome.count == (count == 9 ? 30 : 31))
  }

  @Test("Who goes with their container, or moves out of it, is not held")
  func away() async throws {
    let world = try await world(sales: 15, isImported: true)
    for number in 0..<15 { world.source.put(try world.user("s\(number)", ou: "Staff")) }
    #expect(try await world.cycle(.initial).steps[0].result == "success")
    #expect(world.outcome.count == 45)
    let other = try await self.world(sales: 15, isImported: true)
    lose(0..<15, other)
    other.source.remove("g-sales")
    #expect(try await other.cycle(.initial).steps[0].result == "success")
    #expect(other.outcome.count == 30)
  }

  @Test("Of a container that is not imported twenty are needed", arguments: [19, 20])
  func unknown(count: Int) async throws {
    let world = try await world(sales: count, isImported: false)
    lose(0..<count, world)
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps[0].result == (count < 20 ? "success" : "stopped-deletion-limit"))
    #expect(world.outcome.count == (count < 20 ? 30 : 50))
  }
}
