import CGSS
import Directory
import Glibc
import Testing

@testable import LDAPConnector

/// What Kerberos says where no domain is at hand.
struct KerberosTests {
  private func trouble(_ identity: KerberosIdentity) -> KerberosTrouble? {
    do throws(KerberosTrouble) {
      _ = try KerberosTickets(identity, host: "dc1.nowhere.test")
      return nil
    } catch {
      return error
    }
  }

  @Test func aCacheThatIsNotThereIsNamed() throws {
    let folder = try TestFolder()
    let cache = "FILE:" + folder.path + "/none"
    let found = try #require(trouble(KerberosIdentity(cache: cache)))
    #expect(found.message == "There is no Kerberos ticket in \(cache)")
    #expect(found.words.contains("No credentials cache found"))
    #expect(found.hint.hasPrefix("Get one (kinit)"))
    #expect(found.error("ldap://dc1").code == .noSecret)
  }

  @Test func aKeytabThatIsNotThereIsNamed() throws {
    let folder = try TestFolder()
    let file = folder.path + "/none.keytab"
    let found = try #require(trouble(KerberosIdentity(principal: "a@X.TEST", keytab: file)))
    #expect(found.message == "The keytab \(file) can't be used")
    #expect(found.words == "No such file or directory")
  }

  @Test func aKeytabThatOthersMayReadIsRefused() throws {
    let folder = try TestFolder()
    let file = try folder.write("open.keytab", "")
    #expect(chmod(file, 0o640) == 0)
    let found = try #require(trouble(KerberosIdentity(principal: "a@X.TEST", keytab: file)))
    #expect(found.message == "The keytab \(file) is open to others than its owner")
    #expect(found.hint == "Run chmod 600 \(file).")
  }

  @Test func aFileThatIsNoKeytabIsNotTakenForOne() throws {
    let folder = try TestFolder()
    let file = try folder.write("text.keytab", "not a keytab at all")
    #expect(chmod(file, 0o600) == 0)
    let found = try #require(trouble(KerberosIdentity(keytab: file)))
    #expect(found.message == "The keytab \(file) can't be used")
    #expect(!found.words.isEmpty)
  }

  @Test func ticketsThatHaveExpiredAreCalledThat() throws {
    let folder = try TestFolder()
    let cache = try Self.cache(in: folder, principal: "svc@NOWHERE.TEST", endsIn: -3600)
    let found = try #require(trouble(KerberosIdentity(cache: cache)))
    #expect(found.message == "The Kerberos tickets of svc@NOWHERE.TEST have expired")
    #expect(found.hint.contains("kinit"))
    #expect(found.error("ldap://dc1").code == .refused)
  }

  @Test func theTicketsOfSomebodyElseAreNotUsed() throws {
    let folder = try TestFolder()
    let cache = try Self.cache(in: folder, principal: "other@NOWHERE.TEST", endsIn: 3600)
    let found = try #require(
      trouble(KerberosIdentity(principal: "svc@NOWHERE.TEST", cache: cache)))
    #expect(
      found.message == "The Kerberos tickets in \(cache) are those of other@NOWHERE.TEST, not of "
        + "svc@NOWHERE.TEST")
  }

  @Test(arguments: [
    (KRB5KRB_AP_ERR_SKEW, "clocks"), (KRB5KDC_ERR_PREAUTH_FAILED, "Make a new keytab"),
    (KRB5_KDC_UNREACH, "krb5.conf"), (KRB5_REALM_UNKNOWN, "capitals"),
    (KRB5KDC_ERR_CLIENT_REVOKED, "disabled"), (KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN, "no such account"),
    (KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN, "full name"), (KRB5_KT_NOTFOUND, "klist -kt"),
  ]) func eachTroubleHasAdviceOfItsOwn(code: Int, words: String) {
    let found = KerberosTrouble(.signIn("a@X"), code: krb5_error_code(code), words: "words")
    #expect(found.hint.contains(words))
    #expect(found.error("ldap://x").description == "ldap://x: a@X gets no Kerberos ticket: words")
  }

  @Test func aCentreThatDoesNotAnswerLetsAnotherServerBeTried() {
    let found = KerberosTrouble(.signIn("a@X"), code: krb5_error_code(KRB5_KDC_UNREACH))
    #expect(found.error("ldap://x").code == .cannotConnect)
  }

  /// A cache with a ticket for tickets that nobody gave.
  private static func cache(
    in folder: TestFolder, principal: String, endsIn seconds: Int
  ) throws -> String {
    let name = "FILE:" + folder.path + "/tickets"
    var context: krb5_context?
    try #require(krb5_init_context(&context) == 0)
    defer { krb5_free_context(context) }
    var client: krb5_principal?
    var service: krb5_principal?
    try #require(krb5_parse_name(context, principal, &client) == 0)
    defer { krb5_free_principal(context, client) }
    try #require(
      krb5_parse_name(context, "krbtgt/NOWHERE.TEST@NOWHERE.TEST", &service) == 0)
    defer { krb5_free_principal(context, service) }
    var cache: krb5_ccache?
    try #require(krb5_cc_resolve(context, name, &cache) == 0)
    defer { krb5_cc_close(context, cache) }
    try #require(krb5_cc_initialize(context, cache, client) == 0)
    var credentials = krb5_creds()
    credentials.client = client
    credentials.server = service
    let now = Int(time(nil))
    credentials.times.starttime = krb5_timestamp(truncatingIfNeeded: now - 7200)
    credentials.times.endtime = krb5_timestamp(truncatingIfNeeded: now + seconds)
    try #require(krb5_cc_store_cred(context, cache, &credentials) == 0)
    return name
  }
}
