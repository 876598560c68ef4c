import Configuration
import Testing

/// The examples of TOML v1.0.0 (toml.io/en/v1.0.0), by its chapters.
@Suite("The examples of TOML's specification")
struct TOMLSpecificationTests {
  /// A value in a form in which two are the same only if all about them is.
  private func shown(_ value: TOMLValue) -> String {
    switch value.kind {
    case .string(let text):
      "\"" + text.unicodeScalars.map { $0.escaped(asASCII: true) }.joined() + "\""
    case .integer(let number): "\(number)"
    case .float(let number): "float \(number)"
    case .boolean(let flag): "\(flag)"
    case .dateTime(let text): "time \(text)"
    case .array(let values): "[" + values.map(shown).joined(separator: ", ") + "]"
    case .table(let table): shown(table)
    }
  }

  private func shown(_ table: TOMLTable) -> String {
    "{" + table.entries.map { "\($0.key): " + shown($0.value) }.joined(separator: ", ") + "}"
  }

  private func read(_ text: String) throws -> String {
    shown(try TOMLTable.parse(text, file: "a.toml"))
  }

  @Test(
    "Keys are bare, quoted or dotted",
    arguments: [
      (#"key = "value""#, #"{key: "value"}"#), ("bare_key = 1", "{bare_key: 1}"),
      ("bare-key = 1", "{bare-key: 1}"), ("1234 = 1", "{1234: 1}"),
      (#""127.0.0.1" = 1"#, "{127.0.0.1: 1}"),
      (#""character encoding" = 1"#, "{character encoding: 1}"),
      (#""ʎǝʞ" = 1"#, "{ʎǝʞ: 1}"), ("'key2' = 1", "{key2: 1}"),
      (#"'quoted "value"' = 1"#, #"{quoted "value": 1}"#), (#""" = 1"#, "{: 1}"),
      ("'' = 1", "{: 1}"),
      ("physical.color = 1\nphysical.shape = 2", "{physical: {color: 1, shape: 2}}"),
      (#"site."google.com" = true"#, "{site: {google.com: true}}"),
      ("fruit . flavor = 1", "{fruit: {flavor: 1}}"),
      (
        "apple.type = 1\norange.type = 2\napple.skin = 3",
        "{apple: {type: 1, skin: 3}, orange: {type: 2}}"
      ),
      ("3.14159 = 'pi'", #"{3: {14159: "pi"}}"#),
      (
        "fruit.apple.smooth = true\nfruit.orange = 2", "{fruit: {apple: {smooth: true}, orange: 2}}"
      ),
    ])
  func keys(text: String, meant: String) throws {
    #expect(try read(text) == meant)
  }

  @Test(
    "Texts are on one line or several, with escapes or as they stand",
    arguments: [
      (
        #"s = "I'm a string. \"You can quote me\". Name\tJos\u00E9\nLocation\tSF.""#,
        "I'm a string. \"You can quote me\". Name\tJosé\nLocation\tSF."
      ),
      ("s = \"\"\"\nRoses are red\nViolets are blue\"\"\"", "Roses are red\nViolets are blue"),
      (
        "s = \"\"\"\nThe quick brown \\\n\n\n  fox jumps over \\\n    the lazy dog.\"\"\"",
        "The quick brown fox jumps over the lazy dog."
      ),
      (
        "s = \"\"\"\\\n       The quick brown \\\n       fox.\\\n       \"\"\"",
        "The quick brown fox."
      ),
      (
        "s = \"\"\"Here are two quotation marks: \"\". Simple enough.\"\"\"",
        "Here are two quotation marks: \"\". Simple enough."
      ),
      (
        #"s = """Here are three quotation marks: ""\".""""#,
        #"Here are three quotation marks: """."#
      ),
      (
        #"s = """"This," she said, "is just a pointless statement.""""#,
        #""This," she said, "is just a pointless statement."#
      ),
      (#"s = 'C:\Users\nodejs\templates'"#, #"C:\Users\nodejs\templates"#),
      (#"s = '<\i\c*\s*>'"#, #"<\i\c*\s*>"#),
      (
        "s = '''\nThe first newline is\ntrimmed.\n   All other\n'''",
        "The first newline is\ntrimmed.\n   All other\n"
      ),
      (
        "s = ''''That,' she said, 'is still pointless.''''",
        "'That,' she said, 'is still pointless.'"
      ),
      (#"s = "\b\t\n\f\r\"\\""#, "\u{8}\t\n\u{C}\r\"\\"), (#"s = "\U0001F600""#, "😀"),
      (#"s = """#, ""), ("s = ''", ""), ("s = \"\"\"\"\"\"", ""),
    ])
  func texts(text: String, meant: String) throws {
    guard case .string(let found)? = try TOMLTable.parse(text, file: "a.toml")["s"]?.kind else {
      Issue.record("\(text) has no text")
      return
    }
    #expect(Array(found.utf8) == Array(meant.utf8), "\(text)")
  }

  @Test(
    "Numbers are in ten, sixteen, eight or two digits, with lines between them",
    arguments: [
      ("+99", 99), ("42", 42), ("0", 0), ("+0", 0), ("-0", 0), ("-17", -17), ("1_000", 1000),
      ("5_349_221", 5_349_221), ("53_49_221", 5_349_221), ("1_2_3_4_5", 12345),
      ("0xDEADBEEF", 0xDEAD_BEEF), ("0xdeadbeef", 0xDEAD_BEEF), ("0xdead_beef", 0xDEAD_BEEF),
      ("0o01234567", 0o1234567), ("0o755", 0o755), ("0b11010110", 0b1101_0110),
      ("9223372036854775807", .max), ("-9223372036854775808", .min),
    ] as [(String, Int64)])
  func integers(text: String, number: Int64) throws {
    #expect(try read("n = " + text) == "{n: \(number)}")
  }

  @Test(
    "Numbers with a point or a power are no whole ones",
    arguments: [
      ("+1.0", 1.0), ("3.1415", 3.1415), ("-0.01", -0.01), ("5e+22", 5e22), ("1e06", 1e6),
      ("-2E-2", -2e-2), ("6.626e-34", 6.626e-34), ("224_617.445_991_228", 224617.445991228),
      ("inf", .infinity), ("+inf", .infinity), ("-inf", -.infinity),
    ])
  func floats(text: String, number: Double) throws {
    #expect(try read("n = " + text) == "{n: float \(number)}")
  }

  @Test(
    "Lists and tables hold what stands in them, in its order",
    arguments: [
      ("a = [ 1, 2, 3 ]", "{a: [1, 2, 3]}"),
      ("a = [ [ 1, 2 ], [\"a\"] ]", "{a: [[1, 2], [\"a\"]]}"),
      ("a = [\n  1, # first\n  2,\n\n # end\n]", "{a: [1, 2]}"), ("a = []", "{a: []}"),
      ("a = [ 0.5, 1, { x = 2 } ]", "{a: [float 0.5, 1, {x: 2}]}"),
      ("a = { x = 1, y = 2 }", "{a: {x: 1, y: 2}}"), ("a = {}", "{a: {}}"),
      ("a = { type.name = \"pug\" }", "{a: {type: {name: \"pug\"}}}"),
      ("[a]\nx = 1\n[b]\nx = 2", "{a: {x: 1}, b: {x: 2}}"),
      ("[dog.\"tater.man\"]\ntype.name = \"pug\"", "{dog: {tater.man: {type: {name: \"pug\"}}}}"),
      ("[ a . b ]\nx = 1", "{a: {b: {x: 1}}}"),
      ("[x.y.z.w]\n[x]\nd = 1", "{x: {y: {z: {w: {}}}, d: 1}}"),
      ("[[p]]\nn = 1\n[[p]]\n[[p]]\nn = 3", "{p: [{n: 1}, {}, {n: 3}]}"),
      (
        "[[f]]\n[f.p]\nx = 1\n[[f.v]]\ny = 1\n[[f.v]]\ny = 2\n[[f]]\n[[f.v]]\ny = 3",
        "{f: [{p: {x: 1}, v: [{y: 1}, {y: 2}]}, {v: [{y: 3}]}]}"
      ),
      ("a = true # said\nb = false", "{a: true, b: false}"), ("", "{}"), ("# only said", "{}"),
      ("a = 1\r\nb = 2\r\n", "{a: 1, b: 2}"),
    ])
  func structure(text: String, meant: String) throws {
    #expect(try read(text) == meant)
  }

  @Test(
    "What the specification calls invalid is refused, with its line",
    arguments: [
      ("key = # INVALID", 1), ("first = \"Tom\" last = \"P\"", 1), ("= \"no key name\"", 1),
      ("name = \"Tom\"\nname = \"Pradyun\"", 2), ("spelling = 1\n\"spelling\" = 2", 2),
      ("fruit.apple = 1\nfruit.apple.smooth = true", 2), ("n = 042", 1), ("n = 1__0", 1),
      ("n = _1", 1), ("n = 1_", 1), ("n = 0x", 1), ("n = 0xG", 1), ("n = +0xF", 1), ("n = .7", 1),
      ("n = 7.", 1), ("n = 3.e+20", 1), ("n = 9223372036854775808", 1), ("b = True", 1),
      ("[fruit]\nx = 1\n[fruit]\ny = 2", 3), ("[fruit]\napple = 1\n[fruit.apple]", 3),
      ("[product]\ntype = { name = \"Nail\" }\ntype.edible = false", 3),
      ("[product]\ntype.name = \"Nail\"\ntype = { edible = false }", 3),
      ("fruits = []\n[[fruits]]", 2), ("[[f]]\n[[f.v]]\n[f.v]", 3), ("[f]\n[[f]]", 2),
      ("[[f]]\n[f.p]\n[[f.p]]", 3), ("s = \"a\\qb\"", 1), ("s = \"a", 1), ("s = 'a", 1),
      ("s = \"a\nb\"", 1), ("s = \"\\uD800\"", 1), ("s = \"\\U00110000\"", 1),
      ("s = \"\\u00g0\"", 1),
      ("s = \"a\u{1}b\"", 1), ("s = 'a\u{7F}b'", 1), ("[a.b", 1), ("[[a]", 1), ("[a]]", 1),
      ("[]", 1),
      ("[a.]", 1), ("[a] b = 1", 1), ("a = [1 2]", 1), ("a = [1, 2", 1), ("a = { x = 1", 1),
      ("a = { x = 1, x = 2 }", 1), ("a", 1), ("a b = 1", 1), ("a. = 1", 1), (".a = 1", 1),
      ("a = 1 b", 1), ("\"\"\"a\"\"\" = 1", 1), ("# a\u{0}b", 1),
    ])
  func refused(text: String, line: Int) {
    let error = #expect(throws: ConfigurationError.self, "\(text)") {
      try TOMLTable.parse(text, file: "a.toml")
    }
    #expect(error?.place?.line == line, "\(text): \(error.map { "\($0)" } ?? "")")
    #expect(error?.place?.file == "a.toml" && error?.message.isEmpty == false)
  }

  @Test("Two keys that only look the same are two keys")
  func similarKeys() throws {
    let table = try TOMLTable.parse("\"é\" = 1\n\"e\u{301}\" = 2", file: "a.toml")
    #expect(table.entries.count == 2)
    let found = table.entries.map { Array($0.key.utf8) }
    #expect(found == [Array("é".utf8), Array("e\u{301}".utf8)])
  }
}
