import Testing

@testable import Directory

@Suite("Attributes and their values")
struct AttributeTests {
  @Test("A value is removed as it is spelled, or else in any spelling")
  func removal() {
    func left(_ values: [AttributeValue], _ removed: [AttributeValue]) -> [AttributeValue] {
      AttributeValue.values(values, without: removed)
    }
    #expect(left(["a", "A", "b"], ["a"]) == ["A", "b"])
    #expect(left(["Ann", "b"], ["ANN"]) == ["b"])
    #expect(left([.reference("CN=a,DC=x")], [.reference("cn=A, dc=X")]) == [])
    #expect(left([.binary([0x41])], [.binary([0x61])]) == [.binary([0x41])])
    #expect(left(["a"], [.reference("a")]) == ["a"])
  }

  @Test("A rename changes the attributes that tell the name, and adds none")
  func renamed() throws {
    let (old, new) = (try DistinguishedName("CN=Ann,DC=x"), try DistinguishedName("CN=Anna,DC=y"))
    var set: AttributeSet = ["distinguishedName": ["CN=Ann,DC=x"], "name": ["ann"], "cn": ["Ann"]]
    set.rename(from: old, to: new)
    #expect(set == ["distinguishedName": ["CN=Anna,DC=y"], "name": ["Anna"], "cn": ["Ann"]])
    var other: AttributeSet = ["name": ["other"]]
    other.rename(from: old, to: new)
    #expect(other == ["name": ["other"]])
  }

  @Test("Names are equal whatever their case, and show their first spelling")
  func names() {
    let first = AttributeName("xTestAttributeOne")
    #expect(first == AttributeName("XTESTATTRIBUTEONE"))
    #expect(AttributeName("XTESTATTRIBUTEONE").text == "xTestAttributeOne")
    #expect(first.key == "xtestattributeone")
    #expect(first != "xTestAttributeTwo")
    #expect(AttributeName("alpha") < "Beta")
  }

  @Test("A well-known name is shown as its schema spells it, however it was met first")
  func spelling() {
    #expect(AttributeName("EMPLOYEEID").text == "employeeID")
    #expect(AttributeName("samaccountname").description == "sAMAccountName")
  }

  @Test("No well-known name is listed twice, in any spelling")
  func spellings() {
    let keys = AttributeSpelling.known.map { $0.lowercased() }
    #expect(Set(keys).count == keys.count)
    for name in AttributeSpelling.known { #expect(AttributeName(name.uppercased()).text == name) }
  }

  @Test(
    "Values of a name that is met again are united, among few attributes and among very many",
    arguments: [3, 31, 32, 33, 34, 200])
  func united(_ count: Int) {
    let names = (0..<count).map { AttributeName("xTestUnited\($0)") }
    let once = names.map { Attribute($0, ["b"]) }
    let again = names.reversed().map { Attribute($0, ["a", "b"]) }
    let set = AttributeSet(once + again + [Attribute(names[0], ["c"]), Attribute("xTestNone", [])])
    #expect(set.names == names)
    #expect(set[names[0]] == ["a", "b", "c"])
    #expect(names.dropFirst().allSatisfy { set[$0] == ["a", "b"] })
  }

  @Test("A long text is shown as its beginning, never with half a character")
  func beginning() {
    #expect("abc".beginning(3) == "abc")
    #expect("abcdef".beginning(4) == "abc…")
    #expect("äöüß".beginning(5) == "ä…")
    #expect("a\u{1F469}\u{200D}\u{1F4BB}bc".beginning(9) == "a…")
    let long = String(repeating: "\u{301}", count: 100_000)
    #expect(("e" + long).beginning(100).utf8.count <= 103)
  }

  @Test("A set of names holds what was put in, far apart or near")
  func nameSet() {
    let names = (0..<200).map { AttributeName("xTestNameSet\($0)") }
    var set = AttributeNameSet(Array(names.prefix(3)))
    set.insert(names[150])
    #expect(names.filter(set.contains) == Array(names.prefix(3)) + [names[150]])
    #expect(!AttributeNameSet().contains(names[0]))
  }

  @Test("A set holds each value once, whatever the order it came in")
  func canonical() {
    let a: AttributeSet = ["mail": ["b", "a", "b"], "sn": ["x"]]
    let b: AttributeSet = ["sn": ["x"], "mail": ["a", "b"]]
    #expect(a["mail"] == ["a", "b"])
    #expect(a == b)
    #expect(a.hashValue == b.hashValue)
  }

  @Test("An attribute without values is none")
  func empty() {
    var set = AttributeSet([Attribute("mail", [])])
    #expect(set.isEmpty)
    set["mail"] = ["a"]
    #expect(set.contains("mail"))
    set["mail"] = []
    #expect(!set.contains("mail"))
    #expect(set.isEmpty)
  }

  @Test("Values of an attribute that is mentioned twice are united")
  func united() {
    let set = AttributeSet([
      Attribute("mail", ["b"]), Attribute("sn", ["x"]), Attribute("MAIL", ["a", "b"]),
    ])
    #expect(set["mail"] == ["a", "b"])
    #expect(set.names == ["mail", "sn"])
  }

  @Test("Attributes that were a set once make the same set again, without those that have no value")
  func distinct() {
    let whole: AttributeSet = ["mail": ["b", "a"], "sn": ["x"], "title": ["t"]]
    #expect(AttributeSet(distinct: whole.attributes) == whole)
    let gap = AttributeSet(distinct: [Attribute("sn", ["x"]), Attribute("mail", [])])
    #expect(gap == ["sn": ["x"]])
    #expect(gap.names == ["sn"] && !gap.contains("mail"))
    #expect(AttributeSet(distinct: []).isEmpty)
    #expect(AttributeSet(distinct: [Attribute("sn", [])]).isEmpty)
    var changed = AttributeSet(distinct: whole.attributes)
    changed.add(["a", "c"], to: "MAIL")
    #expect(changed["mail"] == ["a", "b", "c"])
  }

  @Test("Sets that differ in one value are not equal")
  func unequal() {
    #expect(AttributeSet([Attribute("a", ["1"])]) != AttributeSet([Attribute("a", ["2"])]))
    #expect(AttributeSet([Attribute("a", ["1"])]) != AttributeSet([Attribute("b", ["1"])]))
    #expect(AttributeSet([Attribute("a", ["1"])]) != AttributeSet([Attribute("a", [1])]))
  }

  @Test("Values of different types have one order")
  func order() {
    let values: [AttributeValue] = [
      .reference("cn=x"), true, 5, .binary([2]), "b", false, -7, .binary([1, 9]), "a",
    ]
    let sorted: [AttributeValue] = [
      "a", "b", .binary([1, 9]), .binary([2]), -7, 5, false, true, .reference("cn=x"),
    ]
    #expect(values.sorted() == sorted)
    #expect(values.reversed().sorted() == sorted)
  }

  @Test("Every value has a text for people and a key for look-ups")
  func texts() {
    #expect(AttributeValue.binary([0xAB, 1]).text == "ab01")
    #expect(AttributeValue.boolean(true).text == "true")
    #expect(AttributeValue.integer(-5).text == "-5")
    #expect(AttributeValue.string("Ann").searchKey == "ann")
    #expect(AttributeValue.reference("CN=A").searchKey == "cn=a")
    #expect(AttributeValue.integer(5).typeName == "number")
  }
}
