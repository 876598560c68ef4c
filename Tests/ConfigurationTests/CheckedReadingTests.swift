import Configuration
import Testing

private func table(_ text: String) throws -> TOMLTable { try TOMLTable.parse(text, file: "c.toml") }

private func message(_ body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return "\(error)"
  }
}

@Suite("Checked reading")
struct CheckedReadingTests {
  @Test("right values are handed over")
  func right() throws {
    let t = try table(
      """
      name = "x"
      count = 5
      on = true
      list = ["a", "b"]
      every = "1d12h"
      kind = "delta"
      [sub]
      k = "v"
      """)
    #expect(try t.string("name") == "x")
    #expect(try t.optionalString("none") == nil)
    #expect(try t.integer("count", in: 1...5) == 5)
    #expect(try t.integer("other", in: 1...5, default: 2) == 2)
    #expect(try t.optionalInteger("other", in: 1...5) == nil)
    #expect(try t.boolean("on"))
    #expect(try t.boolean("off", default: false) == false)
    #expect(try t.strings("list") == ["a", "b"])
    #expect(try t.strings("lost", default: []) == [])
    #expect(try t.duration("every") == .seconds(129_600))
    #expect(try t.choice("kind", of: ["delta": 1, "full": 2]) == 1)
    #expect(try t.table("sub").string("k") == "v")
    #expect(try t.optionalTable("none") == nil)
    #expect(try t.tables("none").isEmpty)
  }

  @Test("a missing key names the table's place")
  func missing() throws {
    let t = try table("\n[sub]\nnmae = \"x\"\n").table("sub")
    #expect(
      message { _ = try t.string("name") }
        == "c.toml:2:1: \"name\" is missing (is \"nmae\" meant for it?)")
    #expect(message { _ = try t.boolean("on") } == "c.toml:2:1: \"on\" is missing (add it)")
  }

  @Test("a wrong type says what is wanted and what is there")
  func wrongType() throws {
    let t = try table("a = 1\nb = \"yes\"\nc = [1]\nd = \"5\"\n")
    #expect(
      message { _ = try t.string("a") }
        == "c.toml:1:5: \"a\" must be a text, but is the number 1 (write a = \"…\")")
    #expect(
      message { _ = try t.boolean("b") }.contains("must be true or false, but is the text \"yes\""))
    #expect(message { _ = try t.strings("c") }.hasPrefix("c.toml:3:6: \"c[1]\" must be a text"))
    #expect(
      message { _ = try t.integer("d", in: 0...9) }
        == "c.toml:4:5: \"d\" must be a whole number from 0 to 9, but is the text \"5\"")
    #expect(message { _ = try t.table("a") }.contains("must be a table"))
    #expect(message { _ = try t.tables("c") }.contains("\"c[1]\" must be a table"))
    #expect(message { _ = try t.tables("a") }.contains("[[a]]"))
  }

  @Test("a number out of range")
  func range() throws {
    let t = try table("n = 10")
    #expect(
      message { _ = try t.integer("n", in: 1...9) }
        == "c.toml:1:5: \"n\" must be a whole number from 1 to 9, but is the number 10")
  }

  @Test("a span of time that is none or out of range")
  func duration() throws {
    let t = try table("a = \"soon\"\nb = \"1m\"\nc = 30\n")
    #expect(message { _ = try t.duration("a") }.contains("like \"30m\", \"3h\" or \"1d12h\""))
    #expect(
      message { _ = try t.duration("b", in: .seconds(300)...(.seconds(3600))) }
        == "c.toml:2:5: \"b\" must be a span of time from 5m to 1h, but is the text \"1m\"")
    #expect(message { _ = try t.duration("c") }.contains("the number 30"))
  }

  @Test("an unknown word gets the nearest one")
  func choice() throws {
    let t = try table("d = \"inbuond\"\ne = \"xyzzy\"\n")
    let words = ["inbound": 0, "outbound": 1]
    #expect(
      message { _ = try t.choice("d", of: words) }
        == "c.toml:1:5: \"d\" must be one of \"inbound\", \"outbound\", but is the text "
        + "\"inbuond\" (did you mean \"inbound\"?)")
    #expect(!message { _ = try t.choice("e", of: words) }.contains("did you mean"))
    #expect(try t.choice("f", of: words, default: 1) == 1)
  }

  @Test("an unknown key gets the nearest one and its place")
  func unknown() throws {
    let t = try table("name = \"x\"\n  precedense = 1\n")
    #expect(
      message { try t.rejectUnknown(allowed: ["name", "precedence"]) }
        == "c.toml:2:3: \"precedense\" is no setting here (did you mean \"precedence\"?)")
    #expect(
      message { try t.rejectUnknown(allowed: ["name", "zz"]) }.hasSuffix("(allowed: name, zz)"))
    try t.rejectUnknown(allowed: ["precedense", "name"])
  }
}

@Suite("Spelling")
struct SpellingTests {
  @Test(
    "slips are forgiven, other words are not",
    arguments: [
      ("EQAUL", "EQUAL"), ("equal", "EQUAL"), ("NOTEQUALS", "NOTEQUAL"), ("ISNUL", "ISNULL"),
      ("banana", nil), ("", nil),
    ])
  func nearest(word: String, expected: String?) {
    #expect(Spelling.nearest(word, among: ["EQUAL", "NOTEQUAL", "ISNULL"]) == expected)
  }

  @Test("a long word that is another one in several places is near only where that is wanted")
  func limited() {
    let words = ["cloudFiltered"]
    #expect(Spelling.nearest("cloudMastered", among: words) == "cloudFiltered")
    #expect(Spelling.nearest("cloudMastered", among: words, within: 2) == nil)
    #expect(Spelling.nearest("cloudFitlered", among: words, within: 2) == "cloudFiltered")
  }
}
