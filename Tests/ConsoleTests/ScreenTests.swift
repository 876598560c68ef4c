import SyncStore
import Testing

@testable import Console

/// What the history looks like, whole, at the least, the usual and a large size.
@Suite("Screens: the history")
struct ScreenTests {
  @Test("The history of runs at 80x24")
  func operations80() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
        1 Operations  2 Connectors 3 Metaverse 4 Users 5 Passwords 6 Rules 7 Events
      ─────────────────────────────────────────────────── 5 steps  lockstep history ──
        Connector    Profile    Status          Started↓   Adds Updates Deletes Errors
      ┌─ Initial cycle 1, asked for by schedule: first cycle of this store
      │ tenant       Export     ! export-errors 19:44:10    998       2       0      2
      │ tenant       Full Sync  ✓ success       19:44:00      0       2       0      0
      │ contoso.test Full Sync  ! sync-errors   19:43:50  1,004       2       0      1
      │ tenant       Full Imp.  ✓ success       19:43:40      0       2       0      0
      └ contoso.test Full Imp.  ✓ success       19:43:30  1,007       2       0      0




      ─ Statistics: Export on tenant ─────── 2 errors ────────────────────────────────
      Export Statistics                   │ Object              Error
        Adds                           998│ CN=Ann Lee,OU=Staf… AttributeValueMustBeU…
        Failures                         2│ CN=Bo Ek,OU=Staff,… AttributeValueMustBeU…
                                          │
                                          │ First seen 11-22 17:30:00  3 retries
                                          │ uniqueness: proxyAddresses is taken.
                                          │ Change the address of one of the two.
                                          │
       F Full  D Delta  S Stop  ⏎ Open  / Filter  f Show  o Sort  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("The history of runs at 40x10")
  func operations40() {
    var driver = Driver(columns: 40, rows: 10)
    driver.press("")
    let expected = #"""
       Lockstep      ● engine idle   3 errors
        1 Operations  2 3 4 5 6 7
        Connector    Profile    Status
      ┌─ Initial cycle 1, asked for by schedu…
      │ tenant       Export     ! export-erro…
      │ tenant       Full Sync  ✓ success
      │ contoso.test Full Sync  ! sync-errors
      │ tenant       Full Imp.  ✓ success
      └ contoso.test Full Imp.  ✓ success
       F Full  D Delta  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("The history of runs at 132x43")
  func operations132() {
    let driver = Driver(columns: 132, rows: 43)
    let expected = #"""
       Lockstep  contoso.test → tenant                                             ● engine idle   3 open errors   next Delta in 02:41:10
        1 Operations   2 Connectors  3 Metaverse  4 Users  5 Passwords  6 Rules  7 Events
      ─────────────────────────────────────────────────────────────────────────────────────────────────────── 5 steps  lockstep history ──
        Connector            Profile             Status                  Started↓         Duration      Adds   Updates   Deletes    Errors
      ┌─ Initial cycle 1, asked for by schedule: first cycle of this store
      │ tenant               Export              ! export-errors         11-22 19:44:10      4.2 s       998         2         0         2
      │ tenant               Full Sync           ✓ success               11-22 19:44:00      4.2 s         0         2         0         0
      │ contoso.test         Full Sync           ! completed-sync-errors 11-22 19:43:50      4.2 s     1,004         2         0         1
      │ tenant               Full Import         ✓ success               11-22 19:43:40      4.2 s         0         2         0         0
      └ contoso.test         Full Import         ✓ success               11-22 19:43:30      4.2 s     1,007         2         0         0














      ─ Statistics: Export on tenant ────────────────────────────── 2 errors ─────────────────────────────────────────────────────────────
      Export Statistics                                          │ Object                Error                    First seen       Retries
        Adds                                                  998│ CN=Ann Lee,OU=Staff,… AttributeValueMustBeUni… 11-22 17:30:00         3
        Failures                                                2│ CN=Bo Ek,OU=Staff,DC… AttributeValueMustBeUni… 11-22 17:30:00         3
                                                                 │
                                                                 │ First seen 2026-11-22 17:30:00  3 retries
                                                                 │ uniqueness: proxyAddresses is taken. Change the address of one of the
                                                                 │ two.
                                                                 │
                                                                 │
                                                                 │
                                                                 │
                                                                 │
                                                                 │
                                                                 │
                                                                 │
                                                                 │
                                                                 │
       F Full  D Delta  S Stop  ⏎ Open  / Filter  f Show  o Sort  n Next error  @ Time  y Copy  e Export  C Columns  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("The history of runs at 200x60")
  func operations200() {
    var driver = Driver(columns: 200, rows: 60)
    driver.press("")
    let expected = #"""
       Lockstep  contoso.test → tenant                                                                                                                 ● engine idle   3 open errors   next Delta in 02:41:10
        1 Operations   2 Connectors  3 Metaverse  4 Users  5 Passwords  6 Rules  7 Events
      ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 5 steps  lockstep history ──
        Connector                      Profile               Status                                           Started↓            Duration      Adds   Updates   Deletes    Errors
      ┌─ Initial cycle 1, asked for by schedule: first cycle of this store
      │ tenant                         Export                ! completed-export-errors                        2026-11-22 19:44:10    4.2 s       998         2         0         2
      │ tenant                         Full Synchronization  ✓ success                                        2026-11-22 19:44:00    4.2 s         0         2         0         0
      │ contoso.test                   Full Synchronization  ! completed-sync-errors                          2026-11-22 19:43:50    4.2 s     1,004         2         0         1
      │ tenant                         Full Import           ✓ success                                        2026-11-22 19:43:40    4.2 s         0         2         0         0
      └ contoso.test                   Full Import           ✓ success                                        2026-11-22 19:43:30    4.2 s     1,007         2         0         0























      ─ Statistics: Export on tenant ─────────────────────────────────── 2 errors ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      Export Statistics                                               │ Object                                                       Error                              First seen          Retries
        Adds                                                       998│ CN=Ann Lee,OU=Staff,DC=test                                  AttributeValueMustBeUnique         2026-11-22 17:30:00       3
        Failures                                                     2│ CN=Bo Ek,OU=Staff,DC=test                                    AttributeValueMustBeUnique         2026-11-22 17:30:00       3
                                                                      │
                                                                      │ First seen 2026-11-22 17:30:00  3 retries
                                                                      │ uniqueness: proxyAddresses is taken. Change the address of one of the two.
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
                                                                      │
       F Full  D Delta  S Stop  ⏎ Open  / Filter  f Show  o Sort  n Next error  @ Time  y Copy  e Export  C Columns  Tab Pane  : Command  H Held  T Rehearse  X Errors  M Manage  = Compare  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("The errors of a step at 80x24")
  func errors80() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("Enter")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
        1 Operations  2 Connectors 3 Metaverse 4 Users 5 Passwords 6 Rules 7 Events
      ──────────────────────────────────────────────────── 5 steps  lockstep show 5 ──
        Connector    Profile    Status          Started↓   Adds Updates Deletes Errors
      ┌─ Initial cycle 1, asked for by schedule: first cycle of this store
      │ tenant       Export     ! export-errors 19:44:10    998       2       0      2
      │ tenant       Full Sync  ✓ success       19:44:00      0       2       0      0
      │ contoso.test Full Sync  ! sync-errors   19:43:50  1,004       2       0      1
      │ tenant       Full Imp.  ✓ success       19:43:40      0       2       0      0
      └ contoso.test Full Imp.  ✓ success       19:43:30  1,007       2       0      0




      ─ Statistics: Export on tenant ─────── 2 errors ────────────────────────────────
      Export Statistics                   │ Object              Error
        Adds                           998│ CN=Ann Lee,OU=Staf… AttributeValueMustBeU…
        Failures                         2│ CN=Bo Ek,OU=Staff,… AttributeValueMustBeU…
                                          │
                                          │ First seen 11-22 17:30:00  3 retries
                                          │ uniqueness: proxyAddresses is taken.
                                          │ Change the address of one of the two.
                                          │
       F Full  D Delta  S Stop  ⏎ Open  Esc Back  / Filter  f Show  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("A rehearsed cycle is told in its head; the result of a step stands first")
  func rehearsal() {
    var content = Fixture.content()
    content.operations = [Int64(2), 1].map { id in
      var row = Fixture.operation(id, connector: "tenant", result: "no-start-connection")
      row.isRehearsal = true
      row.cycleID = id == 1 ? nil : 24
      return row
    }
    let driver = Driver(content, columns: 80, rows: 24)
    #expect(driver.screen.contains("┌─ Rehearsal, Initial cycle 24"))
    #expect(!driver.screen.contains("✗ rehearsal"))
    #expect(driver.screen.contains("✗ no-start-con"))
    #expect(driver.screen.contains("  tenant       Verify     ✗ no-start-con"))
    let wide = Driver(content, columns: 200, rows: 24)
    #expect(wide.screen.contains("✗ no-start-connection, rehearsal"))
    #expect(wide.screen.contains("Verification          ✗ no-start-connection "))
  }

  @Test("what the server says of the selected error ends as it ends it")
  func sentence() {
    var content = Fixture.content()
    content.errors[0].message = "The value is taken."
    content.errors[0].hint = "Free it"
    var driver = Driver(content, columns: 120, rows: 30)
    #expect(driver.screen.contains("The value is taken. Free it"))
    content.errors[0].message = "The value is taken"
    driver = Driver(content, columns: 120, rows: 30)
    #expect(driver.screen.contains("The value is taken. Free it"))
  }

  @Test("The errors of a step at 40x10")
  func errors40() {
    var driver = Driver(columns: 40, rows: 10)
    driver.press("Enter")
    let expected = #"""
       Lockstep      ● engine idle   3 errors
        1 Operations  2 3 4 5 6 7
      ─ 2 errors ─────────────────────────────
      Object             Error
      CN=Ann Lee,OU=Sta… AttributeValueMustBe…
      CN=Bo Ek,OU=Staff… AttributeValueMustBe…

      First seen 11-22 17:30:00  3 retries
      uniqueness: proxyAddresses is taken. …
       Esc Back  ⏎ Open  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }
}
