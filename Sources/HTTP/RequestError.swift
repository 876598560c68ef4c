package import Directory

/// Why a request to a service over HTTP has no answer that could be worked with.
package indirect enum RequestError: Error, Sendable {
  /// No answer, after all tries that the request's kind allows.
  case http(HTTPError)
  /// The service is not where it was, so that nothing was sent to whatever is there now.
  case gone(String)
  /// The secret, token, certificate or key could not be read or used.
  case credentials(String)
  /// The server refused the credentials or the token, in these words.
  case refused(String)
  /// The server wants more patience than is allowed.
  case waitTooLong(seconds: Double, words: String)
  /// The answer is not what such a service answers.
  case unexpected(String, words: String)
  /// The service has no time or fails, also after all tries; `wasAsked` tells whether it was asked
  /// what it was to be asked.
  case busy(String, words: String, wasAsked: Bool)
  /// What the configuration names is not there, so that nothing was carried out, and what to do.
  case misconfigured(String, words: String, hint: String)
  /// The server does not know any more how far something was read.
  case outdated(words: String)
  /// The task was cancelled; `wasSent` tells whether the request may have been carried out.
  case cancelled(wasSent: Bool)
  /// The last try failed so, and an earlier one may have been carried out.
  case afterLoss(RequestError)

  /// What it means for a request that its secret was not to be had.
  package init(ofSecret error: any Error) {
    if let gone = error as? ServiceGone {
      self = .gone(gone.description)
    } else {
      self = .credentials(String(describing: error))
    }
  }

  /// What it is like that a service is gone: as if nobody had answered where it was.
  static func unreached(_ words: String) -> HTTPError { HTTPError(.couldNotConnect, words) }

  /// Whether the server can't have seen the request.
  package var nothingWasSent: Bool {
    switch self {
    case .http(let error): error.nothingWasSent
    case .gone, .credentials, .refused, .waitTooLong, .misconfigured: true
    case .busy(_, _, let wasAsked): !wasAsked
    case .cancelled(let wasSent): !wasSent
    case .unexpected, .outdated, .afterLoss: false
    }
  }

  /// Whether the task was cancelled.
  package var isCancelled: Bool {
    switch self {
    case .cancelled: true
    case .http(let error): error.isCancelled
    case .afterLoss(let error): error.isCancelled
    default: false
    }
  }

  /// The error in words for a person.
  package var text: String {
    switch self {
    case .http(let error): error.description
    case .gone(let words): Self.unreached(words).description
    case .credentials(let words): "the credentials can't be used: " + words
    case .refused(let words): "the server refused the credentials: " + words
    case .waitTooLong(let seconds, let words):
      "the server asks to be left alone for \(Int(seconds)) s, until \(Self.moment(in: seconds)): "
        + words
    case .unexpected(let what, let words), .busy(let what, let words, _),
      .misconfigured(let what, let words, _):
      what + ": " + words
    case .outdated(let words): "the server does not know any more how far it was read: " + words
    case .cancelled: "stopped"
    case .afterLoss(let error): error.text + "; an earlier try may have been carried out"
    }
  }

  /// The moment in so many seconds, to the second.
  private static func moment(in seconds: Double) -> String {
    let moment = Timestamp.now.adding(seconds: seconds.rounded(.up))
    return Timestamp(milliseconds: moment.milliseconds / 1000 * 1000).description
  }

  /// The outcome of an operation that found the server gone.
  ///
  /// - Parameter wasSent: Whether it may have been carried out.
  package func outcome(wasSent: Bool) -> ExportOutcome {
    wasSent ? .unknown(reason: text) : .failed(failure(code: "not sent"))
  }

  /// The failure of an object that found the server gone.
  package func failure(code: String) -> ObjectFailure {
    var failure = ObjectFailure(
      isOfCredentials ? .permissionIssue : .connectivityError, code: code, message: text,
      isTransient: true)
    failure.isOfCredentials = isOfCredentials
    return failure
  }

  /// Whether the credentials are what failed.
  private var isOfCredentials: Bool {
    switch self {
    case .credentials, .refused: true
    case .afterLoss(let error): error.isOfCredentials
    default: false
    }
  }
}

