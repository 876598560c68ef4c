import JSON
import TestSupport
import Testing

@testable import Tenant

/// Texts that look the same, fold to each other, or end in the middle of what a person sees.
private let texts = [
  "e", "é", "e\u{301}", "É", "E\u{301}", "ß", "SS", "ss", "ﬀ", "ff", "İ", "i\u{307}", "I", "i", "ı",
  "Å", "\u{212B}", "A\u{30A}", "日本", "日本語", "😀", "👩‍👩‍👧", "👩", "'", "''", "it's", "'\u{301}",
  "\u{301}", "a\"b", "a\\b", "%", "*", "x y", " x", "x ", "a,b", "(a)", "a) or (b", "\u{202E}x",
  "\u{200B}", "مرحبا", "Zoe", "zoë", "ZOË", "a/b", "a:b", "null", "true", "2026-11-22T20:01:02Z",
]

/// What relations say of two texts, byte by byte, once they are folded.
private enum ByteModel {
  static func holds(_ text: String, _ relation: String, _ wanted: String) -> Bool {
    let (a, b) = (Array(text.lowercased().utf8), Array(wanted.lowercased().utf8))
    switch relation {
    case "eq": return a == b
    case "ne": return a != b
    case "sw", "startswith": return a.starts(with: b)
    case "ew", "endswith": return a.count >= b.count && Array(a.suffix(b.count)) == b
    case "co": return (0...max(0, a.count)).contains { a.dropFirst($0).starts(with: b) }
    case "gt": return b.lexicographicallyPrecedes(a)
    case "ge": return !a.lexicographicallyPrecedes(b)
    case "lt": return a.lexicographicallyPrecedes(b)
    case "le": return !b.lexicographicallyPrecedes(a)
    default: return false
    }
  }
}

@Suite("Filters over any texts")
struct TextFilterModelTests {
  @Test(
    "Of any two texts each relation holds as it does for their bytes",
    arguments: ["eq", "ne", "sw", "ew", "co", "gt", "ge", "lt", "le"])
  func relations(relation: String) throws {
    for wanted in texts {
      let filter = try FilterParser.filter(
        "nickName \(relation) \(JSONValue.string(wanted).text)", for: .user)
      for text in texts {
        let body = JSONObject(["nickName": .string(text)])
        #expect(
          try filter.matches(body) == ByteModel.holds(text, relation, wanted),
          "\(text.debugDescription) \(relation) \(wanted.debugDescription)")
      }
    }
  }

  @Test("What the index finds is what a look at each finds, also in part of a larger filter")
  func index() async throws {
    let tenant = try TestTenant()
    for (number, text) in texts.enumerated() {
      try await tenant.user(
        "user\(number)@example.com",
        ",\"displayName\":\(JSONValue.string(text).text),\"nickName\":\(JSONValue.string(text).text)"
      )
    }
    for wanted in texts {
      let expected = texts.indices.filter { ByteModel.holds(texts[$0], "eq", wanted) }
        .map { "user\($0)@example.com" }
      let literal = JSONValue.string(wanted).text
      for filter in [
        "displayName eq \(literal)", "nickName eq \(literal)", "not (displayName ne \(literal))",
        "displayName eq \(literal) and nickName eq \(literal)",
        "displayName eq \(literal) or userName eq \"nobody@example.com\"",
        "userName pr and displayName eq \(literal)",
      ] {
        #expect(await tenant.names("Users", filter) == expected, "\(filter)")
      }
    }
  }

  @Test("A text in a filter is the text of its JSON, with whatever escapes it is written")
  func escapes() throws {
    for text in texts {
      let escaped = text.utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
      let filter = try FilterParser.filter("nickName eq \"\(escaped)\"", for: .user)
      #expect(try filter.matches(JSONObject(["nickName": .string(text)])), "\(text)")
    }
    for broken in [#""\u12""#, #""\ud800""#, #""\x41""#, "\"a\nb\"", "\"a\0b\"", "'a'", "\"a"] {
      #expect(throws: SCIMError.self, "\(broken)") {
        try FilterParser.filter("nickName eq \(broken)", for: .user)
      }
    }
  }

  @Test("Words put together by chance are a filter or refused as none", arguments: 1...40)
  func soup(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let words = [
      "userName", "emails", "[", "]", "(", ")", "not", "and", "or", "eq", "pr", "co", "\"x\"", "1",
      "true", "null", ".", "value", "type", " ", " ", "urn:", "é", "\u{301}", "\0", "\\", "\"",
    ]
    for _ in 0..<200 {
      let text = random.text(words, count: 0...12)
      for read in [
        { _ = try FilterParser.filter(text, for: .user) },
        { _ = try FilterParser.patchPath(text, for: .user) },
      ] as [() throws -> Void] {
        do { try read() } catch let error as SCIMError {
          #expect(error.status == 400 && !error.detail.isEmpty)
        } catch {
          Issue.record("\(error) for \(text.debugDescription)")
        }
      }
    }
  }

  @Test("Brackets may stand in each other to a depth, and no deeper")
  func depth() throws {
    func nested(_ levels: Int) -> String {
      String(repeating: "(", count: levels) + "title pr" + String(repeating: ")", count: levels)
    }
    let most = FilterParser.maximumDepth - 1
    #expect(try FilterParser.filter(nested(most), for: .user).matches(JSONObject(["title": "x"])))
    for levels in [most + 1, 5_000] {
      #expect(throws: SCIMError.self) { try FilterParser.filter(nested(levels), for: .user) }
    }
    let negated =
      String(repeating: "not (", count: most) + "title pr"
      + String(repeating: ")", count: most)
    #expect(
      try FilterParser.filter(negated, for: .user).matches(JSONObject(["title": "x"]))
        == (most % 2 == 0))
    let long = "title eq \"" + String(repeating: "x", count: FilterParser.maximumLength) + "\""
    #expect(throws: SCIMError.self) { try FilterParser.filter(long, for: .user) }
  }
}

