import Dispatch
import Glibc
import SyncStore
import Synchronization
import Testing

@testable import Console

/// Messages that a loader posted, and a way to wait for them.
private final class Inbox: Sendable {
  private let messages = Mutex<[Message]>([])
  private let arrived = DispatchSemaphore(value: 0)

  func post(_ message: Message) {
    messages.withLock { $0.append(message) }
    arrived.signal()
  }

  /// Waits until `count` messages have come, ten seconds at most.
  func wait(for count: Int) -> [Message] {
    while messages.withLock({ $0.count }) < count {
      if arrived.wait(timeout: .now() + 10) == .timedOut { break }
    }
    return messages.withLock { $0 }
  }

  var now: [Message] { messages.withLock { $0 } }
}

/// Files in memory.
private final class MemoryFiles: ExportFiles {
  let texts = Mutex<[String: String]>([:])
  let fault: Fault?
  init(fault: Fault? = nil) { self.fault = fault }

  private struct File: ExportFile {
    var files: MemoryFiles
    var path: String
    func write(_ text: String) throws {
      files.texts.withLock { $0[path, default: ""] += text }
    }
    func close() throws -> String { path }
  }

  func create(name: String, format: ExportFormat) throws -> any ExportFile {
    if let fault { throw fault }
    return File(files: self, path: name + "." + format.rawValue)
  }
}

@Suite("The loader")
struct LoaderTests {
  private func loader(
    _ store: FakeStore, _ inbox: Inbox, files: MemoryFiles = MemoryFiles(),
    startEngine: @escaping @Sendable () throws -> Void = {},
    tool: @escaping @Sendable ([String], Cancellation) throws -> ToolOutput = { _, _ in
      ToolOutput(lines: [], status: 0)
    }
  ) -> ConsoleLoader {
    ConsoleLoader(
      store: store, options: ConsoleOptions(requestedBy: "console ann"), files: files,
      services: ConsoleServices(startEngine: startEngine, tool: tool), post: { inbox.post($0) })
  }

  private static let events = TableExport(
    source: .store(.events(EventFilter())), arrangement: ListArrangement(),
    columns: ["time", "level", "id", "source", "message"])
  private static let connectors = TableExport(
    source: .connectors, arrangement: ListArrangement(), columns: ["connector", "objects"])

  @Test("answers what is asked, with the ticket that it was asked with")
  func answers() {
    let inbox = Inbox()
    let loader = loader(FakeStore(Fixture.content()), inbox)
    #expect(loader.take(.load(Ticket(.list, 7), .connectors)))
    guard case .answered(let ticket, .connectors(let rows))? = inbox.wait(for: 1).first else {
      Issue.record("no answer")
      return
    }
    #expect(ticket == Ticket(.list, 7))
    #expect(rows.map(\.name) == ["contoso.test", "tenant"])
  }

  @Test("every kind of request is answered in kind")
  func kinds() throws {
    let store = FakeStore(Fixture.content())
    let requests: [Request] = [
      .header, .operations(OperationFilter(), before: nil, limit: 5),
      .operationCount(OperationFilter()), .step(5), .errors(step: 5, after: nil, limit: 5),
      .changes(step: 5, group: .export, counter: "export-add", after: nil, limit: 5),
      .deltas(change: 1), .connectors,
      .objects(connector: "contoso.test", .all, after: nil, limit: 5), .object(7),
      .users(nil, after: nil, limit: 5), .usersHeader,
      .events(
        {
          var filter = EventFilter(); filter.codes = [656]; return filter
        }(), before: nil, limit: 5), .command(1),
    ]
    for request in requests { _ = try ConsoleLoader.answer(request, from: store) }
    let calls = store.content.withLock { $0.calls }
    #expect(calls["status"] == 1 && calls["counters"] == 1 && calls["usersHeader"] == 1)
    guard case .step(let detail) = try ConsoleLoader.answer(.step(5), from: store) else {
      Issue.record("a step is answered with its detail")
      return
    }
    #expect(detail.step == 5 && detail.counters.count == 3)
  }

