import Testing

@testable import PasswordSync

@Suite struct RetryDelayTests {
  @Test("The wait grows and is bounded")
  func growth() {
    #expect((1...8).map(RetryDelay.seconds) == [120, 240, 480, 960, 1920, 3600, 3600, 3600])
  }

  @Test("No count of attempts makes it endless or nothing", arguments: [-5, 0, 1000, Int.max])
  func extremes(_ attempts: Int) {
    #expect((120...3600).contains(RetryDelay.seconds(after: attempts)))
  }
}
