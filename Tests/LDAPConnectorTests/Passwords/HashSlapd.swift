import Directory
import PasswordSync
import Secrets
import Synchronization

@testable import LDAPConnector

/// A directory with the attributes that hold NT hashes, as Samba's and FreeIPA's schemas have them.
enum HashSlapd {
  static let attribute = HashAttribute(
    "sambaNTPassword", .hexadecimal, changed: "sambaPwdLastSet")

  /// The key of the tests' stamps.
  static var key: StampKey { StampKey(SecretBytes([UInt8](repeating: 5, count: StampKey.length))) }

  /// A server with `people`.
  static func start(
    _ people: String, global: String = "", access: String = ""
  ) throws -> TestSlapd {
    try TestSlapd(
      TestSlapd.root + people, global: schema + "\n" + global, access: access)
  }

  /// Written by hand after samba.schema and 60basev3.ldif; `manyHashes` may have several values.
  private static let schema = """
    attributetype ( 1.3.6.1.4.1.7165.2.1.25 NAME 'sambaNTPassword' EQUALITY caseIgnoreIA5Match \
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
    attributetype ( 1.3.6.1.4.1.7165.2.1.26 NAME 'sambaAcctFlags' EQUALITY caseIgnoreIA5Match \
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 SINGLE-VALUE )
    attributetype ( 1.3.6.1.4.1.7165.2.1.27 NAME 'sambaPwdLastSet' EQUALITY integerMatch \
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )
    attributetype ( 2.16.840.1.113730.3.8.11.1 NAME 'ipaNTHash' EQUALITY octetStringMatch \
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 SINGLE-VALUE )
    attributetype ( 1.3.6.1.4.1.5322.13.1.1 NAME 'krbLastPwdChange' EQUALITY generalizedTimeMatch \
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.24 SINGLE-VALUE )
    attributetype ( 1.3.6.1.4.1.99999.1 NAME 'manyHashes' \
    SYNTAX 1.3.6.1.4.1.1466.115.121.1.26 )
    objectclass ( 1.3.6.1.4.1.7165.2.2.6 NAME 'sambaSamAccount' SUP top AUXILIARY \
    MAY ( sambaNTPassword $ sambaAcctFlags $ sambaPwdLastSet $ ipaNTHash $ krbLastPwdChange $ \
    manyHashes ) )
    """

  /// A person of Samba's with the hash of `password`.
  static func person(_ name: String, _ password: String, _ more: String = "") -> String {
    LDAPConnectorTests.person(
      name,
      "objectClass: sambaSamAccount\nsambaNTPassword: \(hexadecimal(password))\n"
        + (more.contains("sambaPwdLastSet") ? "" : "sambaPwdLastSet: 1795886400\n") + more)
  }

  /// The hash of `password` as Samba writes it.
  static func hexadecimal(_ password: String) -> String {
    HashAttribute("x", .hexadecimal).value(of: PasswordHash.ntHash(of: password)).withBytes {
      String(decoding: $0, as: UTF8.self)
    }
  }

  static func dn(_ name: String) -> String { "cn=\(name),ou=people,dc=example,dc=org" }
}

extension TestSlapd {
  /// Settings of a connector that binds as the administrator, or as `account`.
  func passwordSettings(
    as account: (name: String, password: String)? = nil
  ) -> LDAPConnectorSettings {
    var connection = settings()
    if let account {
      connection.authentication = .simple(name: account.name) { account.password }
    }
    return LDAPConnectorSettings(connection: connection)
  }

  /// A source of the hashes of this server.
  func passwordSource(
    _ attribute: HashAttribute = HashSlapd.attribute,
    as account: (name: String, password: String)? = nil,
    clock: TestClock? = nil,
    _ adjust: (inout LDAPConnectorSettings) -> Void = { _ in }
  ) -> LDAPPasswordSource {
    var settings = passwordSettings(as: account)
    adjust(&settings)
    return LDAPPasswordSource(
      settings, attribute: attribute, key: HashSlapd.key, domain: "directory",
      now: { clock?.now ?? .now })
  }

  /// Changes one entry as the administrator.
  func change(_ dn: String, _ parts: [LDAPModification]) async throws {
    let connection = LDAPConnection(settings())
    try await connection.bind()
    let result = try await connection.modify(dn, parts)
    guard result.code == 0 else { throw await connection.error(result, "The test's change") }
  }

  /// The entry with this name as the administrator sees it, secrets too.
  func seen(_ dn: String, _ attribute: AttributeName) async throws -> SearchEntry? {
    let connection = LDAPConnection(settings())
    try await connection.bind()
    var search = LDAPSearch(base: dn, scope: .base, attributes: ["*", attribute.text])
    search.secret = attribute
    return try await connection.entries(search).first
  }
}

/// A clock that a test sets.
final class TestClock: Sendable {
  private let time = Mutex(Timestamp.now)
  var now: Timestamp { time.withLock { $0 } }
  func advance(_ seconds: Double) { time.withLock { $0 = $0.adding(seconds: seconds) } }
}

extension LDAPPasswordSource {
  /// All accounts since `state`, and where that ends.
  func all(
    since state: String? = nil
  ) async throws -> (accounts: [SourceAccount], state: String, batches: Int) {
    var batch = try await changes(since: state)
    var accounts = batch.accounts
    var count = 1
    while batch.hasMore {
      batch = try await changes(since: batch.state)
      accounts += batch.accounts
      count += 1
    }
    return (accounts, batch.state, count)
  }
}

extension SourceAccount {
  /// Whether its hash is that of `password`.
  func has(_ password: String) -> Bool {
    hash?.isEqual(to: PasswordHash.ntHash(of: password)) == true
  }
}

extension [SourceAccount] {
  /// The account called `name`.
  func named(_ name: String) -> SourceAccount? {
    first { $0.name.dn.lowercased() == HashSlapd.dn(name).lowercased() }
  }
}
