import Glibc
import Secrets

/// A form as browsers send it, the password in it kept apart as a secret.
struct FormBody {
  /// The other fields.
  var fields: [String: String] = [:]
  /// The field `password` in UTF-8; nil if there is none.
  var password: SecretBytes?

  /// The form in `bytes`, which are overwritten; nil if an escape is broken.
  ///
  /// They are overwritten where they are if nothing else holds the array, and in a copy if
  /// something does. What the HTTP server read them into is not within reach.
  init?(_ bytes: inout [UInt8]) {
    defer { bytes.withUnsafeMutableBytes { Self.wipe($0) } }
    var others: [ArraySlice<UInt8>] = []
    let head = Array("password=".utf8)
    for pair in bytes.split(separator: UInt8(ascii: "&")) {
      if pair.starts(with: head) {
        guard let decoded = Self.decode(pair.dropFirst(head.count)) else { return nil }
        password = decoded
      } else {
        others.append(pair)
      }
    }
    let text = String(decoding: Array(others.joined(separator: [UInt8(ascii: "&")])), as: UTF8.self)
    guard let fields = Percent.parameters(text) else { return nil }
    self.fields = fields
  }

  private static func decode(_ escaped: ArraySlice<UInt8>) -> SecretBytes? {
    var length = 0
    var isWhole = true
    let room = SecretBytes(count: escaped.count) { out in
      var rest = escaped
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%") {
          guard rest.count >= 2, let high = Percent.digit(rest[rest.startIndex]),
            let low = Percent.digit(rest[rest.startIndex + 1])
          else {
            isWhole = false
            return
          }
          out[length] = high << 4 | low
          rest = rest.dropFirst(2)
        } else {
          out[length] = byte == UInt8(ascii: "+") ? 0x20 : byte
        }
        length += 1
      }
    }
    guard isWhole else { return nil }
    return SecretBytes(count: length) { out in
      room.withBytes { out.copyBytes(from: $0.prefix(length)) }
    }
  }

  private static func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
    if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
  }
}
