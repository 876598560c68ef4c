import Directory
import SyncEngine
import SyncRules
import SyncStore
import Synchronization

/// A random history of a world, told by its seed: people work on both sides, things break, engines
/// end in the middle.
final class Simulation {
  let world: World
  private(set) var log: [String] = []
  private var random: SeededRandom
  private var generation = 0

  init(seed: Int) throws {
    world = try World()
    random = SeededRandom(seed)
    // A directory that shows nothing is not believed: one object always stays.
    world.source.put(try world.user("keeper"))
    world.target.put(try Self.cloudUser())
  }

  /// Someone whom only the cloud knows.
  private static func cloudUser() throws -> DirectoryEntry {
    DirectoryEntry(
      anchor: Anchor("cloud"), dn: try DistinguishedName("CN=cloud"), objectType: "user",
      attributes: ["userName": ["cloud@contoso.test"]])
  }

  private func note(_ text: String) { log.append(text) }

  /// Lives through `length` moments.
  func live(_ length: Int) async throws {
    for _ in 0..<length {
      if random.chance(30) { try await work() } else { try happen() }
    }
  }

  // MARK: What people do

  private func happen() throws {
    switch Int.random(in: 0..<18, using: &random) {
    case 0...3: try hire()
    case 4: try makeGroup()
    case 5...6: changeTitle()
    case 7: try move()
    case 8: hide()
    case 9: leave()
    case 10...12: try changeMembers()
    case 13: try changeManager()
    case 14...15: try drift()
    case 16: changeName()
    default: breakSomething()
    }
  }

  private func entries(_ type: String) -> [DirectoryEntry] {
    world.source.all.filter { $0.objectType == type && $0.anchor.text != "g-keeper" }
  }

  private func hire() throws {
    guard entries("user").count < 9 else { return }
    generation += 1
    let name = "user\(Int.random(in: 0..<12, using: &random))"
    let dn = try world.dn(name, ou: "Staff")
    guard !world.source.all.contains(where: { $0.dn == dn }) else { return }
    var entry = try world.user("\(name)-\(generation)", ["title": [.string("Title\(generation)")]])
    entry.dn = dn
    world.source.put(entry)
    note("hire \(entry.anchor) as \(dn)")
  }

  private func makeGroup() throws {
    guard entries("group").count < 3 else { return }
    generation += 1
    var entry = try world.group("group\(generation)", members: [])
    entry.attributes["member"] = members()
    world.source.put(entry)
    note("group \(entry.anchor) of \(entry.attributes["member"].map(\.text))")
  }

  private func members() -> [AttributeValue] {
    world.source.all.filter { _ in random.chance(40) }.map { .reference($0.dn.text) }
  }

  private func changeTitle() {
    guard let user = random.pick(entries("user")) else { return }
    generation += 1
    let title = random.chance(15) ? "Bad" : random.chance(25) ? nil : "Title\(generation)"
    world.source.change(user.anchor.text) {
      $0["title"] = title.map { [.string($0)] } ?? []
    }
    note("title \(title ?? "none") of \(user.anchor)")
  }

  private func changeName() {
    guard let entry = random.pick(entries("user") + entries("group")) else { return }
    generation += 1
    world.source.change(entry.anchor.text) {
      $0["displayName"] = [.string("Name \(self.generation)")]
    }
    note("display name \(generation) of \(entry.anchor)")
  }

  /// A rename; the directory rewrites what refers to the object, and says nothing of it.
  private func move() throws {
    guard let user = random.pick(entries("user")) else { return }
    let name = "user\(Int.random(in: 0..<12, using: &random))"
    let dn = try world.dn(name, ou: random.chance(50) ? "Staff" : "Berlin")
    guard !world.source.all.contains(where: { $0.dn == dn }) else { return }
    world.source.rename(user.anchor.text, to: dn)
    note("move \(user.anchor) to \(dn)")
  }

  private func hide() {
    guard let user = random.pick(entries("user")) else { return }
    world.source.change(user.anchor.text) { $0["hidden"] = $0["hidden"].isEmpty ? ["yes"] : [] }
    note("hide or show \(user.anchor)")
  }

  private func leave() {
    guard let entry = random.pick(entries("user") + entries("group")) else { return }
    world.source.remove(entry.anchor.text)
    note("delete \(entry.anchor)")
  }

