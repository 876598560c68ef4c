import SyncStore
import Testing

@testable import Console

/// What lists look like, whole, at the least and the usual size.
@Suite("Screens: lists")
struct ListScreenTests {
  @Test("The connectors at 80x24")
  func connectors80() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("2")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations  2 Connectors  3 Metaverse 4 Users 5 Passwords 6 Rules 7 Events
      ───────────────────────────────────────────────────────── lockstep connectors ──
      Connector     Type   Direction   Objects Connectors  Pend. exp.    Held   Errors
      contoso.test  ldif   source        1,007      1,004           4       0        1
      tenant        scim   target        1,007      1,004           4      37        0

      ─ contoso.test ─────────────────────────────────────────────────────────────────
      people.ldif, 1,007 entries
      1,007 objects: 1,004 connectors, 3 disconnectors
      1 open error

      Full Import            ✓ success  19:43:30  +1,007 ~2 -0










       F Full  D Delta  S Stop  ⏎ Open  r Run  / Filter  c Check  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("The connectors at 40x10")
  func connectors40() {
    var driver = Driver(columns: 40, rows: 10)
    driver.press("2")
    let expected = #"""
       Lockstep      ● engine idle   3 errors
       1  2 Connectors  3 4 5 6 7
      Connector       Objects    Held   Errors
      contoso.test      1,007       0        1
      tenant            1,007      37        0




       F Full  D Delta  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("The users at 80x24")
  func users80() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("4")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations 2 Connectors 3 Metaverse  4 Users  5 Passwords 6 Rules 7 Events
      ────────────────────────────────────────────────────────────── lockstep users ──
      4 users  Synced 1  In cloud 1  Pending 1  Error 1
      Directory sync 10 min ago  Password sync never  Unchanged an interval 2
      Display name↑ User principal … Sync state Last sync   Age     Last pass… Sign-in
      Ann Lee       annlee@contoso.… ✓ Synced   11-22 19:50 10 min  never      allowed
      Bo Ek         boek@contoso.te… ▶ Pending  11-21 19:00 25 h    never      allowed
      Cy Oz         cyoz@contoso.te… • In cloud never            -  never      allowed
      Di Wu         diwu@contoso.te… ✗ Error    11-22 19:48 11 min  never      blocked













       F Full  D Delta  S Stop  ⏎ Open  / Filter  f State  o Sort  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test(
    "A time of synchronization that no tenant told is marked, and an unknown one is not 'never'")
  func ownTimes() {
    var content = Fixture.content()
    content.users[0].isOwnSyncTime = true
    content.users[3].lastSync = nil
    var driver = Driver(content, columns: 100, rows: 24)
    driver.press("4")
    #expect(driver.screen.contains("✓ Synced   ~11-22 19:50"))
    #expect(driver.screen.contains("✗ Error    unknown"))
    #expect(driver.screen.contains("• In cloud never"))
    #expect(driver.screen.contains("~ confirmed by an import"))
  }

  @Test("The users at 40x10")
  func users40() {
    var driver = Driver(columns: 40, rows: 10)
    driver.press("4")
    let expected = #"""
       Lockstep      ● engine idle   3 errors
       1 2 3  4 Users  5 6 7
      4 users  Synced 1  In cloud 1  Pending 1
      Directory sync 10 min ago  Password syn…
      Display name↑   Sync state Last sync
      Ann Lee         ✓ Synced   11-22 19:50
      Bo Ek           ▶ Pending  11-21 19:00
      Cy Oz           • In cloud never
      Di Wu           ✗ Error    11-22 19:48
       F Full  D Delta  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("The events at 80x24")
  func events80() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("7")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations 2 Connectors 3 Metaverse 4 Users 5 Passwords 6 Rules  7 Events
      ───────────────────────────────────────────────────────────── lockstep events ──
      Events  3 events
      Time↓               Level             ID Message
      2026-11-22 20:00:03 ! warning        657 Password result: 1 failed
      2026-11-22 20:00:02   information    656 Password request for 3 users
      2026-11-22 20:00:01   information    904 Scheduler started









      ────────────────────────────────────────────────────────────────────────────────
      Password result: 1 failed




       F Full  D Delta  S Stop  ⏎ Open  / Filter  f Level  o Sort  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("The events at 40x10")
  func events40() {
    var driver = Driver(columns: 40, rows: 10)
    driver.press("7")
    let expected = #"""
       Lockstep      ● engine idle   3 errors
       1 2 3 4 5 6  7 Events
      Events  3 events
      Time↓          ID Message
      20:00:03      657 Password result: 1 fa…
      20:00:02      656 Password request for …
      20:00:01      904 Scheduler started


       F Full  D Delta  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }
}