  @Test("a slow store delays nobody: taking an effect returns at once")
  func slow() {
    let gate = DispatchSemaphore(value: 0)
    let begun = DispatchSemaphore(value: 0)
    let store = FakeStore(Fixture.content()) { _ in
      begun.signal()
      gate.wait()
    }
    let inbox = Inbox()
    let loader = loader(store, inbox)
    // The store does not answer before the gate opens; were `take` to wait, this would never end.
    _ = loader.take(.load(Ticket(.list, 1), .connectors))
    begun.wait()
    for number in 2...1000 { _ = loader.take(.load(Ticket(.list, number), .connectors)) }
    #expect(inbox.now.isEmpty)
    for _ in 0..<2 { gate.signal() }
    let messages = inbox.wait(for: 2)
    #expect(messages.count == 2)
    guard case .answered(Ticket(.list, 1), _) = messages[0],
      case .answered(Ticket(.list, 1000), _) = messages[1]
    else {
      Issue.record("the first, which had begun, and the last; none that was passed: \(messages)")
      return
    }
    #expect(store.content.withLock { $0.calls["connectors"] } == 2)
  }

  @Test("what a person looks at is read before the header, and that before polling")
  func order() {
    let gate = DispatchSemaphore(value: 0)
    let begun = DispatchSemaphore(value: 0)
    let calls = Mutex<[String]>([])
    let store = FakeStore(Fixture.content()) { call in
      calls.withLock { $0.append(call) }
      begun.signal()
      gate.wait()
    }
    let inbox = Inbox()
    let loader = loader(store, inbox)
    _ = loader.take(.load(Ticket(.detail, 1), .deltas(change: 1)))
    begun.wait()
    _ = loader.take(.poll)
    _ = loader.take(.load(Ticket(.count, 2), .operationCount(OperationFilter())))
    _ = loader.take(.load(Ticket(.list, 3), .connectors))
    for _ in 0..<10 { gate.signal() }
    _ = inbox.wait(for: 4)
    #expect(calls.withLock { $0 } == ["deltas", "connectors", "operationCount", "changeCounter"])
  }

  @Test("what waits to be written keeps nobody from reading, and is written in its order")
  func writingWaits() {
    let gate = DispatchSemaphore(value: 0)
    let begun = DispatchSemaphore(value: 0)
    let store = FakeStore(Fixture.content()) { call in
      guard call == "file" else { return }
      begun.signal()
      gate.wait()
    }
    let inbox = Inbox()
    let loader = loader(store, inbox)
    _ = loader.take(.file(.cycle(.delta)))
    begun.wait()
    _ = loader.take(.file(.stop))
    _ = loader.take(.load(Ticket(.list, 1), .connectors))
    _ = loader.take(.poll)
    let read = inbox.wait(for: 2)
    #expect(read.count == 2 && read.contains { if case .answered = $0 { true } else { false } })
    #expect(loader.isSettling)
    for _ in 0..<2 { gate.signal() }
    #expect(inbox.wait(for: 4).suffix(2) == [.filed(.cycle(.delta), 1), .filed(.stop, 2)])
  }

  @Test("what finds the store locked is tried again until it is written")
  func lockedStore() {
    var content = Fixture.content()
    content.locks = 2
    let inbox = Inbox()
    let loader = loader(FakeStore(content), inbox)
    _ = loader.take(.file(.cycle(.delta)))
    #expect(inbox.wait(for: 1) == [.filed(.cycle(.delta), 1)])
  }

  @Test("an error of the store comes back with the ticket")
  func faults() {
    var content = Fixture.content()
    let error = StoreError(.inaccessible, message: "The store can't be read", hint: "Mount it.")
    content.fault = error
    let inbox = Inbox()
    let loader = loader(FakeStore(content), inbox)
    _ = loader.take(.load(Ticket(.list, 1), .connectors))
    _ = loader.take(.poll)
    _ = loader.take(.file(.cycle(.delta)))
    let messages = inbox.wait(for: 3)
    #expect(messages.contains(.failed(Ticket(.list, 1), error)))
    #expect(messages.contains(.pollFailed(error)))
    #expect(messages.contains(.notFiled(.cycle(.delta), error)))
  }

  @Test("commands are filed in the name of whoever sits there")
  func files() {
    let store = FakeStore(Fixture.content())
    let inbox = Inbox()
    let loader = loader(store, inbox)
    _ = loader.take(.file(.cycle(.initial)))
    #expect(inbox.wait(for: 1) == [.filed(.cycle(.initial), 1)])
    let filed = store.content.withLock { $0.filed }
    #expect(filed.first?.by == "console ann" && filed.first?.command == .cycle(.initial))
  }

  @Test("an engine that is slow to start keeps nobody from reading")
  func engine() {
    let gate = DispatchSemaphore(value: 0)
    let inbox = Inbox()
    let loader = loader(FakeStore(Fixture.content()), inbox, startEngine: { gate.wait() })
    _ = loader.take(.startEngine)
    _ = loader.take(.load(Ticket(.list, 1), .connectors))
    guard case .answered? = inbox.wait(for: 1).first else {
      Issue.record("reading waits for the engine")
      return
    }
    gate.signal()
    #expect(inbox.wait(for: 2).last == .engineStarted(nil))
  }

