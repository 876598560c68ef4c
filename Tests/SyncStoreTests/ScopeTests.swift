import Directory
import Testing

@testable import SyncStore

@Suite("Kinds of objects of a connector space")
struct ScopeTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  @Test("Of many values a change is among those that are kept, and nothing else seems to be one")
  func cut() {
    let values = (0..<10).map { AttributeValue.string("\($0)") }
    var row = AttributeRow(
      name: "mail", values: values, before: nil,
      pendingExport: values.dropLast() + [.string("new")], origin: "", targetNames: [],
      valueCount: 10)
    row.cut(to: 3)
    #expect(row.values.map(\.text) == ["9", "0", "1"] && row.valueCount == 10)
    #expect(row.pendingExport?.map(\.text) == ["0", "1", "new"])
    row = AttributeRow(
      name: "mail", values: values, before: Array(values.dropLast()), pendingExport: nil,
      origin: "", targetNames: values.map(\.text), valueCount: 10)
    row.cut(to: 2)
    #expect(row.values.map(\.text) == ["9", "0"] && row.targetNames == ["9", "0"])
    #expect(row.before?.map(\.text) == ["0"])
  }

  @Test("Filtered disconnectors, and errors by their stage, are counted and listed by themselves")
  func scopes() throws {
    try test.stage(try ["ann", "bob", "cy", "di"].map { .entry(try test.entry($0)) })
    let step = try test.step(.fullSynchronization)
    let (ann, bob, cy) = (try test.id("ann"), try test.id("bob"), try test.id("cy"))
    try test.store.transaction { tx in
      try tx.unlink(ann, isFiltered: true)
      for (id, stage) in [(bob, ErrorRow.Stage.synchronization), (cy, .export)] {
        try tx.record(
          StepError(stage, .typeMismatch, objectID: id, dn: "x", message: "m", hint: "h"),
          step: step, connector: test.source)
      }
    }
    func names(_ scope: SearchScope) throws -> [String] {
      try test.reader.objects(
        connector: "source", scope: scope, text: "", after: nil, limit: 9
      ).map(\.display)
    }
    #expect(try names(.filtered) == ["ann"] && names(.disconnectors).count == 4)
    #expect(try names(.importErrors) == ["bob"] && names(.exportErrors) == ["cy"])
    #expect(try names(.errors) == ["bob", "cy"])
    let row = try test.reader.connectors()[0]
    #expect(row.filtered == 1 && row.importErrors == 1 && row.exportErrors == 1)
    #expect(row.objectsInError == 2 && row.disconnectors == 4)
  }
}
