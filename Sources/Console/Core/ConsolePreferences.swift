/// What a person chose that the next console should begin with.
public struct ConsolePreferences: Equatable, Sendable {
  /// The theme.
  public var theme: String
  /// The view.
  public var view: ViewID
  /// Searches of the metaverse that were kept, by their names.
  public var searches: [String: String]
  /// How tables are arranged, by their names, where it is not as usual.
  public var tables: [String: TableSettings]

  /// Preferences of these parts.
  public init(
    theme: String, view: ViewID, searches: [String: String] = [:],
    tables: [String: TableSettings] = [:]
  ) {
    self.theme = theme
    self.view = view
    self.searches = searches
    self.tables = tables
  }

  /// What a file of ``text`` says.
  public struct Kept: Equatable, Sendable {
    /// The theme, if it says one.
    public var theme: String?
    /// The view, if it says one.
    public var view: ViewID?
    /// The searches.
    public var searches: [String: String] = [:]
    /// How tables were arranged, by their names.
    public var tables: [String: TableSettings] = [:]
    /// Nothing.
    public init() {}
  }

  /// All of it, as a file says it.
  public var kept: Kept {
    var kept = Kept()
    (kept.theme, kept.view, kept.searches, kept.tables) = (theme, view, searches, tables)
    return kept
  }

  /// What was changed since `base`, and for all else what a file says now: another console may have
  /// written it meanwhile.
  public func merged(into file: Kept, since base: Kept) -> ConsolePreferences {
    func merged<Value: Equatable>(
      _ own: [String: Value], _ base: [String: Value], _ file: [String: Value]
    ) -> [String: Value] {
      var result = file
      for name in Set(own.keys).union(base.keys) where own[name] != base[name] {
        result[name] = own[name]
      }
      return result
    }
    return ConsolePreferences(
      theme: theme == base.theme ? file.theme ?? theme : theme,
      view: view == base.view ? file.view ?? view : view,
      searches: merged(searches, base.searches, file.searches),
      tables: merged(tables, base.tables, file.tables))
  }

  /// The preferences as the lines of a small file.
  public var text: String {
    let kept = searches.sorted { $0.key < $1.key }.map { name, text in
      "search.\(Self.quoted(name)) = \(Self.quoted(text))\n"
    }
    let arranged = tables.sorted { $0.key < $1.key }.flatMap { name, settings in
      settings.entries.map {
        "table.\(Self.quoted(name)).\($0.name) = \(Self.quoted($0.value))\n"
      }
    }
    return "theme = \(Self.quoted(theme))\nview = \(Self.quoted(view.rawValue))\n"
      + kept.joined() + arranged.joined()
  }

  private static func quoted(_ text: String) -> String {
    // By scalars, here and in reading: a quotation mark with a combining mark is another Character.
    text.unicodeScalars.reduce(into: "\"") { out, scalar in
      switch scalar {
      case "\"", "\\": out += "\\" + String(scalar)
      case _ where Character(scalar).isNewline: out += " "
      default: out.unicodeScalars.append(scalar)
      }
    } + "\""
  }

  /// What a file of ``text`` says; nothing for what it does not say.
  ///
  /// What it can't mean is passed over: a spoilt file of habits must not keep anybody from
  /// starting.
  public static func read(_ text: String) -> Kept {
    var kept = Kept()
    for line in text.split(whereSeparator: \.isNewline) {
      let (bare, strings) = parts(line)
      switch (bare, strings.count) {
      case ("theme=", 1): kept.theme = strings[0]
      case ("view=", 1): kept.view = ViewID(rawValue: strings[0])
      case ("search.=", 2): kept.searches[strings[0]] = strings[1]
      case (let bare, 2) where bare.hasPrefix("table..") && bare.hasSuffix("="):
        kept.tables[strings[0], default: TableSettings()].take(
          String(bare.dropFirst("table..".count).dropLast()), strings[1])
      default: break
      }
    }
    return kept
  }

  /// A line's text outside of quotation marks, without blanks, and the strings inside of them.
  private static func parts(_ line: Substring) -> (bare: String, strings: [String]) {
    var bare = ""
    var strings: [String] = []
    var open: String?
    var isEscaped = false
    for scalar in line.unicodeScalars {
      if let inside = open {
        if isEscaped || (scalar != "\\" && scalar != "\"") {
          open?.unicodeScalars.append(scalar)
          isEscaped = false
        } else if scalar == "\\" {
          isEscaped = true
        } else {
          strings.append(inside)
          open = nil
        }
      } else if scalar == "\"" {
        open = ""
      } else if scalar != " " {
        bare.unicodeScalars.append(scalar)
      }
    }
    return (bare, open == nil ? strings : [])
  }
}
