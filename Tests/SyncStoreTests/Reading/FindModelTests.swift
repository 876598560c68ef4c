import Directory
import TestSupport
import Testing

@testable import SyncStore

/// Objects called as programs stumble by, looked for by each of their names.
@Suite("Who is looked for by a name is found by it, and nobody else is")
struct FindModelTests {
  private struct Object {
    var id: Int64
    var dn: DistinguishedName
    var anchor: String
    var display: String
    var accounts: [String]
    var metaverse: Int64?
    var connector: Int64
  }

  private final class World {
    let test: TestStore
    var random: SeededRandom
    var objects: [Object] = []
    /// The addresses by which metaverse objects are found.
    var addresses: [Int64: String] = [:]
    var isTargetActive = true

    init(seed: Int) throws {
      test = try TestStore()
      random = SeededRandom(seed: seed)
      for number in 0..<14 { try add(number) }
      if random.chance(30) {
        isTargetActive = false
        try test.store.transaction { try $0.retireConnectors(except: [test.source]) }
      }
    }

    func name() -> String {
      let name = random.chance(60) ? random.choose(HostileText.names) : random.text(count: 1...4)
      return random.chance(40) ? random.choose([name.uppercased(), name.lowercased()]) : name
    }

    private func add(_ number: Int) throws {
      let connector = random.chance(60) ? test.source : test.target
      let (display, account, mail) = (name(), name(), name())
      let anchor = "\(number) \(name())"
      var attributes: AttributeSet = ["displayName": [.string(display)]]
      var accounts: [String] = []
      let names: [AttributeName] = ["sAMAccountName", "uid", "userName", "userPrincipalName"]
      if random.chance(60) {
        attributes[random.choose(names)] = [.string(account)]
        accounts.append(account)
      }
      if random.chance(40) {
        attributes["mail"] = [.string(mail)]
        accounts.append(mail)
      }
      if random.chance(50) { attributes["description"] = [.string(name())] }
      let rdn = DistinguishedName.escape(number < 4 ? "Same \(number % 2)" : "o\(number)")
      let dn = try DistinguishedName("CN=\(rdn),OU=\(connector),DC=contoso")
      try test.stage(
        [
          .entry(
            DirectoryEntry(
              anchor: Anchor(anchor), dn: dn, objectType: "user", attributes: attributes))
        ], connector: connector)
      let found = try test.store.look {
        [try $0.objectID(connector: connector, anchor: Anchor(anchor))]
      }[0]
      let id = try #require(found)
      objects.append(
        Object(
          id: id, dn: dn, anchor: anchor, display: display, accounts: accounts,
          connector: connector))
      if random.chance(50) { try project(objects.count - 1) }
    }

    private func project(_ place: Int) throws {
      let (id, address) = (objects[place].id, name() + "@x")
      let metaverse = try test.store.transaction { tx in
        let metaverse = try tx.insertMetaverse(
          objectType: "person", image: try tx.encode([MetaverseAttribute]()), display: address,
          keys: [JoinKey("userPrincipalName", .string(address))])
        try tx.link(id, to: metaverse, .projected, rule: 0)
        return metaverse
      }
      objects[place].metaverse = metaverse
      addresses[metaverse] = address
    }

    var visible: [Object] {
      objects.filter { $0.connector == test.source || isTargetActive }
        .sorted { ($0.connector, $0.id) < ($1.connector, $1.id) }
    }
  }

  /// The bytes of a text, the case of English letters aside.
  private func folded(_ text: String) -> [UInt8] {
    text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
  }

  private func isSame(_ a: String, _ b: String) -> Bool { a.utf8.elementsEqual(b.utf8) }

  /// Whom a text means, said plainly.
  private func meant(_ text: String, _ world: World) -> [Int64] {
    let dn = try? DistinguishedName(text)
    let direct = world.visible.filter { object in
      // Who is linked is called as his metaverse object is.
      let called = object.metaverse.flatMap { world.addresses[$0] } ?? object.display
      return object.dn == dn || isSame(object.anchor, text) || folded(called) == folded(text)
        || object.metaverse.map { id in
          isSame(world.addresses[id]?.lowercased() ?? "", text.lowercased())
            || MetaverseAddress(text)?.number == id
        } ?? false
    }
    guard direct.isEmpty else { return direct.map(\.id) }
    let typed = text.split(separator: "\\", maxSplits: 1).last.map(String.init) ?? ""
    guard !typed.isEmpty, MetaverseAddress(text) == nil else { return [] }
    let name = typed.lowercased()
    return world.visible.filter { object in
      (object.accounts + [object.display]).contains { $0.lowercased() == name }
        || folded(object.display) == folded(text)
    }.map(\.id)
  }

