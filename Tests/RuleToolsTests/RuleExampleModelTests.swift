import Configuration
import Directory
import TestSupport
import Testing

@testable import RuleTools

/// Random examples, as values and as the text of a file that says them.
private struct ExampleMaker {
  var random: SeededRandom

  init(_ seed: Int) { random = SeededRandom(scattering: seed) }

  /// A text that is there; TOML holds no NUL.
  mutating func text() -> String {
    "t"
      + random.text(HostileText.pieces.filter { !$0.contains("\0") && $0 != "\r\n" }, count: 0...4)
  }

  mutating func value() -> (AttributeValue, String) {
    switch Int.random(in: 0..<7, using: &random) {
    case 0:
      let number = Int64.random(in: .min ... .max, using: &random)
      return (.integer(number), "\(number)")
    case 1:
      let flag = random.chance(50)
      return (.boolean(flag), "\(flag)")
    case 2:
      let bytes = random.bytes(1...20)
      let value = AttributeValue.binary(bytes)
      return (value, "{ base64 = \"\(value.portableText)\" }")
    case 3:
      let bytes = random.bytes(1...12)
      return (.binary(bytes), "{ hex = \"\(Hexadecimal.encode(bytes))\" }")
    case 4:
      let bytes = random.bytes(16...16)
      return (.binary(bytes), "{ guid = \"\(GUID(bytes: bytes)?.description ?? "")\" }")
    case 5:
      let name = text()
      return (.reference(name), "{ reference = \(TOMLText.string(name)) }")
    default:
      let text = text()
      return (.string(text), TOMLText.string(text))
    }
  }

  /// Attributes with their values, and the table that says them.
  mutating func attributes(
    mayBeEmpty: Bool
  ) -> (values: [AttributeName: [AttributeValue]], text: String) {
    var values: [AttributeName: [AttributeValue]] = [:]
    var parts: [String] = []
    for name in random.some(["cn", "mail", "x-y", "two words", "é", "urn:a:b"]) {
      let list = (0..<Int.random(in: mayBeEmpty ? 0...3 : 1...3, using: &random)).map { _ in value()
      }
      values[AttributeName(name)] = AttributeSet.canonical(list.map(\.0))
      let isBare = list.count == 1 && random.chance(60)
      let text = isBare ? list[0].1 : "[" + list.map(\.1).joined(separator: ", ") + "]"
      parts.append(TOMLText.string(name) + " = " + text)
    }
    return (values, "{ " + parts.joined(separator: ", ") + " }")
  }

  mutating func example() -> (RuleExample, String) {
    let place = SourcePlace(file: "t.toml", line: 1, column: 1)
    let name = text()
    var meant = RuleExample(name: name, place: place, entries: [])
    var lines = ["[[test]]", "name = " + TOMLText.string(name)]
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let (connector, type) = (text(), text())
      let dn = random.chance(50) ? text() : ""
      let (values, text) = attributes(mayBeEmpty: false)
      meant.entries.append(
        .init(
          connector: connector, type: type, dn: dn,
          attributes: AttributeSet(values.map { Attribute($0.key, $0.value) })))
      lines += ["[[test.entry]]", "connector = " + TOMLText.string(connector)]
      lines.append("type = " + TOMLText.string(type))
      if !dn.isEmpty { lines.append("dn = " + TOMLText.string(dn)) }
      if !values.isEmpty || random.chance(50) { lines.append("attributes = " + text) }
    }
    lines.append("[test.expect]")
    expect(&meant, &lines)
    return (meant, lines.joined(separator: "\n") + "\n")
  }

  private mutating func expect(_ meant: inout RuleExample, _ lines: inout [String]) {
    if random.chance(20) {
      let error = text()
      meant.error = error
      lines.append("error = " + TOMLText.string(error))
      return
    }
    meant.isFiltered = random.chance(50)
    lines.append("filtered = \(meant.isFiltered == true)")
    if random.chance(50) {
      let type = text()
      meant.metaverseType = type
      lines.append("type = " + TOMLText.string(type))
    }
    if random.chance(60) {
      let (values, text) = attributes(mayBeEmpty: true)
      meant.metaverse = values
      lines.append("metaverse = " + text)
    }
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      let (connector, values) = (text(), attributes(mayBeEmpty: true))
      var target = RuleExample.Target(
        connector: connector, attributes: values.values, place: meant.place)
      lines += ["[[test.expect.target]]", "connector = " + TOMLText.string(connector)]
      if random.chance(50) {
        let type = text()
        target.type = type
        lines.append("type = " + TOMLText.string(type))
      }
      if random.chance(50) {
        target.isThere = random.chance(50)
        lines.append("there = \(target.isThere)")
      }
      if random.chance(50) {
        target.isExact = random.chance(50)
        lines.append("exactly = \(target.isExact)")
      }
      lines.append("attributes = " + values.text)
      meant.targets.append(target)
    }
  }
}

@Suite("Any example beside the rules")
struct RuleExampleModelTests {
  private func isSame(
    _ a: [AttributeName: [AttributeValue]], _ b: [AttributeName: [AttributeValue]]
  ) -> Bool {
    a.mapValues { $0.map { Array("\($0)".utf8) } } == b.mapValues { $0.map { Array("\($0)".utf8) } }
      && a == b
  }

