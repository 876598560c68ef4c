import Cells
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("The age of what the tenant has")
struct UsersTests {
  private static func driver(
    columns: Int, options: ConsoleOptions = ConsoleOptions(view: .users)
  ) -> Driver {
    var content = Fixture.content()
    content.users = [
      Fixture.user(1, "Ann Fresh", synced: -30), Fixture.user(2, "Bo Half", synced: -5400),
      Fixture.user(3, "Cy Due", synced: -10_800), Fixture.user(4, "Di Old", synced: -400_000),
      Fixture.user(5, "Ed Never", .pending, synced: nil), Fixture.user(6, "Fay Cloud", .inCloud),
      Fixture.user(7, "Gus Late", .error, synced: -400_000),
    ]
    return Driver(content, options: options, columns: columns, rows: 24)
  }

  private static func line(_ name: String, _ driver: Driver) -> String {
    driver.screen.split(separator: "\n").first { $0.contains(name) }.map(String.init) ?? ""
  }

  @Test("is a text and a bar of the schedule's interval; what waits longer says so without colour")
  func bar() {
    let driver = Self.driver(columns: 200)
    #expect(Self.line("Ann Fresh", driver).contains("  30 s ▏░░░░░░░░ "))
    #expect(Self.line("Bo Half", driver).contains("   1 h ████▌░░░░ "))
    #expect(Self.line("Cy Due", driver).contains("   3 h █████████ "))
    // Nothing was changed of them: that is no alarm.
    #expect(Self.line("Di Old", driver).contains("   4 d █████████ "))
    #expect(Self.line("Gus Late", driver).contains("   4 d ████████! "))
    #expect(Self.line("Ed Never", driver).contains("      -    "))
    #expect(!Self.line("Ed Never", driver).contains("█"))
    #expect(Self.line("Fay Cloud", driver).contains("cloud only"))
    #expect(!Self.line("Fay Cloud", driver).contains("█"))
  }

  @Test("sorted by a column whose heading is cut, the heading keeps its mark")
  func sortedHeading() {
    var driver = Self.driver(columns: 80)
    driver.press(":")
    driver.type("sort password:desc")
    driver.press("Enter")
    #expect(driver.screen.contains("Last pas…↓ Sign-in"), "\(driver.screen)")
    driver.press("O")
    #expect(driver.screen.contains("Last pas…↑ Sign-in"), "\(driver.screen)")
  }

  @Test("at 80 columns state, last sync, age, last password and sign-in are all there")
  func at80() {
    let driver = Self.driver(columns: 80)
    let heading = "Sync state Last sync   Age     Last pass… Sign-in"
    #expect(driver.screen.contains(heading), "\(driver.screen)")
    #expect(Self.line("Bo Half", driver).contains(" 1 h "))
    #expect(Self.line("Bo Half", driver).hasSuffix(" allowed"))
    #expect(!driver.screen.contains("cloud o…"))
  }

  @Test("what waits of a user is told from what was sent, though something was sent before")
  func waiting() {
    var content = Fixture.content()
    let kinds: [UserRow.Waiting] = [.toBeSent, .toBeDeleted, .held, .heldDelete, .sent]
    content.users = kinds.enumerated().map { index, kind in
      var user = Fixture.user(Int64(index + 1), "User \(index)", .pending)
      user.waiting = kind
      return user
    }
    let driver = Driver(content, options: ConsoleOptions(view: .users), columns: 132)
    let words = ["to be sent", "to delete", " held", "held delete", "↑ only sent"]
    for (index, word) in words.enumerated() {
      let line = Self.line("User \(index)", driver)
      #expect(line.contains(word) && (index == 4) == line.contains("only sent"), "\(line)")
    }
  }

  @Test("f goes on from a state that was typed")
  func typedState() {
    var driver = Self.driver(columns: 120)
    driver.press("/")
    driver.type("\"ed\" synced")
    driver.press("Enter f")
    #expect(driver.state.screen.model.filterText == "ed")
    guard case .users(let users) = driver.state.screen else { return }
    #expect(users.state == .inCloud)
  }

  @Test("a narrowed list says how many users it has, and of how many")
  func narrowed() {
    var driver = Self.driver(columns: 120)
    #expect(driver.screen.contains("7 users  Synced 4"))
    driver.press("f f f")
    #expect(driver.screen.contains("1 of 7 users Pending"))
    driver.press("Esc /")
    driver.type("diold")
    driver.press("Enter")
    #expect(driver.screen.contains("1 of 7 users /diold"))
    driver.press("/ C-u")
    driver.type("stale")
    driver.press("Enter")
    #expect(driver.screen.contains("2 of 7 users /stale"))
  }

  @Test("of several targets the list says whose users it shows, at 40 columns too")
  func targets() {
    var content = Fixture.content()
    content.status.targets = ["tenant", "archive"]
    content.users = [Fixture.user(1, "Ann Fresh")]
    let driver = Driver(content, options: ConsoleOptions(view: .users), columns: 40, rows: 10)
    #expect(driver.screen.contains("1 user of tenant, 1 of 2 targets"))
    #expect(!Self.driver(columns: 40).screen.contains("targets"))
  }

