import Directory
import TestSupport
import Testing

@testable import SyncStore

@Suite("Whose delete waits is known as one that a rule made")
struct MadeThatGoesTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  /// One that its target has taken, linked so, and that is to be deleted.
  private func leaving(_ kind: LinkKind, rule: Int64 = 7) throws -> Int64 {
    let id = try test.provision("ann", DesiredImage(attributes: [Attribute("title", ["x"])]))
    let metaverse = try #require(try test.object(id).metaverse)
    try test.store.transaction {
      try $0.markSending([id])
      try $0.exportTaken(id, anchor: Anchor("a-ann"))
      try $0.link(id, to: metaverse, kind, rule: rule)
    }
    try deprovision(id)
    return id
  }

  private func deprovision(_ id: Int64) throws {
    let object = try test.object(id)
    try test.store.transaction { try $0.deprovision(object, because: "left scope") }
  }

  private func person() throws -> Int64 {
    try test.store.transaction { tx in
      try tx.insertMetaverse(
        objectType: "person", image: tx.encode([MetaverseAttribute]()), display: "p", keys: [])
    }
  }

  @Test(
    "How it was linked is kept of one that was made, and of no other",
    arguments: [LinkKind.provisioned, .takenOver, .joined, .projected])
  func kinds(_ kind: LinkKind) throws {
    let object = try test.object(try leaving(kind))
    #expect(object.awaitsDelete && object.metaverse == nil)
    #expect(object.isMadeThatGoes == (kind == .provisioned))
    #expect(object.linkKind == (kind == .provisioned ? .provisioned : .none))
  }

  @Test("It stays so over a link to another person, and over the end of that", arguments: [1, 3])
  func relinked(times: Int) throws {
    let id = try leaving(.provisioned)
    for number in 0..<times {
      let person = try person()
      try test.store.transaction { try $0.link(id, to: person, .provisioned, rule: 9) }
      #expect(try test.object(id).metaverse == person)
      try test.store.transaction { try $0.unlink(id, isFiltered: number.isMultiple(of: 2)) }
      let object = try test.object(id)
      #expect(object.isMadeThatGoes && object.linkRule == 9 && object.metaverse == nil)
    }
  }

  @Test("Who joined since, and was not made, keeps nothing of a link that ends")
  func joined() throws {
    let id = try leaving(.provisioned)
    let person = try person()
    try test.store.transaction {
      try $0.link(id, to: person, .joined, rule: 9)
      try $0.unlink(id, isFiltered: false)
    }
    let object = try test.object(id)
    #expect(object.linkKind == .none && object.linkRule == 0 && object.awaitsDelete)
  }

  @Test("Who is wanted again does not go, and a link that ends later leaves nothing")
  func wantedAgain() throws {
    let id = try leaving(.provisioned)
    let person = try person()
    try test.store.transaction {
      try $0.link(id, to: person, .provisioned, rule: 9)
      try $0.setDesired(
        $0.encode(DesiredImage(attributes: [Attribute("title", ["y"])])), of: id)
    }
    var object = try test.object(id)
    #expect(!object.awaitsDelete && !object.isMadeThatGoes && object.linkKind == .provisioned)
    try test.store.transaction { try $0.unlink(id, isFiltered: false) }
    object = try test.object(id)
    #expect(object.linkKind == .none && object.linkRule == 0)
  }

  @Test("Who is let go, or of whom nothing is written any more, was not made")
  func letGo() throws {
    let id = try leaving(.provisioned)
    try test.store.transaction { try $0.letGo(id) }
    #expect(try test.object(id).linkKind == .none)
    #expect(!(try test.object(id).isMadeThatGoes))
  }

  @Test("A target that nothing is written to any more forgets whom it was to lose")
  func forgotten() throws {
    let id = try leaving(.provisioned)
    try test.store.transaction { try $0.forgetExports(toSource: test.target) }
    let object = try test.object(id)
    #expect(!object.awaitsDelete && object.linkKind == .none)
  }
}
