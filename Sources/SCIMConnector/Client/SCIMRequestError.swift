import Directory
import HTTP

/// Why a request has no answer that could be worked with.
enum SCIMRequestError: Error, Sendable {
  /// No answer, after all tries that the request's kind allows.
  case http(HTTPError)
  /// The token could not be read.
  case token(String)
  /// The server refused the token, in these words.
  case refused(String)
  /// The server wants more patience than is allowed.
  case waitTooLong(seconds: Double, words: String)
  /// The answer is not what SCIM answers.
  case unexpected(String, words: String)
  /// The server does not know the cursor of a list any more (RFC 9865 §2.2).
  case lostCursor(words: String)
  /// The task was cancelled.
  case cancelled

  /// Whether the server can't have seen the request.
  var nothingWasSent: Bool {
    switch self {
    case .http(let error): error.nothingWasSent
    case .token, .refused, .waitTooLong: true
    case .unexpected, .lostCursor, .cancelled: false
    }
  }

  /// The error in words for a person.
  var text: String {
    switch self {
    case .http(let error): error.description
    case .token(let words): "the token could not be read: " + words
    case .refused(let words): "the server refused the token: " + words
    case .waitTooLong(let seconds, let words):
      "the server asks to wait \(Int(seconds)) s: " + words
    case .unexpected(let what, let words): what + ": " + words
    case .lostCursor(let words): "the server has forgotten the cursor: " + words
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
    case .token(let words):
      ConnectorFailure(
        isStart ? .noStartCredentials : .stoppedCredentials,
        message: "The token for \(url) could not be read", serverWords: words,
        hint: "Check where the configuration says that the token is.")
    case .refused(let words):
      ConnectorFailure(
        isStart ? .noStartCredentials : .stoppedCredentials,
        message: "\(url) refused the token", serverWords: words,
        hint: "Check that the token is this server's, and that it has not expired.")
    case .waitTooLong(let seconds, let words):
      ConnectorFailure(
        isStart ? .noStartConnection : .stoppedConnectivity,
        message: "\(url) asks to wait \(Int(seconds)) s, longer than is allowed",
        serverWords: words, hint: "The next run goes on; or allow a longer wait.")
    case .unexpected(let what, let words):
      ConnectorFailure(
        .stoppedUnexpectedData, message: "\(what) at \(url)", serverWords: words,
        hint: "Check that the URL is the base URL of a SCIM 2.0 server.")
    case .lostCursor(let words):
      ConnectorFailure(
        .stoppedImportRead, message: "\(url) forgot how far a list was read", serverWords: words,
        hint: "The next run reads it again; the server should keep cursors for longer.")
    case .cancelled:
      ConnectorFailure(
        isStart ? .noStartConnection : .stoppedConnectivity,
        message: "Stopped while waiting for \(url)", hint: "The next run goes on.")
    }
  }

  private func hint(_ error: HTTPError) -> String {
    switch error.code {
    case .tls: "Check the server's certificate, or name its CA in the configuration."
    case .tooLarge: "Ask for smaller pages, or allow larger answers."
    case .malformedRequest: "Check the URL in the configuration."
    case .couldNotConnect, .unanswered, .cancelled:
      "Check that the server runs and can be reached from here; the next run goes on."
    }
  }
}
