/// A request as the scripted server has read it.
package struct ReceivedRequest: Sendable {
  package var method: String
  /// The path with its query, as sent.
  package var target: String
  package var headers: [String: String]
  package var body: [UInt8]
  /// Which connection it came on, counted from 0.
  package var connection: Int

  package var path: String { String(target.prefix { $0 != "?" }) }

  /// The parameters of the query, decoded.
  package var query: [String: String] {
    guard let mark = target.firstIndex(of: "?") else { return [:] }
    var result: [String: String] = [:]
    for pair in target[target.index(after: mark)...].split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      result[String(parts[0])] = parts.count > 1 ? Self.decode(parts[1]) : ""
    }
    return result
  }

  private static func decode(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
