import Directory
import Foundation
import LDIFConnector
import SyncStore
import Testing

@testable import SyncEngine

/// Files that say less than there is, read by an engine.
@Suite("Files that are not the whole truth")
struct FileTruthTests {
  private let world: World
  private var settings: LDIFConnectorSettings

  init() throws {
    world = try World()
    let changes = world.folder.appending(path: "changes")
    try FileManager.default.createDirectory(at: changes, withIntermediateDirectories: true)
    settings = LDIFConnectorSettings(
      content: [world.folder.appending(path: "content.ldif").path], changes: changes.path)
    world.otherSource = LDIFConnector(settings: settings)
  }

  private func write(_ name: String, _ text: String) throws {
    try text.write(
      to: world.folder.appending(path: name), atomically: true, encoding: .utf8)
  }

  private func user(_ name: String, isChange: Bool = false) -> String {
    "dn: CN=\(name),OU=Staff,DC=x\n" + (isChange ? "changetype: add\n" : "")
      + "objectClass: user\ncn: \(name)\nemployeeNumber: g-\(name)\nupn: \(name)@x\n"
      + "displayName: \(name)\n\n"
  }

  private let unit = "dn: OU=Staff,DC=x\nobjectClass: organizationalUnit\nou: Staff\n\n"

  private func users(_ range: Range<Int>) -> String { range.map { user("u\($0)") }.joined() }

  /// The message of a step.
  private func message(_ step: OperationRow) throws -> (message: String, hint: String) {
    try world.reader.stepMessage(step: step.id)
  }

  private func first(_ policy: CyclePolicy = .initial) async throws -> OperationRow {
    let steps = try await world.cycle(policy).steps
    return try #require(steps.first { $0.connector == "source" && $0.type == .fullImport })
  }

  @Test("Content that is cut within a line deletes nobody, takes in what it has, and says why")
  func cut() async throws {
    try write("content.ldif", users(0..<9))
    try await world.cycle(.initial)
    #expect(world.outcome.count == 9)
    try write(
      "content.ldif",
      user("new") + users(0..<6) + "dn: CN=u6,OU=Staff,DC=x\nobjectClass: user\ncn: u")
    let step = try await first()
    #expect(step.result == "stopped-deletion-limit")
    let told = try message(step)
    #expect(told.message.contains("does not show 2 objects"), "\(told)")
    #expect(told.message.contains("ends without a line end, on line "), "\(told)")
    #expect(told.message.contains("end its last line with a line end if it is whole"), "\(told)")
    #expect(told.hint.contains("lockstep release import source"))
    #expect(world.outcome.keys.contains("g-new"))
    #expect(world.outcome.keys.contains("g-u7") && world.outcome.keys.contains("g-u8"))
    // The whole file ends it.
    try write("content.ldif", user("new") + users(0..<8))
    #expect(try await first().result == "success")
    #expect(world.outcome.count == 9 && world.outcome["g-u8"] == nil)
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("Content without a line end that lacks nobody is taken in without a word")
  func whole() async throws {
    try write("content.ldif", users(0..<4))
    try await world.cycle(.initial)
    try write("content.ldif", String((users(0..<4) + user("new")).dropLast(2)))
    #expect(try await first().result == "success")
    #expect(world.outcome.count == 5)
  }

  @Test("Change files that were read and are put away undo nothing until a person says so")
  func archived() async throws {
    try world.stopSchedule()
    try write("content.ldif", users(0..<4))
    try await world.cycle(.initial)
    let gone = "dn: CN=u3,OU=Staff,DC=x\nchangetype: delete\n\n"
    try write("changes/1.ldif", user("new", isChange: true) + gone)
    try await world.cycle()
    let held = Set(world.outcome.keys)
    #expect(held == ["g-u0", "g-u1", "g-u2", "g-new"])
    let file = world.folder.appending(path: "changes/1.ldif")
    try FileManager.default.moveItem(at: file, to: world.folder.appending(path: "1.done"))
    for policy in [CyclePolicy.delta, .initial, .delta] {
      let steps = try await world.cycle(policy).steps
      let step = try #require(steps.first { $0.result == "no-start-files-doubted" }, "\(steps)")
      let told = try message(step)
      #expect(told.message.contains("a full import would undo what they changed"), "\(told)")
      #expect(told.hint.hasSuffix("lockstep release import source"), "\(told)")
      #expect(!told.hint.contains("server"), "\(told)")
      #expect(Set(world.outcome.keys) == held)
    }
    let hold = try #require(try world.reader.heldImports().first)
    #expect(hold.kind == "files" && hold.isOfFiles && hold.isBehind)
    #expect(try world.reader.events(codes: [116], text: "", before: nil, limit: 9).count == 1)
    // Put back, it is as if nothing had been.
    try FileManager.default.moveItem(at: world.folder.appending(path: "1.done"), to: file)
    try await world.cycle()
    #expect(try world.reader.heldImports().isEmpty)
    #expect(Set(world.outcome.keys) == held)
    // And with a person's word the files are right as they are.
    try FileManager.default.removeItem(at: file)
    try await world.cycle()
    #expect(
      try await world.release(.importOf("source")).outcome
        == "the next import of source reads its files as they are now, whatever was read of them before"
    )
    try await world.cycle()
    #expect(Set(world.outcome.keys) == ["g-u0", "g-u1", "g-u2", "g-u3"])
    #expect(try world.reader.heldImports().isEmpty)
    #expect(try await world.cycle().steps.first?.type == .deltaImport)
  }

