import Testing

@testable import Directory

@Suite("Values between directories")
struct ValueConversionTests {
  typealias Kind = DirectorySchema.AttributeDefinition.Kind

  @Test(
    "A value stays what it is where the other side has the same kind",
    arguments: [
      ("a", .string), (.binary([1]), .binary), (7, .integer), (true, .boolean),
      (.reference("cn=a"), .reference),
    ] as [(AttributeValue, Kind)])
  func same(_ value: AttributeValue, _ kind: Kind) {
    #expect(value.converted(to: kind) == value)
  }

  @Test(
    "Anything becomes text, bytes in Base64",
    arguments: [
      (.binary([0x66, 0x6F]), "Zm8="), (-7, "-7"), (true, "true"), (.reference("cn=a"), "cn=a"),
    ] as [(AttributeValue, String)])
  func toText(_ value: AttributeValue, _ text: String) {
    #expect(value.converted(to: .string) == .string(text))
    #expect(value.portableText == text)
  }

  @Test(
    "Text becomes what it spells",
    arguments: [
      ("Zm8=", .binary, .binary([0x66, 0x6F])), ("-7", .integer, -7), ("TRUE", .boolean, true),
      ("False", .boolean, false),
    ] as [(String, Kind, AttributeValue)])
  func fromText(_ text: String, _ kind: Kind, _ value: AttributeValue) {
    #expect(AttributeValue.string(text).converted(to: kind) == value)
  }

  @Test(
    "What can't be converted is nothing, never something near it",
    arguments: [
      ("Zm8", .binary), ("7.5", .integer), ("9223372036854775808", .integer), ("yes", .boolean),
      ("cn=a", .reference), (7, .boolean), (true, .integer), (.binary([1]), .integer),
      (.reference("cn=a"), .binary),
    ] as [(AttributeValue, Kind)])
  func misfit(_ value: AttributeValue, _ kind: Kind) {
    #expect(value.converted(to: kind) == nil)
  }

  @Test("An attribute that a schema does not name is text of any number of values")
  func unnamed() {
    let schema = DirectorySchema(
      attributes: ["age": .init(.integer, isReadOnly: true)], objectTypes: ["user"])
    #expect(schema["AGE"].kind == .integer)
    #expect(!schema["age"].isMultiValued)
    #expect(schema["age"].isReadOnly)
    #expect(schema["other"].kind == .string)
    #expect(schema["other"].isMultiValued)
    #expect(!schema["other"].isReadOnly)
  }

  @Test("Assigning nothing removes an attribute, adding keeps what was there")
  func assigning() {
    var set: AttributeSet = ["mail": ["b", "a"], "sn": ["x"]]
    set.add(["c", "a"], to: "MAIL")
    #expect(set["mail"] == ["a", "b", "c"])
    set["sn"] = []
    set["title"] = []
    #expect(set.names == ["mail"])
    set["mail"] = []
    #expect(set.isEmpty)
    #expect(set == AttributeSet())
  }

  @Test("Sets of one content are equal and hash alike, whatever the order of their attributes")
  func orderOfAttributes() {
    let a: AttributeSet = ["mail": ["b", "a"], "sn": ["x"]]
    let b: AttributeSet = ["sn": ["x"], "mail": ["a", "b"]]
    #expect(a == b)
    #expect(Set([a, b]).count == 1)
  }

  @Test("An address shows the name before the anchor")
  func address() throws {
    let dn = try DistinguishedName("CN=a,DC=x")
    #expect(ObjectAddress(anchor: Anchor("1"), dn: dn).text == "CN=a,DC=x")
    #expect(ObjectAddress(anchor: Anchor("1")).text == "1")
    #expect(ObjectAddress().text == "(no address)")
  }
}
