import Configuration
import SyncRules
import TestSupport
import Testing

/// Rules that are written line by line, so that every line's number is known.
private enum RuleFile {
  /// The lines of a good rule of any layout.
  static func rule(_ number: Int, _ random: inout SeededRandom) -> [String] {
    let head = [
      "name = \"rule \(number)\"", "direction = \"inbound\"", "connector = \"hr\"",
      "source = \"user\"", "target = \"person\"", "link = \"Provision\"",
      "precedence = \(number * 10)", "disabled = false", "password_sync = true",
      "description = \"what % it does\"",
    ].shuffled(using: &random)
    let parts = [
      [
        "[[rule.scope]]",
        "clauses = [{ attribute = \"dept\", operator = \"EQUAL\", value = \"x\" }]",
      ],
      ["[[rule.join]]", "conditions = [{ source = \"id\", target = \"key\" }]"],
      ["[[rule.flow]]", "target = \"title\"", "direct = \"title\""],
      ["[[rule.flow]]", "target = \"kind\"", "constant = [\"a\", \"b\"]", "merge = \"Merge\""],
      ["[[rule.flow]]", "target = \"upper\"", "expression = 'UCase([cn])'"],
    ]
    var lines = ["[[rule]]"] + head
    for part in parts { lines += noise(&random) + part }
    return noise(&random) + lines
  }

  private static func noise(_ random: inout SeededRandom) -> [String] {
    random.some(["", "# a comment with = and [[rule]]", "\t", "#"], percent: 30)
  }
}

/// One mistake: the line that it takes the place of, and what is said of it.
private struct Mistake: Sendable, CustomTestStringConvertible {
  /// The beginning of the right line.
  var right: String
  var wrong: String
  /// Where in the wrong line it is told, counted from 1.
  var column: Int
  var words: String
  var testDescription: String { wrong }

  init(_ right: String, _ wrong: String, _ column: Int, _ words: String) {
    (self.right, self.wrong, self.column, self.words) = (right, wrong, column, words)
  }
}

@Suite("Mistakes in rule files are told where they stand")
struct RuleMistakeTests {
  private static let mistakes: [Mistake] = [
    Mistake("name =", "name = \"\"", 8, "\"name\" is empty"),
    Mistake("name =", "name = 5", 8, "\"name\" must be"),
    Mistake("direction =", "direction = \"sideways\"", 13, "\"direction\" must be one of"),
    Mistake("connector =", "connector = \"%Nope%\"", 13, "The parameter %Nope% is unknown"),
    Mistake("source =", "source = [\"user\"]", 10, "\"source\" must be"),
    Mistake("link =", "link = \"JoinNoFlow\"", 1, "Only outbound rules may be JoinNoFlow"),
    Mistake("link =", "link = true", 8, "\"link\" must be"),
    Mistake("precedence =", "precedence = 1000000", 14, "from 0 to 999999"),
    Mistake("precedence =", "precedence = 1.0", 14, "\"precedence\" must be a whole number"),
    Mistake("disabled =", "disabled = 0", 12, "\"disabled\" must be true or false"),
    Mistake("password_sync =", "passwordsync = true", 1, "\"passwordsync\" is no setting here"),
    Mistake("description =", "descripton = \"x\"", 1, "\"descripton\" is no setting here"),
    Mistake("description =", "description = 1979-05-27", 15, "\"description\" must be"),
    Mistake(
      "clauses =", "clauses = [{ attribute = \"a\", operator = \"LIKE\", value = \"x\" }]", 42,
      "There is no operator \"LIKE\""),
    Mistake(
      "clauses =", "clauses = [{ attribute = \"a\", operator = \"ISIN\", value = [1.5] }]", 59,
      "\"value\" must be"),
    Mistake(
      "clauses =", "clauses = [{ attribute = \"a\", operator = \"EQUAL\", value = \"%No%\" }]", 59,
      "The parameter %No% is unknown"),
    Mistake("clauses =", "clauses = \"x\"", 11, "\"clauses\" must be"),
    Mistake("clauses =", "clause = []", 1, "\"clause\" is no setting here"),
    Mistake("conditions =", "conditions = [{ source = \"a\" }]", 15, "\"target\" is missing"),
    Mistake("conditions =", "conditions = [5]", 15, "must be"),
    Mistake("target = \"title\"", "target = \"userPassword\"", 1, "A rule can't write"),
    Mistake("target = \"title\"", "target = \"\"", 10, "\"target\" is empty"),
    Mistake("target = \"kind\"", "target = \"TITLE\"", 1, "is written twice in this rule"),
    Mistake("direct =", "direct = 5", 10, "\"direct\" must be"),
    Mistake("constant =", "constant = [\"a\", []]", 18, "must be"),
    Mistake("constant =", "constant = [\"a\", \"\"]", 18, "is an empty text"),
    Mistake("merge =", "merge = \"Union\"", 9, "\"merge\" must be one of"),
    Mistake("expression =", "expression = 'UCase([cn]'", 15, "This is no expression"),
    Mistake("expression =", "expression = '%Nope%'", 15, "The parameter %Nope% is unknown"),
    Mistake("expression =", "expresion = 'x'", 1, "\"expresion\" is no setting here"),
  ]

