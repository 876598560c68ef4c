import Cells
import SyncStore

extension Action {
  /// All actions.
  ///
  /// Dispatch, hints and help are made from this table and nothing else.
  static let all: [Action] = views + engine + managing + looking + moving + program

  private static func key(_ character: Character) -> Key { .character(character) }

  private static let views: [Action] = ViewID.allCases.map { view in
    Action(
      id: .view(view), title: view.title, help: "Show " + view.title, keys: [key(view.digit)])
  }

  private static let engine: [Action] = [
    Action(
      id: .full, title: "Full",
      help: "Start an Initial cycle: everything is read and computed anew",
      keys: [key("F")], isDangerous: true, hint: 0,
      disabledReason: { readOnly($0) ?? $0.storeReason(for: .cycle(.initial)) }),
    Action(
      id: .delta, title: "Delta",
      help: "Start a Delta cycle: what changed since the last one; asks first if deletes wait "
        + "already, and sends those that it finds itself up to the limit",
      note: { state in
        (state.status?.schedule.deletionThreshold).map {
          " (\(Format.count($0)) or half of the target, or its own)"
        } ?? ""
      },
      keys: [key("D")], hint: 1,
      disabledReason: { readOnly($0) ?? $0.storeReason(for: .cycle(.delta)) }),
    Action(
      id: .stop, title: "Stop", help: "Stop what runs, between two batches", keys: [key("S")],
      isDangerous: true, hint: 2,
      disabledReason: { state in
        readOnly(state)
          ?? (state.progress == nil && state.status?.state != .running
            ? "Nothing runs that could be stopped" : nil)
      }),
    Action(
      id: .passwordsFull, title: "Passwords",
      help: "Send the passwords of all users again: a full password synchronization",
      keys: [key("P")], isDangerous: true, hint: 14,
      foremost: [.passwords, .passwordAccount, .passwordBatches, .passwordBatch],
      disabledReason: { state in
        readOnly(state) ?? state.storeReason(for: .passwords(.full))
          ?? (state.status != nil && state.status?.passwords == nil
            ? "No synchronization of passwords is configured; see view 5" : nil)
          ?? state.passwordStagingReason
      }),
    Action(
      id: .release, title: "Release deletes",
      help: "Let the held deletes of the selected connector go out with the next export",
      keys: [key("R")], scopes: [.connectors], isDangerous: true, hint: 12,
      disabledReason: { state in
        readOnly(state)
          ?? (state.heldDeletes.count == 0 ? "This connector holds no deletes back" : nil)
      }),
  ]

  private static let managing: [Action] = [
    Action(
      id: .run, title: "Run",
      help: "Run one profile on this connector: Full Import, Delta Import, …",
      keys: [key("r")], scopes: [.connectors, .objects], hint: 5,
      disabledReason: { state in
        readOnly(state) ?? (state.selectedConnector == nil ? "No connector is selected" : nil)
      }),
    Action(
      id: .passwordRun, title: "Run",
      help: "Look for changed passwords now, send all again, or send that of one account",
      keys: [key("r")],
      scopes: [.passwords, .passwordAccount, .passwordBatches, .passwordBatch], hint: 5,
      disabledReason: { state in
        readOnly(state)
          ?? (state.status?.passwords == nil
            ? "No synchronization of passwords is configured" : nil)
      }),
    Action(
      id: .check, title: "Check",
      help: "Check configuration, rules and the connection of each connector", keys: [key("c")],
      scopes: [.connectors], hint: 6),
    Action(
      id: .again, title: "Again", help: "Run it again", keys: [key("r")], scopes: [.tool, .rules],
      hint: 5),
    Action(
      id: .coverage, title: "Coverage",
      help: "Show what each rule has brought about, and which had no effect", keys: [key("v")],
      scopes: [.rules], hint: 6),
    Action(
      id: .lint, title: "Lint", help: "Look for rules that can't work or are likely not meant",
      keys: [key("L")], scopes: [.rules], hint: 7),
    Action(
      id: .tryOut, title: "Try",
      help: "Work an expression out for the object that was looked at last, step by step",
      keys: [key("x")], scopes: [.rule, .inspector, .objects, .metaverse], hint: 6),
    Action(
      id: .edit, title: "Edit",
      help: "Open the rule's file in $EDITOR; what can't be read is refused, with line and column",
      keys: [key("E")], scopes: [.rules, .rule], hint: 5, disabledReason: readOnly),
    Action(
      id: .mark, title: "Mark",
      help: "Mark or unmark the row: e then writes only the marked ones; where they are held, R "
        + "releases them",
      keys: [key("m")], scopes: .tables, hint: 15, foremost: [.heldObjects]),
    Action(
      id: .nextMark, title: "Next mark", help: "Go to the next marked row", keys: [key("'")],
      scopes: .tables),
    Action(
      id: .previousMark, title: "Previous mark", help: "Go to the marked row before",
      keys: [key("\"")], scopes: .tables),
    Action(
      id: .releaseHeld, title: "Release",
      help: "Let what is held under the cursor go: a group, an object, an import",
      keys: [key("R")], scopes: [.held, .heldObjects], isDangerous: true, hint: 4,
      disabledReason: readOnly),
    Action(
      id: .releaseHeld, title: "Release deletes",
      help: "Let the marked held deletes go, or the one under the cursor; s and h list them",
      keys: [key("R")], scopes: [.objects], isDangerous: true, hint: 12,
      disabledReason: { readOnly($0) ?? noHeldDeletes($0) }),
    Action(
      id: .held, title: "Held", help: "Show what waits for a person's word, and what is due",
      keys: [key("H")], hint: 12),
    Action(
      id: .rehearse, title: "Rehearse",
      help: "Rehearse a cycle: all is read and computed, nothing is sent", keys: [key("T")],
      hint: 12, disabledReason: readOnly),
    Action(
      id: .takeBack, title: "Take back",
      help: "Take back the last change of schedule or staging mode that was made here",
      keys: [key("B")], isDangerous: true,
      disabledReason: { state in
        readOnly(state)
          ?? (state.reversals.isEmpty
            ? "No schedule or staging mode was changed here; what is sent can't be taken back"
            : nil)
      }),
    Action(
      id: .manage, title: "Manage",
      help: "Schedule, an engine that stays, next cycle, staging mode, purge",
      keys: [key("M")], hint: 13, disabledReason: { $0.storeReason(for: .becomeService) }),
  ]

