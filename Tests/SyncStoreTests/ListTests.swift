import Directory
import Foundation
import Synchronization
import Testing

@testable import SyncStore

@Suite("Lists in any order, narrowed by any field")
struct ListTests {
  private let test: TestStore
  private let reader: StoreReader

  init() throws {
    test = try TestStore()
    reader = try test.reader
  }

  /// Steps 1 to 4 with these counters.
  private func fillHistory() throws {
    for (type, result, adds, took) in [
      (.fullImport, "success", 30, 4000), (.export, "completed-export-errors", 5, 60_000),
      (.deltaImport, "success", 100, 500), (.export, "success", 5, 1000),
    ] as [(StepType, String, Int, Int)] {
      let step = try test.step(type, connector: type == .export ? test.target : test.source)
      try test.end(step, result)
      try test.store.transaction {
        try $0.execute(
          "UPDATE step SET adds = ?, started = ? * 1000000, ended = ? * 1000000 + ? WHERE id = ?",
          [adds, step, step, took, step])
      }
    }
  }

  private func ids(
    _ source: ListSource, sort: ListSort? = nil, _ terms: ListTerm...
  ) throws -> [Int64] {
    var found: [Int64] = []
    try reader.arrange(source, by: ListArrangement(sort: sort, terms: terms)) {
      found += $0
      return true
    }
    return found
  }

  private let history = ListSource.operations(OperationFilter())

  @Test("Every field of every list can be sorted by, either way")
  func everyField() throws {
    try fillHistory()
    _ = try test.stage([.entry(try test.entry("Ann"))])
    let sources: [ListSource] = [
      history, .errors(step: 1), .openErrors(nil),
      .changes(step: 5, .staging, counter: "stage-add"),
      .objects(connector: "source", .all), .held(group: 1), .users(.error, isStale: true),
      .events(EventFilter()), .metaverse(MetaverseQuery()),
    ]
    for source in sources {
      for field in ListField.of(source) {
        let up = try ids(source, sort: ListSort(field.name))
        let down = try ids(source, sort: ListSort(field.name, isDescending: true))
        #expect(up.reversed() == down, "\(source) by \(field.name)")
        for comparison: ListTerm.Comparison in [.contains, .equals, .begins, .matches, .greater] {
          _ = try ids(source, ListTerm(field.name, comparison, .text("a")))
        }
        _ = try ids(source, ListTerm(field.name, .atLeast, .number(1)))
        _ = try ids(source, ListTerm(field.name, .atMost, .moment(.now)))
      }
    }
  }

  @Test("The history by numbers, durations and names; without a field, newest first")
  func order() throws {
    try fillHistory()
    #expect(try ids(history) == [4, 3, 2, 1])
    #expect(try ids(history, sort: ListSort("adds")) == [2, 4, 1, 3])
    #expect(try ids(history, sort: ListSort("duration", isDescending: true)) == [2, 1, 4, 3])
    #expect(try ids(history, sort: ListSort("connector")) == [1, 3, 2, 4])
    #expect(try ids(history, sort: ListSort("started")) == [1, 2, 3, 4])
  }

