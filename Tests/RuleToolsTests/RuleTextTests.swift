import Directory
import Foundation
import SyncExpressions
import SyncRules
import Testing

@testable import RuleTools

@Suite("Rules as text")
struct RuleTextTests {
  private let all = #"""
    [[rule]]
    name = "Everything \"that\" a rule can have"
    id = "all-of-it"
    description = 'Back\slash, "quotes", and it''s odd'
    direction = "outbound"
    connector = "cloud"
    source = "person"
    target = "user"
    link = "StickyJoin"
    precedence = 7
    disabled = true
    password_sync = true
    scope = [
      { clauses = [
        { attribute = "a", operator = "EQUAL", value = "x'y\"z" },
        { attribute = "b", operator = "ISNULL" },
      ] },
      { clauses = [ { attribute = "c", operator = "ISIN", value = ["1", "two"] } ] },
      { clauses = [ { attribute = "d", operator = "ISBITSET", value = 2 } ] },
    ]
    join = [
      { match = "hard", conditions = [ { source = "s", target = "t", case_sensitive = true } ] },
      { conditions = [ { source = "u", target = "v" }, { source = "w", target = "x" } ] },
    ]
    flow = [
      { target = "one", direct = "a" },
      { target = "two", constant = true, apply_once = true },
      { target = "three", constant = [1, 2], merge = "Merge" },
      { target = "four", constant = "tab\there", merge = "MergeCaseInsensitive" },
      { target = "five", expression = 'IIF(IsPresent([a]),"\\0ACNF:" & [b],NULL)' },
      { target = "urn:x:y", direct = "emails[type eq \"work\"].value" },
    ]
    """#.replacingOccurrences(of: "it''s", with: "its")

  @Test("Whatever a rule has is read again as it was")
  func roundTrip() throws {
    let rules = try Sample.rules(all)
    let text = RuleText.file(rules, heading: ["A heading", "", "with\ncontrol"])
    let again = try Sample.rules(text)
    #expect(RuleDifference(from: rules, to: again).lines == ["The rules are the same."])
    #expect(try RuleSet(rules).fingerprint == RuleSet(again).fingerprint)
    #expect(text.hasPrefix("# A heading\n#\n# with control\n"))
  }

  @Test("The standard rules are read again as they were")
  func standard() throws {
    let rules = try StandardRules.ruleSet(source: "ad", target: "cloud")
    let again = try RuleSet.parse(
      RuleText.file(rules.rules), file: "again", parameters: rules.parameters)
    #expect(again.fingerprint == rules.fingerprint)
  }

  @Test("A flow stands on one line, and an expression needs no escapes where that can be")
  func readable() throws {
    let text = RuleText.text(try #require(try Sample.rules(all).first))
    #expect(
      text.contains(
        #"  { target = "five", expression = 'IIF(IsPresent([a]),"\\0ACNF:" & [b],NULL)' },"#))
    #expect(text.contains("disabled = true\n"))
  }

  @Test(
    "Texts in quotes mean themselves",
    arguments: [
      "", "plain", "a\"b", "a'b", "a\"b'c", "\\", "new\nline", "tab\t", "\u{7}bell", "Zoë 😀",
      "\u{7F}",
    ])
  func quoting(text: String) throws {
    let rule = Sample.rule("r", "description = " + TOMLText.string(text + "."))
    #expect(try Sample.rules(rule).first?.description == text + ".")
  }
}
