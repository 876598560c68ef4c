/// A colour as a theme names it.
public enum Color: Hashable, Sendable {
  /// What the terminal's user chose.
  case standard
  /// One of the sixteen that every user can set in the terminal, 0 to 15.
  case named(Int)
  /// One of the fixed cube and grey ramp of 256-colour terminals, 16 to 255.
  case index(Int)
  /// An exact colour; each part from 0 to 255.
  case rgb(red: Int, green: Int, blue: Int)

  /// The names of the sixteen, in their order.
  public static let names = [
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
    "bright-black", "bright-red", "bright-green", "bright-yellow", "bright-blue",
    "bright-magenta", "bright-cyan", "bright-white",
  ]

  /// Reads `default`, one of `names`, `0` to `255`, or `#rrggbb`.
  public init?(_ text: String) {
    if text == "default" {
      self = .standard
    } else if let number = Self.names.firstIndex(of: text) {
      self = .named(number)
    } else if text == "gray" || text == "grey" {
      self = .named(8)
    } else if let number = Int(text), (0...255).contains(number) {
      self = number < 16 ? .named(number) : .index(number)
    } else if text.first == "#", text.utf8.count == 7, let value = Int(text.dropFirst(), radix: 16)
    {
      self = .rgb(red: value >> 16, green: value >> 8 & 0xFF, blue: value & 0xFF)
    } else {
      return nil
    }
  }

  /// The colour's parts, when they are the same on every terminal.
  public var components: (red: Int, green: Int, blue: Int)? {
    switch self {
    case .standard, .named: return nil
    case .rgb(let red, let green, let blue): return (red, green, blue)
    case .index(let number) where number >= 232:
      let level = 8 + (number - 232) * 10
      return (level, level, level)
    case .index(let number):
      let cube = number - 16
      return (
        Self.levels[cube / 36], Self.levels[cube / 6 % 6], Self.levels[cube % 6]
      )
    }
  }

  /// The levels of the 6x6x6 cube.
  private static let levels = [0, 95, 135, 175, 215, 255]

  /// The colours that xterm gives the sixteen, for terminals addressed by exact colour only.
  static let usual: [Int] = [
    0x000000, 0xCD0000, 0x00CD00, 0xCDCD00, 0x0000EE, 0xCD00CD, 0x00CDCD, 0xE5E5E5,
    0x7F7F7F, 0xFF0000, 0x00FF00, 0xFFFF00, 0x5C5CFF, 0xFF00FF, 0x00FFFF, 0xFFFFFF,
  ]

  /// The nearest of the indexes 16 to 255.
  static func nearestIndex(red: Int, green: Int, blue: Int) -> Int {
    func step(_ part: Int) -> Int {
      levels.indices.min { abs(levels[$0] - part) < abs(levels[$1] - part) } ?? 0
    }
    let cube = 16 + 36 * step(red) + 6 * step(green) + step(blue)
    let grey = 232 + min(23, max(0, ((red + green + blue) / 3 - 3) / 10))
    func distance(_ index: Int) -> Int {
      guard let (r, g, b) = Color.index(index).components else { return .max }
      return (r - red) * (r - red) + (g - green) * (g - green) + (b - blue) * (b - blue)
    }
    return distance(grey) < distance(cube) ? grey : cube
  }

  /// WCAG 2.1 contrast of two colours with known parts, from 1 to 21.
  public static func contrast(_ one: Color, _ other: Color) -> Double? {
    guard let first = one.luminance, let second = other.luminance else { return nil }
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)
  }

  /// WCAG 2.1 relative luminance; the power of 2.4 is approached by a table-free cube-and-root.
  private var luminance: Double? {
    guard let (red, green, blue) = components else { return nil }
    func linear(_ part: Int) -> Double {
      let value = Double(part) / 255
      if value <= 0.03928 { return value / 12.92 }
      return Self.power24((value + 0.055) / 1.055)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// x to the power of 12/5: the fifth root by Newton's method, to the twelfth.
  private static func power24(_ x: Double) -> Double {
    var root = 1.0
    for _ in 0..<40 {
      root -= (root * root * root * root * root - x) / (5 * root * root * root * root)
    }
    let cube = root * root * root
    return cube * cube * cube * cube
  }
}
