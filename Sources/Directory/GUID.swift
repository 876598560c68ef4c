/// A GUID in Microsoft's mixed byte order ([MS-DTYP] §2.3.4).
///
/// In bytes, as `objectGUID` holds it, the first three groups stand low byte first; printed, they
/// are read high byte first.
public struct GUID: Hashable, Sendable, CustomStringConvertible {
  private static let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15]
  private static let digits = Array("0123456789abcdef".utf8)

  /// The sixteen bytes in the order in which a directory stores them.
  public let bytes: [UInt8]

  /// The GUID that these bytes are, or nil unless there are sixteen of them.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 16 else { return nil }
    self.bytes = Array(bytes)
  }

  /// The GUID that is printed with these groups; the last number holds the fourth and fifth.
  public init(_ first: UInt32, _ second: UInt16, _ third: UInt16, _ rest: UInt64) {
    bytes =
      (0..<4).map { UInt8(truncatingIfNeeded: first >> (8 * $0)) }
      + [second, third].flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
      + (0..<8).map { UInt8(truncatingIfNeeded: rest >> (56 - 8 * $0)) }
  }

  /// The GUID printed as `text`, with or without braces, or nil if it is none.
  public init?(_ text: String) {
    var digits = Array(text.utf8)
    if digits.first == 0x7B, digits.last == 0x7D { digits = Array(digits.dropFirst().dropLast()) }
    guard digits.count == 36 else { return nil }
    for place in [23, 18, 13, 8] {
      guard digits[place] == 0x2D else { return nil }
      digits.remove(at: place)
    }
    guard let printed = Hexadecimal.decode(String(decoding: digits, as: UTF8.self)),
      printed.count == 16
    else { return nil }
    bytes = Self.order.map { printed[$0] }
  }

  /// The GUID as Microsoft prints it, in lower case: `6b29fc40-ca47-1067-b31d-00dd010662da`.
  public var description: String {
    String(unsafeUninitializedCapacity: 36) { out in
      var place = 0
      for (index, source) in Self.order.enumerated() {
        if index == 4 || index == 6 || index == 8 || index == 10 {
          out[place] = 0x2D
          place += 1
        }
        out[place] = Self.digits[Int(bytes[source] >> 4)]
        out[place + 1] = Self.digits[Int(bytes[source] & 15)]
        place += 2
      }
      return place
    }
  }
}
