import Directory
import SyncStore
import TestSupport
import Testing

@testable import Console

@Suite("What is typed, word by word")
struct FilterModelTests {
  private static let pieces = [
    "a", "b", " ", "  ", "\"", ":", "=", "!", "~", "é", "日", "\u{301}", "x:y", "type:", ">5",
  ]

  /// The words by a plain machine of two states.
  private func words(_ text: String) -> [String] {
    var words: [String] = []
    var word: String?
    var isQuoted = false
    for character in text {
      switch (character, isQuoted) {
      case ("\"", _):
        isQuoted = !isQuoted
        word = word ?? ""
      case (" ", false):
        if let whole = word { words.append(whole) }
        word = nil
      default: word = (word ?? "") + String(character)
      }
    }
    if let word { words.append(word) }
    return words
  }

  @Test(
    "Blanks part words but within quotation marks, which are no part of them", arguments: 1...30)
  func split(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<80 {
      let text = (0..<Int.random(in: 0...10, using: &random)).map { _ in
        random.choose(Self.pieces)
      }.joined()
      #expect(SearchText.words(text) == words(text), "\(text.debugDescription)")
    }
    #expect(SearchText.words("a \"b c\"d \"\" e") == ["a", "b cd", "", "e"])
    #expect(SearchText.words("\"a b") == ["a b"])
  }

  private static let fields: [FilterText.Field] = [
    .init(name: "status", kind: .text), .init(name: "connector", kind: .text),
    .init(name: "errors", kind: .number), .init(name: "started", kind: .moment),
  ]

  private func read(_ words: [String]) -> FilterText.Reading {
    FilterText.read(words, fields: Self.fields, now: Fixture.now, clock: .utc)
  }

