import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("The object inspector")
struct InspectorTests {
  private func open(_ content: sending FakeStore.Content = Fixture.content()) -> Driver {
    var driver = Driver(content, columns: 100, rows: 30)
    driver.press("2 Enter Enter Right")
    return driver
  }

  @Test("opens at the error of an object that has one, at the attributes of others")
  func tabs() {
    var driver = Driver()
    driver.press("2 Enter Enter")
    #expect(driver.screen.contains("What to do"))
    driver.press("Esc Down Enter")
    #expect(driver.screen.contains("This object does not exist any more."))
  }

  @Test("shows what is now and what is pending, references by name, bytes as what they are")
  func attributes() {
    let driver = open()
    #expect(driver.screen.contains("pending import Ann Li → Ann Lee"))
    #expect(driver.screen.contains("pending export ann@contoso.test → ann.lee@contoso.test"))
    #expect(driver.screen.contains("▸ 2 values  CN=Staff"))
    #expect(driver.screen.contains("S-1-5-21-1-2-3-1105"))
  }

  @Test("an object whose name a machine made is called what people call it, too")
  func made() {
    var content = Fixture.content()
    content.details[7]?.row.dn = "CN={446F7043}"
    content.details[7]?.counterparts[0].dn = "CN={41}"
    content.changes[0].dn = "CN={42}"
    var driver = open(content)
    #expect(driver.screen.contains("\nAnn Lee  CN={446F7043}"))
    driver.press("Right Right")
    #expect(driver.screen.contains("tenant  user  Ann Lee  CN={41}"))
    driver.press("1 Tab Up Enter Enter")
    #expect(driver.screen.contains("\nUser 1  CN={42}"))
  }

  @Test("a value that comes where none is stands beside its attribute's name, as one that goes")
  func onlyChange() {
    var content = Fixture.content()
    content.details[7]?.attributes = [
      Fixture.attribute("city", [], pendingExport: ["Oslo"]),
      Fixture.attribute("phone", [], before: ["123"]),
      Fixture.attribute("mail", [], pendingExport: ["a@x", "b@x"]),
      Fixture.attribute("title", [], before: ["Boss"], pendingExport: ["Lead"]),
    ]
    let lines = open(content).screen.split(separator: "\n")
    func line(_ name: String) -> Substring { lines.first { $0.hasPrefix(name) } ?? "" }
    #expect(line("city").hasSuffix(" pending export + Oslo"))
    #expect(line("phone").hasSuffix(" pending import - 123"))
    #expect(line("mail").hasSuffix(" pending export 2 values (2 added, 0 removed, 0 kept)"))
    #expect(line("title").hasSuffix(" no value"))
  }

  @Test("where there is little room the hint at the other object of a conflict is whole")
  func conflict() {
    var content = Fixture.content()
    content.details[7]?.errors[0].otherDN = "CN={" + String(repeating: "41", count: 30) + "}"
    content.details[7]?.errors[0].otherDisplay = "Bo Ek"
    var driver = Driver(content)
    driver.press("2 Enter Enter")
    #expect(driver.screen.contains("In conflict     Bo Ek"))
    #expect(driver.screen.contains("Enter opens it"))
  }

  @Test("what comes and goes among very many references is named and counted, read or not")
  func pendingReferences() {
    var content = Fixture.content()
    var member = Fixture.attribute(
      "member", [.reference("CN={41}"), .reference("CN={42}")],
      pendingExport: [.reference("CN={42}"), .reference("CN={43}")], targets: ["Ann", "Bo"],
      count: 1000)
    member.pendingCounts = PendingCounts(added: 3, removed: 1)
    member.pendingNames = ["CN={41}": "Ann", "CN={43}": "Cy Oz"]
    content.details[7]?.attributes = [member]
    let driver = open(content)
    #expect(driver.screen.contains("1,002 values (3 added, 1 removed, 999 kept)"))
    #expect(driver.screen.contains("- Ann") && driver.screen.contains("+ Cy Oz"))
    #expect(driver.screen.contains("2 more changes are not shown"))
    #expect(!driver.screen.contains("- Bo") && !driver.screen.contains("CN={43}"))
  }

  @Test("of a long attribute name the end is shown, and its value stays on the screen")
  func longNames() {
    var content = Fixture.content()
    content.details[7]?.attributes[4].name =
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
    let driver = open(content)
    #expect(driver.screen.contains("2.0:User:department Clerk"))
  }

  @Test("a shows only what differs, and all again")
  func differing() {
    var driver = open()
    driver.press("a")
    #expect(!driver.screen.contains("Clerk"))
    #expect(driver.screen.contains("ann.lee@contoso.test"))
    driver.press("a")
    #expect(driver.screen.contains("Clerk"))
  }