  private static let looking: [Action] = [
    Action(
      id: .open, title: "Open", help: "Open what is selected", keys: [Key(.enter)], hint: 3,
      disabledReason: { state in
        [.tool, .event, .activity].contains(state.screen.model.scope)
          ? "There is nothing to open here" : nil
      }),
    Action(
      id: .back, title: "Back", help: "Go back to where you came from, to the same row",
      keys: [Key(.escape), Key(.backspace)], hint: 4,
      disabledReason: { $0.canGoBack ? nil : "This is the first screen; q quits" }),
    Action(
      id: .forward, title: "Forward", help: "Open again what you came back from, as it was",
      keys: [key(">")], hint: 8,
      disabledReason: { state in
        state.canGoForward ? nil : "There is nothing that you came back from"
      }),
    Action(
      id: .filter, title: "Filter", help: "Narrow the list while you type", keys: [key("/")],
      scopes: .tables, hint: 5),
    Action(
      id: .cycleFilter, title: "Show",
      help: "Show all, then only what has warnings, then only what failed",
      keys: [key("f")], scopes: [.operations], hint: 6),
    Action(
      id: .cycleFilter, title: "Level", help: "Show all, then warnings and errors, then errors",
      keys: [key("f")], scopes: [.events], hint: 6),
    Action(
      id: .searches, title: "Searches", help: "Choose among the searches that :save NAME kept",
      keys: [key("s")], scopes: [.metaverse], hint: 6),
    Action(
      id: .goToTime, title: "Time",
      help: "Go to a time: 14:30, 2026-11-22, 2d ago; without one, back to the newest",
      keys: [key("@")], scopes: [.operations, .events], hint: 9),
    Action(
      id: .cycleFilter, title: "State", help: "Show all users, then those of one state",
      keys: [key("f")], scopes: [.users], hint: 6),
    Action(
      id: .cycleFilter, title: "Show",
      help: "Show all accounts, then those that wait, failed, have an older password, …",
      keys: [key("f")], scopes: [.passwords], hint: 6),
    Action(
      id: .passwordBatches, title: "Batches",
      help: "Show what was sent and answered: events 656 and 657, paired", keys: [key("b")],
      scopes: [.passwords, .passwordAccount], hint: 5),
    Action(
      id: .cycleScope, title: "Scope",
      help: "Choose a kind of objects: connectors, filtered, import errors, …",
      keys: [key("s")], scopes: [.objects], hint: 6),
    Action(
      id: .sort, title: "Sort", help: "Choose what the table is sorted by", keys: [key("o")],
      scopes: .tables, hint: 7),
    Action(
      id: .reverse, title: "Reverse", help: "Sort the other way round", keys: [key("O")],
      scopes: .tables),
    Action(
      id: .columns, title: "Columns", help: "Choose the table's columns, their order and widths",
      keys: [key("C")], scopes: .tables, hint: 11),
    Action(
      id: .undo, title: "Undo", help: "Take the last change of filter, order or columns back",
      keys: [key("u")], scopes: .tables, hint: 15),
    Action(
      id: .redo, title: "Redo", help: "Do again what was taken back", keys: [key("U")],
      scopes: .tables),
    Action(
      id: .nextProblem, title: "Next error", help: "Go to the next row with an error",
      keys: [key("n")], hint: 8),
    Action(
      id: .previousProblem, title: "Previous error", help: "Go to the row with an error before",
      keys: [key("N")]),
    Action(
      id: .differing, title: "Differing", help: "Show only attributes with a pending change",
      keys: [key("a")], scopes: [.inspector], hint: 6),
    Action(
      id: .earlier, title: "Earlier run",
      help: "The attributes as they were a run earlier; in the history, the run before",
      keys: [key("[")], scopes: [.inspector], hint: 7),
    Action(
      id: .later, title: "Later run", help: "The attributes as they were a run later",
      keys: [key("]")], scopes: [.inspector]),
    Action(
      id: .previewFull, title: "Preview",
      help: "Show what a full synchronization of this object alone would do; nothing is stored",
      keys: [key("p")], scopes: [.inspector], hint: 5, disabledReason: noPreview),
    Action(
      id: .previewDelta, title: "Delta preview",
      help: "Show what a delta synchronization of this object alone would do",
      keys: [key("d")], scopes: [.inspector], disabledReason: noPreview),
    Action(
      id: .commitPreview, title: "Commit",
      help: "Store the synchronization that the preview shows", keys: [key("C")],
      scopes: [.inspector], isDangerous: true, hint: 6,
      disabledReason: { state in
        readOnly(state) ?? (state.canCommit ? nil : "There is no preview to store; p makes one")
      }),
    Action(
      id: .undecorated, title: "Text",
      help: "Show the screen as plain text without lines, to select and copy with the mouse",
      keys: [key("Y")]),
    Action(
      id: .pause, title: "Pause", help: "Hold what is shown as it is, or go on with what is new",
      keys: [key("z")]),
    Action(
      id: .families, title: "Errors",
      help: "Show all open errors, folded by type and cause, with first and last seen and trend",
      keys: [key("X")], hint: 12),
    Action(
      id: .activity, title: "Activity",
      help: "Show who else has a console open, and what was asked of the engine by whom",
      keys: [key("A")], hint: 14),
    Action(
      id: .compare, title: "Compare",
      help: "Compare the run under the cursor with the one marked by m, else with the one before",
      keys: [key("=")], scopes: [.operations], hint: 13,
      disabledReason: { $0.comparison.reason }),
    Action(
      id: .copy, title: "Copy", help: "Copy the selected value (OSC 52)", keys: [key("y")],
      hint: 9,
      disabledReason: { $0.screen.model.copyText.isEmpty ? "Nothing to copy here" : nil }),
    Action(
      id: .export, title: "Export",
      help: "Write what is shown to a CSV file (:export json for JSON)",
      keys: [key("e")], hint: 10),
  ]

