import CLDAP

extension LDAPSession {
  /// The control that asks for a page (RFC 2696) behind `cookie`, which is empty for the first.
  func pageControl(size: Int, cookie: [UInt8]) throws(LDAPError) -> ServerControl {
    let handle = try connected()
    var value = berval()
    var cookie = cookie
    let code = cookie.withUnsafeMutableBytes { memory in
      var place = berval(
        bv_len: ber_len_t(memory.count), bv_val: memory.bindMemory(to: CChar.self).baseAddress)
      return ldap_create_page_control_value(
        handle.raw, ber_int_t(clamping: size), &place, &value)
    }
    guard code == LDAP_SUCCESS else { throw handle.error(code, "The page can't be asked for") }
    defer { ber_memfree(value.bv_val) }
    return ServerControl(
      ControlOID.pagedResults, isCritical: true, value: Self.bytes(value) ?? [])
  }

  /// What the page behind the one that ended with `result` is to be asked for with; nil if there is
  /// none.
  func nextPage(_ result: LDAPResult) throws(LDAPError) -> [UInt8]? {
    guard let answer = result.control(ControlOID.pagedResults) else { return nil }
    let raw = try connected().raw
    var estimate: ber_int_t = 0
    var cookie = berval()
    let code = withControls([answer]) { list in
      ldap_parse_pageresponse_control(raw, list?.pointee, &estimate, &cookie)
    }
    guard code == LDAP_SUCCESS else { throw try malformed(code) }
    defer { ber_memfree(cookie.bv_val) }
    return cookie.bv_len == 0 ? nil : Self.bytes(cookie)
  }

  /// The control that has a request done only if `filter` holds for its object (RFC 4528).
  func assertion(_ filter: String) throws(LDAPError) -> ServerControl {
    let handle = try connected()
    var value = berval()
    let code = withCStrings([filter]) { list in
      ldap_create_assertion_control_value(handle.raw, list[0], &value)
    }
    guard code == LDAP_SUCCESS else { throw handle.error(code, "The condition can't be sent") }
    defer { ber_memfree(value.bv_val) }
    return ServerControl(ControlOID.assertion, isCritical: true, value: Self.bytes(value) ?? [])
  }
}
