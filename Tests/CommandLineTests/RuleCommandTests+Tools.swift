import Foundation
import Testing

/// Looks at rules that are there.
extension RuleCommandTests {
  @Test("A damaged export changes nothing, and is told with its place")
  func damaged() throws {
    try withWorkspace { bench in
      try bench.put(String(outbound.dropLast(40)), at: "export/SynchronizationRules/out.xml")
      let answer = try bench.run("rules", "import", bench.folder + "/export")
      #expect(answer.status == 2)
      #expect(answer.errors.contains("out.xml:"))
      #expect(try bench.names("rules").isEmpty)
      #expect(bench.read("lockstep.toml") == configuration)
    }
  }

  @Test("Check tells what is wrong in each file, and then what is wrong among them")
  func check() throws {
    try withWorkspace { bench in
      #expect(try bench.run("rules", "import", bench.folder + "/export").status == 0)
      try bench.put("x = [", at: "rules/a.toml")
      try bench.put("[[rule]]\nnam = \"x\"\n", at: "rules/b.toml")
      let both = try bench.run("rules", "check")
      let lines = both.errors.split(separator: "\n")
      #expect(both.status == 2 && lines.count == 2, "\(both.errors)")
      #expect(lines.first?.contains("/rules/a.toml:1:6: This is not TOML") == true)
      #expect(lines.last?.contains("/rules/b.toml:2:1: ") == true)
      for name in ["a", "b"] {
        try bench.put(
          """
          [[rule]]
          name = "Twin"
          direction = "inbound"
          connector = "here"
          source = "user"
          target = "person"
          link = "Join"
          precedence = \(name == "a" ? 5 : 6)
          """, at: "rules/\(name).toml")
      }
      let twins = try bench.run("rules", "check")
      #expect(twins.status == 2 && twins.errors.contains("has the same id as \"Twin\""))
    }
  }

  @Test("Lint ends with 3 for an error and tells it; JSON has it, too")
  func lint() throws {
    try withWorkspace { bench in
      #expect(try bench.run("rules", "import", bench.folder + "/export").status == 0)
      let good = try bench.run("rules", "lint", "--offline")
      #expect(good.status == 0, "\(good.output)")
      let text = bench.read("rules/there-out.toml")
      try bench.put(
        text.replacingOccurrences(of: "connector = \"there\"", with: "connector = \"theer\""),
        at: "rules/there-out.toml")
      let bad = try bench.run("rules", "lint", "--offline")
      #expect(bad.status == 3)
      #expect(bad.output.contains("did you mean \"there\"?"))
      let json = try bench.run("rules", "lint", "--offline", "--json")
      #expect(json.status == 3 && json.output.contains("\"severity\" : \"error\""))
    }
  }

  @Test("Examples that hold, that do not, and that are not there")
  func examples() throws {
    try withWorkspace { bench in
      #expect(try bench.run("rules", "import", bench.folder + "/export").status == 0)
      #expect(try bench.run("rules", "test").status == 7)
      let example = """
        [[test]]
        name = "Ann arrives"
        [[test.entry]]
        connector = "here"
        type = "user"
        attributes = { objectGUID = { hex = "0102" }, sAMAccountName = "ann" }
        [test.expect]
        metaverse = { userPrincipalName = "ann@forest.example" }
        [[test.expect.target]]
        connector = "there"
        attributes = { sourceAnchor = "AQI=" }
        """
      try FileManager.default.createDirectory(
        atPath: bench.folder + "/rules/tests", withIntermediateDirectories: true)
      try bench.put(example, at: "rules/tests/people.toml")
      let good = try bench.run("rules", "test")
      #expect(good.status == 0, "\(good.output)\(good.errors)")
      #expect(good.output.contains("good  Ann arrives"))
      try bench.put(
        example.replacingOccurrences(of: "\"AQI=\"", with: "\"AQM=\""),
        at: "rules/tests/people.toml")
      let json = try bench.run("rules", "test", "--json")
      #expect(json.output.contains("\"untried\" : [") && json.output.contains("\"failed\" : 1"))
      let bad = try bench.run("rules", "test")
      #expect(bad.status == 1)
      #expect(bad.output.contains("there sourceAnchor: expected \"AQM=\", got \"AQI=\""))
    }
  }

  @Test("One rule is shown as rule files have it; an unknown one is not there")
  func shows() throws {
    try withWorkspace { bench in
      let answer = try bench.run("rules", "show", "peop", "--set", bench.folder + "/export")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(
        answer.output.contains("expression = 'ConvertToBase64([objectGUID])'")
          || answer.output.contains("expression = \"ConvertToBase64([objectGUID])\""))
      let missing = try bench.run("rules", "show", "Peeple", "--set", bench.folder + "/export")
      #expect(missing.status == 7)
      #expect(missing.errors.contains("Did you mean \"People\"?"))
      let list = try bench.run("rules", "list", bench.folder + "/export")
      #expect(list.output.split(separator: "\n").count == 2)
    }
  }

  @Test("An expression is worked out step by step")
  func expression() throws {
    try withWorkspace { bench in
      let answer = try bench.run(
        "expression", "IIF(IsPresent([mail]),Left([mail],3),[cn])", "--set", "mail=ann@x.y")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.hasSuffix("result: \"ann\" (string)\n"))
      #expect(answer.output.contains("[cn]") && answer.output.contains("not needed"))
      let failed = try bench.run("expression", "Error(\"no \" & [cn])", "--set", "cn=luck")
      #expect(failed.status == 1)
      #expect(failed.output.contains("no luck"))
      let wrong = try bench.run("expression", "Lefft([mail],3)")
      #expect(wrong.status == 2)
      #expect(wrong.errors.contains("column 1"))
      for arguments in [["-5 + 3"], ["-5 + 3", "--set", "cn=x"], ["--", "-5 + 3"]] {
        let minus = try bench.run(["expression"] + arguments)
        #expect(minus.output.hasSuffix("result: -2 (number)\n"), "\(minus.output)\(minus.errors)")
      }
      #expect(try bench.run("expression", "--nonsense", "1").status == 2)
      let json = try bench.run("expression", "1 + 2", "--json")
      #expect(json.output.contains("\"result\" : \"values\""))
    }
  }
}
