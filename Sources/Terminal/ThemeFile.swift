import Cells
import Configuration

/// A theme file as read, before what it inherits is put under it.
struct ThemeFile: Sendable {
  struct Rule: Sendable {
    var text: String
    var place: SourcePlace
  }

  var description = ""
  var parent: (name: String, place: SourcePlace)?
  var palette: [String: Color] = [:]
  var rules: [ColorTier: [String: Rule]] = [:]
  var glyphs: [GlyphSet: [String: Character]] = [:]

  /// The sets of marks a theme can change.
  enum GlyphSet: String, CaseIterable { case unicode, ascii }

  init() {}

  /// Reads a parsed file and refuses what no theme can say.
  init(_ table: TOMLTable) throws(ConfigurationError) {
    try table.rejectUnknown(
      allowed: ["description", "inherits", "palette", "glyphs"]
        + ColorTier.allCases.map(\.rawValue))
    description = try table.optionalString("description") ?? ""
    if let name = try table.optionalString("inherits") {
      parent = (name, try table.value("inherits").place)
    }
    try readPalette(table.optionalTable("palette"))
    for tier in ColorTier.allCases {
      if let rules = try table.optionalTable(tier.rawValue) {
        try read(rules, prefix: "", into: &self.rules[tier, default: [:]])
      }
    }
    if let glyphs = try table.optionalTable("glyphs") { try readGlyphs(glyphs) }
  }

  private mutating func readPalette(_ table: TOMLTable?) throws(ConfigurationError) {
    for entry in table?.entries ?? [] {
      guard case .string(let text) = entry.value.kind, let color = Color(text) else {
        throw entry.value.mismatch(
          entry.key, expected: "a colour", hint: "default, a name, \"0\" to \"255\", or \"#rrggbb\""
        )
      }
      palette[entry.key] = color
    }
  }

  /// Takes `"run.error" = …` and `run.error = …` alike.
  private func read(
    _ table: TOMLTable, prefix: String, into rules: inout [String: Rule]
  ) throws(ConfigurationError) {
    for entry in table.entries {
      let name = prefix + entry.key
      switch entry.value.kind {
      case .string(let text):
        guard Self.roleNames.contains(name) else {
          throw ConfigurationError(
            place: entry.place, message: "\"\(name)\" is no role",
            hint: Spelling.hint(for: name, among: Self.roleNames))
        }
        rules[name] = Rule(text: text, place: entry.value.place)
      case .table(let inner): try read(inner, prefix: name + ".", into: &rules)
      default: throw entry.value.mismatch(name, expected: "a look such as \"red bold\"")
      }
    }
  }

  private mutating func readGlyphs(_ table: TOMLTable) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: GlyphSet.allCases.map(\.rawValue))
    for set in GlyphSet.allCases {
      guard let entries = try table.optionalTable(set.rawValue)?.entries else { continue }
      for entry in entries {
        guard Glyphs.named[entry.key] != nil else {
          throw ConfigurationError(
            place: entry.place, message: "\"\(entry.key)\" is no glyph",
            hint: Spelling.hint(for: entry.key, among: Array(Glyphs.named.keys)))
        }
        glyphs[set, default: [:]][entry.key] = try Self.glyph(entry, of: set)
      }
    }
  }

  private static func glyph(
    _ entry: TOMLTable.Entry, of set: GlyphSet
  ) throws(ConfigurationError) -> Character {
    guard case .string(let text) = entry.value.kind, text.count == 1, let glyph = text.first,
      Sanitizer.isClean(text), CellBuffer.columns(of: text) == 1,
      set == .unicode || glyph.isASCII
    else {
      throw entry.value.mismatch(
        entry.key, expected: set == .ascii ? "one ASCII character" : "one character of one column")
    }
    return glyph
  }

  /// The names that a theme may use: each role and each of its prefixes.
  static let roleNames: Set<String> = Set(Role.allCases.flatMap { chain(of: $0.name) })

  /// `run.error`, `run`.
  static func chain(of name: String) -> [String] {
    let parts = name.split(separator: ".")
    return (1...parts.count).reversed().map { parts.prefix($0).joined(separator: ".") }
  }
}

extension Glyphs {
  /// The glyphs that a theme can change, by name.
  static let named: [String: any WritableKeyPath<Glyphs, Character> & Sendable] = [
    "horizontal": \.horizontal, "vertical": \.vertical, "top-left": \.topLeft,
    "top-right": \.topRight, "bottom-left": \.bottomLeft, "bottom-right": \.bottomRight,
    "success": \.success, "warning": \.warning, "failure": \.failure, "running": \.running,
    "stopped": \.stopped, "unknown": \.unknown, "dot": \.dot, "bullet": \.bullet,
    "marked": \.marked, "folded": \.folded, "unfolded": \.unfolded,
    "bar-full": \.barFull, "bar-empty": \.barEmpty,
    "scroll-track": \.scrollTrack, "scroll-thumb": \.scrollThumb,
  ]
}
