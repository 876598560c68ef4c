import Configuration
import Directory
import SyncRules
import Testing

@testable import RuleTools

private let rules = [
  Sample.rule(
    "In", precedence: 1, link: "Provision",
    #"""
    flow = [
      { target = "anchor", expression = 'ConvertToBase64([objectGUID])' },
      { target = "name", direct = "cn" }, { target = "manager", direct = "manager" },
      { target = "enabled", expression = 'IIF(IsPresent([uac]),BitAnd([uac],2)=0,Error("no uac"))' },
      { target = "where", expression = '[dn]' },
    ]
    scope = [ { clauses = [ { attribute = "cn", operator = "NOTSTARTSWITH", value = "_" } ] } ]
    join = [ { conditions = [ { source = "objectGUID", target = "anchor" } ] } ]
    """#),
  Sample.rule(
    "In from HR", precedence: 2, connector: "hr", source: "row",
    #"""
    flow = [ { target = "title", direct = "role" }, { target = "name", direct = "fullName" } ]
    join = [ { conditions = [ { source = "login", target = "name" } ] } ]
    """#),
  Sample.rule(
    "Out", direction: "outbound", precedence: 3, link: "Provision",
    #"""
    flow = [
      { target = "userName", direct = "name" }, { target = "boss", direct = "manager" },
      { target = "title", direct = "title" },
    ]
    scope = [ { clauses = [ { attribute = "enabled", operator = "EQUAL", value = true } ] } ]
    join = [ { conditions = [ { source = "anchor", target = "externalId" } ] } ]
    """#),
].joined()

private func run(_ text: String) throws -> RuleExampleResult {
  let set = try RuleSet.parse(rules, file: "rules.toml", parameters: RuleParameters())
  let examples = try RuleExample.parse("[[test]]\nname = \"t\"\n" + text, file: "tests.toml")
  return RuleExampleRunner(set).run(try #require(examples.first))
}

private let ann = #"""
  [[test.entry]]
  connector = "ad"
  type = "user"
  dn = "CN=ann"
  attributes = { cn = "ann", uac = 512, objectGUID = { hex = "0102" }, manager = { reference = "CN=bo" } }
  """#

@Suite("Examples beside the rules")
struct RuleExampleTests {
  @Test("An example that holds, in the metaverse and in the target")
  func holds() throws {
    let result = try run(
      ann + #"""

        [test.expect]
        filtered = false
        type = "person"
        metaverse = { name = "ann", enabled = true, anchor = "AQI=", where = "CN=ann", title = [] }
        [[test.expect.target]]
        connector = "cloud"
        type = "user"
        exactly = true
        attributes = { userName = "ann", boss = { reference = "CN=bo" } }
        """#)
    #expect(result.isPassed, "\(result.differences)")
    #expect(result.place == "tests.toml:1:1")
  }

  private func outcome(_ rules: String, _ text: String) throws -> RuleExampleResult {
    let set = try RuleSet.parse(rules, file: "rules.toml", parameters: RuleParameters())
    let examples = try RuleExample.parse("[[test]]\nname = \"t\"\n" + text, file: "tests.toml")
    return RuleExampleRunner(set).run(try #require(examples.first))
  }

  @Test(
    "A group says who is a member of it, or the object does", arguments: ["group", "memberOf", ""])
  func membership(saidBy: String) throws {
    let rules =
      Sample.rule(
        "Pilot", precedence: 1, link: "Provision",
        #"""
        flow = [ { target = "name", direct = "cn" } ]
        scope = [ { clauses = [ { attribute = "x", operator = "ISMEMBEROF", value = "CN=Pilot,DC=x" } ] } ]
        """#)
      + Sample.rule("Groups", precedence: 2, source: "group", "")
    let member = saidBy == "memberOf" ? ", memberOf = { reference = \"cn=pilot, dc=x\" }" : ""
    let group = """

      [[test.entry]]
      connector = "ad"
      type = "group"
      dn = "CN=pilot,DC=X"
      attributes = { member = { reference = "cn=ANN" } }
      """
    let result = try outcome(
      rules,
      ann.replacing("cn = \"ann\"", with: "cn = \"ann\"" + member)
        + (saidBy == "group" ? group : "")
        + "\n[test.expect]\n"
        + (saidBy.isEmpty ? "filtered = true" : "metaverse = { name = \"ann\" }"))
    #expect(result.isPassed, "\(result.differences)")
  }

  @Test("Rules that join an entry to two different objects are its error, as in the engine")
  func conflictingJoins() throws {
    func joining(_ name: String, _ precedence: Int, _ source: String, _ target: String) -> String {
      Sample.rule(
        name, precedence: precedence, connector: "hr", source: "row",
        "join = [ { conditions = [ { source = \"\(source)\", target = \"\(target)\" } ] } ]")
    }
    let rules =
      Sample.rule(
        "In", precedence: 1, link: "Provision",
        #"flow = [ { target = "name", direct = "cn" }, { target = "number", direct = "no" } ]"#)
      + joining("By name", 2, "login", "name") + joining("By number", 3, "no", "number")
    func entry(_ connector: String, _ type: String, _ dn: String, _ attributes: String) -> String {
      """

      [[test.entry]]
      connector = "\(connector)"
      type = "\(type)"
      dn = "\(dn)"
      attributes = { \(attributes) }
      """
    }
    let people =
      entry("ad", "user", "CN=a", "cn = \"a\", no = \"1\"")
      + entry("ad", "user", "CN=b", "cn = \"b\", no = \"2\"")
    func errors(_ row: String) throws -> RuleExampleResult {
      try outcome(
        rules,
        people + entry("hr", "row", "CN=r", row) + "\n[test.expect]\nmetaverse = { name = \"a\" }")
    }
    #expect(try errors("login = \"a\", no = \"1\"").isPassed)
    let result = try errors("login = \"a\", no = \"2\"")
    #expect(
      result.differences.joined().contains(
        "The rules By name and By number join CN=r to two different metaverse objects"),
      "\(result.differences)")
  }

  @Test("Bytes join only the very same bytes, whatever their Base64 looks like in another case")
  func binaryJoin() throws {
    let rules =
      Sample.rule(
        "In", precedence: 1, link: "Provision",
        #"flow = [ { target = "key", direct = "objectGUID" } ]"#)
      + Sample.rule(
        "In from HR", precedence: 2, connector: "hr", source: "row",
        #"""
        flow = [ { target = "title", direct = "role" } ]
        join = [ { conditions = [ { source = "guid", target = "key" } ] } ]
        """#)
    // 69 B7 1D is "abcd", and 01 C4 A3 "AcSj"; 00 10 83 is "ABCD".
    func title(_ hex: String) throws -> Bool {
      try outcome(
        rules,
        """
        [[test.entry]]
        connector = "ad"
        type = "user"
        dn = "CN=a"
        attributes = { objectGUID = { hex = "69B71D" } }
        [[test.entry]]
        connector = "hr"
        type = "row"
        dn = "CN=r"
        attributes = { guid = { hex = "\(hex)" }, role = "Boss" }
        [test.expect]
        metaverse = { title = "Boss" }
        """
      ).isPassed
    }
    #expect(try title("69B71D"))
    #expect(try !title("001083"))
  }

  @Test("References that rules unite are united on the way in and on the way out")
  func unitedReferences() throws {
    let rules =
      Sample.rule(
        "In", precedence: 1, link: "Provision",
        #"""
        flow = [
          { target = "cn", direct = "cn" },
          { target = "staff", direct = "manager", merge = "Merge" },
          { target = "other", direct = "assistant" },
        ]
        """#)
      + Sample.rule(
        "More", precedence: 2,
        #"flow = [ { target = "staff", direct = "secretary", merge = "Merge" } ]"#)
      + Sample.rule(
        "Out", direction: "outbound", precedence: 3, link: "Provision",
        #"flow = [ { target = "people", direct = "staff", merge = "Merge" } ]"#)
      + Sample.rule(
        "Out more", direction: "outbound", precedence: 4,
        #"flow = [ { target = "people", direct = "other", merge = "Merge" } ]"#)
    let result = try outcome(
      rules,
      """
      [[test.entry]]
      connector = "ad"
      type = "user"
      dn = "CN=a"
      attributes = { cn = "a", manager = { reference = "CN=x" }, secretary = { reference = "CN=y" }, assistant = { reference = "CN=z" } }
      [test.expect]
      metaverse = { staff = [{ reference = "CN=x" }, { reference = "CN=y" }] }
      [[test.expect.target]]
      connector = "cloud"
      type = "user"
      attributes = { people = [{ reference = "CN=x" }, { reference = "CN=y" }, { reference = "CN=z" }] }
      """)
    #expect(result.isPassed, "\(result.differences)")
  }

  @Test("What is other than expected is told value by value")
  func differs() throws {
    let result = try run(
      ann + #"""

        [test.expect]
        type = "group"
        metaverse = { name = "anne", enabled = "true" }
        [[test.expect.target]]
        connector = "cloud"
        type = "contact"
        exactly = true
        attributes = { userName = [] }
        """#)
    // Names keep the spelling in which the process met them first.
    #expect(
      result.differences.map { $0.lowercased() } == [
        "metaverse type: expected group, got person",
        "metaverse enabled: expected \"true\", got true",
        "metaverse name: expected \"anne\", got \"ann\"",
        "cloud type: expected contact, got user", "cloud username: expected no value, got \"ann\"",
        "cloud boss: not expected, got { reference = \"cn=bo\" }",
      ])
  }

  @Test("An entry of another directory joins, and the stronger rule's value stays")
  func joined() throws {
    let result = try run(
      ann + #"""

        [[test.entry]]
        connector = "hr"
        type = "row"
        attributes = { login = "ANN", role = "Chief", fullName = "Ann A." }
        [test.expect]
        metaverse = { title = "Chief", name = "ann" }
        [[test.expect.target]]
        connector = "cloud"
        attributes = { title = "Chief" }
        """#)
    #expect(result.isPassed, "\(result.differences)")
  }

  @Test("What is filtered is expected so, or told with the rule that left it out")
  func filtered() throws {
    let out = ann.replacing("cn = \"ann\"", with: "cn = \"_ann\"")
    #expect(try run(out + "\n[test.expect]\nfiltered = true").isPassed)
    let result = try run(out + "\n[test.expect]\nfiltered = false")
    #expect(result.differences.count == 1)
    #expect(result.differences[0].contains("In: cn NOTSTARTSWITH _ fails (_ann)"))
    let disabled = ann.replacing("512", with: "514")
    #expect(try run(disabled + "\n[test.expect]\nfiltered = true\ntype = \"person\"").isPassed)
    #expect(
      try run(ann + "\n[test.expect]\nfiltered = true").differences
        == ["it should reach no target, but it reaches cloud"])
  }

  @Test("A target where it must not arrive")
  func notThere() throws {
    let expect = "\n[test.expect]\n[[test.expect.target]]\nconnector = \"cloud\"\nthere = false"
    #expect(try run(ann + expect).differences == ["cloud: it arrives, but should not"])
    #expect(try run(ann.replacing("512", with: "514") + expect).isPassed)
  }

  @Test("An error that is expected, one that is not, and one that does not come")
  func errors() throws {
    let bad = ann.replacing("uac = 512, ", with: "")
    #expect(try run(bad + "\n[test.expect]\nerror = \"no uac\"").isPassed)
    let surprised = try run(bad + "\n[test.expect]\nfiltered = false").differences
    #expect(surprised.count == 1)
    #expect(surprised[0].hasPrefix("error: ") && surprised[0].contains("no uac"))
    let missing = try run(ann + "\n[test.expect]\nerror = \"no uac\"").differences
    #expect(missing == ["an error with \"no uac\" was expected, but there is none"])
    let other = try run(bad + "\n[test.expect]\nerror = \"other\"").differences
    #expect(other.count == 1 && other[0].contains("but it is:"))
  }

  @Test(
    "Examples that can't be read are told with their place",
    arguments: [
      ("", "has no entry"), ("[[test.entry]]\ntype = \"user\"", "\"connector\" is missing"),
      (ann + "\n[test.expect]\nerror = \"x\"\nfiltered = true", "expects an error and something"),
      (ann, "\"expect\" is missing"), (ann + "\n[test.expect]", "expects nothing"),
      (ann + "\n[test.expect]\nfilterd = true", "\"filterd\" is no setting here"),
      (ann.replacing("0102", with: "0g"), "\"0g\" is no hex"),
      (ann.replacing("hex = ", with: "hax = "), "\"hax\" is no setting here"),
      (ann.replacing("512", with: "5.5"), "\"uac\" must be"),
    ])
  func faults(text: String, message: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try run(text) }
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    #expect(error?.place?.file == "tests.toml")
  }

  @Test("Bytes can be written in every usual form")
  func values() throws {
    let text = #"""
      [[test]]
      name = "t"
      [[test.entry]]
      connector = "c"
      type = "t"
      [test.entry.attributes]
      a = { guid = "00000001-0000-0000-0000-000000000000" }
      b = { sid = "S-1-5-18" }
      c = { base64 = "AQI=" }
      d = [1, "x", true]
      [test.expect]
      filtered = true
      """#
    let entry = try #require(try RuleExample.parse(text, file: "t").first?.entries.first)
    #expect(entry.attributes["a"].first == .binary([1] + Array(repeating: 0, count: 15)))
    #expect(entry.attributes["b"] == [.binary([1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0])])
    #expect(entry.attributes["c"] == [.binary([1, 2])])
    #expect(Set(entry.attributes["d"]) == [1, "x", true])
  }

  @Test("It is told which rules no example had in scope")
  func untried() throws {
    let set = try RuleSet.parse(
      rules + Sample.rule("Off", precedence: 9, "disabled = true"), file: "rules.toml",
      parameters: RuleParameters())
    let result = try run(ann + "\n[test.expect]\nmetaverse = { name = \"ann\" }\n")
    #expect(result.rules == ["In", "Out"])
    #expect(RuleExampleRunner(set).untried(by: [result]) == ["In from HR"])
    #expect(RuleExampleRunner(set).untried(by: []) == ["In", "In from HR", "Out"])
  }

  @Test("Of two rules of one name each is told for itself")
  func twins() throws {
    let twin = Sample.rule("In", precedence: 7, source: "group", "id = \"twin\"")
    let set = try RuleSet.parse(rules + twin, file: "rules.toml", parameters: RuleParameters())
    let result = try run(ann + "\n[test.expect]\nmetaverse = { name = \"ann\" }\n")
    #expect(RuleExampleRunner(set).untried(by: [result]) == ["In from HR", "In"])
  }

  @Test("An entry may join what one further on makes")
  func laterPartner() throws {
    let row = #"""
      [[test.entry]]
      connector = "hr"
      type = "row"
      attributes = { login = "ann", role = "Chief" }

      """#
    let result = try run(
      row + ann + "\n[test.expect]\nmetaverse = { title = \"Chief\", name = \"ann\" }")
    #expect(result.isPassed, "\(result.differences)")
    let alone = try run(row + "\n[test.expect]\nmetaverse = { title = \"Chief\" }")
    #expect(alone.differences == ["it has no metaverse object"])
  }

  @Test("Names that no rule knows are told, since anything would hold of them")
  func unknownNames() throws {
    let slip = ann.replacing("connector = \"ad\"", with: "connector = \"adx\"")
    #expect(
      try run(slip + "\n[test.expect]\nfiltered = true").differences == [
        "entry 1: no rule is for the connector \"adx\"; did you mean \"ad\"?"
      ])
    let type = ann.replacing("\"user\"", with: "\"usre\"")
    #expect(
      try run(type + "\n[test.expect]\nfiltered = true").differences == [
        "entry 1: no rule is for objects of type \"usre\" of ad; did you mean \"user\"?"
      ])
    let expect = "\n[test.expect]\n[[test.expect.target]]\nconnector = \"clod\"\nthere = false"
    #expect(
      try run(ann + expect).differences == [
        "target: no rule is for the connector \"clod\"; did you mean \"cloud\"?"
      ])
  }

  @Test("Two entries of one connector that join the same object are an error, as in the engine")
  func ambiguous() throws {
    let twice =
      ann + "\n"
      + ann.replacing("CN=ann", with: "CN=twin").replacing("cn = \"ann\"", with: "cn = \"twin\"")
    let result = try run(twice + "\n[test.expect]\nfiltered = false")
    #expect(
      result.differences == [
        "error: ambiguous-import-flow-from-multiple-connectors: CN=twin and CN=ann both join the "
          + "same metaverse object by objectGUID = AQI= (rule In)"
      ])
    #expect(try run(twice + "\n[test.expect]\nerror = \"both join\"").isPassed)
  }
}
