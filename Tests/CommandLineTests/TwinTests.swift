import Cells
import Directory
import Foundation
import ProgramTesting
import Testing

@testable import Console
@testable import SyncStore
@testable import Workspace
@testable import lockstep

/// The console's core on a real store: keys in, rows out.
private struct Sight {
  var state: ConsoleState
  let store: StoreReader
  let services: ConsoleServices

  init(_ store: StoreReader, _ services: ConsoleServices) {
    self.store = store
    self.services = services
    state = ConsoleState(
      ConsoleOptions(), size: Size(columns: 160, rows: 50), now: Timestamp.now)
    run(state.start())
  }

  mutating func press(_ keys: String) {
    for name in keys.split(separator: " ") {
      guard let key = Key(name: String(name)) else {
        Issue.record("no key is called \(name)")
        continue
      }
      run(update(&state, .input(.key(key))))
    }
  }

  /// Types a command and enters it.
  mutating func command(_ text: String) {
    press(":")
    for character in text { run(update(&state, .input(.key(.character(character))))) }
    press("Enter")
  }

  private mutating func run(_ effects: [Effect]) {
    for effect in effects {
      guard case .load(let ticket, let request) = effect else { continue }
      do {
        let response = try ConsoleLoader.answer(request, from: store, services)
        run(update(&state, .answered(ticket, response)))
      } catch {
        Issue.record("\(request): \(error)")
      }
    }
  }

  /// What tells the rows that are shown from each other.
  var rows: [String] {
    func all<Row: Identifiable & Hashable & Sendable>(
      _ table: TableModel<Row>, _ id: (Row) -> some CustomStringConvertible
    ) -> [String] where Row.ID: Sendable {
      (0..<table.list.count).compactMap { table.list[$0].map { id($0).description } }
    }
    return switch state.screen {
    case .operations(let screen): all(screen.table, \.id)
    case .changes(let screen): all(screen.table, \.objectID)
    case .connectors(let screen): all(screen.table, \.name)
    case .objects(let screen): all(screen.table, \.id)
    case .metaverse(let screen): all(screen.table, \.id)
    case .users(let screen): all(screen.table, \.id)
    case .passwords(let screen): all(screen.table, \.row.id.anchor)
    case .passwordBatches(let screen): all(screen.table, \.id)
    case .rules(let screen): all(screen.table, \.id)
    case .events(let screen): all(screen.table, \.id)
    case .family(let screen): all(screen.table, \.id)
    default: []
    }
  }
}

@Suite("Views and the commands that they name", .enabled(if: Bench.areBuilt))
struct TwinTests {
  /// Keys, then commands of the console's command line.
  private static let walks: [(keys: String, commands: [String])] = [
    ("1", []), ("1 f", []), ("1 f f", []), ("1", ["filter profile:export"]),
    ("1", ["filter connector=tenant errors>0"]), ("1", ["sort errors:desc"]),
    ("1 f", ["filter since:1d", "sort step"]), ("1", ["goto 2d"]), ("1 Down Tab Up Enter", []),
    ("1 Down Tab Up Enter", ["filter a", "sort name:desc"]),
    ("2", []), ("2", ["filter type=scim"]), ("2", ["sort connector:desc"]),
    ("2 Enter", []), ("2 Enter s c", []), ("2 Enter s f", []), ("2 Enter s m", []),
    ("2 Enter s d", ["sort dn:desc"]),
    ("2 Down Enter s e", []), ("2 Down Enter s x", []),
    ("2 Down Enter", ["filter \"ann b\"", "sort name"]),
    ("3", []), ("3", ["filter type:group"]), ("3", ["filter type:person Ann"]),
    ("3", ["filter mail=*"]), ("3", ["sort name:desc"]),
    ("4", []), ("4 f", []), ("4 f f f f", []), ("4", ["filter error"]),
    ("4", ["filter hannah !blocked", "sort upn:desc"]), ("4", ["filter it's"]),
    ("5", []), ("5", ["sort name:desc"]), ("5 f f", []), ("5", ["filter hannah"]), ("5 b", []),
    ("6", []), ("6", ["filter \"user join\""]), ("6", ["filter way:out !group", "sort rule:desc"]),
    ("6 v", []), ("6 v", ["sort values:desc", "filter links>0"]), ("6 v", ["filter effect:none"]),
    ("7", []), ("7 f", []), ("7 f f", []), ("7", ["filter 904"]),
    ("7", ["filter level:warning ended"]), ("7", ["sort id"]), ("7", ["goto 2d"]),
    ("X Enter", []), ("X Enter", ["filter a", "sort object:desc"]),
  ]

  @Test("A view and its twin show the same rows, in the same order")
  func rows() throws {
    try Bench.use { bench in
      let demo = try bench.run("demo", "--no-console", "--users", "50")
      #expect(demo.status == 0, "\(demo.errors)")
      let store = try StoreReader(file: bench.folder + "/store.sqlite")
      let workspace = try Workspace.open(bench.folder)
      let services = ConsoleServices(rules: { try RuleItems.load(workspace) })
      for walk in Self.walks {
        var sight = Sight(store, services)
        sight.press(walk.keys)
        for command in walk.commands { sight.command(command) }
        let twin = sight.state.screen.model.twin
        #expect(twin.hasPrefix("lockstep "), "\(walk)")
        #expect(sight.state.toast?.role != .toastError, "\(walk): \(sight.state.toast?.text ?? "")")
        // As a shell reads it, quotes and all.
        let line = "PATH=\(Bench.programs):$PATH; " + twin
        let answer = try bench.run(["-c", line + " --csv"], program: "/bin/sh")
        #expect(answer.status == 0, "\(twin): \(answer.errors)")
        let printed = answer.output.split(separator: "\r\n").dropFirst().map {
          String($0.prefix { $0 != "," })
        }
        // The screen has read a page, the file has all.
        let shown = sight.rows
        #expect(Array(printed.prefix(shown.count)) == shown, "\(twin)")
        #expect(shown.count == printed.count || shown.count >= 100, "\(twin)")
      }
    }
  }

  @Test("The twin of one event prints that event, of all that have its id")
  func event() throws {
    try Bench.use { bench in
      let demo = try bench.run("demo", "--no-console", "--users", "20")
      #expect(demo.status == 0, "\(demo.errors)")
      let store = try StoreReader(file: bench.folder + "/store.sqlite")
      for keys in ["7 Enter", "7 Down Down Down Enter", "7 End Enter"] {
        var sight = Sight(store, ConsoleServices())
        sight.press(keys)
        guard case .event(let screen) = sight.state.screen else {
          Issue.record("\(keys) opened no event")
          continue
        }
        let line = "PATH=\(Bench.programs):$PATH; " + screen.twin + " --json"
        let answer = try bench.run(["-c", line], program: "/bin/sh")
        let printed = try JSONSerialization.jsonObject(with: Data(answer.output.utf8))
        let events = try #require(printed as? [[String: Any]])
        #expect(events.count == 1)
        #expect(events.first?["message"] as? String == screen.event.message, "\(screen.twin)")
      }
    }
  }
}
