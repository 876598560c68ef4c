import Cells
import Configuration
import Glibc
import Testing

@testable import Terminal

@Suite("Themes") struct ThemeTests {
  /// A folder that goes away with the test.
  final class Folder {
    let path: String

    init() throws {
      var template = Array("/tmp/lockstep-themes-XXXXXX".utf8CString)
      path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    func write(_ name: String, _ text: String) throws {
      let file = try #require(fopen("\(path)/\(name)", "w"))
      fputs(text, file)
      fclose(file)
    }

    func load(_ text: String) throws -> Theme {
      try write("mine.toml", text)
      return try Theme.load(file: "\(path)/mine.toml")
    }

    deinit {
      for name in ["mine", "other", "third"] { unlink("\(path)/\(name).toml") }
      rmdir(path)
    }
  }

  private let folder: Folder

  init() throws { folder = try Folder() }

  private func error(_ text: String) throws -> String {
    try folder.write("mine.toml", text)
    do {
      _ = try Theme.load(file: "\(folder.path)/mine.toml")
      return "no error"
    } catch { return "\(error)".replacing(folder.path + "/", with: "") }
  }

  private func look(_ role: Role, _ text: String, tier: ColorTier = .base) throws -> Look {
    try folder.load(text).look(of: Style(role), tier: tier)
  }

  @Test("A look is colours and attributes in words")
  func words() throws {
    let text = """
      [palette]
      brand = "#336699"
      [base]
      "run.error" = "red on 236 bold underline"
      title = "brand"
      time = "on brand italic"
      number = ""
      """
    #expect(
      try look(.runError, text)
        == Look(foreground: .named(1), background: .index(236), attributes: [.bold, .underline]))
    let brand = Color.rgb(red: 0x33, green: 0x66, blue: 0x99)
    #expect(try look(.title, text) == Look(foreground: brand))
    #expect(try look(.time, text) == Look(background: brand, attributes: .italic))
    #expect(try look(.number, text) == Look())
  }

  @Test("A role without a look has that of its prefix, and in the end that of text")
  func prefixes() throws {
    let text = """
      [rich]
      text = "#ffffff on #000000"
      chart = "#00ff00"
      """
    let theme = try folder.load(text)
    let black = Color.rgb(red: 0, green: 0, blue: 0)
    let chart = theme.look(of: Style(.chart2), tier: .rich)
    // The built-in theme names chart.2 itself, so the nearer name wins.
    #expect(chart == Look(foreground: .named(2), background: black))
    let none = theme.look(of: Style(.number), tier: .rich)
    #expect(none.background == black)
  }

  @Test("Tables may be nested instead of quoted")
  func nested() throws {
    #expect(try look(.runError, "[base.run]\nerror = \"blue\"\n").foreground == .named(4))
    #expect(try look(.runError, "[base]\nrun.error = \"blue\"\n").foreground == .named(4))
  }

  @Test("A child changes its parent's palette and single roles")
  func inheritance() throws {
    try folder.write(
      "other.toml", "[palette]\nc = \"red\"\n[base]\ntitle = \"c\"\ntime = \"c bold\"\n")
    let text = "inherits = \"other\"\n[palette]\nc = \"green\"\n[base]\ntime = \"c\"\n"
    #expect(try look(.title, text).foreground == .named(2))
    #expect(try look(.time, text) == Look(foreground: .named(2)))
  }

  @Test("Without colour only attributes are left")
  func mono() throws {
    let text = "[mono]\ntitle = \"red bold\"\n"
    #expect(try look(.title, text, tier: .mono) == Look(attributes: .bold))
  }

  @Test(
    "What is wrong is told with its place and the nearest right word",
    arguments: [
      (
        "[base]\n\"run.eror\" = \"red\"",
        "mine.toml:2:1: \"run.eror\" is no role (did you mean \"run.error\"?)"
      ),
      (
        "[base]\ntitle = \"gren\"",
        "mine.toml:2:9: \"gren\" is no colour or attribute for title (did you mean \"green\"?)"
      ),
      ("[base]\ntitle = \"red boldd\"", "(did you mean \"bold\"?)"),
      ("[base]\ntitle = \"#12345\"", "(exact colours are written #rrggbb)"),
      ("[base]\ntitle = \"256\"", "mine.toml:2:9: \"256\" is no colour"),
      ("[base]\ntitle = \"red blue\"", "two text colours"),
      ("[base]\ntitle = \"red on\"", "names no colour after \"on\""),
      ("[base]\ntitle = 5", "mine.toml:2:9: \"title\" must be a look"),
      ("[bse]\ntitle = \"red\"", "\"bse\" is no setting here (did you mean \"base\"?)"),
      ("[palette]\nx = \"nope\"", "mine.toml:2:5: \"x\" must be a colour"),
      ("inherits = \"none\"", "mine.toml:1:12: there is no theme \"none\" to inherit from"),
      ("inherits = \"mine\"", "mine.toml:1:12: the theme inherits from itself"),
      ("[glyphs.unicode]\nsuces = \"x\"", "\"suces\" is no glyph (did you mean \"success\"?)"),
      ("[glyphs.unicode]\nsuccess = \"日\"", "must be one character of one column"),
      ("[glyphs.ascii]\nsuccess = \"✓\"", "must be one ASCII character"),
      ("[base\n", "mine.toml:1:"),
    ])
  func errors(text: String, expected: String) throws {
    let said = try error(text)
    #expect(said.contains(expected), "\(said)")
  }

