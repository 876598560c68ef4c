import SyncStore
import Testing

@testable import Console

/// What an object looks like, whole, at the least, the usual and a large size.
@Suite("Screens: an object")
struct ObjectScreenTests {
  @Test("An object at 80x24")
  func inspector80() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("2 Enter Enter Right")
    let expected = #"""
       Lockstep                ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations  2 Connectors  3 Metaverse 4 Users 5 Passwords 6 Rules 7 Events
      ── Connectors ▸ contoso.test ▸ Ann Lee ──────────────────── lockstep object 7 ──
      CN=Ann Lee,OU=Staff,DC=test
      user in contoso.test, Joined, pending export: update, anchor 8c1f
       Error 1   Attributes 5   Lineage 1   Connectors 1   Preview   History 1
      ────────────────────────────────────────────────────────────────────────────────
      displayName                Ann Lee
                                 pending import Ann Li → Ann Lee
      mail                       ann@contoso.test
                                 pending export ann@contoso.test → ann.lee@contoso.te…
      memberOf                   ▸ 2 values  CN=Staff
      objectSid                  S-1-5-21-1-2-3-1105
      title                      Clerk









       F Full  D Delta  S Stop  ⏎ Open  Esc Back  p Preview  x Try  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("An object at 40x10")
  func inspector40() {
    var driver = Driver(columns: 40, rows: 10)
    driver.press("2 Enter Enter Right")
    let expected = #"""
       Lockstep      ● engine idle   3 errors
       1  2 Connectors  3 4 5 6 7
      CN=Ann Lee,OU=Staff,DC=test
       Erro  Attr  Line  Conn  Prev  Hist
      displayName   Ann Lee
                    pending import Ann Li → A…
      mail          ann@contoso.test
                    pending export ann@contos…
      memberOf      ▸ 2 values  CN=Staff
       Esc Back  ⏎ Open  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("An object at 132x43")
  func inspector132() {
    var driver = Driver(columns: 132, rows: 43)
    driver.press("2 Enter Enter Right")
    let expected = #"""
       Lockstep  contoso.test → tenant                                             ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations   2 Connectors   3 Metaverse  4 Users  5 Passwords  6 Rules  7 Events
      ── Connectors ▸ contoso.test ▸ Ann Lee ──────────────────────────────────────────────────────────────────────── lockstep object 7 ──
      CN=Ann Lee,OU=Staff,DC=test
      user in contoso.test, Joined, pending export: update, anchor 8c1f
       Error 1   Attributes 5   Lineage 1   Connectors 1   Preview   History 1
      ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      displayName                       Ann Lee
                                        pending import Ann Li → Ann Lee
      mail                              ann@contoso.test
                                        pending export ann@contoso.test → ann.lee@contoso.test
      memberOf                          ▸ 2 values  CN=Staff
      objectSid                         S-1-5-21-1-2-3-1105
      title                             Clerk




























       F Full  D Delta  S Stop  ⏎ Open  Esc Back  p Preview  x Try  a Differing  C Commit  [ Earlier run  n Next error  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }

  @Test("An object at 200x60")
  func inspector200() {
    var driver = Driver(columns: 200, rows: 60)
    driver.press("2 Enter Enter Right")
    let expected = #"""
       Lockstep  contoso.test → tenant                                                                                                                 ● engine idle   3 open errors   next Delta in 02:41:10
       1 Operations   2 Connectors   3 Metaverse  4 Users  5 Passwords  6 Rules  7 Events
      ── Connectors ▸ contoso.test ▸ Ann Lee ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── lockstep object 7 ──
      CN=Ann Lee,OU=Staff,DC=test
      user in contoso.test, Joined, pending export: update, anchor 8c1f
       Error 1   Attributes 5   Lineage 1   Connectors 1   Preview   History 1
      ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      displayName                              Ann Lee
                                               pending import Ann Li → Ann Lee
      mail                                     ann@contoso.test
                                               pending export ann@contoso.test → ann.lee@contoso.test
      memberOf                                 ▸ 2 values  CN=Staff
      objectSid                                S-1-5-21-1-2-3-1105
      title                                    Clerk













































       F Full  D Delta  S Stop  ⏎ Open  Esc Back  p Preview  x Try  a Differing  C Commit  [ Earlier run  n Next error  y Copy  e Export  Tab Pane  : Command  H Held  T Rehearse  X Errors  ? Help  q Quit
      """#
    #expect(driver.screen == expected)
  }
}
