import Cells
import Console
import Directory
import Foundation
import SyncStore
import Terminal

/// The console's run loop: waits for keys and answers, lets the core take them, shows the result.
///
/// It stays on the thread that opened the terminal, and never reads the store.
struct ConsoleLoop {
  /// Seconds between two ticks.
  static let tickInterval = 0.25
  /// Seconds between two ticks where nothing goes on: only clocks move.
  static let restInterval = 1.0
  /// Seconds between two frames at least, where nobody pressed a key.
  static let frameInterval = 0.033
  /// Seconds between two frames that answer keys: whoever presses one waits for no news of the store.
  static let answerInterval = 0.004
  /// Seconds for which a frame waits for what it would otherwise say is being read: mostly the store
  /// answers sooner, and a word that comes and goes at once only flickers and costs bytes.
  static let patientFrame = 0.006
  /// Seconds for which the first frame does.
  static let patientStart = 0.05
  /// Seconds for which Enter, and what was pressed after it, waits for what it may be meant to open:
  /// whoever knows the way presses keys faster than a store answers.
  static let patientEnter = 0.15
  /// Seconds between two looks at the theme's files.
  static let themeInterval = 1.0

  /// Seconds that the console waits at its end for what was asked for to be filed.
  static let patience = 5.0

  let screen: TerminalScreen
  let mailbox: Mailbox
  let loader: ConsoleLoader
  let catalog: ThemeCatalog
  private var preferences: PreferencesFile
  let editing: (String) -> RuleEditing

  private var state: ConsoleState
  /// Since when there is something to show that the last frame does not; nil if there is nothing.
  private var dirtySince: Timestamp?
  /// Whether the next frame answers a key.
  private var isAnswer = false
  private var lastFrame: Timestamp?
  /// What has come and was not taken yet, and since when its first waits for an answer.
  private var inbox: [Arrival] = []
  private var waitsSince: Timestamp?
  /// How letters follow each other.
  private var rhythm = KeyRhythm()
  /// What has been drawn long enough to be answered.
  private var sight = Sight()
  private var lastTick: Timestamp
  private var lastThemeCheck: Timestamp
  private var refusedEdit: String?
  private var exitStatus: Int32?
  /// Whether the console was left before the store took what was asked for.
  private(set) var isUnsettled = false

  init(
    screen: TerminalScreen, mailbox: Mailbox, loader: ConsoleLoader, catalog: ThemeCatalog,
    preferences: PreferencesFile, editing: @escaping (String) -> RuleEditing,
    options: ConsoleOptions
  ) {
    self.screen = screen
    self.mailbox = mailbox
    self.loader = loader
    self.catalog = catalog
    self.preferences = preferences
    self.editing = editing
    let now = Timestamp.now
    lastTick = now
    lastThemeCheck = now
    state = ConsoleState(options, size: screen.size, now: now)
  }

  /// Something that has come.
  private struct Arrival {
    var event: InputEvent
    var moment: Timestamp
    /// Whether it is a letter that came as a pasted text does.
    var isAmid = false

    /// Whether it is not known yet if other letters follow at once.
    func waitsForRhythm(at now: Timestamp) -> Bool {
      !isAmid && KeyRhythm.isLetter(event)
        && (0..<KeyRhythm.gap).contains(now.seconds(since: moment))
    }
  }

  /// Runs until the person leaves or the terminal goes.
  ///
  /// - Returns: the exit status: 0, or 128 and the signal's number.
  mutating func run() -> Int32 {
    take(.glyphs(screen.theme.glyphs(ascii: screen.isASCII)))
    perform(state.start())
    if let notice = screen.notice { take(.trouble(notice)) }
    while exitStatus == nil {
      arrive(screen.wait(timeoutMilliseconds: timeout))
      // What was pressed before an answer came is not about what that shows.
      takeInbox()
      for message in mailbox.drain() { take(message) }
      // What was held back for an answer.
      takeInbox()
      let now = Timestamp.now
      if now.seconds(since: lastTick) >= tickInterval || now < lastTick {
        lastTick = now
        take(.tick(now))
        reloadEditedTheme(now)
      }
      if exitStatus == nil, let left = secondsToFrame(now), left <= 0 { draw() }
    }
    settle()
    preferences.writeMissed()
    loader.close()
    return exitStatus ?? 0
  }

