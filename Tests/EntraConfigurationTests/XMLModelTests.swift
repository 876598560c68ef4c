import Configuration
import TestSupport
import Testing

@testable import EntraConfiguration

/// An element as a test means it, beside the text that says it.
private struct Meant {
  var name: String
  var attributes: [String: String] = [:]
  var children: [Meant] = []
  var text = ""
  var place = ""

  /// What differs between what was meant and what was read.
  func differences(from read: XMLElement) -> [String] {
    var found: [String] = []
    if read.name != name { found.append("name \(read.name), not \(name)") }
    if read.attributes != attributes { found.append("attributes \(read.attributes)") }
    if read.text != text { found.append("\(name): text \(read.text.debugDescription)") }
    if "\(read.place)" != place { found.append("\(name): place \(read.place), not \(place)") }
    if read.children.count != children.count {
      return found + ["\(name): \(read.children.count) children, not \(children.count)"]
    }
    return found + zip(children, read.children).flatMap { $0.differences(from: $1) }
  }
}

/// Writes random elements in as many spellings as XML has for them.
private struct XMLWriter {
  private static let names = ["a", "rule", "x-y", "Ünlaut", "n.1", "名"]
  private static let characters = [
    "a", "Z", " ", "\t", "\n", "<", ">", "&", "'", "\"", "]", "é", "日", "😀", "\u{301}", "\u{202E}",
    "\u{85}", "\u{FFFD}", "-",
  ]

  private(set) var text = ""
  var random: SeededRandom
  /// Elements that are passed over with all in them.
  let skipped = "ma-run-data"

  init(_ random: SeededRandom) { self.random = random }

  private var place: String {
    let scalars = Array(text.unicodeScalars)
    let line = scalars.filter { $0 == "\n" }.count + 1
    let column = scalars.reversed().prefix { $0 != "\n" }.count + 1
    return "f.xml:\(line):\(column)"
  }

  private mutating func characters() -> String {
    random.text(Self.characters, count: 0...5)
  }

  /// A name with or without a prefix, which says nothing.
  private mutating func spelled(_ name: String) -> String {
    random.choose(["", "", "d:", "ms:"]) + name
  }

  private mutating func escaped(_ text: String, inAttribute: Bool) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      let isSpecial = "<&\"".unicodeScalars.contains(scalar) || scalar == ">"
      let mayNotStand = inAttribute && "\n\t".unicodeScalars.contains(scalar)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: out += "&#\(scalar.value);"
      case 1: out += "&#x\(String(scalar.value, radix: 16));"
      case _ where isSpecial:
        out += ["<": "&lt;", "&": "&amp;", "\"": "&quot;", ">": "&gt;"]["\(scalar)"] ?? ""
      case _ where mayNotStand: out += "&#\(scalar.value);"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// What stands between others and says nothing.
  private mutating func writeNothing() {
    let nothings = [
      "<!-- <a> & -->", "<?target <a> &?>", "<![CDATA[]]>",
      "<\(skipped)>text<a b='1'>more</a><\(skipped)/></\(skipped)>", "<d:\(skipped)/>",
    ]
    text += random.choose(nothings)
  }

  mutating func write(_ name: String, depth: Int) -> Meant {
    var meant = Meant(name: name, place: place)
    let written = spelled(name)
    text += "<" + written
    if depth == 0 { text += " xmlns:d='u:d'\n xmlns:ms=\"u:ms\"" }
    if depth == 0 { meant.attributes = ["d": "u:d", "ms": "u:ms"] }
    for index in 0..<Int.random(in: 0...2, using: &random) {
      let value = characters()
      meant.attributes["k\(index)"] = value
      text += "\n " + spelled("k\(index)") + "=\"" + escaped(value, inAttribute: true) + "\""
    }
    text += ">"
    var pieces = ""
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      switch Int.random(in: 0..<5, using: &random) {
      case 0 where depth < 4:
        let child = random.choose(Self.names)
        meant.children.append(write(child, depth: depth + 1))
      case 1: writeNothing()
      case 2:
        let piece = characters().filter { $0 != "]" }
        pieces += piece
        text += "<![CDATA[\(piece)]]>"
      default:
        let piece = characters()
        pieces += piece
        text += escaped(piece, inAttribute: false)
      }
    }
    let spaces: Set<Unicode.Scalar> = [" ", "\n", "\t"]
    let scalars = Array(pieces.unicodeScalars)
    let start = scalars.firstIndex { !spaces.contains($0) } ?? scalars.endIndex
    let end = scalars.lastIndex { !spaces.contains($0) }.map { $0 + 1 } ?? start
    meant.text = String(String.UnicodeScalarView(scalars[start..<end]))
    text += "</\(written)>"
    return meant
  }
}

@Suite("Any XML is read as it was meant")
struct XMLModelTests {
  private func file(_ writer: XMLWriter) -> XMLFile {
    XMLFile(path: "f.xml", root: "r", skipped: [writer.skipped])
  }

