/// One character cell: a base scalar with its marks, or the right half of a wide neighbour, and a
/// style.
///
/// A cell can't hold what a terminal would obey: hostile scalars become `Sanitizer.standIn`.
/// Sixteen bytes, no reference, so that a screen is one flat array.
public struct Cell: Hashable, Sendable {
  /// Up to three marks of 21 bits each; a fourth and later ones are dropped.
  private var marks: UInt64 = 0
  /// The base scalar's value; 0 in the right half of a wide cell.
  private var baseValue: UInt32
  /// How the cell looks.
  public var style: Style
  private var columns: UInt8

  /// A cell of one drawable cluster; a lone mark stands on a dotted circle.
  ///
  /// Of a cluster with several spacing scalars it takes the first; `CellBuffer.put` draws all.
  public init(_ character: Character, style: Style = .text) {
    self = Cell.pieces(of: character, style: style).first ?? .blank(style)
  }

  init(scalar: Unicode.Scalar, style: Style) {
    baseValue = scalar.value
    self.style = style
    columns = UInt8(TextWidth.of(scalar))
  }

  /// A cell of a scalar that `SimpleText` knows.
  init(simple scalar: Unicode.Scalar, style: Style) {
    baseValue = scalar.value
    self.style = style
    columns = UInt8(SimpleText.width(of: scalar))
  }

  private init(rightHalf style: Style) {
    baseValue = 0
    self.style = style
    columns = 0
  }

  /// An empty cell.
  public static func blank(_ style: Style = .text) -> Cell { Cell(scalar: " ", style: style) }

  /// What stands in the second column of a wide cell.
  static func rightHalf(_ style: Style) -> Cell { Cell(rightHalf: style) }

  /// Columns that the cell takes: 1, 2, or 0 for the right half of a wide one.
  public var width: Int { Int(columns) }

  /// True in the second column of a wide cell, where nothing is drawn.
  public var isRightHalf: Bool { columns == 0 }

  /// Whether the cell shows nothing but its background.
  public var isBlank: Bool { baseValue == 0x20 && marks == 0 }

  /// The base scalar; a space in a right half.
  public var base: Unicode.Scalar { Unicode.Scalar(baseValue) ?? " " }

  /// The base and its marks, at most four; none in a right half.
  public var scalars: [Unicode.Scalar] {
    if isRightHalf { return [] }
    var result = [base]
    var rest = marks
    while rest != 0 {
      if let mark = Unicode.Scalar(UInt32(rest & 0x1F_FFFF)) { result.append(mark) }
      rest >>= 21
    }
    return result
  }

  /// Whether marks stand on the base.
  public var hasMarks: Bool { marks != 0 }

  /// The cell's text; empty in a right half.
  public var text: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  mutating func add(mark: Unicode.Scalar) {
    var shift: UInt64 = 0
    while shift < 63, marks >> shift & 0x1F_FFFF != 0 { shift += 21 }
    if shift < 63 { marks |= UInt64(mark.value) << shift }
  }

  /// The cells that draw a cluster: one, or one for each spacing scalar (Indic vowel signs, Thai).
  static func pieces(of character: Character, style: Style) -> [Cell] {
    var cells: [Cell] = []
    for scalar in TextWidth.drawn(character) {
      if Sanitizer.isHostile(scalar) {
        cells.append(standIn(over: style))
      } else if TextWidth.of(scalar) > 0 {
        cells.append(Cell(scalar: scalar, style: style))
      } else {
        if cells.isEmpty { cells.append(Cell(scalar: "\u{25CC}", style: style)) }
        cells[cells.count - 1].add(mark: scalar)
      }
    }
    return cells
  }

  /// A stand-in tells by its role, too, that it is not the text's own middle dot.
  static func standIn(over style: Style) -> Cell {
    Cell(scalar: "\u{B7}", style: Style(.markHostile, isSelected: style.isSelected))
  }
}
