/// What a cell means; a theme says how each meaning looks on a given terminal.
///
/// A dotted name falls back to its prefix in a theme: `run.error` to `run`, then to `text`.
public enum Role: UInt8, CaseIterable, Hashable, Sendable {
  case text, textDim, textStrong
  case title, status, statusDim
  case border, borderFocus
  case tab, tabActive
  case header, headerSorted
  case rowMarked, rowGroup
  case selection, selectionUnfocused
  case runSuccess, runWarning, runError, runRunning, runStopped, runUnknown
  case changeAdd, changeModify, changeDelete, changeRename, changeNone
  case valueOld, valueNew, valuePending
  case attributeName
  case time, number
  case key, keyHint, keyDisabled
  case prompt, promptError
  case dialog, dialogTitle, dialogDanger
  case button, buttonFocus
  case progressDone, progressLeft
  case chart1, chart2
  case crumb, crumbActive
  case chip
  case toastInfo, toastWarning, toastError
  case markHostile

  /// The dotted name that themes use, such as `run.error`.
  public var name: String { Self.names[Int(rawValue)] }

  /// The role of a dotted name, or nil when there is none of that name.
  public init?(name: String) {
    guard let role = Self.byName[name] else { return nil }
    self = role
  }

  private static let byName: [String: Role] = Dictionary(
    uniqueKeysWithValues: Role.allCases.map { ($0.name, $0) })

  private static let names: [String] = Role.allCases.map { dotted("\($0)") }

  /// `progressDone` to `progress.done`, `chart1` to `chart.1`.
  private static func dotted(_ caseName: String) -> String {
    var name = ""
    for character in caseName {
      if character.isUppercase || character.isNumber { name.append(".") }
      name.append(contentsOf: character.lowercased())
    }
    return name
  }
}

/// How a cell looks, in terms of meaning only: no colour, no attribute.
public struct Style: Hashable, Sendable {
  /// What the cell's text means.
  public var role: Role
  /// The row under the cursor: the theme draws the role's text over the selection role.
  public var isSelected: Bool

  /// Makes a style of a role.
  public init(_ role: Role, isSelected: Bool = false) {
    self.role = role
    self.isSelected = isSelected
  }

  /// Ordinary text.
  public static let text = Style(.text)
}
