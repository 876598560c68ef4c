import Directory

/// Reads dates as people and directories write them.
///
/// A date is `2013-01-10`, `12/25/2007` (month first, as in .NET's invariant culture), or
/// has the month by name: `25 Dec 2007`, `December 25, 2007`. A time may follow, with AM or PM, and a
/// zone: `Z`, `GMT`, `UTC`, `-8`, `+01:00`. Without a zone, the time is UTC. GeneralizedTime is read
/// as well, as directories hold dates in it.
struct DateText {
  private enum Word: Equatable {
    case number(Int, digits: Int)
    case name(String)
    case mark(UInt8)
  }

  private var words: [Word]
  private var time: CivilTime
  private var offset = 0

  /// The moment that `text` names, in UTC, or nil.
  static func parse(_ text: String) -> Timestamp? {
    let trimmed = Text.trim(text, leading: true, trailing: true)
    guard trimmed.utf8.count <= 64, !trimmed.isEmpty else { return nil }
    if let moment = Timestamp(generalizedTime: trimmed), moment.isInRange { return moment }
    guard var reader = DateText(trimmed) else { return nil }
    return reader.read()
  }

  private init?(_ text: String) {
    words = []
    time = CivilTime(year: 0, month: 0, day: 0)
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.first {
      switch byte {
      case 0x30...0x39:
        let digits = bytes.prefix { (0x30...0x39).contains($0) }
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
        words.append(.number(number, digits: digits.count))
        bytes = bytes.dropFirst(digits.count)
      case 0x41...0x5A, 0x61...0x7A:
        let letters = bytes.prefix { (0x61...0x7A).contains($0 | 0x20) }
        words.append(.name(String(decoding: letters, as: UTF8.self).lowercased()))
        bytes = bytes.dropFirst(letters.count)
      default:
        guard byte < 0x80 else { return nil }
        words.append(.mark(byte))
        bytes = bytes.dropFirst()
      }
    }
  }

  private mutating func read() -> Timestamp? {
    skipDayName()
    guard readDate() else { return nil }
    if !words.isEmpty {
      let separators: [Word] = [.name("t"), .mark(0x20), .mark(0x2C)]
      guard separators.contains(words[0]) else { return nil }
      if words[0] == .name("t") { words.removeFirst() }
      guard readTime(), readZone() else { return nil }
    }
    guard words.isEmpty, let moment = time.timestamp else { return nil }
    let shifted = Timestamp(milliseconds: moment.milliseconds - Int64(offset) * 60_000)
    return shifted.isInRange ? shifted : nil
  }

  private mutating func skipDayName() {
    guard case .name(let name)? = words.first,
      DateNames.days.contains(where: {
        $0.lowercased() == name || $0.lowercased().prefix(3) == name
      })
    else { return }
    words.removeFirst()
    skipSpace()
  }

  private mutating func readDate() -> Bool {
    if case .name(let name)? = words.first { return readMonthFirst(name) }
    guard let (first, digits) = takeNumber() else { return false }
    guard let separator = takeSeparator() else { return false }
    if case .name(let name)? = words.first, let month = Self.month(name) {
      words.removeFirst()
      guard takeSeparator() != nil, let (year, count) = takeNumber() else { return false }
      return set(year, count, month, first)
    }
    guard separator != 0x20, let (second, _) = takeNumber(), takeMark(separator),
      let (third, thirdDigits) = takeNumber()
    else { return false }
    return digits >= 3
      ? set(first, digits, second, third) : set(third, thirdDigits, first, second)
  }

  private mutating func readMonthFirst(_ name: String) -> Bool {
    guard let month = Self.month(name) else { return false }
    words.removeFirst()
    skipSpace()
    guard let (day, _) = takeNumber() else { return false }
    skipSpace()
    guard let (year, digits) = takeNumber() else { return false }
    return set(year, digits, month, day)
  }

  // Two digits mean 1950 to 2049, as .NET reads them.
  private mutating func set(_ year: Int, _ digits: Int, _ month: Int, _ day: Int) -> Bool {
    time.year = digits <= 2 ? (year < 50 ? 2000 + year : 1900 + year) : year
    time.month = month
    time.day = day
    return time.timestamp != nil
  }

  private mutating func readTime() -> Bool {
    skipSpace()
    if words.isEmpty { return true }
    guard let (hour, _) = takeNumber() else { return false }
    time.hour = hour
    var isClock = false
    if takeMark(0x3A) {
      guard let (minute, _) = takeNumber() else { return false }
      time.minute = minute
      isClock = true
      if takeMark(0x3A) {
        guard let (second, _) = takeNumber() else { return false }
        time.second = second
        if takeMark(0x2E), !readFraction() { return false }
      }
    }
    return readHalf() || isClock
  }

  private mutating func readFraction() -> Bool {
    guard let (number, digits) = takeNumber(), digits <= 9 else { return false }
    var value = number
    for _ in min(digits, 3)..<3 { value *= 10 }
    for _ in 3..<max(digits, 3) { value /= 10 }
    time.millisecond = value
    return true
  }

  /// Takes AM or PM; whether there was one, in a way that suits the hour.
  private mutating func readHalf() -> Bool {
    let kept = words
    skipSpace()
    guard case .name(let name)? = words.first, ["am", "pm", "a", "p"].contains(name),
      (1...12).contains(time.hour)
    else {
      words = kept
      return false
    }
    words.removeFirst()
    time.hour = time.hour % 12 + (name.first == "p" ? 12 : 0)
    return true
  }

  private mutating func readZone() -> Bool {
    skipSpace()
    if words.isEmpty { return true }
    if case .name(let name) = words[0] {
      words.removeFirst()
      return ["z", "gmt", "utc"].contains(name)
    }
    let sign = words[0] == .mark(0x2D) ? -1 : 1
    guard takeMark(0x2D) || takeMark(0x2B), let (number, digits) = takeNumber() else {
      return false
    }
    var hours = number
    var minutes = 0
    if digits == 4 {
      (hours, minutes) = (number / 100, number % 100)
    } else if takeMark(0x3A) {
      guard let (rest, _) = takeNumber() else { return false }
      minutes = rest
    }
    guard hours <= 14, minutes < 60 else { return false }
    offset = sign * (hours * 60 + minutes)
    return true
  }

  private static func month(_ name: String) -> Int? {
    DateNames.months.firstIndex { $0.lowercased() == name || $0.lowercased().prefix(3) == name }
      .map { $0 + 1 }
  }

  private mutating func takeNumber() -> (Int, Int)? {
    guard case .number(let number, let digits)? = words.first else { return nil }
    words.removeFirst()
    return (number, digits)
  }

  private mutating func takeMark(_ mark: UInt8) -> Bool {
    guard words.first == .mark(mark) else { return false }
    words.removeFirst()
    return true
  }

  /// Takes what stands between the parts of a date, and returns it.
  private mutating func takeSeparator() -> UInt8? {
    guard case .mark(let mark)? = words.first, [0x2D, 0x2F, 0x2E, 0x20].contains(mark) else {
      return nil
    }
    words.removeFirst()
    return mark
  }

  private mutating func skipSpace() {
    while takeMark(0x20) || takeMark(0x2C) {}
  }
}
