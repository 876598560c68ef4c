/// Spans of time as people write them: `30m`, `1d12h`, `2h 41m`.
public enum DurationText {
  private static let units: [(letter: UInt8, seconds: Int64)] = [
    (UInt8(ascii: "d"), 86_400), (UInt8(ascii: "h"), 3600), (UInt8(ascii: "m"), 60),
    (UInt8(ascii: "s"), 1),
  ]

  /// The span that `text` spells, or nil if it spells none.
  ///
  /// Whole numbers with a unit of d, h, m or s, the largest first, each at most once; spaces between
  /// the parts are allowed, a sign is not.
  public static func parse(_ text: String) -> Duration? {
    var total: Int64 = 0
    var number: Int64?
    var rest = units[...]
    for byte in text.utf8 {
      if byte >= 0x30, byte <= 0x39 {
        let (product, tooBig) = (number ?? 0).multipliedReportingOverflow(by: 10)
        let (sum, overflow) = product.addingReportingOverflow(Int64(byte - 0x30))
        guard !tooBig, !overflow else { return nil }
        number = sum
      } else if byte == 0x20, number == nil, rest.count < units.count {
        continue
      } else {
        guard let count = number, let index = rest.firstIndex(where: { $0.letter == byte }),
          let sum = added(total, count, units[index].seconds)
        else { return nil }
        total = sum
        number = nil
        rest = rest[(index + 1)...]
      }
    }
    guard number == nil, rest.count < units.count else { return nil }
    return .seconds(total)
  }

  /// `duration` in its two largest units: `2h 41m`, `3d`, `45s`; a rest below them is dropped.
  public static func print(_ duration: Duration) -> String {
    var seconds = duration.components.seconds
    guard seconds != 0 else { return "0s" }
    let sign = seconds < 0 ? "-" : ""
    var parts: [String] = []
    for unit in units {
      let count = (seconds / unit.seconds).magnitude
      if count > 0 {
        parts.append("\(count)\(Character(Unicode.Scalar(unit.letter)))")
      } else if !parts.isEmpty {
        break
      }
      if parts.count == 2 { break }
      seconds %= unit.seconds
    }
    return sign + parts.joined(separator: " ")
  }

  private static func added(_ total: Int64, _ count: Int64, _ unit: Int64) -> Int64? {
    let (product, tooBig) = count.multipliedReportingOverflow(by: unit)
    let (sum, overflow) = total.addingReportingOverflow(product)
    return tooBig || overflow ? nil : sum
  }
}
