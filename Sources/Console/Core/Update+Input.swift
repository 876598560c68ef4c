import Cells
import Directory
import SyncStore

extension ConsoleState {
  /// Takes a key, the mouse or a new size.
  mutating func take(_ event: InputEvent) -> [Effect] {
    switch event {
    case .key(let key): return take(key)
    case .paste(let text): return paste(text)
    case .mouse(let event): return take(event)
    case .resize(let size):
      self.size = size
      return []
    case .hangup, .terminate: return [.quit]
    case .resumed: return [.redraw]
    case .suspended, .wake: return []
    }
  }

  private mutating func take(_ key: Key) -> [Effect] {
    // Esc ends a question also where nobody sees it.
    guard FrameLayout.fits(size) || key.code == .escape && overlay != nil else {
      return takeUnseen(key)
    }
    if key.alt, !actions.contains(where: { $0.keys.contains(key) }) {
      // Over a slow line Esc and the key after it come together, which looks like Alt.
      var plain = key
      plain.alt = false
      // In a question the key was meant for that, or is a letter that some keyboards make with Alt.
      return overlay == nil ? take(Key(.escape)) + take(plain) : take(Key(.escape))
    }
    // Why a key did nothing is of that key only.
    if toast?.role == .toastWarning { toast = nil }
    // An error lies over rows: Esc takes it away, and so does any key once it could be read.
    if let toast, toast.role == .toastError,
      key.code == .escape || now.milliseconds - toast.since >= 5000
    {
      self.toast = nil
    }
    inquiry = nil
    switch overlay {
    case .help(let top): return help(key, top: top)
    case .dialog(let dialog): return answer(key, dialog)
    case .prompt(let prompt): return type(key, prompt)
    case .themes(let picker): return pick(key, picker)
    case .menu(let menu): return choose(key, menu)
    case .columns(let picker): return choose(key, picker)
    case nil: break
    }
    guard let action = action(of: key, in: screen.model.scope) else {
      // Who presses what ends other programs wants to know what ends this one.
      let ends = [Key(.character("c"), control: true), Key(.character("d"), control: true)]
      let quit = action(.quit)?.keys.first?.name ?? ""
      let advice = ends.contains(key) && !quit.isEmpty ? quit + " leaves" : "? shows all"
      tell("No key here: " + key.name + "; " + advice, .toastWarning)
      return []
    }
    return perform(action)
  }

  /// Where nothing can be drawn only what leaves or draws anew is done: nobody would see the rest.
  private func takeUnseen(_ key: Key) -> [Effect] {
    switch action(of: key, in: screen.model.scope)?.id {
    // A letter that is typed into what lies above is none that leaves.
    case .quit? where overlay == nil: [.quit]
    case .redraw?: [.redraw]
    case .suspend?: [.suspend]
    default: []
    }
  }

  /// Text that was pasted goes where text is typed, and nowhere else.
  private mutating func paste(_ text: String) -> [Effect] {
    guard FrameLayout.fits(size) else { return [] }
    guard case .prompt(let prompt) = overlay else {
      tell("Pasted text goes where one types: after / or :", .toastWarning)
      return []
    }
    let lines = text.split(whereSeparator: \.isNewline).map(String.init)
    // An expression may stand in several lines, as it does in a file of rules.
    let line = prompt.kind == .expression ? lines.joined(separator: " ") : lines.first ?? ""
    return edit(prompt, to: prompt.head + line + prompt.tail)
  }

