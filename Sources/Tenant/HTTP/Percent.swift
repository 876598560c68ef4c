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
        guard let high = bytes.popFirst().flatMap(digit), let low = bytes.popFirst().flatMap(digit)
        else { return nil }
        decoded.append(high << 4 | low)
      case UInt8(ascii: "+") where isQuery: decoded.append(0x20)
      default: decoded.append(byte)
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  /// The value of a hexadecimal digit; nil if `byte` is none.
  static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
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
