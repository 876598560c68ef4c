import Testing

@testable import JSON

@Suite("JSON")
struct JSONValueTests {
  private func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
  }

  @Test(
    "reads every kind of value",
    arguments: [
      ("null", JSONValue.null), (" true ", true), ("false", false), ("0", 0), ("-12", -12),
      ("9223372036854775807", 9_223_372_036_854_775_807), ("1.5", .number(1.5)),
      ("1e3", .number(1000)), ("-0.25E-1", .number(-0.025)),
      ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("\"\"", ""), ("[]", []),
      ("{}", [:]), ("[1, [2] ,\"x\"]", [1, [2], "x"]),
      ("{\"a\":{\"b\":null}}", ["a": ["b": .null]]),
    ] as [(String, JSONValue)])
  func values(text: String, value: JSONValue) throws {
    #expect(try parse(text) == value)
  }

  @Test(
    "reads escapes and characters of every plane",
    arguments: [
      (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u4E2D""#, "é中"),
      (#""\ud83d\ude00!""#, "😀!"), (#""😀 Ünïcödé""#, "😀 Ünïcödé"), (#""\u0000""#, "\0"),
    ])
  func strings(text: String, value: String) throws {
    #expect(try parse(text) == .string(value))
  }

  @Test(
    "refuses what is no JSON",
    arguments: [
      "", " ", "nul", "tru", "01", "-", "1.", ".5", "1e", "+1", "[1", "[1,]", "[,1]", "{",
      "{\"a\"}",
      "{\"a\":}", "{\"a\":1,}", "{a:1}", "\"", "\"\n\"", #""\x""#, #""\u12""#, #""\u+123""#,
      #""\u-000""#, #""\u00é0""#, #""\ud83d""#, #""\ud83dx""#, #""\ud83d\u0041""#, #""\ude00""#,
      "1 2", "<html>", "NaN",
      "1e999", "[1}", "\u{1}", "}", "{\"a\" 1}", "truth", "'a'", "[1 2]", "{\"a\":1 \"b\":2}",
    ])
  func faults(text: String) {
    #expect(throws: JSONSyntaxError.self) { try parse(text) }
  }

  @Test(
    "reads half a character as one that nobody knows, where that is asked for",
    arguments: [
      (#""Ann \ud83d""#, "Ann \u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"),
      (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ude00""#, "\u{FFFD}"),
      (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\n""#, "\u{FFFD}\n"),
      (#""\ud83d\ude00!""#, "😀!"),
    ])
  func halves(text: String, value: String) throws {
    #expect(try JSONValue(parsing: Array(text.utf8), mendsHalves: true) == .string(value))
  }

  @Test("refuses half an escape, whatever is asked for", arguments: [#""\ud83d\u00""#, #""\ud8""#])
  func halfEscapes(text: String) {
    #expect(throws: JSONSyntaxError.self) {
      try JSONValue(parsing: Array(text.utf8), mendsHalves: true)
    }
  }

  @Test("refuses bytes that are no UTF-8")
  func encoding() {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
    #expect(throws: JSONSyntaxError.self) {
      try JSONValue(parsing: [0x22, 0x5C, 0x6E, 0xC3, 0x22])
    }
  }

  @Test("refuses a text that nests without end, and takes a deep one")
  func depth() throws {
    let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
    _ = try parse(deep)
    #expect(throws: JSONSyntaxError.self) { try parse("[" + deep + "]") }
    #expect(throws: JSONSyntaxError.self) { try parse(String(repeating: "[", count: 1_000_000)) }
  }

  @Test("refuses a name that occurs twice, in small objects and in large ones")
  func duplicateNames() throws {
    #expect(throws: JSONSyntaxError(offset: 10, reason: "a member's name occurs twice")) {
      try parse(#"{"a":1,"a":2}"#)
    }
    let many = (0..<100).map { "\"n\($0)\":0" }.joined(separator: ",")
    #expect(try parse("{\(many)}").object?.members.count == 100)
    #expect(throws: JSONSyntaxError.self) { try parse("{\(many),\"n50\":1}") }
  }

  @Test("keeps booleans, whole numbers and numbers apart")
  func kinds() throws {
    #expect(try parse("1") != parse("true"))
    #expect(try parse("1.0") == .number(1))
    #expect(try parse("1.0").integer == nil)
    #expect(try parse("1.0").lenientInteger == 1)
    #expect(try parse("\"12\"").lenientInteger == 12)
    #expect(try parse("1").boolean == nil)
    #expect(try parse("[]").kindName == "an array")
  }

  @Test("says where a text stops making sense")
  func place() {
    #expect(throws: JSONSyntaxError(offset: 4, reason: "no value begins like this")) {
      try parse("[1, x]")
    }
  }

  @Test("skips a byte order mark")
  func byteOrderMark() throws {
    #expect(try JSONValue(parsing: [0xEF, 0xBB, 0xBF, 0x31]) == 1)
  }

  @Test("never crashes on a text that was cut or changed")
  func mutations() {
    let text = Array(#"{"a":[1,-2.5e3,"x\n\ud83d\ude00é",{"b":null,"c":true}],"d":"é"}"#.utf8)
    for index in text.indices {
      _ = try? JSONValue(parsing: Array(text[..<index]))
      for byte in [UInt8(0), 0x22, 0x5C, 0x7B, 0x5D, 0x75, 0xFF] {
        var changed = text
        changed[index] = byte
        _ = try? JSONValue(parsing: changed)
      }
    }
    #expect((try? JSONValue(parsing: text)) != nil)
  }

  @Test("writes what it reads")
  func roundTrip() throws {
    let value: JSONValue = [
      "text": "a\"\\\n\r\t\u{1}é😀/", "list": [1, -2, .number(0.5), true, .null], "empty": [:],
    ]
    #expect(try JSONValue(parsing: value.encoded) == value)
    #expect(
      String(decoding: JSONValue.string("\u{1}\u{1F}").encoded, as: UTF8.self) == #""\u0001\u001f""#
    )
  }

  @Test("finds members whatever their case, and takes null for absent")
  func members() throws {
    let object = try #require(try parse(#"{"userName":"x","b":null}"#).object)
    #expect(object["USERNAME"] == "x")
    #expect(object["b"] == nil)
    #expect(object["c"] == nil)
    #expect(object.written("B") == .null)
    #expect(object.written("c") == nil)
  }

  @Test("sets and removes members where they stand")
  func setting() throws {
    var object = try #require(try parse(#"{"userName":"x","b":2}"#).object)
    object["b"] = nil
    object["c"] = true
    object["username"] = "y"
    #expect(JSONValue.object(object).text == #"{"userName":"y","c":true}"#)
  }

  @Test("prefers the name as it is written to one in another case")
  func exact() {
    let object = JSONObject(["A": 1, "a": 2])
    #expect(object["a"] == 2)
    #expect(object["A"] == 1)
  }

  @Test("folds letters alone: signs that differ in the same bit are other names")
  func signs() {
    let object = JSONObject(["a@b": 1, "x[1": 2, "\u{C5}ngstrom": 3])
    #expect(object["A@B"] == 1)
    #expect(object["a`b"] == nil)
    #expect(object["x{1"] == nil)
    #expect(object["X[1"] == 2)
    #expect(object["\u{E5}NGSTROM"] == 3)
    #expect(object["\u{E4}ngstrom"] == nil)
    #expect(object["a@bc"] == nil && object["a@"] == nil && object[""] == nil)
  }

  @Test("takes the first of several names that differ in case, but for the one that is as written")
  func severalCases() {
    let object = JSONObject(["NAME": 1, "Name": 2, "name": 3])
    #expect(object["nAME"] == 1)
    #expect(object["name"] == 3)
  }
}