  /// Does what an action says, or tells why not.
  mutating func perform(_ action: Action) -> [Effect] {
    if let reason = action.disabledReason(self) {
      tell(action.title + ": " + reason, .toastWarning)
      return []
    }
    switch action.id {
    case .view(let view): return show(view)
    case .full:
      // Where nothing can be counted the question is asked without figures.
      if status == nil || isStoreMissing || pollFault != nil {
        overlay = .dialog(fullDialog([]))
      } else {
        inquiry = .cycle(.initial)
      }
    case .stop: overlay = .dialog(stopDialog)
    case .release: overlay = .dialog(releaseDialog)
    case .delta:
      guard deltaDeletes else { return ask(.cycle(.delta)) }
      guard !isStoreOlder else {
        overlay = .dialog(upgradeDialog)
        return []
      }
      inquiry = .cycle(.delta)
    case .passwordsFull: inquiry = .passwords
    case .passwordRun: overlay = .menu(passwordMenu)
    case .rehearse: overlay = .menu(rehearsalMenu)
    case .manage: overlay = .menu(manageMenu)
    case .run:
      guard let connector = selectedConnector else { return [] }
      overlay = .menu(runMenu(connector: connector.name, isSource: connector.isSource))
    case .held: push(.held(HeldScreen()))
    case .check: push(.tool(ToolScreen("Check of configuration and connections", ["check"])))
    case .filter:
      overlay = .prompt(
        Prompt(
          kind: .filter(original: screen.model.filterText), text: screen.model.filterText))
    case .command: overlay = .prompt(Prompt(kind: .command))
    case .tryOut where screen.model.scope != .rule:
      overlay = .prompt(Prompt(kind: .expression))
    case .goToTime: overlay = .prompt(Prompt(kind: .time))
    case .searches: overlay = .menu(searchMenu)
    case .sort: overlay = sortMenu.map { .menu($0) }
    case .reverse: return reverse()
    case .columns: overlay = (screen.model.tableInfo).map { .columns(ColumnPicker($0)) }
    case .undo: return step(back: true)
    case .redo: return step(back: false)
    case .help: overlay = .help(0)
    case .themes:
      let selected = options.themes.firstIndex(of: theme) ?? 0
      overlay = .themes(ThemePicker(original: theme, selected: selected))
    case .copy:
      let text = screen.model.copyText
      tell("Copied: " + text.prefix(200) + (text.utf8.count > 800 ? scene.ellipsis : ""))
      return [.copy(text)]
    case .export: return export(.csv)
    case .undecorated: return [.showText(undecorated)]
    case .pause:
      isPaused.toggle()
      let isHeld = isPaused
      // What is just being read again would change what is shown.
      forEachScreen { if isHeld { $0.hold() } else { $0.markStale() } }
      tell(isPaused ? "Paused: what is shown stays as it is; z goes on" : "Following again")
    case .activity: push(.activity(ActivityScreen()))
    case .takeBack:
      // What that lets go out is counted first.
      if reversals.last?.deed == .ask(.staging(false)) {
        inquiry = .leaveStaging(isTakenBack: true)
      } else {
        overlay = reversals.last.map { .dialog($0.dialog) }
      }
    case .families: push(.families(FamiliesScreen()))
    case .compare:
      guard case .runs(let first, let second, let title) = comparison else { return [] }
      push(.tool(ToolScreen(title, ["compare"] + [first, second].map(\.text))))
    case .redraw: return [.redraw]
    case .suspend: return [.suspend]
    case .quit: return [.quit]
    default: return performOnScreen(action)
    }
    return []
  }

  private mutating func performOnScreen(_ action: Action) -> [Effect] {
    var model = screen.model
    let intents = model.perform(action.id, size: contentSize, scene: scene)
    screen.model = model
    guard let intents else { return performElsewhere(action) }
    return intents.flatMap { perform($0) }
  }

  /// Opens a screen above the one that is shown; the one that is shown already is not opened again.
  mutating func push(_ screen: Screen) {
    if case .tool(var shown) = self.screen, case .tool(let new) = screen {
      // The same command is run again: what it finds may be something else by now.
      if shown.arguments == new.arguments {
        shown.output = nil
        self.screen = .tool(shown)
        return
      }
    } else if self.screen.model.scope == screen.model.scope,
      self.screen.model.crumb == screen.model.crumb,
      [.held, .families, .activity].contains(screen.model.scope)
    {
      return
    }
    var screen = screen
    screen.model.restore(tables, now: now, clock: options.clock)
    stacks[view, default: []].append(screen)
    // Another way leads elsewhere.
    leftScreens[view] = nil
  }

