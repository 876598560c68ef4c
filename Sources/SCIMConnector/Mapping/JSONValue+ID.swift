import JSON

extension JSONValue {
  /// The id that it is; ids are texts (RFC 7643 §3.1), which some servers write as numbers.
  var id: String? {
    switch self {
    case .string(let text): text.isEmpty ? nil : text
    case .integer(let number): String(number)
    default: nil
    }
  }
}
