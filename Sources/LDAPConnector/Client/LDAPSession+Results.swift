import CLDAP
import Directory

extension LDAPSession {
  /// Waits for the whole answer to `message`, which has one part.
  func result(
    of message: Int32, isBind: Bool = false, _ patience: Patience
  ) throws(LDAPError) -> LDAPResult {
    let (_, answer) = try receive(message, all: true, isBind: isBind, patience)
    return try result(in: answer)
  }

  /// The result that a libldap message holds; the message is freed.
  func result(in answer: OpaquePointer) throws(LDAPError) -> LDAPResult {
    defer { ldap_msgfree(answer) }
    let raw = try connected().raw
    var result = LDAPResult(code: 0)
    var matched: UnsafeMutablePointer<CChar>?
    var diagnostic: UnsafeMutablePointer<CChar>?
    var referrals: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    var controls: UnsafeMutablePointer<UnsafeMutablePointer<CLDAP.LDAPControl>?>?
    let code = ldap_parse_result(
      raw, answer, &result.code, &matched, &diagnostic, &referrals, &controls, 0)
    defer {
      ldap_memfree(matched)
      ldap_memfree(diagnostic)
      cldap_free_texts(referrals)
      ldap_controls_free(controls)
    }
    guard code == LDAP_SUCCESS else { throw try malformed(code) }
    if let matched { result.matchedDN = String(cString: matched) }
    if let diagnostic { result.diagnostic = ServerWords.shown(String(cString: diagnostic)) }
    result.referrals = Self.texts(referrals)
    result.controls = Self.controls(controls)
    return result
  }

  /// What encrypts the connection, in words; nil if nothing does.
  func encryption() throws(LDAPError) -> String? {
    let handle = try connected()
    let version = handle.text(LDAP_OPT_X_TLS_VERSION)
    if !version.isEmpty { return version + " " + handle.text(LDAP_OPT_X_TLS_CIPHER) }
    var strength: ber_len_t = 0
    ldap_get_option(handle.raw, LDAP_OPT_X_SASL_SSF, &strength)
    return strength > 1 ? "encrypted by SASL with \(strength) bits" : nil
  }

  /// The error of an answer that can't be parsed.
  func malformed(_ code: Int32) throws(LDAPError) -> LDAPError {
    var error = try connected().error(code, "The server's answer is malformed")
    error.code = .malformedAnswer
    return error
  }

  /// The texts of a list that ends with NULL.
  static func texts(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String] {
    var texts: [String] = []
    var place = 0
    while let text = list?[place] {
      texts.append(ServerWords.shown(String(cString: text)))
      place += 1
    }
    return texts
  }

  /// The controls of a list that ends with NULL.
  static func controls(
    _ list: UnsafeMutablePointer<UnsafeMutablePointer<CLDAP.LDAPControl>?>?
  ) -> [ServerControl] {
    var controls: [ServerControl] = []
    var place = 0
    while let control = list?[place]?.pointee {
      let oid = control.ldctl_oid.map { String(cString: $0) } ?? ""
      controls.append(
        ServerControl(
          oid, isCritical: control.ldctl_iscritical != 0, value: bytes(control.ldctl_value)))
      place += 1
    }
    return controls
  }

  /// A copy of what `value` holds; nil if it holds nothing.
  static func bytes(_ value: berval) -> [UInt8]? {
    guard let start = value.bv_val else { return nil }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(value.bv_len)))
  }
}

extension LDAPResult {
  /// The error that this result is, where success was hoped for.
  func error(_ message: String, _ server: String) -> LDAPError {
    let name = String(cString: ldap_err2string(code))
    return LDAPError(
      .result(code), server: server, message: message,
      words: name + " (\(code))" + (diagnostic.isEmpty ? "" : ": " + diagnostic))
  }
}
