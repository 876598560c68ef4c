import Glibc
import ProgramTesting
import Testing

/// libldap takes what the host's `ldap.conf`, a person's `.ldaprc` and variables say for the wish of
/// every program; for this one none of them has a say.
@Suite(
  "What a host configures for LDAP",
  .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct HostConfigurationTests {
  /// What `lockstepd check` says of a server, on a host that is configured in every way there is.
  private func check(trusts trusted: Bool, host: [String]) throws -> (status: Int32, text: String) {
    let folder = try TestFolder()
    let authority = try TestAuthority(in: folder)
    let other = try TestAuthority("Other CA", in: folder)
    let slapd = try TestSlapd(global: try authority.configuration())
    let secret = try folder.write("secret", TestSlapd.password)
    chmod(secret, 0o600)
    try folder.write(
      "lockstep.toml",
      """
      [[connector]]
      name = "people"
      type = "ldap"
      role = "source"
      servers = "ldaps://127.0.0.1:\(slapd.tlsPort)"
      ca_file = "\(trusted ? authority.file : other.file)"
      user = "\(TestSlapd.admin)"
      password_file = "secret"
      base = "\(TestSlapd.suffix)"
      """)
    let lines = host.map { $0 + "\n" }.joined()
    var environment = ["HOME": folder.path, "LDAPCONF": try folder.write("ldap.conf", lines)]
    try folder.write(".ldaprc", lines)
    for line in host {
      let words = line.split(separator: " ", maxSplits: 1)
      environment["LDAP" + words[0]] = String(words[1])
    }
    return CheckProgram.run("people", in: folder, environment: environment)
  }

  @Test("makes nobody trust a certificate that is not trusted")
  func lenient() throws {
    let answer = try check(trusts: false, host: ["TLS_REQCERT never", "TLS_REQSAN never"])
    #expect(answer.status != 0)
    #expect(answer.text.contains("who signed it is not trusted"), "\(answer.text)")
  }

  @Test("takes no server, no trust and no time away from who configured them here")
  func strange() throws {
    let answer = try check(
      trusts: true,
      host: [
        "URI ldap://127.0.0.1:1", "BASE dc=nowhere", "TLS_CACERT /nonexistent", "SIZELIMIT 1",
        "TIMELIMIT 1", "SASL_MECH EXTERNAL", "TLS_CIPHER_SUITE NONE",
      ])
    #expect(answer.text.contains(TestSlapd.suffix), "\(answer.text)")
    #expect(!answer.text.contains("refused"), "\(answer.text)")
    #expect(!answer.text.contains("nowhere"), "\(answer.text)")
  }
}
