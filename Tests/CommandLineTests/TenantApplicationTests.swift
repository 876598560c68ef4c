import Configuration
import Foundation
import HTTPTesting
import Testing

@testable import Tenant
@testable import Workspace
@testable import lockstepd

@Suite("What applications of the embedded tenant show")
struct TenantApplicationTests {
  private static let certificate = """
    -----BEGIN CERTIFICATE-----
    MIICCjCCAXOgAwIBAgIULGsiXnqCtQUwnN/rwtyGMRAwZDEwDQYJKoZIhvcNAQEL
    BQAwFjEUMBIGA1UEAwwLYXBwbGljYXRpb24wIBcNMjYxMTMwMjAwOTQ2WhgPMjEy
    NjExMDYyMDA5NDZaMBYxFDASBgNVBAMMC2FwcGxpY2F0aW9uMIGfMA0GCSqGSIb3
    DQEBAQUAA4GNADCBiQKBgQCs+ap7iMEykBrlomQKIeilekHQz1guapL6eYr0umb7
    cXQKdZuKoRUSNYMUaPchVtR+j7Y93a5YsWon/5fqpL6U5WLwXAkmBV1zwe+GZG0d
    q148Wr7GUPshIHgs90poruBFHZ+e9pkqtaFgbl0jyEGWt/pj9S0TEmKnjnSjt7uU
    nQIDAQABo1MwUTAdBgNVHQ4EFgQU427g2o4eCCEKpxyeRCmUy2W8uNYwHwYDVR0j
    BBgwFoAU427g2o4eCCEKpxyeRCmUy2W8uNYwDwYDVR0TAQH/BAUwAwEB/zANBgkq
    hkiG9w0BAQsFAAOBgQAkvsq26M6mGpE6iszVvUgdgUHGzCf8svMl+7Bp6Zbl8Cd0
    C09jKdjXVuEnaw0i3uXzH7Z7Oe0+idgBGHtnIZtVxIlWQsLcRNQB6+ILBy/+Q6Mz
    ecqJ4wkXXrDSPgddRszTliHAJk2LG/WESQQHahy2ChfwWjSwS9qLWmYqoFF9dA==
    -----END CERTIFICATE-----
    """
  private let folder: String

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/applications-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
  }

  private func applications(_ text: String) throws -> [TenantApplication] {
    let table = try TOMLTable.parse("[[application]]\nid = \"app\"\n" + text, file: "lockstep.toml")
    let tenant = try EmbeddedTenant(table, folder: folder)
    return try TenantCommand.applications(tenant, folder: folder)
  }

  private func write(_ text: String, _ name: String, mode: Int) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
    try FileManager.default.setAttributes(
      [.posixPermissions: mode], ofItemAtPath: folder + "/" + name)
  }

  @Test("A secret is read from a file that is its owner's alone, and only its hash is held")
  func secret() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try write("very secret\n", "app.secret", mode: 0o600)
    let found = try applications("secret_file = \"app.secret\"")
    #expect(found.map(\.clientID) == ["app"])
    #expect(found.first?.secretHash == Tenant.hash(ofToken: "very secret"))
    #expect(found.first?.certificate == nil && found.first?.maySetPasswords == false)
    #expect(!"\(found)".contains("very secret"))
    try write("very secret\n", "app.secret", mode: 0o644)
    let error = #expect(throws: ConfigurationError.self) {
      try applications("secret_file = \"app.secret\"")
    }
    #expect(error?.hint.contains("chmod 600") == true)
    #expect(throws: ConfigurationError.self) { try applications("secret_file = \"none\"") }
  }

  @Test("A certificate is read from PEM, and what holds none is refused")
  func certificate() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // Made for a curve, by which no assertion is signed.
    let made = try CertificateMaker(in: folder).server()
    let curved = try String(contentsOfFile: made.certificate, encoding: .utf8)
    let key = try String(contentsOfFile: made.key, encoding: .utf8)
    try write(key + Self.certificate, "app.pem", mode: 0o600)
    let found = try applications("certificate_file = \"app.pem\"\nset_passwords = true")
    #expect(found.first?.certificate?.first == 0x30)
    #expect(found.first?.secretHash == nil && found.first?.maySetPasswords == true)
    for text in ["", key, curved, String(Self.certificate.dropLast(60))] {
      try write(text, "none.pem", mode: 0o600)
      let error = #expect(throws: ConfigurationError.self) {
        try applications("certificate_file = \"none.pem\"")
      }
      #expect(error?.message.contains("no certificate") == true)
    }
    let missing = #expect(throws: ConfigurationError.self) {
      try applications("certificate_file = \"missing.pem\"")
    }
    #expect(missing?.message.contains("can't be read") == true)
  }
}
