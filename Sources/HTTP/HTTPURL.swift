import CSystem

/// What has to be known of a URL without a whole parser.
package enum HTTPURL {
  /// The host part in lower case, without brackets, port and user; nil if there is none.
  package static func host(_ url: String) -> String? {
    guard let scheme = url.range(of: "://") else { return nil }
    let rest = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let address = rest.split(separator: "@", omittingEmptySubsequences: false).last ?? rest
    if address.hasPrefix("[") {
      guard let end = address.firstIndex(of: "]") else { return nil }
      return address[address.index(after: address.startIndex)..<end].lowercased()
    }
    let host = address.prefix { $0 != ":" }
    return host.isEmpty ? nil : host.lowercased()
  }

  /// Whether `url` leads to this machine by a loopback address, however it is spelled, or its usual
  /// name.
  package static func isLoopback(_ url: String) -> Bool {
    // C would read no further than the first NUL.
    guard let host = host(url), !host.utf8.contains(0) else { return false }
    return host.hasSuffix(".localhost") || cs_is_this_machine(host) == 1
  }

  /// `text` with everything percent-encoded that is not unreserved (RFC 3986 §2.3).
  package static func encode(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var out: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(byte)
      default: out += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}

extension String {
  /// Where `text` first stands, without Foundation.
  package func range(of text: String) -> Range<String.Index>? {
    let wanted = Array(text.utf8)
    var start = utf8.startIndex
    while start < utf8.endIndex {
      if utf8[start...].starts(with: wanted) {
        return start..<utf8.index(start, offsetBy: wanted.count)
      }
      start = utf8.index(after: start)
    }
    return nil
  }
}