  @Test("Terms narrow by a field or by any, by size, by pattern, and by what must not be")
  func terms() throws {
    try fillHistory()
    #expect(try ids(history, ListTerm("profile", .contains, .text("IMPORT"))) == [3, 1])
    #expect(try ids(history, ListTerm(nil, .contains, .text("export"))) == [4, 2])
    #expect(
      try ids(history, ListTerm(nil, .contains, .text("export"), isNegated: true)) == [3, 1])
    #expect(try ids(history, ListTerm("adds", .greater, .number(5))) == [3, 1])
    #expect(try ids(history, ListTerm("adds", .equals, .number(5))) == [4, 2])
    #expect(try ids(history, ListTerm("duration", .less, .number(1))) == [3])
    #expect(try ids(history, ListTerm("status", .matches, .text("^comp.*rs$"))) == [2])
    #expect(
      try ids(
        history, ListTerm("started", .atLeast, .moment(Timestamp(milliseconds: 3_000_000))))
        == [4, 3])
    #expect(try ids(history, ListTerm("status", .begins, .text("SUCC"))) == [4, 3, 1])
    #expect(
      try ids(
        history, sort: ListSort("adds"), ListTerm("profile", .equals, .text("Export")),
        ListTerm("status", .equals, .text("success"))) == [4])
  }

  @Test("What was only rehearsed is found and left out by the word that is shown of it")
  func rehearsal() throws {
    try fillHistory()
    try test.store.transaction { try $0.execute("UPDATE step SET is_rehearsal = 1 WHERE id = 3") }
    let word = ListTerm.Operand.text("rehearsal")
    #expect(try ids(history, ListTerm(nil, .contains, word)) == [3])
    #expect(try ids(history, ListTerm(nil, .contains, word, isNegated: true)) == [4, 2, 1])
    let (none, few) = (
      ListTerm("rehearsal", .equals, .text("")), ListTerm("adds", .less, .number(9))
    )
    #expect(try ids(history, none, few) == [4, 2])
  }

  @Test("What the list itself is narrowed to counts beside the terms")
  func base() throws {
    try fillHistory()
    var filter = OperationFilter()
    filter.connector = "target"
    filter.text = "success"
    #expect(try ids(.operations(filter)) == [4])
    filter.text = ""
    filter.atLeast = .error
    #expect(try ids(.operations(filter), sort: ListSort("adds")) == [2])
  }

  @Test("A field that the list doesn't have lets nothing pass, and sorts by nothing")
  func unknown() throws {
    try fillHistory()
    #expect(try ids(history, ListTerm("colour", .contains, .text("red"))) == [])
    #expect(try ids(history, sort: ListSort("colour")) == [4, 3, 2, 1])
    #expect(try ids(history, ListTerm("adds", .contains, .text("many"))) == [])
  }

  @Test("Rows come in the order of their numbers; those that are gone are left out")
  func rows() throws {
    try fillHistory()
    let found = try reader.rows(of: history, ids: [2, 99, 4, 1])
    guard case .operations(let rows) = found else { return #expect(Bool(false)) }
    #expect(rows.map(\.id) == [2, 4, 1])
    #expect(rows.map(\.adds) == [5, 5, 30])
  }

  @Test("Letters beyond ASCII are found in any case, apostrophes and signs as they are")
  func letters() throws {
    _ = try test.stage(
      [try test.entry("ÖZIL O'Neill 100%"), try test.entry("Ann"), try test.entry("ann_x")]
        .map { .entry($0) })
    let source = ListSource.objects(connector: "source", .all)
    #expect(try ids(source, ListTerm("name", .contains, .text("özil"))).count == 1)
    #expect(try ids(source, ListTerm("name", .contains, .text("o'neill"))).count == 1)
    #expect(try ids(source, ListTerm("name", .contains, .text("0%"))).count == 1)
    #expect(try ids(source, ListTerm("name", .equals, .text("ANN"))).count == 1)
    #expect(try ids(source, ListTerm("dn", .matches, .text("^cn=ann,"))).count == 1)
    #expect(try ids(source, ListTerm("name", .contains, .text(""))).count == 3)
    #expect(try ids(source, sort: ListSort("name", isDescending: true)).count == 3)
  }

  @Test("What a user's image says can be sorted by and looked for")
  func images() throws {
    let names = ["b@contoso.test", "c@contoso.test", "a@contoso.test"]
    try test.stage(
      try names.map {
        .entry(
          try test.entry(
            $0, ["userName": [.string($0)], "active": [.boolean($0.hasPrefix("a"))]]))
      }, connector: test.target)
    try test.store.transaction { try $0.execute("UPDATE cs_object SET last_sync = id") }
    let users = ListSource.users(nil, isStale: false)
    #expect(try ids(users, sort: ListSort("upn")) == [3, 1, 2])
    #expect(try ids(users, ListTerm("upn", .begins, .text("B@"))) == [1])
    #expect(try ids(users, ListTerm(nil, .contains, .text("c@contoso"))) == [2])
    #expect(try ids(users, ListTerm("signin", .equals, .text("allowed"))) == [3])
    try test.store.transaction {
      try $0.execute("UPDATE cs_object SET pending_export = 1 WHERE id = 2")
    }
    #expect(try ids(users, ListTerm(nil, .contains, .text("pending"))) == [2])
    // A part of such a word is meant for a name.
    #expect(try ids(users, ListTerm(nil, .contains, .text("pend"))) == [])
    let others = try ids(users, ListTerm(nil, .contains, .text("pending"), isNegated: true))
    #expect(Set(others) == [1, 3])
    guard case .users(let rows) = try reader.rows(of: users, ids: [3, 2]) else {
      return #expect(Bool(false))
    }
    #expect(rows.map(\.userPrincipalName) == ["a@contoso.test", "c@contoso.test"])
  }

  @Test("A metaverse clause narrows in any order, also one by a pattern")
  func clauses() throws {
    try test.store.transaction { tx in
      for (name, title) in [("Bo", "Lead"), ("Ann", "Clerk"), ("Cy", "Team lead")] {
        _ = try tx.insertMetaverse(
          objectType: name == "Cy" ? "group" : "person",
          image: try tx.encode([
            MetaverseAttribute(
              name: "title", values: [.string(title)], contributor: 1, rule: 0, time: .now)
          ]), display: name, keys: [])
      }
    }
    var query = MetaverseQuery()
    #expect(try ids(.metaverse(query)) == [2, 1, 3])
    query.clauses = [MetaverseQuery.Clause("title", .matches, "lead$")]
    #expect(try ids(.metaverse(query)) == [1, 3])
    #expect(try ids(.metaverse(query), sort: ListSort("kind")) == [3, 1])
    query.clauses = [MetaverseQuery.Clause("title", .matchesNot, "LEAD")]
    #expect(try ids(.metaverse(query)) == [2])
    query.clauses = []
    query.name = "b"
    #expect(try ids(.metaverse(query)) == [1])
  }

  @Test("It ends when nobody wants more, and when it is interrupted it says so")
  func ends() throws {
    try test.store.transaction {
      try $0.execute(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
        INSERT INTO event(time, level, code, source, message)
        SELECT i, 'information', 1, 's', 'm' || i FROM n
        """)
    }
    let events = ListSource.events(EventFilter())
    var parts: [Int] = []
    try reader.arrange(events, by: ListArrangement()) {
      parts.append($0.count)
      return parts.count < 2
    }
    #expect(parts == [256, 8192])
    #expect(throws: CancellationError.self) {
      try reader.arrange(events, by: ListArrangement()) { _ in
        reader.interruptArranging()
        return true
      }
    }
    #expect(try ids(events).count == 40_000, "and the next one is not touched by that")
  }

  @Test("Other reading goes on while a list is arranged")
  func beside() throws {
    try fillHistory()
    try reader.arrange(history, by: ListArrangement(sort: ListSort("adds"))) { _ in
      #expect((try? reader.operationCount(OperationFilter())) == 4)
      return true
    }
  }
}

@Suite("Regular expressions")
struct TextPatternTests {
  @Test("Case doesn't count; digits have a sign of their own")
  func matches() throws {
    #expect(try TextPattern("^ann (lee|ek)$").matches("Ann LEE"))
    #expect(try !TextPattern("^ann$").matches("Anna"))
    #expect(try TextPattern(#"\d{3}\D"#).matches("id 123x"))
    #expect(try !TextPattern(#"\d{3}\D"#).matches("id 123"))
    #expect(try TextPattern(#"a\.b\\c"#).matches(#"a.b\c"#))
    #expect(try TextPattern("").matches(""))
    #expect(try TextPattern("^Łukasz").matches("łUKASZ"), "in any alphabet")
    #expect(try TextPattern("a.b").matches("a\nb"), "a text may have several lines")
    #expect(try TextPattern("^[^p-z@]+@x{2}$").matches("Ann@XX"))
    #expect(try !TextPattern("^[^p-z@]+@x{2}$").matches("Tom@XX"))
    #expect(try TextPattern(#"^\W\w\s\S$"#).matches("-ä é"))
    #expect(try !TextPattern(#"^\W\w\s\S$"#).matches("-@ é"))
  }

  @Test("What is no pattern is told in words", arguments: ["(", "[a", "a{2,1}", #"a\"#])
  func faults(_ text: String) {
    #expect(throws: TextPattern.Fault.self) { try TextPattern(text) }
  }

  @Test(
    "A pattern that could only be tried back and forth, or is far too large, is refused",
    arguments: [
      (#"(.*)(.*)(.*)\1\2\3x"#, #"at character 13, \1 is not known"#),
      ("((((.{1,60}){1,60}){1,60}){1,60})", "at character 1, it takes more than 1000 steps"),
      ("^[[:alpha:]]+$", #"classes like [:alpha:] are not known; \w, \d and \s are"#),
    ])
  func refused(_ text: String, reason: String) {
    #expect(throws: TextPattern.Fault(reason: reason)) { try TextPattern(text) }
  }

  @Test(
    "A match is found wherever and with whatever it begins",
    arguments: [
      ("x?b", "ab"), ("(ß|b)c", "aßc"), ("(a|b)*c", "dc"), ("b$", "ab"), ("(^a|c)d", "bcd"),
      ("k", "\u{212A}"), ("[^a]", "aab"), ("x*", "a"),
    ])
  func beginnings(_ pattern: String, _ text: String) throws {
    #expect(try TextPattern(pattern).matches(text))
  }

  @Test("No pattern takes long on a text that it nearly matches")
  func time() throws {
    let pattern = try TextPattern("(a+)+$")
    #expect(!pattern.matches(String(repeating: "a", count: 2000) + "!"))
  }
}
