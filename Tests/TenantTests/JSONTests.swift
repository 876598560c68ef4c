import Testing

@testable import Tenant

@Suite("JSON")
struct JSONTests {
  @Test(
    "Values are read and written back as they were",
    arguments: [
      "null", "true", "false", "0", "-1", "9223372036854775807", "1.5", "\"\"", "\"a\\\"b\\\\c\"",
      "[]", "[1,[2,[3]]]", "{}", "{\"b\":1,\"a\":{\"c\":null}}", "\"Grüße 🦊 Ωμέγα\"",
    ])
  func roundTrip(_ text: String) throws {
    #expect(try json(text).text == text)
  }

  @Test("A boolean and a number stay apart")
  func booleansAreNotNumbers() throws {
    #expect(try json("true") == .bool(true))
    #expect(try json("1") == .integer(1))
    #expect(try json("1") != json("true"))
    #expect(try json("1.0") == .number(1))
  }

  @Test("Escapes are read, surrogate pairs too")
  func escapes() throws {
    #expect(try json(#""\u0041\n\t\/\ud83e\udd8a""#) == .string("A\n\t/🦊"))
  }

  @Test("Control characters are written as escapes")
  func controlCharacters() {
    #expect(JSON.string("a\u{1}\n\u{1F}").text == #""a\u0001\u000a\u001f""#)
  }

  @Test(
    "What is not JSON is refused",
    arguments: [
      "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "01", "1.", "1e", "+1", "-",
      "nul", "truth", "\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "1 2",
      "\"\n\"", "{\"a\":1 \"b\":2}", "'a'", "[1 2]", "NaN", "1e999", "\"\\u+123\"",
    ])
  func refused(_ text: String) {
    #expect(throws: JSONSyntaxError.self) { try json(text) }
  }

  @Test("Text that is no UTF-8 is refused")
  func invalidUTF8() {
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0xFF, 0x22]) }
    #expect(throws: JSONSyntaxError.self) { try JSONParser.parse([0x22, 0x5C, 0x6E, 0xC3, 0x22]) }
  }

  @Test("A name that occurs twice is refused, in small objects and in large ones")
  func duplicateNames() throws {
    #expect(throws: JSONSyntaxError.self) { try json(#"{"a":1,"a":2}"#) }
    let many = (0..<100).map { "\"n\($0)\":0" }.joined(separator: ",")
    #expect(try object("{\(many)}").members.count == 100)
    #expect(throws: JSONSyntaxError.self) { try json("{\(many),\"n50\":1}") }
  }

  @Test("Nesting is bounded")
  func nesting() throws {
    let deep = JSONParser.maximumDepth
    let fits = String(repeating: "[", count: deep) + String(repeating: "]", count: deep)
    #expect(throws: Never.self) { try json(fits) }
    #expect(throws: JSONSyntaxError.self) { try json("[" + fits + "]") }
  }

  @Test("The error tells the place")
  func errorOffset() throws {
    let error = #expect(throws: JSONSyntaxError.self) { try json("{\"a\":x}") }
    #expect(error?.offset == 5)
  }

  @Test("Members are found in any case, and removed by nil")
  func members() throws {
    var value = try object(#"{"userName":"x","b":2}"#)
    #expect(value.value(ignoringCase: "USERNAME") == "x")
    #expect(value["username"] == nil)
    value["b"] = nil
    value["c"] = true
    #expect(JSON.object(value).text == #"{"userName":"x","c":true}"#)
  }
}

@Suite("SHA-256")
struct SHA256Tests {
  @Test(
    "Published digests come out",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func vectors(_ text: String, _ digest: String) {
    #expect(SHA256.hexadecimal(text) == digest)
  }

  @Test("Texts are compared as a whole")
  func comparison() {
    #expect(SHA256.isEqual("abc", "abc"))
    #expect(!SHA256.isEqual("abc", "abd"))
    #expect(!SHA256.isEqual("abc", "ab"))
    #expect(SHA256.isEqual("", ""))
  }

  @Test("Tokens are long, of plain characters, and never the same")
  func tokens() {
    let tokens = (0..<200).map { _ in Tenant.makeToken() }
    #expect(Set(tokens).count == 200)
    #expect(tokens.allSatisfy { $0.count == 43 && $0.allSatisfy { $0.isASCII } })
  }
}

@Suite("Moments")
struct MomentTests {
  @Test(
    "Moments are written in UTC with milliseconds",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"), (1_795_377_662_345, "2026-11-22T20:01:02.345Z"),
      (-1, "1969-12-31T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
    ] as [(Int64, String)])
  func text(_ milliseconds: Int64, _ text: String) {
    #expect(Moment.text(milliseconds) == text)
    #expect(Moment.milliseconds(text) == milliseconds)
  }

  @Test(
    "Zones and fractions are read",
    arguments: [
      ("2026-11-22T21:01:02.345+01:00", 1_795_377_662_345),
      ("2026-11-22T15:31:02.3456789-04:30", 1_795_377_662_345),
      ("2026-11-22t20:01:02z", 1_795_377_662_000), ("2026-11-22T20:01:02", 1_795_377_662_000),
      ("2026-11-22T20:01:02.3Z", 1_795_377_662_300),
    ] as [(String, Int64)])
  func read(_ text: String, _ milliseconds: Int64) {
    #expect(Moment.milliseconds(text) == milliseconds)
  }

  @Test(
    "What is no moment is none",
    arguments: [
      "", "now", "2026-11-22", "2026-13-22T20:01:02Z", "2026-11-22T25:01:02Z", "2026-11-22T20:01Z",
      "2026-11-22T20:01:02.Z", "2026-11-22T20:01:02+1:00", "2026-11-22T20:01:02Zx",
      "2026-11-22 20:01:02Z", "20261122T200102Z",
    ])
  func refused(_ text: String) {
    #expect(Moment.milliseconds(text) == nil)
  }
}
