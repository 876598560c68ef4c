import Configuration
import Directory
import Testing

@testable import SyncEngine
@testable import SyncRules

@Suite("By which flows references flow is remembered under a digest, while that can be relied on")
struct FlowMemoryTests {
  private let memory = FlowMemory()

  private func flows(_ target: AttributeName) -> [ReferenceFlow] {
    let rule = SyncRule(
      id: "r", name: "R", direction: .inbound, connector: "c", sourceType: "user",
      targetType: "person", linkType: .join, precedence: 10,
      place: SourcePlace(file: "rules.toml", line: 1, column: 1))
    return [ReferenceFlow(source: "manager", target: target, rule: rule)]
  }

  @Test("What was remembered under a digest is known for every object that has it")
  func remembered() {
    memory.remember(flows("manager"), as: 7)
    #expect(memory.flows(of: 1, 7) == flows("manager"))
    #expect(memory.flows(of: 2, 7) == flows("manager"))
    #expect(memory.flows(of: 1, 8) == nil)
  }

  @Test("That an object has no flows is known, too")
  func none() {
    memory.remember([], as: 3)
    #expect(memory.flows(of: 1, 3) == [])
  }

  @Test("What is remembered first under a digest stays")
  func first() {
    memory.remember(flows("manager"), as: 7)
    memory.remember(flows("assistant"), as: 7)
    #expect(memory.flows(of: 1, 7) == flows("manager"))
  }

  @Test("An object in doubt is not known until its digest is stored in this step")
  func doubt() {
    memory.remember(flows("manager"), as: 7)
    memory.doubt(1)
    #expect(memory.flows(of: 1, 7) == nil)
    #expect(memory.flows(of: 2, 7) != nil)
    memory.trust(1)
    #expect(memory.flows(of: 1, 7) == flows("manager"))
  }

  @Test("It takes a thousand digests and no more")
  func limit() {
    for digest in 1...1200 { memory.remember(flows("manager"), as: Int64(digest)) }
    #expect(memory.flows(of: 1, 1000) != nil)
    #expect(memory.flows(of: 1, 1001) == nil)
  }

  @Test("It is the same whoever asks at the same time")
  func manyAtOnce() async {
    let memory = memory
    let known = flows("manager")
    await withTaskGroup(of: Void.self) { group in
      for part in 0..<8 {
        group.addTask {
          for digest in 0..<200 { memory.remember(known, as: Int64(digest)) }
          memory.doubt(Int64(part))
        }
      }
    }
    #expect((0..<200).allSatisfy { memory.flows(of: 99, Int64($0)) == known })
    #expect((0..<8).allSatisfy { memory.flows(of: Int64($0), 5) == nil })
  }

  @Test("What was said of metaverse objects is known until they become others")
  func outgoing() throws {
    let (one, other) = (
      [FlowMemory.Outgoing(target: 2, flows: flows("manager"))],
      [FlowMemory.Outgoing(target: 2, flows: [])]
    )
    let place = try #require(memory.place(of: one))
    #expect(memory.place(of: one) == place)
    memory.note(place, of: 50)
    memory.note(try #require(memory.place(of: other)), of: 53)
    #expect(memory.outgoing(of: 50) == one && memory.outgoing(of: 53) == other)
    for metaverse in [0, 49, 51, 52, 54] as [Int64] {
      #expect(memory.outgoing(of: metaverse) == nil)
    }
    memory.doubt(metaverse: 50)
    for metaverse in [0, 99] as [Int64] { memory.doubt(metaverse: metaverse) }
    #expect(memory.outgoing(of: 50) == nil && memory.outgoing(of: 53) == other)
  }

  @Test("Of metaverse objects of which too many different things are said nothing is known")
  func outgoingLimit() {
    let places = (0..<100).map { memory.place(of: [.init(target: $0, flows: [])]) }
    #expect(places.count { $0 != nil } == 64)
    #expect(memory.place(of: [.init(target: 3, flows: [])]) == places[3])
  }
}
