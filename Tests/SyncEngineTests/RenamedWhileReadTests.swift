import Directory
import Foundation
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

/// A source in which something happens while all of it is read, just before an object is.
private final class LiveSource: AroundDirectory {
  let inner: MemoryDirectory
  private let events = Mutex<[Anchor: @Sendable () throws -> Void]>([:])

  init(_ inner: MemoryDirectory) { self.inner = inner }

  /// Has something happen once, before an object is read.
  func before(_ anchor: String, _ event: @escaping @Sendable () throws -> Void) {
    events.withLock { $0[Anchor(anchor)] = event }
  }

  /// Has the line break once, before an object is read and when what came before is staged.
  func breakOff(before anchor: String) {
    before(anchor) {
      throw ConnectorFailure(
        .stoppedConnectivity, message: "The source went away", hint: "Start it")
    }
  }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    guard request.watermark == nil else { return try await inner.openImport(request) }
    return Reader(self)
  }

  private actor Reader: ImportReader {
    private let source: LiveSource
    private var rest: [Anchor]
    private let end: Int
    private var isStaged = false
    private var isOver = false

    init(_ source: LiveSource) {
      self.source = source
      (rest, end) = source.inner.state.withLock { ($0.order, $0.log.count) }
    }

    func next() async throws -> ImportBatch? {
      guard let anchor = rest.first else {
        defer { isOver = true }
        return isOver
          ? nil
          : ImportBatch(changes: [], watermark: Watermark(kind: "memory", value: String(end)))
      }
      let hasEvent = source.events.withLock { $0[anchor] != nil }
      // So many are staged together.
      guard !hasEvent || isStaged else {
        isStaged = true
        return ImportBatch(changes: Array(repeating: .present(Anchor("nobody")), count: 4000))
      }
      try source.events.withLock { $0.removeValue(forKey: anchor) }?()
      rest.removeFirst()
      let entry = source.inner.state.withLock { $0.objects[anchor] }
      return ImportBatch(changes: entry.map { [.entry($0)] } ?? [])
    }
  }
}

@Suite("Somebody who gets another name while a full import reads the directory")
struct RenamedWhileReadTests {
  /// A group, and people, read in the order of `names`.
  private func world(
    _ names: [String], members: [String], rules: String = World.rules
  ) async throws -> (World, LiveSource) {
    let world = try World(rules: rules)
    for name in names {
      world.source.put(
        name == "staff" ? try world.group(name, members: members) : try world.user(name))
    }
    let source = LiveSource(world.source)
    world.otherSource = source
    try await world.cycle()
    return (world, source)
  }

  private func members(_ world: World, of group: String = "g-staff") throws -> [String] {
    try #require(world.outcome[group])["members"] ?? []
  }

  private func types(_ cycle: CycleSummary) -> [StepType] {
    cycle.steps.filter { $0.connector == "source" }.map(\.type)
  }

  @Test("is a member still where the group was read before, and another full import tells so")
  func afterTheGroup() async throws {
    let (world, source) = try await world(["staff", "ann", "bob"], members: ["ann", "bob"])
    let name = try world.dn("zoe", ou: "Staff")
    source.before("g-ann") { source.inner.rename("g-ann", to: name) }
    let cycle = try await world.cycle(.initial)
    #expect(try members(world) == ["g-ann", "g-bob"])
    #expect(types(cycle).filter { $0 == .deltaImport } == [])
    let next = try await world.cycle()
    #expect(types(next).first == .fullImport && next.reason.contains("cn=ann,ou=staff"))
    #expect(try members(world) == ["g-ann", "g-bob"])
    let last = try await world.cycle()
    #expect(last.isQuiet && types(last).first == .deltaImport)
  }

  @Test("does not make each full import ask for another one, where somebody is renamed in each")
  func eachTime() async throws {
    let (world, source) = try await world(["staff", "ann", "bob"], members: ["ann", "bob"])
    for (anchor, name, policy) in [
      ("g-ann", "zoe", CyclePolicy.initial), ("g-bob", "yan", .delta),
    ] {
      let dn = try world.dn(name, ou: "Staff")
      source.before(anchor) { source.inner.rename(anchor, to: dn) }
      let cycle = try await world.cycle(policy)
      #expect(types(cycle).first == .fullImport)
    }
    #expect(try members(world) == ["g-ann", "g-bob"])
    #expect(types(try await world.cycle()).first == .deltaImport)
  }

  @Test("who left groups meanwhile leaves them at once, though another full import is due")
  func leavesMeanwhile() async throws {
    let (world, source) = try await world(
      ["staff", "ann", "bob", "cid"], members: ["ann", "bob", "cid"])
    let name = try world.dn("zoe", ou: "Staff")
    world.source.change("g-staff") { attributes in
      attributes["member"] = attributes["member"].filter { !$0.text.contains("bob") }
    }
    source.before("g-ann") { source.inner.rename("g-ann", to: name) }
    try await world.cycle(.initial)
    #expect(try members(world) == ["g-ann", "g-cid"])
  }

