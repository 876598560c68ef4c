import Directory
import Foundation
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A target that takes several calls at a time, and holds a call until the next one has come.
private final class WideTarget: AroundDirectory {
  struct State {
    var begun = 0
    var underWay = 0
    var most = 0
    /// What is to become of the calls by number, instead of being passed on.
    var failures: [Int: ConnectorFailure] = [:]
    var load = ServiceLoad(waitsUntil: nil, wishes: 0)
    var onCall: (@Sendable () async -> Void)?
  }

  let inner: MemoryDirectory
  let state = Mutex(State())

  init(_ inner: MemoryDirectory) { self.inner = inner }

  var capabilities: ConnectorCapabilities {
    ConnectorCapabilities(
      deltaImport: true, export: true, exportBatchSize: 10, exportsInFlight: 2)
  }
  var load: ServiceLoad? { state.withLock { $0.load } }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    let (number, onCall) = state.withLock { state in
      state.begun += 1
      state.underWay += 1
      state.most = max(state.most, state.underWay)
      return (state.begun, state.onCall)
    }
    await onCall?()
    if number == 1 { await secondCall() }
    defer { state.withLock { $0.underWay -= 1 } }
    if let failure = state.withLock({ $0.failures[number] }) { throw failure }
    return try await inner.export(operations)
  }

  private func secondCall() async {
    let limit = ContinuousClock.now.advanced(by: .seconds(5))
    while state.withLock({ $0.begun < 2 }), ContinuousClock.now < limit {
      try? await Task.sleep(for: .milliseconds(1))
    }
  }
}

@Suite("Exports go out several at a time, what takes access away first")
struct ExportOrderTests {
  private func wide(_ count: Int) throws -> (World, WideTarget) {
    let world = try World()
    let target = WideTarget(world.target)
    world.wrap = { _ in target }
    for number in 0..<count { world.source.put(try world.user("u\(number)")) }
    return (world, target)
  }

  /// A group in which the members whose names begin with c are groups, too.
  private func nested(
    _ name: String, _ members: [String], in world: World
  ) throws -> DirectoryEntry {
    var group = try world.group(name, members: [])
    group.attributes["member"] = try members.map {
      .reference(try world.dn($0, ou: $0.hasPrefix("c") ? "Groups" : "Staff").text)
    }
    return group
  }

  private func export(_ cycle: CycleSummary) throws -> OperationRow {
    try #require(cycle.steps.first { $0.type == .export })
  }

