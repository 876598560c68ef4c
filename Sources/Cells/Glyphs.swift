/// The marks and lines that views draw with; each is one column wide.
public struct Glyphs: Hashable, Sendable {
  /// Lines and corners.
  public var horizontal, vertical, topLeft, topRight, bottomLeft, bottomRight: Character
  /// Junctions of lines: a tee is named after the side its stem points to.
  public var teeLeft, teeRight, teeUp, teeDown, cross: Character
  /// Marks of a run's result.
  public var success, warning, failure, running, stopped, unknown: Character
  /// Small marks: bullets, ellipsis, list and tree markers.
  public var dot, bullet, ellipsis, marked, folded, unfolded: Character
  /// Arrows.
  public var up, down, left, right: Character
  /// The bar's full and empty cell.
  public var barFull, barEmpty: Character
  /// The bar's partly filled cells from thin to thick; may be empty.
  public var barParts: [Character]
  /// Heights of a sparkline's column, lowest first.
  public var sparkline: [Character]
  /// The scroll bar's track and thumb.
  public var scrollTrack, scrollThumb: Character
  /// The steps of a turning activity mark.
  public var spinner: [Character]

  /// Lines and marks of Unicode that every font of a terminal has.
  public static let unicode = Glyphs(
    horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘",
    teeLeft: "┤", teeRight: "├", teeUp: "┴", teeDown: "┬", cross: "┼",
    success: "✓", warning: "!", failure: "✗", running: "▶", stopped: "■", unknown: "?",
    dot: "●", bullet: "•", ellipsis: "…", marked: "◆", folded: "▸", unfolded: "▾",
    up: "↑", down: "↓", left: "←", right: "→",
    barFull: "█", barEmpty: "░", barParts: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"],
    sparkline: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    scrollTrack: "│", scrollThumb: "█", spinner: ["◐", "◓", "◑", "◒"])

  /// The same in plain ASCII.
  public static let ascii = Glyphs(
    horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+",
    teeLeft: "+", teeRight: "+", teeUp: "+", teeDown: "+", cross: "+",
    success: "+", warning: "!", failure: "x", running: ">", stopped: "#", unknown: "?",
    dot: "*", bullet: "*", ellipsis: "~", marked: "*", folded: ">", unfolded: "v",
    up: "^", down: "v", left: "<", right: ">",
    barFull: "#", barEmpty: ".", barParts: [],
    sparkline: ["_", ".", "-", "=", "+", "*", "%", "#"],
    scrollTrack: "|", scrollThumb: "#", spinner: ["|", "/", "-", "\\"])

  /// Marks in plain ASCII and no lines at all, for those who have the screen read to them.
  public static let plain: Glyphs = {
    var glyphs = ascii
    for line: WritableKeyPath<Glyphs, Character> in [
      \.horizontal, \.vertical, \.topLeft, \.topRight, \.bottomLeft, \.bottomRight, \.teeLeft,
      \.teeRight, \.teeUp, \.teeDown, \.cross, \.barFull, \.barEmpty, \.scrollTrack, \.scrollThumb,
    ] {
      glyphs[keyPath: line] = " "
    }
    glyphs.sparkline = []
    return glyphs
  }()

  /// What a terminal without Unicode shows for a scalar: the ASCII set's counterpart of a glyph, or
  /// `?`.
  public static func asciiStandIn(for scalar: Unicode.Scalar) -> Unicode.Scalar {
    scalar.isASCII ? scalar : counterparts[scalar] ?? "?"
  }

  private static let counterparts: [Unicode.Scalar: Unicode.Scalar] = {
    var result: [Unicode.Scalar: Unicode.Scalar] = [
      "\u{B7}": ".", "\u{A0}": " ", "–": "-", "—": "-", "‘": "'", "’": "'", "“": "\"", "”": "\"",
      "⏎": "<", "×": "x", "±": "+", "≥": ">", "≤": "<", "▲": "^", "▼": "v", "◌": "o",
    ]
    for (one, other) in zip(unicode.all, ascii.all) {
      if let from = one.unicodeScalars.first, let to = other.unicodeScalars.first {
        result[from] = to
      }
    }
    for (index, part) in unicode.barParts.enumerated() {
      for scalar in part.unicodeScalars { result[scalar] = index < 3 ? "." : "#" }
    }
    return result
  }()

  private var all: [Character] {
    [
      horizontal, vertical, topLeft, topRight, bottomLeft, bottomRight,
      teeLeft, teeRight, teeUp, teeDown, cross,
      success, warning, failure, running, stopped, unknown,
      dot, bullet, ellipsis, marked, folded, unfolded, up, down, left, right,
      barEmpty, scrollTrack,
    ] + sparkline + [barFull, scrollThumb] + spinner
  }
}
