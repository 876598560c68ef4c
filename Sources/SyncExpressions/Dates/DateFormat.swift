import Directory

/// Writes a moment as a format string of .NET says, in UTC and the invariant culture.
struct DateFormat {
  private let time: CivilTime
  private var result = ""

  private init(_ time: CivilTime) { self.time = time }

  /// The moment as `format` says: a custom format, or one letter for a standard one.
  ///
  /// Nil for an unfinished quotation, a single letter without meaning, or more than seven digits of
  /// a second, which .NET refuses too.
  static func text(of moment: Timestamp, _ format: String) -> String? {
    let scalars = Array(format.unicodeScalars)
    var writer = DateFormat(CivilTime(moment))
    if scalars.isEmpty {
      return writer.write(Array(standard["G"]?.unicodeScalars ?? "".unicodeScalars))
    }
    if scalars.count == 1 {
      guard let custom = standard[Character(scalars[0])] else { return nil }
      return writer.write(Array(custom.unicodeScalars))
    }
    return writer.write(scalars)
  }

  // The standard formats of the invariant culture.
  private static let standard: [Character: String] = [
    "d": "MM/dd/yyyy", "D": "dddd, dd MMMM yyyy", "f": "dddd, dd MMMM yyyy HH:mm",
    "F": "dddd, dd MMMM yyyy HH:mm:ss", "g": "MM/dd/yyyy HH:mm", "G": "MM/dd/yyyy HH:mm:ss",
    "m": "MMMM dd", "M": "MMMM dd", "o": "yyyy-MM-ddTHH:mm:ss.fffffffZ",
    "O": "yyyy-MM-ddTHH:mm:ss.fffffffZ", "r": "ddd, dd MMM yyyy HH:mm:ss 'GMT'",
    "R": "ddd, dd MMM yyyy HH:mm:ss 'GMT'", "s": "yyyy-MM-ddTHH:mm:ss", "t": "HH:mm",
    "T": "HH:mm:ss", "u": "yyyy-MM-dd HH:mm:ssZ", "U": "dddd, dd MMMM yyyy HH:mm:ss",
    "y": "yyyy MMMM", "Y": "yyyy MMMM",
  ]

  private mutating func write(_ format: [Unicode.Scalar]) -> String? {
    var index = 0
    while index < format.count {
      let scalar = format[index]
      switch scalar {
      case "\"", "'":
        guard let end = format[(index + 1)...].firstIndex(of: scalar) else { return nil }
        result.unicodeScalars.append(contentsOf: format[(index + 1)..<end])
        index = end + 1
      case "\\":
        guard index + 1 < format.count else { return nil }
        result.unicodeScalars.append(format[index + 1])
        index += 2
      case "%":
        // The letter behind it stands alone, whatever comes next.
        guard index + 1 < format.count, !"%\"'\\".unicodeScalars.contains(format[index + 1]) else {
          return nil
        }
        if !letters(format[index + 1], 1) { result.unicodeScalars.append(format[index + 1]) }
        index += 2
      default:
        let end = format[index...].firstIndex { $0 != scalar } ?? format.count
        if scalar == "f" || scalar == "F", end - index > 7 { return nil }
        if !letters(scalar, end - index) {
          result.unicodeScalars.append(contentsOf: format[index..<end])
        }
        index = end
      }
    }
    return result
  }

  /// Writes what `count` times the letter stands for; whether it stands for anything.
  private mutating func letters(_ letter: Unicode.Scalar, _ count: Int) -> Bool {
    switch letter {
    case "d":
      let name = DateNames.days[time.weekday]
      if count < 3 {
        pad(time.day, count)
      } else {
        result += count == 3 ? name.prefix(3) : name[...]
      }
    case "M":
      let name = DateNames.months[time.month - 1]
      if count < 3 {
        pad(time.month, count)
      } else {
        result += count == 3 ? name.prefix(3) : name[...]
      }
    case "y": pad(count < 3 ? time.year % 100 : time.year, count)
    case "H": pad(time.hour, min(count, 2))
    case "h": pad((time.hour + 11) % 12 + 1, min(count, 2))
    case "m": pad(time.minute, min(count, 2))
    case "s": pad(time.second, min(count, 2))
    case "t": result += (time.hour < 12 ? "AM" : "PM").prefix(count)
    case "f", "F": fraction(count, keepsZeros: letter == "f")
    case "g": result += "A.D."
    case "K": result += String(repeating: "Z", count: count)
    case "z": result += count == 1 ? "+0" : count == 2 ? "+00" : "+00:00"
    default: return false
    }
    return true
  }

  private mutating func pad(_ number: Int, _ width: Int) {
    let digits = String(number)
    result += String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private mutating func fraction(_ count: Int, keepsZeros: Bool) {
    let milliseconds = String(time.millisecond)
    let digits = String(repeating: "0", count: 3 - milliseconds.count) + milliseconds
    var text = (digits + "0000").prefix(count)
    while !keepsZeros, text.last == "0" { text.removeLast() }
    if text.isEmpty, result.last == "." { result.removeLast() }
    result += text
  }
}
