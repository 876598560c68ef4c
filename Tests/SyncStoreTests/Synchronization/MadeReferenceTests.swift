import Directory
import TestSupport
import Testing

@testable import SyncStore

/// References that rules make of text, on both sides.
@Suite("References that rules made mean whoever bears the name")
struct MadeReferenceTests {
  private static let inbound: [AttributeName] = ["=in-1 manager", "=in-2 manager"]
  private static let outbound: AttributeName = "=>out-1 members"

  private struct Made: Hashable {
    var attribute: AttributeName
    var key: String
  }

  private let test: TestStore

  init() throws { test = try TestStore() }

  private func changed(_ connector: Int64) throws -> [StoreTransaction.ChangedReference] {
    try test.store.look {
      try $0.changedReferences(connector: connector, outbound: [String](), limit: 1000)
    }
  }

  private func settle(_ connector: Int64) throws {
    for reference in try changed(connector) {
      try test.store.transaction { try $0.settle(reference) }
    }
  }

  @Test(
    "What rules make now takes the place of what they made, whatever they made", arguments: 0..<12)
  func replaced(_ seed: Int) throws {
    var random = SeededRandom(seed: seed)
    try test.stage(try (0..<4).map { .entry(try test.entry("p\($0)")) })
    let ids = try (0..<4).map { try test.id("p\($0)") }
    let addresses =
      ["a-p0", "a-p1", "nobody", "nul\0", "CN=P2,OU=staff,DC=contoso,DC=test", "CN=nobody,DC=x"]
    func target(_ address: String) -> Int64? {
      switch address {
      case "a-p0": ids[0]
      case "a-p1": ids[1]
      case let name where name.hasPrefix("CN=P2"): ids[2]
      default: nil
      }
    }
    try test.synchronizeAll()
    var model: [Made: Int] = [:]
    for _ in 0..<14 {
      let made = random.some(Self.inbound, percent: 70).map {
        (attribute: $0, addresses: random.some(addresses))
      }
      try test.store.transaction {
        try $0.setMadeReferences(made, .inbound, of: ids[3], connector: test.source)
      }
      let wanted = Set(
        made.flatMap { item in
          item.addresses.map { Made(attribute: item.attribute, key: referenceKey($0)) }
        })
      for key in model.keys where !wanted.contains(key) { model[key] = 2 }
      for key in wanted where model[key] == nil || model[key] == 2 { model[key] = 1 }
      let found = try changed(test.source)
      #expect(
        Set(found.map { Made(attribute: $0.attribute, key: $0.value) })
          == Set(model.filter { $0.value != 0 }.keys))
      for reference in found {
        let made = Made(attribute: reference.attribute, key: reference.value)
        #expect(reference.source == ids[3] && reference.isRemoved == (model[made] == 2))
        let address = addresses.first { referenceKey($0) == reference.value }
        if !reference.isRemoved { #expect(reference.target == address.flatMap(target)) }
      }
      if random.chance(50) {
        try settle(test.source)
        model = model.filter { $0.value != 2 }.mapValues { _ in 0 }
      }
    }
  }

  @Test("Who refers by rules is not read of a directory, and who is read of one is not made")
  func apart() throws {
    try test.stage([.entry(try test.entry("ann")), .entry(try test.entry("bob"))])
    let (ann, bob) = (try test.id("ann"), try test.id("bob"))
    try test.stage([
      .entry(try test.entry("team", ["member": [.reference("a-ann")]], type: "group"))
    ])
    let team = try test.id("team")
    try test.store.transaction {
      try $0.setMadeReferences(
        [(Self.inbound[0], ["a-bob"])], .inbound, of: team, connector: test.source)
    }
    // The directory tells the group anew: what rules made of it stays.
    try test.stage([
      .entry(try test.entry("team", ["member": [.reference("a-ann")]], type: "group"))
    ])
    try test.store.look { tx throws in
      #expect(try tx.refers(team, Self.inbound[0], to: bob))
      #expect(try tx.refers(team, "member", to: ann) && !tx.refers(team, "member", to: bob))
      #expect(try !tx.hasOutboundReferences())
      #expect(try tx.madeAttributes() == tx.madeAttributes(.inbound))
      #expect(try tx.madeAttributes(.outbound) == [])
    }
    try test.store.transaction {
      try $0.setMadeReferences([], .inbound, of: team, connector: test.source)
    }
    #expect(try !test.store.look { try $0.refers(team, Self.inbound[0], to: bob) })
    #expect(try test.store.look { try $0.refers(team, "member", to: ann) })
  }

