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

extension String {
  /// The id as it is compared: a GUID is the same in capitals (RFC 9562 §4).
  var caselessID: String { isGUID ? lowercased() : self }

  /// Whether it is written as GUIDs are: 8-4-4-4-12 hexadecimal digits.
  var isGUID: Bool {
    let bytes = utf8
    guard bytes.count == 36 else { return false }
    return zip(0..., bytes).allSatisfy { place, byte in
      [8, 13, 18, 23].contains(place) ? byte == 0x2D : Self.isDigit(byte)
    }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
    default: false
    }
  }
}