  private mutating func perform(_ intent: Intent) -> [Effect] {
    switch intent {
    case .push(let screen): push(screen)
    case .tell(let text): tell(text)
    case .ask(let command): return ask(command)
    case .prompt(let kind, let text): overlay = .prompt(Prompt(kind: kind, text: text))
    case .edit(let file, let line): return [.edit(file: file, line: line)]
    case .confirm(let dialog): overlay = .dialog(dialog)
    case .arrange(let settings): return arrange(settings)
    case .menu(let menu): overlay = .menu(menu)
    case .act(let id): return perform(id)
    }
    return []
  }

  /// What an action means where the screen itself makes nothing of it.
  private mutating func performElsewhere(_ action: Action) -> [Effect] {
    switch action.id {
    case .back:
      if (stacks[view]?.count ?? 0) > 1 {
        if let screen = stacks[view]?.removeLast() { leftScreens[view, default: []].append(screen) }
      } else {
        // Who is at no moment keeps his row.
        if isAtMoment { _ = screen.model.goTo(nil) }
        return widen()
      }
    case .forward:
      if let screen = leftScreens[view]?.popLast() { stacks[view, default: []].append(screen) }
    case .nextPane, .previousPane:
      let all = ViewID.allCases
      let index = all.firstIndex(of: view) ?? 0
      let offset = action.id == .nextPane ? 1 : all.count - 1
      return show(all[(index + offset) % all.count])
    case .left, .right: break
    default: tell(action.title + " means nothing here", .toastWarning)
    }
    return []
  }

  /// Shows a view; asked for again, its first screen.
  mutating func show(_ view: ViewID) -> [Effect] {
    if view == self.view, let first = stacks[view]?.first {
      leftScreens[view, default: []] += (stacks[view] ?? []).dropFirst().reversed()
      stacks[view] = [first]
      if case .operations(var operations) = first {
        operations.focus(pane: OperationsScreen.Pane.history.rawValue)
        stacks[view] = [.operations(operations)]
      }
      return []
    }
    self.view = view
    return [.save(preferences)]
  }

  /// Writes what is shown to a file.
  mutating func export(_ format: ExportFormat) -> [Effect] {
    var scene = scene
    // Marks of the screen mean nothing in a file: the words beside them stay.
    scene.glyphs = .ascii
    guard let export = screen.model.export(scene: scene) else {
      tell("Export: nothing has been read yet", .toastWarning)
      return []
    }
    guard !isExporting else {
      tell("The list is no longer written")
      return [.endExport]
    }
    isExporting = true
    tell("Writing " + export.name + "." + format.rawValue)
    return [.export(export, format)]
  }

  private mutating func take(_ event: MouseEvent) -> [Effect] {
    guard overlay == nil, FrameLayout.fits(size) else { return [] }
    // Who goes on with the mouse is elsewhere, as with a key.
    inquiry = nil
    switch event.action {
    case .scrollUp, .scrollDown:
      let motion: ActionID = event.action == .scrollUp ? .up : .down
      var model = screen.model
      for _ in 0..<3 { _ = model.perform(motion, size: contentSize, scene: scene) }
      screen.model = model
      return []
    case .secondaryPress: return []
    case .press, .doublePress: break
    }
    let hits = Renderer(state: self, size: size).render().hits
    guard let hit = hits.last(where: { $0.rect.contains(event.position) }) else { return [] }
    switch hit.target {
    case .tab(let view): return show(view)
    case .inspectorTab(let number):
      if case .inspector(var inspector) = screen {
        inspector.show(tab: InspectorScreen.Tab(rawValue: number) ?? .attributes)
        screen = .inspector(inspector)
      }
    case .heading(let pane, let field):
      screen.model.focus(pane: pane)
      guard screen.model.tableInfo?.fields.contains(where: { $0.name == field }) ?? false else {
        tell("Sort: nothing is sorted by " + field, .toastWarning)
        return []
      }
      return sort(by: field)
    case .row(let pane, let index):
      var model = screen.model
      model.press(pane: pane, index: index, scene: scene, size: contentSize)
      screen.model = model
      if event.action == .doublePress, let open = action(.open) { return perform(open) }
    }
    return []
  }
}
