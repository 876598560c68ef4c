import Configuration
import Testing

@testable import EntraConfiguration

@Suite("Encodings")
struct EncodingTests {
  private func text(_ bytes: [UInt8]) throws -> String {
    try XMLFile(path: "f.xml", root: "r").parse(bytes).text
  }

  @Test("UTF-8 with and without a byte order mark")
  func utf8() throws {
    #expect(try text(Array("<r>Zoë</r>".utf8)) == "Zoë")
    #expect(try text([0xEF, 0xBB, 0xBF] + Array("<r>Zoë</r>".utf8)) == "Zoë")
  }

  @Test("UTF-16 in both byte orders, as Windows tools write it")
  func utf16() throws {
    let xml = "<?xml version=\"1.0\" encoding=\"utf-16\"?><r>Zoë 😀</r>"
    var little: [UInt8] = [0xFF, 0xFE]
    var big: [UInt8] = [0xFE, 0xFF]
    for unit in xml.utf16 {
      little += [UInt8(unit & 0xFF), UInt8(unit >> 8)]
      big += [UInt8(unit >> 8), UInt8(unit & 0xFF)]
    }
    #expect(try text(little) == "Zoë 😀")
    #expect(try text(big) == "Zoë 😀")
  }

  @Test("Latin-1 where the file says so")
  func latin1() throws {
    let head = Array("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><r>Zo".utf8)
    #expect(try text(head + [0xEB] + Array("</r>".utf8)) == "Zoë")
  }

  @Test("An encoding that is not read is named as the reason")
  func unknown() throws {
    let xml = "<?xml version=\"1.0\" encoding=\"ebcdic-cp-us\"?><r/>"
    let error = #expect(throws: EntraConfigurationError.self) { try text(Array(xml.utf8)) }
    #expect(error?.message.contains("encoding") == true)
    #expect(error?.hint == "save the file in UTF-8")
  }

  @Test("Bytes that are no UTF-8 are refused with their place")
  func invalid() throws {
    let error = #expect(throws: EntraConfigurationError.self) {
      try text(Array("<r>\n ".utf8) + [0xC3, 0x28] + Array("</r>".utf8))
    }
    #expect(error?.place.hasPrefix("f.xml:2:") == true)
  }

  @Test("A declared UTF-16 that is none is refused")
  func wrong() throws {
    let xml = "<?xml version=\"1.0\" encoding=\"utf-16\"?><r/>"
    #expect(throws: EntraConfigurationError.self) { try text(Array(xml.utf8)) }
  }

  @Test("Prefixes of namespaces are dropped, white space around texts too")
  func prefixes() throws {
    let xml = "<d:r xmlns:d='u' d:a='1'>\n  <d:b> x y </d:b>\n</d:r>"
    let root = try XMLFile(path: "f.xml", root: "r").parse(Array(xml.utf8))
    #expect(root.attributes["a"] == "1")
    #expect(root.text(of: "b") == "x y")
    #expect(root.child("b")?.place.description == "f.xml:2:3")
  }
}
