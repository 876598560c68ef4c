import Cells

/// The views that the number keys open.
public enum ViewID: String, CaseIterable, Hashable, Sendable {
  case operations, connectors, metaverse, users, passwords, rules, events

  /// The digit that opens the view.
  var digit: Character {
    switch self {
    case .operations: "1"
    case .connectors: "2"
    case .metaverse: "3"
    case .users: "4"
    case .passwords: "5"
    case .rules: "6"
    case .events: "7"
    }
  }

  /// The name on its tab where there is little room.
  var shortTitle: String {
    switch self {
    case .operations: "Ops"
    case .connectors: "Conn"
    case .metaverse: "MV"
    case .users: "Users"
    case .passwords: "PW"
    case .rules: "Rules"
    case .events: "Events"
    }
  }

  /// The name on its tab.
  public var title: String {
    switch self {
    case .operations: "Operations"
    case .connectors: "Connectors"
    case .metaverse: "Metaverse"
    case .users: "Users"
    case .passwords: "Passwords"
    case .rules: "Rules"
    case .events: "Events"
    }
  }
}

/// Everything that a key can mean.
enum ActionID: Hashable, Sendable {
  case view(ViewID)
  case nextPane, previousPane, left, right
  case up, down, pageUp, pageDown, first, last
  case open, back, forward
  case filter, searches, goToTime, cycleFilter, cycleScope, sort, reverse
  case columns, undo, redo
  case nextProblem, previousProblem
  case full, delta, stop, release, releaseHeld
  case passwordsFull, passwordRun, passwordBatches
  case activity, takeBack
  case rehearse, manage, run, held, check, again, mark, nextMark, previousMark
  case differing, earlier, later
  case coverage, lint, edit, tryOut
  case previewFull, previewDelta, commitPreview
  case copy, export, undecorated, pause, families, compare
  case themes, help, command
  case redraw, suspend, quit
}

/// Where an action has a meaning.
enum Scope: String, CaseIterable, Hashable, Sendable {
  case operations, changes, deltas, connectors, objects, inspector, users, events
  case passwords, passwordAccount, passwordBatches, passwordBatch
  case held, heldObjects, tool, metaverse, rules, rule, families, family, activity, event

  /// The name in the help.
  var title: String {
    switch self {
    case .operations: "Operations"
    case .changes: "Objects that a step counted"
    case .deltas: "What a step changed"
    case .connectors: "Connectors"
    case .objects: "Connector space"
    case .inspector: "Object inspector"
    case .users: "Users"
    case .passwords: "Passwords"
    case .passwordAccount: "Password of an account"
    case .passwordBatches: "Batches of passwords"
    case .passwordBatch: "Batch of passwords"
    case .events: "Events"
    case .held: "Held"
    case .heldObjects: "Held objects"
    case .tool: "Output of a command"
    case .metaverse: "Metaverse"
    case .rules: "Rules"
    case .rule: "Rule"
    case .families: "Open errors"
    case .family: "Open errors of one kind"
    case .activity: "Activity"
    case .event: "Event"
    }
  }
}

extension Set<Scope> {
  /// The places that are tables.
  static let tables: Set<Scope> = [
    .operations, .changes, .connectors, .objects, .users, .passwords, .passwordBatches, .events,
    .heldObjects, .metaverse, .rules, .family,
  ]
}

/// A thing that a person can do: the one source of what keys do, of the hints at the bottom and of
/// the help.
struct Action: Sendable {
  /// What is done.
  var id: ActionID
  /// The word for it at the bottom line.
  var title: String
  /// The sentence for it in the help.
  var help: String
  /// What the help says of how things stand here; may be empty.
  var note: @Sendable (ConsoleState) -> String = { _ in "" }
  /// The keys that do it; the first one is shown.
  var keys: [Key]
  /// Where it can be done; empty means everywhere.
  var scopes: Set<Scope> = []
  /// Whether it can hurt, so that it asks first.
  var isDangerous = false
  /// The place among the hints, lowest first; nil for what is only in the help.
  var hint: Int?
  /// Where it stands among the first hints whatever its place is elsewhere.
  var foremost: Set<Scope> = []
  /// Why it can't be done now, or nil if it can.
  var disabledReason: @Sendable (ConsoleState) -> String? = { _ in nil }

  /// The place among the hints in `scope`.
  func hint(in scope: Scope) -> Int { foremost.contains(scope) ? 1 : hint ?? 0 }

  /// Whether it has a meaning in `scope`.
  func applies(in scope: Scope) -> Bool { scopes.isEmpty || scopes.contains(scope) }
}

extension Key {
  /// The shortest name that fits into the line of hints.
  func hint(_ glyphs: Glyphs) -> String {
    switch code {
    case .character(let character) where control: "^" + character.uppercased()
    case .enter: glyphs.isASCII ? "Enter" : "\u{23CE}"
    default: name
    }
  }
}
