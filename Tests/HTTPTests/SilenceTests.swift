import Directory
import HTTPTesting
import Testing

@testable import HTTP

@Suite("A server that says nothing")
struct SilenceTests {
  private let start = ContinuousClock.now
  private func at(_ seconds: Double) -> ContinuousClock.Instant {
    start.advanced(by: .seconds(seconds))
  }

  @Test("is silent from when it was asked until it answers anything")
  func heard() {
    let watch = SilenceWatch()
    #expect(watch.silence(most: 6, now: at(0)) == nil)
    let first = watch.begin(now: at(0))
    let second = watch.begin(now: at(10))
    #expect(watch.seconds(now: at(40)) == 40)
    watch.heard(second, now: at(40))
    #expect(watch.seconds(now: at(50)) == 10)
    watch.tries(first, attempt: 2)
    #expect(
      watch.silence(most: 6, now: at(60)) == ServiceSilence(seconds: 20, attempt: 2, most: 6))
    watch.heard(first, now: at(60))
    #expect(watch.silence(most: 6, now: at(70)) == nil)
    _ = watch.begin(now: at(100))
    #expect(watch.seconds(now: at(101)) == 1)
  }

  @Test("goes on to be silent for what is asked right after one request was given up")
  func givenUp() {
    let watch = SilenceWatch()
    let first = watch.begin(now: at(0))
    watch.giveUp(first, now: at(120))
    #expect(watch.silence(most: 6, now: at(120)) == nil)
    let second = watch.begin(now: at(121))
    #expect(watch.seconds(now: at(150)) == 150)
    watch.giveUp(second, now: at(180))
    // The next run begins anew.
    _ = watch.begin(now: at(300))
    #expect(watch.seconds(now: at(310)) == 10)
  }

  private func client(_ retry: RetryPolicy) -> PatientClient {
    PatientClient(HTTPClient(), limit: 1, retry: retry, longestWait: 60)
  }

  private func failure(
    _ client: PatientClient, _ method: String, _ url: String, timeout: Double
  ) async -> RequestError? {
    do throws(RequestError) {
      _ = try await client.send(isRepeatable: true, words: { _ in "" }) {
        HTTPRequest(method, url, timeout: timeout)
      }
      return nil
    } catch {
      return error
    }
  }

  @Test("is given up after so long, whatever is left of the tries")
  func longest() async throws {
    let server = try ScriptedServer { _ in .stall(promised: 1, sent: 0) }
    defer { server.close() }
    var retry = RetryPolicy(tries: 40, firstDelay: 0.001, longestDelay: 0.001)
    retry.longestSilence = 0.5
    let client = client(retry)
    let error = try #require(await failure(client, "GET", server.url, timeout: 0.2))
    #expect(!error.nothingWasSent)
    #expect(server.requests.count <= 4)
    #expect(client.silence == nil)
  }

  @Test(
    "is waited for no more once the task is cancelled, between two tries either",
    .timeLimit(.minutes(1)))
  func cancelled() async throws {
    let url = "http://127.0.0.1:\(try unusedPort())"
    let client = client(RetryPolicy(tries: 6, firstDelay: 3600, longestDelay: 3600))
    let task = Task { await failure(client, "PATCH", url, timeout: 3600) }
    while client.silence == nil { await Task.yield() }
    task.cancel()
    let error = try #require(await task.value)
    #expect(error.isCancelled && error.nothingWasSent)
  }
}
