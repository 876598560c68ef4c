import Testing

@testable import Directory

@Suite("Bytes of a directory as the values that its schema means")
struct ValueReaderTests {
  private let reader = ValueReader(
    treatments: ["xTestSecret": .ignored, "member": .reference], singleValued: ["xTestOnce"])

  private func value(
    _ text: String, _ treatment: ValueReader.Treatment, of name: AttributeName = "xTestValue"
  ) throws -> AttributeValue {
    try reader.value(Array(text.utf8)[...], of: name, treatment)
  }

  private func misfit(
    _ bytes: [UInt8], _ treatment: ValueReader.Treatment, of name: AttributeName = "xTestValue"
  ) throws -> ValueReader.Misfit {
    try #require(throws: ValueReader.Misfit.self) {
      try reader.value(bytes[...], of: name, treatment)
    }
  }

  @Test("What is known of an attribute is told, and of all others that nothing is")
  func treatments() {
    #expect(reader.isIgnored("XTESTSECRET") && !reader.isIgnored("xTestValue"))
    #expect(reader.isSingleValued("xTestOnce") && !reader.isSingleValued("member"))
    if case .unknown = reader.treatment(of: "xTestValue") {} else { Issue.record("it is known") }
  }

  @Test(
    "An INTEGER is read in the digits of RFC 4517 §3.3.16, up to 64 bits",
    arguments: [
      ("0", 0), ("-1", -1), ("1321", 1321), ("9223372036854775807", .max),
      ("-9223372036854775808", .min), ("-2147483646", -2_147_483_646),
    ] as [(String, Int64)])
  func integers(text: String, number: Int64) throws {
    #expect(try value(text, .integer) == .integer(number))
    #expect(AttributeValue.string(text).converted(to: .integer) == .integer(number))
  }

  @Test(
    "What is no INTEGER is a misfit that tells the attribute and the value",
    arguments: [
      "", " ", "1 ", " 1", "1.0", "1e3", "0x10", "--1", "-", "١", "１", "9223372036854775808",
      "1\u{0}", "1\n", "TRUE", "1\u{301}",
    ])
  func noIntegers(text: String) throws {
    let misfit = try misfit(Array(text.utf8), .integer)
    #expect(misfit.type == .invalidAttributeValue)
    #expect(misfit.message == "The value of xTestValue is no whole number")
    #expect(!misfit.hint.isEmpty && misfit.value != nil)
    #expect(AttributeValue.string(text).converted(to: .integer) == nil)
  }

  @Test(
    "A Boolean is TRUE or FALSE (RFC 4517 §3.3.3), in any case",
    arguments: [
      ("TRUE", true), ("FALSE", false), ("true", true), ("False", false), ("tRuE", true),
    ])
  func booleans(text: String, flag: Bool) throws {
    #expect(try value(text, .boolean) == .boolean(flag))
    #expect(AttributeValue.string(text).converted(to: .boolean) == .boolean(flag))
  }

  @Test(
    "Nothing else is a Boolean",
    arguments: ["", "1", "0", "yes", "T", "TRUE ", " TRUE", "TRUE\u{0}", "ＴＲＵＥ", "FALſE", "WAHR"])
  func noBooleans(text: String) throws {
    let misfit = try misfit(Array(text.utf8), .boolean)
    #expect(misfit.message == "The value of xTestValue is neither TRUE nor FALSE")
    #expect(AttributeValue.string(text).converted(to: .boolean) == nil)
  }

  @Test("Text is UTF-8 without NUL; what is unknown and no text is bytes")
  func texts() throws {
    for text in ["", " ", "a", "é", "e\u{301}", "日本", "👩‍👧", "\u{7F}", "\u{FFFD}", "a\nb"] {
      #expect(try value(text, .text) == .string(text))
      #expect(try value(text, .unknown) == .string(text))
    }
    for bytes in [
      [0], [0x41, 0], [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80],
    ] as [[UInt8]] {
      #expect(try reader.value(bytes[...], of: "xTestValue", .unknown) == .binary(bytes))
      let misfit = try misfit(bytes, .text)
      #expect(misfit.message.contains(bytes.contains(0) ? "NUL" : "UTF-8"))
    }
  }

  @Test("Bytes are bytes, and the two that tools write as text are read from it too")
  func binaries() throws {
    let guid = "6b29fc40-ca47-1067-b31d-00dd010662da"
    let bytes = try #require(GUID(guid)?.bytes)
    #expect(try reader.value(bytes[...], of: "objectGUID", .binary) == .binary(bytes))
    #expect(try value(guid, .binary, of: "objectGUID") == .binary(bytes))
    #expect(
      try value("S-1-5-18", .binary, of: "objectSid")
        == .binary(try #require(SID("S-1-5-18")?.bytes)))
    #expect(try value(guid, .binary) == .binary(Array(guid.utf8)))
    #expect(try value("", .binary) == .binary([]))
    #expect(
      try misfit([1, 2, 3], .binary, of: "objectGUID").message.contains("3 bytes instead of 16"))
    #expect(try misfit([], .binary, of: "objectGUID").message.contains("0 bytes"))
    #expect(
      try misfit([2, 0, 0, 0, 0, 0, 0, 5], .binary, of: "objectSid").message.contains(
        "security identifier"))
  }

  @Test(
    "A reference is a name, also behind the GUID and SID of Active Directory's extended form",
    arguments: [
      ("CN=Ann,DC=x", "CN=Ann,DC=x"), ("cn = Ann , DC=x", "cn = Ann , DC=x"),
      ("<GUID=6b29fc40ca471067b31d00dd010662da>;CN=Ann,DC=x", "CN=Ann,DC=x"),
      ("<GUID=6b29fc40>;<SID=0105>;CN=Ann,DC=x", "CN=Ann,DC=x"),
      (#"CN=a\, b,DC=x"#, #"CN=a\, b,DC=x"#),
    ])
  func references(text: String, name: String) throws {
    #expect(try value(text, .reference) == .reference(name))
  }

  @Test(
    "What is no name is a misfit of its own type, which says why",
    arguments: [
      ("", "it is empty"), ("Ann", "\"=\" was expected"), ("CN=", "a value was expected"),
      ("<GUID=6b29fc40>;", "it is empty"), ("CN=a,,DC=x", "an attribute type was expected"),
      ("<GUID=6b29fc40>", "an attribute type was expected"), ("CN=a\u{0}", "it is not UTF-8"),
    ])
  func noReferences(text: String, reason: String) throws {
    let misfit = try misfit(Array(text.utf8), .reference)
    #expect(misfit.type == .invalidReferenceValue)
    #expect(misfit.message.contains(reason), "\(misfit.message)")
  }

  @Test("A long value is shown as its beginning")
  func long() throws {
    let long = [UInt8](repeating: 0x78, count: 1_000_000)
    for treatment in [ValueReader.Treatment.integer, .boolean, .reference] {
      let misfit = try misfit(long, treatment)
      #expect((misfit.value?.count ?? 0) <= 128)
      #expect(misfit.message.count < 1000)
    }
    let bytes = try misfit([UInt8](repeating: 0xFF, count: 1_000_000), .text)
    #expect((bytes.value?.count ?? 0) <= 128)
  }

  @Test("Options make an attribute of their own, save the one that only says how it was sent")
  func options() throws {
    #expect(try reader.name("cn", []) == "cn")
    #expect(try reader.name("userCertificate", ["binary"]) == "userCertificate")
    #expect(try reader.name("cn", ["lang-de"]) == AttributeName("CN;LANG-DE"))
    #expect(try reader.name("cn", ["binary", "lang-de", "x-y"]) == AttributeName("cn;lang-de;x-y"))
    #expect(try reader.name("member", ["range=0-*"]) == "member")
    for part in ["range=0-1499", "range=1500-*", "range=0-0", "range="] {
      let misfit = try #require(throws: ValueReader.Misfit.self) {
        try reader.name("member", [part])
      }
      #expect(misfit.message == "member;\(part) is only a part of the values")
    }
  }

  @Test("A value goes to another directory and back where both can hold it")
  func conversions() throws {
    typealias Kind = DirectorySchema.AttributeDefinition.Kind
    let kinds: [Kind] = [.string, .binary, .integer, .boolean, .reference]
    let values: [AttributeValue] = [
      "text", "", "dGV4dA==", .binary([]), .binary([0, 255]), 0, .integer(.min), true, false,
      .reference("CN=a"),
    ]
    for value in values {
      for kind in kinds {
        guard let converted = value.converted(to: kind) else { continue }
        #expect(converted.kind == kind, "\(value) to \(kind)")
        // What was made text of another kind is made that again.
        if kind == .string, value.kind != .reference {
          #expect(converted.converted(to: value.kind) == value, "\(value)")
        }
      }
      #expect(value.converted(to: value.kind) == value)
    }
    #expect(AttributeValue.integer(1).converted(to: .boolean) == nil)
    #expect(AttributeValue.boolean(true).converted(to: .integer) == nil)
    #expect(AttributeValue.binary([1]).converted(to: .reference) == nil)
  }
}
