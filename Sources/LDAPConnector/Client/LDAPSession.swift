import CLDAP
import Threads

/// The thread of one connection with what belongs to it: all of libldap happens here.
actor LDAPSession {
  private let executor = ThreadExecutor()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  let settings: LDAPSettings
  let secretNames: SecretNames
  private var handle: LDAPHandle?

  init(_ settings: LDAPSettings) {
    self.settings = settings
    secretNames = SecretNames(settings.secretAttributes)
  }

  /// The server that is connected; nil if none is.
  var server: LDAPServer? { handle?.server }

  /// Takes a handle that is connected and bound, in place of the one before.
  func use(_ handle: sending LDAPHandle?) { self.handle = handle }

  /// The connected handle.
  func connected() throws(LDAPError) -> LDAPHandle {
    guard let handle else {
      throw LDAPError(.notSent, server: "", message: "There is no connection to the directory")
    }
    return handle
  }

  /// Sends a request by `send`, which answers with libldap's code and sets the message's number.
  func begin(
    _ what: String, _ send: (OpaquePointer, inout Int32) -> Int32
  ) throws(LDAPError) -> Int32 {
    let handle = try connected()
    var message: Int32 = 0
    let code = send(handle.raw, &message)
    guard code == LDAP_SUCCESS else { throw lost(handle.error(code, what)) }
    return message
  }

  /// The next part of the answer to `message`, or all of it.
  ///
  /// - Parameter isBind: Whether the answer belongs to the making of the connection, and has no more
  ///   time than that.
  /// - Returns: libldap's type of the message and the message, which is the caller's to free.
  func receive(
    _ message: Int32, all: Bool, isBind: Bool = false, _ patience: Patience
  ) throws(LDAPError) -> (type: Int32, message: OpaquePointer) {
    while true {
      if let found = try arrived(message, all: all) { return found }
      try pause(message, isBind: isBind, patience)
    }
  }

  /// What has arrived already of the answer to `message`; nil if that is nothing.
  func arrived(
    _ message: Int32, all: Bool
  ) throws(LDAPError) -> (type: Int32, message: OpaquePointer)? {
    let handle = try connected()
    while true {
      var result: OpaquePointer?
      let type = cldap_result_now(handle.raw, message, all ? 1 : 0, &result)
      if type > 0, let result { return (type, result) }
      if type < 0 {
        let code = cldap_get_int(handle.raw, LDAP_OPT_RESULT_CODE)
        throw lost(handle.error(code == 0 ? LDAP_SERVER_DOWN : code, "The connection broke"))
      }
      // Something for another request may have been read; then there may be more behind it.
      guard cldap_has_buffered(handle.raw) != 0 else { return nil }
    }
  }

  /// Waits until the server says anything, for `seconds` at most; whether it does.
  func isAnswered(within seconds: Double, _ patience: Patience) throws(LDAPError) -> Bool {
    let handle = try connected()
    switch patience.wait(cldap_descriptor(handle.raw), seconds: seconds) {
    case .ready: return true
    case .timeout: return false
    case .cancelled:
      throw LDAPError(
        .cancelled, server: handle.server.description, message: "Stopped while waiting for news")
    }
  }

  private func pause(_ message: Int32, isBind: Bool, _ patience: Patience) throws(LDAPError) {
    let handle = try connected()
    let server = handle.server.description
    let seconds = isBind ? settings.connectTimeout : settings.operationTimeout
    switch patience.wait(cldap_descriptor(handle.raw), seconds: seconds) {
    case .ready: return
    case .timeout:
      abandon(message)
      throw LDAPError(
        .timeout, server: server,
        message: "No answer \(isBind ? "to the bind " : "")for \(Int(seconds)) seconds",
        hint: "Look whether the server is overloaded, or allow it more time by "
          + "\"\(isBind ? "connect_timeout" : "timeout")\".")
    case .cancelled:
      abandon(message)
      throw LDAPError(.cancelled, server: server, message: "Stopped while waiting for an answer")
    }
  }

  /// Tells the server that nobody waits for `message` any more.
  func abandon(_ message: Int32) {
    guard let handle else { return }
    ldap_abandon_ext(handle.raw, message, nil, nil)
  }

  /// Forgets the connection if `error` says that it is gone.
  private func lost(_ error: LDAPError) -> LDAPError {
    if error.code == .connectionLost || error.code == .malformedAnswer { handle = nil }
    return error
  }
}
