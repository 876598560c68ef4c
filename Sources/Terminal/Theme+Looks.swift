import Cells
import Configuration

extension Theme {
  /// The looks of all styles on a tier: role by role, unselected and selected.
  static func looks(
    tier: ColorTier, chain: [ThemeFile], palette: [String: Color]
  ) throws(ConfigurationError) -> [Look] {
    var rules: [String: LookRule] = [:]
    for (name, rule) in merged(tier: tier, chain: chain) {
      let look = try LookRule(rule.text, role: name, palette: palette, place: rule.place)
      rules[name] = tier == .mono ? LookRule(attributes: look.attributes) : look
    }
    let text = (rules["text"] ?? LookRule()).over(Look())
    // Only colours pass from `text` to the other roles: strong text must not make all text strong.
    let plain = Look(foreground: text.foreground, background: text.background)
    func look(_ role: Role) -> Look {
      for name in ThemeFile.chain(of: role.name) {
        if let rule = rules[name] { return rule.over(plain) }
      }
      return text
    }
    let selection = rules["selection"] ?? LookRule(attributes: .reverse)
    return Role.allCases.flatMap { [look($0), selected(look($0), selection, plain)] }
  }

  /// The rules of a tier, the nearest file's last word on each name.
  ///
  /// A file that has nothing to say on `rich`, be it by a palette, shows its `base` there: what it
  /// inherits for `rich` would hide its own words.
  private static func merged(
    tier: ColorTier, chain: [ThemeFile]
  ) -> [String: ThemeFile.Rule] {
    chain.reduce(into: [:]) { result, file in
      if tier == .rich, file.rules[.rich] == nil, file.palette.isEmpty {
        result.merge(file.rules[.base] ?? [:]) { $1 }
      }
      result.merge(file.rules[tier] ?? [:]) { $1 }
    }
  }

  /// A role's look on the selected row.
  ///
  /// A reversed bar has one colour from end to end, out of which
  /// reversed marks stand unreversed; a coloured bar keeps the colours of its text unless the theme
  /// gives the bar a text colour.
  private static func selected(_ look: Look, _ selection: LookRule, _ plain: Look) -> Look {
    var kept = look.attributes.subtracting([.dim, .reverse]).union(selection.attributes)
    if selection.attributes.contains(.reverse) {
      if look.attributes.contains(.reverse) {
        kept.remove(.reverse)
        return Look(foreground: look.foreground, background: look.background, attributes: kept)
      }
      return Look(
        foreground: selection.foreground ?? plain.foreground,
        background: selection.background ?? plain.background, attributes: kept)
    }
    // Text in the colour of the background, on a colour of its own: that colour is what it means.
    let isInverted = look.foreground == plain.background && look.background != plain.background
    return Look(
      foreground: selection.foreground ?? (isInverted ? look.background : look.foreground),
      background: selection.background ?? look.background, attributes: kept)
  }
}
