import JSON
import TestSupport
import Testing

@testable import SCIMConnector

@Suite("Any path of an attribute")
struct SCIMPathModelTests {
  private static let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

  private func path(_ random: inout SeededRandom) -> SCIMAttributePath {
    let names = ["userName", "emails", "x-y", "$ref", "a1", "_own"]
    var path = SCIMAttributePath(name: random.choose(names))
    if random.chance(40) { path.schema = random.choose([Self.urn, "urn:a", "URN:x.y:2.0"]) }
    if random.chance(60) {
      let value: JSONValue =
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .boolean(random.chance(50))
        case 1: .integer(Int64.random(in: .min ... .max, using: &random))
        default: .string(random.text(count: 0...4))
        }
      path.selector = .init(attribute: random.choose(["type", "value", "display"]), value: value)
    }
    if random.chance(50) { path.subAttribute = random.choose(["value", "givenName", "$ref"]) }
    return path
  }

  @Test("A path is read as it was written, whatever its selector compares with", arguments: 1...120)
  func roundTrip(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<10 {
      let meant = path(&random)
      let text = meant.text
      let read = try #require(SCIMAttributePath(text), "\(text.debugDescription)")
      #expect(read == meant, "\(text.debugDescription)")
      #expect(Array(read.text.utf8) == Array(text.utf8), "\(text.debugDescription)")
      if case .string(let one)? = read.selector?.value,
        case .string(let other)? = meant.selector?.value
      {
        #expect(Array(one.utf8) == Array(other.utf8), "\(text.debugDescription)")
      }
      #expect(read.attribute == SCIMAttributePath(schema: meant.schema, name: meant.name))
    }
  }

  @Test("A text in a selector may be any that hurts elsewhere")
  func hostile() throws {
    for name in HostileText.names + HostileText.pieces + ["]", "\"]", "\\", "\\\"", "[", ".", "]."]
    {
      let meant = SCIMAttributePath(
        name: "emails", selector: .init(attribute: "type", value: .string(name)),
        subAttribute: "value")
      let read = try #require(SCIMAttributePath(meant.text), "\(meant.text.debugDescription)")
      #expect(read == meant, "\(meant.text.debugDescription)")
    }
  }

  @Test("Which values a selector picks is a matter of its part alone, in any case")
  func picks() {
    let values: [JSONValue] = [
      ["type": "work", "value": "a"], ["type": "WORK"], ["type": "home", "primary": true],
      ["primary": false], [:], "plain", ["type": .null],
    ]
    for (selector, picked) in [
      (.init(attribute: "type", value: "Work"), [0, 1]),
      (.init(attribute: "primary", value: true), [2]),
      (.init(attribute: "primary", value: false), [0, 1, 3, 4, 5, 6]),
      (.init(attribute: "value", value: "A"), [0]), (.init(attribute: "type", value: ""), []),
    ] as [(SCIMAttributePath.Selector, [Int])] {
      #expect(values.indices.filter { selector.matches(values[$0]) } == picked, "\(selector)")
    }
  }

  @Test(
    "Signs put together by chance are a path that is written as it was, or none", arguments: 1...30)
  func soup(seed: Int) {
    var random = SeededRandom(scattering: 1000 + seed)
    let pieces = [
      "emails", "name", "[", "]", ".", ":", "urn:", "type eq ", "\"work\"", "\"", "\\", " ", "true",
      "1", "-", "$", "é", "\u{301}", "\0", "value",
    ]
    for _ in 0..<300 {
      let text = random.text(pieces, count: 0...8)
      guard let path = SCIMAttributePath(text) else { continue }
      // Blanks and escapes may be others; what is meant is the same.
      #expect(SCIMAttributePath(path.text) == path, "\(text.debugDescription)")
    }
  }
}
