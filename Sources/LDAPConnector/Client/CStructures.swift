import CLDAP
import Glibc

/// Calls `body` with `texts` as a list of C strings that ends with NULL.
func withCStrings<R>(
  _ texts: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
  let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: texts.count + 1)
  for (place, text) in texts.enumerated() { list[place] = strdup(text) }
  list[texts.count] = nil
  defer {
    for place in texts.indices { free(list[place]) }
    list.deallocate()
  }
  return body(list)
}

/// Calls `body` with `controls` as libldap takes them; with nil if there are none.
func withControls<R>(
  _ controls: [ServerControl],
  _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CLDAP.LDAPControl>?>?) -> R
) -> R {
  guard !controls.isEmpty else { return body(nil) }
  let list = UnsafeMutablePointer<UnsafeMutablePointer<CLDAP.LDAPControl>?>.allocate(
    capacity: controls.count + 1)
  for (place, control) in controls.enumerated() {
    let made = UnsafeMutablePointer<CLDAP.LDAPControl>.allocate(capacity: 1)
    made.initialize(
      to: CLDAP.LDAPControl(
        ldctl_oid: strdup(control.oid), ldctl_value: allocated(control.value),
        ldctl_iscritical: control.isCritical ? 1 : 0))
    list[place] = made
  }
  list[controls.count] = nil
  defer {
    for place in controls.indices {
      guard let control = list[place] else { continue }
      free(control.pointee.ldctl_oid)
      free(control.pointee.ldctl_value.bv_val)
      control.deallocate()
    }
    list.deallocate()
  }
  return body(list)
}

/// A copy of `bytes` that is the caller's to `free`; nil is no value at all.
func allocated(_ bytes: [UInt8]?) -> berval {
  guard let bytes, let memory = malloc(max(bytes.count, 1)) else { return berval() }
  bytes.withUnsafeBytes { source in
    if let address = source.baseAddress { memcpy(memory, address, source.count) }
  }
  return berval(
    bv_len: ber_len_t(bytes.count), bv_val: memory.assumingMemoryBound(to: CChar.self))
}

/// A copy of `bytes` that is the caller's to overwrite and `free`.
func allocated(_ bytes: UnsafeRawBufferPointer) -> berval {
  guard let memory = malloc(max(bytes.count, 1)) else { return berval() }
  if let address = bytes.baseAddress { memcpy(memory, address, bytes.count) }
  return berval(
    bv_len: ber_len_t(bytes.count), bv_val: memory.assumingMemoryBound(to: CChar.self))
}
