import Cells
import SyncStore

/// Something that is done once a person has agreed to it.
enum Deed: Equatable, Sendable {
  /// The engine is asked for something.
  case ask(EngineCommand)
  /// The engine is asked for several things, one after the other.
  case all([EngineCommand])
  /// The schedule is changed.
  case schedule(ScheduleChange)
  /// What runs is stopped, if it is the cycle or the run of this number still; nil for whatever runs.
  case stop(Int64?)
  /// The same, and what waits to be done after it is taken back.
  case stopAll(Int64?, [FiledCommand])
}

/// A few things to choose from.
struct Menu: Equatable, Sendable {
  /// What choosing does.
  enum Choice: Equatable, Sendable {
    case deed(Deed)
    case confirm(Dialog)
    case prompt(Prompt.Kind)
    /// The list is narrowed to a text.
    case narrow(String)
    /// The list is arranged otherwise.
    case arrange(TableSettings)
    /// The list is sorted by a field, or as usual.
    case sort(String?)
    /// Something that is asked once it is known how much it is.
    case ask(Inquiry)
  }

  /// One of the things.
  struct Item: Equatable, Sendable {
    /// The letter that chooses it at once.
    var key: Character
    /// What it is.
    var title: String
    /// How things stand, or what it leads to; may be empty.
    var note = ""
    /// What choosing it does.
    var choice: Choice
    /// Why it can't be chosen now; nil if it can.
    var reason: String?
  }

  /// What it is about.
  var title: String
  /// The things.
  var items: [Item]
  /// The one under the cursor.
  var selected = 0
}

extension ConsoleState {
  mutating func choose(_ key: Key, _ menu: Menu) -> [Effect] {
    var menu = menu
    switch key.code {
    case .escape: overlay = nil
    case .down: menu.selected = min(menu.selected + 1, menu.items.count - 1)
    case .up: menu.selected = max(menu.selected - 1, 0)
    case .home: menu.selected = 0
    case .end: menu.selected = max(0, menu.items.count - 1)
    case .enter: return take(menu.selected, of: menu)
    case .character(let character) where !key.control:
      guard let index = menu.items.firstIndex(where: { $0.key == character }) else {
        if character == "q" { overlay = nil }
        return []
      }
      return take(index, of: menu)
    default: break
    }
    if overlay != nil { overlay = .menu(menu) }
    return []
  }

  private mutating func take(_ index: Int, of menu: Menu) -> [Effect] {
    guard menu.items.indices.contains(index) else { return [] }
    let item = menu.items[index]
    if let reason = item.reason {
      tell(item.title + ": " + reason, .toastWarning)
      return []
    }
    overlay = nil
    switch item.choice {
    case .deed(let deed): return perform(deed)
    case .confirm(let dialog): overlay = .dialog(dialog)
    case .narrow(let text): return narrow(text)
    case .arrange(let settings): return arrange(settings)
    case .sort(let field?): return sort(by: field)
    case .sort(nil): return sort(typed: "")
    case .prompt(let kind): overlay = .prompt(Prompt(kind: kind))
    case .ask(let inquiry): self.inquiry = inquiry
    }
    return []
  }

  /// The keys of a menu whose things have no letters of their own.
  private static let menuKeys = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

  /// The searches that were kept.
  var searchMenu: Menu {
    let items = zip(Self.menuKeys, searches.keys.sorted()).map { key, name in
      Menu.Item(
        key: key, title: name, note: searches[name] ?? "", choice: .narrow(searches[name] ?? ""))
    }
    return Menu(
      title: items.isEmpty ? "No search is kept yet; :save NAME keeps one" : "Searches",
      items: items)
  }

  /// Does what was agreed to.
  mutating func perform(_ deed: Deed) -> [Effect] {
    let effects: [Effect]
    switch deed {
    case .ask(let command): effects = ask(command)
    case .all(let commands):
      effects = commands.count == 1 ? ask(commands[0]) : release(commands)
    case .schedule(let change): effects = [.schedule(change)]
    case .stop(let run): effects = stop(run)
    case .stopAll(let run, let waiting):
      let stops = stop(run)
      // Who is asked anew, since something else runs by now, has agreed to nothing.
      effects = stops.isEmpty ? [] : takeBack(waiting) + stops
    }
    if !effects.isEmpty { noteReversal(of: deed) }
    return effects
  }
}