  @Test("in ASCII the bar is of ASCII, and a narrow terminal and a screen reader have none")
  func elsewhere() {
    let ascii = Self.driver(
      columns: 200, options: ConsoleOptions(view: .users, ascii: true))
    #expect(Self.line("Bo Half", ascii).contains("   1 h ####..... "))
    #expect(Self.line("Gus Late", ascii).contains("   4 d ########! "))
    #expect(!ascii.screen.unicodeScalars.contains { !$0.isASCII })
    let narrow = Self.driver(columns: 40)
    #expect(!narrow.screen.contains("Age") && !narrow.screen.contains("░"))
    let plain = Self.driver(columns: 200, options: ConsoleOptions(view: .users, plain: true))
    #expect(Self.line("Bo Half", plain).contains(" 1 h  ") && !plain.screen.contains("#"))
  }

  @Test("follows the interval that is set")
  func interval() {
    var driver = Self.driver(columns: 200)
    driver.store.content.withLock { $0.status.schedule.intervalSeconds = 86_400 }
    driver.wait(3)
    #expect(Self.line("Cy Due", driver).contains("   3 h █▏░░░░░░░ "))
  }

  @Test("that is more than the interval that is set is stale, from the first list on")
  func stale() {
    var content = Fixture.content()
    content.status.schedule.intervalSeconds = 3600
    content.users = [
      Fixture.user(1, "Ann Fresh", synced: -30), Fixture.user(2, "Bo Half", synced: -5400),
    ]
    let options = ConsoleOptions(view: .users, filter: "stale")
    var driver = Driver(content, options: options, columns: 120)
    #expect(driver.row(of: "Bo Half") != nil && driver.row(of: "Ann Fresh") == nil)
    // Users grow old though nothing is committed, so that they are looked at again.
    driver.wait(1)
    let looks = driver.store.content.withLock { $0.calls["usersHeader", default: 0] }
    driver.wait(UsersScreen.lookInterval + 1)
    #expect(driver.store.content.withLock { $0.calls["usersHeader", default: 0] } == looks + 1)
    driver.store.content.withLock {
      $0.status.schedule.intervalSeconds = 86_400
      $0.counter += 1
    }
    driver.wait(2)
    #expect(driver.row(of: "Bo Half") == nil)
  }

  @Test("A deep link shows what it says, not also what was chosen the last time")
  func link() {
    var kept = TableSettings()
    kept.choice = UserRow.State.error.rawValue
    var options = ConsoleOptions(view: .users, filter: "ann", tables: ["users": kept])
    #expect(Driver(options: options).row(of: "Ann Lee") != nil)
    options.filter = ""
    let driver = Driver(options: options)
    #expect(driver.row(of: "Ann Lee") == nil)
    #expect(driver.screen.contains("Narrowed as last time: Error"))
    var history = TableSettings()
    history.choice = "errors"
    let run = Driver(
      options: ConsoleOptions(run: .step(4), tables: ["operations": history]), columns: 120)
    #expect(run.state.screen.model.copyText == "tenant Full Synchronization")
    #expect(!run.screen.contains("as last time"))
  }

  @Test("Enter opens a user that failed at the error, and another at its attributes")
  func open() {
    var content = Fixture.content()
    content.users = [Fixture.user(7, "Ann Lee", .error)]
    var driver = Driver(content, options: ConsoleOptions(view: .users))
    driver.press("Enter")
    #expect(driver.screen.contains("AttributeValueMustBeUnique  at export on tenant"))
    content = Fixture.content()
    content.users = [Fixture.user(7, "Ann Lee")]
    driver = Driver(content, options: ConsoleOptions(view: .users))
    driver.press("Enter")
    #expect(driver.screen.contains("pending import Ann Li"))
  }

  @Test("is written to files as a text, and a list can be sorted by it")
  func text() throws {
    let scene = Scene(now: Fixture.now, clock: .utc, glyphs: .ascii)
    let column = try #require(UsersScreen.columns.first { $0.field == "age" })
    let user = Fixture.user(2, "Bo Half", synced: -5400)
    #expect(Table([column]).texts(user, scene: scene) == ["1 h"])
    var driver = Self.driver(columns: 120)
    driver.press(":")
    driver.type("sort age")
    driver.press("Enter")
    #expect(driver.screen.contains("Age↑"))
  }

  @Test(
    "A bar shows what is not nothing, and is full only when all is there",
    arguments: [
      (0, "░░░░"), (0.001, "▏░░░"), (0.5, "██░░"), (0.99, "███▉"), (1, "████"), (7, "████"),
      (.nan, "░░░░"), (-1, "░░░░"),
    ])
  func meter(_ fraction: Double, _ text: String) {
    #expect(Meter.text(fraction, width: 4, glyphs: .unicode) == text)
    #expect(Meter.text(fraction, width: 4, glyphs: .ascii).allSatisfy { "#.".contains($0) })
    #expect(Meter.text(fraction, width: 0, glyphs: .unicode).isEmpty)
  }
}
