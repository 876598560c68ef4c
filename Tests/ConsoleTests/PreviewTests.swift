import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Preview of one object, and its past")
struct PreviewTests {
  private static let order = PreviewOrder(object: 7, isFull: true, commits: false)

  private static func report(committed: Bool = false) -> PreviewReport {
    var report = PreviewReport(
      object: 7, connector: "contoso.test", dn: "CN=Ann Lee,OU=Staff,DC=test", objectType: "user",
      pendingImport: "update", isFull: true, isCommitted: committed)
    report.inboundRules = [
      .init(name: "In from contoso.test - User", isInScope: true, reason: ""),
      .init(name: "In from contoso.test - Hidden", isInScope: false, reason: "hidden ISNOTNULL"),
    ]
    report.operations = [
      .init(
        what: "Flow updates", connector: "contoso.test", dn: "CN=Ann Lee,OU=Staff,DC=test",
        changes: [
          .init(
            attribute: "displayName", before: ["Ann Li"], after: ["Ann Lee"], rule: "In: user")
        ])
    ]
    report.exportsAfter = [
      .init(connector: "tenant", dn: "CN={41}", operation: "update", changes: [])
    ]
    report.flows = [
      .init(
        attribute: "displayName", values: ["Ann Lee"], rule: "In: user", kind: "direct",
        source: "displayName", connector: "contoso.test", loses: "")
    ]
    return report
  }

  private func inspector(_ report: PreviewReport? = report()) -> Driver {
    var content = Fixture.content()
    if let report { content.previews = [1: report] }
    var driver = Driver(content, columns: 100, rows: 30)
    driver.press("Enter Enter Enter p")
    return driver
  }

  @Test("p asks the engine, and shows what it found")
  func asks() {
    var driver = inspector()
    #expect(driver.effects.last == .file(.preview(Self.order)))
    #expect(driver.screen.contains("The engine works it out"))
    driver.finish(.preview(Self.order), 1)
    #expect(driver.screen.contains("Full preview; nothing is stored. C stores it"))
    #expect(driver.screen.contains("Flow updates in contoso.test"))
    #expect(driver.screen.contains("Ann Li → Ann Lee  In: user"))
    #expect(driver.screen.contains("update to tenant"))
  }

  @Test(
    "A read-only console asks for no preview, and says why",
    arguments: ["p", "d", "Right Right Right Enter"])
  func readOnly(_ keys: String) {
    var driver = Driver(options: ConsoleOptions(readOnly: true), columns: 100, rows: 30)
    driver.press("Enter Enter Enter " + keys)
    #expect(!driver.effects.contains { if case .file = $0 { true } else { false } })
    #expect(!driver.effects.contains(.startEngine))
    #expect(driver.screen.contains("started read-only; a preview asks the engine"))
    #expect(!driver.screen.contains("The engine works it out"))
  }

  @Test("rules that leave the object out are folded; Enter shows why")
  func folded() throws {
    var driver = inspector()
    driver.finish(.preview(Self.order), 1)
    #expect(driver.screen.contains("1 rule that leaves it out"))
    #expect(!driver.screen.contains("hidden ISNOTNULL"))
    while !driver.cursorLine.contains("leaves it out") { driver.press("Down") }
    driver.press("Enter")
    #expect(driver.screen.contains("In from contoso.test - Hidden: hidden ISNOTNULL"))
  }

  /// A preview by which nothing changes, of an object whose delete in the tenant waits.
  private func storing(
    isHeld: Bool = true, awaitsWord: Bool = true, isNew: Bool = false
  ) -> Driver {
    var report = Self.report()
    report.operations = []
    report.exportsAfter = [
      .init(connector: "tenant", dn: "CN={41}", operation: "delete", changes: [])
    ]
    report.exportsBefore = isNew ? [] : report.exportsAfter
    var content = Fixture.content()
    content.previews = [1: report]
    content.details[7] = Fixture.detail
    content.details[7]?.counterparts[0].dn = "CN={41}"
    content.details[7]?.counterparts[0].awaitsWord = awaitsWord
    content.connectors[1].heldDeletes = isHeld ? 198 : 0
    var driver = Driver(content, columns: 100, rows: 30)
    driver.press("Enter Enter Enter p")
    driver.finish(.preview(Self.order), 1)
    driver.press("C")
    return driver
  }

  @Test("A delete that stays held is said to stay, and storing what changes nothing needs no word")
  func heldDelete() {
    var driver = storing()
    #expect(driver.screen.contains("For tenant: delete of CN={41} waits for a person's word and"))
    #expect(!driver.screen.contains("The next export to tenant"))
    #expect(!driver.screen.contains("DELETE"))
    driver.press("y")
    guard case .file(.preview(let order))? = driver.effects.last else {
      Issue.record("nothing was asked for")
      return
    }
    #expect(order.commits)
  }

