import Foundation
import ProgramTesting
import Testing

@testable import Workspace

/// What is refused, and what is left as it was.
extension EndToEndTests {
  @Test("A store that is a text file is refused, and stays as it is")
  func textStore() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      try bench.write("This is a shopping list, and no database at all.\n", to: "store.sqlite")
      for command in ["history", "initial"] {
        let answer = try bench.run(command)
        #expect(answer.status == ExitStatus.store.rawValue, "\(command): \(answer.errors)")
        #expect(answer.errors.contains("store.sqlite"))
        #expect(answer.errors.split(separator: "\n").count == 1)
      }
      let text = try String(contentsOfFile: bench.folder + "/store.sqlite", encoding: .utf8)
      #expect(text.hasPrefix("This is a shopping list"))
      #expect(bench.enginePid == nil)
    }
  }

  @Test("A wrong token stops the export, and says so")
  func wrongToken() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "5").status == 0)
      #expect(try bench.run("service", "stop").status == 0)
      #expect(try bench.run("tenant", "start").status == 0)
      try bench.write("another-token-than-the-tenant-knows\n", to: "tenant.token")
      chmod(bench.folder + "/tenant.token", 0o600)
      let delta = try bench.run("delta")
      #expect(delta.status == ExitStatus.stopped.rawValue, "\(delta.output)\(delta.errors)")
      #expect(delta.output.contains("credentials"))
      #expect(!(delta.output + delta.errors).contains("another-token-than"))
      #expect(try bench.run("service", "stop").status == 0)
      #expect(try bench.run("tenant", "stop").status == 0)
      #expect(bench.tenantPid == nil)
    }
  }

  @Test("A wrong configuration is told with its place, and nothing is done")
  func wrongConfiguration() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: "[[rule]]\nnam = 1\n", token: "x")
      let rules = try bench.run("initial")
      #expect(rules.status == ExitStatus.usage.rawValue, "\(rules.errors)")
      #expect(rules.errors.contains("standard.toml:"))
      #expect(!FileManager.default.fileExists(atPath: bench.folder + "/store.sqlite"))
      try bench.write("[store]\nfiel = \"x\"\n", to: "lockstep.toml")
      let settings = try bench.run("history")
      #expect(settings.status == ExitStatus.usage.rawValue)
      #expect(settings.errors.contains("lockstep.toml:2:1"))
    }
  }

  @Test("By a configuration that is broken since, an engine can be looked at, stopped and ended")
  func brokenSince() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      let file = bench.folder + "/lockstep.toml"
      let good = try String(contentsOfFile: file, encoding: .utf8)
      for broken in [good + "\n[egnine]\n", "[[[\n"] {
        try good.write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try bench.run("staging", "on").status == 0)
        let pid = try #require(bench.enginePid)
        try broken.write(toFile: file, atomically: true, encoding: .utf8)
        let canLook = broken != "[[[\n"
        let status = try bench.run("service", "status")
        #expect((status.status == 0) == canLook, "\(status.errors)")
        #expect(status.errors.contains("lockstep.toml:"), "\(status.errors)")
        let stop = try bench.run("stop")
        #expect(stop.status == 0 && stop.output.contains("Nothing was running"), "\(stop.errors)")
        let end = try bench.run("service", "stop")
        #expect(end.status == 0 && end.output.contains("\(pid), has ended"), "\(end.errors)")
        #expect(try bench.run("service", "stop").output.contains("No engine works"))
      }
      // The store that it works on is not the one that is known: it is told by a signal.
      let named = good.replacing("\"store.sqlite\"", with: "\"other.sqlite\"")
      try named.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try bench.run("staging", "on").status == 0)
      try "[[[\n".write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try bench.run("stop").status == ExitStatus.store.rawValue)
      #expect(try bench.run("service", "stop").status == 0)
      #expect(bench.enginePid == nil)
    }
  }

  @Test("Two workspaces that name one store do not have two engines on it")
  func oneStore() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      let store = bench.folder + "/store.sqlite"
      #expect(try bench.run("staging", "on").status == 0)
      let copy = bench.folder + "/copy"
      try WorkspaceCreation(folder: copy).make(rules: Bench.oneRule, token: "x")
      let link = bench.folder + "/linked.sqlite"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: store)
      for name in [store, link] {
        let text = try String(contentsOfFile: bench.folder + "/lockstep.toml", encoding: .utf8)
          .replacing("\"store.sqlite\"", with: "\"\(name)\"")
        try text.write(toFile: copy + "/lockstep.toml", atomically: true, encoding: .utf8)
        let second = try bench.run("service", "start", "--workspace", copy)
        #expect(second.status == ExitStatus.engineUnavailable.rawValue, "\(second.output)")
        #expect(second.errors.contains("works on the store \(name)"), "\(second.errors)")
        #expect(FileLock.holder(of: copy + "/engine.lock") == nil)
      }
      #expect(try bench.run("service", "stop").status == 0)
    }
  }

  @Test(
    "Who may only read a workspace looks at all of it while nobody works on it",
    .enabled(if: geteuid() == 0 && Programs.exist("/usr/bin/setpriv"), "takes root and setpriv"))
  func otherAccount() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "3").status == 0)
      #expect(try bench.run("service", "stop").status == 0)
      func asNobody(_ words: String...) throws -> Bench.Answer {
        try bench.run(
          ["--reuid=65534", "--regid=65534", "--clear-groups", Bench.programs + "/lockstep"]
            + words,
          program: "/usr/bin/setpriv")
      }
      chmod(bench.folder, 0o755)
      for name in ["lockstep.toml", "store.sqlite"] { chmod(bench.folder + "/" + name, 0o644) }
      for words in ["history", "held", "errors", "activity"] {
        let answer = try asNobody(words)
        #expect(answer.status == 0, "\(words): \(answer.errors)")
        #expect(!answer.output.isEmpty, "\(words)")
      }
      let out = bench.folder + "/out"
      mkdir(out, 0o777)
      chmod(out, 0o777)
      let kept = try asNobody("backup", out + "/copy")
      #expect(kept.status == 0, "\(kept.errors)")
      let files = try FileManager.default.contentsOfDirectory(atPath: bench.folder)
      #expect(!files.contains { $0.hasSuffix("-wal") || $0.hasSuffix("-shm") })
      // What is asked of an engine can't be filed, and that is said.
      #expect(try asNobody("staging", "on").status != 0)
    }
  }

  @Test("No command says that nothing works where that can't be known")
  func unknownHolder() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "3").status == 0)
      #expect(try bench.run("service", "stop").status == 0)
      for name in ["engine.lock", "tenant.lock"] {
        unlink(bench.folder + "/" + name)
        symlink("/dev/null", bench.folder + "/" + name)
      }
      for words in [["service", "stop"], ["stop"], ["tenant", "status"], ["tenant", "stop"]] {
        let answer = try bench.run(words)
        #expect(answer.status == ExitStatus.system.rawValue, "\(words): \(answer.output)")
        #expect(answer.errors.contains(".lock can't be read: "), "\(words): \(answer.errors)")
        #expect(answer.output.isEmpty)
      }
    }
  }

  @Test("What is due and what it would send is one answer for programs")
  func rehearsedAnswer() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "5").status == 0)
      let answer = try bench.run("due", "--rehearse", "--json")
      #expect([0, 1].contains(answer.status), "\(answer.errors)")
      let value = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
      let object = try #require(value as? [String: Any])
      #expect((object["cycle"] as? [String: Any])?["rehearsal"] as? Bool == true)
      #expect(object["due"] is [Any] && object["wouldSend"] is [Any])
      #expect(try bench.run("due", "--rehearse", "--no-wait").status == 2)
      #expect(try bench.run("service", "stop").status == 0)
    }
  }

  @Test("A workspace that is made of a folder with rules keeps them, and says so")
  func initialKeeps() throws {
    try Bench.use(in: "a folder") { bench in
      let folder = bench.folder + "/rules"
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try bench.write("# mine\n", to: "rules/own.toml")
      try bench.write("mine\n", to: "tenant.token")
      let answer = try bench.run(
        "init", "--source", "contoso.com", "--content", "/nowhere", "--workspace", bench.folder)
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.contains("rules stay as they are; no standard"), "\(answer.output)")
      #expect(answer.output.contains("tenant.token was there, and stays"), "\(answer.output)")
      #expect(answer.output.contains("--workspace '\(bench.folder)'"), "\(answer.output)")
      #expect(
        answer.output.contains("open the console: lockstep --workspace '\(bench.folder)'\n"),
        "\(answer.output)")
      #expect(answer.output.contains("entryUUID or objectGUID"), "\(answer.output)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["own.toml"])
    }
  }

  @Test("A workspace is made with all that its rules ask for, or not at all")
  func initialDomain() throws {
    try Bench.use { bench in
      func make(_ more: String...) throws -> Bench.Answer {
        try bench.run(["init", "--source", "src", "--content", "/nowhere"] + more)
      }
      for answer in [try make(), try make("--domain", "con toso")] {
        #expect(answer.status == ExitStatus.usage.rawValue, "\(answer.output)")
        #expect(answer.errors.contains("--domain contoso.com"), "\(answer.errors)")
        #expect(!FileManager.default.fileExists(atPath: bench.folder + "/lockstep.toml"))
      }
      let made = try make("--domain", "contoso.com")
      #expect(made.status == 0, "\(made.errors)")
      let checked = try bench.run("rules", "check")
      #expect(checked.status == 0, "\(checked.output)\(checked.errors)")
    }
  }

  @Test("Who names a server without encryption is told the option for it, and it is taken")
  func initialStartTLS() throws {
    try Bench.use { bench in
      let words = [
        "init", "--source", "contoso.com", "--server", "ldap://dc1.contoso.com", "--user", "svc",
      ]
      let refused = try bench.run(words)
      #expect(refused.status == ExitStatus.usage.rawValue)
      #expect(refused.errors.contains("or give --start-tls"), "\(refused.errors)")
      #expect(!refused.errors.contains("start_tls"), "\(refused.errors)")
      #expect(try bench.run(words + ["--start-tls"]).status == 0)
      let text = try String(contentsOfFile: bench.folder + "/lockstep.toml", encoding: .utf8)
      #expect(text.contains("\nstart_tls = true\n"))
      let files = try bench.run(
        "init", "--source", "contoso.com", "--content", "/nowhere", "--start-tls")
      #expect(files.errors.contains("belong to --server"), "\(files.errors)")
    }
  }

  @Test("What the configuration can't mean is told by a check")
  func meaningless() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      let file = bench.folder + "/lockstep.toml"
      let good = try String(contentsOfFile: file, encoding: .utf8)
      for (line, words) in [
        ("anchor = \"userPassword\"", "a secret that is never read"),
        ("import_limits = { canaries = [\"not a dn\"] }", "no name of an entry"),
      ] {
        let text = good.replacing("type = \"ldif\"", with: "type = \"ldif\"\n" + line)
        try #require(text != good, "\(words)")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let answer = try bench.run("check")
        #expect(answer.status == ExitStatus.usage.rawValue, "\(answer.output)\(answer.errors)")
        #expect(answer.errors.contains(words), "\(answer.errors)")
      }
      try good.write(toFile: file, atomically: true, encoding: .utf8)
      try FileManager.default.createDirectory(
        atPath: bench.folder + "/store.sqlite", withIntermediateDirectories: true)
      let answer = try bench.run("check")
      #expect(answer.status == ExitStatus.stopped.rawValue)
      #expect(answer.output.contains("BAD   store: "), "\(answer.output)")
    }
  }

  @Test("What the system refuses is no fault of the command line")
  func refusedFile() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      rmdir(bench.folder + "/changes")
      try bench.write("no folder", to: "changes")
      let answer = try bench.run("demo", "--change", "--no-console")
      #expect(answer.status == ExitStatus.system.rawValue, "\(answer.errors)")
      #expect(answer.errors.hasPrefix("lockstep: "), "\(answer.errors)")
    }
  }

  @Test("Without a terminal the console names the subcommand to use")
  func noTerminal() throws {
    try Bench.use { bench in
      let answer = try bench.run()
      #expect(answer.status == ExitStatus.usage.rawValue)
      #expect(answer.errors.split(separator: "\n").count == 1)
      #expect(answer.errors.contains("lockstep history"))
      #expect(answer.output.isEmpty)
    }
  }

  @Test("Programs that asked for JSON are told in it why nothing was done")
  func refusalAsJSON() throws {
    try Bench.use { bench in
      let answer = try bench.run("errors", "--json")
      #expect(answer.status == ExitStatus.usage.rawValue)
      let json = try #require(
        try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any])
      #expect(json["exitStatus"] as? Int == Int(ExitStatus.usage.rawValue))
      let error = try #require(json["error"] as? String)
      #expect(!error.isEmpty && answer.errors.contains(error))
      #expect(try bench.run("errors").output.isEmpty)
    }
  }

  @Test("Wrong words on the command line are refused with status 2")
  func wrongWords() throws {
    try Bench.use { bench throws in
      for arguments in [["frobnicate"], ["history", "--limit", "x"], ["scheduler", "--interval"]] {
        #expect(try bench.run(arguments).status == 2, "\(arguments)")
        #expect(try bench.run(arguments, program: "lockstepd").status == 2)
      }
      #expect(try bench.run("--help").status == 0)
      #expect(try bench.run("--version").output.hasPrefix("lockstep "))
    }
  }
}
