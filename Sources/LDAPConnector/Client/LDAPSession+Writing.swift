import CLDAP
import Glibc
import Secrets

/// One change of an attribute (RFC 4511 §4.6).
struct LDAPModification: Hashable, Sendable {
  /// What happens to the values.
  enum Operation: Sendable { case add, delete, replace }

  /// What happens to the values.
  var operation: Operation
  /// The attribute's description.
  var attribute: String
  /// The values; to delete none is to delete the attribute.
  var values: [[UInt8]]

  init(_ operation: Operation, _ attribute: String, _ values: [[UInt8]]) {
    self.operation = operation
    self.attribute = attribute
    self.values = values
  }
}

extension LDAPSession {
  /// Creates an object.
  func add(
    _ dn: String, _ attributes: [SearchAttribute], _ controls: [ServerControl],
    _ patience: Patience
  ) throws(LDAPError) -> LDAPResult {
    let parts = attributes.map { LDAPModification(.add, $0.description, $0.values) }
    return try write("The object could not be sent", patience) { raw, message in
      withModifications(parts) { parts in
        withControls(controls) { ldap_add_ext(raw, dn, parts, $0, nil, &message) }
      }
    }
  }

  /// Changes an object's attributes.
  func modify(
    _ dn: String, _ modifications: [LDAPModification], _ controls: [ServerControl],
    _ patience: Patience
  ) throws(LDAPError) -> LDAPResult {
    try write("The change could not be sent", patience) { raw, message in
      withModifications(modifications) { parts in
        withControls(controls) { ldap_modify_ext(raw, dn, parts, $0, nil, &message) }
      }
    }
  }

  /// Gives an attribute a secret as its one value, and changes others with it.
  func replace(
    _ dn: String, _ attribute: String, with secret: SecretBytes,
    and modifications: [LDAPModification], _ controls: [ServerControl], _ patience: Patience
  ) throws(LDAPError) -> LDAPResult {
    let parts = [LDAPModification(.replace, attribute, [])] + modifications
    return try write("The change could not be sent", patience) { raw, message in
      withModifications(parts, secret: secret) { parts in
        withControls(controls) { ldap_modify_ext(raw, dn, parts, $0, nil, &message) }
      }
    }
  }

  /// Gives an object another name, or another place.
  func rename(
    _ dn: String, to rdn: String, below superior: String?, deletesOld: Bool,
    _ controls: [ServerControl], _ patience: Patience
  ) throws(LDAPError) -> LDAPResult {
    try write("The new name could not be sent", patience) { raw, message in
      withControls(controls) {
        ldap_rename(raw, dn, rdn, superior, deletesOld ? 1 : 0, $0, nil, &message)
      }
    }
  }

  /// Removes an object.
  func delete(
    _ dn: String, _ controls: [ServerControl], _ patience: Patience
  ) throws(LDAPError) -> LDAPResult {
    try write("The removal could not be sent", patience) { raw, message in
      withControls(controls) { ldap_delete_ext(raw, dn, $0, nil, &message) }
    }
  }

  private func write(
    _ what: String, _ patience: Patience, _ send: (OpaquePointer, inout Int32) -> Int32
  ) throws(LDAPError) -> LDAPResult {
    guard !settings.isReadOnly else {
      throw LDAPError(
        .notSent, server: handleName, message: "This connection may only read")
    }
    return try result(of: try begin(what, send), patience)
  }
}

/// Calls `body` with `modifications` as libldap takes them.
///
/// - Parameter secret: The value of the first of them; nil if it has its own.
private func withModifications<R>(
  _ modifications: [LDAPModification], secret: SecretBytes? = nil,
  _ body: (UnsafeMutablePointer<UnsafeMutablePointer<LDAPMod>?>) -> R
) -> R {
  let list = UnsafeMutablePointer<UnsafeMutablePointer<LDAPMod>?>.allocate(
    capacity: modifications.count + 1)
  for (place, modification) in modifications.enumerated() {
    list[place] = allocated(modification, place == 0 ? secret : nil)
  }
  list[modifications.count] = nil
  defer {
    for place in modifications.indices { release(list[place]) }
    list.deallocate()
  }
  return body(list)
}

private func allocated(
  _ modification: LDAPModification, _ secret: SecretBytes?
) -> UnsafeMutablePointer<LDAPMod> {
  let count = modification.values.count + (secret == nil ? 0 : 1)
  let values = UnsafeMutablePointer<UnsafeMutablePointer<berval>?>.allocate(capacity: count + 1)
  for (place, value) in modification.values.enumerated() {
    let made = UnsafeMutablePointer<berval>.allocate(capacity: 1)
    made.initialize(to: allocated(value))
    values[place] = made
  }
  if let secret {
    let made = UnsafeMutablePointer<berval>.allocate(capacity: 1)
    made.initialize(to: secret.withBytes { allocated($0) })
    values[count - 1] = made
  }
  values[count] = nil
  let operation =
    switch modification.operation {
    case .add: LDAP_MOD_ADD
    case .delete: LDAP_MOD_DELETE
    case .replace: LDAP_MOD_REPLACE
    }
  let made = UnsafeMutablePointer<LDAPMod>.allocate(capacity: 1)
  made.initialize(
    to: LDAPMod(
      mod_op: operation | LDAP_MOD_BVALUES, mod_type: strdup(modification.attribute),
      mod_vals: mod_vals_u(modv_bvals: values)))
  return made
}

private func release(_ modification: UnsafeMutablePointer<LDAPMod>?) {
  guard let modification else { return }
  var place = 0
  while let value = modification.pointee.mod_vals.modv_bvals?[place] {
    if let bytes = value.pointee.bv_val {
      explicit_bzero(bytes, Int(value.pointee.bv_len))
      free(bytes)
    }
    value.deallocate()
    place += 1
  }
  modification.pointee.mod_vals.modv_bvals?.deallocate()
  free(modification.pointee.mod_type)
  modification.deallocate()
}
