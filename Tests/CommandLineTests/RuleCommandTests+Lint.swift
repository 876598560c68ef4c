import Foundation
import Testing

/// By which connectors rules are judged.
extension RuleCommandTests {
  private func rule(for connector: String) -> String {
    """
    [[rule]]
    name = "In"
    direction = "inbound"
    connector = "\(connector)"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 90
    join = [ { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] } ]
    flow = [ { target = "sourceAnchor", direct = "objectGUID" } ]

    """
  }

  @Test("Another workspace is judged by its own connectors")
  func lintsOther() throws {
    try withWorkspace { bench in
      for name in ["other/rules", "other/directory"] {
        try FileManager.default.createDirectory(
          atPath: bench.folder + "/" + name, withIntermediateDirectories: true)
      }
      try bench.put(
        configuration.replacing("\"here\"", with: "\"elsewhere\""), at: "other/lockstep.toml")
      try bench.put(rule(for: "elsewhere"), at: "other/rules/a.toml")
      let answer = try bench.run("rules", "lint", bench.folder + "/other", "--offline")
      #expect(answer.status == 0, "\(answer.output)")
      #expect(!answer.output.contains("which there is not"))
      // Of the rules in the workspace itself it is still a fault.
      try bench.put(rule(for: "elsewhere"), at: "rules/a.toml")
      #expect(try bench.run("rules", "lint", "--offline").status == 3)
      let file = try bench.run("rules", "lint", bench.folder + "/rules/a.toml", "--offline")
      #expect(file.status == 3)
    }
  }

  @Test("A file outside is judged by the workspace's connectors only if its rules are for these")
  func lintsFile() throws {
    try withWorkspace { bench in
      try bench.put(rule(for: "elsewhere"), at: "draft.toml")
      let file = bench.folder + "/draft.toml"
      let other = try bench.run("rules", "lint", file, "--offline")
      #expect(other.status == 0, "\(other.output)")
      #expect(other.output.contains("note: ") && other.output.contains("\"elsewhere\""))
      try bench.put(rule(for: "here").replacing("\"In\"", with: "\"%No%\""), at: "draft.toml")
      let own = try bench.run("rules", "lint", file, "--offline")
      #expect(!own.output.contains("has no connector"), "\(own.output)")
    }
  }

  @Test("That a directory is not asked is told")
  func unasked() throws {
    try withWorkspace { bench in
      try bench.put(rule(for: "here"), at: "rules/a.toml")
      let answer = try bench.run("rules", "lint")
      #expect(answer.output.contains("note: here (ldif) is not asked"), "\(answer.output)")
      let offline = try bench.run("rules", "lint", "--offline")
      #expect(!offline.output.contains("is not asked"))
    }
  }
}
