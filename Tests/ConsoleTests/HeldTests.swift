import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("What waits for a person's word")
struct HeldTests {
  private static let group = HeldGroup(
    id: 12, connector: "tenant", kind: .deletes, cause: "left scope of In - User (hidden ISNULL)",
    count: 37, since: Fixture.now.adding(seconds: -3600),
    latest: Fixture.now.adding(seconds: -3600), samples: ["Ann Lee", "Bo Ek"])

  private static func content() -> FakeStore.Content {
    var content = Fixture.content()
    content.groups = [
      group,
      HeldGroup(
        id: 15, connector: "tenant", kind: .updates, cause: "In - User changed", count: 900,
        since: Fixture.now, latest: Fixture.now, samples: ["Cy Oz"]),
    ]
    content.held = [
      12: [Fixture.object(8, "Ann Lee", connector: "tenant"), Fixture.object(9, "Bo Ek")]
    ]
    content.heldImports = [
      HeldImport(
        connector: "contoso.test", kind: "deletes", count: 400,
        message: "400 of 1,007 objects are not there any more", since: Fixture.now,
        releasedBy: nil)
    ]
    content.releases = [
      ReleaseRow(
        id: 1, connector: "tenant", time: Fixture.now, person: "console ann", what: "deletes",
        count: 3)
    ]
    return content
  }

  @Test("All that is held, by its causes, at 80x24")
  func screen() {
    var driver = Driver(Self.content(), columns: 80, rows: 24)
    driver.press("H")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
        1 Operations  2 Connectors 3 Metaverse 4 Users 5 Passwords 6 Rules 7 Events
      ── Operations ▸ Held ────────────────────────────────────────── lockstep held ──
      Held for a person's word  R releases, Enter lists
      g12  37 deletes on tenant  left scope of In - User (hidden ISNULL)
           since 2026-11-22 19:00:00  such as Ann Lee, Bo Ek
      g15  900 updates on tenant  In - User changed
           since 2026-11-22 20:00:00  such as Cy Oz
      import of contoso.test  since 2026-11-22 20:00:00
           400 of 1,007 objects are not there any more

      Not meant? Put it right where it comes from, in the source directory or in the
           rules, and run a Delta cycle (D): what is not wanted any more leaves this
           list by itself.

      Released before
      2026-11-22 20:00:00  console ann: 3 of tenant, deletes






       F Full  D Delta  S Stop  R Release  ⏎ Open  Esc Back  y Copy  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("in a narrow terminal nothing of it is cut")
  func narrow() {
    var driver = Driver(Self.content(), columns: 40, rows: 40)
    driver.press("H")
    let text = driver.screen.split(separator: "\n").map { $0.split(separator: " ") }.joined()
      .joined(separator: " ")
    #expect(text.contains("on tenant left scope of In - User (hidden ISNULL) since"))
    #expect(text.contains("such as Ann Lee, Bo Ek g15"))
    #expect(text.contains("leaves this list by itself."))
    #expect(!driver.screen.contains("…"))
  }

  @Test("it is told what to do where nothing of it is meant")
  func advice() {
    var driver = Driver(Self.content(), columns: 100, rows: 30)
    driver.press("H")
    #expect(driver.screen.contains("Not meant? Put it right where it comes from"))
    driver = Driver(columns: 100, rows: 30)
    driver.press("H")
    #expect(driver.screen.contains("Nothing is held.") && !driver.screen.contains("Not meant?"))
  }

  @Test("What is not shown any more and stays is told, in the list of connectors as well")
  func unshown() throws {
    let item = UnshownObjects(
      connector: "contoso.test", since: Fixture.now,
      message: "200 objects were not shown, and stay, because others could not be read",
      hint: "Correct what the errors tell; the next full import removes what is gone")
    var content = Fixture.content()
    content.status.unshown = [item]
    var driver = Driver(content, columns: 110, rows: 30)
    driver.press("H")
    #expect(driver.screen.contains("Nothing is held."))
    #expect(
      driver.screen.contains("Not shown any more\nin contoso.test  since 2026-11-22 20:00:00"))
    #expect(driver.screen.contains("200 objects were not shown, and stay, because others could"))
    driver.press("n y")
    #expect(driver.effects.last == .copy(item.message + ". " + item.hint + "."))
    driver = Driver(content, columns: 110, rows: 30)
    driver.press("2")
    #expect(driver.screen.contains("200 objects were not shown, and stay"))
    driver.press("Down")
    #expect(!driver.screen.contains("were not shown"), "it is another connector's")
    let scene = Driver(content).state.scene
    var screen = HeldScreen()
    screen.receive(
      .held(HeldOverview(groups: [], imports: [], unshown: [item], due: [], releases: [])),
      for: Want(slot: .detail, request: .held))
    guard case .lines(let lines)? = screen.export(scene: scene) else {
      Issue.record("nothing to export")
      return
    }
    #expect("\(lines)".contains("not shown") && "\(lines)".contains("200 objects"))
  }

