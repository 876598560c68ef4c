import Directory
import Testing

@testable import SyncStore

@Suite("Who gave a metaverse value, and who else wanted to")
struct LineageTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private func attribute(
    _ name: AttributeName, losers: [LostContribution] = []
  ) -> MetaverseAttribute {
    MetaverseAttribute(
      name: name, values: ["x"], contributor: 1, rule: 0, time: Timestamp(milliseconds: 5),
      losers: losers)
  }

  private func coded(_ attributes: [MetaverseAttribute]) throws -> (
    bytes: [UInt8], back: [MetaverseAttribute]
  ) {
    try test.store.transaction { tx in
      let bytes = try tx.coding.encode(attributes)
      return (bytes, try tx.coding.decodeMetaverse(bytes))
    }
  }

  @Test("Losers come back with rule, object, reason and short values, each at its attribute")
  func roundTrip() throws {
    let losers = LostContribution.Reason.allCases.enumerated().map { index, reason in
      LostContribution(
        contributor: Int64(index) + 7, rule: Int64(index), reason: reason,
        values: index % 2 == 0 ? [.string("v\(index)")] : [])
    }
    let many = (0..<200).map { attribute(AttributeName("a\($0)")) }
    let all = many + [attribute("last", losers: losers), attribute("other", losers: [losers[0]])]
    #expect(try coded(all).back == all)
  }

  @Test("Without rivals not a byte is added, and what was written without any is read")
  func costsNothing() throws {
    let plain = try coded([attribute("title")])
    let contested = try coded([
      attribute(
        "title",
        losers: [LostContribution(contributor: 2, rule: 3, reason: .lowerPrecedence)])
    ])
    #expect(plain.back == [attribute("title")])
    #expect(contested.bytes.count - plain.bytes.count == 7)
    #expect(contested.bytes.starts(with: plain.bytes))
  }

  @Test("Long values are not kept beside the winner, short ones are")
  func longValues() {
    func kept(_ values: [AttributeValue]) -> [AttributeValue] {
      LostContribution(contributor: 1, rule: 1, reason: .lowerPrecedence, values: values).values
    }
    #expect(kept(["short"]) == ["short"])
    #expect(kept([.string(String(repeating: "x", count: 65))]) == [])
    #expect(kept([.binary([UInt8](repeating: 0, count: 100_000))]) == [])
    #expect(kept((0..<9).map { .integer($0) }) == [])
  }

  @Test("Cut or senseless bytes are refused, not believed")
  func damaged() throws {
    let whole = try coded([
      attribute(
        "title",
        losers: [
          LostContribution(contributor: 2, rule: 3, reason: .blocked, values: ["value"])
        ])
    ]).bytes
    let plain = try coded([attribute("title")]).bytes
    for length in (plain.count + 1)..<whole.count {
      #expect(throws: StoreError.self) {
        try test.store.look { try $0.coding.decodeMetaverse(Array(whole[..<length])) }
      }
    }
    var foreign = whole
    foreign[plain.count + 1] = 99
    let read = try test.store.look { try $0.coding.decodeMetaverse(foreign) }
    #expect(read.map(\.losers) == [[]])
  }

  @Test("The view names connector, object, rule and reason; a contributor that is gone, too")
  func view() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try test.entry("eve"))])
    let (ann, eve) = (try test.id("ann"), try test.id("eve"))
    try test.store.transaction { tx in
      let image = [
        MetaverseAttribute(
          name: "title", values: ["Boss"], contributor: ann,
          rule: try tx.ruleID("a", name: "In - A"), time: Timestamp(milliseconds: 0),
          losers: [
            LostContribution(
              contributor: eve, rule: try tx.ruleID("b", name: "In - B"),
              reason: .lowerPrecedence, values: ["Clerk"]),
            LostContribution(contributor: 999, rule: 0, reason: .noValue),
          ])
      ]
      let bytes = try tx.coding.encode(image)
      try tx.execute(
        "INSERT INTO mv_object(id, object_type, image, created) VALUES (70, 'person', ?, 0)",
        [bytes.data])
      try tx.link(ann, to: 70, .projected, rule: 0)
    }
    let detail = try #require(try test.reader.object(id: ann, valueLimit: 9))
    let row = try #require(detail.metaverse.first)
    #expect(detail.metaverseType == "person")
    #expect(
      row.contributors.map(\.text) == [
        "source by In - A, 1970-01-01T00:00:00.000Z",
        "source by In - B = Clerk: a rule with a lower precedence number has a value",
        "(an object that is gone): its source has no value",
      ])
    #expect(row.origin == row.contributors[0].text)
  }

  @Test("Of references, those of the strongest rule count; the others are shown with the reason")
  func references() throws {
    try test.stage(try ["ann", "b", "c"].map { .entry(try test.entry($0)) })
    let (ann, eve) = (try test.id("ann"), try test.id("b"))
    try test.store.transaction { tx in
      for id in 70..<74 {
        try tx.execute(
          """
          INSERT INTO mv_object(id, object_type, display, image, created)
          VALUES (?, 'group', ?, ?, 0)
          """, [id, "m\(id)", try tx.coding.encode([MetaverseAttribute]()).data])
      }
      try tx.link(ann, to: 70, .projected, rule: 0)
      let rule = try tx.ruleID("a", name: "In - A")
      let weak = try tx.ruleID("b", name: "In - B")
      for target in 71..<73 {
        try tx.flow(
          "member", from: 70, to: Int64(target), contributor: ann, rule: rule, precedence: 1)
      }
      try tx.flow("member", from: 70, to: 73, contributor: eve, rule: weak, precedence: 9)
    }
    // References of an older store, of which nobody knows the time.
    try test.store.transaction { try $0.execute("UPDATE mv_reference SET since = 0") }
    #expect(try members(of: ann).contributors.map(\.time) == [nil, nil])
    let row = try members(of: ann)
    #expect(row.targetNames == ["m71", "m72"] && row.valueCount == 2)
    #expect(
      row.contributors.map(\.text) == [
        "source by In - A, 2 references",
        "source by In - B, 1 reference: a rule with a lower precedence number has references",
      ])
    try test.store.transaction { try $0.execute("UPDATE mv_reference SET since = target_id") }
    #expect(
      try members(of: ann).contributors.first?.text
        == "source by In - A, 2 references, 1970-01-01T00:00:00.072Z")
  }

  private func members(of object: Int64) throws -> AttributeRow {
    try #require(
      try test.reader.object(id: object, valueLimit: 9)?.metaverse.first { $0.name == "member" })
  }

  @Test("A reference tells since when its rule gives it; another rule begins anew")
  func referenceTimes() throws {
    func flow(rule: String, at moment: Int?) throws -> Int {
      try test.store.transaction { tx in
        let id = try tx.ruleID(rule, name: rule)
        try tx.flow("member", from: 70, to: 71, contributor: 1, rule: id, precedence: 1)
        if let moment { try tx.execute("UPDATE mv_reference SET since = ?", [moment]) }
      }
      return try test.number("SELECT since FROM mv_reference")
    }
    let before = Timestamp.now.milliseconds
    #expect(try flow(rule: "a", at: nil) >= before)
    #expect(try flow(rule: "a", at: 5) == 5)
    #expect(try flow(rule: "a", at: nil) == 5)
    #expect(try flow(rule: "b", at: nil) >= before)
  }
}
