import Foundation
import SyncEngine
import SyncStore
import Synchronization
import Testing

@testable import Workspace

@Suite("The programs as a person calls them", .serialized, .enabled(if: Bench.areBuilt))
struct EndToEndTests {
  @Test("The demonstration, and every look at what it did")
  func demo() throws {
    try Bench.use { bench in
      let demo = try bench.run("demo", "--no-console", "--users", "50")
      #expect(demo.status == 0, "\(demo.errors)\(demo.output)")
      #expect(demo.output.contains("Cycle 1: Initial"))
      #expect(demo.output.contains("completed-export-errors"))

      let history = try bench.rows("history")
      #expect(history.count >= 5)
      #expect(history.allSatisfy { ($0["cycle"] as? Int) == 1 })
      let errors = try bench.rows("errors")
      #expect(!errors.isEmpty)
      #expect(errors.allSatisfy { ($0["type"] as? String)?.isEmpty == false })
      let connectors = try bench.rows("connectors")
      #expect(connectors.map { $0["connector"] as? String } == ["contoso.test", "tenant"])
      let users = try bench.run("users")
      #expect(users.status == 0)
      #expect(users.output.contains("Synced"))
      let first = try #require(history.last?["step"] as? Int)
      let show = try bench.run("show", String(first))
      #expect(show.output.contains("stage-add"))
      let list = try bench.run("show", String(first), "--counter", "stage-add", "--object")
      #expect(list.status == 0)
      #expect(list.output.contains("DC=contoso,DC=test"))
      #expect(try bench.run("events").output.contains("engine started"))
      #expect(try bench.run("show", "9999").status == ExitStatus.notFound.rawValue)
      #expect(try bench.run("object", "nobody at all").status == ExitStatus.notFound.rawValue)

      let again = try bench.run("demo", "--no-console", "--users", "50")
      #expect(again.status == 0, "\(again.errors)")

      let pid = try #require(bench.enginePid)
      #expect(try bench.run("tenant", "status").output.contains("SCIM 2.0 at http://127.0.0.1:"))
      let stop = try bench.run("service", "stop")
      #expect(stop.output.contains(String(pid)))
      #expect(bench.enginePid == nil)
      #expect(bench.tenantPid == nil)
    }
  }