  private static let moving: [Action] = [
    Action(id: .up, title: "Up", help: "Up a line", keys: [Key(.up), key("k")]),
    Action(id: .down, title: "Down", help: "Down a line", keys: [Key(.down), key("j")]),
    Action(
      id: .left, title: "Left", help: "To the pane or tab on the left",
      keys: [Key(.left), key("h")]),
    Action(
      id: .right, title: "Right", help: "To the pane or tab on the right",
      keys: [Key(.right), key("l")]),
    Action(
      id: .pageUp, title: "Page up", help: "Up a page",
      keys: [Key(.pageUp), Key(.character("b"), control: true)]),
    Action(
      id: .pageDown, title: "Page down", help: "Down a page",
      keys: [Key(.pageDown), Key(.character("f"), control: true), key(" ")]),
    Action(id: .first, title: "First", help: "To the first row", keys: [Key(.home), key("g")]),
    Action(id: .last, title: "Last", help: "To the last row", keys: [Key(.end), key("G")]),
    Action(
      id: .nextPane, title: "Pane", help: "To the next pane, tab or view", keys: [Key(.tab)],
      hint: 11),
    Action(
      id: .previousPane, title: "Pane back", help: "To the pane, tab or view before",
      keys: [Key(.backTab)]),
  ]

  private static let program: [Action] = [
    Action(id: .themes, title: "Theme", help: "Choose a theme", keys: [key("t")], hint: 13),
    Action(
      id: .command, title: "Command", help: "Type a command; Tab completes it", keys: [key(":")],
      hint: 11),
    Action(id: .help, title: "Help", help: "Show all keys", keys: [key("?")], hint: -2),
    Action(id: .quit, title: "Quit", help: "Leave; what runs goes on", keys: [key("q")], hint: -1),
    Action(
      id: .redraw, title: "Redraw", help: "Draw the screen anew",
      keys: [Key(.character("l"), control: true)]),
    Action(
      id: .suspend, title: "Suspend", help: "Go back to the shell; fg returns",
      keys: [Key(.character("z"), control: true)]),
  ]

  /// The engine works a preview out; asking it writes to the store, and may start one.
  private static let noPreview: @Sendable (ConsoleState) -> String? = { state in
    readOnly(state).map { $0 + "; a preview asks the engine, and may start one" }
  }

  /// Among other objects nobody would see which of them R is about.
  private static let noHeldDeletes: @Sendable (ConsoleState) -> String? = { state in
    guard case .objects(let objects) = state.screen, objects.searchScope != .heldDeletes else {
      return nil
    }
    return objects.connector.heldDeletes == 0
      ? "This connector holds no deletes back"
      : "s and h list the held deletes, to release single ones; all go from view 2"
  }

  private static let readOnly: @Sendable (ConsoleState) -> String? = { state in
    state.options.readOnly ? "This console was started read-only" : nil
  }
}