  private func changeMembers() throws {
    guard let group = random.pick(entries("group")) else { return }
    let all = world.source.all.filter { $0.anchor != group.anchor }
    guard let member = random.pick(all) else { return }
    let value = AttributeValue.reference(member.dn.text)
    world.source.change(group.anchor.text) {
      if $0["member"].contains(value) {
        $0["member"] = $0["member"].filter { $0 != value }
      } else {
        $0.add([value], to: "member")
      }
    }
    note("add or remove \(member.anchor) in \(group.anchor)")
  }

  private func changeManager() throws {
    guard let user = random.pick(entries("user")) else { return }
    let manager = random.pick(entries("user").filter { $0.anchor != user.anchor })
    let none = random.chance(25)
    world.source.change(user.anchor.text) {
      $0["manager"] = none ? [] : manager.map { [.reference($0.dn.text)] } ?? []
    }
    note("manager of \(user.anchor): \(none ? "none" : manager?.anchor.text ?? "none")")
  }

  /// Someone works on the target by hand.
  private func drift() throws {
    guard let entry = random.pick(world.target.all.filter { $0.anchor.text != "cloud" }) else {
      return
    }
    let other = random.pick(world.target.all)
    generation += 1
    let kind = Int.random(in: 0..<5, using: &random)
    switch kind {
    case 0: world.target.remove(entry.anchor.text)
    case 1:
      guard entry.objectType == "user" else { return }
      world.target.change(entry.anchor.text) { $0["title"] = ["Drift"] }
    case 2: world.target.change(entry.anchor.text) { $0["members"] = [] }
    case 3: world.target.change(entry.anchor.text) { $0["displayName"] = [] }
    default:
      guard let other, entry.objectType == "group" else { return }
      world.target.change(entry.anchor.text) {
        $0.add([.reference(other.anchor.text)], to: "members")
      }
    }
    note("drift \(kind) of \(entry.anchor) (\(entry.attributes.text("externalId") ?? "?"))")
  }

  private func breakSomething() {
    world.target.state.withLock { $0.refuseValue = $0.refuseValue == nil ? "Bad" : nil }
    note("refuse bad values or not")
  }

  // MARK: What engines do

  private func work() async throws {
    let engine = try world.engine()
    let fault = orderFault(engine)
    if random.chance(25) {
      let name = random.chance(50) ? "source" : "target"
      let type = random.pick(StepType.allCases) ?? .export
      note("profile \(type) on \(name), \(fault)")
      _ = try await engine.runProfile(connector: name, type)
    } else {
      let policy: CyclePolicy = random.chance(25) ? .initial : .delta
      note("cycle \(policy), \(fault)")
      _ = try await engine.runCycle(policy)
    }
    mend()
  }

  private func orderFault(_ engine: SyncEngine) -> String {
    let number = Int.random(in: 1..<9, using: &random)
    switch Int.random(in: 0..<9, using: &random) {
    case 0:
      world.target.state.withLock { $0.dropAnswers = number }
      return "\(number) answers are lost"
    case 1:
      world.target.state.withLock { $0.loseConnectionAfter = number }
      return "the connection is lost after \(number)"
    case 2...3:
      let directory = random.chance(50) ? world.source : world.target
      let left = Mutex(number)
      directory.state.withLock { state in
        state.onBatch = { [weak engine] in
          let stops = left.withLock { left in
            left -= 1
            return left == 0
          }
          if stops { engine?.stop() }
        }
      }
      return "stopped at batch \(number) of \(directory === world.source ? "source" : "target")"
    default: return "no fault"
    }
  }

  private func mend() {
    for directory in [world.source, world.target] {
      directory.state.withLock { state in
        state.onBatch = nil
        state.dropAnswers = 0
        state.loseConnectionAfter = nil
      }
    }
  }

  /// Everything is well again: bad values are corrected, nothing is refused.
  func heal() {
    mend()
    world.target.state.withLock { $0.refuseValue = nil }
    for user in entries("user") where user.attributes["title"] == ["Bad"] {
      world.source.change(user.anchor.text) { $0["title"] = ["Good"] }
    }
    note("all is well")
  }

  /// What a fresh calculation from the same source gives.
  func expected() async throws -> [String: [String: [String]]] {
    let fresh = try World(rules: world.rulesText)
    for entry in world.source.all { fresh.source.put(entry) }
    fresh.target.put(try Self.cloudUser())
    try await fresh.cycle(.initial)
    return fresh.outcome
  }
}
