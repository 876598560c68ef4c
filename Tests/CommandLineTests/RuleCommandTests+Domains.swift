import Foundation
import SyncRules
import Testing

/// Rules of a forest, each of whose domains has a connector here.
extension RuleCommandTests {
  /// Two sources, of which the export has one connector.
  private func withDomains(_ body: (Bench) throws -> Void) throws {
    try withWorkspace { bench in
      let second = """

        [[connector]]
        name = "child"
        type = "ldif"
        role = "source"
        content = "directory"
        """
      let domains = [("here", "root.example"), ("child", "child.example")]
      var text = configuration + second + "\n"
      for (name, domain) in domains {
        text.replace(
          "name = \"\(name)\"",
          with: "name = \"\(name)\"\nparameters = { \"Domain.FQDN\" = \"\(domain)\" }")
      }
      try bench.put(text, at: "lockstep.toml")
      try body(bench)
    }
  }

  private func names(_ names: String...) -> [String] {
    names.flatMap { ["--connector", "forest.example=" + $0] }
  }

  @Test("Each domain of a forest gets the rules, with its own parameters and ids")
  func importsDomains() throws {
    try withDomains { bench in
      let export = bench.folder + "/export"
      let answer = try bench.run(["rules", "import", export] + names("here", "child"))
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.contains("forest.example is here\nforest.example is child\n"))
      #expect(!answer.output.contains("no inbound rule"), "\(answer.output)")
      #expect(
        try bench.names("rules") == ["child-in.toml", "here-in.toml", "there-out.toml"])
      #expect(bench.read("rules/here-in.toml").contains("id = \"people\""))
      #expect(bench.read("rules/child-in.toml").contains("id = \"people@child\""))
      #expect(try bench.run("rules", "check").output.contains("3 rules"))
      let diff = try bench.run(
        ["rules", "diff", export, "--connector", "cloud=there"] + names("here", "child"))
      #expect(diff.output == "The rules are the same.\n", "\(diff.output)\(diff.errors)")
      // All of them are in their places anew, and nothing else.
      let again = try bench.run(
        ["rules", "import", export, "--replace"] + names("here", "child"))
      #expect(again.status == 0 && !again.output.contains("these rules in"), "\(again.output)")
    }
  }

  @Test("An import for one domain takes no rules from another")
  func keepsDomain() throws {
    try withDomains { bench in
      let export = bench.folder + "/export"
      let first = try bench.run(["rules", "import", export] + names("here"))
      #expect(first.status == 0, "\(first.errors)")
      let words = "no inbound rule in force is for the source \"child\""
      #expect(first.output.contains(words), "\(first.output)")
      let lint = try bench.run("rules", "lint", "--offline")
      #expect(lint.status == 0 && lint.output.contains("warning: " + words), "\(lint.output)")
      let check = try bench.run("check")
      #expect(check.output.contains("WARN  rules: " + words), "\(check.output)\(check.errors)")
      let before = try bench.names("rules")
      let other = try bench.run(["rules", "import", export, "--replace"] + names("child"))
      #expect(other.status == 2, "\(other.output)")
      #expect(other.errors.contains("here-in.toml") && other.errors.contains("--connector"))
      #expect(try bench.names("rules") == before)
      let both = try bench.run(
        ["rules", "import", export, "--replace"] + names("here", "child"))
      #expect(both.status == 0 && !both.output.contains(words), "\(both.errors)")
      let good = try bench.run("rules", "lint", "--offline")
      #expect(!good.output.contains("no inbound rule"), "\(good.output)")
    }
  }

  @Test("Rules that an earlier import brought for another connector stay in force")
  func keepsOther() throws {
    try withDomains { bench in
      let export = bench.folder + "/export"
      #expect(try bench.run(["rules", "import", export] + names("here", "child")).status == 0)
      // Those of an export of another server: the ids are others.
      let child = bench.read("rules/child-in.toml")
      try bench.put(child.replacing("people@child", with: "elsewhere"), at: "rules/child-in.toml")
      let answer = try bench.run(["rules", "import", export, "--replace"] + names("here"))
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.contains("child-in.toml is of an earlier import for child"))
      #expect(bench.read("rules/child-in.toml").contains("elsewhere"))
      #expect(try bench.run("rules", "check").output.contains("3 rules"))
    }
  }
}