  @Test("Enter opens and folds the values of an attribute")
  func folds() {
    var driver = open()
    driver.press("Down Down Down Down")
    #expect(driver.cursorLine.contains("memberOf"))
    driver.press("Enter")
    #expect(driver.screen.contains("▾ 2 values"))
    #expect(driver.screen.contains("CN=Sales"))
    driver.press("Enter")
    #expect(!driver.screen.contains("CN=Sales"))
  }

  @Test("values that were not read are counted")
  func limit() {
    var content = Fixture.content()
    content.details[7]?.attributes[2].valueCount = 100_000
    var driver = open(content)
    driver.press("Down Down Down Down Enter")
    #expect(driver.screen.contains("▾ 100,000 values"))
    #expect(driver.screen.contains("99,998 more are not shown"))
  }

  @Test("lineage says which connector and rule gave a value")
  func lineage() {
    var driver = open()
    driver.press("Right")
    #expect(driver.screen.contains("← contoso.test, In from LDIF: user"))
  }

  @Test("Enter on a counterpart jumps to it, Esc comes back")
  func counterparts() {
    var driver = open()
    driver.press("Right Right Enter")
    #expect(driver.state.stacks[.connectors]?.count == 4)
    driver.press("Esc")
    #expect(driver.screen.contains("tenant  user  CN=Ann Lee"))
  }

  @Test("lineage begins with what stopped the object on its way, and why")
  func whyNot() {
    var content = Fixture.content()
    content.findings[7] = [
      WhyNot(
        subject: "x", object: 7, target: "tenant", gate: .outOfOutboundScope,
        sentence: "No outbound rule to tenant has it in scope.",
        evidence: ["Out - User: title EQUAL Boss fails (Clerk)"], hint: "Correct the value."),
      WhyNot(
        subject: "x", object: 7, target: "other", gate: .arrived, sentence: "Nothing stops it."),
    ]
    var driver = open(content)
    driver.press("Right")
    #expect(driver.screen.contains("! tenant: No outbound rule to tenant has it in scope."))
    #expect(driver.screen.contains("    Out - User: title EQUAL Boss fails (Clerk)"))
    #expect(driver.screen.contains("    Correct the value."))
    #expect(driver.screen.contains("✓ other: Nothing stops it."))
    #expect(driver.screen.contains("In from LDIF: user"))
    driver.press("N")
    #expect(driver.cursorLine.contains("tenant: No outbound rule"))
  }

  @Test("Enter on a value shows who else contributed, and why that does not count")
  func losers() {
    var content = Fixture.content()
    var detail = Fixture.detail
    detail.metaverse[0].contributors = [
      ContributorRow(connector: "contoso.test", object: 7, dn: "", rule: "In from LDIF: user"),
      ContributorRow(
        connector: "fabrikam.test", object: 9, dn: "", rule: "In - Partner",
        reason: "a rule with a lower precedence number has a value"),
    ]
    content.details[7] = detail
    var driver = open(content)
    driver.press("Right")
    #expect(driver.cursorLine.contains("+1") && !driver.screen.contains("fabrikam"))
    driver.press("Enter")
    #expect(driver.screen.contains("fabrikam.test by In - Partner: a rule with a lower"))
    driver.press("Enter")
    #expect(!driver.screen.contains("fabrikam"))
  }

  @Test("an attribute that a rule empties has no value there, and the rule says so")
  func emptied() {
    var content = Fixture.content()
    var detail = Fixture.detail
    var giver = ContributorRow(connector: "hr", object: 9, dn: "", rule: "In - HR")
    giver.empties = true
    detail.metaverse[0].values = []
    detail.metaverse[0].valueCount = 0
    detail.metaverse[0].contributors = [giver]
    content.details[7] = detail
    var driver = Driver(content, columns: 150, rows: 30)
    driver.press("2 Enter Enter Right Right")
    #expect(driver.screen.contains("(none)"))
    #expect(driver.screen.contains("hr by In - HR says that there is no value"))
  }

  @Test("when a value came in is told by the person's clocks, not by the store's")
  func originTime() {
    var content = Fixture.content()
    var detail = Fixture.detail
    detail.metaverse[0].contributors = [
      ContributorRow(
        connector: "contoso.test", object: 7, dn: "", rule: "In - User",
        time: Fixture.now.adding(seconds: -60))
    ]
    content.details[7] = detail
    var driver = Driver(content, columns: 150, rows: 30)
    driver.press("2 Enter Enter Right Right")
    #expect(driver.screen.contains("contoso.test by In - User, 2026-11-22 19:59:00"))
    #expect(detail.metaverse[0].contributors[0].text.hasSuffix(", 2026-11-22T19:59:00.000Z"))
  }