  @Test("Themes that inherit in a circle are refused")
  func circle() throws {
    try folder.write("other.toml", "inherits = \"mine\"\n")
    #expect(try error("inherits = \"other\"\n").contains("inherits from itself"))
  }

  @Test("An error in the parent names the parent's file")
  func parentError() throws {
    try folder.write("other.toml", "[base]\ntitle = \"rde\"\n")
    #expect(try error("inherits = \"other\"\n").hasPrefix("other.toml:2:9"))
  }

  @Test("Glyphs can be changed")
  func glyphs() throws {
    let theme = try folder.load(
      "[glyphs.unicode]\nsuccess = \"●\"\n[glyphs.ascii]\nfailure = \"E\"\n")
    #expect(theme.glyphs(ascii: false).success == "●")
    #expect(theme.glyphs(ascii: true).failure == "E")
    #expect(theme.glyphs(ascii: true).success == Glyphs.ascii.success)
  }

  @Test(
    "The selected row keeps a colour's meaning on a coloured bar and is plain on a reversed one")
  func selection() throws {
    let bar = try folder.load("[base]\nselection = \"on blue\"\n")
    #expect(
      bar.look(of: Style(.runError, isSelected: true), tier: .base)
        == Look(foreground: .named(1), background: .named(4), attributes: .bold))
    #expect(
      Theme.builtIn.look(of: Style(.runError, isSelected: true), tier: .base)
        == Look(attributes: [.bold, .reverse]))
  }

  @Test("A changed file is noticed, the parent's too")
  func reload() throws {
    try folder.write("other.toml", "[base]\ntitle = \"red\"\n")
    let theme = try folder.load("inherits = \"other\"\n")
    #expect(!theme.hasChanged)
    try folder.write("other.toml", "[base]\ntitle = \"green\"\n")
    #expect(theme.hasChanged)
    #expect(!Theme.builtIn.hasChanged)
  }

  @Test("The catalogue lists good and bad files and always the built-in theme")
  func catalog() throws {
    try folder.write("mine.toml", "description = \"Mine\"\n")
    try folder.write("other.toml", "[base]\ntitle = \"rde\"\n")
    let catalog = ThemeCatalog(folders: [folder.path, "/nonexistent"])
    #expect(catalog.names == ["mine", "other", "terminal"])
    #expect(try catalog.theme(named: "terminal").name == "terminal")
    #expect(throws: ConfigurationError.self) { try catalog.theme(named: "other") }
    #expect(try catalog.theme(named: "mine").summary == "Mine")
    let error = #expect(throws: ConfigurationError.self) { try catalog.theme(named: "mien") }
    #expect(error?.hint == "did you mean \"mine\"?")
  }

  @Test(
    "Colours are found among the 256 by nearness",
    arguments: [
      (0x000000, 16), (0xFFFFFF, 231), (0xFF0000, 196), (0x808080, 244), (0x5F87FF, 69),
    ])
  func nearest(value: Int, index: Int) {
    #expect(
      Color.nearestIndex(red: value >> 16, green: value >> 8 & 255, blue: value & 255) == index)
  }

  @Test("Contrast is that of WCAG")
  func contrast() throws {
    let white = Color.rgb(red: 255, green: 255, blue: 255)
    let black = Color.rgb(red: 0, green: 0, blue: 0)
    let grey = Color.rgb(red: 118, green: 118, blue: 118)  // the well-known #767676 on white
    #expect(abs(try #require(Color.contrast(white, black)) - 21) < 0.001)
    #expect(abs(try #require(Color.contrast(white, grey)) - 4.54) < 0.01)
    #expect(Color.contrast(.standard, black) == nil)
  }
}