  @Test("a command that nobody waits for any more is ended, and keeps no other waiting")
  func tools() {
    let begun = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    let inbox = Inbox()
    let loader = loader(
      FakeStore(), inbox,
      tool: { arguments, cancellation in
        guard arguments == ["check"] else { return ToolOutput(lines: arguments, status: 0) }
        let gate = DispatchSemaphore(value: 0)
        cancellation.onCancel { gate.signal() }
        begun.signal()
        gate.wait()
        ended.signal()
        return ToolOutput(lines: ["killed"], status: 15)
      })
    _ = loader.take(.load(Ticket(.detail, 1), .tool(["check"])))
    begun.wait()
    // Another place waits for something else meanwhile.
    _ = loader.take(.load(Ticket(.sub, 2), .tool(["lint"])))
    let lint = Response.tool(ToolOutput(lines: ["lint"], status: 0))
    #expect(inbox.wait(for: 1) == [.answered(Ticket(.sub, 2), lint)])
    // A ticket of before ends nothing.
    _ = loader.take(.forget(Ticket(.detail, 0)))
    #expect(ended.wait(timeout: .now()) == .timedOut)
    _ = loader.take(.forget(Ticket(.detail, 1)))
    #expect(ended.wait(timeout: .now() + 10) == .success)
    // What takes its place ends it as well.
    _ = loader.take(.load(Ticket(.detail, 3), .tool(["check"])))
    begun.wait()
    _ = loader.take(.load(Ticket(.detail, 4), .tool(["lint"])))
    #expect(ended.wait(timeout: .now() + 10) == .success)
    #expect(inbox.wait(for: 2).last == .answered(Ticket(.detail, 4), lint))
    _ = loader.take(.load(Ticket(.detail, 5), .tool(["check"])))
    begun.wait()
    loader.close()
    #expect(ended.wait(timeout: .now() + 10) == .success)
    #expect(inbox.now.count == 2)
  }

  @Test("a look at what rules did keeps no search waiting")
  func ruleUse() {
    let begun = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let store = FakeStore(Fixture.content()) { call in
      guard call == "ruleUse" else { return }
      begun.signal()
      gate.wait()
    }
    let inbox = Inbox()
    let loader = loader(store, inbox)
    _ = loader.take(.load(Ticket(.sub, 1), .ruleUse))
    begun.wait()
    _ = loader.take(.load(Ticket(.list, 2), .metaverse(MetaverseQuery(), after: nil, limit: 5)))
    guard case .answered(Ticket(.list, 2), .metaverse)? = inbox.wait(for: 1).first else {
      Issue.record("the search waits for the rules")
      return
    }
    _ = loader.take(.forget(Ticket(.sub, 1)))
    gate.signal()
    _ = loader.take(.load(Ticket(.list, 3), .connectors))
    #expect(inbox.wait(for: 2).count == 2, "what was ended tells nothing")
  }

  @Test("why an engine did not start is told")
  func noEngine() {
    let fault = Fault(message: "lockstepd is missing", hint: "Install it.")
    let inbox = Inbox()
    let loader = loader(FakeStore(Fixture.content()), inbox, startEngine: { throw fault })
    _ = loader.take(.startEngine)
    #expect(inbox.wait(for: 1) == [.engineStarted(fault)])
  }

