/// Why something asked of an LDAP server was not done.
struct LDAPError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure.
  enum Code: Hashable, Sendable {
    /// No server could be reached: nothing was sent.
    case cannotConnect
    /// TLS could not be agreed on, or the server's certificate is not trusted: nothing was sent.
    case tls
    /// The secret could not be read: nothing was sent.
    case noSecret
    /// The server refused who this program is.
    case refused
    /// The connection broke; a request that was sent may have been carried out.
    case connectionLost
    /// No answer in time; the request may have been carried out.
    case timeout
    /// The task that waited was cancelled; the request may have been carried out.
    case cancelled
    /// The request is malformed, or refused by this program: nothing was sent.
    case notSent
    /// The server answered what it must not answer.
    case malformedAnswer
    /// The server answered with this result code (RFC 4511 §4.1.9), which is no success.
    case result(Int32)
  }

  /// What kind of failure.
  var code: Code
  /// The server, by its URL; empty if none was reached.
  var server: String
  /// What failed.
  var message: String
  /// The server's or library's own words; empty if there are none.
  var words: String
  /// What to do about it, where more is known than the code tells.
  var hint = ""
  /// Whether the server takes the name and password for wrong.
  var isOfSecret = false

  init(_ code: Code, server: String, message: String, words: String = "", hint: String = "") {
    self.code = code
    self.server = server
    self.message = message
    self.words = words
    self.hint = hint
  }

  /// The error in one line.
  var description: String {
    (server.isEmpty ? "" : server + ": ") + message + (words.isEmpty ? "" : ": " + words)
  }

  /// The server's result code, if it answered with one.
  var resultCode: Int32? {
    if case .result(let code) = code { code } else { nil }
  }

  /// Whether the server answered, and not only that it has no time now.
  var isAnswer: Bool {
    resultCode.map { !LDAPCode.ofTheMoment.contains($0) } ?? false
  }

  /// Whether the server can't have seen the request.
  var nothingWasSent: Bool {
    switch code {
    case .cannotConnect, .tls, .noSecret, .refused, .notSent: true
    case .connectionLost, .timeout, .cancelled, .malformedAnswer, .result: false
    }
  }
}
