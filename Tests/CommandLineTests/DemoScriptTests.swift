import Foundation
import ProgramTesting
import SambaTesting
import Testing

@testable import Workspace

/// The scripts that put a real directory under a demonstration, as `Scripts/demo` calls them.
@Suite("Demonstrations with a real directory", .serialized, .enabled(if: Bench.areBuilt))
struct DemoScriptTests {
  private static func script(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).appendingPathComponent("../../../Scripts/" + name)
      .standardizedFileURL.path
  }

  /// Runs a script, which must go well; the answer is what it printed.
  @discardableResult
  private func run(_ bench: Bench, _ script: String, _ words: String...) throws -> String {
    let answer = try bench.run(words, program: Self.script(script))
    #expect(answer.status == 0, "\(script) \(words): \(answer.errors)\(answer.output)")
    return answer.output
  }

  private func does(_ bench: Bench, _ words: String..., input: String? = nil) throws -> String {
    let answer = try bench.run(words, input: input)
    #expect(answer.status == 0, "\(words): \(answer.errors)\(answer.output)")
    return answer.output
  }

  /// Whether a process still has a program; one that has ended may wait for its parent.
  private static func works(_ pid: Substring) -> Bool {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")) != nil
  }

  private func names(_ bench: Bench) throws -> String { try does(bench, "users") }

  @Test(
    "A domain of Samba: users, what changes there, and a changed password come, and nothing stays",
    .enabled(if: SambaDomain.hindrance == nil, "\(SambaDomain.hindrance ?? "")"))
  func samba() throws {
    try Bench.use { bench in
      let before = try FileManager.default.contentsOfDirectory(atPath: bench.folder).sorted()
      defer { _ = try? bench.run("stop", bench.folder, program: Self.script("demo-samba")) }
      let started = try run(bench, "demo-samba", "start", bench.folder, "24")
      let pid = try #require(started.firstMatch(of: /Samba, process ([0-9]+), at ldaps/)?.1)
      #expect(Self.works(pid))
      let demo = try does(bench, "demo", "--no-console")
      #expect(demo.contains("tenant sign-in NAME"))
      #expect(try names(bench).contains("u000024@contoso.test"))
      #expect(try does(bench, "errors").contains("No object has an error."))
      let name = "u000001@contoso.test"
      #expect(
        try does(bench, "tenant", "sign-in", name, input: "Sample-u000001\n").contains("signs in"))

      let changed = try run(bench, "demo-samba", "change", bench.folder)
      let newcomer = try #require(changed.firstMatch(of: /(n[0-9]+) came/)?.1)
      try run(
        bench, "demo-samba", "tool", bench.folder, "user", "setpassword", "u000001",
        "--newpassword=Brand-new-1")
      // A server that runs is left running, with what happened in it.
      #expect(try run(bench, "demo-samba", "start", bench.folder).contains("process \(pid),"))
      _ = try does(bench, "delta")
      _ = try does(bench, "password-sync", "run")
      #expect(try names(bench).contains("\(newcomer)@contoso.test"))
      #expect(
        try does(bench, "tenant", "sign-in", name, input: "Brand-new-1\n").contains("signs in"))
      // The second time, who came goes.
      #expect(try run(bench, "demo-samba", "change", bench.folder).contains("is gone"))
      _ = try does(bench, "delta")
      #expect(try !names(bench).contains("\(newcomer)@contoso.test"))

      _ = try does(bench, "service", "stop")
      #expect(
        try run(bench, "demo-samba", "stop", bench.folder).contains("process \(pid), was ended"))
      #expect(!Self.works(pid))
      try run(bench, "demo-samba", "clear", bench.folder)
      let after = try FileManager.default.contentsOfDirectory(atPath: bench.folder)
      #expect(
        Set(after).subtracting(before).isDisjoint(with: ["samba", "samba.pw", "lockstep.toml"]))
    }
  }

  @Test(
    "An OpenLDAP server: users and what changes there come, and nothing stays",
    .enabled(if: Programs.exist("/usr/sbin/slapd", "/usr/bin/ldapmodify"), "slapd is not installed")
  )
  func openLDAP() throws {
    try Bench.use(in: "a folder") { bench in
      defer { _ = try? bench.run("stop", bench.folder, program: Self.script("demo-openldap")) }
      let started = try run(bench, "demo-openldap", "start", bench.folder, "12")
      let pid = try #require(started.firstMatch(of: /OpenLDAP, process ([0-9]+),/)?.1)
      // No passwords come from there, and none are promised.
      #expect(try !does(bench, "demo", "--no-console").contains("sign-in"))
      #expect(try names(bench).contains("u11@contoso.test"))
      try run(bench, "demo-openldap", "change", bench.folder)
      _ = try does(bench, "delta")
      #expect(try names(bench).contains("New Colleague"))
      _ = try does(bench, "service", "stop")
      #expect(
        try run(bench, "demo-openldap", "clear", bench.folder).contains("process \(pid), was ended")
      )
      #expect(!Self.works(pid))
      let left = try FileManager.default.contentsOfDirectory(atPath: bench.folder)
      #expect(Set(left).isDisjoint(with: ["openldap", "openldap.pw", "lockstep.toml"]))
    }
  }

  @Test(
    "A workspace's server whose port another program has taken says so in slapd's words",
    .enabled(if: Programs.exist("/usr/sbin/slapd", "/usr/bin/ldapmodify"), "slapd is not installed")
  )
  func takenPort() throws {
    try Bench.use { bench in
      defer { _ = try? bench.run("stop", bench.folder, program: Self.script("demo-openldap")) }
      try run(bench, "demo-openldap", "start", bench.folder, "4")
      try run(bench, "demo-openldap", "stop", bench.folder)
      let text = try String(contentsOfFile: bench.folder + "/openldap/port", encoding: .utf8)
      let port = try #require(Int(text.trimmingCharacters(in: .newlines)))
      let other = try #require(Loopback.listen(on: port))
      defer { close(other.socket) }
      let answer = try bench.run("start", bench.folder, program: Self.script("demo-openldap"))
      #expect(answer.status == 1)
      #expect(answer.errors.contains("at ldap://127.0.0.1:\(port): daemon: bind("))
      #expect(answer.errors.contains("(Address already in use)"))
    }
  }

  @Test(
    "A person's folder that is called as the server is left as it is",
    arguments: [("demo-openldap", "openldap"), ("demo-samba", "samba")])
  func sameName(_ script: String, _ name: String) throws {
    try Bench.use { bench in
      let folder = bench.folder + "/" + name
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try bench.write("mine", to: name + "/notes.txt")
      for word in ["start", "clear"] {
        if word == "clear" { try bench.write("# Made by 'lockstep demo'.\n", to: "lockstep.toml") }
        let answer = try bench.run(word, bench.folder, program: Self.script(script))
        #expect(answer.status == 1, "\(word): \(answer.output)\(answer.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
      }
      #expect(FileManager.default.fileExists(atPath: bench.folder + "/lockstep.toml"))
    }
  }

  @Test(
    "A folder with another workspace is left as it is",
    arguments: ["demo-openldap", "demo-samba"])
  func another(_ script: String) throws {
    try Bench.use { bench in
      let text = "# mine\n"
      try bench.write(text, to: "lockstep.toml")
      for word in ["start", "clear"] {
        let answer = try bench.run(word, bench.folder, program: Self.script(script))
        #expect(answer.status == 1, "\(word): \(answer.output)\(answer.errors)")
        #expect(answer.errors.contains("name another folder with --workspace"), "\(answer.errors)")
      }
      let kept = try String(contentsOfFile: bench.folder + "/lockstep.toml", encoding: .utf8)
      #expect(kept == text)
    }
  }
}
