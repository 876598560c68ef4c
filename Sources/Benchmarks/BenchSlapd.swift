import Foundation

/// An OpenLDAP server of its own on this machine, with many people and groups.
final class BenchSlapd {
  static let suffix = "dc=example,dc=org"
  static let admin = "cn=admin,dc=example,dc=org"
  static let password = "secret"

  let port: Int
  let objects: Int
  private let process: Process
  private let folder: String

  var url: String { "ldap://127.0.0.1:\(port)" }

  /// Fills a database in `folder` with `users` people and their groups, and starts the server.
  init(users: Int, in folder: String, port: Int = 3899) throws {
    self.port = port
    self.folder = folder
    try FileManager.default.createDirectory(
      atPath: folder + "/db", withIntermediateDirectories: true)
    objects = try Self.write(users: users, to: folder + "/content.ldif")
    try Self.configuration(folder).write(
      toFile: folder + "/slapd.conf", atomically: true, encoding: .utf8)
    let filling = try Self.start(
      "/usr/sbin/slapadd",
      ["-q", "-w", "-f", folder + "/slapd.conf", "-l", folder + "/content.ldif"])
    filling.waitUntilExit()
    guard filling.terminationStatus == 0 else { throw BenchError(message: "slapadd failed") }
    process = try Self.start(
      "/usr/sbin/slapd",
      ["-f", folder + "/slapd.conf", "-h", "ldap://127.0.0.1:\(port)/", "-d", "0"])
    var tries = 0
    while try Self.search(url, scope: "base") != 0 {
      tries += 1
      guard tries < 500, process.isRunning else { throw BenchError(message: "slapd did not start") }
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  func stop() {
    process.terminate()
    process.waitUntilExit()
  }

  /// Reads everything with ldapsearch, as fast as that can; the answer is its exit status.
  static func search(_ url: String, scope: String) throws -> Int32 {
    let reading = try start(
      "/usr/bin/ldapsearch",
      [
        "-x", "-H", url, "-D", admin, "-w", password, "-b", suffix, "-s", scope, "-E",
        "pr=1000/noprompt", "(objectClass=*)", "*", "entryUUID",
      ])
    reading.waitUntilExit()
    return reading.terminationStatus
  }

  /// Gives the first `count` people another title.
  func entitle(_ count: Int) throws {
    let text = (0..<count).map {
      "dn: \(Self.name($0))\nchangetype: modify\nreplace: title\ntitle: Changed \($0)\n\n"
    }.joined()
    let file = folder + "/changes.ldif"
    try text.write(toFile: file, atomically: true, encoding: .utf8)
    let changing = try Self.start(
      "/usr/bin/ldapmodify",
      ["-x", "-H", url, "-D", Self.admin, "-w", Self.password, "-f", file])
    changing.waitUntilExit()
    guard changing.terminationStatus == 0 else { throw BenchError(message: "ldapmodify failed") }
  }

  private static func start(_ path: String, _ arguments: [String]) throws -> Process {
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw BenchError(message: "\(path) is missing: install slapd and ldap-utils")
    }
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  private static func configuration(_ folder: String) -> String {
    """
    include /etc/ldap/schema/core.schema
    include /etc/ldap/schema/cosine.schema
    include /etc/ldap/schema/inetorgperson.schema
    pidfile \(folder)/slapd.pid
    modulepath /usr/lib/ldap
    moduleload back_mdb
    moduleload syncprov
    sizelimit unlimited
    database mdb
    suffix "\(suffix)"
    rootdn "\(admin)"
    rootpw \(password)
    directory \(folder)/db
    maxsize 4294967296
    dbnosync
    index objectClass,entryUUID,entryCSN eq
    overlay syncprov
    syncprov-sessionlog 10000
    """ + "\n"
  }

  private static func write(users: Int, to path: String) throws -> Int {
    guard FileManager.default.createFile(atPath: path, contents: nil),
      let file = FileHandle(forWritingAtPath: path)
    else { throw BenchError(message: "\(path) can't be written") }
    defer { try? file.close() }
    var text = """
      dn: \(suffix)
      objectClass: dcObject
      objectClass: organization
      dc: example
      o: Example

      dn: ou=people,\(suffix)
      objectClass: organizationalUnit
      ou: people

      dn: ou=groups,\(suffix)
      objectClass: organizationalUnit
      ou: groups


      """
    var count = 3
    for number in 0..<users {
      text += person(number, of: users)
      count += 1
      if text.utf8.count > 1 << 20 {
        try file.write(contentsOf: Data(text.utf8))
        text = ""
      }
    }
    let sizes =
      Array(repeating: min(5000, users / 2), count: users / 1000)
      + Array(repeating: 20, count: users / 100)
    for (number, size) in sizes.enumerated() {
      text += group(number, size: size, of: users)
      count += 1
    }
    try file.write(contentsOf: Data(text.utf8))
    return count
  }

  private static func name(_ number: Int) -> String { "uid=user\(number),ou=people,\(suffix)" }

  private static func person(_ number: Int, of users: Int) -> String {
    """
    dn: \(name(number))
    objectClass: inetOrgPerson
    uid: user\(number)
    cn: Person \(number)
    sn: Number\(number)
    givenName: Person
    displayName: Person Number\(number)
    mail: user\(number)@example.org
    employeeNumber: \(number)
    telephoneNumber: +49 30 \(1_000_000 + number)
    departmentNumber: \(number % 97)
    title: Specialist
    l: Berlin
    manager: \(name(number / 10))


    """
  }

  private static func group(_ number: Int, size: Int, of users: Int) -> String {
    var text = "dn: cn=group\(number),ou=groups,\(suffix)\nobjectClass: groupOfNames\n"
    text += "cn: group\(number)\n"
    for place in 0..<size { text += "member: \(name((number * 7919 + place) % users))\n" }
    return text + "\n"
  }
}
