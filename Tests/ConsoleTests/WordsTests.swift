import Cells
import Directory
import Foundation
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Words for everything that can become of something")
struct WordsTests {
  /// The types of errors that the sources name.
  private static let errorTypes: [String] = {
    var file = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { file.deleteLastPathComponent() }
    let path = "Sources/Directory/SyncErrorType.swift"
    let text = (try? String(contentsOf: file.appending(path: path), encoding: .utf8)) ?? ""
    return text.matches(of: /SyncErrorType\(\s*"([^"]+)"\)/).map { String($0.output.1) }
  }()

  @Test("Each type of error has a meaning of its own, in a sentence that says more than its name")
  func meanings() {
    #expect(Self.errorTypes.count > 30)
    var known: [String: String] = [:]
    for type in Self.errorTypes {
      let meaning = ErrorMeaning.text(type)
      #expect(meaning.hasSuffix(".") && meaning.count > 20, "\(type): \(meaning)")
      #expect(meaning.first?.isUppercase == true && !meaning.contains(type), "\(type)")
      #expect(known[meaning] == nil, "\(type) is told as \(known[meaning] ?? "")")
      known[meaning] = type
    }
    #expect(ErrorMeaning.text("of-a-later-version").isEmpty)
  }

  @Test("The inspector tells the meaning of an error, and leaves the line out where there is none")
  func shown() {
    for type in Self.errorTypes + ["of-a-later-version", ""] {
      var content = Fixture.content()
      content.errors[0].type = type
      content.details = [:]
      var driver = Driver(content, columns: 200, rows: 40)
      driver.press("Enter Enter")
      let meaning = ErrorMeaning.text(type)
      #expect(driver.screen.contains("! " + type))
      #expect(driver.screen.contains("Meaning") != meaning.isEmpty, "\(type)")
      if !meaning.isEmpty { #expect(driver.screen.contains(meaning)) }
    }
  }

  /// Results of steps, with the mark and the meaning that each is shown with.
  private static let results: [(result: String, mark: String, role: Role)] = [
    ("success", "✓", .runSuccess), ("in-progress", "▶", .runRunning),
    ("completed-no-objects", "!", .runWarning), ("completed-transient-objects", "!", .runWarning),
    ("completed-warnings", "!", .runWarning), ("completed-discovery-errors", "!", .runError),
    ("completed-sync-errors", "!", .runError), ("completed-export-errors", "!", .runError),
    ("stopped-user-termination-from-wmi-or-ui", "✗", .runStopped),
    ("stopped-service-shutdown", "✗", .runStopped), ("stopped-object-limit", "✗", .runStopped),
    ("stopped-error-limit", "✗", .runStopped), ("stopped-deletion-limit", "✗", .runStopped),
    ("stopped-deletion-threshold-exceeded", "✗", .runStopped),
    ("stopped-database-disk-full", "✗", .runStopped),
    ("stopped-connectivity", "✗", .runStopped),
    ("stopped-bad-server-credentials", "✗", .runStopped), ("stopped-server", "✗", .runStopped),
    ("no-start-connection", "✗", .runStopped), ("no-start-credentials", "✗", .runStopped),
    ("no-start-bad-ma-configuration", "✗", .runStopped),
    ("no-start-file-not-found", "✗", .runStopped), ("no-start-server-behind", "✗", .runStopped),
    ("of-a-later-version", "✗", .runStopped),
  ]

  @Test("Each result of a step stands in the history with its mark and its meaning")
  func results() {
    var content = Fixture.content()
    content.operations = Self.results.enumerated().map { index, item in
      Fixture.operation(Int64(100 - index), cycle: nil, result: item.result)
    }
    let driver = Driver(content, columns: 200, rows: 60)
    let sheet = Sheet(driver)
    for (index, item) in Self.results.enumerated() {
      #expect(sheet.cell("status", index) == item.mark + " " + item.result)
      let place = Position(
        column: sheet.headings["status"]?.left ?? 0, row: sheet.lines[index] ?? 0)
      #expect(sheet.buffer[place].style.role == item.role, "\(item.result)")
    }
    // Where a result has no room what is left of it still tells it from success.
    let narrow = Sheet(Driver(content, columns: 40, rows: 60))
    for (index, item) in Self.results.enumerated() where index < narrow.indices.count {
      #expect(narrow.cell("status", index).hasPrefix(item.mark + " "))
    }
  }

  @Test("n stops at what went wrong, and at nothing else")
  func problems() {
    var content = Fixture.content()
    content.operations = Self.results.enumerated().map { index, item in
      Fixture.operation(Int64(100 - index), cycle: nil, result: item.result)
    }
    var driver = Driver(content, columns: 120, rows: 60)
    driver.press("Home")
    var stops: [Int] = []
    for _ in 0..<Self.results.count + 2 {
      driver.press("n")
      if let selected = Sheet(driver).selected, stops.last != selected { stops.append(selected) }
    }
    let wrong = Self.results.indices.filter {
      ![.runSuccess, .runRunning].contains(Self.results[$0].role)
    }
    #expect(stops == wrong)
    #expect(driver.state.toast?.text == "No step with errors below")
  }

  /// One command of each kind.
  private static let commands: [EngineCommand] = [
    .cycle(.initial), .cycle(.delta), .run(connector: "tenant", .export),
    .run(connector: "tenant", .fullImport), .stop, .releaseDeletes(connector: "tenant"),
    .purge(before: Fixture.now), .release(.group(3)), .rehearse(.initial), .rehearse(.delta),
    .staging(true), .staging(false), .verify(connector: "tenant", .stored),
    .preview(PreviewOrder(object: 7, isFull: true, commits: false)), .readConfiguration,
    .passwords(.now), .passwords(.full), .passwords(.account(anchor: "a")), .becomeService,
    .shutDown,
  ]

  @Test("What was asked of the engine is told at once, and filed once")
  func asked() {
    for command in Self.commands {
      var driver = Driver()
      let effects = driver.state.ask(command)
      #expect(effects == [.file(command)])
      let text = driver.state.toast?.text ?? ""
      #expect(!text.isEmpty && driver.state.toast?.role == .toastInfo, "\(command)")
      #expect(!command.words.isEmpty && command.words.first?.isWhitespace == false)
      // A release is told by what follows from it.
      let isTold = ["asked", "go out", "purged"].contains { text.contains($0) } || command == .stop
      #expect(isTold, "\(text)")
    }
  }

  @Test("A console that was started read-only files nothing, whatever way leads there")
  func readOnly() {
    for command in Self.commands {
      var driver = Driver(options: ConsoleOptions(readOnly: true))
      #expect(driver.state.ask(command).isEmpty && driver.state.filing.isEmpty)
      #expect(driver.state.toast?.text.contains("read-only") == true)
      #expect(driver.state.release([command, command]).isEmpty && driver.state.releases.isEmpty)
    }
  }

  @Test("What became of a command is told in the activities, with a mark of its own for each state")
  func activity() {
    var content = Fixture.content()
    let states: [(CommandStatus.State, Bool, String)] = [
      (.filed, false, "• filed"), (.taken, false, "▶ taken"), (.taken, true, "■ broken off"),
      (.finished, false, "✓ finished"), (.refused, false, "✗ refused"),
    ]
    content.asked = states.enumerated().map { index, item in
      var command = FiledCommand(
        id: Int64(index), command: .cycle(.delta), requestedBy: "console ann", filed: Fixture.now,
        state: item.0, outcome: "outcome \(index)")
      command.isBrokenOff = item.1
      return command
    }
    content.asked.append(
      FiledCommand(
        id: 9, command: nil, requestedBy: "bob", filed: Fixture.now, state: .filed, outcome: ""))
    var driver = Driver(content, columns: 100, rows: 40)
    driver.press("A")
    for (index, item) in states.enumerated() {
      let row = driver.row(of: item.2 + "  Delta cycle  console ann")
      #expect(row != nil, "\(item.2): \(driver.screen)")
      #expect(driver.row(of: "outcome \(index)") == row.map { $0 + 1 })
    }
    #expect(driver.row(of: "• filed  unknown  bob") != nil)
  }

  @Test("How a channel of passwords stands is told in words and by a mark, each another one")
  func channels() {
    var told: Set<String> = []
    for state in PasswordChannelState.allCases {
      var content = Fixture.passwordContent()
      content.channels = [Fixture.channel(state)]
      var driver = Driver(content)
      driver.press("5")
      let line = driver.screen.split(separator: "\n").first { $0.contains(" tenant  ") } ?? ""
      let words = line.components(separatedBy: "tenant  ").last?.prefix(14) ?? ""
      #expect(told.insert(String(words)).inserted, "\(state): \(words)")
      #expect(words.dropFirst().first == " " && words.first?.isLetter == false)
    }
  }

  @Test("A status of a password says what it means, and what happens next where something does")
  func passwords() {
    var known: Set<String> = []
    for status in PasswordStatus.allCases {
      #expect(known.insert(status.meaning).inserted && status.meaning.hasSuffix("."), "\(status)")
      var content = Fixture.passwordContent()
      content.passwords = [Fixture.password(1, "Ann Lee", status)]
      var driver = Driver(content, columns: 160, rows: 30)
      driver.press("5 Enter")
      #expect(driver.screen.contains(status.meaning))
      #expect(driver.screen.contains(status.rawValue))
    }
  }

  @Test(
    "What the store can't do is told with its hint, as far as there is room",
    arguments: [StoreError.Code.notAStore, .newerVersion, .missing, .inaccessible, .busy, .corrupt])
  func faults(code: StoreError.Code) {
    let error = StoreError(code, message: "The file is \(code.rawValue)", hint: "Look at it")
    for (columns, rows) in [(80, 24), (40, 10)] {
      var driver = Driver(columns: columns, rows: rows)
      driver.store.content.withLock { $0.fault = error }
      driver.send(.pollFailed(error))
      #expect(driver.screen.contains("! The file is \(code.rawValue)"))
      #expect(driver.screen.contains("Look at it") == (rows > 15))
      #expect(driver.state.isStoreMissing == (code == .missing))
      driver.store.content.withLock { $0.fault = nil }
      driver.wait(3)
      #expect(!driver.screen.contains("The file is"))
    }
  }

  @Test("Each gate that stops an object is told in its sentence, and only arrival as success")
  func gates() {
    for gate in WhyNot.Gate.allCases {
      var content = Fixture.content()
      content.findings = [
        7: [
          WhyNot(
            subject: "Ann Lee", object: 7, target: "tenant", gate: gate,
            sentence: "It is \(gate.rawValue)", evidence: ["proof"], hint: "do this")
        ]
      ]
      var driver = Driver(content, columns: 100)
      driver.press("2 Enter Enter Right Right")
      let row = driver.row(of: "tenant: It is \(gate.rawValue)")
      #expect(row != nil, "\(driver.screen)")
      let line = driver.screen.split(separator: "\n", omittingEmptySubsequences: false)[row ?? 0]
      #expect(line.hasPrefix(gate == .arrived ? "✓ " : "! "))
      #expect(driver.screen.contains("    proof") && driver.screen.contains("    do this"))
    }
  }
}
