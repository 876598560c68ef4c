import Directory
import Foundation
import LDIFConnector
import PasswordSync
import Secrets
import SyncStore
import Testing

@testable import SyncEngine

/// Files without GUIDs, read by an engine.
@Suite("Objects that are known by their names alone")
struct NamedObjectsTests {
  private let world: World
  private let settings: LDIFConnectorSettings

  init() throws { (world, settings) = try Self.files(World()) }

  private static func files(_ world: World) throws -> (World, LDIFConnectorSettings) {
    let changes = world.folder.appending(path: "changes")
    try FileManager.default.createDirectory(at: changes, withIntermediateDirectories: true)
    let settings = LDIFConnectorSettings(
      content: [world.folder.appending(path: "content.ldif").path], changes: changes.path)
    world.otherSource = LDIFConnector(settings: settings)
    return (world, settings)
  }

  private func write(_ name: String, _ text: String, _ world: World? = nil) throws {
    let folder = (world ?? self.world).folder
    try text.write(to: folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  private func user(
    _ name: String, number: String, isChange: Bool = false, _ more: String = ""
  ) -> String {
    "dn: CN=\(name),OU=Staff,DC=x\n" + (isChange ? "changetype: add\n" : "")
      + "objectClass: user\ncn: \(name)\nemployeeNumber: g-\(number)\nupn: \(number)@x\n"
      + "displayName: \(name)\n\(more)\n"
  }

  private let unit = "dn: OU=Staff,DC=x\nobjectClass: organizationalUnit\nou: Staff\n\n"

  private func rename(_ dn: String, _ rdn: String) -> String {
    "dn: \(dn)\nchangetype: modrdn\nnewrdn: \(rdn)\ndeleteoldrdn: 1\n\n"
  }

  /// Whom the target holds under which anchor.
  private var held: [String: String] {
    Dictionary(
      world.target.all.map { ($0.attributes.text("externalId") ?? "?", $0.anchor.text) },
      uniquingKeysWith: { first, _ in first })
  }

  private func expectNothing(
    _ policy: CyclePolicy, adds: Int = 0, deletes: Int = 0
  ) async throws {
    let cycle = try await world.cycle(policy)
    #expect(cycle.steps.map(\.result) == cycle.steps.map { _ in "success" })
    let imports = cycle.steps.filter { $0.connector == "source" && $0.type == .fullImport }
    #expect(imports.map(\.adds) == imports.map { _ in adds }, "\(policy)")
    #expect(imports.map(\.deletes) == imports.map { _ in deletes }, "\(policy)")
    let exports = cycle.steps.filter { $0.connector == "target" && $0.type == .export }
    #expect(exports.allSatisfy { $0.deletes == deletes && $0.adds == adds }, "\(policy)")
  }

  @Test("A full import after a rename that a delta told deletes nobody and swaps nobody")
  func afterDelta() async throws {
    try write("content.ldif", user("Ann", number: "a") + user("Bob", number: "b"))
    try await world.cycle(.initial)
    let before = held
    #expect(before.count == 2)
    try write("changes/1.ldif", rename("CN=Ann,OU=Staff,DC=x", "CN=Anna"))
    #expect(try await world.cycle().steps.first?.type == .deltaImport)
    try await expectNothing(.initial)
    #expect(held == before)
    // The name is free, and another person takes it.
    try write("changes/2.ldif", user("Ann", number: "c", isChange: true))
    try await world.cycle()
    let three = held
    #expect(three.count == 3 && three.filter { before[$0.key] == $0.value }.count == 2)
    try await expectNothing(.initial)
    #expect(held == three)
    try await expectNothing(.delta)
  }

  @Test("A full import alone keeps apart who is renamed, swaps names, or moves with a container")
  func withoutDelta() async throws {
    try write(
      "content.ldif",
      unit + ["Ann", "Bob", "Cid", "Dan"].map { user($0, number: $0) }.joined())
    try await world.cycle(.initial)
    let before = held
    #expect(before.count == 4)
    try write(
      "changes/1.ldif",
      rename("CN=Ann,OU=Staff,DC=x", "CN=Tmp") + rename("CN=Bob,OU=Staff,DC=x", "CN=Ann")
        + rename("CN=Tmp,OU=Staff,DC=x", "CN=Bob") + rename("CN=Cid,OU=Staff,DC=x", "CN=Cidney"))
    try await expectNothing(.initial)
    #expect(held == before)
    try write("changes/2.ldif", rename("OU=Staff,DC=x", "OU=Crew"))
    try await expectNothing(.initial)
    #expect(held == before)
    try await expectNothing(.initial)
    #expect(held == before)
  }

  @Test("Who is deleted before or after a container is renamed is gone after a full import")
  func deletedBelow() async throws {
    try write(
      "content.ldif", unit + ["Ann", "Bob", "Cid"].map { user($0, number: $0) }.joined())
    try await world.cycle(.initial)
    try write(
      "changes/1.ldif",
      "dn: CN=Ann,OU=Staff,DC=x\nchangetype: delete\n\n" + rename("OU=Staff,DC=x", "OU=Crew")
        + "dn: CN=Bob,OU=Crew,DC=x\nchangetype: delete\n\n")
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps.map(\.result) == cycle.steps.map { _ in "success" })
    #expect(held.keys.sorted() == ["g-Cid"])
  }

  @Test("The passwords of who was renamed are told under the anchor that is staged")
  func passwords() async throws {
    let world = try PasswordWorld()
    let (_, settings) = try Self.files(world.world)
    func hash(_ password: String) -> String {
      PasswordHash.ntHash(of: password).withBytes { Hexadecimal.encode(Array($0)) }
    }
    try write(
      "content.ldif", user("Ann", number: "ann", "sambaNTPassword: \(hash("one"))\n"), world.world)
    world.otherSource = LDIFPasswordSource(
      settings, attribute: HashAttribute("sambaNTPassword", .hexadecimal),
      key: StampKey(SecretBytes([UInt8](repeating: 9, count: StampKey.length))),
      domain: "contoso.test")
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("one", of: "ann"))
    try write(
      "changes/1.ldif",
      rename("CN=Ann,OU=Staff,DC=x", "CN=Anna")
        + "dn: CN=Anna,OU=Staff,DC=x\nchangetype: modify\nreplace: sambaNTPassword\n"
        + "sambaNTPassword: \(hash("two"))\n-\n\n", world.world)
    try await world.cycle()
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.takes("two", of: "ann"))
  }
}