  @Test("A second call is on its way while the first is answered, and never a third")
  func overlap() async throws {
    let (world, target) = try wide(60)
    let step = try export(try await world.cycle())
    #expect(step.result == "success" && step.adds == 60)
    #expect(target.state.withLock { $0.most } == 2)
    #expect(world.outcome.count == 60)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("Who refers to others that are yet to be made goes after them, in one request")
  func chain() async throws {
    let (world, _) = try wide(15)
    // Each has the one before, made in the order in which they can't be sent.
    for number in (0..<25).reversed() {
      let members = number == 0 ? ["u0", "u14", "c0"] : ["c\(number - 1)", "u\(number % 15)"]
      world.source.put(try nested("c\(number)", members, in: world))
    }
    let step = try export(try await world.cycle())
    #expect(step.result == "success" && step.adds == 40)
    // Who is a member of itself holds up nobody.
    let sent = world.target.operations
    #expect(sent.filter { !$0.hasPrefix("add ") } == ["modify g-c0"])
    let groups = sent.filter { $0.hasPrefix("add g-c") }
    #expect(groups == (0..<25).map { "add g-c\($0)" })
    #expect(Set(world.outcome["g-c0"]?["members"] ?? []) == ["g-c0", "g-u0", "g-u14"])
    #expect(Set(world.outcome["g-c24"]?["members"] ?? []) == ["g-c23", "g-u9"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A large group waits for members that are on their way, and for none that was refused")
  func largeGroup() async throws {
    let (world, target) = try wide(35)
    world.source.put(try world.group("team", members: (0..<35).map { "u\($0)" }))
    world.source.put(try world.group("few", members: ["u3", "u7"]))
    target.inner.state.withLock { $0.refuseValue = "u7" }
    var step = try export(try await world.cycle())
    #expect(step.result == "completed-export-errors")
    #expect(world.target.operations.filter { $0 == "modify g-team" }.isEmpty)
    #expect(world.outcome["g-team"]?["members"]?.count == 34)
    #expect(world.outcome["g-few"]?["members"] == ["g-u3"])
    target.inner.state.withLock { $0.refuseValue = nil }
    step = try export(try await world.cycle())
    #expect(world.outcome["g-team"]?["members"]?.count == 35)
    #expect(world.outcome["g-few"]?["members"] == ["g-u3", "g-u7"])
  }

  @Test("Those that refer to each other in a circle are sent, and get their references afterwards")
  func circle() async throws {
    let (world, _) = try wide(12)
    for number in 0..<30 {
      world.source.put(
        try nested("c\(number)", ["c\((number + 1) % 30)", "u\(number % 12)"], in: world))
    }
    world.source.put(try nested("outside", ["c4"], in: world))
    let step = try export(try await world.cycle())
    #expect(step.result == "success" && step.adds == 43)
    for number in 0..<30 {
      #expect(
        Set(world.outcome["g-c\(number)"]?["members"] ?? [])
          == ["g-c\((number + 1) % 30)", "g-u\(number % 12)"])
    }
    #expect(world.outcome["g-outside"]?["members"] == ["g-c4"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("When one call is lost, what the other brought is kept, and nothing more is sent")
  func lostCall() async throws {
    let (world, target) = try wide(60)
    let failure = ConnectorFailure(.stoppedConnectivity, message: "It went away", hint: "Wait")
    target.state.withLock { $0.failures[1] = failure }
    let step = try export(try await world.cycle())
    // The second one may have been answered, and a third be on its way, before the first is lost.
    let begun = target.state.withLock { $0.begun }
    #expect((2...3).contains(begun), "\(begun) calls")
    #expect(step.result == "stopped-connectivity" && step.adds == (begun - 1) * 10)
    target.state.withLock { $0.failures = [:] }
    try await world.cycle()
    let adds = world.target.operations.filter { $0.hasPrefix("add ") }
    #expect(adds.count == 60 && Set(adds).count == 60)
  }

  @Test("A stop lets what is on its way come in, and keeps it")
  func stopped() async throws {
    let (world, target) = try wide(60)
    let file = world.storeFile
    target.state.withLock { state in
      state.onCall = { _ = try? StoreReader(file: file).file(.stop, requestedBy: "ann") }
    }
    let step = try export(try await world.cycle())
    #expect(step.result == "stopped-user-termination-from-wmi-or-ui")
    #expect(step.adds == world.outcome.count && step.adds < 60)
    target.state.withLock { $0.onCall = nil }
    try await world.cycle()
    #expect(world.outcome.count == 60)
    #expect(world.target.operations.count == 60)
  }

  /// Rules that also say whether an account may be used.
  private static let rules = World.rules.replacing(
    "[[rule.flow]]\ntarget = \"userName\"",
    with: "[[rule.flow]]\ntarget = \"active\"\n"
      + "expression = 'IIF(IsPresent([title]), CBool(\"False\"), CBool(\"True\"))'\n"
      + "[[rule.flow]]\ntarget = \"userName\"")

  @Test("Deletes, shut accounts and ended memberships go before what gives something")
  func urgent() async throws {
    let world = try World(rules: Self.rules)
    for name in ["ann", "bob", "eve", "zoe"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    let before = world.target.operations.count
    world.source.put(try world.user("dan"))
    world.source.change("g-ann") { $0["displayName"] = ["Ann"] }
    world.source.change("g-zoe") { $0["title"] = ["leaves"] }
    world.source.put(try world.group("team", members: ["ann"]))
    world.source.remove("g-eve")
    let step = try export(try await world.cycle())
    #expect(step.result == "success")
    #expect(
      Array(world.target.operations[before...]) == [
        "delete g-eve", "modify g-zoe", "modify g-team", "modify g-ann", "add g-dan",
      ])
    #expect(world.outcome["g-zoe"]?["active"] == ["false"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("Who leaves a group loses it though another value of the group is refused")
  func refusedName() async throws {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    world.target.state.withLock { $0.refuseValue = "Bad" }
    var team = try world.group("team", members: ["ann"])
    team.attributes["displayName"] = ["Bad"]
    world.source.put(team)
    #expect(try export(try await world.cycle()).result == "completed-export-errors")
    #expect(world.outcome["g-team"]?["members"] == ["g-ann"])
    #expect(world.outcome["g-team"]?["displayname"] == ["team"])
    // The name is still to be sent.
    world.target.state.withLock { $0.refuseValue = nil }
    try await world.cycle()
    #expect(world.outcome["g-team"]?["displayname"] == ["Bad"])
  }

  @Test("A target's wish to wait, and its quota, are told while the step goes on")
  func load() async throws {
    let (world, target) = try wide(20)
    let file = world.storeFile
    let seen = Mutex<RunProgress?>(nil)
    let until = Timestamp.now.adding(seconds: 60)
    target.state.withLock { state in
      state.load = ServiceLoad(waitsUntil: nil, wishes: 4)
      state.onCall = { [target] in
        target.state.withLock {
          $0.load = ServiceLoad(waitsUntil: until, wishes: 5, quotaUsed: 0.9)
        }
        let limit = ContinuousClock.now.advanced(by: .seconds(120))
        while ContinuousClock.now < limit {
          let progress = try? StoreReader(file: file).progress()
          if let progress, progress.throttleCount > 0 {
            seen.withLock { $0 = progress }
            return
          }
          try? await Task.sleep(for: .milliseconds(20))
        }
      }
    }
    try await world.cycle()
    let progress = try #require(seen.withLock { $0 })
    #expect(progress.throttleCount == 1 && progress.quotaText == "quota 90 %")
    #expect(progress.waitsUntil == until)
    #expect(progress.phaseText(now: until.adding(seconds: -11.5)) == "asked to wait 12 s")
    #expect(progress.phaseText(now: until) == progress.phase)
  }
}
