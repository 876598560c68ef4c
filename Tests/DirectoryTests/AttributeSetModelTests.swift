import TestSupport
import Testing

@testable import Directory

@Suite("Attributes beside a plain table of sets")
struct AttributeSetModelTests {
  private static let names = ["mail", "MAIL", "cn", "member", "Member", "photo", "x1", "X1"]

  private func value(_ random: inout SeededRandom) -> AttributeValue {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: .integer(Int64.random(in: -3...3, using: &random))
    case 1: .boolean(Bool.random(using: &random))
    case 2: .binary([UInt8.random(in: 0...2, using: &random)])
    case 3:
      .reference(random.choose(["CN=a,DC=x", "cn=A, dc=X", "CN=b,DC=x"]))
    default: .string(random.choose(["a", "A", "b", "", "1", "true"]))
    }
  }

  private func values(_ random: inout SeededRandom) -> [AttributeValue] {
    (0..<Int.random(in: 0...5, using: &random)).map { _ in value(&random) }
  }

  private func name(_ random: inout SeededRandom) -> String {
    random.choose(Self.names)
  }

  private func check(_ set: AttributeSet, _ model: [String: Set<AttributeValue>]) {
    #expect(Set(set.names.map(\.key)) == Set(model.keys))
    #expect(set.names.count == model.count && set.isEmpty == model.isEmpty)
    for (key, values) in model {
      let found = set[AttributeName(key)]
      #expect(found.count == values.count && Set(found) == values)
      #expect(found == found.sorted())
      #expect(set.contains(AttributeName(key.uppercased())))
      #expect(set.text(AttributeName(key)) == found.first?.text)
    }
  }

  @Test(
    "Whatever is set, added and taken away, each name stands once with each value once",
    arguments: UInt64(1)...40)
  func changes(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var set = AttributeSet()
    var model: [String: Set<AttributeValue>] = [:]
    for _ in 0..<80 {
      let (name, values) = (name(&random), values(&random))
      let key = name.lowercased()
      if Bool.random(using: &random) {
        set[AttributeName(name)] = values
        model[key] = values.isEmpty ? nil : Set(values)
      } else {
        set.add(values, to: AttributeName(name))
        let all = (model[key] ?? []).union(values)
        model[key] = all.isEmpty ? nil : all
      }
      check(set, model)
    }
  }

  @Test("A set of attributes in any order is the same, also as a key", arguments: UInt64(1)...40)
  func order(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    var attributes = (0..<Int.random(in: 0...60, using: &random)).map { _ in
      Attribute(
        AttributeName(name(&random) + "\(Int.random(in: 0...20, using: &random))"), values(&random))
    }
    let first = AttributeSet(attributes)
    attributes.shuffle(using: &random)
    let second = AttributeSet(
      attributes.map { Attribute($0.name, $0.values.shuffled(using: &random)) })
    #expect(first == second && first.hashValue == second.hashValue)
    var other = second
    other.add([.string("one more")], to: "other")
    #expect(first != other && other != second)
    var model: [String: Set<AttributeValue>] = [:]
    for attribute in attributes where !attribute.values.isEmpty {
      model[attribute.name.key, default: []].formUnion(attribute.values)
    }
    check(first, model)
  }

  @Test("Of very many names each is united with its own", arguments: [1, 31, 32, 33, 34, 100, 500])
  func many(count: Int) {
    var united = UnitedAttributes(expecting: count)
    for round in 0..<3 {
      for number in 0..<count {
        let name = AttributeName(round == 1 ? "MANY\(number)" : "many\(number)")
        united.add(.integer(Int64(round)), to: name)
        united.add([.integer(Int64(round)), .integer(9)], to: name)
      }
    }
    #expect(united.attributes.count == count)
    #expect(united.attributes.allSatisfy { $0.values.count == 9 })
    let set = AttributeSet(united)
    #expect(set.names.map(\.key) == (0..<count).map { "many\($0)" })
    #expect(set.attributes.allSatisfy { $0.values == [0, 1, 2, 9] })
  }

  /// What is left, one value after the other.
  private func left(_ values: [AttributeValue], without removed: [AttributeValue])
    -> [AttributeValue]
  {
    var left = values
    for gone in removed {
      if values.contains(gone) {
        left.removeAll { $0 == gone }
      } else {
        left.removeAll { value in
          switch (value, gone) {
          case (.string(let a), .string(let b)): a.lowercased() == b.lowercased()
          case (.reference(let a), .reference(let b)):
            (try? DistinguishedName(a)) == (try? DistinguishedName(b))
          default: false
          }
        }
      }
    }
    return left
  }

  @Test(
    "A value that goes takes its equal, or else those that a directory takes for it",
    arguments: UInt64(1)...60)
  func without(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<60 {
      let values = AttributeSet.canonical(values(&random))
      let removed = self.values(&random)
      #expect(
        AttributeValue.values(values, without: removed) == left(values, without: removed),
        "\(values) without \(removed)")
    }
  }

  @Test("A value is converted only to what holds it, and back to the same")
  func conversions() {
    let values: [AttributeValue] = [
      "text", "", "12", "-9223372036854775808", "TRUE", "False", "QUJD", 12, -1, true, false,
      .binary([]), .binary([0, 255, 7]), .reference("CN=a"),
    ]
    for value in values {
      #expect(value.converted(to: value.kind) == value)
      #expect(value.converted(to: .string) == .string(value.portableText))
      for kind in [DirectorySchema.AttributeDefinition.Kind.string, .binary, .integer, .boolean] {
        guard let converted = value.converted(to: kind) else { continue }
        #expect(converted.kind == kind)
      }
      // By way of text, all but references come back.
      if value.kind != .reference {
        #expect(AttributeValue.string(value.portableText).converted(to: value.kind) == value)
      }
    }
    for (text, kind) in [
      ("1.5", .integer), (" 1", .integer), ("9223372036854775808", .integer), ("", .integer),
      ("yes", .boolean), ("1", .boolean), ("", .boolean), ("QUJ", .binary), ("QUJD\n", .binary),
      ("Q-_D", .binary), ("CN=a", .reference),
    ] as [(String, DirectorySchema.AttributeDefinition.Kind)] {
      #expect(AttributeValue.string(text).converted(to: kind) == nil, "\(text)")
    }
    #expect(AttributeValue.integer(1).converted(to: .boolean) == nil)
    #expect(AttributeValue.boolean(true).converted(to: .integer) == nil)
    #expect(AttributeValue.binary([1]).converted(to: .integer) == nil)
  }
}