  /// Letters of other alphabets are looked for in whole images as they are typed, and small.
  private func isFoundAsTyped(_ text: String, _ world: World) -> Bool {
    let typed = text.split(separator: "\\", maxSplits: 1).last.map(String.init) ?? ""
    guard !typed.utf8.allSatisfy({ $0 < 0x80 }) else { return true }
    return world.objects.allSatisfy { object in
      (object.accounts + [object.display]).allSatisfy { account in
        account.lowercased() != typed.lowercased() || isSame(account, typed)
          || isSame(account, typed.lowercased())
      }
    }
  }

  @Test("By DN, anchor, address, display name, account and mail", arguments: 0..<16)
  func anyName(_ seed: Int) throws {
    let world = try World(seed: seed)
    let reader = try world.test.reader
    var texts = HostileText.names + ["", "nobody", "CN=Same 0,OU=1,DC=contoso"]
    for object in world.objects {
      texts += [object.dn.text, object.dn.text.uppercased(), object.anchor, object.display]
      texts += object.accounts + object.accounts.map { "DOMAIN\\" + $0 }
      texts += [object.display.uppercased(), object.display.lowercased()]
    }
    for (id, address) in world.addresses { texts += [address, address.uppercased(), "mv:\(id)"] }
    for text in texts where isFoundAsTyped(text, world) {
      let found = try reader.find(text).map(\.id)
      #expect(found == meant(text, world), "\(text.debugDescription)")
    }
  }

  @Test("Names that part behind a NUL are two, of who is there and of who is gone")
  func behindNUL() throws {
    let test = try TestStore()
    let names = ["nul\0one", "nul\0two"]
    try test.stage(
      try names.enumerated().map { number, name in
        .entry(try test.entry("o\(number)", ["displayName": [.string(name)]]))
      })
    let ids = try (0..<2).map { try test.id("o\($0)") }
    let reader = try test.reader
    for (name, id) in zip(names, ids) {
      #expect(try reader.find(name).map(\.id) == [id])
      #expect(try reader.find(name.uppercased()).map(\.id) == [id])
    }
    try test.store.transaction { tx in for id in ids { try tx.remove(id) } }
    for (name, id) in zip(names, ids) { #expect(try reader.findPast(name).map(\.id) == [id]) }
  }

  @Test("Who is gone is found by what he was called last, and by what he was called before")
  func gone() throws {
    var random = SeededRandom(seed: 3)
    let test = try TestStore()
    for number in 0..<8 {
      let (display, anchor) = (random.choose(HostileText.names), "anchor \(number)")
      let names = try (0..<3).map { try TestStore.dn("n\(number)-\($0)", ou: "Ärzte") }
      for dn in names {
        try test.stage([
          .entry(
            DirectoryEntry(
              anchor: Anchor(anchor), dn: dn, objectType: "user",
              attributes: ["displayName": [.string(display)]]))
        ])
      }
      let id = try #require(
        try test.store.look {
          [try $0.objectID(connector: test.source, anchor: Anchor(anchor))]
        }[0])
      for isGone in [false, true] {
        if isGone { try test.store.transaction { try $0.remove(id) } }
        let reader = try test.reader
        for dn in names.dropLast() {
          #expect(try reader.findPast(dn.text.uppercased()).map(\.id) == [id])
        }
        let last = [names[2].text, anchor]
        for text in last {
          #expect(try reader.find(text).map(\.id) == (isGone ? [] : [id]), "\(text)")
          #expect(try reader.findPast(text).map(\.id) == (isGone ? [id] : []), "\(text)")
        }
        let row = try #require(try reader.findPast(names[0].text).first)
        #expect(row.isGone == isGone && row.display.utf8.elementsEqual(display.utf8))
        #expect(try reader.findPast(display).contains { $0.id == id } == isGone)
      }
    }
  }
}
