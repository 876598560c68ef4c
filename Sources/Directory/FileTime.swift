/// The times of Microsoft's directories.
extension Timestamp {
  // Milliseconds from 1601-01-01 to 1970-01-01.
  private static let epochs: Int64 = 11_644_473_600_000

  /// The moment of a FILETIME: 100-nanosecond steps since 1601-01-01 ([MS-DTYP] §2.3.3).
  ///
  /// Nil for 0, negative numbers and 0x7FFFFFFFFFFFFFFF, which mean "never" in `accountExpires`,
  /// `pwdLastSet` and their like.
  public init?(fileTime: Int64) {
    guard fileTime > 0, fileTime < Int64.max else { return nil }
    self.init(milliseconds: fileTime / 10_000 - Self.epochs)
  }

  /// The moment as FILETIME; nil before 1601 and beyond the year 30,828.
  public var fileTime: Int64? {
    guard milliseconds >= -Self.epochs else { return nil }
    let sum = milliseconds.addingReportingOverflow(Self.epochs)
    let product = sum.partialValue.multipliedReportingOverflow(by: 10_000)
    return sum.overflow || product.overflow ? nil : product.partialValue
  }

  /// The moment of a GeneralizedTime (RFC 4517 §3.3.13) such as `20261122201102.0Z`, in UTC.
  ///
  /// Minutes and seconds may be missing; a time with another zone than `Z` is no such moment.
  public init?(generalizedTime text: String) {
    var digits = Array(text.utf8)
    guard digits.popLast() == 0x5A else { return nil }
    var fraction: [UInt8] = []
    if let point = digits.firstIndex(where: { $0 == 0x2E || $0 == 0x2C }) {
      fraction = Array(digits[(point + 1)...])
      digits.removeSubrange(point...)
      guard digits.count == 14, !fraction.isEmpty else { return nil }
    }
    guard [10, 12, 14].contains(digits.count) else { return nil }
    digits += Array(repeating: 0x30, count: 14 - digits.count)
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
    var rfc = part(0..<4) + "-" + part(4..<6) + "-" + part(6..<8) + "T" + part(8..<10) + ":"
    rfc += part(10..<12) + ":" + part(12..<14)
    if !fraction.isEmpty { rfc += "." + String(decoding: fraction, as: UTF8.self) }
    self.init(rfc + "Z")
  }
}
