/// The escapes of URLs (RFC 3986 §2.1) and of query strings.
enum Percent {
  /// The text that `escaped` stands for; nil if an escape is broken or it is no UTF-8.
  ///
  /// - Parameter isQuery: whether `+` stands for a space, as in forms.
  static func decode(_ escaped: some StringProtocol, isQuery: Bool) -> String? {
    var decoded: [UInt8] = []
    var bytes = Array(escaped.utf8)[...]
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "%"):
        guard bytes.count >= 2,
          let value = UInt8(String(decoding: bytes.prefix(2), as: UTF8.self), radix: 16)
        else { return nil }
        bytes = bytes.dropFirst(2)
        decoded.append(value)
      case UInt8(ascii: "+") where isQuery: decoded.append(0x20)
      default: decoded.append(byte)
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  /// The parameters of a query string; nil if an escape is broken.
  static func parameters(_ query: String) -> [String: String]? {
    var parameters: [String: String] = [:]
    for pair in query.split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decode(parts[0], isQuery: true),
        let value = decode(parts.count == 2 ? parts[1] : "", isQuery: true)
      else { return nil }
      parameters[name] = value
    }
    return parameters
  }
}
