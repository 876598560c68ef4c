import Foundation
import SyncRules
import Testing

@testable import RuleTools

@Suite("What differs between rules")
struct RuleDifferenceTests {
  private let base = Sample.rule(
    "A",
    #"""
    flow = [ { target = "x", direct = "a" }, { target = "y", constant = 1 } ]
    scope = [ { clauses = [ { attribute = "a", operator = "ISNOTNULL" } ] } ]
    join = [ { conditions = [ { source = "a", target = "x" } ] } ]
    """#)

  private func difference(_ old: String, _ new: String) throws -> RuleDifference {
    RuleDifference(from: try Sample.rules(old), to: try Sample.rules(new))
  }

  @Test("The same rules do not differ, wherever and in whatever order they stand")
  func same() throws {
    let other = Sample.rule("B", precedence: 101)
    let difference = try difference(base + other, other + "\n\n" + base)
    #expect(difference.isEmpty)
    #expect(difference.summary == "0 added, 0 removed, 0 changed")
  }

  @Test("Rules that came and went")
  func addedAndRemoved() throws {
    let difference = try difference(base, Sample.rule("B", precedence: 101))
    #expect(difference.added == ["B"])
    #expect(difference.removed == ["A"])
    #expect(difference.lines == ["- A", "+ B", "1 added, 1 removed, 0 changed"])
  }

  @Test("A rule that was given another id is found by its name")
  func otherID() throws {
    let difference = try difference(
      base, base.replacing("name = \"A\"", with: "name = \"A\"\nid = \"z\""))
    #expect(difference.changed.map(\.rule) == ["A"])
    #expect(difference.changed.first?.items == [.init("id", before: "a", after: "z")])
  }

  @Test(
    "Each part of a rule that can differ",
    arguments: [
      ("precedence = 100", "precedence = 99", "precedence", "100", "99"),
      ("link = \"Join\"", "link = \"Provision\"", "link type", "Join", "Provision"),
      ("link = \"Join\"", "link = \"Join\"\ndisabled = true", "disabled", "no", "yes"),
      (
        "link = \"Join\"", "link = \"Join\"\npassword_sync = true", "password synchronization",
        "no", "yes"
      ),
      ("source = \"user\"", "source = \"contact\"", "source type", "user", "contact"),
      ("connector = \"ad\"", "connector = \"hr\"", "connector", "ad", "hr"),
      ("ISNOTNULL", "ISNULL", "scope group", "a ISNOTNULL", "a ISNULL"),
      (
        "source = \"a\", target = \"x\"", "source = \"b\", target = \"x\"", "join", "a = x", "b = x"
      ),
      ("direct = \"a\"", "direct = \"b\"", "flow x", "direct a", "direct b"),
      (
        "constant = 1", "constant = \"1\"", "flow y", "constant 1 (number)", "constant 1 (string)"
      ),
      (
        "constant = 1", "constant = 1, merge = \"Merge\"", "flow y", "constant 1 (number)",
        "constant 1 (number), Merge"
      ),
      (
        "constant = 1", "expression = \"1 + 1\"", "flow y", "constant 1 (number)",
        "expression 1 + 1"
      ),
      (", { target = \"y\", constant = 1 }", "", "flow y", "constant 1 (number)", ""),
    ])
  func parts(old: String, new: String, what: String, before: String, after: String) throws {
    let changed = base.replacingOccurrences(of: old, with: new)
    #expect(changed != base)
    let difference = try difference(base, changed)
    #expect(difference.changed.first?.items == [.init(what, before: before, after: after)])
    let back = try self.difference(changed, base)
    #expect(back.changed.first?.items == [.init(what, before: after, after: before)])
  }

  @Test("For a program, it is JSON")
  func json() throws {
    let difference = try difference(
      base, base.replacing("precedence = 100", with: "precedence = 9"))
    let json = String(decoding: try JSONEncoder().encode(difference), as: UTF8.self)
    #expect(json.contains(#""changed":[{"#))
    #expect(json.contains("precedence"))
  }

  @Test("What targets allow to be matched")
  func matching() {
    var difference = RuleDifference(from: [], to: [])
    difference.addMatching(
      from: ["cloud": MatchOptions(blockSoftMatch: true), "same": MatchOptions()],
      to: ["other": MatchOptions(blockHardMatch: true)])
    #expect(
      difference.lines == [
        "~ matching of cloud", "    block_soft_match", "      - true", "      + false",
        "~ matching of other", "    block_hard_match", "      - false", "      + true",
        "0 added, 0 removed, 2 changed",
      ])
  }
}