  @Test(
    "Names, attributes, texts and places are those that were written, in whatever spelling",
    arguments: UInt64(1)...80)
  func trees(seed: UInt64) throws {
    var writer = XMLWriter(SeededRandom(seed: seed))
    let meant = writer.write("r", depth: 0)
    let read = try file(writer).parse(Array(writer.text.utf8))
    #expect(meant.differences(from: read) == [], "\(writer.text)")
  }

  @Test("Where the pieces of a file end makes no difference", arguments: UInt64(100)...140)
  func pieces(seed: UInt64) throws {
    var writer = XMLWriter(SeededRandom(seed: seed))
    let meant = writer.write("r", depth: 0)
    let bytes = Array(writer.text.utf8)
    let parser = try XMLParser(file: file(writer))
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + Int.random(in: 1...7, using: &writer.random))
      try parser.feed(bytes[start..<end])
      start = end
    }
    #expect(meant.differences(from: try parser.finish()) == [], "\(writer.text)")
  }

  @Test(
    "A file in UTF-16 says the same, at the same places", arguments: UInt64(200)...230,
    [true, false])
  func wide(seed: UInt64, isLittle: Bool) throws {
    var writer = XMLWriter(SeededRandom(seed: seed))
    let meant = writer.write("r", depth: 0)
    var bytes: [UInt8] = isLittle ? [0xFF, 0xFE] : [0xFE, 0xFF]
    for unit in writer.text.utf16 {
      let pair = [UInt8(unit >> 8), UInt8(unit & 0xFF)]
      bytes += isLittle ? pair.reversed() : pair
    }
    let read = try file(writer).parse(bytes)
    #expect(meant.differences(from: read) == [], "\(writer.text)")
  }

  @Test("A byte order mark before UTF-8 moves nothing", arguments: UInt64(240)...250)
  func mark(seed: UInt64) throws {
    var writer = XMLWriter(SeededRandom(seed: seed))
    let meant = writer.write("r", depth: 0)
    let read = try file(writer).parse([0xEF, 0xBB, 0xBF] + Array(writer.text.utf8))
    #expect(meant.differences(from: read) == [], "\(writer.text)")
  }

  @Test("A file that lacks its end is refused wherever it was cut", arguments: UInt64(300)...310)
  func cut(seed: UInt64) throws {
    var writer = XMLWriter(SeededRandom(seed: seed))
    _ = writer.write("r", depth: 0)
    let bytes = Array(writer.text.utf8)
    for end in 0..<bytes.count {
      do throws(EntraConfigurationError) {
        let read = try file(writer).parse(Array(bytes[..<end]))
        Issue.record("read \(read) of \(end) of \(bytes.count) bytes of \(writer.text)")
      } catch {
        #expect(error.place.hasPrefix("f.xml:"))
      }
    }
  }

  @Test("Line ends of Windows and of old Macs are those of anybody")
  func lineEnds() throws {
    for end in ["\n", "\r\n", "\r"] {
      let text = ["<r>", "<a>one", "two</a>", "  <b/></r>"].joined(separator: end)
      let root = try XMLFile(path: "f.xml", root: "r").parse(Array(text.utf8))
      #expect(root.text(of: "a") == "one\ntwo")
      #expect(root.child("b")?.place.description == "f.xml:4:3", "\(end.debugDescription)")
    }
  }

  @Test("A character that no XML may hold is refused, also when it is spelled as a number")
  func characters() {
    for text in ["\0", "\u{1}", "\u{8}", "\u{B}", "\u{1F}", "\u{FFFE}", "\u{FFFF}"] {
      let number = text.unicodeScalars.first?.value ?? 0
      for written in [text, "&#\(number);", "&#x\(String(number, radix: 16));"] {
        let bytes = Array("<r>a\(written)b</r>".utf8)
        #expect(throws: EntraConfigurationError.self, "\(number)") {
          try XMLFile(path: "f.xml", root: "r").parse(bytes)
        }
      }
    }
    for written in ["&#xD800;", "&#x110000;", "&#99999999999;", "&#;", "&#x;", "&;", "& "] {
      #expect(throws: EntraConfigurationError.self, "\(written)") {
        try XMLFile(path: "f.xml", root: "r").parse(Array("<r>\(written)</r>".utf8))
      }
    }
  }

  @Test("Bytes of UTF-8 that are too long, too short or of half a pair are refused")
  func badUTF8() {
    let bad: [[UInt8]] = [
      [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x80, 0x80, 0x80],
      [0xF4, 0x90, 0x80, 0x80], [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFF], [0x80], [0xE2, 0x82],
    ]
    for bytes in bad {
      #expect(throws: EntraConfigurationError.self, "\(bytes)") {
        try XMLFile(path: "f.xml", root: "r").parse(
          Array("<r>".utf8) + bytes + Array("</r>".utf8))
      }
    }
  }
}
