import Configuration
import SyncRules
import TestSupport
import Testing

@Suite("Damaged rules")
struct DamagedRulesTests {
  private static let parameters = [
    "Source": "ad", "Target": "cloud", "Domain.FQDN": "contoso.com",
  ]

  @Test("a line that is lost, doubled or changed is read or refused with its place")
  func lines() throws {
    let lines = StandardRules.text.split(separator: "\n", omittingEmptySubsequences: false)
    let whole = try RuleSet.parse(
      StandardRules.text, file: "s.toml", parameters: Self.parameters
    ).fingerprint
    var numbers = SeededRandom(seed: 5)
    var refused = 0
    for _ in 0..<150 {
      var damaged = lines
      let index = Int.random(in: 0..<lines.count, using: &numbers)
      switch Int.random(in: 0..<3, using: &numbers) {
      case 0: damaged.remove(at: index)
      case 1: damaged.insert(lines[index], at: index)
      default: damaged[index] = lines[index].reversed().reduce(into: "") { $0.append($1) }
      }
      do {
        let rules = try RuleSet.parse(
          damaged.joined(separator: "\n"), file: "s.toml", parameters: Self.parameters)
        let isComment = lines[index].isEmpty || lines[index].hasPrefix("#")
        #expect(!isComment || rules.fingerprint == whole)
      } catch {
        refused += 1
        let place = try #require(error.place)
        #expect(place.file == "s.toml")
        #expect((1...damaged.count).contains(place.line))
        #expect(!error.message.isEmpty)
      }
    }
    #expect(refused > 30)
  }

  @Test(
    "every setting of a rule that is missing is named",
    arguments: [
      "name", "direction", "connector", "source", "target", "link", "precedence",
    ])
  func missing(key: String) {
    let all = [
      ("name", "\"n\""), ("direction", "\"inbound\""), ("connector", "\"c\""), ("source", "\"s\""),
      ("target", "\"t\""), ("link", "\"Join\""), ("precedence", "1"),
    ]
    let text = all.filter { $0.0 != key }.map { "\($0.0) = \($0.1)\n" }.joined()
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet.parse("\n[[rule]]\n" + text, file: "m.toml")
    }
    #expect(error?.message == "\"\(key)\" is missing")
    #expect(error?.place?.line == 2)
  }

  @Test("a character that an expression loses is told on that line or a later one of it")
  func expressions() throws {
    let lines = StandardRules.text.split(separator: "\n", omittingEmptySubsequences: false)
    let inside = lines.indices.filter { lines[$0].contains("expression = '") }
    var numbers = SeededRandom(seed: 6)
    var refused = 0
    for _ in 0..<120 {
      var damaged = lines.map(String.init)
      guard let index = inside.randomElement(using: &numbers),
        let start = damaged[index].firstRange(of: "expression = '")?.upperBound,
        let gone = damaged[index][start...].indices.randomElement(using: &numbers)
      else { continue }
      damaged[index].remove(at: gone)
      do {
        _ = try RuleSet.parse(
          damaged.joined(separator: "\n"), file: "s.toml", parameters: Self.parameters)
      } catch {
        refused += 1
        let place = try #require(error.place)
        #expect(place.line >= index + 1, "\(error)")
        #expect(!error.message.isEmpty)
      }
    }
    #expect(refused > 20)
  }

  @Test("what an expression spells wrong is told at its place with the nearest right name")
  func spelling() {
    let text = """
      [[rule]]
      name = "n"
      direction = "inbound"
      connector = "c"
      source = "s"
      target = "t"
      link = "Join"
      precedence = 1
      [[rule.flow]]
      target = "a"
      expression = '''
        IIF(IsPresent([cn]),
          Trimm([cn]), NULL)'''
      """
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet.parse(text, file: "m.toml")
    }
    #expect(error?.place?.description == "m.toml:13:5")
    #expect(error?.message.hasPrefix("This is no expression: ") == true)
    #expect(error?.hint.contains("Trim") == true)
  }

  @Test(
    "every word of a rule that is misspelled gets the nearest right one",
    arguments: [
      ("precedence =", "precedense =", "precedence"), ("link =", "lnik =", "link"),
      ("\"Provision\"", "\"Provison\"", "Provision"), ("\"inbound\"", "\"inbuond\"", "inbound"),
      ("expression =", "expresion =", "expression"), ("constant =", "constnat =", "constant"),
      ("ISNOTNULL", "ISNOTNUL", "ISNOTNULL"), ("match =", "macth =", "match"),
      ("\"hard\"", "\"hrad\"", "hard"), ("conditions =", "condition =", "conditions"),
      ("scope = \"accounts\"", "scope = \"acounts\"", "accounts"),
      ("%Domain.FQDN%", "%Domain.FQND%", "Domain.FQDN"), ("[[scope]]", "[[scop]]", "scope"),
      ("groups =", "grups =", "groups"), ("password_sync", "pasword_sync", "password_sync"),
    ])
  func nearest(right: String, wrong: String, expected: String) throws {
    let text = StandardRules.text
    let range = try #require(text.firstRange(of: right))
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet.parse(
        text.replacingCharacters(in: range, with: wrong), file: "s.toml",
        parameters: Self.parameters)
    }
    let line = text[..<range.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
      .count
    #expect(error?.place?.line == line, "\(error?.description ?? "")")
    #expect(error?.hint.contains(expected) == true, "\(error?.description ?? "")")
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with other: String) -> String {
    self[..<range.lowerBound] + other + self[range.upperBound...]
  }
}