  @Test("stays in what a scope asks for when the import breaks off before the person is read")
  func scopeOfHalf() async throws {
    let group = "CN=staff,OU=Groups,DC=contoso,DC=test"
    let rules = World.rules.replacingOccurrences(
      of: "{ attribute = \"hidden\", operator = \"ISNULL\" }",
      with: "{ attribute = \"dn\", operator = \"ISMEMBEROF\", value = \"\(group)\" }")
    let (world, source) = try await world(
      ["staff", "bob", "ann"], members: ["ann", "bob"], rules: rules)
    #expect(world.outcome["g-ann"] != nil)
    let name = try world.dn("zoe", ou: "Staff")
    world.source.rename("g-ann", to: name)
    world.source.change("g-staff") { attributes in
      attributes["member"] =
        attributes["member"].filter { !$0.text.contains("ann") } + [.reference(name.text)]
    }
    source.breakOff(before: "g-ann")
    try await world.cycle(.initial)
    #expect(world.outcome["g-ann"] != nil)
    try await world.cycle()
    #expect(world.outcome["g-ann"] != nil)
    #expect(!world.target.operations.contains { $0.contains("delete") })
  }

  @Test("before that is no member where the group names another one who has the name now")
  func passedOn() async throws {
    let (world, _) = try await world(["staff", "ann", "bob"], members: ["ann"])
    world.source.rename("g-ann", to: try world.dn("zoe", ou: "Staff"))
    world.source.rename("g-bob", to: try world.dn("ann", ou: "Staff"))
    world.source.put(try world.group("staff", members: ["ann"]))
    try await world.cycle(.initial)
    #expect(try members(world) == ["g-bob"])
    let last = try await world.cycle()
    #expect(last.isQuiet && types(last).first == .deltaImport)
  }

  @Test("before that is no member once two full imports saw that the group names nobody")
  func dangling() async throws {
    let (world, _) = try await world(["staff", "ann", "bob"], members: ["ann", "bob"])
    world.source.rename("g-ann", to: try world.dn("zoe", ou: "Staff"))
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    try await world.cycle(.initial)
    #expect(try members(world) == ["g-ann", "g-bob"])
    try await world.cycle()
    #expect(try members(world) == ["g-bob"])
    let last = try await world.cycle()
    #expect(last.isQuiet && types(last).first == .deltaImport)
  }

  @Test("is a member still where the group is read after, by its new name")
  func beforeTheGroup() async throws {
    let (world, source) = try await world(["ann", "bob", "staff"], members: ["ann", "bob"])
    let name = try world.dn("zoe", ou: "Staff")
    source.before("g-staff") { source.inner.rename("g-ann", to: name) }
    let sent = world.target.operations.filter { $0.hasSuffix("g-staff") }
    let cycle = try await world.cycle(.initial)
    #expect(Array(types(cycle).prefix(2)) == [.fullImport, .deltaImport])
    #expect(world.target.operations.filter { $0.hasSuffix("g-staff") } == sent)
    #expect(try members(world) == ["g-ann", "g-bob"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("is a member still when the import breaks off between the group and the person")
  func brokenOff() async throws {
    let (world, source) = try await world(
      ["staff", "bob", "cid", "ann"], members: ["ann", "bob"])
    world.source.put(try world.group("crew", members: ["bob"]))
    try await world.cycle()
    world.source.rename("g-ann", to: try world.dn("zoe", ou: "Staff"))
    let cid = AttributeValue.reference(try world.dn("cid", ou: "Staff").text)
    for group in ["g-staff", "g-crew"] {
      world.source.change(group) { $0["member"] = $0["member"] + [cid] }
    }
    world.source.state.withLock { state in
      state.order.removeAll { $0 == Anchor("g-crew") }
      state.order.insert(Anchor("g-crew"), at: 0)
    }
    source.breakOff(before: "g-ann")
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps.first?.result == "stopped-connectivity")
    // What only came flows; what a group seems to have lost waits.
    #expect(try members(world, of: "g-crew") == ["g-bob", "g-cid"])
    #expect(try members(world) == ["g-ann", "g-bob"])
    try await world.cycle()
    #expect(try members(world) == ["g-ann", "g-bob", "g-cid"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("keeps nobody in a group who left it, once the import has come to its end")
  func leaverWaits() async throws {
    let (world, source) = try await world(["staff", "ann", "bob"], members: ["ann", "bob"])
    world.source.put(try world.group("staff", members: ["bob"]))
    source.breakOff(before: "g-bob")
    try await world.cycle(.initial)
    #expect(try members(world) == ["g-ann", "g-bob"])
    try await world.cycle()
    #expect(try members(world) == ["g-bob"])
    #expect(try await world.cycle().isQuiet)
  }
}
