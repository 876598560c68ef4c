import Directory
import SyncExpressions
import Testing

@Suite("Operators")
struct OperatorTests {
  @Test(
    "Arithmetic binds tighter than &, that than comparison, that than &&, that than ||",
    arguments: [
      ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 2 - 3", 5), ("20 / 2 / 5", 2), ("-2 * -3", 6),
      ("7 / 2", 3), ("-7 / 2", -3), ("2 - -2", 4), ("- 5 + 1", -4), ("-(2 + 3)", -5), ("- - 4", 4),
      ("-9223372036854775808", Int64.min), ("&HFF + 1", 256), ("&H21C07000", 566_259_712),
      ("&hff", 255), ("&HFFFFFFFFFFFFFFFF", -1),
    ])
  func arithmetic(text: String, expected: Int64) throws {
    #expect(try value(text) == .integer(expected))
  }

  @Test(
    "Truths combine",
    arguments: [
      ("True || False && False", true), ("(True || False) && False", false),
      ("1 = 2 || 2 = 2", true), (#""a" & "b" = "ab""#, true), ("1 + 1 = 2 && 3 > 2", true),
      ("IsPresent([absent]) = False || [absent] = \"x\"", true), ("1 < 2 = True", true),
      ("NULL || True", true), ("NULL && True", false), ("1 && 2", true), (#""TRUE" && True"#, true),
    ])
  func truths(text: String, expected: Bool) throws {
    #expect(try value(text) == .boolean(expected))
  }

  @Test(
    "& joins texts, numbers and truths, and nothing adds nothing",
    arguments: [
      (#""a" & "b""#, "ab"), (#"1 & 2"#, "12"), (#""x" & True"#, "xTrue"),
      (#"[absent] & "x""#, "x"),
      (#""x" & [absent]"#, "x"), (#"1 + 1 & "x""#, "2x"), (#"[ref] & "x""#, "cn=ax"),
      (#""a"&"b"&"c""#, "abc"), (#""a"& &HFF"#, "a255"), (#""" & "a""#, "a"),
    ])
  func joins(text: String, expected: String) throws {
    #expect(try value(text, ["ref": [.reference("cn=a")]]) == .string(expected))
  }

  @Test("& joins bytes with bytes, and nothing else with them")
  func joinsBytes() throws {
    let input: [AttributeName: [AttributeValue]] = ["b": [.binary([1])], "t": ["x"]]
    #expect(try value("[b] & CBin(2,2)", input) == .binary([1, 2, 0]))
    #expect(try value("[b] & [absent]", input) == .binary([1]))
    #expect(try value("[absent] & [b]", input) == .binary([1]))
    #expect(try evaluate("[absent] & [absent]") == .null)
    #expect(try failure("[b] & [t]", input).kind == .type)
    #expect(try failure(#""x" & Now()"#).hint.contains("FormatDateTime"))
  }

  @Test(
    "A directory without types holds numbers and truths as text",
    arguments: [
      (#"[n] = 2"#, true), ("[n] > 1", true), ("[n] + 1 = 3", true), ("[n] <> 2", false),
      ("[t] = True", true), ("[f] = True", false), ("[f] = False", true), ("2 = [n]", true),
      ("[word] = 2", false), ("[word] <> 2", true), ("[n] < 10", true), (#"[n] < "10""#, true),
      ("[word] = True", false),
    ])
  func untyped(text: String, expected: Bool) throws {
    let input: [AttributeName: [AttributeValue]] = [
      "n": ["2"], "t": ["TRUE"], "f": ["false"], "word": ["abc"],
    ]
    #expect(try value(text, input) == .boolean(expected))
  }

  @Test(
    "Comparison tells cases apart, and nothing equals only nothing",
    arguments: [
      (#""a" = "A""#, false), (#""a" <> "A""#, true), (#"LCase("A") = "a""#, true),
      (#"[absent] = "x""#, false), (#"[absent] <> "x""#, true), ("[absent] = NULL", true),
      ("[absent] > 5", false), ("5 >= [absent]", false), (#""a" < "b""#, true),
      (#""b" <= "a""#, false),
      (#""a" >= "a""#, true), ("3 <> 3", false), ("3 >= 3", true), ("True <> False", true),
      ("[b] = [b]", true), (#"[b] = "x""#, false), (#"CRef("cn=a") = "cn=a""#, true),
      (#""é" = "é""#, true),
    ])
  func comparison(text: String, expected: Bool) throws {
    #expect(try value(text, ["b": [.binary([1])]]) == .boolean(expected))
  }

  @Test(
    "What has no order says so",
    arguments: [
      #""abc" > 2"#, "[b] > 1", "True > False", "Now() < 1", #"[b] < "x""#,
    ])
  func noOrder(text: String) throws {
    let error = try failure(text, ["b": [.binary([1])]])
    #expect(error.kind == .type)
    #expect(error.hint == "both sides must be numbers, texts or dates")
  }

  @Test(
    "Numbers beyond 64 bits and divisions by zero are out of range",
    arguments: [
      "9223372036854775807 + 1", "-9223372036854775808 - 1", "9223372036854775807 * 2", "1 / 0",
      "-9223372036854775808 / -1", "-[least]",
    ])
  func range(text: String) throws {
    #expect(try failure(text, ["least": [.integer(.min)]]).kind == .range)
  }

  @Test("Texts are not added")
  func addition() throws {
    let error = try failure(#""a" + "b""#)
    #expect(error.kind == .type)
    #expect(error.hint == "join texts with &")
    #expect(try evaluate("[absent] + 1") == .null)
    #expect(try evaluate("-[absent]") == .null)
  }

  @Test("&& and || leave out what does not matter any more")
  func shortcut() throws {
    #expect(try value(#"False && Item([absent],0) = "x""#) == false)
    #expect(try value(#"True || Error("never")"#) == true)
    #expect(try failure(#"True && Error("now")"#).kind == .errorFunction)
    let addresses: [AttributeName: [AttributeValue]] = ["p": ["smtp:a@b"]]
    let text = #"Contains([p],"SMTP:")>0 && InStr(Item([p],Contains([p],"SMTP:")),"@")>0"#
    #expect(try value(text, addresses) == false)
    #expect(try value(text, ["p": ["SMTP:a@b"]]) == true)
  }

  @Test("A condition that is no truth says so")
  func noTruth() throws {
    #expect(try failure(#"IIF("maybe", 1, 2)"#).kind == .type)
    #expect(try failure("[b] && True", ["b": [.binary([1])]]).kind == .type)
    #expect(try failure("True && Now()").column == 1)
  }
}
