/// A security identifier ([MS-DTYP] §2.4.2): `S-1-5-21-1004336348-1177238915-682003330-512`.
public struct SID: Hashable, Sendable, CustomStringConvertible {
  /// The identifier authority, 48 bits; 5 is Windows NT.
  public let authority: UInt64
  /// The sub-authorities, at most fifteen; the last one is the relative id.
  public let subAuthorities: [UInt32]

  /// A SID of these parts, or nil if they do not fit ([MS-DTYP] §2.4.2.2).
  public init?(authority: UInt64, subAuthorities: [UInt32]) {
    guard authority < 1 << 48, subAuthorities.count <= 15 else { return nil }
    self.authority = authority
    self.subAuthorities = subAuthorities
  }

  /// The SID that these bytes are, as `objectSid` holds it, or nil if they are none.
  public init?(bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count >= 8, bytes[0] == 1, bytes[1] <= 15, bytes.count == 8 + 4 * Int(bytes[1])
    else { return nil }
    authority = bytes[2..<8].reduce(0) { $0 << 8 | UInt64($1) }
    subAuthorities = stride(from: 8, to: bytes.count, by: 4).map { place in
      bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
  }

  /// The SID printed as `text` ([MS-DTYP] §2.4.2.1), or nil if it is none.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts.count <= 18, parts[0] == "S" || parts[0] == "s",
      parts[1] == "1", let authority = Self.number(parts[2]), authority < 1 << 48
    else { return nil }
    var rest: [UInt32] = []
    for part in parts.dropFirst(3) {
      guard part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt32(part) else {
        return nil
      }
      rest.append(number)
    }
    self.authority = authority
    subAuthorities = rest
  }

  private static func number(_ text: Substring) -> UInt64? {
    if text.hasPrefix("0x") || text.hasPrefix("0X") {
      let digits = text.dropFirst(2)
      // `UInt64` would take a sign.
      return digits.utf8.allSatisfy { Hexadecimal.value(of: $0) != nil }
        ? UInt64(digits, radix: 16) : nil
    }
    return text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt64(text) : nil
  }

  /// The bytes as `objectSid` holds them.
  public var bytes: [UInt8] {
    var out: [UInt8] = [1, UInt8(subAuthorities.count)]
    for shift in stride(from: 40, through: 0, by: -8) {
      out.append(UInt8(truncatingIfNeeded: authority >> UInt64(shift)))
    }
    for part in subAuthorities {
      for shift in stride(from: 0, through: 24, by: 8) {
        out.append(UInt8(truncatingIfNeeded: part >> UInt32(shift)))
      }
    }
    return out
  }

  /// The SID as Microsoft prints it; authorities of more than 32 bits in hexadecimal.
  public var description: String {
    var head = String(authority)
    if authority >= 1 << 32 {
      let digits = String(authority, radix: 16, uppercase: true)
      head = "0x" + String(repeating: "0", count: 12 - digits.count) + digits
    }
    return (["S-1", head] + subAuthorities.map { String($0) }).joined(separator: "-")
  }
}
