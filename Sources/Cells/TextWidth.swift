/// How many terminal columns text takes.
///
/// A grapheme cluster is drawn as its spacing scalars, each with the marks that follow it; what an
/// emoji sequence adds after its first scalar (joined emoji, skin tones, the second letter of a
/// flag) is left out, because terminals disagree about the width of such sequences and of nothing
/// else.
public enum TextWidth {
  /// Columns of one scalar: 0, 1 or 2; control characters count as the one of their stand-in.
  public static func of(_ scalar: Unicode.Scalar) -> Int {
    let value = scalar.value
    if value < 0x300 { return 1 }
    if find(value, in: WidthTable.wide) { return 2 }
    return find(value, in: WidthTable.zero) ? 0 : 1
  }

  /// Columns of one grapheme cluster as `CellBuffer` draws it; a lone mark gets a base to stand on.
  public static func of(_ character: Character) -> Int {
    // A line end of two characters is one cluster, and has two stand-ins.
    if character.isASCII { return character.utf8.count }
    let scalars = drawn(character)
    let base = scalars.first.map { of($0) == 0 } ?? true ? 1 : 0
    return scalars.reduce(base) { $0 + of($1) }
  }

  /// Columns of a whole text on one line.
  public static func of(_ text: some StringProtocol) -> Int {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.utf8.count }
    return text.reduce(0) { $0 + of($1) }
  }

  /// The scalars of a cluster that are drawn: all of them but the tail of an emoji sequence.
  static func drawn(_ character: Character) -> [Unicode.Scalar] {
    var scalars: [Unicode.Scalar] = []
    var isEmoji = false
    for scalar in character.unicodeScalars {
      if scalars.isEmpty {
        isEmoji = scalar.value > 0xFF && scalar.properties.isEmoji
        scalars.append(scalar)
      } else if isEmoji {
        break
      } else if !isInvisible(scalar) {
        scalars.append(scalar)
      }
    }
    return scalars
  }

  /// Joiners and variation selectors shape their neighbours and draw nothing themselves.
  private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x200C, 0x200D, 0xFE00...0xFE0F, 0xE0100...0xE01EF: true
    default: false
    }
  }

  /// Binary search over sorted, disjoint ranges.
  private static func find(_ value: UInt32, in ranges: [ClosedRange<UInt32>]) -> Bool {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < value {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low < ranges.count && ranges[low].contains(value)
  }
}