  @Test("Enter lists the objects of a cause, and one of them opens")
  func objects() {
    var driver = Driver(Self.content())
    driver.press("H Enter")
    #expect(driver.screen.contains("left scope of In - User (hidden ISNULL)  2 deletes"))
    #expect(driver.cursorLine.contains("Ann Lee"))
    driver.press("Enter")
    #expect(driver.screen.contains("Attributes"))
    driver.press("Esc Esc")
    #expect(driver.cursorLine.contains("g12"))
  }

  @Test("a group of deletes goes only for the typed word, which the question names with the count")
  func releaseDeletes() {
    var driver = Driver(Self.content())
    driver.press("H R")
    #expect(driver.screen.contains("The next export will delete 37 objects from tenant."))
    driver.type("y")
    driver.press("Enter")
    #expect(driver.effects.isEmpty)
    driver.press("Backspace")
    driver.type("DELETE")
    driver.press("Enter")
    #expect(driver.effects == [.file(.release(.group(12, until: Self.group.latest)))])
  }

  @Test("a group of other changes goes for y")
  func releaseUpdates() {
    var driver = Driver(Self.content())
    driver.press("H Down Down R")
    #expect(driver.screen.contains("The next export will send 900 updates to tenant."))
    driver.press("y")
    #expect(driver.effects == [.file(.release(.group(15, until: Fixture.now)))])
  }

