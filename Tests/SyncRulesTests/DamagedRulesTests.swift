import Configuration
import SyncRules
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
    var numbers = Numbers(state: 5)
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
}
