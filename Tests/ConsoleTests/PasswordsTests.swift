import Directory
import SyncStore
import Synchronization
import Testing

@testable import Console

@Suite("The view of passwords")
struct PasswordsTests {
  private func open(
    _ content: sending FakeStore.Content = Fixture.passwordContent(), keys: String = "5",
    options: ConsoleOptions = ConsoleOptions(), columns: Int = 100, rows: Int = 30
  ) -> Driver {
    var driver = Driver(content, options: options, columns: columns, rows: rows)
    driver.press(keys)
    return driver
  }

  @Test("The header says how the channel stands, since when, what waits, and how many are how far")
  func header() {
    let screen = open().screen
    #expect(screen.contains("contoso.test → tenant  ✓ waits for its next turn"))
    #expect(
      screen.contains(
        "To be sent 1 (1 again)  Last turn 40 s ago  Target answered 40 s ago  Every 2m"))
    #expect(screen.contains("1,007 accounts  Success 1,004  Error 1  NoTargetConnection 2"))
  }

  @Test(
    "Every state has words, and a channel that does not work says why",
    arguments: PasswordChannelState.allCases)
  func states(_ state: PasswordChannelState) {
    var content = Fixture.passwordContent()
    content.channels = [Fixture.channel(state, reason: "FIPS mode is on")]
    content.status.passwords = state
    let screen = open(content).screen
    let words: [PasswordChannelState: String] = [
      .waiting: "✓ waits", .working: "▶ works now", .paused: "! is paused",
      .stopped: "■ is stopped", .failed: "✗ failed", .refused: "✗ may not work here",
    ]
    #expect(screen.contains(words[state] ?? "no words"))
    #expect(screen.contains("FIPS mode is on"))
    #expect(screen.contains("passwords failed") == (state == .failed))
    // The turn that came to its end is not the one that failed.
    #expect(screen.contains("Last good turn 40 s ago") == (state == .failed))
    #expect(screen.contains("passwords refused") == (state == .refused))
  }

  @Test("A channel whose engine is gone is stopped, whatever was written of it last")
  func noEngine() {
    var content = Fixture.passwordContent()
    content.channels[0].state = .working
    content.channels[0].hasEngine = false
    let screen = open(content).screen
    #expect(screen.contains("■ is stopped") && !screen.contains("works now"))
  }

  @Test("In staging mode nothing is asked for that would be refused, and the head says why")
  func staging() {
    var content = Fixture.passwordContent()
    content.status.isStaging = true
    content.channels[0].state = .stopped
    var driver = open(content, columns: 120)
    #expect(driver.screen.contains("sends nothing: staging mode is on; M turns it off"))
    #expect(!driver.screen.contains("no engine stays"))
    let words = "staging mode is on, and no password is sent; M turns it off"
    for keys in ["P", "r n", "r f", "r a", "M w"] {
      driver.press(keys)
      #expect(driver.screen.contains(words), "\(keys)")
      driver.press("Esc Esc 5")
    }
    driver.press(":")
    driver.type("passwords now")
    driver.press("Enter")
    #expect(driver.screen.contains("Passwords: " + words))
    #expect(!driver.effects.contains { if case .file = $0 { true } else { false } })
  }

  @Test("An account whose password alone has no way is told of as what it is, with its object")
  func onlyThePassword() {
    var content = Fixture.passwordContent()
    content.passwords[2].reason = "No outbound rule to tenant that synchronizes passwords has it"
    content.details[7] = Fixture.detail
    var driver = open(content, keys: "5 G Enter", columns: 120)
    #expect(driver.screen.contains("Target         Ann Lee  Enter opens it"))
    #expect(driver.screen.contains("It is in tenant; only its password is not sent"))
    #expect(!driver.screen.contains("has no object for it"))
    #expect(!driver.screen.contains("lockstep why"))
    driver.press("Down Enter")
    guard case .inspector(let inspector) = driver.state.screen else {
      Issue.record("another screen")
      return
    }
    #expect(inspector.objectID == 8)
    // Of whom there is none in the target it is said, and where to look.
    content.details[7]?.counterparts = []
    driver = open(content, keys: "5 G Enter", columns: 120)
    #expect(driver.screen.contains("has no object for it"))
    #expect(driver.screen.contains("lockstep why"))
  }

  @Test("A full synchronization that runs shows how far it is, one that ended how long it took")
  func full() {
    var content = Fixture.passwordContent()
    content.channels[0].fullStarted = Fixture.now.adding(seconds: -10)
    content.channels[0].fullDone = 250
    var screen = open(content).screen
    #expect(screen.contains("▶ Full synchronization 250 of 1,007 read  25/s  since 19:59:50"))
    #expect(screen.contains("█████▉░"))
    content = Fixture.passwordContent()
    content.channels[0].fullStarted = Fixture.now.adding(seconds: -300)
    content.channels[0].fullEnded = Fixture.now.adding(seconds: -100)
    content.channels[0].fullDone = 1007
    screen = open(content).screen
    #expect(
      screen.contains("Last full synchronization 2026-11-22 19:58:20, 1,007 read in 3:20"))
  }

  @Test(
    "Several channels: the one of the account under the cursor, and whether others are in trouble")
  func several() {
    var content = Fixture.passwordContent()
    var second = Fixture.channel(.failed)
    second.id = 2
    second.source = "fabrikam.test"
    content.channels.append(second)
    #expect(open(content).screen.contains("channel 1 of 2, 1 of the others in trouble"))
  }

  @Test("Where none is configured the view says so and what to do; P and r tell why not")
  func none() {
    var content = Fixture.passwordContent()
    content.channels = []
    content.passwords = []
    content.status.passwords = nil
    var driver = open(content)
    #expect(driver.screen.contains("No synchronization of passwords is configured."))
    #expect(driver.screen.contains("[password_sync] section in lockstep.toml"))
    driver.press("P")
    #expect(driver.screen.contains("Passwords: No synchronization of passwords is configured"))
    driver.press("r")
    #expect(driver.screen.contains("Run: No synchronization of passwords is configured"))
    #expect(
      driver.effects.isEmpty
        || !driver.effects.contains { if case .file = $0 { true } else { false } })
  }

  @Test(
    "The ledger names each account with its status, what the target has, and how far behind it is")
  func ledger() {
    var driver = open(columns: 160)
    #expect(driver.cursorLine.contains("Ann Lee"))
    #expect(driver.cursorLine.contains("✓ Success"))
    #expect(driver.cursorLine.contains("this"))
    #expect(driver.cursorLine.contains(" 1 min"))
    driver.press("Down")
    #expect(driver.cursorLine.contains("Bo Ek"))
    #expect(driver.cursorLine.contains("✗ Error"))
    #expect(driver.cursorLine.contains("older"))
    #expect(driver.cursorLine.contains("1 h"))
    driver.press("g n")
    #expect(driver.cursorLine.contains("Bo Ek"))
  }

  @Test("A link or a word shows one kind of accounts, f goes through all of them")
  func kinds() {
    let linked = open(keys: "", options: ConsoleOptions(view: .passwords, filter: "older"))
    #expect(linked.screen.contains("Bo Ek") && !linked.screen.contains("Ann Lee"))
    #expect(linked.screen.contains("password-sync list --filter older"))
    var driver = open()
    for filter in PasswordFilter.allCases.dropFirst() {
      driver.press("f")
      #expect(driver.screen.contains(" \(filter.rawValue) "), "\(filter)")
    }
    driver.press("f /")
    driver.type("failed bo")
    #expect(driver.screen.contains("Bo Ek") && !driver.screen.contains("Cy Oz"))
    driver.press("Esc Esc")
    #expect(driver.screen.contains("Cy Oz"))
  }

  @Test("It is sorted, narrowed and written out as every other table")
  func table() {
    var driver = open(columns: 160)
    driver.press(":")
    driver.type("sort tries:desc")
    driver.press("Enter g")
    #expect(driver.cursorLine.contains("Bo Ek"))
    driver.press("e")
    guard case .export(.table(let export), .csv)? = driver.effects.last else {
      Issue.record("nothing was exported")
      return
    }
    #expect(export.source == .store(.passwords(.all)))
    let reader = ExportReader(store: driver.store, clock: .utc, now: Fixture.now)
    #expect(reader.header(export).titles.prefix(3) == ["Account", "Status", "Target has"])
    var rows: [[String]] = []
    #expect(throws: Never.self) { try reader.forEach(export) { rows.append($0) } }
    #expect(rows.first?.first == "Bo Ek" && rows.count == 3)
  }

  @Test("An account tells what its status means, who it is, and each request with its answer")
  func account() {
    var driver = open(keys: "5 Down Enter")
    #expect(driver.screen.contains("Passwords ▸ Bo Ek"))
    #expect(driver.screen.contains("lockstep password-sync user 'CN=Bo Ek,OU=Staff,DC=test'"))
    #expect(driver.screen.contains("The target refused it, or its batch failed"))
    #expect(driver.screen.contains("has an older one, of 2026-11-21"))
    #expect(driver.screen.contains("after 2 failed tries"))
    #expect(driver.screen.contains("2026-11-22 19:59:18  ✗ Error  password of"))
    #expect(driver.screen.contains("    The hash is not well-formed"))
    driver.press("Enter")
    #expect(driver.screen.contains("Bo Ek ▸ Ann Lee"))
    #expect(driver.screen.contains("Attributes"))
    driver.press("Esc G Up Enter")
    #expect(driver.screen.contains("Batch 12"))
    driver.press("Esc Esc")
    #expect(driver.cursorLine.contains("Bo Ek"))
  }

  @Test("An account that the ledger has no more, or without objects, says so")
  func lost() {
    var content = Fixture.passwordContent()
    content.details[7]?.counterparts = []
    var driver = open(content, keys: "5 End Enter")
    #expect(driver.screen.contains("No rule takes this object to the target."))
    #expect(driver.screen.contains("has no object for it"))
    #expect(driver.screen.contains("None that is kept"))
    driver.store.content.withLock {
      $0.passwords.removeLast()
      $0.counter += 1
    }
    driver.wait(1)
    #expect(driver.screen.contains("The ledger has this account no more."))
  }

  @Test("Batches pair request and result; the selected one shows who failed first, and why")
  func batches() {
    var driver = open(keys: "5 b", columns: 160)
    #expect(driver.cursorLine.contains("2026-11-22 19:59:18"))
    #expect(driver.cursorLine.contains("2.0 s CN=Bo Ek,OU=Staff,DC=test and 1 more"))
    let failed = driver.row(of: "✗ Error  CN=Bo Ek") ?? 0
    #expect(failed > 0 && failed < driver.row(of: "✓ Success  CN=Ann Lee") ?? 0)
    #expect(driver.screen.contains("    The hash is not well-formed"))
    driver.press("Enter")
    #expect(driver.screen.contains("Batch 12  contoso.test, asked 2026-11-22 19:59:18"))
    #expect(driver.screen.contains("answered after 2.0 s"))
    driver.press("Enter")
    #expect(driver.screen.contains("Batch 12 ▸ Bo Ek"))
    driver.press("Esc Esc Down")
    #expect(driver.cursorLine.contains("18:54:19"))
    driver.press("N")
    #expect(driver.cursorLine.contains("19:59:18"))
  }

  @Test("A batch on its way, and one whose answer was lost, are no successes")
  func unanswered() {
    var content = Fixture.passwordContent()
    content.batches[0].ended = nil
    content.batches[0].lines[0].answer = nil
    content.batches[1].error = "The tenant could not be reached: timeout"
    content.batches[1].lines[0].answer = nil
    var driver = open(content, keys: "5 b Enter")
    #expect(driver.screen.contains("not answered yet"))
    #expect(driver.screen.contains("▶ on its way"))
    driver.store.content.withLock {
      $0.batches[0].ended = Fixture.now
      $0.batches[0].lines[0].answer = .success
      $0.counter += 1
    }
    driver.wait(1)
    #expect(driver.screen.contains("✓ Success  CN=Ann Lee"))
    driver.press("Esc Down")
    #expect(driver.screen.contains("✗ The tenant could not be reached: timeout"))
    #expect(driver.screen.contains("! no answer"))
    #expect(!driver.cursorLine.contains("1.0 s"))
    driver.press("Enter")
    #expect(driver.screen.contains("failed after 1.0 s"))
    #expect(!driver.screen.contains("answered after"))
  }

  @Test("A batch that no engine works on is not told as one on its way")
  func orphaned() {
    var content = Fixture.passwordContent()
    content.batches[0].ended = nil
    content.batches[0].hasEngine = false
    content.batches[0].lines[0].answer = nil
    var driver = open(content, keys: "5 b", columns: 160)
    #expect(driver.cursorLine.contains("! no answer"))
    driver.press("Enter")
    #expect(driver.screen.contains("no answer: no engine waits for it"))
    #expect(!driver.screen.contains("on its way"))
  }

  @Test("P asks with the number of users, and files the command only after the word")
  func ask() {
    var driver = open(keys: "1 P")
    #expect(driver.screen.contains("Synchronize all passwords?"))
    #expect(driver.screen.contains("The passwords of 1,005 users are read and sent again"))
    #expect(driver.screen.contains("Of 2 other accounts nothing can be sent now"))
    driver.press("P Enter")
    #expect(!driver.effects.contains(.file(.passwords(.full))))
    driver.press("P y")
    #expect(driver.effects.contains(.file(.passwords(.full))))
  }

  @Test("P counts whom a password can be sent to, and says how many others there are")
  func askOfSome() {
    var content = Fixture.passwordContent()
    content.sending = [1: 700]
    var driver = open(content, keys: "1 P", columns: 120)
    #expect(driver.screen.contains("The passwords of 700 users are read and sent again"))
    #expect(driver.screen.contains("Of 307 other accounts nothing can be sent now"))
    driver.store.content.withLock { $0.sending = [1: 1007] }
    driver.press("Esc P")
    #expect(driver.screen.contains("The passwords of 1,007 users"))
    #expect(!driver.screen.contains("other account"))
  }

  @Test("What is counted says so where a cycle has ended since the channel looked")
  func behind() {
    var content = Fixture.passwordContent()
    #expect(!open(content, columns: 120).screen.contains("before the last cycle"))
    content.channels[0].isBehind = true
    #expect(open(content, columns: 120).screen.contains("1,007 accounts before the last cycle"))
  }

  @Test("P says when a channel would not do it now")
  func askInTrouble() {
    var content = Fixture.passwordContent()
    content.channels = [Fixture.channel(.refused, reason: "FIPS mode is on")]
    #expect(open(content, keys: "P").screen.contains("is refused now: FIPS mode is on."))
  }

  @Test("r looks now, sends all after a question, or one account's; : takes the same in words")
  func run() {
    var driver = open(keys: "5 r n")
    #expect(driver.effects.last == .file(.passwords(.now)))
    driver.press("Down r a")
    #expect(driver.effects.last == .file(.passwords(.account(anchor: "anchor-2"))))
    driver.press("r f")
    #expect(driver.screen.contains("Synchronize all passwords?"))
    driver.press("Esc b Enter r a")
    #expect(driver.effects.last == .file(.passwords(.account(anchor: "anchor-2"))))
    driver.press("M w")
    #expect(driver.effects.last == .file(.passwords(.now)))
    driver.press(":")
    driver.type("passwords full")
    driver.press("Enter")
    #expect(driver.screen.contains("Synchronize all passwords?"))
  }

  @Test("A console started read-only asks for nothing")
  func readOnly() {
    var driver = open(options: ConsoleOptions(readOnly: true))
    driver.press("P r")
    driver.press(":")
    driver.type("passwords now")
    driver.press("Enter")
    #expect(driver.screen.contains("read-only"))
    #expect(!driver.effects.contains { if case .file = $0 { true } else { false } })
  }

  @Test(
    "Users whose password is older at the target are marked; a column tells how far it has come")
  func users() {
    var content = Fixture.passwordContent()
    content.users[0].lastPasswordSync = Fixture.now.adding(seconds: -500)
    content.users[0].hasOlderPassword = true
    content.users[0].password = .error
    var driver = open(content, keys: "4", columns: 160)
    #expect(
      driver.cursorLine.contains("2026-11-22 19:51:40!") || driver.cursorLine.contains("19:51"))
    driver.press(":")
    driver.type("columns name passwordstate")
    driver.press("Enter")
    #expect(driver.screen.contains("✗ Error"))
    #expect(driver.screen.contains("no channel"))
  }
}
