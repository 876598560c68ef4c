import Directory
import Testing

@testable import SyncStore

@Suite("What rules have brought about")
struct RuleUseTests {
  @Test(
    "Links, values, losers and changes are counted by rule, whatever the parts",
    arguments: [1, 100])
  func counts(_ scan: Int) throws {
    let test = try TestStore()
    try test.store.transaction { tx in
      let (winner, loser) = (try tx.ruleID("w", name: "winner"), try tx.ruleID("l", name: "loser"))
      for name in ["ann", "bo"] {
        var value = MetaverseAttribute(
          name: "displayName", values: [.string(name)], contributor: 1, rule: winner, time: .now)
        value.losers = [
          LostContribution(contributor: 2, rule: loser, reason: .lowerPrecedence, values: [])
        ]
        let id = try tx.insertMetaverse(
          objectType: "person", image: try tx.encode([value]), display: name, keys: [])
        _ = try tx.provision(
          connector: test.target, dn: try DistinguishedName("CN=\(name)"), objectType: "user",
          display: name, desired: try tx.encode(DesiredImage()), metaverse: id, rule: winner)
      }
    }
    var use = RuleUse()
    var position: RuleUsePosition? = RuleUsePosition()
    let reader = try test.reader
    while let here = position { position = try reader.ruleUse(&use, at: here, scan: scan) }
    #expect(use.links == ["winner": 2])
    #expect(use.values == ["winner": 2])
    #expect(use.lost == ["loser": 2])
    #expect(use.isUsed("loser") && !use.isUsed("other"))
  }

  @Test("What was only rehearsed is no effect", arguments: [true, false])
  func rehearsed(isRehearsal: Bool) throws {
    let test = try TestStore()
    try test.store.transaction { tx in
      let rule = try tx.ruleID("w", name: "winner")
      let step = try tx.beginStep(
        cycle: nil, connector: test.target, type: .fullSynchronization, requestedBy: "test",
        phase: "", isRehearsal: isRehearsal
      ).step
      try tx.record(
        ObjectChange(
          .outboundFlow, target: test.target, objectID: 1, dn: "CN=ann", display: "ann",
          objectType: "user",
          deltas: [.init("title", before: [], after: [.string("Boss")], rule: rule)]), step: step)
    }
    var use = RuleUse()
    var position: RuleUsePosition? = RuleUsePosition()
    let reader = try test.reader
    while let here = position { position = try reader.ruleUse(&use, at: here, scan: 1) }
    #expect(use.changes == (isRehearsal ? [:] : ["winner": 1]))
  }
}
