/// One key press as a terminal can tell it.
public struct Key: Hashable, Sendable {
  /// The key itself; characters are what the keyboard layout produced.
  public enum Code: Hashable, Sendable {
    case character(Character)
    case up, down, left, right
    case pageUp, pageDown, home, end
    case enter, escape, tab, backTab, backspace, delete, insert
    /// F1 to F63.
    case function(Int)
  }

  /// The key.
  public var code: Code
  /// Held with Control.
  public var control: Bool
  /// Held with Alt, or preceded at once by Escape: a terminal can't tell the two apart.
  public var alt: Bool

  /// Makes a key press.
  public init(_ code: Code, control: Bool = false, alt: Bool = false) {
    self.code = code
    self.control = control
    self.alt = alt
  }

  /// A character's key.
  public static func character(_ character: Character) -> Key { Key(.character(character)) }

  /// Reads a name as `name` writes it: `g`, `G`, `Space`, `Enter`, `F5`, `C-l`, `M-x`.
  public init?(name: String) {
    var rest = Substring(name)
    var control = false
    var alt = false
    while rest.count > 2, rest.dropFirst().first == "-", rest.lowercased() != "s-tab" {
      switch rest.first {
      case "C" where !control: control = true
      case "M" where !alt: alt = true
      default: return nil
      }
      rest = rest.dropFirst(2)
    }
    guard let code = Self.code(named: String(rest), control: control) else { return nil }
    self.init(code, control: control, alt: alt)
  }

  /// The name for hints, help and configuration.
  public var name: String {
    (control ? "C-" : "") + (alt ? "M-" : "") + Self.name(of: code)
  }

  private static func code(named name: String, control: Bool) -> Code? {
    if name.count == 1, let character = name.first {
      if character == " " || Sanitizer.isHostile(character.unicodeScalars.first ?? "\0") {
        return nil
      }
      // A terminal sends the same byte for C-l and C-L.
      return .character(control ? Character(character.lowercased()) : character)
    }
    if let named = named.first(where: { $0.name.lowercased() == name.lowercased() }) {
      return named.code
    }
    if name.first == "F" || name.first == "f", name.dropFirst().allSatisfy(\.isWholeNumber),
      let number = Int(name.dropFirst()), (1...63).contains(number)
    {
      return .function(number)
    }
    return nil
  }

  private static func name(of code: Code) -> String {
    if let named = named.first(where: { $0.code == code }) { return named.name }
    return switch code {
    case .character(let character): String(character)
    case .function(let number): "F\(number)"
    default: ""
    }
  }

  private static let named: [(code: Code, name: String)] = [
    (.character(" "), "Space"), (.up, "Up"), (.down, "Down"), (.left, "Left"), (.right, "Right"),
    (.pageUp, "PgUp"), (.pageDown, "PgDn"), (.home, "Home"), (.end, "End"), (.enter, "Enter"),
    (.escape, "Esc"), (.tab, "Tab"), (.backTab, "S-Tab"), (.backspace, "Backspace"),
    (.delete, "Del"), (.insert, "Ins"),
  ]
}
