import CGnuTLS
import Glibc

/// A server's certificate with its key, ready to be shown to clients.
final class TLSCertificate: @unchecked Sendable {
  // Read by GnuTLS only after it is made.
  let credentials: gnutls_certificate_credentials_t

  /// The certificate with the chain above it in `certificateFile` and the key in `keyFile`, in PEM.
  ///
  /// - Throws: ``TenantError`` if a file can't be read, is none, or the key is another
  ///   certificate's.
  init(certificateFile: String, keyFile: String) throws {
    let certificate = try Self.content(certificateFile, "certificate")
    let key = try Self.content(keyFile, "key")
    try Self.checkIsPrivate(keyFile)
    var made: gnutls_certificate_credentials_t?
    guard gnutls_certificate_allocate_credentials(&made) == GNUTLS_E_SUCCESS, let made else {
      throw TenantError(
        .badCertificate, "There is no memory for a certificate", hint: "Try again.")
    }
    credentials = made
    let code = Self.withDatum(certificate) { certificate in
      Self.withDatum(key) { key in
        gnutls_certificate_set_x509_key_mem2(
          made, certificate, key, GNUTLS_X509_FMT_PEM, nil, 0)
      }
    }
    guard code >= 0 else {
      let words = String(cString: gnutls_strerror(code))
      throw TenantError(
        .badCertificate,
        code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH
          ? "The key in \(keyFile) is not that of the certificate in \(certificateFile)"
          : "The certificate in \(certificateFile) and the key in \(keyFile) can't be used: \(words)",
        hint: "Give a certificate in PEM, followed by those above it, and its key in PEM without a "
          + "password.")
    }
  }

  deinit { gnutls_certificate_free_credentials(credentials) }

  private static func content(_ file: String, _ what: String) throws -> [UInt8] {
    guard let stream = fopen(file, "r") else {
      throw TenantError(
        .badCertificate,
        "The tenant's \(what) in \(file) can't be read: \(String(cString: strerror(errno)))",
        hint: "Name a file that the tenant may read.")
    }
    defer { fclose(stream) }
    // Longer than any chain.
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, stream)
    return Array(bytes[..<count])
  }

  private static func checkIsPrivate(_ file: String) throws {
    var status = stat()
    guard stat(file, &status) == 0, status.st_mode & 0o077 != 0 else { return }
    throw TenantError(
      .badCertificate, "The tenant's key in \(file) can be read by others than its owner",
      hint: "Take that right away: chmod 600 \(file)")
  }

  private static func withDatum<Value>(
    _ bytes: [UInt8], _ work: (UnsafePointer<gnutls_datum_t>) throws -> Value
  ) rethrows -> Value {
    var bytes = bytes
    return try bytes.withUnsafeMutableBufferPointer { buffer in
      var datum = gnutls_datum_t(data: buffer.baseAddress, size: UInt32(buffer.count))
      return try work(&datum)
    }
  }
}
