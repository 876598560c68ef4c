extension AttributeValue {
  /// The value as text for a person who knows what attribute it is of: bytes as the SID or GUID that
  /// they are, else as hexadecimal digits.
  ///
  /// A SID needs one sub-authority at least, or eight bytes of anything that begins with 01 00 would
  /// be one.
  public func text(of attribute: String) -> String {
    guard case .binary(let bytes) = self else { return text }
    if bytes.count >= 12, let sid = SID(bytes: bytes) { return sid.description }
    if attribute.lowercased().contains("guid"), let guid = GUID(bytes: bytes) {
      return guid.description
    }
    return text
  }
}
