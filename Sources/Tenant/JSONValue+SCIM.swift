import JSON

extension JSONValue {
  /// Whether SCIM takes this for "unassigned": null, or an empty array (RFC 7643 §2.5).
  var isUnassigned: Bool {
    switch self {
    case .null: true
    case .array(let elements): elements.isEmpty
    default: false
    }
  }
}
