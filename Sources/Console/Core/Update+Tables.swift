import Cells
import SyncStore

/// Arranging the table that has the focus.
extension ConsoleState {
  /// Arranges the table otherwise.
  ///
  /// - Parameter isStep: Whether a person can take this back on its own; it is then kept for the
  ///   next console too.
  @discardableResult
  mutating func arrange(_ settings: TableSettings, isStep: Bool = true) -> [Effect] {
    screen.model.arrange(settings, now: now, clock: options.clock, isStep: isStep)
    return isStep ? keepArrangement() : []
  }

  /// Keeps the table's settings for the next console.
  mutating func keepArrangement() -> [Effect] {
    guard let info = screen.model.tableInfo else { return [] }
    var settings = info.settings
    // What narrows a list that was opened from another is of that one thing only.
    if (stacks[view]?.count ?? 0) > 1 || info.name != screen.model.scope.rawValue {
      (settings.text, settings.choice) = ("", "")
    }
    tables[info.name] = settings.isUsual ? nil : settings
    return [.save(preferences)]
  }

  /// Narrows the list that is shown.
  @discardableResult
  mutating func narrow(_ text: String, isStep: Bool = true) -> [Effect] {
    guard var settings = screen.model.tableInfo?.settings else { return [] }
    settings.text = text
    let effects = arrange(settings, isStep: isStep)
    if isStep { tellFilterFault() }
    return effects
  }

  /// Tells what is wrong with the text that narrows the list; nobody sees it once it is not typed on.
  mutating func tellFilterFault() {
    guard let fault = screen.model.tableInfo?.fault, !fault.isEmpty else { return }
    tell("Filter: " + fault + "; that word counts for nothing", .toastWarning)
  }

  /// Shows the whole list.
  mutating func widen() -> [Effect] {
    guard var settings = screen.model.tableInfo?.settings else { return [] }
    (settings.text, settings.choice) = ("", "")
    return settings == screen.model.tableInfo?.settings ? [] : arrange(settings)
  }

  /// Takes the last change of the arrangement back, or does it again.
  mutating func step(back: Bool) -> [Effect] {
    guard screen.model.stepArrangement(back: back, now: now, clock: options.clock) else {
      tell(back ? "Undo: this table is as it was at first" : "Redo: nothing was taken back")
      return []
    }
    tell(back ? "Taken back" : "Done again")
    return keepArrangement()
  }

  /// Sorts by a field; by the same again, the other way round.
  ///
  /// - Parameter isStep: Whether a person can take this back on its own.
  mutating func sort(by field: String, isStep: Bool = true) -> [Effect] {
    guard let info = screen.model.tableInfo else { return [] }
    var settings = info.settings
    if let now = info.sort, now.field == field {
      settings.sort = ListSort(field, isDescending: !now.isDescending)
    } else {
      // Of sizes and times the greatest matter most.
      let kind = info.fields.first { $0.name == field }?.kind ?? .text
      settings.sort = ListSort(field, isDescending: kind != .text)
    }
    if settings.sort == info.usualSort { settings.sort = nil }
    return arrange(settings, isStep: isStep)
  }

  /// Sorts the other way round.
  mutating func reverse() -> [Effect] {
    guard let info = screen.model.tableInfo else { return [] }
    guard let field = info.sort?.field ?? info.shown.first else { return [] }
    return sort(by: field)
  }

  /// The fields to sort by.
  var sortMenu: Menu? {
    guard let info = screen.model.tableInfo else { return nil }
    var free = Set("abcdefghijklmnoprstuvwxyz")
    let fields = info.fields.map(\.name)
    var items = fields.map { field in
      let title = info.columns.first { $0.field == field }?.title ?? field
      let key =
        title.lowercased().first { free.contains($0) } ?? free.sorted().first ?? "?"
      free.remove(key)
      var item = Menu.Item(key: key, title: title, choice: .sort(field))
      if let sort = info.sort, sort.field == field {
        item.note = sort.isDescending ? "now, greatest first" : "now, least first"
      }
      return item
    }
    items.append(Menu.Item(key: "0", title: "The usual order", choice: .sort(nil)))
    var menu = Menu(title: "Sort by", items: items)
    menu.selected = fields.firstIndex { $0 == info.sort?.field } ?? 0
    return menu
  }

  /// Sorts by what was typed: `errors`, `errors:desc`, or nothing for the usual order.
  mutating func sort(typed text: String) -> [Effect] {
    guard let info = screen.model.tableInfo else {
      tell("Sort: this is no table", .toastWarning)
      return []
    }
    let order = ListSort(text: text)
    let names = info.fields.map(\.name)
    guard text.isEmpty || order.map({ names.contains($0.field) }) == true else {
      tell("Sort: the fields are " + names.joined(separator: ", "), .toastError)
      return []
    }
    var settings = info.settings
    settings.sort = order
    return arrange(settings)
  }

  /// Shows the columns that were typed, or the usual ones.
  mutating func showColumns(typed text: String) -> [Effect] {
    guard let info = screen.model.tableInfo else {
      tell("Columns: this is no table", .toastWarning)
      return []
    }
    let fields = text.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
    let names = info.columns.map(\.field)
    guard fields.allSatisfy(names.contains) else {
      tell("Columns: there are " + names.joined(separator: ", "), .toastError)
      return []
    }
    var settings = info.settings
    settings.columns = fields.isEmpty ? nil : fields
    return arrange(settings)
  }

  /// Arranges all tables as they were kept, and as the options ask for.
  mutating func restoreTables() {
    tables = options.tables
    for view in ViewID.allCases {
      guard var model = stacks[view]?.first?.model else { continue }
      model.restore(tables, now: now, clock: options.clock)
      stacks[view]?[0].model = model
    }
    if var settings = screen.model.tableInfo?.settings {
      // Who asks for a part of a list, or for a run of it, means all of that.
      if !options.filter.isEmpty || options.run != nil {
        (settings.text, settings.choice) = (options.filter, "")
      }
      if let sort = options.sort { settings.sort = sort }
      if settings != screen.model.tableInfo?.settings { arrange(settings, isStep: false) }
    }
    if let run = options.run, case .operations(var operations) = screen {
      operations.go(to: run)
      screen = .operations(operations)
    }
    if options.filter.isEmpty, let settings = screen.model.tableInfo?.settings,
      !settings.text.isEmpty || !settings.choice.isEmpty
    {
      let what = [settings.choice, settings.text].filter { !$0.isEmpty }
      tell("Narrowed as last time: " + what.joined(separator: ", ") + "; Esc shows all")
    }
    tellFilterFault()
  }
}

extension ViewID {
  /// The fields that the view's first table can be sorted and narrowed by.
  public var fields: [String] {
    Screen.root(of: self).model.tableInfo?.fields.map(\.name) ?? []
  }
}
