import Foundation
import SyncRules
import Testing

/// What an import does with the rules that it finds.
extension RuleCommandTests {
  @Test("Rules that are there are not overwritten; with --replace a person's own stay in force")
  func replaces() throws {
    try withWorkspace { bench in
      try bench.put("# mine\n", at: "rules/mine.toml")
      let refused = try bench.run("rules", "import", bench.folder + "/export")
      #expect(refused.status == 2)
      #expect(refused.errors.hasPrefix("lockstep: "))
      #expect(refused.errors.contains("mine.toml") && refused.errors.contains("--replace"))
      #expect(try bench.names("rules") == ["mine.toml"])
      #expect(bench.read("lockstep.toml") == configuration)
      let answer = try bench.run("rules", "import", bench.folder + "/export", "--replace")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.contains("mine.toml is of no import and stays in force"))
      #expect(try bench.names("rules") == ["here-in.toml", "mine.toml", "there-out.toml"])
    }
  }

  @Test("An import anew takes the place of the one before, and keeps what is said of matching")
  func replacesImport() throws {
    try withWorkspace { bench in
      let export = bench.folder + "/export"
      #expect(try bench.run("rules", "import", export).status == 0)
      let matching = """

        [[matching]]
        connector = "There"
        block_soft_match = true

        """
      try bench.put(bench.read("rules/there-out.toml") + matching, at: "rules/there-out.toml")
      let answer = try bench.run("rules", "import", export, "--replace")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.contains("note: [[matching]] of there is kept"))
      let rules = try RuleSet.load(
        folder: bench.folder + "/rules", parameters: ["Domain.FQDN": "forest.example"])
      #expect(rules.matching(for: "there") == MatchOptions(blockSoftMatch: true))
      #expect(
        try bench.names("rules") == [
          "here-in.toml", "here-in.toml.old1", "there-out.toml", "there-out.toml.old1",
        ])
    }
  }

  @Test("Of what stood in an imported file it is told what is gone, and what is as in the export")
  func tellsDifferences() throws {
    try withWorkspace { bench in
      let export = bench.folder + "/export"
      #expect(try bench.run("rules", "import", export).status == 0)
      let same = try bench.run("rules", "import", export, "--replace")
      #expect(same.status == 0, "\(same.errors)")
      #expect(!same.output.contains("these rules in"), "\(same.output)")
      let mine = """

        [[rule]]
        name = "Mine"
        direction = "inbound"
        connector = "here"
        source = "user"
        target = "person"
        link = "Join"
        precedence = 50
        join = [ { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] } ]
        flow = [ { target = "department", direct = "department" } ]

        """
      let text = bench.read("rules/here-in.toml")
      let edited = text.replacing("[[rule]]\n", with: "[[rule]]\ndisabled = true\n")
      #expect(edited != text)
      try bench.put(edited + mine, at: "rules/here-in.toml")
      let answer = try bench.run("rules", "import", export, "--replace")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(
        answer.output.contains("here-in.toml are not in the export, and out of force now: Mine;"))
      #expect(answer.output.contains("in their place now: People (disabled)"), "\(answer.output)")
      #expect(bench.read("rules/here-in.toml") == text)
    }
  }

  @Test("What a person's own file says of matching stays there, and is not said twice")
  func keepsOwnMatching() throws {
    try withWorkspace { bench in
      let own = "[[matching]]\nconnector = \"there\"\nblock_hard_match = true\n"
      try bench.put(own, at: "rules/own.toml")
      let answer = try bench.run("rules", "import", bench.folder + "/export", "--replace")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(bench.read("rules/own.toml") == own)
      #expect(try bench.run("rules", "check").status == 0)
    }
  }

  @Test("The standard rules go; of changed ones it is said that something may be missing")
  func replacesStandard() throws {
    try withWorkspace { bench in
      let standard = StandardRules.text.replacing("%Source%", with: "here")
        .replacing("%Target%", with: "there")
      for (text, isTold) in [(standard, false), (standard + "# mine\n", true)] {
        try bench.put(text, at: "rules/standard.toml")
        let answer = try bench.run("rules", "import", bench.folder + "/export", "--replace")
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(try !bench.names("rules").contains("standard.toml"))
        #expect(answer.output.contains("standard.toml may have rules of your own") == isTold)
      }
    }
  }

  @Test("A person's rules that can't live beside imported ones let nothing be written")
  func collides() throws {
    try withWorkspace { bench in
      #expect(try bench.run("rules", "import", bench.folder + "/export").status == 0)
      let lines = bench.read("rules/here-in.toml").split(separator: "\n").dropFirst()
      let own = lines.joined(separator: "\n").replacing("\"People\"", with: "\"Mine\"")
        .replacing("\"people\"", with: "\"mine\"")
      try bench.put(own + "\n", at: "rules/own.toml")
      let before = try bench.names("rules")
      let answer = try bench.run("rules", "import", bench.folder + "/export", "--replace")
      #expect(answer.status == 2)
      #expect(answer.errors.contains("own.toml") && answer.errors.contains("precedence"))
      #expect(answer.errors.contains("Nothing was written"))
      #expect(try bench.names("rules") == before)
    }
  }

  @Test("A key that says the usual gets what the import brings; one that is spelled oddly is told")
  func usualKeys() throws {
    try withWorkspace { bench in
      let embedded = "url = \"embedded\"\n"
      try bench.put(
        configuration.replacing(embedded, with: embedded + "names = \"scim\"\n"),
        at: "lockstep.toml")
      let answer = try bench.run("rules", "import", bench.folder + "/export")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(bench.read("lockstep.toml").contains(embedded + "names = \"entra\"\n"))
      #expect(!bench.read("lockstep.toml").contains("scim\"\nnames"))
      let odd = configuration.replacing(embedded, with: embedded + "\"names\" = 'scim'\n")
      try bench.put(odd, at: "lockstep.toml")
      let refused = try bench.run("rules", "import", bench.folder + "/export", "--replace")
      #expect(refused.status == 2)
      #expect(refused.errors.contains("Nothing was written. Take out the keys names"))
      #expect(!refused.errors.contains("lockstep.toml:"), "\(refused.errors)")
      #expect(bench.read("lockstep.toml") == odd)
    }
  }

  @Test("Parameters that stand in one line are named as what keeps the import from adding some")
  func inlineParameters() throws {
    try withWorkspace { bench in
      let inline = configuration.replacing(
        "content = \"directory\"",
        with: "content = \"directory\"\nparameters = { \"Other\" = \"x\" }")
      try bench.put(inline, at: "lockstep.toml")
      let refused = try bench.run("rules", "import", bench.folder + "/export")
      #expect(refused.status == 2, "\(refused.output)")
      #expect(
        refused.errors.contains(
          "Write parameters = { … } of here as a section [connector.parameters]"))
      #expect(refused.errors.contains("here: Domain.FQDN = \"forest.example\""))
      #expect(bench.read("lockstep.toml") == inline)
    }
  }
}
