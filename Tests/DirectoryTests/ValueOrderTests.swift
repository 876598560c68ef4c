import TestSupport
import Testing

@testable import Directory

@Suite("Values as sets, in one order")
struct ValueOrderTests {
  private static let pool: [AttributeValue] = [
    "", "a", "A", "b", "ab", "é", "e\u{301}", "ß", "ss", "İ", "i", "日", "😀", " ", "\u{0}", "1",
    "01", "true",
    .binary([]), .binary([0]), .binary([0, 0]), .binary([255]), .binary([0x61]), 0, 1, -1,
    .integer(.min),
    .integer(.max), true, false, .reference(""), .reference("CN=a"), .reference("cn=A"),
    .reference("CN=a,DC=b"), .reference("a"),
  ]

  @Test(
    "The order of values is total: of two that differ one comes first, and no three go in a circle")
  func total() {
    for a in Self.pool {
      #expect(!(a < a))
      for b in Self.pool {
        #expect([a < b, b < a, a == b].count { $0 } == 1, "\(a) and \(b)")
        if a == b { #expect(a.hashValue == b.hashValue) }
        for c in Self.pool where a < b && b < c { #expect(a < c, "\(a), \(b), \(c)") }
      }
    }
  }

  @Test("A set is the same whatever the order and number of its values, and of its attributes")
  func sets() {
    var random = SeededRandom(seed: 5)
    let names: [AttributeName] = ["xOrderA", "xOrderB", "xOrderC"]
    for _ in 0..<300 {
      let attributes = names.map { name in
        Attribute(
          name,
          (0..<Int.random(in: 0...6, using: &random)).map { _ in
            random.choose(Self.pool)
          })
      }
      let set = AttributeSet(attributes)
      var turned: [Attribute] = []
      for attribute in attributes.shuffled(using: &random) {
        // Each value twice, in another order, and in two mentions.
        let values = (attribute.values + attribute.values).shuffled(using: &random)
        turned.append(Attribute(attribute.name, Array(values.prefix(3))))
        turned.append(Attribute(attribute.name, Array(values.dropFirst(3))))
      }
      let other = AttributeSet(turned)
      #expect(set == other && set.hashValue == other.hashValue)
      for name in names {
        let values = set[name]
        #expect(zip(values, values.dropFirst()).allSatisfy { $0 < $1 })
        #expect(set.contains(name) == !values.isEmpty)
        // What is taken out and put in again changes nothing.
        var changed = set
        changed[name] = []
        #expect(
          !changed.contains(name)
            && changed.names.count == set.names.count - (values.isEmpty ? 0 : 1))
        changed.add(values.shuffled(using: &random), to: name)
        #expect(changed == set)
      }
    }
  }

  @Test("What is removed from values is gone, and the others stay as they were")
  func removal() {
    var random = SeededRandom(seed: 6)
    for _ in 0..<500 {
      let values = AttributeSet.canonical(
        (0..<6).map { _ in random.choose(Self.pool) })
      let removed = (0..<Int.random(in: 0...3, using: &random)).map { _ in
        random.choose(Self.pool)
      }
      let left = AttributeValue.values(values, without: removed)
      for value in removed { #expect(!left.contains(value)) }
      // Only what equals a removed one, or differs from it in case or spelling alone, goes.
      for value in values where !left.contains(value) {
        #expect(
          removed.contains {
            $0 == value || $0.kind == value.kind && $0.searchKey == value.searchKey
          }, "\(value)")
      }
      #expect(left == values.filter(left.contains))
      #expect(AttributeValue.values(values, without: []) == values)
      #expect(AttributeValue.values(values, without: values) == [])
    }
  }

  @Test(
    "Names that differ in spelling only are removed as one, and others are not",
    arguments: [
      ("CN=Ann,DC=x", "cn=ann, dc=X", true), (#"CN=a\, b"#, #"CN=a\2C b"#, true),
      ("CN=a+SN=b", "sn=B+cn=A", true),
      ("CN=a", "CN=b", false), ("6b29", "6B29", true), ("id-1", "id-2", false),
      (#"CN="a""#, "CN=a", true),
    ])
  func references(value: String, removed: String, goes: Bool) {
    let left = AttributeValue.values(
      [.reference(value), .reference("CN=other")], without: [.reference(removed)])
    #expect(
      left == (goes ? [.reference("CN=other")] : [.reference(value), .reference("CN=other")]))
  }

  @Test("The key of a look-up is shared by what differs in case, and by bytes with their Base64")
  func keys() {
    #expect(AttributeValue.string("ÄÖ@X").searchKey == AttributeValue.string("äö@x").searchKey)
    #expect(
      AttributeValue.binary([0, 1, 2, 255]).searchKey == AttributeValue.string("AAEC/w==").searchKey
    )
    #expect(AttributeValue.integer(-5).searchKey == AttributeValue.string("-5").searchKey)
    #expect(AttributeValue.boolean(true).searchKey == AttributeValue.string("TRUE").searchKey)
    #expect(AttributeValue.string("ß").searchKey != AttributeValue.string("ss").searchKey)
  }

  @Test("A name of an attribute is one whatever its case, in every spelling that is met")
  func names() {
    for text in [
      "xOrderÄÖ", "xOrder;lang-DE", "xOrder.1.2", "xOrder-_", "xOrderI", "xOrderİ",
      "1.2.840.113556.1.4.221",
    ] {
      let name = AttributeName(text)
      #expect(name == AttributeName(text.lowercased()))
      #expect(AttributeName(name.key) == name && AttributeName(name.text) == name)
      #expect(name.key == text.lowercased())
    }
    #expect(AttributeName("xOrderI") != AttributeName("xOrderı"))
    let sorted: [AttributeName] = ["xorderb", "xOrderA", "XORDERC"]
    #expect(sorted.sorted().map(\.key) == ["xordera", "xorderb", "xorderc"])
  }

  @Test("A rename is followed by the attributes that tell the name, whatever the name is made of")
  func renames() throws {
    for value in ["Ann", "Smith, Ann", "#1", " a ", "a+b=c", "日本", "e\u{301}", #"back\slash"#] {
      let old = try DistinguishedName("CN=\(DistinguishedName.escape(value)),DC=x")
      let new = try DistinguishedName("CN=New \(DistinguishedName.escape("+" + value)),DC=y")
      var set: AttributeSet = [
        "name": [.string(value.uppercased())], "distinguishedName": [.string(old.text)],
      ]
      set.rename(from: old, to: new)
      #expect(set["name"] == [.string("New +" + value)])
      #expect(set["distinguishedName"] == [.string(new.text)])
    }
  }
}