  @Test(
    "What is typed of a text field means the same in any case of its name, and its opposite with !",
    arguments: 1...20)
  func texts(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let signs: [(String, ListTerm.Comparison, Bool)] = [
      (":", .contains, false), ("=", .equals, false), ("!=", .equals, true), ("^=", .begins, false),
      ("~", .matches, false), ("!~", .matches, true), (">", .greater, false),
      (">=", .atLeast, false),
      ("<", .less, false), ("<=", .atMost, false),
    ]
    for _ in 0..<40 {
      let value = random.choose(["", "a", "Full Import", "a-b", "é", "1"])
      let name =
        random.choose(["status", "STATUS", "Status", "stat", "connector", "conn"])
      guard let (sign, comparison, isNegated) = signs.randomElement(using: &random) else {
        continue
      }
      let field = name.lowercased().hasPrefix("s") ? "status" : "connector"
      let term = ListTerm(field, comparison, .text(value), isNegated: isNegated)
      #expect(read([name + sign + value]) == .init(terms: [term]), "\(name + sign + value)")
      let opposite = ListTerm(field, comparison, .text(value), isNegated: !isNegated)
      #expect(
        read(["!" + name + sign + value]) == .init(terms: [opposite]), "!\(name + sign + value)")
    }
  }

  @Test(
    "Numbers are read as numbers or spans, and nothing else is one",
    arguments: [
      ("5", 5), ("-5", -5), ("1.5", 1.5), ("2m", 120), ("1h30m", 5400), ("1d", 86_400),
      ("1w", 604_800),
      ("0", 0), ("1e3", 1000), ("", nil), ("x", nil), ("5 x", nil), ("m", nil), ("5mm", nil),
      ("--5", nil),
    ] as [(String, Double?)])
  func numbers(text: String, number: Double?) {
    let reading = read(["errors>=" + text])
    if let number {
      #expect(reading == .init(terms: [ListTerm("errors", .atLeast, .number(number))]))
    } else {
      #expect(reading.terms.isEmpty && reading.fault == "errors is a number")
    }
  }

  @Test("A day is compared as a whole, so that each moment is before it, in it or after it")
  func days() throws {
    let day = "2026-11-20"
    let begin = try #require(Timestamp("2026-11-20T00:00:00Z"))
    func holds(_ sign: String, _ moment: Timestamp) -> Bool {
      read(["started" + sign + day]).terms.allSatisfy { term in
        guard case .moment(let bound) = term.operand else { return false }
        switch term.comparison {
        case .greater: return moment > bound
        case .atLeast: return moment >= bound
        case .less: return moment < bound
        case .atMost: return moment <= bound
        default: return false
        }
      }
    }
    for seconds in [-86_400, -0.001, 0, 1, 43_200, 86_399.999, 86_400, 90_000] as [Double] {
      let moment = begin.adding(seconds: seconds)
      let isIn = (0..<86_400).contains(seconds)
      #expect(holds(":", moment) == isIn && holds("=", moment) == isIn, "\(seconds)")
      #expect(holds(">", moment) == (seconds >= 86_400) && holds("<", moment) == (seconds < 0))
      #expect(holds(">=", moment) == (seconds >= 0) && holds("<=", moment) == (seconds < 86_400))
    }
    #expect(read(["started!=" + day]).fault.contains("< and > do"))
    #expect(read(["started>soon"]).fault.contains("is a time"))
    #expect(read(["started>"]).fault.contains("is a time"))
  }

  @Test("The last fault is told, and all that is none counts")
  func faults() {
    let reading = read(["errors>x", "status:ok", "started>soon", "word"])
    #expect(reading.terms == [ListTerm("status", .contains, .text("ok")), .containing("word")])
    #expect(reading.fault.hasPrefix("started"))
    #expect(read(["~("]).fault.hasPrefix("No pattern as yet: "))
    #expect(read(["status~["]).terms.isEmpty)
    #expect(read([]) == .init() && read([""]) == .init())
  }

  @Test(
    "A word that is being typed is completed to the field that it begins, or to what all share",
    arguments: [
      ("sta", "sta"), ("stat", "status:"), ("star", "started:"), ("con", "connector:"),
      ("e", "errors:"),
      ("x", "x"), ("", ""), ("a con", "a connector:"), ("!err", "!errors:"),
      ("status:ok ", "status:ok "),
      ("s", "sta"), ("STAT", "status:"), ("!", "!"), ("a ", "a "),
    ])
  func completed(text: String, whole: String) {
    #expect(FilterText.completed(text, fields: Self.fields) == whole)
  }

  @Test("A clause of the metaverse is read as it is written", arguments: 1...20)
  func clauses(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for comparison in MetaverseQuery.Clause.Comparison.allCases {
      for attribute in ["mail", "proxyAddresses", "x-y_z.1", "cn;lang-de"] {
        let isUnary = comparison == .isPresent || comparison == .isAbsent
        let value =
          isUnary ? "" : random.choose(["a", "a b", "x y z", "é", "1"])
        let clause = MetaverseQuery.Clause(attribute, comparison, value)
        let words = SearchText.words(clause.text)
        #expect(words.count == 1, "\(clause.text)")
        let read = try #require(MetaverseQuery.Clause(text: words[0]), "\(clause.text)")
        #expect(read == clause, "\(clause.text)")
      }
    }
  }

  @Test(
    "A profile is named in words, by its beginning or its initials",
    arguments: [
      ("export", StepType.export), ("e", .export), ("full-import", .fullImport),
      ("fi", .fullImport),
      ("FI", .fullImport), ("di", .deltaImport), ("fs", .fullSynchronization),
      ("ds", .deltaSynchronization),
      ("delta-s", .deltaSynchronization), ("exp", .export), ("full-i", .fullImport),
    ])
  func profiles(word: String, type: StepType) {
    #expect(StepType.named(word) == type)
  }

  @Test(
    "What names no profile is none",
    arguments: ["", "x", "import", "f i", "full import", "exports", "ie"])
  func noProfiles(word: String) {
    #expect(StepType.named(word) == nil)
  }
}
