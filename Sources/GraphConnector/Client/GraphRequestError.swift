import Directory
import HTTP

/// Why a request has no answer that could be worked with.
enum GraphRequestError: Error, Sendable {
  /// No answer, after all tries that the request's kind allows.
  case http(HTTPError)
  /// The secret, certificate or key could not be read or used.
  case credentials(String)
  /// The server refused the credentials or the token, in these words.
  case refused(String)
  /// The server wants more patience than is allowed.
  case waitTooLong(seconds: Double, words: String)
  /// The answer is not what Graph answers.
  case unexpected(String, words: String)
  /// The server does not know the delta token any more.
  case resync(words: String)
  /// The task was cancelled.
  case cancelled

  /// Whether the server can't have seen the request.
  var nothingWasSent: Bool {
    switch self {
    case .http(let error): error.nothingWasSent
    case .credentials, .refused, .waitTooLong: true
    case .unexpected, .resync, .cancelled: false
    }
  }

  /// The error in words for a person.
  var text: String {
    switch self {
    case .http(let error): error.description
    case .credentials(let words): "the credentials can't be used: " + words
    case .refused(let words): "the server refused the credentials: " + words
    case .waitTooLong(let seconds, let words):
      "the server asks to wait \(Int(seconds)) s: " + words
    case .unexpected(let what, let words): what + ": " + words
    case .resync(let words): "the server does not know the delta token any more: " + words
    case .cancelled: "stopped"
    }
  }

  /// The failure of a step that this error is.
  ///
  /// - Parameter isStart: Whether the step has not read or written anything yet.
  func failure(url: String, isStart: Bool) -> ConnectorFailure {
    switch self {
    case .http(let error):
      ConnectorFailure(
        isStart && error.code != .tooLarge ? .noStartConnection : .stoppedConnectivity,
        message: "No answer from \(url)", serverWords: error.description, hint: hint(error))
    case .credentials(let words):
      ConnectorFailure(
        isStart ? .noStartCredentials : .stoppedCredentials,
        message: "The credentials for \(url) can't be used", serverWords: words,
        hint: "Check what the configuration says of the secret, or of the certificate and its key.")
    case .refused(let words):
      ConnectorFailure(
        isStart ? .noStartCredentials : .stoppedCredentials,
        message: "\(url) refused the credentials", serverWords: words,
        hint: "Check application, tenant and secret or certificate, that they have not expired, "
          + "and that an administrator has consented to the application's rights.")
    case .waitTooLong(let seconds, let words):
      ConnectorFailure(
        isStart ? .noStartConnection : .stoppedConnectivity,
        message: "\(url) asks to wait \(Int(seconds)) s, longer than is allowed",
        serverWords: words, hint: "The next run goes on; or allow a longer wait.")
    case .unexpected(let what, let words):
      ConnectorFailure(
        .stoppedUnexpectedData, message: "\(what) at \(url)", serverWords: words,
        hint: "Check that the URL is that of Microsoft Graph.")
    case .resync(let words):
      ConnectorFailure(
        .fullImportRequired, message: "\(url) does not know how far changes were read",
        serverWords: words, hint: "Run a full import of this connector.")
    case .cancelled:
      ConnectorFailure(
        isStart ? .noStartConnection : .stoppedConnectivity,
        message: "Stopped while waiting for \(url)", hint: "The next run goes on.")
    }
  }

  private func hint(_ error: HTTPError) -> String {
    switch error.code {
    case .tls: "Check the server's certificate, or name its CA in the configuration."
    case .tooLarge: "Ask for smaller pages."
    case .malformedRequest: "Check the URL in the configuration."
    case .couldNotConnect, .unanswered, .cancelled:
      "Check that the server can be reached from here; the next run goes on."
    }
  }
}
