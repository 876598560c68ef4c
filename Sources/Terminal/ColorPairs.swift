import CNcursesw
import Cells

/// Turns looks into curses attributes and colour pairs, and makes pairs as they are needed.
struct ColorPairs {
  /// What the terminal can do.
  let tier: ColorTier
  private let colors: Int
  private let limit: Int
  private let isDirect: Bool
  private let hasDefaults: Bool
  private var pairs: [Pair: Int32] = [:]
  private var next: Int32 = 1

  private struct Pair: Hashable {
    var foreground: Int32
    var background: Int32
  }

  /// Asks terminfo, after the screen is open; `start_color` succeeds even without colours, so
  /// `has_colors` decides.
  init(_ choice: TerminalOptions.ColorChoice) {
    let isRefused =
      choice == .never || (choice == .automatic && Environment.value("NO_COLOR") != nil)
    guard !isRefused, has_colors(), start_color() == OK, nc_colors() >= 8 else {
      tier = .mono
      colors = 0
      limit = 0
      isDirect = false
      hasDefaults = false
      return
    }
    hasDefaults = use_default_colors() == OK
    isDirect = nc_colors() > 256 && nc_is_direct_color() != 0
    colors = choice == .sixteen && !isDirect ? min(16, Int(nc_colors())) : Int(nc_colors())
    limit = Int(nc_color_pairs())
    tier = choice == .sixteen || colors < 256 ? .base : .rich
  }

  /// The curses attributes and pair of a look.
  mutating func attributes(of look: Look) -> (attributes: attr_t, pair: Int32) {
    var attributes = look.attributes
    guard tier != .mono else { return (Self.bits(attributes), 0) }
    let foreground = number(look.foreground, isBackground: false, &attributes)
    let background = number(look.background, isBackground: true, &attributes)
    let pair = pair(Pair(foreground: foreground, background: background))
    return (Self.bits(attributes), pair)
  }

  private mutating func pair(_ wanted: Pair) -> Int32 {
    if wanted == Pair(foreground: -1, background: -1) { return 0 }
    if let known = pairs[wanted] { return known }
    guard next < limit, init_extended_pair(next, wanted.foreground, wanted.background) == OK else {
      return 0
    }
    pairs[wanted] = next
    next += 1
    return next - 1
  }

  /// The terminal's number of a colour.
  ///
  /// Eight-colour terminals show bright text as bold, and bright
  /// black, which bold would leave invisible on some, as dim.
  private func number(
    _ color: Color, isBackground: Bool, _ attributes: inout Attributes
  ) -> Int32 {
    switch color {
    case .standard: return hasDefaults ? -1 : isBackground ? 0 : 7
    case .named(let number) where number < 8: return Int32(number)
    case .named(let number):
      if isDirect { return Int32(Color.usual[number]) }
      if colors >= 16 { return Int32(number) }
      if isBackground { return Int32(number - 8) }
      attributes.insert(number == 8 ? .dim : .bold)
      return number == 8 ? (hasDefaults ? -1 : 7) : Int32(number - 8)
    case .index, .rgb:
      guard let (red, green, blue) = color.components, colors >= 256 else {
        return hasDefaults ? -1 : isBackground ? 0 : 7
      }
      if isDirect {
        let value = red << 16 | green << 8 | blue
        return Int32(value < 8 ? 0x010101 : value)  // 0 to 7 mean the named ones there
      }
      if case .index(let index) = color { return Int32(index) }
      return Int32(Color.nearestIndex(red: red, green: green, blue: blue))
    }
  }

  private static func bits(_ attributes: Attributes) -> attr_t {
    var bits: attr_t = 0
    if attributes.contains(.bold) { bits |= nc_a_bold() }
    if attributes.contains(.dim) { bits |= nc_a_dim() }
    if attributes.contains(.italic) { bits |= nc_a_italic() }
    if attributes.contains(.underline) { bits |= nc_a_underline() }
    if attributes.contains(.reverse) { bits |= nc_a_reverse() }
    return bits
  }
}
