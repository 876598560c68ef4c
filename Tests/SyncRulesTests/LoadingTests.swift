import Configuration
import Directory
import SyncRules
import Testing

private let complete = """
  # People
  [[rule]]
  name = "In from %Source% - User Join"
  description = "all people"
  direction = "inbound"
  connector = "%Source%"
  source = "user"
  target = "person"
  link = "Provision"
  precedence = 100
  password_sync = true

  [[rule.scope]]
  clauses = [
    { attribute = "domain", operator = "EQUAL", value = "%Domain.FQDN%" },
    { attribute = "userAccountControl", operator = "ISBITNOTSET", value = 2 },
  ]
  [[rule.scope]]
  clauses = [{ attribute = "dept", operator = "isin", value = ["HR", 7, true] }]

  [[rule.join]]
  conditions = [{ source = "objectGUID", target = "sourceAnchor", case_sensitive = true }]

  [[rule.flow]]
  target = "displayName"
  direct = "cn"
  [[rule.flow]]
  target = "kinds"
  constant = ["b", "a", "b"]
  apply_once = true
  merge = "MergeCaseInsensitive"

  [[rule]]
  name = "Off"
  id = "off-1"
  direction = "outbound"
  connector = "cloud"
  source = "person"
  target = "user"
  link = "stickyjoin"
  precedence = 100
  disabled = true
  """

private let parameters = ["Source": "contoso.com", "Domain.FQDN": "contoso.com"]

@Suite("Rules in TOML")
struct RuleReadingTests {
  let rules: RuleSet
  init() throws { rules = try RuleSet.parse(complete, file: "r.toml", parameters: parameters) }

  @Test("all of a rule is read")
  func all() throws {
    let rule = try #require(rules.rules.first { $0.direction == .inbound })
    #expect(rule.id == "in-from-contoso-com-user-join")
    #expect(rule.name == "In from contoso.com - User Join")
    #expect(rule.description == "all people")
    #expect(rule.connector == "contoso.com")
    #expect([rule.sourceType, rule.targetType] == ["user", "person"])
    #expect(rule.linkType == .provision && rule.precedence == 100)
    #expect(rule.enablePasswordSync && !rule.isDisabled)
    #expect(rule.place.description == "r.toml:2:1")
    #expect(
      rule.scope.groups.map { $0.clauses.map(\.description) } == [
        ["domain EQUAL contoso.com", "userAccountControl ISNOTBITSET 2"],
        ["dept ISIN (HR, 7, true)"],
      ])
    let condition = JoinCondition(
      source: "objectGUID", target: "sourceAnchor", isCaseSensitive: true)
    #expect(rule.joins == [JoinGroup(conditions: [condition])])
    #expect(
      rule.flows == [
        AttributeFlow(target: "displayName", source: .direct("cn")),
        AttributeFlow(
          target: "kinds", source: .constant(["a", "b"]), applyOnce: true,
          merge: .mergeCaseInsensitive),
      ])
  }

  @Test("an id of one's own, another link type, a rule that is off")
  func other() throws {
    let rule = try #require(rules.rules.first { $0.direction == .outbound })
    #expect(rule.id == "off-1")
    #expect(rule.linkType == .stickyJoin)
    #expect(rule.isDisabled)
  }

  @Test("an empty file has no rules")
  func empty() throws {
    #expect(try RuleSet.parse("# nothing yet\n", file: "e").rules.isEmpty)
  }

  @Test("attributes that joins look up are told")
  func indexed() throws {
    #expect(rules.indexedMetaverseAttributes == ["sourceAnchor"])
    let out = try RuleSet([
      outboundRule("o", joins: [[JoinCondition(source: "sourceAnchor", target: "externalId")]])
    ])
    #expect(out.indexedConnectorAttributes(connector: "Cloud") == ["externalId"])
    #expect(out.indexedConnectorAttributes(connector: "hr").isEmpty)
    #expect(out.indexedMetaverseAttributes.isEmpty)
  }

  @Test(
    "a percent sign that encloses no name stays",
    arguments: [
      ("100%", "100%"), ("5% to 10%", "5% to 10%"), ("%%", "%%"), ("%Source%%", "contoso.com%"),
      ("a%Source%b%Source%", "acontoso.combcontoso.com"), ("% %Source%", "% contoso.com"),
    ])
  func percent(text: String, expected: String) throws {
    let rules = try RuleSet.parse(
      """
      [[rule]]
      name = "n"
      description = "\(text)"
      direction = "inbound"
      connector = "c"
      source = "s"
      target = "t"
      link = "Join"
      precedence = 1
      """, file: "p", parameters: parameters)
    #expect(rules.rules[0].description == expected)
  }
}

@Suite("Fingerprint of rules")
struct FingerprintTests {
  private func print(_ text: String) throws -> String {
    try RuleSet.parse(text, file: "f.toml", parameters: parameters).fingerprint
  }

  @Test("comments, white space, order of keys and flows do not matter")
  func same() throws {
    let other =
      "# more\n\n"
      + complete.replacing("\n[[rule.join]]", with: "\n\n# join\n[[rule.join]]")
      .replacing(
        "source = \"user\"\ntarget = \"person\"", with: "target = \"person\"\nsource='user'"
      )
      .replacing("all people", with: "everybody").replacing("cn\"", with: "CN\"")
    #expect(try print(other) == print(complete))
    #expect(try print(complete).count == 32)
  }

  @Test(
    "every change of meaning shows",
    arguments: [
      ("\"displayName\"", "\"title\""), ("direct = \"cn\"", "direct = \"sn\""), ("100", "101"),
      ("\"EQUAL\"", "\"NOTEQUAL\""), ("value = 2", "value = 4"), ("Provision", "Join"),
      ("disabled = true", ""), ("case_sensitive = true", "case_sensitive = false"),
      ("password_sync = true", ""), ("apply_once = true", ""), ("[\"b\", \"a\"", "[\"ba\""),
      ("constant = [\"b\", \"a\", \"b\"]", "constant = [true]"), ("MergeCaseInsensitive", "Merge"),
      ("\"HR\", 7", "\"HR7\""), ("source = \"user\"", "source = \"contact\""),
      ("%Domain.FQDN%", "fabrikam.com"),
    ])
  func different(old: String, new: String) throws {
    let changed = complete.replacing(old, with: new)
    #expect(changed != complete)
    #expect(try print(changed) != print(complete))
  }
}

extension String {
  /// The text with the first `old` replaced; the standard library replaces in Foundation only.
  fileprivate func replacing(_ old: String, with new: String) -> String {
    guard let start = indices.first(where: { self[$0...].hasPrefix(old) }) else { return self }
    return String(self[..<start]) + new + String(self[start...].dropFirst(old.count))
  }
}
