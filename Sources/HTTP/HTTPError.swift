/// Why an ``HTTPRequest`` has no answer.
public struct HTTPError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is known of the request's fate.
  public enum Code: Hashable, Sendable {
    /// No connection: nothing was sent.
    case couldNotConnect
    /// The request, or part of it, was sent and no whole answer came: it may have been carried out.
    case unanswered
    /// TLS could not be agreed on, or the server's certificate is not trusted: nothing was sent.
    case tls
    /// The answer is larger than allowed; the request has been carried out.
    case tooLarge
    /// The task that waited was cancelled; the request may have been carried out.
    case cancelled
    /// The task that waited was cancelled before anything was sent.
    case cancelledUnsent
    /// The request can't be sent at all, such as a URL that is none: nothing was sent.
    case malformedRequest
  }

  /// What is known of the request's fate.
  public var code: Code
  /// libcurl's own words.
  public var message: String

  /// An error of these parts.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Whether the server can't have seen the request.
  public var nothingWasSent: Bool {
    switch code {
    case .couldNotConnect, .tls, .malformedRequest, .cancelledUnsent: true
    case .unanswered, .tooLarge, .cancelled: false
    }
  }

  /// The error in one line.
  public var description: String {
    switch code {
    case .couldNotConnect: "could not connect: " + message
    case .unanswered: "sent, but no answer came: " + message
    case .tls: "no secure connection: " + message
    case .tooLarge: "the answer is too large: " + message
    case .cancelled, .cancelledUnsent: "cancelled"
    case .malformedRequest: "the request can't be sent: " + message
    }
  }
}