  private mutating func arrive(_ events: [InputEvent]) {
    guard !events.isEmpty else { return }
    let now = Timestamp.now
    let isAmid = rhythm.take(events, at: now)
    if isAmid {
      // The one that came just before was the first letter of the text.
      for index in inbox.indices where inbox[index].waitsForRhythm(at: now) {
        inbox[index].isAmid = true
      }
    }
    inbox += events.map {
      Arrival(event: $0, moment: now, isAmid: isAmid && KeyRhythm.isLetter($0))
    }
  }

  /// Takes what has come, in its order; Enter not while what it would open is being read, and a
  /// letter that starts something only when it is known that no text follows.
  private mutating func takeInbox() {
    while exitStatus == nil, let arrival = inbox.first {
      if case .key(let key) = arrival.event {
        if key.code == .enter, state.isReading {
          let since = waitsSince ?? .now
          waitsSince = since
          if (0..<Self.patientEnter).contains(Timestamp.now.seconds(since: since)) { return }
        }
        if arrival.waitsForRhythm(at: .now), state.wouldStart(key) { return }
      }
      waitsSince = nil
      inbox.removeFirst()
      take(arrival)
    }
  }

  private mutating func take(_ arrival: Arrival) {
    guard arrival.isAmid, case .key(let key) = arrival.event,
      !sight.isTooEarly(for: state.question, at: .now)
    else { return take(arrival.event) }
    take(.amid(key))
    isAnswer = true
  }

  /// Has what was asked for last filed, and an engine started for it, before the console is gone.
  private mutating func settle() {
    let end = Timestamp.now.adding(seconds: Self.patience)
    while Timestamp.now < end {
      // Looked at first: what is settled by then has been told.
      let wasSettling = loader.isSettling
      for message in mailbox.drain() { take(message) }
      guard wasSettling || loader.isSettling else { return }
      _ = screen.wait(timeoutMilliseconds: 20)
    }
    isUnsettled = true
  }

  /// Seconds until the next frame is due; nil if there is nothing new to show.
  private func secondsToFrame(_ now: Timestamp) -> Double? {
    guard let dirtySince else { return nil }
    // A clock that was set back must not stop the picture.
    guard now >= dirtySince, let lastFrame else {
      return lastFrame == nil && state.isReading
        ? Self.patientStart - now.seconds(since: dirtySince) : 0
    }
    let interval = isAnswer ? Self.answerInterval : Self.frameInterval
    var left = now < lastFrame ? 0 : interval - now.seconds(since: lastFrame)
    if state.isReading { left = max(left, Self.patientFrame - now.seconds(since: dirtySince)) }
    return left
  }

  /// Milliseconds until something is to be done though nothing happens.
  private var timeout: Int {
    let now = Timestamp.now
    var seconds = tickInterval - now.seconds(since: lastTick)
    if let left = secondsToFrame(now) { seconds = min(seconds, left) }
    if let first = inbox.first, waitsSince == nil {
      seconds = min(seconds, KeyRhythm.gap - now.seconds(since: first.moment))
    }
    if let waitsSince { seconds = min(seconds, Self.patientEnter - now.seconds(since: waitsSince)) }
    return Int((max(0, min(seconds, tickInterval)) * 1000).rounded(.up))
  }

  /// Seconds between two ticks.
  private var tickInterval: Double { state.isAtRest ? Self.restInterval : Self.tickInterval }

  private mutating func take(_ event: InputEvent) {
    switch event {
    case .hangup: exitStatus = 128 + SIGHUP
    case .terminate: exitStatus = 128 + SIGTERM
    case .wake: break
    case .key(let key) where sight.isTooEarly(for: state.question, at: .now):
      take(.early(key))
      isAnswer = true
    default:
      take(.input(event))
      isAnswer = true
    }
  }

