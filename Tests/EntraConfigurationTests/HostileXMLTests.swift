import Configuration
import Foundation
import Testing

@testable import EntraConfiguration

@Suite("Hostile XML is refused with its place")
struct HostileXMLTests {
  private func parse(
    _ text: String, limits: XMLLimits = .standard
  ) throws(EntraConfigurationError) -> XMLElement {
    try XMLFile(path: "f.xml", root: "r", limits: limits).parse(Array(text.utf8))
  }

  private func failure(_ text: String, limits: XMLLimits = .standard) -> EntraConfigurationError? {
    do throws(EntraConfigurationError) {
      _ = try parse(text, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  @Test("A billion laughs are refused at the declaration, before anything grows")
  func billionLaughs() throws {
    var text = "<?xml version=\"1.0\"?>\n<!DOCTYPE r [\n<!ENTITY a0 \"ha\">\n"
    for level in 1...30 {
      let reference = "&a\(level - 1);"
      text += "<!ENTITY a\(level) \"" + String(repeating: reference, count: 10) + "\">\n"
    }
    let error = try #require(failure(text + "]>\n<r>&a30;</r>"))
    #expect(error.place.hasPrefix("f.xml:2:"))
    #expect(error.message.contains("document type"))
  }

  @Test("An external entity is refused, and the file that it names is not opened")
  func externalEntity() throws {
    let folder = try ExportFolder()
    try folder.write("secret", to: "secret.txt")
    let text = "<!DOCTYPE r [<!ENTITY x SYSTEM \"file://\(folder.path)/secret.txt\">]><r>&x;</r>"
    let error = try #require(failure(text))
    #expect(error.message.contains("document type"))
    #expect(!error.description.contains("secret\""))
  }

  @Test("A document type without any entity is refused too")
  func externalSubset() throws {
    let error = try #require(failure("<!DOCTYPE r SYSTEM \"http://127.0.0.1:1/x.dtd\"><r/>"))
    #expect(error.place.hasPrefix("f.xml:1:"))
  }

  @Test("An entity that nobody declared is no XML")
  func undeclaredEntity() throws {
    let error = try #require(failure("<r>\n &nbsp;</r>"))
    #expect(error.place == "f.xml:2:2")
    #expect(error.message.contains("undefined entity"))
  }

  @Test(
    "A file that ends in the middle says so",
    arguments: ["", "  ", "<r>", "<r><a>text", "<r", "<r><a></a>", "<?xml version=\"1.0\"?>"])
  func truncated(text: String) throws {
    let error = try #require(failure(text))
    #expect(error.place.hasPrefix("f.xml:1:"))
    #expect(!error.hint.isEmpty)
  }

  @Test("Tags that do not match are told with line and column")
  func mismatched() throws {
    let error = try #require(failure("<r>\n  <a>\n  </b>\n</r>"))
    #expect(error.place == "f.xml:3:5")
    #expect(error.message.contains("mismatched tag"))
  }

  @Test("A foreign root element is named")
  func foreignRoot() throws {
    let error = try #require(failure("<html><body>404</body></html>"))
    #expect(error.message == "The file starts with <html>, not with <r>")
    #expect(error.place.hasPrefix("f.xml:1:"))
  }

  @Test("A text that is no XML at all is told at its first character")
  func noXML() throws {
    let error = try #require(failure("{ \"rules\": [] }"))
    #expect(error.place == "f.xml:1:1")
  }

  @Test("Elements in each other have a limit, and passed-over ones count")
  func depth() throws {
    let deep = String(repeating: "<r>", count: 200_000)
    #expect(try #require(failure(deep)).message.contains("64 elements"))
    let file = XMLFile(path: "f.xml", root: "r", skipped: ["s"])
    let skipped = "<r>" + String(repeating: "<s>", count: 200_000)
    #expect(throws: EntraConfigurationError.self) { try file.parse(Array(skipped.utf8)) }
  }

  @Test("The number of elements has a limit")
  func elements() throws {
    var limits = XMLLimits.standard
    limits.elements = 100
    let many = "<r>" + String(repeating: "<a/>", count: 100) + "</r>"
    #expect(try #require(failure(many, limits: limits)).message.contains("100 elements"))
    let few = "<r>" + String(repeating: "<a/>", count: 99) + "</r>"
    #expect(try parse(few, limits: limits).children.count == 99)
  }

  @Test("An attribute of 100 MB ends the reading after the limit")
  func longAttribute() throws {
    let file = XMLFile(path: "f.xml", root: "r")
    let parser = try XMLParser(file: file)
    try parser.feed(Array("<r a=\"".utf8)[...])
    let chunk = [UInt8](repeating: 0x61, count: 65_536)
    var fed = 0
    var refused: EntraConfigurationError?
    while fed < 100 << 20, refused == nil {
      do throws(EntraConfigurationError) {
        try parser.feed(chunk[...])
      } catch { refused = error }
      fed += chunk.count
    }
    #expect(try #require(refused).message.contains("1024 KB"))
    #expect(fed < 2 << 20)
  }

  @Test("A text of 100 MB ends the reading after the limit")
  func longText() throws {
    let parser = try XMLParser(file: XMLFile(path: "f.xml", root: "r"))
    try parser.feed(Array("<r>".utf8)[...])
    let chunk = [UInt8](repeating: 0x61, count: 65_536)
    var fed = 0
    while fed < 100 << 20 {
      do throws(EntraConfigurationError) {
        try parser.feed(chunk[...])
      } catch {
        #expect(error.message.contains("The text of <r>"))
        break
      }
      fed += chunk.count
    }
    #expect(fed < 2 << 20)
  }

  @Test("A file above the limit is refused")
  func largeFile() throws {
    let folder = try ExportFolder()
    try folder.write("<r>" + String(repeating: " ", count: 5000) + "</r>", to: "large.xml")
    var file = XMLFile(path: folder.path + "/large.xml", root: "r")
    file.limits.fileSize = 1 << 10
    #expect(throws: EntraConfigurationError.self) { try file.load() }
    file.limits.fileSize = 1 << 20
    #expect(try file.load().name == "r")
  }

  @Test("Random damage never crashes, and an error always has a place")
  func damage() {
    let good = Array(Samples.inbound.utf8)
    var seed: UInt64 = 42
    func next(_ count: Int) -> Int {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(seed >> 33) % count
    }
    for _ in 0..<500 {
      var bytes = good
      for _ in 0...next(4) { bytes[next(bytes.count)] = UInt8(next(256)) }
      do throws(EntraConfigurationError) {
        let file = XMLFile(path: "f.xml", root: "synchronizationRule")
        var reader = RuleFile()
        _ = try reader.rule(try file.parse(bytes))
      } catch {
        #expect(error.place.hasPrefix("f.xml:"))
        #expect(!error.message.isEmpty)
      }
    }
  }
}