  @Test("marked objects are released together, else the one under the cursor")
  func marked() {
    var driver = Driver(Self.content())
    driver.press("H Enter m m R")
    #expect(driver.screen.contains("2 marked"))
    #expect(driver.screen.contains("will delete 2 objects from tenant:"))
    driver.type("DELETE")
    driver.press("Enter")
    #expect(
      driver.effects == [
        .file(.release(.object(8, kind: .deletes))), .file(.release(.object(9, kind: .deletes))),
      ])
    driver = Driver(Self.content())
    driver.press("H Enter Down R")
    #expect(driver.screen.contains("Bo Ek (CN=Bo Ek,OU=Staff,DC=test)."))
  }

  @Test("marks go when what was marked is released, and with no other command")
  func marksStay() {
    var driver = Driver(Self.content())
    driver.press("H Enter m m")
    driver.finish(.cycle(.delta), 1)
    #expect(driver.screen.contains("2 marked"))
    driver.finish(.release(.object(8)), 2)
    #expect(driver.screen.contains("1 marked"))
    driver.finish(.release(.group(15)), 4)
    #expect(driver.screen.contains("1 marked"))
    driver.finish(.release(.group(12)), 5)
    #expect(!driver.screen.contains("marked"))
  }

  @Test("who is to be deleted is told from namesakes, in the list and in the question")
  func namesakes() {
    var content = Self.content()
    for index in 0..<2 {
      content.held[12]?[index].display = "Zoë Müller"
      content.held[12]?[index].account = "zoe.mueller\(index)@contoso.test"
    }
    var driver = Driver(content, columns: 100)
    driver.press("H Enter")
    #expect(driver.screen.contains("Account"))
    #expect(driver.cursorLine.contains("zoe.mueller0@contoso.test"))
    driver.press("Down R")
    #expect(driver.screen.contains("Zoë Müller <zoe.mueller1@contoso.test>."))
    content.held[12]?[0].account = ""
    driver = Driver(content, columns: 100)
    driver.press("H Enter R")
    #expect(driver.screen.contains("Zoë Müller (CN=Ann Lee,OU=Staff,DC=test)."))
  }

  @Test("an object that was refused keeps no mark, so that R is about the row under the cursor")
  func refusedMark() {
    var driver = Driver(Self.content())
    driver.press("H Enter m")
    driver.finish(.release(.object(8)), 1, .refused, outcome: "it is held no more")
    #expect(!driver.screen.contains("marked"))
    driver.press("R")
    #expect(driver.screen.contains("Bo Ek (CN=Bo Ek,OU=Staff,DC=test)."))
    #expect(driver.screen.contains("Release 1 object?"))
  }

  @Test("what others released meanwhile is neither marked nor counted any more")
  func markWithoutRow() {
    var driver = Driver(Self.content(), columns: 110)
    driver.press("H Enter m m")
    #expect(driver.screen.contains("2 marked") && driver.screen.contains("2 deletes"))
    driver.store.content.withLock {
      $0.held[12]?.removeFirst()
      $0.counter += 1
    }
    driver.wait(3)
    #expect(driver.screen.contains("1 marked") && driver.screen.contains("  1 delete "))
    driver.press("R")
    #expect(driver.screen.contains("Release 1 object?"))
  }

  @Test("how many are marked is seen beside a long cause")
  func longCause() {
    var content = Self.content()
    content.groups[0].cause = String(repeating: "left scope of In - User ", count: 9)
    var driver = Driver(content)
    driver.press("H Enter m")
    #expect(driver.screen.contains("…  2 deletes  1 marked  2 objects"))
  }

  @Test("what became of several releases is told once, with what was refused")
  func summary() {
    var driver = Driver(Self.content())
    driver.press("H Enter m m R")
    driver.type("DELETE")
    driver.press("Enter")
    driver.finish(.release(.object(8, kind: .deletes)), 1, outcome: "released 1")
    #expect(!driver.screen.contains("released 1"))
    driver.finish(
      .release(.object(9, kind: .deletes)), 2, .refused, outcome: "it is held no more")
    #expect(driver.screen.contains("1 of 2 released; 1 refused: it is held no more"))
    #expect(driver.state.releases.isEmpty && driver.state.filing.isEmpty)
  }

  @Test("what a word for a server that is behind means is said before it is given")
  func behind() {
    var content = Self.content()
    content.heldImports[0].kind = "behind"
    var driver = Driver(content)
    driver.press("H Down Down Down Down R")
    #expect(driver.screen.contains("reads everything"))
    #expect(driver.screen.contains("restored"))
  }

  @Test("what a word for files that contradict what was read means is said before it is given")
  func files() {
    var content = Self.content()
    content.heldImports[0].kind = "files"
    var driver = Driver(content)
    driver.press("H Down Down Down Down R")
    #expect(driver.screen.contains("reads its files as they are now"))
    #expect(!driver.screen.contains("restored") && !driver.screen.contains("is believed"))
  }

  @Test("a held import is believed only for a typed word")
  func imports() {
    var driver = Driver(Self.content())
    driver.press("H Down Down Down Down R")
    #expect(driver.screen.contains("Believe the import of contoso.test?"))
    driver.type("BELIEVE")
    driver.press("Enter")
    #expect(
      driver.effects == [.file(.release(.importOf("contoso.test", until: Fixture.now)))])
  }

  @Test("Enter on a held import lists whom it did not show")
  func notShown() {
    var content = Self.content()
    content.heldImports[0].samples = ["Ann Lee", "Bob\u{1B} Day"]
    var driver = Driver(content)
    driver.press("H")
    #expect(driver.screen.contains("such as Ann Lee, Bob"))
    driver.press("Down Down Down Down Enter")
    #expect(driver.screen.contains("Connector space of contoso.test"))
    #expect(driver.screen.contains("not shown, held"))
  }

  @Test("All that an import is held for is in the question, since one word believes all of it")
  func severalHolds() {
    var content = Self.content()
    let later = Fixture.now.adding(seconds: 5)
    content.heldImports.append(
      HeldImport(
        connector: "contoso.test", kind: "updates", count: 900,
        message: "900 objects have other values", since: later, releasedBy: nil))
    content.heldImports.append(
      HeldImport(
        connector: "other.test", kind: "adds", count: 70, message: "70 objects are new",
        since: later.adding(seconds: 5), releasedBy: nil))
    var driver = Driver(content)
    driver.press("H Down Down Down Down R")
    #expect(driver.screen.contains("400 of 1,007 objects are not there any more."))
    #expect(driver.screen.contains("900 objects have other values."))
    #expect(!driver.screen.contains("70 objects are new."))
    driver.type("BELIEVE")
    driver.press("Enter")
    #expect(driver.effects == [.file(.release(.importOf("contoso.test", until: later)))])
  }

  @Test("a read-only console releases nothing, and says why")
  func readOnly() {
    var driver = Driver(Self.content(), options: ConsoleOptions(readOnly: true))
    driver.press("H R")
    #expect(driver.screen.contains("Release: This console was started read-only"))
  }

  @Test("whoever leaves staging mode is told that what is held stays held, and of limits")
  func staging() {
    var content = Self.content()
    content.status.isStaging = true
    content.status.heldChanges = 9
    content.waiting = [WaitingExports(connector: "tenant", adds: 4, updates: 9, deletes: 41)]
    var driver = Driver(content, columns: 100)
    driver.press("M s")
    #expect(driver.screen.contains("tenant: 4 adds, 9 updates, 4 deletes. Not sent: 37 held"))
    #expect(driver.screen.contains("or than half of it, or"))
    #expect(driver.screen.contains("What is held now stays held; H shows it."))
  }

  @Test("one change is one change")
  func one() {
    var content = Self.content()
    content.groups = [
      HeldGroup(
        id: 6, connector: "tenant", kind: .updates, cause: "changes of members", count: 1,
        since: Fixture.now, latest: Fixture.now, samples: ["All Staff"])
    ]
    content.held[6] = [Fixture.object(8, "All Staff", connector: "tenant")]
    var driver = Driver(content)
    driver.press("H")
    #expect(driver.screen.contains("g6  1 update on tenant"))
    driver.press("R")
    #expect(driver.screen.contains("The next export will send 1 update to tenant."))
    driver.press("Esc Enter")
    #expect(driver.screen.contains("changes of members  1 update "))
  }

  @Test("the connectors count all that is held, and an export says that it stays")
  func connectors() {
    var content = Fixture.content()
    content.connectors[1].heldDeletes = 0
    content.connectors[1].heldChanges = 27
    content.waiting = [WaitingExports(connector: "tenant", adds: 0, updates: 31, deletes: 0)]
    var driver = Driver(content, columns: 100)
    driver.press("2 n")
    #expect(driver.cursorLine.contains("tenant") && driver.cursorLine.contains(" 27 "))
    #expect(driver.screen.contains("\n27 changes held back; H shows and releases them"))
    driver.press("r e")
    #expect(driver.screen.contains("stays held until you release"))
  }

  @Test("the header counts other held changes beside deletes")
  func header() {
    var content = Fixture.content()
    content.status.heldDeletes = 37
    content.status.heldChanges = 1204
    #expect(Driver(content, columns: 120).screen.contains("37 held deletes   1,204 held changes"))
  }

  @Test("nothing held is said")
  func nothing() {
    var driver = Driver()
    driver.press("H")
    #expect(driver.screen.contains("Nothing is held."))
    driver.press("R")
    #expect(driver.screen.contains("nothing held under the cursor"))
  }

  @Test("what is due is told with its reason")
  func due() {
    var content = Fixture.content()
    content.due = [
      DueStep(
        connector: "tenant", type: .fullSynchronization, reason: "a rule was changed",
        objects: 1004)
    ]
    content.due[0].changes = [
      DueChange(
        rule: "Out - User", what: "flow title", before: "direct title",
        after: "expression UCase([title])")
    ]
    content.due[0].effects = [
      DueEffect(
        .outbound, objectType: "person", attribute: "title", count: 950, looked: 1004, total: 1004,
        samples: ["Ann", "Bob\u{1B}[2J"])
    ]
    var driver = Driver(content)
    driver.press("H")
    #expect(
      driver.screen.contains("Full Synchronization on tenant  a rule was changed  1,004 objects"))
    #expect(
      driver.screen.contains("Out - User: flow title  expression UCase([title]), was: direct"))
    #expect(driver.screen.contains("title changes on 950 objects, type person  such as Ann, Bob"))
    #expect(!driver.screen.contains("\u{1B}") && !driver.screen.contains("That is of before"))
    content.due[0].isOutdated = true
    driver = Driver(content)
    driver.press("H")
    #expect(driver.screen.contains("That is of before: objects have changed since"))
  }
}
