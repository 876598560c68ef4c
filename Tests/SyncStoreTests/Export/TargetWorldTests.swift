import Directory
import TestSupport
import Testing

@testable import SyncStore

/// A target in which others work, too, and an engine whose answers get lost, by chance.
@Suite("Whatever happens to exports, a target comes to hold what is wanted, and each object once")
struct TargetWorldTests {
  private struct Person {
    var name: String
    var title: String
    var isGroup = false
    var members: Set<String> = []
  }

  /// What the target has, by its own ids, and what it has yet to carry out.
  private struct Target {
    var objects: [String: Person] = [:]
    var queue: [(inout Target) -> Void] = []
    var count = 0

    func id(of name: String) -> String? { objects.first { $0.value.name == name }?.key }

    /// Makes an object, or finds the one that has its name.
    mutating func make(_ person: Person) -> String {
      if let known = id(of: person.name) {
        objects[known]?.title = person.title
        return known
      }
      count += 1
      objects["t\(count)"] = person
      return "t\(count)"
    }

    mutating func remove(_ id: String) {
      objects[id] = nil
      for other in objects.keys { objects[other]?.members.remove(id) }
    }
  }

  private enum Answer { case done, lost, lostInVain, refused, partly, queued }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var target = Target()
    /// The objects of people who are wanted, by name, and their titles.
    var ids: [String: Int64] = [:]
    var titles: [String: String] = [:]
    var members: Set<String> = []
    var team: Int64 = 0

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
    }
  }

  private static let names = ["p0", "p1", "p2", "p3", "p4"]

  private func dn(_ name: String) throws -> DistinguishedName {
    try DistinguishedName("CN={\(name)}")
  }

  private func desired(_ title: String) -> DesiredImage {
    DesiredImage(attributes: [Attribute("title", [.string(title)])])
  }

  // MARK: What rules want

  private func want(_ name: String, _ world: World) throws {
    let title = world.random.choose(["Clerk", "Boss"])
    world.titles[name] = title
    if let id = world.ids[name] {
      try world.test.store.transaction { try $0.setDesired($0.encode(desired(title)), of: id) }
    } else {
      world.ids[name] = try world.test.store.transaction { tx in
        try tx.provision(
          connector: world.test.target, dn: try dn(name), objectType: "user", display: name,
          desired: try tx.encode(desired(title)), metaverse: 1, rule: 0)
      }
    }
  }

  private func wantMember(_ name: String, isWanted: Bool, _ world: World) throws {
    guard let id = world.ids[name] else { return }
    if isWanted { world.members.insert(name) } else { world.members.remove(name) }
    try world.test.store.transaction { tx in
      var unsettled: Set<Int64> = []
      _ = try tx.setReference(
        "member", of: world.team, to: id, isWanted: isWanted, unsettled: &unsettled)
      for id in unsettled { try tx.settleExport(of: id) }
    }
  }

  private func unwant(_ name: String, _ world: World) throws {
    guard let id = world.ids[name] else { return }
    try wantMember(name, isWanted: false, world)
    let object = try world.test.object(id)
    try world.test.store.transaction { try $0.deprovision(object, because: "left scope") }
    (world.ids[name], world.titles[name]) = (nil, nil)
  }

  private func makeTeam(_ world: World) throws {
    world.team = try world.test.store.transaction { tx in
      try tx.provision(
        connector: world.test.target, dn: try dn("team"), objectType: "group", display: "team",
        desired: try tx.encode(
          DesiredImage(attributes: [Attribute("title", ["T"])], references: ["member"])),
        metaverse: 2, rule: 0)
    }
  }

  // MARK: What an export does

  /// What the target makes of a request.
  private func carryOut(_ export: PendingExport, _ target: inout Target) -> String {
    let name = String(export.object.dn.dropFirst(4).dropLast())
    let title = export.object.desired?.attributes.first { $0.name == "title" }?.values.first?.text
    let isGroup = export.object.objectType == "group"
    let id: String
    if let anchor = export.object.anchor, target.objects[anchor.text] != nil {
      id = anchor.text
      target.objects[id]?.title = title ?? ""
    } else {
      id = target.make(Person(name: name, title: title ?? "", isGroup: isGroup))
    }
    refer(export, of: id, &target)
    return id
  }

  private func refer(_ export: PendingExport, of id: String, _ target: inout Target) {
    for added in export.addedReferences where target.objects[added.anchor.text] != nil {
      target.objects[id]?.members.insert(added.anchor.text)
    }
    for gone in export.removedReferences { target.objects[id]?.members.remove(gone.anchor.text) }
  }

  private func send(_ export: PendingExport, _ answer: Answer, _ world: World) throws {
    let (test, object) = (world.test, export.object)
    try test.store.transaction { try $0.markSending([object.id]) }
    switch answer {
    case .lost: _ = carryOut(export, &world.target)
    case .lostInVain: break
    case .refused:
      try test.store.transaction {
        try $0.exportRefused(object.id, isRetry: object.exportState == .unknown)
      }
    case .queued:
      world.target.queue.append { target in _ = self.carryOut(export, &target) }
      try test.store.transaction { tx in
        try tx.referencesTaken(export)
        try tx.exportAccepted(object.id)
      }
    case .partly:
      var part = export
      (part.addedReferences, part.removedReferences) = ([], [])
      let id = carryOut(part, &world.target)
      try test.store.transaction { try $0.exportTaken(inPart: object.id, anchor: Anchor(id)) }
    case .done:
      let id = carryOut(export, &world.target)
      try test.store.transaction { tx in
        try tx.referencesTaken(export)
        try tx.exportTaken(object.id, anchor: Anchor(id))
      }
    }
  }

  private func sendDeletes(_ world: World, isClean: Bool) throws {
    let pending = try world.test.store.look {
      try $0.pendingDeletes(
        $0.pendingDeletes(connector: world.test.target, releasedOnly: false), releasedOnly: false)
    }
    for export in pending {
      guard let anchor = export.object.anchor else { continue }
      try world.test.store.transaction { try $0.markSending([export.object.id]) }
      let isLost = !isClean && world.random.chance(30)
      if !isLost || world.random.chance(50) { world.target.remove(anchor.text) }
      guard !isLost else { continue }
      try world.test.store.transaction { try $0.exportDeleted(export.object.id) }
    }
  }

  private func export(_ world: World, isClean: Bool) throws {
    let test = world.test
    try test.store.transaction { try $0.resendReferences(connector: test.target) }
    try sendDeletes(world, isClean: isClean)
    for type in ["user", "group"] {
      let waiting = try test.store.look {
        try $0.exportsInOrder(connector: test.target, objectType: type, after: 0, limit: 99)
      }
      for item in waiting where isClean || world.random.chance(80) {
        let export = try test.store.look { try $0.pendingExports([item.id]) }
        let answers: [Answer] = [.done, .done, .lost, .lostInVain, .refused, .partly, .queued]
        for export in export {
          try send(export, isClean ? .done : world.random.choose(answers), world)
        }
      }
    }
    let rest = try test.store.look {
      try $0.pendingReferenceExports(connector: test.target, after: 0, limit: 99)
    }
    for export in rest {
      guard let anchor = export.object.anchor else { continue }
      refer(export, of: anchor.text, &world.target)
      try test.store.transaction { tx in
        try tx.referencesTaken(export)
        try tx.exportLeft(export.object.id, as: export.object.exportState)
      }
    }
  }

  // MARK: What an import shows

  private func entries(_ target: Target) throws -> [ImportedChange] {
    try target.objects.sorted { $0.key < $1.key }.map { id, person in
      var attributes: AttributeSet = ["title": [.string(person.title)]]
      let members = person.members.sorted().map { AttributeValue.reference($0) }
      if !members.isEmpty { attributes["member"] = members }
      return .entry(
        DirectoryEntry(
          anchor: Anchor(id), dn: try dn(person.name),
          objectType: person.isGroup ? "group" : "user", attributes: attributes))
    }
  }

  /// A full import; one that breaks off has shown a part.
  private func show(_ world: World, isWhole: Bool) throws {
    let test = world.test
    let all = try entries(world.target).shuffled(using: &world.random)
    try test.stage(
      isWhole ? all : world.random.some(all), connector: test.target, flowsReferences: false,
      obsolete: isWhole, isBrokenOff: !isWhole)
    guard isWhole else { return }
    try test.store.transaction { tx in
      try tx.forgetUnarrived(connector: test.target, keepsWord: false)
      try tx.settleUnseenExports(connector: test.target)
      // What a synchronization does with strangers that are gone.
      for row in try tx.rows(
        "SELECT id FROM cs_object WHERE image IS NULL AND desired IS NULL AND pending_export = 0")
      {
        try tx.remove(row[0])
      }
      try tx.execute("UPDATE cs_object SET pending_import = 0 WHERE image IS NOT NULL")
      try tx.execute("DELETE FROM cs_before")
    }
  }

  // MARK: What others do at the target

  private func meddle(_ world: World) {
    let known = world.target.objects.keys.sorted()
    let id = known.randomElement(using: &world.random)
    switch Int.random(in: 0..<4, using: &world.random) {
    case 0: _ = world.target.make(Person(name: world.random.choose(Self.names), title: "Theirs"))
    case 1: if let id { world.target.objects[id]?.title = "Theirs" }
    case 2: if let id { world.target.remove(id) }
    default:
      guard let team = world.target.id(of: "team"), let id, id != team else { return }
      if world.target.objects[team]?.members.remove(id) == nil {
        world.target.objects[team]?.members.insert(id)
      }
    }
  }

  private func act(_ world: World) throws {
    let name = world.random.choose(Self.names)
    switch Int.random(in: 0..<14, using: &world.random) {
    case 0, 1, 2: try want(name, world)
    case 3, 4:
      try wantMember(name, isWanted: !world.members.contains(name), world)
    case 5: try unwant(name, world)
    case 6, 7, 8: try export(world, isClean: false)
    case 9, 10: try show(world, isWhole: true)
    case 11: try show(world, isWhole: false)
    case 12: meddle(world)
    default:
      let queue = world.target.queue
      world.target.queue = []
      for work in queue { work(&world.target) }
    }
  }

  // MARK: What must hold

  /// No row speaks of an object that is not there.
  private func expectNoOrphans(_ test: TestStore) throws {
    for (table, column) in [
      ("cs_reference", "source_id"), ("cs_reference", "target_id"),
      ("export_reference", "source_id"), ("export_reference", "target_id"),
      ("cs_value", "object_id"), ("cs_before", "object_id"),
    ] {
      let sql = """
        SELECT COUNT(*) FROM \(table) t WHERE \(column) IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM cs_object o WHERE o.id = t.\(column))
        """
      #expect(try test.number(sql) == 0, "\(table).\(column)")
    }
  }

  @Test("Lost answers, queues, refusals, strangers of the same name, deletes", arguments: 0..<30)
  func converges(_ seed: Int) throws {
    let world = try World(seed: seed)
    try makeTeam(world)
    for _ in 0..<40 {
      try act(world)
      try expectNoOrphans(world.test)
    }
    for work in world.target.queue { work(&world.target) }
    world.target.queue = []
    for _ in 0..<5 {
      try show(world, isWhole: true)
      // Who accepted something and did not do it is not waited for.
      let accepted = try world.test.store.look {
        try $0.overdueExports(
          connector: world.test.target, before: Timestamp.now.adding(seconds: 60), limit: 99)
      }
      for (id, _) in accepted { try world.test.store.transaction { try $0.endAcceptance(of: id) } }
      try export(world, isClean: true)
    }
    try show(world, isWhole: true)
    try check(world)
  }

  private func check(_ world: World) throws {
    for name in Self.names where world.titles[name] != nil {
      let held = world.target.objects.values.filter { $0.name == name }
      #expect(held.map(\.title) == [world.titles[name] ?? ""], "\(name)")
    }
    let team = try #require(world.target.id(of: "team"))
    let members = world.target.objects[team]?.members ?? []
    #expect(Set(members.compactMap { world.target.objects[$0]?.name }) == world.members)
    for name in ["pending_export", "export_state"] {
      #expect(
        try world.test.number("SELECT COUNT(*) FROM cs_object WHERE \(name) <> 0") == 0, "\(name)")
    }
    #expect(
      try world.test.number("SELECT COUNT(*) FROM export_reference WHERE state <> 0") == 0)
    #expect(
      try world.test.number("SELECT COUNT(*) FROM cs_object WHERE image IS NULL") == 0)
    #expect(
      try world.test.number("SELECT COUNT(*) FROM cs_object") == world.target.objects.count)
  }
}
