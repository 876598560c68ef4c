import Directory
import Dispatch
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

/// What was answered, and a way to wait for it.
private final class Box<Value: Sendable>: Sendable {
  private let values = Mutex<[Value]>([])
  private let arrived = DispatchSemaphore(value: 0)

  func put(_ value: Value) {
    values.withLock { $0.append(value) }
    arrived.signal()
  }

  /// The next value, waited for ten seconds at most.
  func next() -> Value? {
    guard arrived.wait(timeout: .now() + 10) == .success else { return nil }
    return values.withLock { $0.removeFirst() }
  }
}

@Suite("Orders of lists that have grown old")
struct OldOrderTests {
  private static let history = ListSource.operations(OperationFilter())
  private static let key = Arranger.Key(
    list: history, arrangement: ListArrangement(sort: ListSort("adds")))
  private static let need = Arranger.Need.rows(
    start: 0, count: 10, anchor: nil, waitsForAnchor: false)

  private func store(
    gate: @escaping @Sendable (String) -> Void = { _ in }
  ) -> FakeStore {
    var content = FakeStore.Content()
    content.operations = Fixture.history(30)
    return FakeStore(content, gate: gate)
  }

  @Test("A list that is paused stays in its order, also where another was asked for just before")
  func paused() {
    var driver = Driver(options: ConsoleOptions(view: .users))
    driver.press(":")
    driver.type("sort name:desc")
    driver.press("Enter")
    let rows = driver.screen
    driver.answers = false
    driver.store.content.withLock {
      $0.users.swapAt(0, 1)
      $0.users[0].displayName = "Zoe Zeta"
      $0.counter += 1
    }
    driver.send(.polled(99))
    func another() -> Int { driver.held.count { $0.request.isAnotherOrder } }
    #expect(another() == 1)
    driver.press("z")
    driver.wait(6)
    driver.answers = true
    driver.answerHeld()
    #expect(driver.screen.contains("Zoe Zeta") == false)
    #expect(rows.contains("Ann Lee") && driver.screen.contains("Ann Lee"))
    driver.press("z")
    driver.wait(1)
    #expect(driver.screen.contains("Zoe Zeta"))
  }

  @Test("one that is known from before a commit is served as old, and another is worked out")
  func known() throws {
    let parts = Box<Arranger.Part?>()
    let arranger = Arranger(store()) { parts.put(try? $1.get()) }
    arranger.ask(Self.key, Self.need, for: Ticket(.list, 1))
    let first = try #require(parts.next() ?? nil)
    #expect(!first.state.isOld)
    arranger.markOld()
    arranger.ask(Self.key, Self.need, for: Ticket(.list, 2))
    let old = try #require(parts.next() ?? nil)
    #expect(old.state.isOld && old.ids == first.ids)
    var state = old.state
    // That all rows are there is news, too.
    for number in 3...4 where state.revision == old.state.revision {
      arranger.ask(Self.key, .news(known: state, isRefresh: true), for: Ticket(.count, number))
      state = try #require(parts.next() ?? nil).state
    }
    #expect(!state.isOld && state.revision != old.state.revision)
  }

  @Test("what was committed while it was worked out makes it old")
  func meanwhile() throws {
    let begun = DispatchSemaphore(value: 0)
    let gate = DispatchSemaphore(value: 0)
    let store = store { call in
      guard call == "arrange" else { return }
      begun.signal()
      gate.wait()
    }
    let parts = Box<Arranger.Part?>()
    let arranger = Arranger(store) { parts.put(try? $1.get()) }
    arranger.ask(Self.key, Self.need, for: Ticket(.list, 1))
    begun.wait()
    arranger.markOld()
    gate.signal()
    #expect((parts.next() ?? nil)?.state.isOld == true)
  }

  @Test("the loader tells of another counter")
  func loader() throws {
    let store = store()
    let messages = Box<Message>()
    let loader = ConsoleLoader(
      store: store, options: ConsoleOptions(), files: NoFiles(), services: ConsoleServices(),
      post: { messages.put($0) })
    func page(_ number: Int) throws -> OrderState {
      let request = PageRequest(
        source: .store(Self.history), arrangement: Self.key.arrangement, start: 0, count: 10)
      _ = loader.take(.load(Ticket(.list, number), .page(request)))
      guard case .answered(_, .page(let page))? = messages.next() else { throw NoPage() }
      return page.state
    }
    _ = loader.take(.poll)
    _ = messages.next()
    #expect(try !page(1).isOld)
    _ = loader.take(.poll)
    _ = messages.next()
    #expect(try !page(2).isOld, "nothing was committed")
    store.content.withLock { $0.counter += 1 }
    _ = loader.take(.poll)
    _ = messages.next()
    #expect(try page(3).isOld)
    loader.close()
  }

  private struct NoPage: Error {}
  private struct NoFiles: ExportFiles {
    func create(name: String, format: ExportFormat) throws -> any ExportFile { throw NoPage() }
  }

  private func state(_ revision: Int, isOld: Bool = false) -> OrderState {
    var state = OrderState(revision: revision, total: 1, isComplete: true)
    state.isOld = isOld
    return state
  }

  @Test("a list that is shown in an old order asks for another, until that is not old")
  func list() {
    let rows = [Fixture.operation(1)]
    var list = RowList<OperationRow>(isArranged: true)
    list.receive(rows, page: 0, state(1, isOld: true), anchor: nil)
    #expect(list.isOrderStale)
    list.receive(state(2, isOld: true))
    #expect(list.isOrderStale)
    list.receive(state(3))
    #expect(!list.isOrderStale)
  }

  @Test("what was committed before the first order came is not forgotten with it")
  func firstOrder() {
    var list = RowList<OperationRow>(isArranged: true)
    list.markStale()
    list.receive([Fixture.operation(1)], page: 0, state(1), anchor: nil)
    #expect(list.isOrderStale)
    var plain = RowList<OperationRow>()
    plain.markStale()
    #expect(!plain.isOrderStale)
  }

  @Test("a search that was under way when something was committed is made again")
  func search() {
    var driver = Driver()
    driver.wait(1)
    driver.answers = false
    driver.press("3")
    let isSearch: (Request) -> Bool = { if case .metaverse = $0 { true } else { false } }
    #expect(driver.held.contains { isSearch($0.request) })
    driver.send(.polled(77))
    driver.answerHeld()
    #expect(driver.held.contains { isSearch($0.request) })
    driver.answerHeld()
    #expect(!driver.held.contains { isSearch($0.request) })
    #expect(driver.screen.contains("Bo Ek"))
  }
}
