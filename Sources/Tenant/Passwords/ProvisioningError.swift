import JSON

/// Why a request for passwords as a whole is not carried out.
///
/// The numbers are those that the original's provisioning service tells (Microsoft: troubleshoot
/// password hash synchronization, events 652 and 655).
struct ProvisioningError: Error, Hashable, Sendable {
  /// The HTTP status, 400–599.
  var status: Int
  /// The number, where the original has one for the case.
  var code: Int?
  /// What is wrong, for a person.
  var words: String
  /// HTTP headers besides the usual ones.
  var headers: [String: String] = [:]

  /// Status 400: the request is not built as it must be.
  static func malformed(_ words: String) -> ProvisioningError {
    ProvisioningError(status: 400, words: words)
  }

  /// Error 90: the feature is off.
  static let notActivated = ProvisioningError(
    status: 403, code: 90,
    words: "Password Synchronization has not been activated for this company.")

  /// Error 81: the service is busy.
  static func busy(_ words: String, status: Int, headers: [String: String]) -> ProvisioningError {
    ProvisioningError(status: status, code: 81, words: words, headers: headers)
  }

  /// The error as the body of an answer.
  func json(trackingID: String) -> JSONValue {
    var object = JSONObject()
    if let code { object["errorCode"] = .integer(Int64(code)) }
    object["errorDescription"] = .string(words)
    object["trackingId"] = .string(trackingID)
    return .object(object)
  }
}
