import Testing

@testable import Console

@Suite("The first screen")
struct FirstScreenTests {
  @Test("look")
  func look() {
    var driver = Driver()
    print(driver.screen)
    driver.press("Enter"); print(driver.screen)
    driver.press("Enter"); print(driver.screen)
    driver.press("Enter"); print(driver.screen)
    driver.press("2"); print(driver.screen)
    driver.press("4"); print(driver.screen)
    driver.press("7"); print(driver.screen)
    driver.press("F"); print(driver.screen)
    driver.press("Esc ?"); print(driver.screen)
  }
}
