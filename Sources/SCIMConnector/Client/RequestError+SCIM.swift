import Directory
import HTTP

extension ServiceWords {
  /// Those of a SCIM server.
  fileprivate static let scim = ServiceWords(
    secret: "The token",
    secretHint: "Check where the configuration says that the token is.",
    refusedHint: "Check that the token is this server's, and that it has not expired.",
    unexpectedHint:
      "Check that the URL is the base URL of a SCIM 2.0 server, and what the token may do there.",
    // A cursor of a list (RFC 9865 §2.2).
    outdated: (
      .stoppedImportRead, "forgot how far a list was read",
      "The next run reads it again; the server should keep cursors for longer."
    ))
}

extension RequestError {
  /// The failure of a step that this error of a SCIM server is.
  ///
  /// - Parameter isStart: Whether the step has not read or written anything yet.
  func failure(url: String, isStart: Bool) -> ConnectorFailure {
    failure(url: url, isStart: isStart, .scim)
  }
}
