import Directory
import Foundation
import SampleDirectory
import SecretScanning
import Secrets
import SyncStore
import Testing

@testable import Workspace

@Suite("Passwords as a person synchronizes them", .serialized, .enabled(if: Bench.areBuilt))
struct PasswordEndToEndTests {
  private static let users = 60

  private func demo(_ bench: Bench, _ more: String...) throws -> String {
    let answer = try bench.run(
      ["demo", "--no-console", "--users", String(Self.users)] + more)
    #expect(answer.status == 0, "\(answer.errors)\(answer.output)")
    return answer.output
  }

  /// The sign-in name of the account `account`.
  private func signInName(_ account: String, _ bench: Bench) throws -> String {
    let text = try String(
      contentsOfFile: bench.folder + "/directory/directory.ldif", encoding: .utf8)
    let record = try #require(
      text.components(separatedBy: "\n\n").first {
        $0.contains("\nsAMAccountName: \(account)\n")
      })
    let line = try #require(
      record.split(separator: "\n").first { $0.hasPrefix("userPrincipalName: ") })
    return String(line.dropFirst("userPrincipalName: ".count))
  }

  private func signsIn(_ name: String, _ password: String, _ bench: Bench) throws -> Bool {
    let answer = try bench.run(["tenant", "sign-in", name], input: password + "\n")
    #expect([0, 1].contains(answer.status), "\(answer.errors)")
    return answer.status == 0
  }

  @Test("The demonstration ends with passwords that sign in, and events that tell of each")
  func demonstration() throws {
    try Bench.use { bench in
      let output = try demo(bench)
      #expect(output.contains("passwords were taken"), "\(output)")
      let (first, changed) = (
        try signInName("u000001", bench), try signInName("u000016", bench)
      )
      #expect(try signsIn(first, SamplePassword.text(of: "u000001"), bench))
      #expect(try !signsIn(first, "Sample-u000002", bench))
      #expect(try signsIn(changed, SamplePassword.text(of: "u000016"), bench))

      let channels = try bench.rows("password-sync", "status")
      let accounts = try #require(channels.first?["accounts"] as? [String: Int])
      #expect(try #require(accounts["Success"]) > Self.users / 2)
      let events = try bench.rows("password-sync", "events").compactMap { $0["id"] as? Int }
      #expect(events.filter { $0 == 656 }.count == events.filter { $0 == 657 }.count)
      #expect(events.contains(656) && events.contains(623))

      let change = try demo(bench, "--change")
      #expect(change.contains("passwords were taken"), "\(change)")
      #expect(try signsIn(changed, SamplePassword.text(of: "u000016", change: 1), bench))
      #expect(try !signsIn(changed, SamplePassword.text(of: "u000016"), bench))

      let user = try bench.rows("password-sync", "user", changed)
      let requests = try #require(user.first?["requests"] as? [[String: Any]])
      #expect(requests.map { $0["result"] as? String } == ["Success", "Success"])
      let nobody = try bench.run("password-sync", "user", "nobody@contoso.test")
      #expect(nobody.status == 7 && nobody.errors.contains("nobody@contoso.test"))
      let single = try bench.run("password-sync", "user", changed, "--send")
      #expect(single.status == 0 && single.output.contains("1 passwords were taken"))
    }
  }

  @Test("A tenant that is restored has the passwords of today, and not those of its backup")
  func restoredTenant() throws {
    try Bench.use { bench in
      _ = try demo(bench)
      let copy = bench.folder + "/tenant.copy"
      let made = try bench.run("tenant", "backup", copy)
      #expect(made.status == 0 && made.output.contains("guess"), "\(made.errors)\(made.output)")
      _ = try demo(bench, "--change")
      let changed = try signInName("u000016", bench)
      #expect(try signsIn(changed, SamplePassword.text(of: "u000016", change: 1), bench))
      #expect(try bench.run("service", "stop").status == 0)
      let restored = try bench.run("tenant", "restore", copy)
      #expect(restored.status == 0, "\(restored.errors)")
      #expect(restored.output.contains("asked to send all again"), "\(restored.output)")
      // Who came since the backup is not there before the next cycle, and fails until then.
      let next = try bench.run("password-sync", "run")
      #expect([0, 1].contains(next.status), "\(next.errors)\(next.output)")
      #expect(try signsIn(changed, SamplePassword.text(of: "u000016", change: 1), bench))
      #expect(try !signsIn(changed, SamplePassword.text(of: "u000016"), bench))
    }
  }

  @Test("A check tries both ends of the passwords' way, and says where there is no way")
  func checked() throws {
    try Bench.use { bench in
      _ = try demo(bench)
      let good = try bench.run("check")
      #expect(good.status == 0, "\(good.output)\(good.errors)")
      #expect(good.output.contains("accounts were read"), "\(good.output)")
      #expect(good.output.contains("takes passwords"), "\(good.output)")
      let file = bench.folder + "/directory/directory.ldif"
      let text = try String(contentsOfFile: file, encoding: .utf8)
      // Halves of hashes are none.
      let damaged = text.replacing(/(?m)^sambaNTPassword: ([0-9A-F]{16})[0-9A-F]*$/) { match in
        "sambaNTPassword: " + match.1
      }
      #expect(damaged != text)
      try damaged.write(toFile: file, atomically: true, encoding: .utf8)
      let bad = try bench.run("check")
      #expect(bad.status != 0)
      #expect(bad.output.contains("could not be read"), "\(bad.output)")
    }
  }

  @Test("An engine that is killed between request and result loses no password")
  func killed() throws {
    try Bench.use { bench in
      _ = try demo(bench)
      let reader = try StoreReader(file: bench.folder + "/store.sqlite")
      var kills = 0
      for _ in 1...40 where kills < 3 {
        let pid = try #require(bench.enginePid)
        _ = try reader.file(.passwords(.full), requestedBy: "test")
        // Until a batch is asked for and not answered, or all is over.
        let before = try reader.passwordBatches(account: nil, before: nil, limit: 1).first?.id ?? 0
        let limit = Date(timeIntervalSinceNow: 60)
        while Date() < limit {
          let batch = try reader.passwordBatches(account: nil, before: nil, limit: 1).first
          guard let batch, batch.id > before else {
            usleep(500)
            continue
          }
          if batch.ended == nil {
            kill(pid, SIGKILL)
            break
          }
          if try reader.passwordChannels().first?.fullEnded != nil { break }
        }
        let isKilled =
          try #require(
            reader.passwordBatches(account: nil, before: nil, limit: 1).first
          ).ended == nil
        if isKilled { kills += 1 }
        // What the next engine makes of it.
        let answer = try bench.run("password-sync", "run")
        #expect(answer.status == 0, "\(answer.errors)\(answer.output)")
      }
      #expect(kills == 3)
      let channel = try #require(try reader.passwordChannels().first)
      #expect(channel.waiting == 0 && channel.byStatus[.unknown] == nil)
      #expect(channel.byStatus[.error] == nil)
      let batches = try reader.passwordBatches(account: nil, before: nil, limit: 1000)
      #expect(batches.allSatisfy { $0.ended != nil })
      let name = try signInName("u000001", bench)
      #expect(try signsIn(name, SamplePassword.text(of: "u000001"), bench))
    }
  }

  @Test(
    "No hash and no password is in the store, the logs, what is printed, the engine's memory and its core dump"
  )
  func secrets() throws {
    try Bench.use { bench in
      var printed = try demo(bench)
      printed += try demo(bench, "--change")
      let full = try bench.run("password-sync", "full")
      printed += full.output + full.errors
      for words in [
        ["password-sync", "status", "--json"], ["password-sync", "list", "--json"],
        ["password-sync", "events", "--json", "--limit", "1000"], ["events", "--json"],
        ["errors", "--json"], ["users", "--json"],
      ] {
        let answer = try bench.run(words)
        #expect(answer.status == 0)
        printed += answer.output + answer.errors
      }
      // The advice names the first user's password, which everyone knows.
      printed = printed.replacing("Sample-u000001 for", with: "")
      try printed.write(
        toFile: bench.folder + "/printed.txt", atomically: true, encoding: .utf8)

      let accounts = (1...Self.users).map { number in
        let digits = String(number)
        return "u" + String(repeating: "0", count: 6 - digits.count) + digits
      }
      let passwords =
        accounts.map { SamplePassword.text(of: $0) }
        + [SamplePassword.text(of: "u000016", change: 1)]
      let scan = SecretScan(
        passwords.map { KnownSecret.hash(PasswordHash.ntHash(of: $0), name: $0) }
          + passwords.map { KnownSecret.password($0, name: $0) })
      // The source's own files hold them, as a directory does.
      let sources = ["directory.ldif", "demo-0001.ldif"]
      #expect(scan.findings(inFolder: bench.folder, except: sources) == [])
      #expect(scan.findings(inFolder: bench.folder + "/directory").count >= Self.users / 2)
      let pid = try #require(bench.enginePid)
      #expect(try scan.findings(inProcess: pid) == [])
      if SecretScan.canDump { #expect(try scan.findings(inCoreOf: pid) == []) }
    }
  }
}
