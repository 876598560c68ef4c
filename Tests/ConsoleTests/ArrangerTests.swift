import Dispatch
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

/// What an arranger answered, and a way to wait for it.
private final class Answers: Sendable {
  private let parts = Mutex<[(Ticket, Result<Arranger.Part, any Error>)]>([])
  private let arrived = DispatchSemaphore(value: 0)

  func take(_ ticket: Ticket, _ part: Result<Arranger.Part, any Error>) {
    parts.withLock { $0.append((ticket, part)) }
    arrived.signal()
  }

  /// The answer to a ticket, waited for ten seconds at most.
  func part(_ ticket: Ticket) throws -> Arranger.Part? {
    while true {
      let found = parts.withLock { parts in
        parts.firstIndex { $0.0 == ticket }.map { parts.remove(at: $0).1 }
      }
      if let found { return try found.get() }
      if arrived.wait(timeout: .now() + 10) == .timedOut { return nil }
    }
  }

  var count: Int { parts.withLock { $0.count } }
}

@Suite("Working out the order of long lists")
struct ArrangerTests {
  private static let history = ListSource.operations(OperationFilter())

  private static func key(_ sort: String? = nil) -> Arranger.Key {
    Arranger.Key(list: history, arrangement: ListArrangement(sort: sort.map { ListSort($0) }))
  }

  private static func need(_ start: Int, _ anchor: Int64? = nil) -> Arranger.Need {
    .rows(start: start, count: 10, anchor: anchor, waitsForAnchor: anchor != nil)
  }

  private func store(
    _ count: Int = 3000, gate: @escaping @Sendable (String) -> Void = { _ in }
  ) -> FakeStore {
    var content = FakeStore.Content()
    content.operations = Fixture.history(count)
    return FakeStore(content, gate: gate)
  }

  @Test("rows come from any place, with the place of a row and how many there are")
  func rows() throws {
    let answers = Answers()
    let arranger = Arranger(store()) { answers.take($0, $1) }
    arranger.ask(Self.key(), Self.need(2000, 5), for: Ticket(.list, 1))
    let part = try #require(try answers.part(Ticket(.list, 1)))
    #expect(part.ids == Array((991...1000).reversed()))
    #expect(part.anchorIndex == 2995)
    arranger.ask(Self.key(), Self.need(2995), for: Ticket(.list, 2))
    let last = try #require(try answers.part(Ticket(.list, 2)))
    #expect(last.ids == [5, 4, 3, 2, 1])
    #expect(last.state.total == 3000)
  }

  @Test("who waits for news hears when all rows are there, and when they stand otherwise")
  func news() throws {
    let answers = Answers()
    let store = store()
    let arranger = Arranger(store) { answers.take($0, $1) }
    arranger.ask(Self.key(), Self.need(0), for: Ticket(.list, 1))
    var state = try #require(try answers.part(Ticket(.list, 1))).state
    if !state.isComplete {
      arranger.ask(Self.key(), .news(known: state, isRefresh: false), for: Ticket(.count, 2))
      state = try #require(try answers.part(Ticket(.count, 2))).state
    }
    #expect(state.isComplete && state.total == 3000)
    store.content.withLock { $0.operations.insert(Fixture.operation(3001), at: 0) }
    arranger.ask(Self.key(), .news(known: state, isRefresh: true), for: Ticket(.count, 3))
    let fresh = try #require(try answers.part(Ticket(.count, 3))).state
    #expect(fresh.total == 3001 && fresh.revision != state.revision)
  }

  @Test("an order that was worked out is kept: who comes back waits for nothing")
  func kept() throws {
    let answers = Answers()
    let store = store()
    let arranger = Arranger(store) { answers.take($0, $1) }
    for (number, sort) in [(1, "adds"), (2, "errors"), (3, "adds")] {
      arranger.ask(Self.key(sort), Self.need(2990), for: Ticket(.list, number))
      #expect(try answers.part(Ticket(.list, number))?.ids.count == 10)
    }
    #expect(store.content.withLock { $0.calls["arrange"] } == 2)
  }

  @Test("what nobody waits for any more is ended for what somebody does")
  func interrupted() throws {
    let begun = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let answers = Answers()
    let store = store { call in
      switch call {
      case "arrange":
        begun.signal()
        gate.wait()
      case "interruptArranging": gate.signal()
      default: break
      }
    }
    let arranger = Arranger(store) { answers.take($0, $1) }
    arranger.ask(Self.key("adds"), Self.need(0), for: Ticket(.list, 1))
    begun.wait()
    arranger.ask(Self.key("errors"), Self.need(0), for: Ticket(.list, 2))
    begun.wait()
    gate.signal()
    #expect(try answers.part(Ticket(.list, 2))?.ids.count == 10)
    #expect(answers.count == 0, "the first one has nobody who waits")
  }

  @Test("a store that hangs when its work is to be ended keeps nobody waiting")
  func hanging() throws {
    let begun = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let hung = DispatchSemaphore(value: 0)
    let answers = Answers()
    let store = store { call in
      switch call {
      case "arrange":
        begun.signal()
        gate.wait()
      case "interruptArranging": hung.wait()
      default: break
      }
    }
    let arranger = Arranger(store) { answers.take($0, $1) }
    arranger.ask(Self.key("adds"), Self.need(0), for: Ticket(.list, 1))
    begun.wait()
    // Were asking, forgetting or closing to wait for the store, this would never end.
    arranger.ask(Self.key("errors"), Self.need(0), for: Ticket(.list, 2))
    arranger.forget(.list)
    arranger.close()
    for _ in 0..<2 { gate.signal() }
    for _ in 0..<9 { hung.signal() }
  }

