import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Held deletes of a connector space")
struct HeldDeleteTests {
  /// A console at the held deletes of the tenant, with the cursor on the first of three.
  private func driver() -> Driver {
    var content = Fixture.content()
    content.objects = [
      Fixture.object(21, "Ann Lee", connector: "tenant", pendingExport: "delete"),
      Fixture.object(22, "Bo Ek", connector: "tenant", pendingExport: "delete"),
      Fixture.object(23, "Cy Oz", connector: "tenant", pendingExport: "delete"),
    ]
    for index in content.objects.indices { content.objects[index].heldSince = Fixture.now }
    var driver = Driver(content)
    driver.press("2 Down Enter s h")
    return driver
  }

  private func release(_ object: Int64) -> Effect {
    .file(.release(.object(object, kind: .deletes, until: Fixture.now)))
  }

  private func agree(_ driver: inout Driver) {
    driver.type("DELETE")
    driver.press("Enter")
  }

  private func filed(_ driver: Driver) -> [Effect] {
    driver.effects.filter { if case .file = $0 { true } else { false } }
  }

  @Test("R is about the row under the cursor, not about all")
  func row() {
    var driver = driver()
    driver.press("Down R")
    #expect(driver.screen.contains("will delete 1 object from tenant"))
    #expect(driver.screen.contains("Bo Ek"))
    agree(&driver)
    #expect(filed(driver) == [release(22)])
  }

  @Test("where rows are marked R is about those, and they lose the mark once they are released")
  func marked() {
    var driver = driver()
    driver.press("m Down m R")
    #expect(driver.screen.contains("will delete 2 objects from tenant"))
    agree(&driver)
    #expect(filed(driver) == [release(21), release(23)])
    driver.finish(.release(.object(21, kind: .deletes, until: Fixture.now)), 1)
    driver.finish(.release(.object(23, kind: .deletes, until: Fixture.now)), 2)
    guard case .objects(let objects) = driver.state.screen else {
      Issue.record("another screen")
      return
    }
    #expect(objects.table.marked.isEmpty)
  }

  @Test("a mark that was set among other objects releases nothing")
  func foreignMark() {
    var driver = Driver()
    driver.press("2 Enter m s h R")
    #expect(driver.state.overlay == nil)
    #expect(driver.screen.contains("no marked object is a held delete"))
  }

  @Test("marks that a filter leaves out are meant, too")
  func outsideTheFilter() {
    for text in ["bo", "cy"] {
      var driver = driver()
      driver.press("m Down m /")
      driver.type(text)
      driver.press("Enter R")
      #expect(driver.screen.contains("will delete 2 objects from tenant"), "\(text)")
      agree(&driver)
      #expect(Set(filed(driver).map { "\($0)" }).count == 2)
    }
  }

  @Test("among other objects R says where held deletes are, and asks nothing")
  func elsewhere() {
    var driver = driver()
    driver.press("s a R")
    #expect(driver.state.overlay == nil && filed(driver).isEmpty)
    #expect(driver.screen.contains("s and h list the held deletes"))
  }

  @Test("a read-only console releases none")
  func readOnly() {
    var driver = driver()
    driver.state.options.readOnly = true
    driver.press("R")
    #expect(driver.state.overlay == nil)
  }
}
