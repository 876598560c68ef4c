import CGSS
import Glibc
import Secrets

/// Authentication by Kerberos as DCE/RPC wants it: three legs, and units sealed in place (RFC 4121,
/// [MS-KILE] §3.4.5.4, [MS-RPCE] §3.3.1.5.2.2).
final class KerberosContext: SecurityContext {
  private let ticket: KerberosTicket
  private var credential: gss_cred_id_t?
  private var name: gss_name_t?
  private var context: gss_ctx_id_t?
  private var isComplete = false

  /// A context with the server that `request` names.
  ///
  /// - Throws: ``KerberosFailure``.
  init(
    _ request: KerberosTicket.Request, proof: KerberosTicket.Proof
  ) throws(KerberosFailure) {
    ticket = try KerberosTicket(request, proof: proof)
    credential = try Self.credential(ticket.cacheName)
    name = try Self.name(request.service + "@" + request.realm)
  }

  deinit {
    var minor: OM_uint32 = 0
    gss_delete_sec_context(&minor, &context, nil)
    gss_release_cred(&minor, &credential)
    gss_release_name(&minor, &name)
  }

  var service: AuthenticationTrailer.Service { .kerberos }
  var lastTokenIsAnswered: Bool { true }

  func next(after token: [UInt8]?) throws -> [UInt8]? {
    guard !isComplete else { return nil }
    var minor: OM_uint32 = 0
    var out = gss_buffer_desc()
    defer { gss_release_buffer(&minor, &out) }
    let flags =
      GSS_C_MUTUAL_FLAG | GSS_C_CONF_FLAG | GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG
      | GSS_C_SEQUENCE_FLAG | GSS_C_DCE_STYLE
    var input = token ?? []
    let major = input.withUnsafeMutableBytes { bytes in
      var buffer = gss_buffer_desc(length: bytes.count, value: bytes.baseAddress)
      return gss_init_sec_context(
        &minor, credential, &context, name, cgss_mechanism_krb5(), OM_uint32(flags), 0, nil,
        &buffer, nil, &out, nil, nil)
    }
    try Self.check("the exchange with the server", major, minor)
    isComplete = cgss_continues(major) == 0
    let bytes = UnsafeRawBufferPointer(start: out.value, count: out.length)
    return bytes.isEmpty ? nil : Array(bytes)
  }

  func sessionKey() throws -> SecretBytes {
    var minor: OM_uint32 = 0
    var set: gss_buffer_set_t?
    let major = gss_inquire_sec_context_by_oid(&minor, context, cgss_session_key(), &set)
    defer { gss_release_buffer_set(&minor, &set) }
    try Self.check("the session's key", major, minor)
    guard let set, set.pointee.count > 0, let element = set.pointee.elements?.pointee else {
      throw BrokenSeal(what: "the session has no key")
    }
    // The library's own copy is not wiped when it is released.
    defer { if let value = element.value { explicit_bzero(value, element.length) } }
    return SecretBytes(UnsafeRawBufferPointer(start: element.value, count: element.length))
  }

  func signatureLength(for count: Int) throws -> Int {
    var minor: OM_uint32 = 0
    var buffers = Self.buffers(count)
    let major = gss_wrap_iov_length(&minor, context, 1, 0, nil, &buffers, Int32(buffers.count))
    try Self.check("a signature's length", major, minor)
    return buffers[0].buffer.length
  }

  func seal(_ unit: inout SealedUnit) throws -> [UInt8] {
    var signature = [UInt8](repeating: 0, count: try signatureLength(for: unit.data.count))
    try withBuffers(&unit, &signature) { buffers in
      var minor: OM_uint32 = 0
      var isSealed: Int32 = 0
      let major = gss_wrap_iov(
        &minor, context, 1, 0, &isSealed, &buffers, Int32(buffers.count))
      try Self.check("sealing a request", major, minor)
      guard isSealed != 0 else { throw BrokenSeal(what: "a request would go out in clear") }
    }
    return signature
  }

