import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("A store of an older version")
struct OlderStoreTests {
  private func driver() -> Driver {
    var content = Fixture.content()
    content.fault = StoreError(
      .olderVersion, message: "The store is of an older version", hint: "Start the engine once.")
    var driver = Driver(content)
    driver.wait(1)
    return driver
  }

  @Test("is none that is missing: F says that it is upgraded, and y starts it")
  func full() {
    var driver = driver()
    driver.press("F")
    #expect(driver.screen.contains("The store is of an older version: it is copied and upgraded"))
    #expect(!driver.screen.contains("no store yet"))
    driver.press("y")
    #expect(driver.effects == [.file(.cycle(.initial))])
  }

  @Test("D waits for no figures that it can't give")
  func delta() {
    var driver = driver()
    driver.press("D")
    #expect(driver.screen.contains("it is copied and upgraded"))
    driver.press("y")
    #expect(driver.effects == [.file(.cycle(.delta))])
  }

  @Test("is an ordinary one as soon as it can be read")
  func upgraded() {
    var driver = driver()
    driver.store.content.withLock { $0.fault = nil }
    driver.wait(3)
    driver.press("F")
    #expect(driver.state.overlay != nil && !driver.screen.contains("older version"))
  }
}
