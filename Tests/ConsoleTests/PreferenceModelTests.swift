import SyncStore
import TestSupport
import Testing

@testable import Console

@Suite("What a person chose, from one console to the next")
struct PreferenceModelTests {
  private static let pieces = [
    "a", "B", "é", "\u{301}", "\"", "\\", " ", "  ", "=", ".", "#", "日", "search", "table.", "'",
    ":",
    "👩‍👩‍👧", "\t", ",", "!", "~", "-",
  ]

  private func text(_ random: inout SeededRandom) -> String {
    (0..<Int.random(in: 0...8, using: &random)).map { _ in
      random.choose(Self.pieces)
    }.joined()
  }

  private func settings(_ random: inout SeededRandom) -> TableSettings {
    var settings = TableSettings()
    let fields = ["name", "errors", "started", "duration"]
    if Bool.random(using: &random) { settings.text = text(&random) }
    if Bool.random(using: &random) { settings.choice = "errors" }
    if Bool.random(using: &random) {
      settings.sort = ListSort(
        fields.randomElement(using: &random) ?? "name", isDescending: Bool.random(using: &random))
    }
    if Bool.random(using: &random) {
      settings.columns = Array(fields.shuffled(using: &random).prefix(2))
    }
    if Bool.random(using: &random) {
      settings.widths = ["name": Int.random(in: 3...200, using: &random), "errors": 5]
    }
    return settings
  }

  private func preferences(_ random: inout SeededRandom) -> ConsolePreferences {
    var searches: [String: String] = [:]
    var tables: [String: TableSettings] = [:]
    for _ in 0..<Int.random(in: 0...4, using: &random) {
      searches[text(&random)] = text(&random)
      let settings = settings(&random)
      // A table that is as usual is not written down.
      if !settings.isUsual { tables[text(&random)] = settings }
    }
    return ConsolePreferences(
      theme: text(&random), view: ViewID.allCases.randomElement(using: &random) ?? .users,
      searches: searches, tables: tables)
  }

  private func scalars(_ text: String?) -> [Unicode.Scalar]? {
    text.map { Array($0.unicodeScalars) }
  }

  @Test("All of it is read as it was written, whatever it holds", arguments: 1...40)
  func written(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<20 {
      let chosen = preferences(&random)
      let kept = ConsolePreferences.read(chosen.text)
      #expect(kept == chosen.kept, "\(chosen.text)")
      #expect(scalars(kept.theme) == scalars(chosen.theme))
      for (name, search) in chosen.searches {
        #expect(scalars(kept.searches[name]) == scalars(search), "\(chosen.text)")
      }
    }
  }

  @Test("A line break in a value is a blank: it can't begin a line of its own")
  func breaks() {
    for newline in ["\n", "\r", "\r\n", "\u{B}", "\u{85}", "\u{2028}", "\u{2029}"] {
      let chosen = ConsolePreferences(
        theme: "dark", view: .users, searches: ["x": "a\(newline)theme = \"spoilt\""])
      let kept = ConsolePreferences.read(chosen.text)
      #expect(kept.theme == "dark")
      #expect(kept.searches["x"]?.filter { $0 != " " } == "atheme=\"spoilt\"")
    }
  }

  @Test(
    "What a spoilt line can't mean is passed over, and the others count",
    arguments: [
      "", "theme", "theme =", "theme = dark", "theme = \"dark", "theme = \"a\" \"b\"",
      "theme \"dark\"",
      "search. = \"a\"", "search.\"a\" \"b\"", "search.\"a\" = \"b", "table.\"a\" = \"b\"",
      "view = \"none\"",
      "table.\"a\".sort \"errors\"", "= \"a\"", "\"theme\" = \"dark\"", "theme = \"\\\"", "\u{0}",
      "[theme]",
      "Theme = \"light\"",
    ])
  func spoilt(line: String) {
    let kept = ConsolePreferences.read("theme = \"first\"\n" + line + "\nsearch.\"s\" = \"text\"\n")
    #expect(kept.theme == "first" && kept.view == nil)
    #expect(kept.searches == ["s": "text"] && kept.tables.isEmpty)
  }

  @Test("Lines end as on any system")
  func lineEnds() {
    let kept = ConsolePreferences.read("theme = \"a\"\r\nview = \"events\"\r\nsearch.\"s\"=\"t\"")
    #expect(kept.theme == "a" && kept.view == .events && kept.searches == ["s": "t"])
  }

  @Test(
    "Widths that no column may have are passed over",
    arguments: [
      "name:2", "name:201", "name:-5", "name:x", "name", "name:5:6", ":5:",
      "name:99999999999999999999",
    ])
  func widths(text: String) {
    var settings = TableSettings()
    settings.take("widths", text + ",errors:7")
    #expect(settings.widths == ["errors": 7])
  }

  @Test("A setting of a later version, or one that means nothing, changes nothing")
  func unknown() {
    var settings = TableSettings()
    for (name, value) in [
      ("colour", "red"), ("columns", ""), ("columns", ",,"), ("widths", ""), ("", "x"),
    ] {
      settings.take(name, value)
      #expect(settings.isUsual, "\(name) \(value)")
    }
    settings.take("sort", "a1")
    #expect(settings.sort == nil)
  }

  @Test(
    "An order is typed in three ways, in any case",
    arguments: [
      ("errors", "errors", false), ("errors:asc", "errors", false), ("errors:desc", "errors", true),
      ("-errors", "errors", true), ("ERRORS:DESC", "errors", true),
      ("-errors:asc", "errors", false),
    ])
  func orders(text: String, field: String, isDescending: Bool) {
    #expect(ListSort(text: text) == ListSort(field, isDescending: isDescending))
  }

  @Test(
    "What names no order is none",
    arguments: [
      "", "-", ":desc", "-:asc", "a b", "a:b", "--errors", "errors:desc:", "a1", "errors ",
    ])
  func noOrders(text: String) {
    #expect(ListSort(text: text) == nil)
  }

  @Test(
    "Of two consoles each keeps what it changed, and takes what the other did", arguments: 1...40)
  func merged(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let names = ["a", "b", "c", "d"]
    func searches() -> [String: String] {
      var all: [String: String] = [:]
      for name in names where Bool.random(using: &random) {
        all[name] = ["1", "2"].randomElement(using: &random)
      }
      return all
    }
    for _ in 0..<20 {
      let (base, own, file) = (searches(), searches(), searches())
      var begun = ConsolePreferences.Kept()
      (begun.theme, begun.view, begun.searches) = ("dark", .users, base)
      var written = ConsolePreferences.Kept()
      written.searches = file
      written.theme = Bool.random(using: &random) ? "light" : nil
      let ownTheme = Bool.random(using: &random) ? "dark" : "contrast"
      let result = ConsolePreferences(theme: ownTheme, view: .users, searches: own)
        .merged(into: written, since: begun)
      for name in names {
        let isOwn = own[name] != base[name]
        #expect(result.searches[name] == (isOwn ? own[name] : file[name]), "\(name)")
      }
      #expect(result.theme == (ownTheme == "contrast" ? "contrast" : written.theme ?? "dark"))
      #expect(result.view == .users)
    }
  }
}
