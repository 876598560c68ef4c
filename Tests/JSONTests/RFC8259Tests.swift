import TestSupport
import Testing

@testable import JSON

@Suite("JSON as RFC 8259 has it")
struct RFC8259Tests {
  private func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
  }

  private func place(_ text: String) -> Int? {
    do {
      _ = try parse(text)
      return nil
    } catch { return error.offset }
  }

  @Test(
    "A text is any one value, with blanks of four kinds around it (§2)",
    arguments: [
      ("\t\n\r 1 \r\n\t", 1), ("\"a\"", "a"), ("[\n]", []), ("{\r\n}", [:]),
      ("[ null ,\ttrue ]", [.null, true]),
      ("{ \"a\" :\n1 }", ["a": 1]), ("[[[]]]", [[[]]]), ("{\"\":{\"\":[]}}", ["": ["": []]]),
    ] as [(String, JSONValue)])
  func texts(text: String, value: JSONValue) throws {
    #expect(try parse(text) == value)
  }

  @Test(
    "What is no JSON is refused at the byte where it stops being some",
    arguments: [
      ("", 0), (" ", 1), ("\u{A0}1", 0), ("1\u{2028}", 1), ("\u{C}1", 0), ("\u{B}[]", 0),
      ("1 1", 2), ("[1],", 3), ("[]]", 2), ("{}}", 2),
      ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,", 1), ("[1 true]", 3), ("[\"a\" 1]", 5),
      ("[1}", 2), ("{1:2}", 1), ("{'a':1}", 1),
      ("{\"a\",1}", 4), ("{\"a\":1,}", 7), ("{\"a\":}", 5), ("{\"a\":1", 6), ("{,}", 1),
      ("{\"a\" \"b\"}", 5), ("{null:1}", 1), ("{\"a\"::1}", 5),
      ("True", 0), ("nul", 0), ("nulll", 4), ("falsee", 5), ("tru", 0), ("[NaN]", 1),
      ("[Infinity]", 1), ("[-Infinity]", 2), ("undefined", 0),
      ("// c\n1", 0), ("/* c */ 1", 0), ("1 // c", 2), ("[1]#", 3), ("<html>", 0), ("'a'", 0),
      ("\u{FEFF}\u{FEFF}1", 3),
    ])
  func faults(text: String, offset: Int) {
    #expect(place(text) == offset, "\(text.debugDescription)")
  }

  @Test(
    "Numbers have one spelling of their digits (§6)",
    arguments: [
      "+1", "01", "-01", "00", "-00", "1.", ".5", "-.5", "1.e1", "1e", "1e+", "1e-", "1E", "-",
      "--1", "- 1", "1-", "0x1", "0b1", "1_000",
      "1.5.5", "1e1e1", "1e1.5", "１", "٣", "∞", "1f", "1L", "0.1.", "\u{2212}1", "1e400", "-1e400",
      "1e99999999999999999999",
    ])
  func noNumbers(text: String) {
    #expect(place(text) != nil)
    #expect(place("[\(text)]") != nil)
    #expect(place("{\"a\":\(text)}") != nil)
  }

  @Test(
    "Whole numbers are exact up to 64 bits, and others as near as a double",
    arguments: [
      ("0", 0), ("-0", 0), ("-1", -1), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)),
      ("9223372036854775808", .number(0x1p63)), ("-9223372036854775809", .number(-0x1p63)),
      ("9007199254740993", 9_007_199_254_740_993),
      ("0.1", .number(0.1)), ("-0.0", .number(0)), ("0e0", .number(0)), ("0E+5", .number(0)),
      ("1E2", .number(100)), ("1e-2", .number(0.01)),
      ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)),
      ("5e-324", .number(.leastNonzeroMagnitude)), ("1e-400", .number(0)),
      ("1234567890123456789012345678", .number(0x1.fe9af5b6bcbd5p+89)),
      ("0.30000000000000004", .number(0.1 + 0.2)),
    ] as [(String, JSONValue)])
  func numbers(text: String, value: JSONValue) throws {
    #expect(try parse(text) == value)
    #expect(try parse("[\(text),\(text)]") == .array([value, value]))
    // What is written is read as the same.
    #expect(try JSONValue(parsing: value.encoded) == value)
  }

  @Test("Very many digits are a number, or too large a one, but never an end of the program")
  func manyDigits() throws {
    let nines = String(repeating: "9", count: 300)
    guard case .number(let value) = try parse(nines) else {
      Issue.record("300 digits are no number")
      return
    }
    #expect(value > 9.9e299)
    #expect(place(String(repeating: "9", count: 400)) != nil)
    #expect(try parse("0." + String(repeating: "0", count: 100_000) + "1") == .number(0))
    #expect(try parse("1e-" + String(repeating: "0", count: 1000) + "1") == .number(0.1))
  }

  @Test(
    "Every character may be escaped, those beyond U+FFFF as two (§7)",
    arguments: [
      (#""\u0041""#, "A"), (#""\u005C""#, "\\"), (#""\u0022""#, "\""), (#""\u002f""#, "/"),
      (#""\/""#, "/"), (#""\uD834\uDD1E""#, "𝄞"),
      (#""\ud834\udd1E""#, "𝄞"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"),
      (#""\uD800\uDC00""#, "\u{10000}"), (#""\uFFFF""#, "\u{FFFF}"),
      (#""\u0065\u0301""#, "e\u{301}"), (#""e\u0301""#, "e\u{301}"), (#""\u200D""#, "\u{200D}"),
      (#""\uFEFF""#, "\u{FEFF}"), (#""\u0000""#, "\0"),
      (#""\\u0041""#, "\\u0041"), (#""\u00e9é""#, "éé"),
      ("\"\u{7F}\u{80}\u{2028}\u{2029}\"", "\u{7F}\u{80}\u{2028}\u{2029}"),
    ])
  func escapes(text: String, expected: String) throws {
    let value = try #require(try parse(text).string)
    #expect(Array(value.unicodeScalars) == Array(expected.unicodeScalars))
    let again = try #require(try JSONValue(parsing: JSONValue.string(value).encoded).string)
    #expect(Array(again.unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test(
    "Half a character, a control character and an unknown escape are refused (§7, §8.2)",
    arguments: [
      #""\uD800""#, #""\uDC00""#, #""\uD800\uD800""#, #""\uDC00\uD800""#, #""\uD800x""#,
      #""\uD800\n""#, #""\uD800\u0041""#, #""\uD800\u""#, #""\uD800\"#,
      #""\uD800\uDC0""#, #""\uDFFF""#, #""\u""#, #""\u1""#, #""\u12""#, #""\u123""#, #""\u12G4""#,
      #""\u 123""#, #""\u+041""#, #""\U0041""#, #""\u{41}""#,
      #""\x41""#, #""\a""#, #""\v""#, #""\0""#, #""\'""#, #""\é""#, #""\"#, #""\\\""#, "\"\n\"",
      "\"\t\"", "\"\u{0}\"", "\"\u{1F}\"", "\"\\\n\"", "\"", "\"a",
      "\"a\\\"", #""\u004１""#,
    ])
  func noStrings(text: String) {
    #expect(place(text) != nil)
    // Neither as a name.
    #expect(place("{\(text):1}") != nil)
  }

  @Test(
    "Bytes that are no UTF-8 are refused, in values and in names (§8.1)",
    arguments: [
      [0xFF], [0xC3], [0xC3, 0x28], [0xC0, 0xAF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80],
      [0x80], [0xFE], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0xA9, 0xA9],
    ] as [[UInt8]])
  func noUTF8(bytes: [UInt8]) {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22] + bytes + [0x22]) }
    #expect(throws: JSONSyntaxError.self) {
      try JSONValue(parsing: [0x22, 0x5C, 0x6E] + bytes + [0x22])
    }
    #expect(throws: JSONSyntaxError.self) {
      try JSONValue(parsing: Array("{\"".utf8) + bytes + Array("\":1}".utf8))
    }
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: bytes) }
  }

  @Test("A mark of another encoding than UTF-8 makes no JSON, and that of UTF-8 alone neither")
  func marks() {
    for bytes in [
      [0xFE, 0xFF, 0, 0x31], [0xFF, 0xFE, 0x31, 0], [0, 0, 0, 0x31], [0x31, 0], [0xEF, 0xBB, 0xBF],
      [0xEF, 0xBB], [0x31, 0xEF, 0xBB, 0xBF],
    ] as [[UInt8]] {
      #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: bytes) }
    }
    #expect(
      (try? JSONValue(parsing: Array("\u{FEFF} {\"\u{FEFF}a\":1}".utf8)))?.object?.members.first?
        .name == "\u{FEFF}a")
  }

  @Test("Names are one if their characters are the same, however escaped, and else two (§8.3)")
  func names() throws {
    #expect(place(#"{"a":1,"\u0061":2}"#) != nil)
    #expect(place(#"{"a\\b":1,"a\u005Cb":2}"#) != nil)
    #expect(place(#"{"":1,"":1}"#) != nil)
    #expect(try parse(#"{"a":1,"A":2}"#).object?.members.count == 2)
    // The same letter to people, and to Unicode equivalent.
    let twins = "\"\u{E9}\":1,\"e\u{301}\":2"
    #expect(try parse("{\(twins)}").object?.members.map(\.value) == [1, 2])
    let many = (0..<50).map { "\"n\($0)\":0" }.joined(separator: ",")
    #expect(try parse("{\(many),\(twins)}").object?.members.count == 52)
    #expect(place("{\(many),\(twins),\"\u{E9}\":3}") != nil)
    #expect(place(#"[{"a":1},{"a":1},{"a":{"a":1}}]"#) == nil)
    for twins in ["{\"\u{E9}\":1,\"e\u{301}\":2}", "{\"e\u{301}\":2,\"\u{E9}\":1}"] {
      #expect(try parse(twins)["\u{E9}"] == 1)
      #expect(try parse(twins)["e\u{301}"] == 2)
    }
  }

  @Test(
    "Nesting is bounded, whatever nests and however the text goes on",
    arguments: [
      ("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]"), ("[1,", "]"), ("\t[\r\n", " ]"),
      ("{\"b\":1,\"a\":", ",\"c\":2}"),
    ])
  func nesting(open: String, close: String) throws {
    let depth = open.count { $0 == "[" || $0 == "{" }
    let times = JSONValue.maximumDepth / depth
    func nested(_ times: Int) -> String {
      String(repeating: open, count: times) + "1" + String(repeating: close, count: times)
    }
    _ = try parse(nested(times))
    #expect(place(nested(times + 1)) != nil)
    #expect(place(String(repeating: open, count: 200_000)) != nil)
  }

  @Test("Only what stands inside of each other counts as depth")
  func breadth() throws {
    let flat = "[" + Array(repeating: "[[]],{\"a\":{}}", count: 2000).joined(separator: ",") + "]"
    #expect(try parse(flat).array?.count == 4000)
  }

  @Test("Whatever value is written is JSON, and reads as itself", arguments: 0..<10)
  func random(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<100 {
      let value = Self.value(4, &random)
      #expect(try JSONValue(parsing: value.encoded) == value, "\(value.text)")
      #expect(value.encoded.allSatisfy { $0 >= 0x20 })
    }
  }

  @Test(
    "What no JSON can say is written as null, as JavaScript does",
    arguments: [Double.infinity, -.infinity, .nan])
  func infinities(number: Double) throws {
    #expect(JSONValue.array([.number(number), 1]).text == "[null,1]")
  }

  private static func text(_ random: inout SeededRandom) -> String {
    let letters: [Unicode.Scalar] = [
      "a", "\"", "\\", "/", "\0", "\u{1F}", "\u{7F}", "é", "\u{301}", "😀", "\u{2028}", "\u{FFFF}",
      "u", "n", "\n",
    ]
    var view = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0...8, using: &random) {
      view.append(letters.randomElement(using: &random) ?? "a")
    }
    return String(view)
  }

  private static func value(_ depth: Int, _ random: inout SeededRandom) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
    case 0: return .null
    case 1: return .boolean(Bool.random(using: &random))
    case 2:
      return .integer(
        Int64.random(in: .min ... .max, using: &random) >> Int64.random(in: 0...63, using: &random))
    case 3:
      let number = Double(bitPattern: UInt64.random(in: .min ... .max, using: &random))
      return .number(number.isFinite ? number : 0.5)
    case 4: return .string(text(&random))
    case 5:
      return .array(
        (0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth - 1, &random) })
    default:
      var object = JSONObject()
      for index in 0..<Int.random(in: 0...4, using: &random) {
        object.members.append(
          JSONMember(name: "\(index)" + text(&random), value: value(depth - 1, &random)))
      }
      return .object(object)
    }
  }
}