  private func refusal(_ lines: [String]) -> ConfigurationError? {
    do {
      _ = try RuleSet.parse(lines.joined(separator: "\n"), file: "r.toml")
      return nil
    } catch {
      return error
    }
  }

  @Test("A good file of any layout is read, with the place of each rule", arguments: 1...10)
  func good(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    let lines = (1...4).flatMap { RuleFile.rule($0, &random) }
    let rules = try RuleSet.parse(lines.joined(separator: "\n"), file: "r.toml").rules
    let starts = lines.indices.filter { lines[$0] == "[[rule]]" }.map { $0 + 1 }
    #expect(rules.map(\.place.line) == starts && rules.map(\.flows.count) == [3, 3, 3, 3])
  }

  @Test("Each mistake is told at its line and column, in whichever rule it is", arguments: mistakes)
  fileprivate func placed(_ mistake: Mistake) throws {
    var random = SeededRandom(seed: mistake.wrong.utf8.reduce(UInt64(7)) { $0 &* 31 &+ UInt64($1) })
    for _ in 0..<6 {
      var lines = (1...3).flatMap { RuleFile.rule($0, &random) }
      let places = lines.indices.filter { lines[$0].hasPrefix(mistake.right) }
      let place = random.choose(places)
      lines[place] = mistake.wrong
      let error = try #require(refusal(lines))
      #expect(error.message.contains(mistake.words), "\(error.message)")
      let found = error.place?.description
      #expect(found == "r.toml:\(place + 1):\(mistake.column)", "\(lines[place])")
    }
  }

  @Test("Of two mistakes the first rule's is told, wherever they stand", arguments: 1...20)
  func first(seed: Int) throws {
    var random = SeededRandom(scattering: 50 + seed)
    var lines = (1...3).flatMap { RuleFile.rule($0, &random) }
    let starts = lines.indices.filter { lines[$0] == "[[rule]]" }
    var damaged: [Int] = []
    for _ in 0..<2 {
      let mistake = random.choose(Self.mistakes)
      let places = lines.indices.filter {
        lines[$0].hasPrefix(mistake.right) && !damaged.contains($0)
      }
      guard !places.isEmpty else { continue }
      damaged.append(random.choose(places))
      lines[damaged[damaged.count - 1]] = mistake.wrong
    }
    func rule(of line: Int) -> Int { starts.count { $0 <= line } }
    let line = try #require(refusal(lines)?.place?.line) - 1
    #expect(rule(of: line) == damaged.map(rule).min())
  }

  @Test("A setting that is missing is told at its table", arguments: 1...10)
  func missing(seed: Int) throws {
    var random = SeededRandom(scattering: 100 + seed)
    let required = ["name", "direction", "connector", "source", "target", "link", "precedence"]
    for key in required {
      var lines = (1...2).flatMap { RuleFile.rule($0, &random) }
      let second = try #require(lines.lastIndex(of: "[[rule]]"))
      let place = try #require(
        lines.indices.first { $0 > second && lines[$0].hasPrefix(key + " =") })
      lines.remove(at: place)
      let error = try #require(refusal(lines))
      #expect(error.message == "\"\(key)\" is missing" && error.place?.line == second + 1)
    }
  }

  @Test("Rules that are right by themselves and not together name both", arguments: 1...10)
  func together(seed: Int) throws {
    var random = SeededRandom(scattering: 200 + seed)
    let changes = [
      ("precedence = 20", "precedence = 10", "has the same precedence 10 as \"rule 1\""),
      ("name = \"rule 2\"", "name = \"Rule - 1\"", "has the same id as \"rule 1\""),
      ("target = \"kind\"", "target = \"title\"", "write"),
    ]
    for (right, wrong, words) in changes {
      var lines = RuleFile.rule(1, &random)
      let end = lines.count
      let first = try #require(lines.firstIndex(of: "[[rule]]"))
      lines += RuleFile.rule(2, &random)
      let place = try #require(lines.indices.first { $0 >= end && lines[$0] == right })
      lines[place] = wrong
      if words == "write" {
        // The other flow of the attribute goes, so that the rule itself is right.
        let other = try #require(
          lines.indices.first { $0 >= end && $0 != place && lines[$0] == "target = \"title\"" })
        lines[other] = "target = \"other\""
      }
      let error = try #require(refusal(lines))
      #expect(error.message.contains(words), "\(error.message)")
      #expect(error.message.contains("r.toml:\(first + 1):1"), "\(error.message)")
      let second = try #require(lines.lastIndex(of: "[[rule]]"))
      #expect(error.place?.description == "r.toml:\(second + 1):1")
    }
  }
}