  @Test("An example is read as it was meant, to the last value", arguments: 1...120)
  func reading(seed: Int) throws {
    var maker = ExampleMaker(seed)
    let (meant, text) = maker.example()
    let read = try #require(try RuleExample.parse(text, file: "t.toml").first, "\(text)")
    #expect(Array(read.name.utf8) == Array(meant.name.utf8))
    #expect(read.entries.map(\.connector) == meant.entries.map(\.connector))
    #expect(read.entries.map(\.type) == meant.entries.map(\.type))
    #expect(read.entries.map(\.dn) == meant.entries.map(\.dn))
    #expect(read.entries.map(\.attributes) == meant.entries.map(\.attributes), "\(text)")
    #expect(read.isFiltered == meant.isFiltered && read.error == meant.error)
    #expect(read.metaverseType == meant.metaverseType)
    #expect(isSame(read.metaverse, meant.metaverse), "\(text)")
    #expect(read.targets.map(\.connector) == meant.targets.map(\.connector))
    #expect(read.targets.map(\.type) == meant.targets.map(\.type))
    #expect(read.targets.map(\.isThere) == meant.targets.map(\.isThere))
    #expect(read.targets.map(\.isExact) == meant.targets.map(\.isExact))
    for (one, other) in zip(read.targets, meant.targets) {
      #expect(isSame(one.attributes, other.attributes), "\(text)")
    }
  }

  @Test(
    "What arrives as expected differs in nothing, and whatever is other is told by its name",
    arguments: 200...320)
  func differences(seed: Int) {
    var maker = ExampleMaker(seed)
    var (meant, _) = maker.example()
    meant.targets = Array(meant.targets.prefix(1))
    (meant.error, meant.isFiltered, meant.metaverseType, meant.metaverse) = (nil, nil, nil, [:])
    guard let expected = meant.targets.first else { return }
    var outcome = ExampleOutcome(object: nil, errors: [])
    let there = expected.attributes.filter { !$0.value.isEmpty }
    outcome.targets = [
      .init(
        connector: expected.connector.uppercased(), type: expected.type ?? "any",
        isThere: expected.isThere, values: there, errors: [], reasons: ["no rule"], applied: [])
    ]
    // Names that fold in more letters than they have are no names for this.
    guard outcome.targets[0].connector.lowercased() == expected.connector.lowercased() else {
      return
    }
    #expect(outcome.differences(meant) == [], "\(meant)")
    outcome.targets[0].isThere.toggle()
    #expect(outcome.differences(meant).count == 1)
    #expect(outcome.differences(meant).first?.hasPrefix(expected.connector + ": ") == true)
    guard expected.isThere else { return }
    outcome.targets[0].isThere = true
    for name in expected.attributes.keys {
      var other = outcome
      other.targets[0].values[name, default: []].append(.string("one more"))
      let found = other.differences(meant)
      #expect(found.count == 1, "\(found)")
      #expect(found.first?.hasPrefix("\(expected.connector) \(name): expected ") == true)
    }
    outcome.targets[0].values["beside"] = [.boolean(true)]
    let beside = outcome.differences(meant)
    #expect(beside.count == (expected.isExact ? 1 : 0), "\(beside)")
    outcome.targets[0].values["beside"] = nil
    outcome.targets[0].errors = ["it failed"]
    #expect(outcome.differences(meant) == ["error: it failed"])
    meant.error = "fail"
    #expect(outcome.differences(meant) == [])
    meant.error = "other"
    #expect(outcome.differences(meant).count == 1)
  }

  @Test(
    "A mistake in an example is told where it stands",
    arguments: [
      ("[[test]]\nname = \"t\"", 1),
      ("[[test]]\nname = \"t\"\nentry = []\n[test.expect]\nfiltered = true", 1),
      ("[[tests]]", 1), ("[[test]]\nnames = \"t\"", 2),
      ("[[test]]\nname = \"t\"\n[[test.entry]]\nconnector = \"a\"", 3),
      ("[[test]]\nname = \"t\"\n[[test.entry]]\nconnector = \"a\"\ntype = \"b\"\n[test.expect]", 6),
      (
        "[[test]]\nname = \"t\"\n[[test.entry]]\nconnector = \"a\"\ntype = \"b\"\n"
          + "attributes = { cn = 1.5 }\n[test.expect]\nfiltered = true", 6
      ),
      (
        "[[test]]\nname = \"t\"\n[[test.entry]]\nconnector = \"a\"\ntype = \"b\"\n"
          + "attributes = { cn = { hex = \"0\" } }\n[test.expect]\nfiltered = true", 6
      ),
      (
        "[[test]]\nname = \"t\"\n[[test.entry]]\nconnector = \"a\"\ntype = \"b\"\n"
          + "attributes = { cn = { hex = \"00\", base64 = \"\" } }\n[test.expect]\nfiltered = true",
        6
      ),
      (
        "[[test]]\nname = \"t\"\n[[test.entry]]\nconnector = \"a\"\ntype = \"b\"\n"
          + "attributes = { cn = 1, CN = 2 }\n[test.expect]\nfiltered = true", 6
      ),
      (
        "[[test]]\nname = \"t\"\n[[test.entry]]\nconnector = \"a\"\ntype = \"b\"\n[test.expect]\n"
          + "error = \"x\"\nfiltered = true", 7
      ),
    ])
  func mistakes(text: String, line: Int) {
    let error = #expect(throws: ConfigurationError.self) {
      try RuleExample.parse(text, file: "t.toml")
    }
    #expect(error?.place?.line == line, "\(error.map { "\($0)" } ?? "")")
    #expect(error?.message.isEmpty == false)
  }
}
