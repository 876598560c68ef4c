import Glibc
import ProgramTesting
import Synchronization
package import Testing

/// A domain of its own with one Samba controller, on a loopback address of its own.
///
/// It has users `user0000` and on, each with the password `Pw-<name>-Secret`, and accounts that may
/// read all (`sync`), all but secrets (`changes`), or nothing of it (`plain`).
package final class SambaDomain: Sendable {
  package static let name = "phs.test"
  /// The password of the account `Administrator`.
  package static let administrator = "Adm1n-of-Tests"
  private static let count = Atomic<Int>(0)

  /// Why there can be none here; nil if there can.
  package static let hindrance: String? =
    if !Programs.exist(
      "/usr/sbin/samba", "/usr/bin/samba-tool", "/usr/bin/python3",
      "/usr/bin/openssl")
    {
      "Samba's domain controller is not installed"
    } else {
      geteuid() == 0 ? nil : "a domain controller needs the ports of root"
    }

  /// The domain of the tests that run in ``SambaTrait``'s scope.
  @TaskLocal package static var current: SambaDomain?

  package let folder: String
  /// The certificate of the controller, which nobody but itself vouches for.
  package var certificate: String { folder + "/private/tls/cert.pem" }
  package let address: String
  private let pid: pid_t

  /// Makes the domain and starts its controller, which takes about half a minute.
  ///
  /// - Parameter users: How many users it has.
  package init(users: Int) throws {
    var template = Array("/tmp/lockstep-samba-XXXXXX".utf8CString)
    folder = try #require(mkdtemp(&template).map { String(cString: $0) })
    let id = UInt32(getpid())
    let network = 77 + Self.count.add(1, ordering: .relaxed).oldValue % 100
    address = "127.\(network).\(id >> 8 & 0xFF).\(max(id & 0xFF, 1))"
    try Self.provision(folder, address, users)
    let log = folder + "/samba.log"
    let configuration = folder + "/etc/smb.conf"
    // Should the tests be killed, it ends by itself.
    let command = [
      "/usr/sbin/samba", "-i", "-M", "standard", "--maximum-runtime=2400", "-s", configuration,
    ]
    pid = try #require(Programs.start(command, log: log))
    // Each look at it makes Samba start processes: not more of them than needed.
    for _ in 0..<600 {
      if isUp || kill(pid, 0) != 0 { break }
      usleep(50_000)
    }
    try #require(isUp, "samba: \(Programs.text(of: log))")
  }

  /// Ends the controller and removes its files.
  package func stop() {
    kill(pid, SIGTERM)
    Programs.wait(pid)
    _ = Programs.run(["/bin/rm", "-rf", folder], log: "/dev/null")
  }

  private var isUp: Bool { [88, 135, 389].allSatisfy { Loopback.answers(address, $0) } }

  /// Runs samba-tool on the controller's database.
  @discardableResult
  package func tool(_ arguments: String..., takesNoDatabase: Bool = false) throws -> String {
    let log = folder + "/tool.log"
    unlink(log)
    let command = ["/usr/bin/python3", "/usr/bin/samba-tool"] + arguments
    var place = ["-s", folder + "/etc/smb.conf"]
    if !takesNoDatabase { place += ["-H", folder + "/private/sam.ldb"] }
    let status = Programs.run(command + place, log: log)
    try #require(status == 0, "samba-tool: \(Programs.text(of: log))")
    return Programs.text(of: log)
  }

  private static func provision(
    _ folder: String, _ address: String, _ users: Int
  ) throws {
    for part in ["etc", "private", "state", "cache", "lock", "pid", "ncalrpc", "winbindd", "ntp"] {
      mkdir(folder + "/" + part, 0o755)
    }
    for part in ["private", "ntp"] { chmod(folder + "/" + part, 0o750) }
    let log = folder + "/provision.log"
    try #require(Programs.write("", to: folder + "/etc/base.conf"))
    let status = Programs.run(
      [
        "/usr/bin/python3", "/usr/bin/samba-tool", "domain", "provision", "-s",
        folder + "/etc/base.conf", "--realm=\(name)", "--domain=PHS",
        "--adminpass=\(administrator)",
        "--server-role=dc", "--dns-backend=NONE", "--host-name=dc1", "--host-ip=\(address)",
        "--targetdir=\(folder)", "--option=interfaces=\(address)/8",
        "--option=bind interfaces only=yes",
      ], log: log)
    try #require(status == 0, "provision: \(Programs.text(of: log))")
    try #require(
      Programs.write(SambaFiles.configuration(folder, address), to: folder + "/etc/smb.conf"))
    mkdir(folder + "/private/tls", 0o700)
    let signed = Programs.run(
      [
        "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
        "-nodes", "-days", "30", "-subj", "/CN=dc1.\(name)", "-addext",
        "subjectAltName=DNS:dc1.\(name),IP:\(address)", "-keyout", folder + "/private/tls/key.pem",
        "-out", folder + "/private/tls/cert.pem",
      ], log: log)
    try #require(signed == 0, "openssl: \(Programs.text(of: log))")
    chmod(folder + "/private/tls/key.pem", 0o600)
    try #require(Programs.write(SambaFiles.seed, to: folder + "/seed.py"))
    let seeded = Programs.run(
      ["/usr/bin/python3", folder + "/seed.py", folder, address, "\(users)"], log: log)
    try #require(seeded == 0, "seed: \(Programs.text(of: log))")
  }
}

/// Tests of a suite that share one ``SambaDomain``.
package struct SambaTrait: SuiteTrait, TestScoping {
  let users: Int

  @concurrent package func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable @concurrent () async throws -> Void
  ) async throws {
    guard SambaDomain.hindrance == nil else { return try await function() }
    let domain = try SambaDomain(users: users)
    defer { domain.stop() }
    try await SambaDomain.$current.withValue(domain) { try await function() }
  }
}

extension Trait where Self == SambaTrait {
  /// One domain for all tests of the suite.
  package static func samba(users: Int) -> SambaTrait { SambaTrait(users: users) }
}