  // MARK: Outbound

  private func person(_ name: String) throws -> Int64 {
    try test.provision(name, DesiredImage(references: ["members"]))
  }

  private func make(_ addresses: [String], of id: Int64) throws {
    try test.store.transaction {
      try $0.setMadeReferences(
        [(Self.outbound, addresses)], .outbound, of: id, connector: test.target)
    }
  }

  private func meant(of id: Int64) throws -> [String: Int64?] {
    try test.store.look { tx throws in
      var meant: [String: Int64?] = [:]
      for row in try tx.rows(
        "SELECT value, target_id FROM cs_reference WHERE source_id = ? AND state <> 2", [id])
      {
        meant[row[0] as String] = .some(row[1] as Int64?)
      }
      return meant
    }
  }

  @Test("An address of a target is a name, an anchor or a metaverse object, and waits for nobody")
  func addresses() throws {
    let (team, ann) = (try person("team"), try person("ann"))
    let metaverse = try #require(try test.object(ann).metaverse)
    try test.store.transaction { try $0.exportTaken(ann, anchor: Anchor("a-ann")) }
    let name = referenceKey("CN={ann}")
    try make(["CN={Ann}", "a-ann", "{\(metaverse)}", "{4711}", "{x}", "later"], of: team)
    #expect(try test.store.look { try $0.hasOutboundReferences() })
    #expect(
      try meant(of: team) == [
        name: ann, "a-ann": ann, "{\(metaverse)}": ann, "{4711}": nil, "{x}": nil, "later": nil,
      ])
    for (address, number) in [
      ("{12}", 12), ("{-3}", -3), ("{}", nil), ("{12", nil), ("12}", nil), ("{1 2}", nil),
      ("a{12}", nil),
    ] as [(String, Int64?)] {
      #expect(StoreTransaction.metaverseNumber(of: address) == number, "\(address)")
    }
  }

  @Test("Who comes to bear a name or an anchor is meant by those who wait for it")
  func bound() throws {
    let team = try person("team")
    try make(["CN={bob}", "a-bob"], of: team)
    try settle(test.target)
    let bob = try person("bob")
    try test.store.transaction { try $0.bindMadeReferences(to: bob) }
    let name = referenceKey("CN={bob}")
    #expect(try meant(of: team) == [name: bob, "a-bob": nil])
    #expect(try changed(test.target).map(\.value) == [name])
    try settle(test.target)
    try test.store.transaction { try $0.exportTaken(bob, anchor: Anchor("a-bob")) }
    #expect(try meant(of: team) == [name: bob, "a-bob": bob])
    #expect(try changed(test.target).map(\.value) == ["a-bob"])
    // Who is bound is bound, and nothing more happens.
    try settle(test.target)
    try test.store.transaction { try $0.bindMadeReferences(to: bob) }
    #expect(try changed(test.target).isEmpty)
  }

  @Test("When somebody goes, references by name mean whoever else bears it, or nobody")
  func released() throws {
    let (team, first) = (try person("team"), try person("bob"))
    try make(["CN={bob}"], of: team)
    try settle(test.target)
    let name = referenceKey("CN={bob}")
    let second = try person("bob")
    try test.store.transaction { try $0.remove(first) }
    #expect(try meant(of: team) == [name: second])
    #expect(try changed(test.target).map(\.target) == [second])
    try settle(test.target)
    try test.store.transaction { try $0.remove(second) }
    #expect(try meant(of: team) == [name: nil])
    #expect(try changed(test.target).count == 1)
  }

  @Test("Who is let go makes no references any more")
  func letGo() throws {
    let (team, bob) = (try person("team"), try person("bob"))
    try make(["CN={bob}"], of: team)
    try settle(test.target)
    try test.store.transaction { try $0.letGo(team) }
    #expect(try meant(of: team).isEmpty)
    let object = try test.object(team)
    #expect(object.desired == nil && object.metaverse == nil && object.linkKind == .none)
    #expect(try test.object(bob).desired != nil)
  }

  @Test("The attribute for which a rule of a target made references is the last word of their name")
  func madeFor() {
    for (name, attribute) in [
      ("=>rule members", "members"), ("=>a rule with blanks members", "members"),
      ("=rule members", nil), ("members", nil), ("=>members", nil),
    ] as [(String, AttributeName?)] {
      #expect(AttributeName(name).madeFor == attribute, "\(name)")
      #expect(AttributeName(name).isMadeOutbound == name.hasPrefix("=>"))
    }
  }
}
