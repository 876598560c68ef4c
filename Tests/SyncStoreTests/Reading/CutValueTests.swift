import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Attributes of very many values, of which a part is shown.
@Suite("Of many values those are shown that change, and no other is told to change")
struct CutValueTests {
  private func values(_ random: inout SeededRandom) -> [AttributeValue] {
    random.some((0..<9).map { AttributeValue.string("v\($0)") }).shuffled(using: &random)
  }

  @Test("Whatever comes and goes of them, and however few are to be shown", arguments: 0..<40)
  func anyValues(_ seed: Int) {
    var random = SeededRandom(seed: seed)
    for limit in 0...10 {
      let values = values(&random)
      let pending = random.chance(60) ? self.values(&random) : nil
      let before = random.chance(60) ? self.values(&random) : nil
      let whole = AttributeRow(
        name: "member", values: values, before: before, pendingExport: pending, origin: "",
        targetNames: random.chance(50) ? values.map { "name of \($0.text)" } : [],
        valueCount: values.count)
      var row = whole
      row.cut(to: limit)
      #expect(row.values.count == min(limit, values.count))
      #expect(row.valueCount == values.count && Set(row.values).isSubset(of: values))
      if row.targetNames.count == row.values.count, !row.values.isEmpty {
        #expect(zip(row.values, row.targetNames).allSatisfy { "name of \($0.text)" == $1 })
      }
      let hidden = Set(values).subtracting(row.values)
      // What is hidden is told of nowhere, and what was told of is as it was.
      for (cut, full) in [(row.pendingExport, pending), (row.before, before)] {
        #expect((cut == nil) == (full == nil))
        #expect(cut == full?.filter { !hidden.contains($0) })
      }
      let changing = values.filter { value in
        [pending, before].contains { $0.map { !$0.contains(value) } ?? false }
      }
      let shownChanging = row.values.count { changing.contains($0) }
      #expect(shownChanging == min(limit, changing.count))
      if values.count <= limit { #expect(row == whole) }
    }
  }

  // MARK: Through the store

  @Test(
    "A group of any size is shown with those who leave and those who come",
    arguments: [0, 1, 4, 5, 6, 20], [1, 5, 6])
  func members(_ count: Int, _ limit: Int) throws {
    let test = try TestStore()
    let names = (0..<count + 2).map { "m\($0)" }
    try test.stage(
      try names.map { .entry(try test.entry($0)) }
        + [.entry(try test.entry("team", members(names.prefix(count)), type: "group"))],
      connector: test.target, flowsReferences: false)
    let team = try test.id("team", connector: test.target)
    let ids = try names.map { try test.id($0, connector: test.target) }
    // The rules want the first to leave and two more to come; the rest stays.
    try test.store.transaction { tx in
      try tx.setDesired(tx.encode(DesiredImage(references: ["member"])), of: team)
      var unsettled: Set<Int64> = []
      for (number, id) in ids.enumerated() where number > 0 || count == 0 {
        _ = try tx.setReference(
          "member", of: team, to: id, isWanted: true, unsettled: &unsettled)
      }
      for id in unsettled { try tx.settleExport(of: id) }
    }
    let detail = try #require(try test.reader.object(id: team, valueLimit: limit))
    let row = try #require(detail.attributes.first { $0.name == "member" })
    #expect(row.valueCount == count && row.values.count == min(count, limit))
    let leaving = count > 0 ? 1 : 0
    #expect(row.pendingCounts == PendingCounts(added: 2, removed: leaving))
    let first = AttributeValue.reference(try TestStore.dn("m0").text)
    #expect(row.values.contains(first) == (count > 0))
    let pending = try #require(row.pendingExport)
    #expect(!pending.contains(first) || count == 0)
    let coming = try names.suffix(2).map { AttributeValue.reference(try TestStore.dn($0).text) }
    #expect(pending.count { coming.contains($0) } == min(2, limit))
    for value in pending + row.values {
      guard let name = row.pendingNames[value.text] else { continue }
      #expect("CN=" + name == (try DistinguishedName(value.text).rdn))
    }
  }

  private func members(_ names: some Sequence<String>) throws -> AttributeSet {
    let values = try names.map { AttributeValue.reference(try TestStore.dn($0).text) }
    return values.isEmpty ? [:] : ["member": values]
  }
}