  @Test("A delete that goes out needs the word: none is held, it was released, or it is new")
  func passingDelete() {
    for driver in [storing(isHeld: false), storing(awaitsWord: false), storing(isNew: true)] {
      #expect(driver.screen.contains("The next export to tenant: delete of CN={41}."))
      #expect(driver.screen.contains("Type DELETE"))
    }
  }

  @Test("C asks, says what is stored, and stores only after y")
  func commit() {
    var driver = inspector()
    driver.finish(.preview(Self.order), 1)
    driver.press("C")
    #expect(driver.screen.contains("Store this synchronization?"))
    #expect(driver.screen.contains("The next export to tenant: update of CN={41}"))
    let committing = PreviewOrder(storing: Self.report())
    driver.press("Enter C")
    #expect(!driver.effects.contains(.file(.preview(committing))))
    driver.press("y")
    #expect(driver.effects.last == .file(.preview(committing)))
    driver.store.content.withLock { $0.previews[2] = Self.report(committed: true) }
    driver.finish(.preview(committing), 2)
    #expect(driver.screen.contains("Full synchronization, stored"))
    driver.press("C")
    #expect(driver.screen.contains("There is no preview to store"))
  }

  @Test("a read-only console previews and does not store")
  func readOnly() {
    var content = Fixture.content()
    content.previews = [1: Self.report()]
    var driver = Driver(content, options: ConsoleOptions(readOnly: true), columns: 100, rows: 30)
    driver.press("Enter Enter Enter p")
    driver.finish(.preview(Self.order), 1)
    driver.press("C")
    #expect(driver.screen.contains("started read-only"))
  }

  @Test("a refusal is told where the preview would stand")
  func refused() {
    var driver = inspector(nil)
    driver.finish(.preview(Self.order), 1, .refused, outcome: "The object is gone")
    #expect(driver.row(of: "The object is gone") != nil)
  }

  @Test("a preview that nobody works on says so, and asks no more patience")
  func givenUp() {
    let error = StoreError(.busy, message: "The store is locked", hint: "Wait.")
    var driver = inspector(nil)
    driver.send(.notFiled(.preview(Self.order), error))
    #expect(driver.row(of: "Not asked for: The store is locked. Wait.") != nil)
    #expect(!driver.screen.contains("The engine works it out"))

    driver = inspector()
    driver.store.content.withLock { $0.status = Fixture.status(.absent) }
    driver.wait(3)
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(id: 1, state: .filed, outcome: "")
    }
    driver.send(.filed(.preview(Self.order), 1))
    #expect(driver.effects.last == .startEngine)
    driver.send(.engineStarted(Fault(message: "lockstep.toml:3 is wrong", hint: "Correct it.")))
    driver.wait(20)
    #expect(driver.row(of: "No engine could be started: lockstep.toml:3 is wrong.") != nil)
    #expect(!driver.screen.contains("The engine works it out"))
    // One that was started in another way does it after all.
    driver.finish(.preview(Self.order), 1)
    #expect(driver.screen.contains("Full preview; nothing is stored"))

