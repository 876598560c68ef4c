import Directory
import HTTP

extension ServiceWords {
  /// Those of Microsoft Graph.
  fileprivate static let graph = ServiceWords(
    secret: "The credentials",
    secretHint:
      "Check what the configuration says of the secret, or of the certificate and its key.",
    refusedHint: "Check application, tenant and secret or certificate, that they have not expired, "
      + "that an administrator has consented to the application's rights, that the address for "
      + "tokens is of the same cloud, and, with a certificate, that this machine's clock is right.",
    unexpectedHint: "Check that the URL is that of Microsoft Graph.",
    // A delta token (410, `syncStateNotFound`).
    outdated: (
      .fullImportRequired, "does not know how far changes were read",
      "Run a full import of this connector."
    ))
}

extension RequestError {
  /// The failure of a step that this error of Microsoft Graph is.
  ///
  /// - Parameter isStart: Whether the step has not read or written anything yet.
  func failure(url: String, isStart: Bool) -> ConnectorFailure {
    failure(url: url, isStart: isStart, .graph)
  }
}
