import Directory
import TestSupport
import Testing

@testable import SyncStore

// A target made by chance: it takes what it is sent, loses answers, and is changed by others.
extension ExportStateTests {
  private static let people = ["p0", "p1", "p2", "p3"]

  /// What the target really has.
  private struct Target {
    var people: Set<String> = []
    var hasTeam = false
    var members: Set<String> = []
  }

  private func show(_ target: Target) throws {
    var entries = try target.people.sorted().map { try shown($0, ["title": ["x"]]) }
    if target.hasTeam { entries.append(try teamShows(target.members.sorted().map { "a-" + $0 })) }
    try test.stage(entries, connector: test.target, flowsReferences: false, obsolete: true)
    try test.store.transaction {
      try $0.settleUnseenExports(connector: test.target)
      try $0.resendReferences(connector: test.target)
    }
  }

  /// Sends what waits; a lost answer leaves what was done unknown.
  private func send(
    _ ids: [String: Int64], _ target: inout Target, losesAnswers: Bool
  ) throws {
    for kind in ["user", "group"] {
      let pending = try test.store.look {
        let ids = try $0.exportsInOrder(
          connector: test.target, objectType: kind, after: 0, limit: 99)
        return try $0.pendingExports(ids.map(\.id))
      }
      for export in pending {
        guard let name = ids.first(where: { $0.value == export.object.id })?.key else { continue }
        try test.store.transaction { try $0.markSending([export.object.id]) }
        if kind == "user" {
          target.people.insert(name)
        } else {
          target.hasTeam = true
          target.members.formUnion(
            export.addedReferences.map { String($0.anchor.text.dropFirst(2)) })
          target.members.subtract(
            export.removedReferences.map { String($0.anchor.text.dropFirst(2)) })
        }
        guard !losesAnswers else { continue }
        try test.store.transaction { tx in
          try tx.referencesTaken(export)
          try tx.exportTaken(export.object.id, anchor: Anchor("a-" + name))
        }
      }
    }
  }

  @Test(
    "After any history a few exports and imports make the target what is wanted", arguments: 0..<20)
  func converges(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    var ids: [String: Int64] = [:]
    for name in Self.people { ids[name] = try test.provision(name, desired(["title": ["x"]])) }
    let team = try group([])
    ids["team"] = team
    var (target, wanted) = (Target(), Set<String>())
    for _ in 0..<14 {
      let name = random.choose(Self.people)
      switch Int.random(in: 0..<6, using: &random) {
      case 0, 1:
        let isWanted = wanted.insert(name).inserted
        if !isWanted { wanted.remove(name) }
        _ = try test.store.transaction { tx in
          try set(ids[name] ?? 0, in: team, isWanted: isWanted, tx)
        }
      case 2: try send(ids, &target, losesAnswers: Bool.random(using: &random))
      case 3: try show(target)
      case 4 where target.hasTeam && target.people.contains(name):
        if target.members.remove(name) == nil { target.members.insert(name) }
      case 5 where target.people.remove(name) != nil: target.members.remove(name)
      default: break
      }
    }
    for _ in 0..<4 {
      try show(target)
      try send(ids, &target, losesAnswers: false)
    }
    try show(target)
    #expect(target.people == Set(Self.people) && target.hasTeam)
    #expect(target.members == wanted)
    for (name, id) in ids { #expect(try pending(id) == "none", "\(name)") }
    #expect(try test.number("SELECT COUNT(*) FROM export_reference WHERE state <> 0") == 0)
    let object = try test.object(team)
    #expect(try test.store.look { try $0.drift(of: object) }.isEmpty)
  }
}
