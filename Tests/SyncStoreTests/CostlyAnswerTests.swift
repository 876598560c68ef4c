import Synchronization
import Testing

@testable import SyncStore

@Suite("Answers that take a walk through many rows are kept for a while")
struct CostlyAnswerTests {
  /// A clock that only moves when it is told to.
  private final class Clock: Sendable {
    private let moment = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { moment.withLock { $0 } }
    func pass(_ time: Duration) { moment.withLock { $0 += time } }
  }

  private let clock = Clock()
  private let answers: CostlyAnswers

  init() { answers = CostlyAnswers { [clock] in clock.now } }

  /// Asks for a number that takes `cost` to find.
  private func ask(
    _ number: Int, version: Int64, cost: Duration, _ question: String = "steps"
  ) -> Int {
    answers.answer(question, version: version) {
      clock.pass(cost)
      return number
    }
  }

  @Test("What nothing was committed since is not asked for again, however cheap")
  func same() {
    #expect(ask(1, version: 7, cost: .zero) == 1)
    clock.pass(.seconds(3600))
    #expect(ask(2, version: 7, cost: .zero) == 1)
    #expect(ask(2, version: 8, cost: .zero) == 2)
  }

  @Test("A cheap answer is asked for again as soon as something was committed")
  func cheap() {
    #expect(ask(1, version: 1, cost: .milliseconds(4)) == 1)
    #expect(ask(2, version: 2, cost: .milliseconds(4)) == 2)
    #expect(answers.settledDebts() == 0)
  }

  @Test("A costly answer takes no more than a twentieth of a processor while somebody commits")
  func costly() {
    #expect(ask(1, version: 1, cost: .milliseconds(100)) == 1)
    clock.pass(.milliseconds(1999))
    #expect(ask(2, version: 2, cost: .milliseconds(100)) == 1)
    clock.pass(.milliseconds(1))
    #expect(ask(2, version: 3, cost: .milliseconds(100)) == 2)
  }

  @Test("No answer is so costly that it is given when it is older than faces look for news")
  func oldest() {
    #expect(ask(1, version: 1, cost: .milliseconds(900)) == 1)
    clock.pass(.milliseconds(2499))
    #expect(ask(2, version: 2, cost: .milliseconds(900)) == 1)
    clock.pass(.milliseconds(1))
    #expect(answers.settledDebts() == 1)
    #expect(ask(2, version: 2, cost: .milliseconds(900)) == 2)
  }

  @Test("Whoever was given an old answer hears of it once there can be a newer one")
  func debts() {
    _ = ask(1, version: 1, cost: .milliseconds(100))
    #expect(ask(2, version: 2, cost: .zero) == 1)
    #expect(answers.settledDebts() == 0)
    clock.pass(.seconds(2))
    #expect(answers.settledDebts() == 1)
    #expect(ask(2, version: 2, cost: .zero) == 2)
    // Told once; nobody owes anything any more.
    #expect(answers.settledDebts() == 1)
  }

  @Test("Questions do not share their answers")
  func questions() {
    #expect(ask(1, version: 1, cost: .milliseconds(9)) == 1)
    #expect(ask(2, version: 1, cost: .milliseconds(9), "users") == 2)
    #expect(ask(3, version: 1, cost: .milliseconds(9)) == 1)
  }

  @Test("What could not be found is asked for again")
  func failures() {
    struct Fault: Error {}
    #expect(throws: Fault.self) {
      try answers.answer("steps", version: 1) { () throws -> Int in throw Fault() }
    }
    #expect(ask(1, version: 1, cost: .zero) == 1)
  }
}
