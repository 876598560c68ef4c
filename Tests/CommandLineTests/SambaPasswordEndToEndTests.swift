import Foundation
import SambaTesting
import SecretScanning
import Secrets
import Testing

@testable import Workspace

/// The programs with a domain controller of Samba, as a person who runs a domain has them.
@Suite(
  "Passwords of a domain, with the programs that a person starts", .samba(users: 60), .serialized,
  .enabled(if: Bench.areBuilt && SambaDomain.hindrance == nil, "\(SambaDomain.hindrance ?? "")"))
struct SambaPasswordEndToEndTests {
  private static let changed = "Brand-new-Secret-of-Tests"
  private let domain: SambaDomain

  init() throws { domain = try #require(SambaDomain.current) }

  /// A workspace as an administrator makes it, for the account `account`.
  private func configure(_ bench: Bench, as account: String = "sync") throws {
    let made = try does(
      bench, "init", "--source", SambaDomain.name, "--server", "ldaps://" + domain.address,
      "--ca-file", domain.certificate, "--user", "\(account)@\(SambaDomain.name)", "--passwords")
    #expect(made.contains("put the password of \(account)@\(SambaDomain.name) into"), "\(made)")
    try keep("Pw-\(account)-Secret", in: "source.password", bench)
  }

  private func keep(_ secret: String, in file: String, _ bench: Bench) throws {
    try bench.write(secret + "\n", to: file)
    chmod(bench.folder + "/" + file, 0o600)
  }

  private func does(_ bench: Bench, _ words: String..., input: String? = nil) throws -> String {
    let answer = try bench.run(words, input: input)
    #expect(answer.status == 0, "\(words): \(answer.errors)\(answer.output)")
    return answer.output + answer.errors
  }

  private func signsIn(_ name: String, _ password: String, _ bench: Bench) throws -> Bool {
    let answer = try bench.run(
      ["tenant", "sign-in", name + "@" + SambaDomain.name], input: password + "\n")
    #expect([0, 1].contains(answer.status), "\(answer.errors)")
    return answer.status == 0
  }

  @Test("They arrive, a changed one too, and none is found in files, output, memory or core dump")
  func secrets() throws {
    try Bench.use { bench in
      try configure(bench)
      var printed = try does(bench, "check")
      #expect(printed.contains("accounts were read"), "\(printed)")
      printed += try does(bench, "rules", "test")
      printed += try does(bench, "initial", "--dry-run")
      #expect(try does(bench, "users", "--json").contains("\"total\" : 0"))
      printed += try does(bench, "initial")
      let again = try bench.run(
        "init", "--source", "other.test", "--content", "people.ldif")
      #expect(again.status == 2 && again.errors.contains("stays as it is"), "\(again.errors)")
      printed += try does(bench, "password-sync", "run")
      #expect(try signsIn("user0001", "Pw-user0001-Secret", bench))
      try domain.tool("user", "setpassword", "user0001", "--newpassword=" + Self.changed)
      printed += try does(bench, "password-sync", "run")
      #expect(try signsIn("user0001", Self.changed, bench))
      #expect(try !signsIn("user0001", "Pw-user0001-Secret", bench))
      printed += try does(bench, "password-sync", "full")
      for words in [
        ["password-sync", "status"], ["password-sync", "list"],
        ["password-sync", "events", "--limit", "1000"], ["password-sync", "user", "user0001"],
        ["events"], ["errors"], ["users"], ["history"],
      ] {
        let answer = try bench.run(words + ["--json"])
        #expect(answer.status == 0, "\(words): \(answer.errors)")
        printed += answer.output + answer.errors
      }
      try bench.write(printed, to: "printed.txt")

      let passwords =
        (0..<60).map { number in
          let digits = String(number)
          return "Pw-user" + String(repeating: "0", count: 4 - digits.count) + digits + "-Secret"
        } + [Self.changed]
      // The engine holds the password of its own account, and with it that account's hash.
      let scan = SecretScan(
        passwords.map { KnownSecret.hash(PasswordHash.ntHash(of: $0), name: $0) }
          + passwords.map { KnownSecret.password($0, name: $0) })
      #expect(scan.findings(inFolder: bench.folder) == [])
      let pid = try #require(bench.enginePid)
      #expect(try scan.findings(inProcess: pid) == [])
      if SecretScan.canDump { #expect(try scan.findings(inCoreOf: pid) == []) }
    }
  }

  @Test("A check says which right is missing for passwords")
  func rights() throws {
    try Bench.use { bench in
      try configure(bench, as: "changes")
      let answer = try bench.run("check")
      #expect(answer.status != 0)
      let line = answer.output.split(separator: "\n").first { $0.contains("Hashes of passwords") }
      #expect(line?.contains("Replicating Directory Changes All") == true, "\(answer.output)")
      #expect(line?.hasPrefix("BAD") == true, "\(answer.output)\(answer.errors)")
    }
  }
}