  @Test("an exported list is a whole file; its path and rows are told")
  func export() {
    let files = MemoryFiles()
    let inbox = Inbox()
    let loader = loader(FakeStore(Fixture.content()), inbox, files: files)
    _ = loader.take(.export(.table(Self.events), .csv))
    _ = loader.take(.export(.table(Self.connectors), .json))
    #expect(
      inbox.wait(for: 2) == [
        .exported(path: "events.csv", rows: 3), .exported(path: "connectors.json", rows: 2),
      ])
    let texts = files.texts.withLock { $0 }
    let lines = texts["events.csv"]?.split(separator: "\r\n") ?? []
    #expect(lines.first == "Time,Level,ID,Source,Message")
    #expect(lines.count == 4)
    #expect(texts["connectors.json"]?.hasPrefix("[\n{\"Connector\": \"contoso.test\"") ?? false)
    #expect(texts["connectors.json"]?.hasSuffix("}\n]\n") ?? false)
  }

  @Test("a file of CSV has nothing that a terminal would obey")
  func harmlessExport() {
    var content = Fixture.content()
    content.events[0].source = "a\u{1B}[2J\u{202E}b"
    let (files, inbox) = (MemoryFiles(), Inbox())
    let loader = loader(FakeStore(content), inbox, files: files)
    _ = loader.take(.export(.table(Self.events), .csv))
    _ = inbox.wait(for: 1)
    let text = files.texts.withLock { $0["events.csv"] ?? "" }
    #expect(text.contains(",a\u{B7}[2J\u{B7}b,") && !text.contains("\u{1B}"))
    #expect(ExportText.harmless("one\ntwo\u{9B}") == "one\ntwo\u{B7}")
  }

  @Test("a long list is written beside all else, tells how far it is, and can be ended")
  func longExport() {
    let gate = DispatchSemaphore(value: 0)
    var content = Fixture.content()
    content.events = (1...45_000).reversed().map { Fixture.event($0, 904, "A word") }
    let store = FakeStore(content) { if $0 == "events" || $0 == "rows" { gate.wait() } }
    let inbox = Inbox()
    let loader = loader(store, inbox)
    _ = loader.take(.export(.table(Self.events), .csv))
    // What else is asked for does not wait for it.
    _ = loader.take(.load(Ticket(.list, 1), .connectors))
    _ = loader.take(.file(.stop))
    let first = inbox.wait(for: 2)
    #expect(first.contains { if case .filed(.stop, _) = $0 { true } else { false } })
    #expect(first.contains { if case .answered(Ticket(.list, 1), _) = $0 { true } else { false } })
    _ = loader.take(.endExport)
    for _ in 0..<1000 { gate.signal() }
    guard case .notExported(let fault)? = inbox.wait(for: 3).last else {
      Issue.record("\(inbox.now.last.debugDescription)")
      return
    }
    #expect(fault.message == "writing was stopped")
    _ = loader.take(.export(.table(Self.events), .csv))
    let told = inbox.wait(for: 6).suffix(3)
    #expect(
      Array(told) == [
        .exporting(rows: 20_000), .exporting(rows: 40_000),
        .exported(path: "events.csv", rows: 45_000),
      ])
  }

  @Test("commands, the schedule and an engine's start are unsettled until they are told")
  func settling() {
    let gate = DispatchSemaphore(value: 0)
    let inbox = Inbox()
    let loader = loader(FakeStore(Fixture.content()), inbox, startEngine: { gate.wait() })
    #expect(!loader.isSettling)
    _ = loader.take(.file(.cycle(.delta)))
    _ = loader.take(.schedule(ScheduleChange(isEnabled: false)))
    _ = loader.take(.startEngine)
    #expect(inbox.wait(for: 2).count == 2)
    #expect(loader.isSettling)
    gate.signal()
    #expect(inbox.wait(for: 3).last == .engineStarted(nil))
    // Told first, then settled: whoever sees it settled finds the message.
    for _ in 0..<1000 where loader.isSettling { usleep(1000) }
    #expect(!loader.isSettling)
  }

  @Test("a file that can't be written is told")
  func exportFault() {
    let fault = Fault(message: "/x can't be written: no space", hint: "Make room.")
    let inbox = Inbox()
    let loader = loader(FakeStore(Fixture.content()), inbox, files: MemoryFiles(fault: fault))
    _ = loader.take(.export(.table(Self.connectors), .csv))
    #expect(inbox.wait(for: 1) == [.notExported(fault)])
  }

  @Test("after it is closed nothing comes any more")
  func closed() {
    let gate = DispatchSemaphore(value: 0)
    let begun = DispatchSemaphore(value: 0)
    let store = FakeStore(Fixture.content()) { _ in
      begun.signal()
      gate.wait()
    }
    let inbox = Inbox()
    let loader = loader(store, inbox)
    _ = loader.take(.load(Ticket(.list, 1), .connectors))
    begun.wait()
    loader.close()
    #expect(loader.take(.load(Ticket(.list, 2), .connectors)))
    gate.signal()
    #expect(inbox.now.isEmpty)
    #expect(store.content.withLock { $0.calls["connectors"] ?? 0 } <= 1)
  }

  @Test("what is no work for it is left to the loop")
  func others() {
    let loader = loader(FakeStore(), Inbox())
    for effect in [Effect.quit, .redraw, .suspend, .copy("x"), .useTheme("mono")] {
      #expect(!loader.take(effect))
    }
  }
}