  @Test("what is wider than the screen is cut visibly, and Enter shows all of it")
  func wide() {
    let value = "CN=" + String(repeating: "Ann Lee and ", count: 20) + "the end,DC=test"
    var content = Fixture.content()
    content.details[7]?.attributes = [
      Fixture.attribute("distinguishedName", [.string(value)]), Fixture.attribute("sn", ["Lee"]),
    ]
    content.details[7]?.metaverse = [
      Fixture.attribute("distinguishedName", [.string(value)], origin: "contoso.test by In - User")
    ]
    var driver = Driver(content, columns: 80, rows: 30)
    driver.press("2 Enter Enter Right")
    #expect(driver.cursorLine.contains("…") && !driver.screen.contains("the end"))
    driver.press("Enter")
    #expect(driver.screen.contains("the end,DC=test"))
    driver.press("Enter Down Enter")
    #expect(!driver.screen.contains("the end"))
    driver.press("Right")
    #expect(driver.screen.contains("Ann Lee an… ← contoso.test by In"))
    driver.press("G Enter")
    #expect(
      driver.screen.contains("the end,DC=test") && driver.screen.contains("   ← contoso.test"))
  }

  @Test("names of attributes have more room where the screen is wide")
  func wideNames() {
    let name = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:syncEnabled"
    var content = Fixture.content()
    content.details[7]?.attributes = [Fixture.attribute(name, [true])]
    for (columns, shown) in [
      (100, "\n…premises:2.0:User:syncEnabled"),
      (200, "\nurn:lockstep:params:scim:schemas:extension:onpremises:2.0:User:syncEnabled true"),
    ] {
      var driver = Driver(content, columns: columns, rows: 30)
      driver.press("2 Enter Enter Right")
      #expect(driver.screen.contains(shown), "\(driver.screen)")
    }
  }

  @Test("where there is little room the tabs lose their counts, not their names")
  func differingTabs() {
    var driver = Driver(columns: 80, rows: 24)
    driver.press("2 Enter Enter Right a")
    #expect(
      driver.screen.contains(
        " Error   Attributes (differing)   Lineage   Connectors   Preview   History"))
    driver = Driver(columns: 40, rows: 24)
    driver.press("2 Enter Enter Right")
    #expect(driver.screen.contains(" Erro  Attr  Line  Conn  Prev  Hist"))
    driver.press("a")
    #expect(driver.screen.contains(" Erro  Diff  Line  Conn  Prev  Hist"))
  }

  @Test("in the smallest terminal most of it is the tab's own")
  func smallest() {
    var driver = Driver(columns: 40, rows: 10)
    driver.press("2 Enter Enter Right")
    let rows = driver.screen.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(rows[2].hasPrefix("CN=Ann Lee") && rows[3].contains("Attr"))
    #expect(rows[4].hasPrefix("displayName") && !rows[8].isEmpty)
    driver.press("G")
    #expect(driver.cursorLine.contains("title"))
  }

  @Test("the name of an attribute is cut where that tells it from others")
  func cutNames() {
    var content = Fixture.content()
    content.details[7]?.attributes = [
      Fixture.attribute("distinguishedName", ["x"]),
      Fixture.attribute("urn:ietf:params:scim:User:userName", ["y"]),
    ]
    var driver = Driver(content, columns: 40, rows: 24)
    driver.press("2 Enter Enter Right")
    #expect(driver.screen.contains("\ndistinguishe… x"), "\(driver.screen)")
    #expect(driver.screen.contains("\n…ser:userName y"))
  }

  @Test("An object that is gone shows what happened to it")
  func gone() {
    var content = Fixture.content()
    var detail = Fixture.detail
    detail.row.isGone = true
    detail.link = "Gone from its connector space"
    detail.attributes = []
    detail.errors = []
    detail.row.error = ""
    content.objects[0].error = ""
    content.details[7] = detail
    var driver = Driver(content, columns: 100, rows: 30)
    driver.press("2 Enter Enter")
    #expect(driver.screen.contains("Gone from its connector space"))
    #expect(driver.screen.contains("Ann Li → Ann Lee"))
  }

  @Test("history lists the steps that touched it and what each changed")
  func history() {
    var driver = open()
    driver.press("Right Right Right Right")
    #expect(driver.screen.contains("Full Import on contoso.test, step 1  stage-update"))
    #expect(driver.screen.contains("Ann Li → Ann Lee"))
  }

  @Test("y copies the value under the cursor, as it is")
  func copy() {
    var driver = open()
    driver.press("y")
    #expect(driver.effects.last == .copy("Ann Lee"))
    driver.press("Down Down Down Down Down y")
    #expect(driver.effects.last == .copy("S-1-5-21-1-2-3-1105"))
  }

  @Test("an error that is gone since is said to be")
  func solved() {
    var content = Fixture.content()
    content.details[7]?.errors = []
    var driver = Driver(content)
    driver.press("Enter Enter")
    #expect(driver.screen.contains("does not have this error any more"))
  }
}
