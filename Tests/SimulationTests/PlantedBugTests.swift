import Simulation
import Testing

@Suite("A bug that is planted is found, and its history shrunk")
struct PlantedBugTests {
  /// Somebody is hired, gets a title and a manager, joins a group, and leaves.
  private static let history = History(
    seed: 0, setup: History.Setup(),
    events: [
      .hire(person: 1, name: 1, container: 0), .hire(person: 2, name: 2, container: 1),
      .hire(person: 3, name: 3, container: 1), .makeGroup(group: 0, name: 5, container: 0),
      .edit(person: 1, .title, value: 7), .sync(Sync(action: .delta, faults: [])),
      .member(group: 0, .person(1)), .manager(person: 1, of: 2),
      .edit(person: 2, .department, value: 3), .sync(Sync(action: .delta, faults: [])),
      .dismiss(person: 3), .edit(person: 1, .title, value: 8),
      .sync(Sync(action: .delta, faults: [])),
    ])

  @Test("Nothing is found where nothing is planted")
  func healthy() async throws {
    let verdict = try await Campaign.verdict(Self.history)
    #expect(verdict.failures.map(\.description) == [])
  }

  @Test("A tenant that forgets a value")
  func forgets() async throws {
    let verdict = try await Campaign.verdict(
      Self.history, bug: .tenant(.forgets(attribute: "title")))
    #expect(verdict.failures.contains { $0.kind == .difference(attribute: "title") })
  }

  @Test("A tenant that says it did what it did not")
  func claims() async throws {
    let verdict = try await Campaign.verdict(Self.history, bug: .tenant(.claims(every: 2)))
    #expect(!verdict.failures.isEmpty)
  }

  @Test("A tenant that changes what nobody sent")
  func touches() async throws {
    let verdict = try await Campaign.verdict(
      Self.history, bug: .tenant(.touches(attribute: "department")))
    #expect(verdict.failures.contains { $0.kind == .difference(attribute: "department") })
  }

  // The second change is of an object that tells everything about itself again later.
  @Test("A source that keeps one change to itself", arguments: [0, 2, 3, 4])
  func losesChange(number: Int) async throws {
    let verdict = try await Campaign.verdict(Self.history, bug: .lostChange(number))
    #expect(!verdict.failures.isEmpty)
  }

  @Test("A failing history is shrunk to what makes it fail")
  func shrinks() async throws {
    let bug = PlantedBug.tenant(.forgets(attribute: "title"))
    let (verdict, tries) = try await Campaign.shrink(Self.history, bug: bug, limit: 200)
    #expect(tries < 200)
    #expect(verdict.failures.contains { $0.kind == .difference(attribute: "title") })
    #expect(verdict.history.events.count == 2)
    #expect(
      verdict.history.events.contains {
        if case .hire(person: 1, _, _) = $0 { true } else { false }
      })
    #expect(verdict.story.first?.hasPrefix("Seed 0: 2 events") == true)
  }
}
