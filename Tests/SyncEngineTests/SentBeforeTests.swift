import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("A change that was sent before")
struct SentBeforeTests {
  /// A directory that answers nothing to the first change of a group, and notes what it is sent.
  private final class Silent: AroundDirectory {
    let inner: MemoryDirectory
    let types: Set<String>
    let sent = Mutex<[ExportOperation]>([])

    init(_ inner: MemoryDirectory, _ types: Set<String>) {
      (self.inner, self.types) = (inner, types)
    }

    var capabilities: ConnectorCapabilities {
      var capabilities = inner.capabilities
      capabilities.wholeTypesOnceSent = types
      return capabilities
    }

    func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
      var outcomes: [ExportOutcome] = []
      for operation in operations {
        guard case .modify = operation.kind, operation.objectType == "group" else {
          outcomes += try await inner.export([operation])
          continue
        }
        let isFirst = sent.withLock { sent in
          sent.append(operation)
          return sent.count == 1
        }
        outcomes += isFirst ? [.unknown(reason: "silence")] : try await inner.export([operation])
      }
      return outcomes
    }
  }

  @Test(
    "tells all that the object is to refer to, where the target asks for it",
    arguments: [true, false])
  func whole(isAsked: Bool) async throws {
    let world = try World()
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann", "bob", "cay"]))
    for _ in 0..<2 { try await world.cycle() }
    let silent = Silent(world.target, isAsked ? ["group"] : [])
    world.wrap = { _ in silent }
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    for _ in 0..<2 { try await world.cycle() }
    let sent = silent.sent.withLock { $0 }
    let ids = Dictionary(
      world.target.all.map { ($0.attributes.text("externalId") ?? "", $0.anchor.text) },
      uniquingKeysWith: { first, _ in first })
    try #require(sent.count == 2)
    #expect(sent[0].whole == nil && !sent[0].isRetry && sent[1].isRetry)
    #expect(sent[0].kind == sent[1].kind)
    let members = sent[1].whole?.first { $0.name == "members" }?.values
    let stay = try ["g-ann", "g-bob"].map { AttributeValue.reference(try #require(ids[$0])) }
    #expect(members.map(Set.init) == (isAsked ? Set(stay) : nil))
    #expect(try await world.cycle().isQuiet)
  }
}