@Suite("OData filters over any texts")
struct ODataTextModelTests {
  /// A text as OData quotes it: two quotes for one, scalar by scalar (OData 4.01 ABNF, string).
  private func quoted(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "'") { out, scalar in
      out.unicodeScalars.append(scalar)
      if scalar == "'" { out.unicodeScalars.append(scalar) }
    } + "'"
  }

  @Test("Any text in quotes is that text, also where a mark joins with a quote")
  func literals() throws {
    for text in texts + HostileText.pieces + ["", "''''", "'\u{301}'\u{301}", "a'\u{200D}'b"] {
      let filter = try ODataFilter(parsing: "displayName eq \(quoted(text))", type: .user)
      guard case .compare("displayName", .eq, .string(let read)) = filter else {
        Issue.record("\(text.debugDescription) is read as \(filter)")
        continue
      }
      #expect(Array(read.utf8) == Array(text.utf8), "\(text.debugDescription)")
    }
  }

  @Test(
    "Of any two texts each comparison holds as it does for their bytes",
    arguments: ["eq", "ne", "startswith", "endswith", "ge", "le", "gt", "lt"])
  func comparisons(name: String) throws {
    for wanted in texts {
      let text =
        name.hasSuffix("with")
        ? "\(name)(displayName,\(quoted(wanted)))" : "displayName \(name) \(quoted(wanted))"
      let filter = try ODataFilter(parsing: text, type: .user)
      for text in texts {
        // Two moments are compared as such.
        if text.hasPrefix("2026"), wanted.hasPrefix("2026") { continue }
        #expect(
          filter.matches(.user) { _ in .string(text) } == ByteModel.holds(text, name, wanted),
          "\(text.debugDescription) \(name) \(wanted.debugDescription)")
      }
    }
  }

  @Test("An object is found by any name that it has, with the index and without")
  func index() async throws {
    let graph = try TestGraph()
    for (number, text) in texts.enumerated() where !text.isEmpty {
      let body = TestGraph.user("user\(number)").replacing(
        "\"displayName\":\"user\(number)\"", with: "\"displayName\":\(JSONValue.string(text).text)")
      let reply = try await graph.send("POST", "/users", body)
      try #require(reply.status == 201, "\(reply.body?.text ?? "")")
    }
    for wanted in texts {
      let expected = texts.filter { ByteModel.holds($0, "eq", wanted) }
      for filter in [
        "displayName eq \(quoted(wanted))",
        "displayName eq \(quoted(wanted)) or city eq 'Nowhere'",
        "not (displayName ne \(quoted(wanted)))",
      ] {
        let found = try await graph.names(
          "/users?$count=true&$filter=" + Percent.encode(filter),
          headers: ["consistencylevel": "eventual"])
        #expect(found.map { Array($0.utf8) } == expected.map { Array($0.utf8) }, "\(filter)")
      }
    }
  }
}
