import CLDAP
import Glibc

extension LDAPSession {
  /// Messages, and bytes of entries, after which a batch is handed over.
  static let batchCount = 500
  static let batchBytes = 1 << 20

  /// Sends a search; its messages are got by ``messages(of:_:_:)``.
  func begin(_ search: LDAPSearch) throws(LDAPError) -> Int32 {
    let scope =
      switch search.scope {
      case .base: cldap_scope_base()
      case .oneLevel: cldap_scope_one()
      case .subtree: cldap_scope_subtree()
      }
    return try begin("The search could not be sent") { raw, message in
      withCStrings(search.attributes) { attributes in
        withControls(search.controls) { controls in
          ldap_search_ext(
            raw, search.base, scope, search.filter, search.attributes.isEmpty ? nil : attributes,
            search.namesOnly ? 1 : 0, controls, nil, nil,
            search.sizeLimit == 0 ? LDAP_NO_LIMIT : Int32(clamping: search.sizeLimit), &message)
        }
      }
    }
  }

  /// The next messages of a search: what has arrived, up to a batch, and at least one.
  func messages(
    of message: Int32, _ reading: EntryReading, _ patience: Patience
  ) throws(LDAPError) -> [SearchMessage] {
    try batch(of: message, from: try receive(message, all: false, patience), reading)
  }

  /// What comes of a search that goes on by itself; nothing if the server is silent for `seconds`.
  func news(
    of message: Int32, within seconds: Double, _ reading: EntryReading, _ patience: Patience
  ) throws(LDAPError) -> [SearchMessage] {
    let end = ContinuousClock.now.advanced(by: .seconds(seconds))
    while true {
      if let first = try arrived(message, all: false) {
        return try batch(of: message, from: first, reading)
      }
      let left = ContinuousClock.now.duration(to: end)
      guard left > .zero, try isAnswered(within: left / .seconds(1), patience) else { return [] }
    }
  }

  private func batch(
    of message: Int32, from first: (type: Int32, message: OpaquePointer), _ reading: EntryReading
  ) throws(LDAPError) -> [SearchMessage] {
    var batch: [SearchMessage] = []
    var bytes = 0
    var (type, answer) = first
    while true {
      let part = try parse(type, answer, reading)
      batch.append(part)
      switch part {
      case .done: return batch
      case .entry(let entry): bytes += entry.bytes.count
      case .reference, .intermediate: break
      }
      guard batch.count < Self.batchCount, bytes < Self.batchBytes else { return batch }
      guard let next = try arrived(message, all: false) else { return batch }
      (type, answer) = next
    }
  }

  private func parse(
    _ type: Int32, _ answer: OpaquePointer, _ reading: EntryReading
  ) throws(LDAPError) -> SearchMessage {
    if cldap_is_entry(type) != 0 {
      defer { ldap_msgfree(answer) }
      return .entry(try entry(answer, reading))
    }
    if cldap_is_reference(type) != 0 { return .reference(try reference(answer)) }
    if cldap_is_intermediate(type) != 0 { return try intermediate(answer) }
    return .done(try result(in: answer))
  }

  private func entry(
    _ answer: OpaquePointer, _ reading: EntryReading
  ) throws(LDAPError) -> SearchEntry {
    let raw = try connected().raw
    // Before all else: liblber parses in place and puts a NUL behind what it has read, which for the
    // last value is the first byte of the controls.
    let controls = reading.controls ? try controls(ofEntry: answer) : []
    var reader: OpaquePointer?
    var dn = berval()
    let code = ldap_get_dn_ber(raw, answer, &reader, &dn)
    defer { ber_free(reader, 0) }
    guard code == LDAP_SUCCESS else { throw try malformed(code) }
    var builder = SearchEntry.Builder(dn: Self.buffer(dn))
    while true {
      var name = berval()
      var values: UnsafeMutablePointer<berval>?
      let code = ldap_get_attribute_ber(raw, answer, reader, &name, &values)
      defer { ber_memfree(values) }
      guard code == LDAP_SUCCESS else { throw try malformed(code) }
      guard name.bv_val != nil else { break }
      let description = Self.buffer(name)
      let isSecret = reading.secret?.contain(description) == true
      // Nobody asked for it, and it goes no further.
      if !isSecret, secretNames.contain(description) { continue }
      if !isSecret { builder.attribute(description) }
      var place = 0
      while let value = values?[place], value.bv_val != nil {
        if isSecret {
          builder.secret(Self.buffer(value))
        } else {
          builder.value(Self.buffer(value))
        }
        place += 1
      }
    }
    return builder.finish(controls: controls)
  }

  private func controls(ofEntry answer: OpaquePointer) throws(LDAPError) -> [ServerControl] {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CLDAP.LDAPControl>?>?
    let code = ldap_get_entry_controls(try connected().raw, answer, &list)
    defer { ldap_controls_free(list) }
    guard code == LDAP_SUCCESS else { throw try malformed(code) }
    return Self.controls(list)
  }

  private func reference(_ answer: OpaquePointer) throws(LDAPError) -> [String] {
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    let code = ldap_parse_reference(try connected().raw, answer, &list, nil, 1)
    guard code == LDAP_SUCCESS else { throw try malformed(code) }
    defer { cldap_free_texts(list) }
    return Self.texts(list)
  }

  private func intermediate(_ answer: OpaquePointer) throws(LDAPError) -> SearchMessage {
    var oid: UnsafeMutablePointer<CChar>?
    var value: UnsafeMutablePointer<berval>?
    var list: UnsafeMutablePointer<UnsafeMutablePointer<CLDAP.LDAPControl>?>?
    let code = ldap_parse_intermediate(try connected().raw, answer, &oid, &value, &list, 1)
    guard code == LDAP_SUCCESS else { throw try malformed(code) }
    defer {
      ldap_memfree(oid)
      ber_bvfree(value)
      ldap_controls_free(list)
    }
    return .intermediate(
      oid: oid.map { String(cString: $0) } ?? "", value: value.flatMap { Self.bytes($0.pointee) },
      controls: Self.controls(list))
  }

  private static func buffer(_ value: berval) -> UnsafeBufferPointer<UInt8> {
    let bytes = UnsafeRawBufferPointer(start: value.bv_val, count: Int(value.bv_len))
    return bytes.bindMemory(to: UInt8.self)
  }
}
