import TestSupport
import Testing

@testable import Cells

/// The scalars that there are, by the rules that hold for all of them; of the planes that are empty
/// or hold nothing but ideographs, some.
@Suite("Every scalar of Unicode")
struct EveryScalarTests {
  private static let planes: [UInt32] = (0...16).map { $0 }

  private func scalars(_ plane: UInt32) -> [Unicode.Scalar] {
    let step = [0, 1, 14].contains(plane) ? 1 : 61
    return stride(from: plane << 16, through: plane << 16 | 0xFFFF, by: step)
      .compactMap(Unicode.Scalar.init)
  }

  @Test("A scalar is drawn as itself or as the sign for what is not drawn", arguments: planes)
  func drawn(plane: UInt32) {
    var wrong: [Unicode.Scalar] = []
    for scalar in scalars(plane) {
      let text = String(scalar)
      let drawn = Sanitizer.drawable(text)
      let isHostile = Sanitizer.isHostile(scalar)
      let expected = isHostile || Sanitizer.mayMislead(scalar) ? "\u{B7}" : text
      if !drawn.unicodeScalars.elementsEqual(expected.unicodeScalars) { wrong.append(scalar) }
      if Sanitizer.isClean(text) != (drawn == text && !Sanitizer.mayMislead(scalar)) {
        wrong.append(scalar)
      }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(10).map { String($0.value, radix: 16) })")
  }

  @Test("Controls, what forces a direction, and what has no meaning are hostile", arguments: planes)
  func categories(plane: UInt32) {
    var wrong: [Unicode.Scalar] = []
    for scalar in scalars(plane) {
      let properties = scalar.properties
      let mustHide: Bool =
        switch properties.generalCategory {
        case .control, .privateUse, .surrogate, .lineSeparator, .paragraphSeparator: true
        default: properties.isNoncharacterCodePoint || properties.isBidiControl
        }
      // Letters, digits and signs of the world's scripts are never hidden, unless nothing is drawn
      // for them.
      let mustShow: Bool =
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .decimalNumber, .currencySymbol,
          .mathSymbol:
          true
        default: false
        }
      if mustHide, !Sanitizer.mayMislead(scalar) { wrong.append(scalar) }
      if mustShow, Sanitizer.isHostile(scalar) { wrong.append(scalar) }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(10).map { String($0.value, radix: 16) })")
  }

  @Test("Spelled out, a scalar is told by its number, and read back from JSON", arguments: planes)
  func spelled(plane: UInt32) {
    var wrong: [Unicode.Scalar] = []
    for scalar in scalars(plane) where Sanitizer.mayMislead(scalar) {
      let digits = String(scalar.value, radix: 16, uppercase: true)
      let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      if Sanitizer.verbose(String(scalar)) != "<U+\(padded)>" { wrong.append(scalar) }
      let units = Sanitizer.jsonEscape(scalar).split(separator: "\\").map {
        UInt16($0.dropFirst(), radix: 16) ?? 0
      }
      if String(decoding: units, as: UTF16.self) != String(scalar) { wrong.append(scalar) }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(10).map { String($0.value, radix: 16) })")
  }

  @Test("What is drawable stays so, and no scalar takes more than two columns", arguments: planes)
  func widths(plane: UInt32) {
    var wrong: [Unicode.Scalar] = []
    for scalar in scalars(plane) {
      let drawn = Sanitizer.drawable(String(scalar))
      if Sanitizer.drawable(drawn) != drawn { wrong.append(scalar) }
      let width = TextWidth.of(drawn)
      if !(0...2).contains(width) { wrong.append(scalar) }
      // What is seen takes a place of its own, beside others too.
      if scalar.properties.isUnifiedIdeograph, width != 2 { wrong.append(scalar) }
      if TextWidth.of("a" + drawn) < max(1, width) { wrong.append(scalar) }
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(10).map { String($0.value, radix: 16) })")
  }

  @Test(
    "Any text is harmless once it is drawable, and what is between its marks is kept",
    arguments: 1...60)
  func texts(seed: Int) {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<50 {
      let text = random.text()
      let drawn = Sanitizer.drawable(text)
      #expect(drawn.unicodeScalars.count == text.unicodeScalars.count)
      #expect(Sanitizer.drawable(drawn) == drawn, "\(text.debugDescription)")
      for (one, other) in zip(text.unicodeScalars, drawn.unicodeScalars) {
        #expect(other == one || other == "\u{B7}")
        #expect(!Sanitizer.isHostile(other))
      }
      let lines = Sanitizer.drawableLines(text)
      #expect(
        lines.unicodeScalars.filter { $0 == "\n" }.count
          == text.unicodeScalars.filter { $0 == "\n" }.count)
      #expect(Sanitizer.drawableLines(lines) == lines)
    }
  }
}