  @Test("After an upgrade, fresh content without its change files ends what is held")
  func upgraded() async throws {
    try world.stopSchedule()
    try write("content.ldif", users(0..<4))
    try await world.cycle(.initial)
    try write("changes/1.ldif", "dn: CN=u3,OU=Staff,DC=x\nchangetype: delete\n\n")
    try await world.cycle()
    try SyncStore.open(file: world.storeFile).transaction { tx in
      let id = try #require(try tx.connectorID("source"))
      let state = try #require(try tx.connectorState(id))
      let mark = try #require(state.watermark)
      let parts = mark.value.split(separator: " ")
      let former = (["1"] + parts[1...4] + parts[7...]).joined(separator: " ")
      try tx.setWatermark(
        Watermark(kind: mark.kind, value: former), identity: state.watermarkIdentity, connector: id)
      // A version that is older still noted no time, either.
      try tx.set("connector.\(id).last-read", "")
    }
    let content = world.folder.appending(path: "content.ldif").path
    func age(_ seconds: Double) throws {
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: seconds)], ofItemAtPath: content)
    }
    try FileManager.default.removeItem(at: world.folder.appending(path: "changes/1.ldif"))
    try age(-100)
    for _ in 0..<2 {
      let steps = try await world.cycle().steps
      let step = try #require(steps.first { $0.result == "no-start-files-doubted" }, "\(steps)")
      #expect(try message(step).message.contains("it was not noted whether"))
    }
    try write("content.ldif", users(0..<3) + user("new"))
    try age(100)
    #expect(try await world.cycle().steps.allSatisfy { $0.result == "success" })
    #expect(Set(world.outcome.keys) == ["g-u0", "g-u1", "g-u2", "g-new"])
    #expect(try world.reader.heldImports().isEmpty)
  }

  @Test("Fresh content is noticed by a delta cycle, and asks for the change files that it contains")
  func fresh() async throws {
    try write("content.ldif", users(0..<4))
    try await world.cycle(.initial)
    try write("changes/1.ldif", "dn: CN=u3,OU=Staff,DC=x\nchangetype: delete\n\n")
    try await world.cycle()
    let old = world.folder.appending(path: "changes/1.ldif")
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -100)], ofItemAtPath: old.path)
    // Somebody of the same name is there again.
    try write("content.ldif", users(0..<4).replacing("g-u3", with: "g-other") + user("new"))
    #expect(
      try await world.cycle().steps.contains { $0.result == "no-start-files-doubted" })
    #expect(Set(world.outcome.keys) == ["g-u0", "g-u1", "g-u2"])
    try FileManager.default.removeItem(at: old)
    try await world.cycle()
    #expect(Set(world.outcome.keys) == ["g-u0", "g-u1", "g-u2", "g-other", "g-new"])
    #expect(try world.reader.heldImports().isEmpty)
    // Without change files, too, a delta notices it.
    try write("content.ldif", users(0..<4).replacing("g-u3", with: "g-other"))
    let steps = try await world.cycle().steps
    #expect(steps.contains { $0.type == .fullImport && $0.result == "success" })
    #expect(world.outcome["g-new"] == nil)
  }

  @Test("With an attribute for anchor that containers do not have, people leave all the same")
  func anchored() async throws {
    var settings = settings
    settings.anchorAttribute = "employeeNumber"
    world.otherSource = LDIFConnector(settings: settings)
    let root = "dn:\nobjectClass: top\nobjectClass: OpenLDAProotDSE\n\n"
    try write("content.ldif", root + unit + users(0..<4))
    #expect(try await first().result == "success")
    #expect(world.outcome.count == 4)
    try write("content.ldif", root + unit + users(0..<3))
    #expect(try await first().result == "success")
    #expect(world.outcome.count == 3)
  }
}
