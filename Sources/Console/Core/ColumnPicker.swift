import Cells
import SyncStore

/// The choice of a table's columns, their order and widths; what is chosen is shown at once.
struct ColumnPicker: Equatable, Sendable {
  /// Every column, those that are shown first, in their order.
  var fields: [String]
  /// The one under the cursor.
  var selected = 0
  /// The settings to go back to.
  var original: TableSettings

  init(_ info: TableInfo) {
    let shown = info.shown
    fields = shown + info.columns.map(\.field).filter { !shown.contains($0) }
    original = info.settings
  }
}

extension ConsoleState {
  mutating func choose(_ key: Key, _ picker: ColumnPicker) -> [Effect] {
    var picker = picker
    guard let info = screen.model.tableInfo, let field = picker.field else {
      overlay = nil
      return []
    }
    var settings = info.settings
    var shown = info.shown
    switch key.code {
    case .escape, .character("q"):
      overlay = nil
      return arrange(picker.original, isStep: false)
    case .enter:
      overlay = nil
      if settings != picker.original { screen.model.rememberArrangement(picker.original) }
      return keepArrangement()
    case .down, .character("j"): picker.selected += 1
    case .up, .character("k"): picker.selected -= 1
    case .home: picker.selected = 0
    case .end: picker.selected = picker.fields.count - 1
    case .character(" "):
      if shown.contains(field) { shown.removeAll { $0 == field } } else { shown.append(field) }
      settings.columns = picker.fields.filter(shown.contains)
    case .character("J"): settings.columns = picker.move(1, shown)
    case .character("K"): settings.columns = picker.move(-1, shown)
    case .left, .character("<"), .character("h"): settings.widen(field, by: -1, info)
    case .right, .character(">"), .character("l"): settings.widen(field, by: 1, info)
    case .character("0"):
      (settings.columns, settings.widths) = (nil, [:])
    case .character("o"):
      // Esc leaves that too, and Enter keeps it with all else.
      overlay = .columns(picker)
      return sort(by: field, isStep: false)
    default: return []
    }
    picker.selected = max(0, min(picker.selected, picker.fields.count - 1))
    if settings.columns?.isEmpty ?? false {
      tell("A table needs a column", .toastWarning)
      return []
    }
    let effects = settings == info.settings ? [] : arrange(settings, isStep: false)
    if key == .character("0"), let usual = screen.model.tableInfo {
      picker = ColumnPicker(usual, keeping: picker)
    }
    overlay = .columns(picker)
    return effects
  }
}

extension ColumnPicker {
  /// The picker with the order that columns have now.
  fileprivate init(_ info: TableInfo, keeping old: ColumnPicker) {
    self.init(info)
    (selected, original) = (old.selected, old.original)
  }

  fileprivate var field: String? { fields.indices.contains(selected) ? fields[selected] : nil }

  /// Moves the column under the cursor; the answer is those that are shown, in their new order.
  fileprivate mutating func move(_ offset: Int, _ shown: [String]) -> [String] {
    let target = selected + offset
    guard fields.indices.contains(target) else { return shown }
    fields.swapAt(selected, target)
    selected = target
    return fields.filter(shown.contains)
  }
}

extension TableSettings {
  /// Gives a column more or fewer cells.
  fileprivate mutating func widen(_ field: String, by cells: Int, _ info: TableInfo) {
    let ideal = info.columns.first { $0.field == field }?.ideal ?? 10
    let width = (widths[field] ?? min(ideal, 40)) + cells
    widths[field] = max(Self.allowedWidths.lowerBound, min(width, Self.allowedWidths.upperBound))
  }
}