  @Test("Store and tenant are backed up at work, restored at rest, and one file each at the end")
  func backup() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "5").status == 0)
      let copies = (store: bench.folder + "/store.copy", tenant: bench.folder + "/tenant.copy")
      let made = try bench.run("backup", copies.store)
      #expect(made.status == 0 && made.output.contains(copies.store), "\(made.errors)")
      #expect(try bench.run("tenant", "backup", copies.tenant).status == 0)
      for command in [["backup", copies.store], ["tenant", "backup", copies.tenant]] {
        let taken = try bench.run(command)
        #expect(taken.status == ExitStatus.usage.rawValue, "\(command): \(taken.errors)")
        #expect(taken.errors.contains("exists already"))
      }
      let last = try #require(try bench.rows("history").first?["step"] as? Int)
      // The sample has objects with errors.
      let statuses = [ExitStatus.success.rawValue, ExitStatus.completedWithErrors.rawValue]
      #expect(statuses.contains(try bench.run("delta").status))
      for command in [["restore", copies.store], ["tenant", "restore", copies.tenant]] {
        let refused = try bench.run(command)
        #expect(refused.status == ExitStatus.stopped.rawValue, "\(refused.output)")
        #expect(refused.errors.contains("lockstep service stop"), "\(refused.errors)")
      }
      #expect(try bench.run("service", "stop").status == 0)
      let files = try FileManager.default.subpathsOfDirectory(atPath: bench.folder)
      #expect(files.filter { $0.hasSuffix("-wal") || $0.hasSuffix("-shm") } == [])
      let restored = try bench.run("restore", copies.store)
      #expect(restored.status == 0, "\(restored.errors)")
      #expect(restored.output.contains("store.sqlite.before-restore"), "\(restored.output)")
      #expect(try bench.rows("history").first?["step"] as? Int == last)
      #expect(try bench.run("tenant", "restore", copies.tenant).status == 0)
      #expect(try bench.run("tenant", "restore", copies.store).status == ExitStatus.store.rawValue)
      #expect(statuses.contains(try bench.run("delta").status))
      #expect(try bench.run("service", "stop").status == 0)
    }
  }

  /// A user who is in step, as the list of users tells him.
  private func syncedUser(_ bench: Bench) throws -> [String: Any] {
    let answer = try bench.run("users", "--json")
    let all = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any])
    return try #require(
      (all["users"] as? [[String: Any]])?.first {
        ($0["state"] as? String)?.lowercased() == "synced"
      })
  }

  @Test("A tenant that is restored is read anew by a Delta cycle, which mends what it has lost")
  func restoredTenant() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "5").status == 0)
      let copy = bench.folder + "/tenant.copy"
      #expect(try bench.run("tenant", "backup", copy).status == 0)
      let user = try syncedUser(bench)
      let name = try #require(user["userPrincipalName"] as? String)
      let store = try StoreReader(file: bench.folder + "/store.sqlite")
      let dn = try #require(try store.find(name).first { $0.connector == "contoso.test" }).dn
      try bench.write(
        "dn:: \(Data(dn.utf8).base64EncodedString())\nchangetype: modify\nreplace: title\ntitle: Restored\n-\n\n",
        to: "changes/9.ldif")
      let statuses = [ExitStatus.success.rawValue, ExitStatus.completedWithErrors.rawValue]
      #expect(statuses.contains(try bench.run("delta").status))
      #expect(try bench.run("service", "stop").status == 0)
      #expect(try bench.run("tenant", "restore", copy).status == 0)
      #expect(try bench.run("verify").output.contains("\"Restored\""))
      #expect(statuses.contains(try bench.run("delta").status))
      // What the target refuses of the sample stays different.
      #expect(try !bench.run("verify").output.contains("\"Restored\""))
      #expect(try bench.run("service", "stop").status == 0)
    }
  }

  @Test("An object is found alike by whatever names it")
  func names() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "20").status == 0)
      let user = try syncedUser(bench)
      let upn = try #require(user["userPrincipalName"] as? String)
      // Its number in the metaverse, as the report of the object tells it.
      let report = try bench.run("object", upn).output
      let number = try #require(report.firstMatch(of: /Metaverse object ([0-9]+)/)?.1)
      let store = try StoreReader(file: bench.folder + "/store.sqlite")
      let source = try #require(
        try store.find("mv:\(number)").first { $0.connector == "contoso.test" })
      let anchor = try #require(try store.object(id: source.id, valueLimit: 1)?.anchor)
      let names = [
        String(source.id), source.dn, anchor, upn, "mv:\(number)", "Metaverse object \(number)",
      ]
      var previews: Set<String> = []
      for name in names {
        let value = try bench.run("expression", "[dn]", "--object", name)
        #expect(value.status == 0, "\(name): \(value.errors)")
        #expect(value.output.contains(source.dn), "\(name): \(value.output)")
        let preview = try bench.run("preview", name)
        #expect(preview.status == 0, "\(name): \(preview.errors)")
        previews.insert(preview.output)
      }
      #expect(previews.count == 1)
      for command in [["preview"], ["expression", "[dn]", "--object"]] {
        let nobody = try bench.run(command + ["mv:999999"])
        #expect(nobody.status == ExitStatus.notFound.rawValue)
        #expect(nobody.errors.contains("mv:"), "\(nobody.errors)")
      }
    }
  }

  @Test("A verification tells what the target refused, and is kept to be looked at")
  func verification() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "50").status == 0)
      let verified = try bench.run("verify")
      #expect(verified.status == ExitStatus.drift.rawValue, "\(verified.errors)")
      #expect(verified.output.contains("tenant: "), "\(verified.output)")
      #expect(verified.output.contains("the target refused it: "), "\(verified.output)")
      let table = try bench.run("verify", "Tenant", "--sources", "--csv")
      #expect(table.status == ExitStatus.drift.rawValue)
      #expect(table.output.hasPrefix("connector,drift,cause,"), "\(table.output)")
      let step = try #require(try bench.rows("history", "--limit", "1").first)
      #expect(step["isRehearsal"] as? Bool ?? step["rehearsal"] as? Bool == true, "\(step)")
      #expect(try bench.run("verify", "contoso.test").status == ExitStatus.notFound.rawValue)
      #expect(try bench.run("service", "stop").status == 0)
    }
  }

  @Test("A working engine takes rules that were changed, and does nothing by wrong ones")
  func rulesChange() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "5").status == 0)
      let pid = try #require(bench.enginePid)
      #expect(try bench.run("due").output.contains("No full step is due"))
      let file = bench.folder + "/rules/standard.toml"
      let rules = try String(contentsOfFile: file, encoding: .utf8)
      try bench.write(
        rules.replacing("precedence = 100\n", with: "precedence = 99\n"), to: "rules/standard.toml")
      let due = try bench.run("due")
      #expect(due.output.contains("the synchronization rules changed"), "\(due.errors)")
      #expect(due.output.contains("    precedence\n      - 100\n      + 99\n"), "\(due.output)")
      #expect(due.output.contains("None of the objects that are there changes"))
      // The sample has objects with errors, which does not keep the outcome from being told.
      let rehearsed = try bench.run("due", "--rehearse")
      #expect(rehearsed.status == ExitStatus.completedWithErrors.rawValue)
      #expect(rehearsed.output.contains("tenant: "), "\(rehearsed.output)")
      #expect(try bench.run("delta").output.contains("Full Synchronization of "))

      try bench.write(rules.replacing("precedence", with: "precedense"), to: "rules/standard.toml")
      for command in ["delta", "due"] {
        let refused = try bench.run(command)
        #expect(refused.status == ExitStatus.usage.rawValue)
        #expect(refused.errors.contains("standard.toml:"), "\(refused.errors)")
      }
      #expect(bench.enginePid == pid)
    }
  }

  @Test("An answer that can't be written to its end is no success")
  func fullDisk() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      _ = try SyncStore.open(file: bench.folder + "/store.sqlite")
      let commands = [
        ("lockstep", ["connectors"]), ("lockstep", ["expression", "1 + 1"]),
        ("lockstep", ["rules", "check"]),
        ("lockstepd", ["rules", "check", "--workspace", bench.folder]),
      ]
      for (program, arguments) in commands {
        #expect(try bench.run(arguments, program: program).status == 0, "\(arguments)")
        let answer = try bench.run(arguments, program: program, to: "/dev/full")
        #expect(answer.status == ExitStatus.system.rawValue, "\(arguments): \(answer.errors)")
        #expect(answer.errors.contains("No space left on device"), "\(answer.errors)")
      }
    }
  }

  @Test("A service of others is sent no attribute that only Lockstep's tenant knows")
  func initForServices() throws {
    for isTenant in [false, true] {
      try Bench.use { bench in
        let made = try bench.run(
          ["init", "--source", "contoso.com", "--content", "/nowhere"]
            + ["--target", "cloud", "--url", "https://cloud.example/scim/v2"]
            + (isTenant ? ["--lockstep-tenant"] : []))
        #expect(made.status == 0, "\(made.errors)")
        let rules = bench.read("rules/standard.toml")
        #expect(rules.contains("urn:lockstep:") == isTenant)
        #expect(rules.contains("target = \"userName\", direct = \"userPrincipalName\""))
        #expect(try bench.run("rules", "test").status == 0)
      }
    }
    try Bench.use { bench in
      let refused = try bench.run(
        "init", "--source", "contoso.com", "--content", "/nowhere", "--lockstep-tenant")
      #expect(refused.status != 0 && refused.errors.contains("belongs to --url"))
    }
  }

  @Test("A demonstration is not made of another workspace, nor beside rules of a person's own")
  func demoElsewhere() throws {
    try Bench.use { bench in
      #expect(
        try bench.run("init", "--source", "contoso.com", "--content", "/nowhere").status == 0)
      let before = try FileManager.default.subpathsOfDirectory(atPath: bench.folder).sorted()
      for arguments in [[], ["--change"], ["--fresh"]] {
        let answer = try bench.run(["demo", "--no-console"] + arguments)
        #expect(answer.status == ExitStatus.usage.rawValue, "\(answer.output)\(answer.errors)")
        #expect(answer.errors.contains("was not made by 'lockstep demo'"), "\(answer.errors)")
      }
      #expect(bench.enginePid == nil)
      #expect(try FileManager.default.subpathsOfDirectory(atPath: bench.folder).sorted() == before)
    }
  }

  @Test("An engine that a command started stays, once it is started as a service")
  func becomesService() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      try bench.write("x", to: "directory/none.txt")
      #expect(try bench.run("scheduler").status != 0)
      #expect(try bench.run("staging", "on").status == 0)
      let pid = try #require(bench.enginePid)
      let reader = try StoreReader(file: bench.folder + "/store.sqlite")
      #expect(try !reader.status().keepsSchedule)
      _ = try reader.change(ScheduleChange(isEnabled: false), requestedBy: "test")
      let start = try bench.run("service", "start")
      #expect(start.status == 0, "\(start.errors)")
      #expect(start.output.contains("stays from now on"), "\(start.output)")
      #expect(bench.enginePid == pid)
      try waitUntil { try reader.status().keepsSchedule }
      let again = try bench.run("service", "start")
      #expect(again.output.contains("works already, and keeps the schedule"), "\(again.output)")
      // What it was asked before a change of the configuration is done after it, too.
      let file = bench.folder + "/rules/standard.toml"
      try "# still none\n".write(toFile: file, atomically: true, encoding: .utf8)
      let stop = try bench.run("service", "stop")
      #expect(stop.status == 0, "\(stop.errors)")
      #expect(bench.enginePid == nil)
      let asked = try #require(try reader.commands(limit: 1).first)
      #expect(asked.command == .shutDown && asked.state == .finished, "\(asked)")
    }
  }

  @Test("What the engine refuses is no success")
  func refusals() throws {
    try Bench.use { bench in
      try WorkspaceCreation(folder: bench.folder).make(rules: Bench.oneRule, token: "x")
      let store = try SyncStore.open(file: bench.folder + "/store.sqlite")
      // An engine that refuses whatever it is asked for. Who ends the bench must not find its lease.
      var lease: EngineLease? = try EngineLease.take(lockFile: bench.folder + "/engine.lock")
      let isOver = Atomic(false)
      let done = DispatchSemaphore(value: 0)
      Thread {
        while !isOver.load(ordering: .relaxed) {
          _ = try? store.transaction { tx in
            guard let taken = try tx.takeCommand() else { return }
            try tx.finish(command: taken.id, .refused, outcome: "It is shutting down")
          }
          usleep(10_000)
        }
        done.signal()
      }.start()
      defer {
        isOver.store(true, ordering: .relaxed)
        done.wait()
        withExtendedLifetime(lease) { lease = nil }
      }
      for arguments in [["staging", "off"], ["service", "start"], ["password-sync", "run"]] {
        let answer = try bench.run(arguments)
        #expect(answer.status != 0 && answer.output.isEmpty, "\(arguments): \(answer.output)")
        #expect(answer.errors.contains("It is shutting down"), "\(arguments): \(answer.errors)")
      }
    }
  }

  @Test("The schedule is changed and kept")
  func schedule() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "5").status == 0)
      let changed = try bench.run("scheduler", "--interval", "30m", "--json")
      #expect(changed.status == 0, "\(changed.errors)")
      #expect(changed.output.contains("\"intervalSeconds\" : 1800"))
      #expect(try bench.run("service", "stop").status == 0)
      #expect(try bench.run("scheduler").output.contains("30m"))
    }
  }

  @Test("The original's name runs a Delta cycle, and refuses other words")
  func original() throws {
    try Bench.use { bench in
      #expect(try bench.run("demo", "--no-console", "--users", "5").status == 0)
      let link = bench.folder + "/DirectorySyncClientCmd"
      try FileManager.default.createSymbolicLink(
        atPath: link, withDestinationPath: Bench.programs + "/lockstep")
      let delta = try bench.run([], program: link)
      #expect([0, 1].contains(delta.status), "\(delta.errors)")
      #expect(delta.output.contains("Delta, asked for by command line"))
      let initial = try bench.run(["INITIAL"], program: link)
      #expect([0, 1].contains(initial.status), "\(initial.errors)")
      #expect(initial.output.contains("Initial, asked for by command line"))
      let help = try bench.run(["?"], program: link)
      #expect(help.status == 0)
      #expect(help.output.contains("Usage: DirectorySyncClientCmd"))
      let wrong = try bench.run(["full"], program: link)
      #expect(wrong.status == 2)
      #expect(wrong.errors.contains("'full' is no policy"))
    }
  }

  @Test("An engine that is killed in a run is told truthfully, and the next one finishes the work")
  func killed() throws {
    try Bench.use { bench in
      let asked = try bench.run("demo", "--no-console", "--users", "3000", "--no-wait")
      #expect(asked.status == 0, "\(asked.errors)")
      let pid = try #require(bench.enginePid)
      // Held while it is looked at, so that it is killed in a step and not between two.
      try waitUntil {
        kill(pid, SIGSTOP)
        if try bench.run("history", "--json").output.contains("in-progress") { return true }
        kill(pid, SIGCONT)
        return false
      }
      kill(pid, SIGKILL)
      try waitUntil { bench.enginePid == nil }
      let state = try bench.run("service", "status", "--json")
      #expect(state.output.contains("\"engine\" : \"absent\""))

      let next = try bench.run("initial")
      #expect([0, 1].contains(next.status), "\(next.errors)\(next.output)")
      let results = try bench.rows("history").compactMap { $0["result"] as? String }
      #expect(!results.contains("in-progress"))
      #expect(results.contains { $0.hasPrefix("stopped-") })
    }
  }

  /// Looks again and again until `condition` holds, for a minute at most.
  private func waitUntil(_ condition: () throws -> Bool) throws {
    let limit = Date(timeIntervalSinceNow: 60)
    while try !condition() {
      guard Date() < limit else {
        Issue.record("it did not happen within a minute")
        return
      }
      usleep(5000)
    }
  }
}
