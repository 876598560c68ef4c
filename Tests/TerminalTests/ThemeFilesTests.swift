import Cells
import Testing

@testable import Terminal

@Suite("Shipped themes") struct ThemeFilesTests {
  static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/") + "/Themes"
  }()
  static let names = [
    "contrast", "dark", "deuteranopia", "light", "mono", "nord", "solarized-dark", "terminal",
    "tritanopia",
  ]
  /// Lines and what is only a background for something else: no text stands in these roles, or, for
  /// a key that can't be used now, faintness is its meaning.
  static let faint: Set<Role> = [.border, .progressLeft, .keyDisabled]

  @Test("The folder holds just the themes that are tested")
  func all() throws {
    let catalog = ThemeCatalog(folders: [Self.folder])
    #expect(catalog.names == Self.names)
    for name in catalog.names { #expect(try !catalog.theme(named: name).summary.isEmpty) }
  }

  @Test("Text stands out by at least 4.5 to 1 where both colours are known", arguments: names)
  func contrast(name: String) throws {
    let theme = try ThemeCatalog(folders: [Self.folder]).theme(named: name)
    for role in Role.allCases where !Self.faint.contains(role) {
      for isSelected in [false, true] {
        let look = theme.look(of: Style(role, isSelected: isSelected), tier: .rich)
        guard let contrast = Color.contrast(look.foreground, look.background) else { continue }
        #expect(contrast >= 4.5, "\(name): \(role.name) selected \(isSelected) has \(contrast)")
      }
    }
  }

  @Test("Even what may be faint can be seen", arguments: names)
  func faintness(name: String) throws {
    let theme = try ThemeCatalog(folders: [Self.folder]).theme(named: name)
    for role in Self.faint {
      let look = theme.look(of: Style(role), tier: .rich)
      guard let contrast = Color.contrast(look.foreground, look.background) else { continue }
      #expect(contrast >= 1.9, "\(name): \(role.name) has \(contrast)")
    }
  }

  @Test("A theme with a background of its own sets every role's colours", arguments: names)
  func complete(name: String) throws {
    let theme = try ThemeCatalog(folders: [Self.folder]).theme(named: name)
    guard theme.look(of: .text, tier: .rich).background.components != nil else { return }
    for role in Role.allCases {
      let look = theme.look(of: Style(role), tier: .rich)
      #expect(look.foreground.components != nil, "\(name): \(role.name)")
      #expect(look.background.components != nil, "\(name): \(role.name)")
    }
  }

  @Test("Without colour no theme asks for one, and the selection still shows", arguments: names)
  func mono(name: String) throws {
    let theme = try ThemeCatalog(folders: [Self.folder]).theme(named: name)
    for role in Role.allCases {
      let look = theme.look(of: Style(role), tier: .mono)
      #expect(look.foreground == .standard && look.background == .standard)
      let selected = theme.look(of: Style(role, isSelected: true), tier: .mono)
      #expect(selected.attributes.contains(.reverse) != look.attributes.contains(.reverse))
    }
  }

  @Test("Success and error differ on every tier", arguments: names)
  func difference(name: String) throws {
    let theme = try ThemeCatalog(folders: [Self.folder]).theme(named: name)
    for tier in ColorTier.allCases {
      let success = theme.look(of: Style(.runSuccess), tier: tier)
      #expect(success != theme.look(of: Style(.runError), tier: tier), "\(tier)")
      #expect(success != theme.look(of: Style(.runWarning), tier: tier), "\(tier)")
    }
  }

  @Test("The compiled-in theme says what terminal.toml says")
  func builtIn() throws {
    let file = try Theme.load(file: Self.folder + "/terminal.toml")
    #expect(file.summary == Theme.builtIn.summary)
    for tier in ColorTier.allCases {
      for role in Role.allCases {
        let style = Style(role)
        #expect(file.look(of: style, tier: tier) == Theme.builtIn.look(of: style, tier: tier))
      }
    }
  }
}