  @Test("a store that can't is told to all who wait, and tried again when asked again")
  func faults() throws {
    let answers = Answers()
    let store = store()
    let busy = StoreError(.busy, message: "locked", hint: "wait")
    store.content.withLock { $0.fault = busy }
    let arranger = Arranger(store) { answers.take($0, $1) }
    arranger.ask(Self.key(), Self.need(0), for: Ticket(.list, 1))
    #expect(throws: StoreError.self) { try answers.part(Ticket(.list, 1)) }
    store.content.withLock { $0.fault = nil }
    arranger.ask(Self.key(), Self.need(0), for: Ticket(.list, 2))
    #expect(try answers.part(Ticket(.list, 2))?.ids.count == 10)
  }

  @Test("the loader reads the rows of a page and hands them over")
  func loader() throws {
    let arrived = DispatchSemaphore(value: 0)
    let messages = Mutex<[Message]>([])
    let loader = ConsoleLoader(
      store: store(), options: ConsoleOptions(), files: NoFiles(), services: ConsoleServices(),
      post: { message in
        messages.withLock { $0.append(message) }
        arrived.signal()
      })
    let request = PageRequest(
      source: .store(Self.history), arrangement: ListArrangement(), start: 10, count: 5)
    #expect(loader.take(.load(Ticket(.list, 1), .page(request))))
    #expect(arrived.wait(timeout: .now() + 10) == .success)
    guard case .answered(Ticket(.list, 1), .page(let page))? = messages.withLock({ $0.first }),
      case .store(.operations(let rows)) = page.rows
    else {
      Issue.record("no page")
      return
    }
    #expect(rows.map(\.id) == [2990, 2989, 2988, 2987, 2986])
    loader.close()
  }

  private struct NoFiles: ExportFiles {
    func create(name: String, format: ExportFormat) throws -> any ExportFile {
      throw Fault(message: "none", hint: "")
    }
  }
}

@Suite("A list whose order is known")
struct ArrangedListTests {
  private struct Item: Identifiable, Hashable, Sendable {
    var id: Int64
  }
  private typealias List = RowList<Item>

  private func items(_ start: Int, total: Int) -> [Item] {
    (start..<min(total, start + List.pageSize)).map { Item(id: Int64($0)) }
  }

  private func state(_ total: Int, revision: Int = 1, complete: Bool = true) -> OrderState {
    OrderState(revision: revision, total: total, isComplete: complete)
  }

  /// Reads pages until the list wants none; the answer is how many.
  private func fill(_ list: inout List, total: Int, revision: Int = 1) -> Int {
    var reads = 0
    while let page = list.wantedPage(height: 20), reads < 100 {
      list.receive(
        items(page * List.pageSize, total: total), page: page, state(total, revision: revision),
        anchor: list.selectedID.map { Int($0) })
      list.settle(height: 20)
      #expect(list.violation == nil)
      reads += 1
    }
    return reads
  }

  @Test("the last of a million rows is two pages away, and any other")
  func far() {
    var list = List(isArranged: true)
    #expect(fill(&list, total: 1_000_000) == 1)
    #expect(list.count == 1_000_000)
    list.move(.last, height: 20)
    list.settle(height: 20)
    #expect(fill(&list, total: 1_000_000) == 1)
    #expect(list.selectedRow == Item(id: 999_999))
    list.select(500_000)
    list.settle(height: 20)
    #expect(fill(&list, total: 1_000_000) <= 2)
    #expect(list.selectedRow == Item(id: 500_000))
  }

  @Test("a list that goes to a row begins there")
  func goes() {
    var list = List(isArranged: true, goingTo: 777_777)
    #expect(list.isGoing)
    #expect(fill(&list, total: 1_000_000) <= 3)
    #expect(list.selectedRow == Item(id: 777_777) && list.selected - list.top <= 20)
    // One that is not there: the first.
    var other = List(isArranged: true, goingTo: -5)
    other.receive(items(0, total: 50), page: 0, state(50), anchor: nil)
    #expect(other.selectedRow == Item(id: 0))
  }

  @Test("another order keeps the selected row, wherever it stands now")
  func reordered() {
    var list = List(isArranged: true)
    _ = fill(&list, total: 1000)
    list.select(3)
    list.receive(state(1000, revision: 2))
    #expect(list.wantedPage(height: 20) == 0)
    list.receive(items(0, total: 1000), page: 0, state(1000, revision: 2), anchor: 603)
    list.settle(height: 20)
    #expect(list.selected == 603 && list.selectedID == 3)
    #expect(list.wantedPage(height: 20) == 3)
  }

  @Test("it grows while its order is worked out, and End waits for the last row")
  func grows() {
    var list = List(isArranged: true)
    list.move(.last, height: 20)
    list.receive(items(0, total: 256), page: 0, state(256, complete: false), anchor: nil)
    list.settle(height: 20)
    #expect(list.seek == .end && list.selected == 255)
    list.receive(state(8000))
    list.settle(height: 20)
    #expect(list.seek == nil && list.selected == 7999)
    #expect(list.wantedPage(height: 20) == 39)
  }

  @Test("a change in the store makes the order old until another one comes")
  func stale() {
    var list = List(isArranged: true)
    _ = fill(&list, total: 100)
    #expect(!list.isOrderStale)
    list.markStale()
    #expect(list.isOrderStale && list.wantedPage(height: 20) == 0)
    list.receive(state(101, revision: 2))
    #expect(!list.isOrderStale && list.count == 101)
  }
}