@Suite("Texts that are cut")
struct TextBeginningTests {
  @Test(
    "The beginning of a text is no longer than allowed, and ends between characters",
    arguments: 0...14)
  func beginnings(limit: Int) {
    for text in [
      "", "abc", "abcdefghijklm", "äöüäöü", "日本語日本", "e\u{301}e\u{301}e\u{301}e\u{301}", "a👩‍👩‍👧b",
      "\r\n\r\n\r\n\r\n",
    ] {
      let cut = text.beginning(limit)
      guard text.utf8.count > limit else {
        #expect(cut == text)
        continue
      }
      #expect(cut.hasSuffix("…"))
      let kept = cut.unicodeScalars.dropLast()
      #expect(text.unicodeScalars.starts(with: kept))
      #expect(
        String(String.UnicodeScalarView(kept)).utf8.count <= limit, "\(text) in \(limit): \(cut)")
    }
  }

  @Test(
    "What a server says is one line without anything that steers, and no longer than asked",
    arguments: UInt64(1)...20)
  func words(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let pieces: [Unicode.Scalar] = [
      "a", "b", " ", "\n", "\t", "\u{1B}", "\u{202E}", "\u{2028}", "é", "日", "\0", "\u{200B}",
    ]
    for _ in 0..<40 {
      var text = ""
      for _ in 0..<Int.random(in: 0...30, using: &random) {
        text.unicodeScalars.append(pieces.randomElement(using: &random) ?? "a")
      }
      let visible = text.unicodeScalars.filter { "abé日".unicodeScalars.contains($0) }
      let limit = Int.random(in: 1...12, using: &random)
      let shown = ServerWords.shown(text, limit: limit)
      let letters = shown.unicodeScalars.filter { $0 != " " && $0 != "…" }
      #expect(Array(letters) == Array(visible.prefix(limit)), "\(text.debugDescription)")
      #expect(shown.hasSuffix("…") == (visible.count > limit))
      #expect(!shown.hasPrefix(" ") && !shown.contains("  ") && shown.last != " ")
      #expect(shown.unicodeScalars.allSatisfy { "abé日 …".unicodeScalars.contains($0) })
    }
  }

  @Test("Bytes that are no text are shown all the same")
  func bytes() {
    #expect(ServerWords.shown([0x61, 0xFF, 0x62]) == "a\u{FFFD}b")
    #expect(ServerWords.shown([UInt8](repeating: 0x61, count: 300)).count == 201)
    #expect(ServerWords.shown([UInt8]()) == "")
  }
}
