import Configuration
import Foundation
import Tenant
import Workspace

extension TenantCommand {
  /// The applications of `settings` with what they show; of secrets only the hash is kept.
  ///
  /// - Parameter folder: The folder that relative paths of secrets start from.
  /// - Throws: ``ConfigurationError`` if a secret is missing or open to others, or a certificate is none.
  static func applications(
    _ settings: EmbeddedTenant, folder: String
  ) throws -> [TenantApplication] {
    try settings.applications.map { section in
      var application = TenantApplication(
        clientID: section.id,
        certificate: try section.certificateFile.map { try certificate($0, of: section) })
      if let secret = try section.secret?.resolve(relativeTo: folder) {
        application.secretHash = secret.withValue { Tenant.hash(ofToken: $0) }
      }
      application.maySetPasswords = section.setsPasswords
      return application
    }
  }

  private static func certificate(
    _ file: String, of section: TenantApplicationSection
  ) throws -> [UInt8] {
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      throw ConfigurationError(
        place: section.place,
        message: "The certificate file \(file) can't be read: \(error.localizedDescription)",
        hint: "name a file in PEM that the tenant may read")
    }
    guard let certificate = TenantApplication.certificate(pem: text) else {
      throw ConfigurationError(
        place: section.place, message: "The file \(file) holds no certificate with a key of RSA",
        hint: "name the certificate's PEM file; its private key stays with the application")
    }
    return certificate
  }
}