  private mutating func take(_ message: Message) {
    switch message {
    case .tick, .polled, .stirred:
      // Most of them tell nothing: a console at rest draws once a second, for its clocks.
      let before = state.moment
      perform(update(&state, message))
      if state.moment != before { becomeDirty() }
    default:
      perform(update(&state, message))
      becomeDirty()
    }
  }

  private mutating func becomeDirty() {
    if dirtySince == nil { dirtySince = .now }
  }

  private mutating func draw() {
    screen.draw(view(state, size: screen.size))
    sight.draw(state.question, at: .now)
    lastFrame = .now
    dirtySince = nil
    isAnswer = false
  }

  private mutating func perform(_ effects: [Effect]) {
    for effect in effects where !loader.take(effect) {
      switch effect {
      case .useTheme(let name): use(themeNamed: name)
      case .save(let chosen): preferences.write(chosen)
      case .copy(let text):
        if !screen.copy(text) {
          take(.trouble("Not copied: this terminal takes no copy, or the value is too long"))
        }
      case .edit(let file, let line): edit(file, line: line)
      case .showText(let lines): show(lines)
      case .redraw: screen.repaint()
      case .suspend: kill(getpid(), SIGTSTP)
      case .quit: exitStatus = 0
      case .load, .forget, .poll, .file, .schedule, .withdraw, .startEngine, .export, .endExport:
        break
      }
    }
  }

  /// Gives the terminal to the person's editor, and takes what comes back if it can be read.
  private mutating func edit(_ file: String, line: Int) {
    let rules = editing(file)
    do {
      try rules.begin()
      let command = RuleEditing.command(ProcessInfo.processInfo.environment)
      let status = screen.outside {
        // By the shell, since people put options into $EDITOR; the file's name is an argument.
        Subprocess.run(
          "/bin/sh", ["-c", command + " +\"$1\" \"$2\"", "sh", "\(line)", rules.draft])
      }
      guard status == 0 else {
        throw Fault(
          message: "The editor \(command) ended with status \(status)",
          hint: "Set EDITOR to the one that you like; nothing was changed.")
      }
      take(.edited(file: file, try rules.end(), nil))
    } catch let fault as Fault {
      take(.edited(file: file, false, fault))
    } catch {
      take(.edited(file: file, false, Fault(message: "\(error)", hint: "")))
    }
    take(.input(.resize(screen.size)))
  }

  /// Shows lines as the terminal's own text, which its mouse can select.
  private mutating func show(_ lines: [String]) {
    screen.outside {
      StandardStreams.say(lines.joined(separator: "\n"))
      StandardStreams.say("\nEnter goes back to the console.")
      _ = readLine()
    }
    take(.input(.resize(screen.size)))
  }

  private mutating func use(themeNamed name: String) {
    do throws(ConfigurationFault) {
      screen.theme = try catalog.loaded(name)
      take(.glyphs(screen.theme.glyphs(ascii: screen.isASCII)))
    } catch {
      take(.themeRefused(error.message, stays: screen.theme.name))
    }
  }

  /// Shows a theme anew when its file was edited; a spoilt one is told, and the good one stays.
  private mutating func reloadEditedTheme(_ now: Timestamp) {
    guard now.seconds(since: lastThemeCheck) >= Self.themeInterval else { return }
    lastThemeCheck = now
    guard screen.theme.hasChanged else { return }
    do throws(ConfigurationFault) {
      screen.theme = try catalog.loaded(screen.theme.name)
      refusedEdit = nil
      take(.glyphs(screen.theme.glyphs(ascii: screen.isASCII)))
    } catch {
      // Told once; the file stays spoilt until it is saved again.
      guard refusedEdit != error.message else { return }
      refusedEdit = error.message
      take(.trouble(error.message))
    }
  }
}

/// Why a theme can't be used.
struct ConfigurationFault: Error {
  /// The reason, with file and line.
  var message: String
}

extension ThemeCatalog {
  /// The theme of this name.
  fileprivate func loaded(_ name: String) throws(ConfigurationFault) -> Theme {
    do {
      return try theme(named: name)
    } catch {
      throw ConfigurationFault(message: "Theme not used: \(error)")
    }
  }
}
