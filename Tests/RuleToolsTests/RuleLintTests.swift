import Configuration
import Directory
import SyncRules
import Testing

@testable import RuleTools

@Suite("What is wrong in rules")
struct RuleLintTests {
  private let good = [
    Sample.rule(
      "In", precedence: 1, link: "Provision",
      #"""
      flow = [
        { target = "sourceAnchor", direct = "objectGUID" }, { target = "mail", direct = "mail" },
        { target = "manager", direct = "manager" },
        { target = "accountEnabled", expression = 'BitAnd([userAccountControl],2)=0' },
      ]
      join = [ { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] } ]
      """#),
    Sample.rule(
      "Out", direction: "outbound", precedence: 2, link: "Provision",
      #"""
      flow = [
        { target = "externalId", direct = "sourceAnchor" },
        { target = "active", direct = "accountEnabled" },
      ]
      join = [ { conditions = [ { source = "sourceAnchor", target = "externalId" } ] } ]
      """#),
  ].joined()

  private func check(_ added: String, _ expected: String...) throws {
    let found = try Sample.findings(good + added, in: Sample.surroundings)
    #expect(found.count == expected.count, "\(found)")
    for (found, expected) in zip(found, expected) { #expect(found.contains(expected), "\(found)") }
  }

  @Test("Of flows that unite references it is told that the target keeps no others")
  func unions() throws {
    var surroundings = Sample.surroundings
    surroundings.connectors?[1].schema?.attributes["aliases"] = .init(.string, isMultiValued: true)
    surroundings.connectors?[1].schema?.attributes["owners"] = .init(
      .reference, isMultiValued: true)
    func found(_ target: String, _ merge: String) throws -> [String] {
      try Sample.findings(
        Sample.rule(
          "Out", direction: "outbound",
          "flow = [ { target = \"\(target)\", direct = \"manager\", merge = \"\(merge)\" } ]"),
        in: surroundings
      ).filter { $0.contains("keeps no other references") }
    }
    #expect(
      try found("owners", "Merge") == [
        "warning: Out: unites what rules give to owners, and \"cloud\" keeps no other references "
          + "there"
      ])
    #expect(try found("owners", "Update") == [])
    #expect(try found("aliases", "Merge") == [])
  }

  @Test("An outbound join that finds only what was there before, unless an inbound one looks, too")
  func lateJoin() throws {
    let join = #"join = [ { conditions = [ { source = "mail", target = "nickName" } ] } ]"#
    func found(_ besides: String) throws -> [String] {
      try Sample.findings(
        Sample.rule("X", direction: "outbound", precedence: 50, join) + besides
      ).filter { $0.contains("only when something changes at their source") }
    }
    #expect(
      try found("").map { $0.hasPrefix("warning: X: looks for objects of type user") } == [true])
    let back = #"join = [ { conditions = [ { source = "nickName", target = "mail" } ] } ]"#
    #expect(try found(Sample.rule("In", precedence: 60, connector: "cloud", back)) == [])
    #expect(
      try found(Sample.rule("In", precedence: 60, connector: "cloud", source: "group", back)).count
        == 1)
    #expect(
      try found(
        Sample.rule("Make", direction: "outbound", precedence: 60, link: "Provision", join)) == [])
  }

  @Test("Nothing is wrong in good rules, known world or not")
  func nothing() throws {
    try check("")
    #expect(try Sample.findings(good).isEmpty)
  }

  @Test("Nothing is wrong in the standard rules", arguments: StandardRules.TargetNames.allCases)
  func standard(names: StandardRules.TargetNames) throws {
    let rules = try StandardRules.ruleSet(source: "ad", target: "cloud", names: names)
    let found = RuleLint.findings(rules.rules)
    #expect(found.filter { $0.severity == .error }.isEmpty, "\(found)")
  }

  @Test("AuthoritativeNull for references that another connector gives, too")
  func authority() throws {
    func found(_ first: Int, _ second: Int, _ source: String) throws -> [String] {
      let surroundings = RuleSurroundings(
        connectors: ["ad", "hr"].map { name in
          RuleSurroundings.Connector(
            name: name,
            schema: DirectorySchema(
              attributes: ["manager": .init(.reference), "title": .init(.string)],
              objectTypes: ["user"]))
        })
      return try Sample.findings(
        Sample.rule(
          "None", precedence: first,
          #"""
          flow = [ { target = "manager", expression = 'IIF([title]="x",AuthoritativeNull,NULL)' } ]
          """#)
          + Sample.rule(
            "Other", precedence: second, connector: "hr",
            "flow = [ { target = \"manager\", direct = \"\(source)\" } ]"),
        in: surroundings
      ).filter { $0.contains("AuthoritativeNull") }
    }
    #expect(try found(1, 2, "manager").count == 1)
    #expect(try found(2, 1, "manager") == [])
    #expect(try found(1, 2, "title") == [])
  }

  @Test("An unknown connector, with the nearest right name")
  func connector() throws {
    let rules = try Sample.rules(good + Sample.rule("X", connector: "add", flow("mail")))
    let finding = try #require(
      RuleLint.findings(rules, in: Sample.surroundings).first { $0.rule == "X" })
    #expect(finding.severity == .error)
    #expect(finding.message == "is for the connector \"add\", which there is not")
    #expect(finding.hint == "did you mean \"ad\"?")
    #expect(finding.place?.line ?? 0 > 1)
    #expect(finding.description.hasPrefix("t.toml:"))
  }

  private func flow(_ target: String, from source: String = "mail") -> String {
    "flow = [ { target = \"\(target)\", direct = \"\(source)\" } ]"
  }

  @Test("Unknown object types on both sides")
  func types() throws {
    try check(
      Sample.rule("X", precedence: 50, source: "usr", target: "persn", flow("mail")),
      "error: X: is for objects of type persn, which the metaverse does not have",
      "error: X: is for objects of type usr, which \"ad\" does not have")
  }

  @Test(
    "An attribute of another schema is never meant, a slip in the schema's name is",
    arguments: [
      ("urn:a:schemas:extension:onpremises:2.0:User:syncEnabled", nil),
      ("urn:a:schemas:extension:enterprise:2.0:User:costCentre", "costCenter"),
      ("urn:a:schemas:extension:enterprize:2.0:User:costCenter", "costCenter"), ("costCenter", nil),
    ])
  func schema(name: String, meant: String?) throws {
    var surroundings = Sample.surroundings
    let urn = "urn:a:schemas:extension:enterprise:2.0:User:"
    for known in ["costCenter", "department", "division"] {
      surroundings.connectors?[1].schema?.attributes[AttributeName(urn + known)] = .init(.string)
    }
    let rules = try Sample.rules(
      good + Sample.rule("X", direction: "outbound", precedence: 50, flow(name)))
    let finding = try #require(
      RuleLint.findings(rules, in: surroundings).first { $0.rule == "X" })
    #expect(
      finding.hint
        == (meant.map { "did you mean \"\(urn + $0)\"?" }
          ?? "take it out, or see that the schema has it"))
  }

  @Test("Unknown attributes, read and written")
  func attributes() throws {
    try check(
      Sample.rule("X", precedence: 50, flow("mial", from: "mail")),
      "error: X: writes mial, which the metaverse does not have")
    try check(
      Sample.rule("X", precedence: 50, flow("mail", from: "mial")),
      "warning: X: reads mial, which objects of type user of \"ad\" do not have")
    try check(
      Sample.rule("X", direction: "outbound", precedence: 50, flow("nikName")),
      "error: X: writes nikName, which objects of type user of \"cloud\" do not have")
    try check(
      Sample.rule(
        "X", direction: "outbound", precedence: 50,
        #"flow = [ { target = "nickName", expression = 'Left([mial],3)' } ]"#),
      "error: X: reads mial, which the metaverse does not have")
  }

  @Test("An attribute that no inbound rule writes")
  func nobodyWrites() throws {
    try check(
      Sample.rule("X", direction: "outbound", precedence: 50, flow("nickName", from: "size")),
      "warning: X: reads size, which no inbound rule writes to objects of type person")
    let part = Sample.rule(
      "X", direction: "outbound", precedence: 50, flow("nickName", from: "size"))
    #expect(try Sample.findings(part).isEmpty, "outbound rules alone are a part of a larger set")
  }

  @Test("A rule whose scope no object can reach")
  func reach() throws {
    func scoped(_ clauses: String, direction: String = "outbound") -> String {
      Sample.rule(
        "X", direction: direction, precedence: 50,
        "scope = [ \(clauses) ]\n"
          + flow(direction == "outbound" ? "nickName" : "mail", from: "mail"))
    }
    let absent = #"{ clauses = [ { attribute = "size", operator = "ISNOTNULL" } ] }"#
    let present = #"{ clauses = [ { attribute = "mail", operator = "ISNOTNULL" } ] }"#
    try check(scoped(present))
    try check(
      scoped(absent),
      "warning: X: no object can ever be in its scope: size ISNOTNULL, but no inbound rule writes",
      "warning: X: reads size, which no inbound rule writes")
    try check(
      scoped(present + ", " + absent),
      "warning: X: no object is in group 2 of its scope: size ISNOTNULL",
      "warning: X: reads size, which no inbound rule writes")
    // What must be absent is.
    try check(
      scoped(#"{ clauses = [ { attribute = "size", operator = "ISNULL" } ] }"#),
      "warning: X: reads size, which no inbound rule writes")
    try check(
      scoped(
        #"{ clauses = [ { attribute = "mial", operator = "EQUAL", value = "x" } ] }"#,
        direction: "inbound"),
      "warning: X: no object can ever be in its scope: mial EQUAL x, but objects of type user of",
      "warning: X: reads mial, which objects of type user of \"ad\" do not have")
  }

  @Test("A scope that asks for what no constant gives")
  func constantReach() throws {
    func rules(_ wanted: String) -> String {
      Sample.rule("S", precedence: 40, #"flow = [ { target = "size", constant = 7 } ]"#)
        + Sample.rule(
          "X", direction: "outbound", precedence: 50,
          "scope = [ { clauses = [ \(wanted) ] } ]\n" + flow("nickName"))
    }
    try check(rules(#"{ attribute = "size", operator = "EQUAL", value = "7" }"#))
    try check(rules(#"{ attribute = "size", operator = "NOTEQUAL", value = "8" }"#))
    try check(
      rules(#"{ attribute = "size", operator = "EQUAL", value = "8" }"#),
      "warning: X: no object can ever be in its scope: size EQUAL 8, but inbound rules write only 7"
    )
    try check(
      rules(#"{ attribute = "size", operator = "ISIN", value = ["8", "9"] }"#),
      "warning: X: no object can ever be in its scope: size ISIN")
  }

  @Test("An outbound rule for objects that nobody makes")
  func nobodyMakes() throws {
    let rules = good.replacing(#"link = "Provision""#, with: #"link = "Join""#)
    let found = try Sample.findings(rules, in: Sample.surroundings)
    #expect(
      found == [
        "warning: Out: looks for objects of type user of \"cloud\" only when something changes at "
          + "their source: one that comes there later is not found until then, or until a full "
          + "synchronization",
        "warning: Out: never applies: no inbound rule makes metaverse objects of type person",
      ])
  }

  @Test("An attribute that no source can deliver")
  func nobodyDelivers() throws {
    let text =
      Sample.rule("Y", precedence: 49, flow("size", from: "shoeSize"))
      + Sample.rule("X", direction: "outbound", precedence: 50, flow("nickName", from: "size"))
    try check(
      text,
      "warning: X: reads size, which no source can deliver: \"Y\" takes it from shoeSize",
      "warning: Y: reads shoeSize, which objects of type user of \"ad\" do not have")
    // Another one delivers it.
    try check(
      text + Sample.rule("Z", precedence: 51, flow("size", from: "userAccountControl")),
      "warning: Y: reads shoeSize")
  }

  @Test("Transposed letters are recognized in every name")
  func transposed() throws {
    let rules = try Sample.rules(
      good + Sample.rule("X", connector: "da", source: "suer", flow("mial", from: "mail")))
    let hints = RuleLint.findings(rules, in: Sample.surroundings).map(\.hint)
    #expect(hints.contains("did you mean \"ad\"?"), "\(hints)")
    #expect(hints.contains("did you mean \"mail\"?"), "\(hints)")
  }

  @Test("A join by what nobody writes never finds anyone")
  func join() throws {
    try check(
      Sample.rule(
        "X", precedence: 50,
        #"join = [ { conditions = [ { source = "mail", target = "size" } ] } ]"#),
      "warning: X: looks for partners by size, which no inbound rule writes")
    try check(
      Sample.rule(
        "X", precedence: 50,
        #"join = [ { conditions = [ { source = "manager", target = "manager" } ] } ]"#),
      "error: X: joins by manager = manager, but references name objects of one directory only")
  }

  @Test("What the target lets nobody write")
  func readOnly() throws {
    try check(
      Sample.rule("X", direction: "outbound", precedence: 50, flow("id")),
      "error: X: writes id, which \"cloud\" lets nobody write")
  }

  @Test("What the target lets nobody write to objects of one type")
  func readOnlyOfType() throws {
    var surroundings = Sample.surroundings
    let index = try #require(surroundings.connectors?.firstIndex { $0.name == "cloud" })
    surroundings.connectors?[index].schema?.objectTypes.append("group")
    surroundings.connectors?[index].unwritable = ["group": ["nickName"]]
    func findings(_ type: String) throws -> [String] {
      try Sample.findings(
        Sample.rule(
          "X", direction: "outbound", precedence: 50, source: type == "user" ? "person" : "group",
          target: type, #"flow = [ { target = "nickName", constant = "x" } ]"#), in: surroundings
      ).map { $0.lowercased() }.filter { $0.contains("nickname") }
    }
    // Names keep the spelling in which this process met them first, in whatever test that was.
    #expect(try findings("user") == [])
    #expect(
      try findings("group") == [
        "error: x: writes nickname, which \"cloud\" lets nobody write to objects of type group"
      ])
  }

  @Test("Values that do not fit")
  func fit() throws {
    try check(
      Sample.rule("X", precedence: 50, flow("mail", from: "proxyAddresses")),
      "warning: X: flows proxyAddresses, which may have several values, to mail")
    try check(
      Sample.rule("X", precedence: 50, flow("size", from: "objectGUID")),
      "error: X: flows objectGUID, whose values are of type binary, to size, which takes integer")
    try check(
      Sample.rule("X", precedence: 50, flow("mail", from: "manager")),
      "error: X: flows manager, whose values are of type reference, to mail")
    try check(
      Sample.rule("X", precedence: 50, #"flow = [ { target = "size", constant = "big" } ]"#),
      "error: X: writes the constant big to size, which takes integer")
    try check(
      Sample.rule("X", precedence: 50, #"flow = [ { target = "size", constant = [1, 2] } ]"#),
      "error: X: writes 2 constants to size, which takes one value")
  }

  @Test("A constant that is longer than the target takes")
  func tooLong() throws {
    var surroundings = Sample.surroundings
    let index = try #require(surroundings.connectors?.firstIndex { $0.name == "cloud" })
    surroundings.connectors?[index].longest = ["nickName": 2]
    func findings(_ value: String) throws -> [String] {
      try Sample.findings(
        Sample.rule(
          "X", direction: "outbound", precedence: 50,
          "flow = [ { target = \"nickName\", constant = \"\(value)\" } ]"), in: surroundings
      ).map { $0.lowercased() }.filter { $0.contains("nickname") }
    }
    #expect(try findings("DE") == [])
    #expect(
      try findings("Germany") == [
        "error: x: writes the constant germany to nickname, which takes 2 characters"
      ])
  }

  @Test("Parameters that the connector does not have")
  func parameters() throws {
    try check(
      Sample.rule(
        "X", direction: "outbound", precedence: 50,
        #"flow = [ { target = "nickName", expression = '%Domain.FQDN%' } ]"#),
      "error: X: uses the parameter %Domain.FQDN%, which \"cloud\" does not have")
    try check(
      Sample.rule(
        "X", precedence: 50, #"flow = [ { target = "mail", expression = '%Domain.FQDN%' } ]"#))
    // Also where they stand in constants and scopes, as those are read without connectors.
    for part in [
      #"flow = [ { target = "nickName", constant = "at %Domain.FQDN%" } ]"#,
      #"""
      flow = [ { target = "nickName", direct = "mail" } ]
      scope = [ { clauses = [ { attribute = "mail", operator = "EQUAL", value = "%Domain.FQDN%" } ] } ]
      """#,
    ] {
      let rules = try RuleSet.parse(
        good + Sample.rule("X", direction: "outbound", precedence: 50, part), file: "t.toml",
        parameters: ["Domain.FQDN": "%Domain.FQDN%"]
      ).rules
      let found = RuleLint.findings(rules, in: Sample.surroundings)
      #expect(
        found.map(\.message) == [
          "uses the parameter %Domain.FQDN%, which \"cloud\" does not have"
        ])
    }
  }

  @Test("An expression that gives another value each time")
  func volatile() throws {
    try check(
      Sample.rule("X", precedence: 50, #"flow = [ { target = "mail", expression = 'Guid()' } ]"#),
      "warning: X: its flow to mail gives another value each time: Guid()")
    try check(
      Sample.rule(
        "X", precedence: 50,
        #"flow = [ { target = "mail", expression = 'Guid()', apply_once = true } ]"#))
  }

  @Test("A flow that depends on the time says when it is worked out anew")
  func time() throws {
    let flow = #"flow = [ { target = "mail", expression = 'FormatDateTime(Now(),"yyyy")' } ]"#
    try check(
      Sample.rule("X", precedence: 50, flow),
      "warning: X: its flow to mail depends on the time: an object gets another value when it changes"
    )
  }

  @Test("Operators that the documentation reads from left to right")
  func precedence() throws {
    let flow =
      "flow = [ { target = \"mail\", expression = 'IIF([mail]=\"a\" || [mail]=\"b\" && "
      + "[mail]=\"c\",\"x\",NULL)' } ]"
    try check(
      Sample.rule("X", precedence: 50, flow), "warning: X: its flow to mail has && after ||")
  }

  @Test("A rule that would make objects of any type")
  func anyType() throws {
    try check(
      Sample.rule(
        "X", precedence: 50, link: "Provision", target: "*",
        #"flow = [ { target = "mail", direct = "mail" } ]"#), "warning: X: makes no objects")
  }

  @Test("References that a rule makes of text on the way out, and text that is none")
  func madeReferences() throws {
    func flow(_ expression: String) -> String {
      Sample.rule(
        "X", direction: "outbound", precedence: 50,
        #"flow = [ { target = "manager", expression = '"# + expression + #"' } ]"#)
    }
    try check(flow("CRef([mail])"))
    try check(flow(#"IIF(IsPresent([mail]),[manager],NULL)"#))
    try check(
      flow(#""CN=" & [mail]"#), "warning: X: gives text for manager, which takes references")
  }

  @Test("A rule that does nothing")
  func nothingDone() throws {
    try check(Sample.rule("X", precedence: 50), "warning: X: does nothing")
    try check("disabled = true".isEmpty ? "" : Sample.rule("X", precedence: 50, "disabled = true"))
  }

  @Test("Objects that are made without what ties them to their source")
  func anchor() throws {
    let text = good.replacing(
      #"{ target = "externalId", direct = "sourceAnchor" },"#, with: "")
    let found = try Sample.findings(text, in: Sample.surroundings)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains("makes objects of type user without externalId") == true)
    try check(
      Sample.rule(
        "X", direction: "outbound", precedence: 50, link: "Provision", flow("nickName")),
      "warning: X: makes objects without looking whether they are there")
  }

  @Test("Passwords that are marked in one direction only")
  func passwords() throws {
    try check(
      Sample.rule("X", precedence: 50, "password_sync = true"),
      "warning: X: synchronizes passwords, but no outbound rule does")
    try check(
      Sample.rule("X", precedence: 50, "password_sync = true")
        + Sample.rule("Y", direction: "outbound", precedence: 51, "password_sync = true"))
  }

  @Test("A value that comes back changed from where it was written")
  func returns() throws {
    func pair(_ out: String, _ back: String, connector: String = "cloud") throws -> [String] {
      try Sample.findings(
        Sample.rule(
          "Out", direction: "outbound", precedence: 50,
          "flow = [ { target = \"title\", \(out) } ]")
          + Sample.rule(
            "Back", precedence: 51, connector: connector,
            "flow = [ { target = \"title\", \(back) } ]")
      ).filter { $0.contains("without end") }
    }
    // Both only hand it on, if at all: it stays what it is.
    let guarded = "expression = 'IIF(IsNullOrEmpty([title]),IgnoreThisFlow,[title])'"
    #expect(try pair(guarded, guarded).isEmpty)
    #expect(try pair(guarded, "direct = \"title\"").isEmpty)
    #expect(try pair(guarded, "expression = 'UCase([title])'").count == 1)
    let either =
      #"expression = 'IIF(IsPresent([title]),IIF([title]=[mail],[mail],Error("no")),[mail])'"#
    #expect(try pair(either, #"expression = 'ImportedValue("title")'"#).isEmpty)
    let toggles = #"expression = 'IIF([title]="a","b",IIF([title]="b","a",[title]))'"#
    #expect(try pair(toggles, #"direct = "title""#).count == 1)
    let grows = #"expression = '[title] & "!"'"#
    let found = try pair(grows, #"direct = "title""#)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("warning: Out: makes title of title, and \"Back\"") == true)
    #expect(try pair(#"direct = "title""#, grows).count == 1)
    #expect(try pair(#"direct = "title""#, #"direct = "title""#).isEmpty)
    #expect(try pair(grows, #"direct = "other""#).isEmpty)
    #expect(try pair(grows, #"direct = "title""#, connector: "ad").isEmpty)
  }
}