  func unseal(_ unit: inout SealedUnit, signature: [UInt8]) throws {
    var signature = signature
    try withBuffers(&unit, &signature) { buffers in
      var minor: OM_uint32 = 0
      var isSealed: Int32 = 0
      let major = gss_unwrap_iov(
        &minor, context, &isSealed, nil, &buffers, Int32(buffers.count))
      guard cgss_failed(major) == 0, isSealed != 0 else {
        throw BrokenSeal(what: "an answer's signature is not its own")
      }
    }
  }

  // MARK: - Buffers

  // Signature, head, data, trailer: the second and fourth are signed only.
  private static func buffers(_ count: Int) -> [gss_iov_buffer_desc] {
    let kinds = [
      GSS_IOV_BUFFER_TYPE_HEADER, GSS_IOV_BUFFER_TYPE_SIGN_ONLY, GSS_IOV_BUFFER_TYPE_DATA,
      GSS_IOV_BUFFER_TYPE_SIGN_ONLY,
    ]
    return kinds.map { kind in
      let length = kind == GSS_IOV_BUFFER_TYPE_DATA ? count : 0
      return gss_iov_buffer_desc(
        type: OM_uint32(kind), buffer: gss_buffer_desc(length: length, value: nil))
    }
  }

  private func withBuffers(
    _ unit: inout SealedUnit, _ signature: inout [UInt8],
    _ body: (inout [gss_iov_buffer_desc]) throws -> Void
  ) throws {
    var head = unit.head
    var trailer = unit.trailer
    var buffers = Self.buffers(unit.data.count)
    try signature.withUnsafeMutableBytes { signature in
      try head.withUnsafeMutableBytes { head in
        try unit.data.withUnsafeMutableBytes { data in
          try trailer.withUnsafeMutableBytes { trailer in
            for (index, memory) in [signature, head, data, trailer].enumerated() {
              buffers[index].buffer = gss_buffer_desc(
                length: memory.count, value: memory.baseAddress)
            }
            try body(&buffers)
          }
        }
      }
    }
  }

  // MARK: - Names and credentials

  private static func credential(_ cache: String) throws(KerberosFailure) -> gss_cred_id_t? {
    var minor: OM_uint32 = 0
    var credential: gss_cred_id_t?
    let major = "ccache".withCString { key in
      cache.withCString { value in
        var element = gss_key_value_element_desc(key: key, value: value)
        return withUnsafeMutablePointer(to: &element) { elements in
          var store = gss_key_value_set_desc(count: 1, elements: elements)
          return gss_acquire_cred_from(
            &minor, nil, 0, nil, GSS_C_INITIATE, &store, &credential, nil, nil)
        }
      }
    }
    try check("the ticket that was got", major, minor)
    return credential
  }

  private static func name(_ text: String) throws(KerberosFailure) -> gss_name_t? {
    var minor: OM_uint32 = 0
    var name: gss_name_t?
    var bytes = Array(text.utf8)
    let major = bytes.withUnsafeMutableBytes { memory in
      var buffer = gss_buffer_desc(length: memory.count, value: memory.baseAddress)
      return gss_import_name(&minor, &buffer, cgss_name_krb5_principal(), &name)
    }
    try check("the server's name", major, minor)
    return name
  }

  private static func check(
    _ step: String, _ major: OM_uint32, _ minor: OM_uint32
  ) throws(KerberosFailure) {
    guard cgss_failed(major) != 0 else { return }
    var status: OM_uint32 = 0
    var more: OM_uint32 = 0
    var text = gss_buffer_desc()
    gss_display_status(
      &status, minor != 0 ? minor : major, minor != 0 ? GSS_C_MECH_CODE : GSS_C_GSS_CODE,
      cgss_mechanism_krb5(), &more, &text)
    defer { gss_release_buffer(&status, &text) }
    let words = String(
      decoding: UnsafeRawBufferPointer(start: text.value, count: text.length), as: UTF8.self)
    throw KerberosFailure(step: step, code: Int32(bitPattern: minor), words: words)
  }
}
