import Directory
import SyncStore
import Testing

@testable import Console

@Suite("What people type to narrow tables")
struct FilterTextTests {
  private static let fields = [
    FilterText.Field(name: "status", kind: .text), FilterText.Field(name: "adds", kind: .number),
    FilterText.Field(name: "started", kind: .moment), FilterText.Field(name: "step", kind: .number),
  ]

  private func read(_ text: String) -> FilterText.Reading {
    FilterText.read(
      SearchText.words(text), fields: Self.fields, now: Fixture.now, clock: .utc)
  }

  @Test(
    "a field, a sign, a value",
    arguments: [
      ("status:err", ListTerm("status", .contains, .text("err"))),
      ("status=success", ListTerm("status", .equals, .text("success"))),
      ("status!=success", ListTerm("status", .equals, .text("success"), isNegated: true)),
      ("status^=comp", ListTerm("status", .begins, .text("comp"))),
      ("status~^s.*s$", ListTerm("status", .matches, .text("^s.*s$"))),
      ("status!~x", ListTerm("status", .matches, .text("x"), isNegated: true)),
      ("!status:err", ListTerm("status", .contains, .text("err"), isNegated: true)),
      ("stat:err", ListTerm("status", .contains, .text("err"), isNegated: false)),
      ("STATUS:err", ListTerm("status", .contains, .text("err"))),
      ("st-atus:err", ListTerm("status", .contains, .text("err"))),
      ("smtp-x:err", .containing("smtp-x:err")),
      ("adds>5", ListTerm("adds", .greater, .number(5))),
      ("adds>=1.5", ListTerm("adds", .atLeast, .number(1.5))),
      ("adds<2m", ListTerm("adds", .less, .number(120))),
      ("adds:0", ListTerm("adds", .contains, .number(0))),
      ("~^a|b$", ListTerm(nil, .matches, .text("^a|b$"))),
      ("!~a", ListTerm(nil, .matches, .text("a"), isNegated: true)),
      ("word", .containing("word")), ("smtp:ann@x", .containing("smtp:ann@x")),
      ("!", .containing("!")), ("\"two words\"", .containing("two words")),
      ("status:\"two words\"", ListTerm("status", .contains, .text("two words"))),
    ])
  func terms(_ text: String, _ term: ListTerm) {
    #expect(read(text) == FilterText.Reading(terms: [term]))
  }

  @Test("a beginning that several fields share, or of less than three letters, is a word")
  func ambiguous() {
    #expect(read("st:x").terms == [.containing("st:x")])
    #expect(read("ad>1").terms == [.containing("ad>1")])
  }

  @Test("a day means all of it, whichever way it is compared")
  func moments() throws {
    let begin = try #require(Timestamp("2026-11-20T00:00:00Z"))
    let end = begin.adding(seconds: 86_399.999)
    #expect(
      read("started:2026-11-20").terms == [
        ListTerm("started", .atLeast, .moment(begin)), ListTerm("started", .atMost, .moment(end)),
      ])
    #expect(read("started>2026-11-20").terms == [ListTerm("started", .greater, .moment(end))])
    #expect(read("started<2026-11-20").terms == [ListTerm("started", .less, .moment(begin))])
    #expect(
      read("started>2d").terms == [
        ListTerm("started", .greater, .moment(Fixture.now.adding(seconds: -172_800)))
      ])
  }

  @Test("what is wrong is told, and counts for nothing; the rest counts")
  func faults() {
    #expect(read("adds>many").fault == "adds is a number")
    #expect(read("started>noon").fault.hasPrefix("started is a time"))
    let reading = read("status:err ~(")
    #expect(reading.fault.hasPrefix("No pattern as yet"))
    #expect(reading.terms == [ListTerm("status", .contains, .text("err"))])
  }

  @Test("Tab completes fields")
  func completion() {
    #expect(FilterText.completed("x sta", fields: Self.fields) == "x sta")
    #expect(FilterText.completed("x stat", fields: Self.fields) == "x status:")
    #expect(FilterText.completed("!ad", fields: Self.fields) == "!adds:")
    #expect(FilterText.completed("st", fields: Self.fields) == "st")
    #expect(FilterText.completed("zzz", fields: Self.fields) == "zzz")
    #expect(FilterText.completed("", fields: Self.fields) == "")
  }

  @Test("orders are read and written", arguments: ["errors", "errors:desc"])
  func orders(_ text: String) {
    #expect(ListSort(text: text)?.text == text)
    #expect(ListSort(text: "-errors") == ListSort("errors", isDescending: true))
    #expect(ListSort(text: "errors:asc") == ListSort("errors"))
    #expect(ListSort(text: "") == nil && ListSort(text: "a b") == nil)
  }

  @Test("every column that a list of the store has can be sorted by, under the same name")
  func columns() throws {
    for view in [ViewID.operations, .users, .passwords, .events, .metaverse] {
      let info = try #require(Screen.root(of: view).model.tableInfo)
      for column in info.columns {
        #expect(info.fields.contains { $0.name == column.field }, "\(view): \(column.field)")
      }
    }
    func names(_ source: ListSource) -> [String] { ListField.of(source).map(\.name) }
    for column in OperationsScreen.errorColumns {
      #expect(names(.errors(step: 1)).contains(column.field))
    }
    for column in ObjectsScreen.columns {
      #expect(names(.objects(connector: "", .all)).contains(column.field))
    }
    for column in PasswordBatchesScreen.columns {
      #expect(names(.passwordBatches).contains(column.field))
    }
    for column in ChangesScreen.columns {
      #expect(names(.changes(step: 1, .export, counter: "")).contains(column.field))
    }
  }
}
