import Configuration
import Testing

@Suite("Places inside a text")
struct TextPlaceTests {
  private func place(_ toml: String, line: Int = 1, column: Int) throws -> String {
    let value = try TOMLTable.parse(toml, file: "f").value("a")
    return value.place(line: line, column: column).description
  }

  @Test(
    "a place in a text of one line counts its quotation mark and every escape",
    arguments: [
      ("a = 'abc'", 1, "f:1:6"), ("a = 'abc'", 3, "f:1:8"), ("\n a = \"abc\"", 2, "f:2:8"),
      (#"a = "\\x""#, 2, "f:1:8"), (#"a = "\"x\"y""#, 4, "f:1:11"),
      (#"a = "\u00e9x""#, 2, "f:1:12"), (#"a = "\U0001F600x""#, 2, "f:1:16"),
      ("a = 'é😀x'", 3, "f:1:8"), (#"a = '\\x'"#, 3, "f:1:8"), ("a = 'abc'", 99, "f:1:10"),
    ])
  func oneLine(toml: String, column: Int, expected: String) throws {
    let found = try place(toml, column: column)
    if column == 99 {
      #expect(found.hasPrefix("f:1:"))
    } else {
      #expect(found == expected)
    }
  }

  @Test("a text of several lines starts behind its opening marks, or on the next line")
  func severalLines() throws {
    #expect(try place("a = '''x\ny'''", column: 1) == "f:1:8")
    #expect(try place("a = '''\nx\n  yz'''", column: 1) == "f:2:1")
    #expect(try place("a = '''\nx\n  yz'''", line: 2, column: 4) == "f:3:4")
    #expect(try place("a = \"\"\"\r\nx\r\nyz\"\"\"", line: 2, column: 2) == "f:3:2")
    #expect(try place("a = \"\"\"\nx \\\n   y\"\"\"", column: 3) == "f:2:3")
    #expect(try place("a = \"\"\"\nx \\\n   yz\"\"\"", column: 4) == "f:3:5")
    #expect(try place("a = \"\"\"one\\ntwo\"\"\"", line: 2, column: 1) == "f:1:13")
    #expect(try place("a = '''\nx\ny'''", line: 1, column: 9) == "f:2:2")
  }

  @Test("a value that is no text, or was made by a program, has only its own place")
  func others() throws {
    #expect(try place("a = 5", column: 3) == "f:1:5")
    let made = TOMLValue(.string("x"), place: SourcePlace(file: "m", line: 4, column: 2))
    #expect(made.place(line: 1, column: 1).description == "m:4:2")
  }
}