    driver = inspector(nil)
    driver.store.content.withLock {
      $0.commands[1] = CommandStatus(id: 1, state: .taken, outcome: "")
      $0.status = Fixture.status(.absent)
    }
    driver.send(.filed(.preview(Self.order), 1))
    driver.wait(30)
    #expect(driver.row(of: "The engine ended before it had finished the preview") != nil)
    #expect(!driver.screen.contains("The engine works it out"))
  }

  @Test("what is wider than the screen can be read whole, before a preview and in it")
  func wide() {
    var driver = Driver(columns: 40, rows: 24)
    driver.press("Enter Enter Enter Right Right Right")
    #expect(driver.row(of: "d what a delta one") != nil)
    var report = Self.report()
    let long = (1...40).map { "word\($0)" }.joined(separator: " ")
    report.operations[0].changes[0].after = [long]
    driver = inspector(report)
    driver.finish(.preview(Self.order), 1)
    #expect(!driver.screen.contains("word40"))
    while !driver.cursorLine.contains("word1 ") { driver.press("Down") }
    driver.press("Enter")
    #expect(driver.screen.contains("word40"))
  }

  @Test("[ shows the attributes as a run before had left them, ] goes on")
  func past() {
    var content = Fixture.content()
    var row = Fixture.detail.history[0]
    row.space = "contoso.test"
    row.objectID = 7
    content.details[7]?.history = [row]
    var driver = Driver(content, columns: 100, rows: 30)
    driver.press("Enter Enter Enter [")
    #expect(driver.screen.contains("As it was before step 1. ] goes on"))
    #expect(driver.screen.contains("Ann Li → Ann Lee"))
    driver.press("[")
    #expect(driver.screen.contains("goes no further back"))
    driver.press("]")
    #expect(!driver.screen.contains("As it was"))
  }

  @Test("[ steps from run to run in the history")
  func history() {
    var content = Fixture.content()
    var row = Fixture.detail.history[0]
    content.details[7]?.history = [row]
    row.stepID = 0
    content.details[7]?.history.append(row)
    var driver = Driver(content, columns: 100, rows: 30)
    driver.press("Enter Enter S-Tab [")
    #expect(driver.cursorLine.contains("step 0"))
    driver.press("[")
    #expect(driver.screen.contains("No earlier run touched this object"))
    driver.press("]")
    #expect(driver.cursorLine.contains("step 1"))
  }

  @Test(
    "bits are spelt out",
    arguments: [
      ("userAccountControl", 514, "514 (ACCOUNTDISABLE, NORMAL_ACCOUNT)"),
      ("userAccountControl", 66_048, "66048 (NORMAL_ACCOUNT, DONT_EXPIRE_PASSWORD)"),
      ("groupType", -2_147_483_646, "-2147483646 (SECURITY_ENABLED, ACCOUNT_GROUP)"),
      ("groupType", 0x40, "64 (0x40)"), ("userAccountControl", 0, "0 (none)"),
      ("logonCount", 514, "514"),
    ])
  func bits(_ attribute: String, _ number: Int64, _ text: String) {
    #expect(ValueText.text(.integer(number), of: attribute, clock: .utc) == text)
    #expect(ValueText.text(.string("\(number)"), of: attribute, clock: .utc) == text)
  }

  /// An object that more steps touched than come with it.
  private static func busy(_ count: Int) -> FakeStore.Content {
    var content = Fixture.content()
    content.history = (1...count).reversed().map { step in
      ObjectHistoryRow(
        stepID: Int64(step), time: Fixture.now, connector: "contoso.test", type: .deltaImport,
        counter: "stage-update",
        changes: [AttributeDelta(name: "title", before: ["a"], after: ["b"])])
    }
    content.details[7]?.history = Array(content.history.prefix(100))
    content.details[7]?.hasMoreHistory = true
    return content
  }

  @Test("The history tells what steps did to counterparts too, and which object it was")
  func counterparts() {
    var content = Fixture.content()
    content.details[7]?.row.metaverseID = 70
    content.linked = [70: [Fixture.object(7), Fixture.object(8, connector: "tenant")]]
    content.history = [(Int64(8), "tenant", "a"), (7, "contoso.test", "b"), (9, "x", "c")].map {
      var row = ObjectHistoryRow(
        stepID: $0, time: Fixture.now, connector: $0 == 8 ? "tenant" : "contoso.test",
        type: $0 == 8 ? .export : .deltaImport, counter: "", changes: [])
      (row.objectID, row.space, row.summary) = ($0, $1, "did " + $2)
      return row
    }
    var driver = Driver(content, columns: 120, rows: 30)
    driver.press("2 Enter Enter S-Tab")
    #expect(driver.screen.contains("Export on tenant, step 8  did a"))
    #expect(driver.screen.contains("Delta Import on contoso.test, step 7  did b"))
    #expect(!driver.screen.contains("did c"))
    content.history[0].connector = "contoso.test"
    driver = Driver(content, columns: 120, rows: 30)
    driver.press("2 Enter Enter S-Tab")
    #expect(driver.screen.contains("on contoso.test, step 8, object of tenant  did a"))
  }

  @Test("A history that is longer than what is read says so, and is read on")
  func longHistory() {
    var driver = Driver(Self.busy(700), columns: 100, rows: 30)
    driver.press("Enter Enter S-Tab")
    #expect(driver.screen.contains("History 100+"))
    driver.press("G")
    #expect(driver.cursorLine.contains("There are older steps than these 100; Enter reads on"))
    #expect(driver.cursorLine.contains("lockstep history 7 --limit"))
    driver.press("Enter")
    #expect(driver.screen.contains("History 500+"))
    driver.press("G Enter")
    #expect(driver.screen.contains("History 700\n"))
    driver.press("G")
    #expect(driver.cursorLine.contains("title") && !driver.screen.contains("older steps"))
    // What is read again keeps its length.
    driver.store.content.withLock { $0.counter += 1 }
    driver.wait(2)
    #expect(driver.screen.contains("History 700\n"))
  }
}
