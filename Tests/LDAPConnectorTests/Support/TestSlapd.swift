import Glibc
import ProgramTesting
import Testing

/// A slapd of its own on the loopback interface, with a database in a temporary folder.
final class TestSlapd: Sendable {
  static let suffix = "dc=example,dc=org"
  static let admin = "cn=admin,dc=example,dc=org"
  static let password = "secret"
  static let isMissing = !Programs.exist("/usr/sbin/slapd")

  let folder: TestFolder
  let port: Int
  let tlsPort: Int
  let pid: pid_t

  /// Starts a server that holds what `ldif` says.
  ///
  /// - Parameters:
  ///   - global: further lines of the configuration before the database.
  ///   - access: rules of access that go before the usual ones.
  ///   - database: further lines of the database's configuration.
  ///   - isWhole: whether it knows that it has all; not so while it is being filled by another one.
  init(
    _ ldif: String = TestSlapd.root, global: String = "", access: String = "",
    database: String = "", isWhole: Bool = true
  ) throws {
    folder = try TestFolder()
    port = Loopback.freePort()
    tlsPort = Loopback.freePort()
    let data = folder.makeFolder("db")
    let log = folder.path + "/log"
    let text = Self.configuration(
      folder.path, data, global: global, access: access, database: database)
    let file = try folder.write("slapd.conf", text)
    let content = try folder.write("content.ldif", ldif)
    let status = Programs.run(
      ["/usr/sbin/slapadd", "-q"] + (isWhole ? ["-w"] : []) + ["-f", file, "-l", content],
      log: log)
    try #require(status == 0, "slapadd: \(Programs.text(of: log))")
    var urls = "ldap://127.0.0.1:\(port)/"
    if global.contains("TLSCertificateFile") { urls += " ldaps://127.0.0.1:\(tlsPort)/" }
    pid = try #require(
      Programs.start(["/usr/sbin/slapd", "-f", file, "-h", urls, "-d", "0"], log: log))
    for _ in 0..<1000 where !Loopback.answers(port) { usleep(10_000) }
    try #require(Loopback.answers(port), "slapd: \(Programs.text(of: log))")
  }

  deinit {
    kill(pid, SIGTERM)
    Programs.wait(pid)
  }

  /// Stops the server as it is, until ``goOn()``.
  func pause() { kill(pid, SIGSTOP) }

  /// Has a server that was stopped go on.
  func goOn() { kill(pid, SIGCONT) }

  /// Ends the server at once, as a crash would; its port is free then.
  func crash() {
    kill(pid, SIGKILL)
    // It stays to be waited for, so that nobody else gets its number.
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
  }

  /// Starts a server again that has crashed; the answer is its process, for the caller to end.
  func startAgain() throws -> pid_t {
    let again = try #require(
      Programs.start(
        [
          "/usr/sbin/slapd", "-f", folder.path + "/slapd.conf", "-h", "ldap://127.0.0.1:\(port)/",
          "-d", "0",
        ], log: folder.path + "/log"))
    for _ in 0..<1000 where !Loopback.answers(port) { usleep(10_000) }
    try #require(Loopback.answers(port), "slapd: \(Programs.text(of: folder.path + "/log"))")
    return again
  }

  /// Ends the server and starts it again with the database that it had at first, as one that was put
  /// back from a copy; the answer is its process, for the caller to end.
  func putBack() throws -> pid_t {
    crash()
    let data = folder.path + "/db"
    for file in ["data.mdb", "lock.mdb"] { unlink(data + "/" + file) }
    let log = folder.path + "/log"
    let status = Programs.run(
      [
        "/usr/sbin/slapadd", "-q", "-w", "-f", folder.path + "/slapd.conf", "-l",
        folder.path + "/content.ldif",
      ], log: log)
    try #require(status == 0, "slapadd: \(Programs.text(of: log))")
    return try startAgain()
  }

  /// The entries above all others.
  static let root = """
    dn: dc=example,dc=org
    objectClass: dcObject
    objectClass: organization
    o: Example
    dc: example

    dn: ou=people,dc=example,dc=org
    objectClass: organizationalUnit
    ou: people


    """

  private static func configuration(
    _ folder: String, _ data: String, global: String, access: String, database: String
  ) -> String {
    """
    include /etc/ldap/schema/core.schema
    include /etc/ldap/schema/cosine.schema
    include /etc/ldap/schema/inetorgperson.schema
    include /etc/ldap/schema/nis.schema
    pidfile \(folder)/slapd.pid
    modulepath /usr/lib/ldap
    moduleload back_mdb
    moduleload syncprov
    moduleload memberof
    moduleload refint
    sizelimit unlimited
    \(global)
    database mdb
    suffix "\(suffix)"
    rootdn "\(admin)"
    rootpw \(password)
    directory \(data)
    maxsize 4294967296
    dbnosync
    index objectClass,entryUUID,entryCSN eq
    index uid,cn,mail,member eq
    \(access)
    access to attrs=userPassword by anonymous auth by self write by * none
    access to * by * read
    \(database)
    """ + "\n"
  }
}
