import Cells

/// The keys that a person chose instead of the usual ones.
public struct KeyBindings: Equatable, Sendable {
  private var keys: [String: [Key]] = [:]
  private static let suspend = "\(ActionID.suspend)"

  /// The usual keys.
  public init() {}

  /// Gives an action other keys; says why that can't be, or nil.
  ///
  /// Whether another action has one of them already is told by ``conflict``, once all are given:
  /// two actions may change their keys with each other.
  public mutating func bind(_ action: String, to names: [String]) -> String? {
    guard Action.all.contains(where: { $0.name == action }) else {
      return "there is no action \"\(action)\"; 'lockstep --keys' lists all"
    }
    var keys: [Key] = []
    for name in names {
      guard let key = Key(name: name) else {
        return "\"\(name)\" is no key; write F5, C-s for Control and s, or a letter"
      }
      keys.append(key)
    }
    guard !keys.isEmpty else { return "an action needs a key" }
    self.keys[action] = keys
    return nil
  }

  /// The first action that was given a key which another one has in the same place, and why that
  /// can't be; nil if all keys tell actions apart.
  public var conflict: (action: String, reason: String)? {
    for name in keys.keys.sorted() {
      if let reason = conflict(of: name) { return (name, reason) }
    }
    return nil
  }

  /// Another action that has one of an action's keys in the same place.
  private func conflict(of name: String) -> String? {
    let all = actions
    for one in all where one.name == name {
      for other in all where other.name != name {
        guard let key = one.keys.first(where: other.keys.contains) else { continue }
        let bothGeneral = one.scopes.isEmpty && other.scopes.isEmpty
        guard bothGeneral || !one.scopes.isDisjoint(with: other.scopes) else { continue }
        return "\(key.name) is the key of \"\(other.name)\" already"
      }
    }
    // The terminal takes it before any action does.
    let stop = Key(.character("z"), control: true)
    guard name != Self.suspend, keys[name]?.contains(stop) == true else { return nil }
    return "\(stop.name) goes back to the shell, whatever it is given to"
  }

  /// The actions with the keys that they have now.
  var actions: [Action] {
    guard !keys.isEmpty else { return Action.all }
    return Action.all.map { action in
      var action = action
      if let own = keys[action.name] { action.keys = own }
      return action
    }
  }

  /// The same as the lines of a Markdown table.
  public var markdown: [String] {
    ["| keys | what they do | where | action |", "|---|---|---|---|"]
      + table.map { row in
        let keys = row.keys.split(separator: " ").map { "`" + $0 + "`" }.joined(separator: " ")
        return "| \(keys) | \(row.help) | \(row.place) | `\(row.name)` |"
      }
  }

  /// All actions as lines for people: name, keys, what is done, and where.
  public var table: [(name: String, keys: String, help: String, place: String)] {
    actions.map { action in
      let isOfTables = action.scopes.isSuperset(of: Set<Scope>.tables)
      let scopes = isOfTables ? action.scopes.subtracting(Set<Scope>.tables) : action.scopes
      let places =
        (isOfTables ? ["tables"] : []) + Scope.allCases.filter(scopes.contains).map(\.title)
      return (
        action.name, action.keys.map(\.name).joined(separator: " "),
        action.help + (action.isDangerous ? " (asks first)" : ""),
        places.isEmpty ? "everywhere" : places.joined(separator: ", ")
      )
    }
  }
}

extension Action {
  /// The name under which the configuration knows it: `full`, `view.users`.
  var name: String {
    if case .view(let view) = id { return "view." + view.rawValue }
    return "\(id)"
  }
}
