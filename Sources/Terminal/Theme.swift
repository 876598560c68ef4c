public import Cells
public import Configuration

/// How each role looks, on each tier of terminal.
public struct Theme: Sendable {
  /// The file's name without its ending.
  public let name: String
  /// One line for the picker.
  public let summary: String
  /// The files that it was read from, itself first, with their state at that time.
  let sources: [FileStamp]
  private let looks: [ColorTier: [Look]]
  private let unicodeGlyphs: Glyphs
  private let asciiGlyphs: Glyphs

  /// The theme `terminal`, in the user's own sixteen colours, without a file.
  public static let builtIn = Theme.compiledIn()

  /// Reads a theme and what it inherits from; parents stand in the same folder or are `terminal`.
  ///
  /// - Throws: ``ConfigurationError`` with the place of what is wrong.
  public static func load(file: String) throws(ConfigurationError) -> Theme {
    var chain: [(file: ThemeFile, stamp: FileStamp?)] = []
    var next: String? = file
    while let path = next {
      let stamp = FileStamp(path: path)
      let read = try ThemeFile(TOMLTable.load(file: path))
      chain.append((read, stamp))
      next = try parentPath(of: read, at: path, seen: chain.compactMap { $0.stamp?.path })
    }
    return try Theme(
      name: baseName(file), chain: [builtInFile] + chain.map(\.file).reversed(),
      sources: chain.compactMap(\.stamp))
  }

  /// Whether a file that the theme was read from is another now.
  public var hasChanged: Bool { sources.contains { FileStamp(path: $0.path) != $0 } }

  /// How a style looks on a tier.
  public func look(of style: Style, tier: ColorTier) -> Look {
    let index = Int(style.role.rawValue) * 2 + (style.isSelected ? 1 : 0)
    guard let looks = looks[tier], index < looks.count else { return Look() }
    return looks[index]
  }

  /// The marks and lines to draw with.
  public func glyphs(ascii: Bool) -> Glyphs { ascii ? asciiGlyphs : unicodeGlyphs }

  /// Puts the files together, ancestors first.
  init(name: String, chain: [ThemeFile], sources: [FileStamp]) throws(ConfigurationError) {
    self.name = name
    self.sources = sources
    summary = chain.last?.description ?? ""
    let palette = chain.reduce(into: [:]) { $0.merge($1.palette) { $1 } }
    var looks: [ColorTier: [Look]] = [:]
    for tier in ColorTier.allCases {
      looks[tier] = try Self.looks(tier: tier, chain: chain, palette: palette)
    }
    self.looks = looks
    unicodeGlyphs = Self.glyphs(.unicode, .unicode, chain)
    asciiGlyphs = Self.glyphs(.ascii, .ascii, chain)
  }

  private static func parentPath(
    of file: ThemeFile, at path: String, seen: [String]
  ) throws(ConfigurationError) -> String? {
    guard let (name, place) = file.parent else { return nil }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    let parent = "\(folder)\(name).toml"
    if seen.contains(parent) || parent == path {
      throw ConfigurationError(
        place: place, message: "the theme inherits from itself through \"\(name)\"",
        hint: "let \"inherits\" name another theme")
    }
    if FileStamp(path: parent) != nil { return parent }
    if name == builtInName { return nil }
    throw ConfigurationError(
      place: place, message: "there is no theme \"\(name)\" to inherit from",
      hint: "its file would be \(parent)")
  }

  private static func glyphs(
    _ base: Glyphs, _ set: ThemeFile.GlyphSet, _ chain: [ThemeFile]
  ) -> Glyphs {
    var glyphs = base
    for file in chain {
      for (name, character) in file.glyphs[set] ?? [:] {
        if let path = Glyphs.named[name] { glyphs[keyPath: path] = character }
      }
    }
    return glyphs
  }

  static func baseName(_ path: String) -> String {
    let file = path.split(separator: "/").last.map(String.init) ?? path
    return file.hasSuffix(".toml") ? String(file.dropLast(5)) : file
  }
}
