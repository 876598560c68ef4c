import Configuration
import TestSupport
import Testing

private func failure(_ text: String) -> ConfigurationError? {
  #expect(throws: ConfigurationError.self) { try TOMLTable.parse(text, file: "h.toml") }
}

@Suite("Text that means harm")
struct HostileTextTests {
  private static func key(_ parts: Int, _ part: String = "a") -> String {
    Array(repeating: part, count: parts).joined(separator: ".")
  }

  @Test(
    "a key of very many parts is refused before it overflows the stack",
    arguments: [
      ("", " = 1", "a"), ("[", "]", "a"), ("[[", "]]", "a"), ("", " = 1", "\"a b\""),
      ("", " = 1", "'='"), ("x = { ", " = 1 }", "a"), ("s = \"\"\"\n\\\"\"\"\" # x\n", " = 1", "a"),
    ])
  func manyParts(before: String, after: String, part: String) {
    let error = failure(before + Self.key(100_000, part) + after)
    #expect(error?.message.hasSuffix("a key has more than 32 parts") == true)
  }

  @Test("the place of such a key is its first part too many")
  func place() {
    #expect(failure("# é\nx = 1\n\(Self.key(33)) = 1")?.place?.description == "h.toml:3:64")
  }

  @Test(
    "a key of a few parts, and dots in strings and comments, are no such keys",
    arguments: [
      "\(key(32)) = 1", "a = \"\(key(500))\"", "a = '\(key(500))'",
      "a = \"\"\"\n\(key(500))\n\"\"\"",
      "a = '''\(key(500))'''", "# \(key(500))", "a = \"\\\"\(key(500))\"",
      "a = [\(Array(repeating: "1.5", count: 200).joined(separator: ", "))]",
    ])
  func innocent(text: String) throws {
    #expect(try TOMLTable.parse(text, file: "i.toml").entries.count <= 1)
  }

  @Test(
    "values nested without end are refused",
    arguments: [
      ("[", ""), ("{a=", ""), ("[", "]"), ("{a.b.c.d=", ""),
    ])
  func nesting(opening: String, closing: String) {
    let text =
      "a = " + String(repeating: opening, count: 20_000) + String(repeating: closing, count: 20_000)
    #expect(failure(text) != nil)
  }

  @Test("what makes the parser fail an assertion of its own is an error with its line")
  func assertion() {
    let error = failure("x = 1\ny = 2\na = [}\nz = 3\n")
    #expect(error?.place?.description == "h.toml:3:1")
    #expect(error?.message.contains("no sense of this line") == true)
  }

  @Test("damaged text is read or refused with a place in the file, never worse")
  func damage() throws {
    let good = #"""
      title = "é\u00e9" # comment
      list = [1, 2.5, true, 'x', 2026-11-22, { a.b = """z""" }]
      [a."b.c".d]
      k = 0x7F
      [[rule]]
      [[rule.flow]]
      target = 'emails[type eq "work"].value'

      """#
    #expect(throws: Never.self) {
      try TOMLTable.parse(good, file: "g.toml")
    }
    var numbers = SeededRandom(seed: 42)
    let scalars = Array(good.unicodeScalars)
    let spice = Array("[]{}=.\"'\n\\#,\u{0}é 0-+_:T".unicodeScalars)
    var refused = 0
    for _ in 0..<1000 {
      var text = scalars
      for _ in 0..<Int.random(in: 1...4, using: &numbers) {
        let index = text.indices.randomElement(using: &numbers) ?? 0
        switch UInt8.random(in: 0..<3, using: &numbers) {
        case 0: text.remove(at: index)
        case 1: text.insert(spice.randomElement(using: &numbers) ?? " ", at: index)
        default: text[index] = spice.randomElement(using: &numbers) ?? " "
        }
      }
      let lines = text.count { $0 == "\n" } + 1
      do {
        var damaged = String.UnicodeScalarView()
        damaged.append(contentsOf: text)
        _ = try TOMLTable.parse(String(damaged), file: "d.toml")
      } catch {
        refused += 1
        let place = try #require(error.place)
        #expect((1...lines).contains(place.line) && place.column >= 1)
      }
    }
    #expect(refused > 300 && refused < 1000)
  }
}
