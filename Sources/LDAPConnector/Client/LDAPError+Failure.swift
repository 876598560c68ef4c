import Directory

extension LDAPError {
  /// The failure of a step that this error is.
  ///
  /// - Parameter isStart: Whether the step has not read or written anything yet.
  func failure(isStart: Bool) -> ConnectorFailure {
    let place = server.isEmpty ? "" : server + ": "
    return ConnectorFailure(
      result(isStart), message: place + message, serverWords: words,
      hint: hint.isEmpty ? advice : hint)
  }

  private func result(_ isStart: Bool) -> ConnectorFailure.Result {
    switch code {
    case .cannotConnect, .tls, .connectionLost, .timeout, .cancelled:
      isStart ? .noStartConnection : .stoppedConnectivity
    case .noSecret, .refused: isStart ? .noStartCredentials : .stoppedCredentials
    case .notSent: isStart ? .badConfiguration : .stoppedConnectivity
    case .malformedAnswer: .stoppedUnexpectedData
    case .result: isStart ? .noStartConnection : .stoppedImportRead
    }
  }

  private var advice: String {
    switch code {
    case .cannotConnect, .connectionLost, .timeout:
      "Check that the server runs and can be reached from here; the next run goes on."
    case .tls: "Check the server's certificate, or name its CA as \"ca_file\"."
    case .noSecret: "Check where the configuration says that the password is."
    case .refused: "Check the account's name and its password."
    case .cancelled: "The next run goes on."
    case .notSent: "Check the connector's configuration."
    case .malformedAnswer: "Check that the address is that of an LDAP server."
    case .result(let code): Self.advice(code)
    }
  }

  private static func advice(_ code: Int32) -> String {
    switch code {
    case LDAPCode.sizeLimitExceeded, LDAPCode.adminLimitExceeded:
      "The server gives this account only a part: raise its limits for it (OpenLDAP: limits), or "
        + "ask for smaller pages."
    case LDAPCode.timeLimitExceeded:
      "The server ended the search for its length: raise its time limit for this account."
    case LDAPCode.insufficientAccessRights:
      "Give the connector's account the right to read this."
    case LDAPCode.noSuchObject:
      "It was renamed, removed, or may not be seen by the connector's account."
    case LDAPCode.referral: "Another server holds this: name that one, or another \"base\"."
    case LDAPCode.busy, LDAPCode.unavailable: "The server has no time now; the next run goes on."
    case LDAPCode.unavailableCriticalExtension:
      "The server does not know what it was asked with; it may keep no more open pages."
    default: "Read the server's words, and its log; then run it again."
    }
  }
}