/// What a kind of service calls its things, for the failures that its requests end in.
package struct ServiceWords: Sendable {
  /// What is shown to be let in: `the token`.
  package var secret: String
  /// What to do when it can't be read or used.
  package var secretHint: String
  /// What to do when the server refuses it.
  package var refusedHint: String
  /// What to do when the answers are not those of such a service.
  package var unexpectedHint: String
  /// How a step ends when the server has forgotten how far something was read, and what to do.
  package var outdated: (result: ConnectorFailure.Result, message: String, hint: String)

  /// Words of these parts.
  package init(
    secret: String, secretHint: String, refusedHint: String, unexpectedHint: String,
    outdated: (result: ConnectorFailure.Result, message: String, hint: String)
  ) {
    self.secret = secret
    self.secretHint = secretHint
    self.refusedHint = refusedHint
    self.unexpectedHint = unexpectedHint
    self.outdated = outdated
  }
}

extension RequestError {
  /// The failure of a step that this error is.
  ///
  /// - Parameter isStart: Whether the step has not read or written anything yet.
  package func failure(url: String, isStart: Bool, _ words: ServiceWords) -> ConnectorFailure {
    let connection: ConnectorFailure.Result = isStart ? .noStartConnection : .stoppedConnectivity
    let credentials: ConnectorFailure.Result = isStart ? .noStartCredentials : .stoppedCredentials
    switch self {
    case .http(let error):
      return ConnectorFailure(
        error.code == .tooLarge ? .stoppedConnectivity : connection,
        message: "No answer from \(url)", serverWords: error.description, hint: error.hint)
    case .gone(let reason):
      return RequestError.http(Self.unreached(reason)).failure(url: url, isStart: isStart, words)
    case .credentials(let reason):
      return ConnectorFailure(
        credentials, message: "\(words.secret) for \(url) can't be read or used",
        serverWords: reason, hint: words.secretHint)
    case .refused(let reason):
      return ConnectorFailure(
        credentials, message: "\(url) refused \(words.secret.lowercased())", serverWords: reason,
        hint: words.refusedHint)
    case .waitTooLong(let seconds, let reason):
      return ConnectorFailure(
        connection,
        message: "\(url) asks to be left alone for \(Int(seconds)) s, until "
          + "\(Self.moment(in: seconds)), longer than a run waits",
        serverWords: reason,
        hint: "The first run after that goes on; until then nothing is sent. If the service can be "
          + "asked sooner, start the engine anew: it forgets the wish.")
    case .unexpected(let what, let reason):
      return ConnectorFailure(
        .stoppedUnexpectedData, message: "\(what) at \(url)", serverWords: reason,
        hint: words.unexpectedHint)
    case .busy(let what, let reason, _):
      return ConnectorFailure(
        connection, message: "\(what) at \(url)", serverWords: reason,
        hint: "The service is busy or fails for now; the next run goes on.")
    case .misconfigured(let what, let reason, let hint):
      return ConnectorFailure(
        .badConfiguration, message: "\(what) at \(url)", serverWords: reason, hint: hint)
    case .outdated(let reason):
      return ConnectorFailure(
        words.outdated.result, message: "\(url) \(words.outdated.message)", serverWords: reason,
        hint: words.outdated.hint)
    case .cancelled:
      return ConnectorFailure(
        connection, message: "Stopped while waiting for \(url)", hint: "The next run goes on.")
    case .afterLoss(let error): return error.failure(url: url, isStart: isStart, words)
    }
  }
}

extension HTTPError {
  /// Whether the task was cancelled.
  var isCancelled: Bool { code == .cancelled || code == .cancelledUnsent }

  /// What to do about it.
  fileprivate var hint: String {
    switch code {
    case .tls: "Check the server's certificate, or name its CA in the configuration."
    case .tooLarge: "Ask for smaller pages, or allow larger answers."
    case .malformedRequest: "Check the URL in the configuration."
    case .couldNotConnect, .unanswered, .cancelled, .cancelledUnsent:
      "Check that the server runs and can be reached from here; the next run goes on."
    }
  }
}
