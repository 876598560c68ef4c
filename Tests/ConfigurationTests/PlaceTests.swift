import Configuration
import Testing

private let text = """
  # A comment
  title = "Grüße"
  count = 3

  [engine]
  interval = "30m"

  [[rule]]
  name = "one"
  [[rule.scope]]
  clauses = [
    { attribute = "mail", operator = "EQUAL" },
    { attribute = "title" },
  ]

  [[rule]]
  name = "two"
  """

@Suite("Every value knows its place")
struct PlaceTests {
  let table: TOMLTable
  init() throws { table = try TOMLTable.parse(text, file: "a.toml") }

  @Test("a value at the top")
  func top() {
    #expect(table["title"]?.place.description == "a.toml:2:9")
    #expect(table.place(of: "count") == SourcePlace(file: "a.toml", line: 3, column: 1))
    #expect(table["count"]?.place == SourcePlace(file: "a.toml", line: 3, column: 9))
  }

  @Test("a table and what is in it")
  func nested() throws {
    let engine = try table.table("engine")
    #expect(engine.place.line == 5)
    #expect(engine["interval"]?.place.description == "a.toml:6:12")
  }

  @Test("tables in a list, each its own header")
  func arrays() throws {
    let rules = try table.tables("rule")
    #expect(rules.map(\.place.line) == [8, 16])
    #expect(rules[1].place(of: "name").description == "a.toml:17:1")
  }

  @Test("inline tables in a list in a table in a list")
  func deep() throws {
    let scope = try #require(try table.tables("rule").first?.tables("scope").first)
    let clauses = try scope.tables("clauses")
    #expect(clauses.map(\.place.description) == ["a.toml:12:3", "a.toml:13:3"])
    #expect(clauses[0]["operator"]?.place.description == "a.toml:12:36")
    #expect(clauses[1].place(of: "attribute").description == "a.toml:13:5")
  }

  @Test("keys stay in the order of the file")
  func order() throws {
    #expect(table.keys == ["title", "count", "engine", "rule"])
    let mixed = try TOMLTable.parse("z = 1\na = 2\nm = 3\n[b]\n[a2]\n", file: "o")
    #expect(mixed.keys == ["z", "a", "m", "b", "a2"])
  }

  @Test("an empty text is an empty table at the start of the file")
  func empty() throws {
    let none = try TOMLTable.parse("", file: "e.toml")
    #expect(none.entries.isEmpty)
    #expect(none.place.description == "e.toml:1:1")
  }

  @Test("all kinds of values come over")
  func kinds() throws {
    let all = try TOMLTable.parse(
      """
      s = 'a\\b'
      i = -7
      f = 1.5
      b = false
      d = 2026-11-22T20:00:00Z
      t = 07:30:00
      l = [1, "x"]
      """, file: "k")
    #expect(
      all.entries.map(\.value.found) == [
        "the text \"a\\b\"", "the number -7", "the number 1.5", "false",
        "the date or time 2026-11-22T20:00:00Z", "the date or time 07:30:00", "a list",
      ])
  }
}

@Suite("Text that is not TOML")
struct SyntaxErrorTests {
  @Test(
    "names the place",
    arguments: [
      ("a = 1\nb = = 2\n", 2), ("a = 1\na = 2\n", 2), ("\n\n[x\n", 3), ("a = \"open\n", 1),
      ("a = 1\u{0}\n", 1), ("[[t]]\n[t]\n", 2),
    ])
  func place(text: String, line: Int) throws {
    let error = #expect(throws: ConfigurationError.self) {
      try TOMLTable.parse(text, file: "bad.toml")
    }
    #expect(error?.place?.file == "bad.toml")
    #expect(error?.place?.line == line)
    #expect(error?.message.hasPrefix("This is not TOML: ") == true)
  }

  @Test("is refused when lists are nested without end")
  func depth() {
    let text = "a = " + String(repeating: "[", count: 5000)
    #expect(throws: ConfigurationError.self) { try TOMLTable.parse(text, file: "deep") }
  }
}
