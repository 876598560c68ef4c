import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

/// The console's core in the hands of a test: keys in, screens and effects out.
///
/// Loads are answered at once from the fake store, unless a test holds them back.
struct Driver {
  var state: ConsoleState
  let store: FakeStore
  /// Effects that are not loads, in order.
  var effects: [Effect] = []
  /// Loads that were not answered because `answers` is off.
  var held: [(ticket: Ticket, request: Request)] = []
  var answers = true
  /// How often something was asked for, by the place that it was for.
  var reads: [Slot: Int] = [:]
  /// What waits for news of an order; only a change of the store brings some.
  private var watching: [(ticket: Ticket, request: Request)] = []
  /// What commands of the command line say.
  var toolOutput = ToolOutput(lines: [], status: 0)
  /// The other consoles that are open.
  var others: [OtherConsole] = []

  init(
    _ content: sending FakeStore.Content = Fixture.content(),
    options: ConsoleOptions = ConsoleOptions(themes: ["terminal", "light", "mono"]),
    columns: Int = 80, rows: Int = 24, answers: Bool = true
  ) {
    store = FakeStore(content)
    self.answers = answers
    state = ConsoleState(
      options, size: Size(columns: columns, rows: rows), now: Fixture.now)
    run(state.start())
  }

  mutating func send(_ message: Message) {
    run(update(&state, message))
    #expect(state.checkInvariants() == nil)
  }

  /// Presses keys by their names, blanks between them.
  mutating func press(_ keys: String) {
    for name in keys.split(separator: " ") {
      guard let key = Key(name: String(name)) else {
        Issue.record("no key is called \(name)")
        continue
      }
      send(.input(.key(key)))
    }
  }

  /// Types a text, letter by letter.
  mutating func type(_ text: String) {
    for character in text { send(.input(.key(.character(character)))) }
  }

  /// Lets `seconds` pass in steps of a quarter.
  mutating func wait(_ seconds: Double) {
    for _ in 0..<Int(seconds * 4) { send(.tick(state.now.adding(seconds: 0.25))) }
  }

  private mutating func run(_ new: [Effect]) {
    for effect in new {
      switch effect {
      case .load(let ticket, let request):
        reads[ticket.slot, default: 0] += 1
        if answers { answer(ticket, request) } else { held.append((ticket, request)) }
      case .poll: if answers { poll() }
      default: effects.append(effect)
      }
    }
  }

  /// Answers the loads that were held back.
  mutating func answerHeld() {
    let loads = held
    held = []
    for load in loads { answer(load.ticket, load.request) }
  }

  private mutating func poll() {
    do { send(.polled(try store.changeCounter())) } catch let error as StoreError {
      send(.pollFailed(error))
    } catch {}
    let waiting = watching
    watching = []
    for load in waiting { answer(load.ticket, load.request) }
  }

  /// Whether an answer tells what was not known when it was asked for.
  private func isNews(_ response: Response, _ request: Request) -> Bool {
    guard case .order(let state) = response, case .order(_, _, let known, _) = request else {
      return true
    }
    return state != known
  }

  mutating func answer(_ ticket: Ticket, _ request: Request) {
    do {
      let response = try ConsoleLoader.answer(request, from: store, services)
      guard isNews(response, request) else {
        watching.removeAll { $0.ticket.slot == ticket.slot }
        watching.append((ticket, request))
        return
      }
      send(.answered(ticket, response))
    } catch let error as StoreError {
      send(.failed(ticket, error))
    } catch {
      Issue.record("\(error)")
    }
  }

  private var services: ConsoleServices {
    let store = store
    let output = toolOutput
    let others = others
    return ConsoleServices(
      explain: { id, _ in store.content.withLock { $0.findings[id] ?? [] } },
      tool: { _, _ in output }, rules: { Fixture.rules }, others: { others })
  }

  /// Lets the engine finish a command that was filed, and the console hear of it.
  mutating func finish(
    _ command: EngineCommand, _ id: Int64, _ state: CommandStatus.State = .finished,
    outcome: String = ""
  ) {
    store.content.withLock {
      $0.commands[id] = CommandStatus(id: id, state: state, outcome: outcome)
    }
    send(.filed(command, id))
  }

  /// What is on the screen, trailing blanks cut.
  var screen: String { Console.view(state, size: state.size).buffer.text() }
  /// The meanings of one row's texts.
  func roles(_ row: Int) -> String { Console.view(state, size: state.size).buffer.roles(row: row) }
  /// The row of the screen where `text` stands first.
  func row(of text: String) -> Int? {
    screen.split(separator: "\n", omittingEmptySubsequences: false).firstIndex {
      $0.contains(text)
    }
  }
  /// The text of the row with the cursor.
  var cursorLine: String {
    let frame = Console.view(state, size: state.size)
    return frame.buffer.text(row: frame.cursor.row)
  }
}
