import Directory
import Testing

@testable import HTTP

@Suite("Requests that failed")
struct RequestErrorTests {
  private static let codes: [HTTPError.Code] = [
    .couldNotConnect, .unanswered, .tls, .tooLarge, .cancelled, .cancelledUnsent, .malformedRequest,
  ]
  private static let errors: [RequestError] =
    codes.map { .http(HTTPError($0, "curl says so")) } + [
      .gone("it runs elsewhere"), .credentials("no such file"), .refused("invalid_client"),
      .waitTooLong(seconds: 7200, words: "slow down"), .unexpected("No JSON", words: "<html>"),
      .busy("503", words: "try later", wasAsked: true),
      .busy("503", words: "try later", wasAsked: false), .outdated(words: "gone"),
      .cancelled(wasSent: true), .cancelled(wasSent: false),
    ]
  private let words = ServiceWords(
    secret: "The token", secretHint: "Look at the file.", refusedHint: "Ask for a new one.",
    unexpectedHint: "Look at the address.",
    outdated: (.fullImportRequired, "forgot its delta link", "Run a full import."))

  @Test(
    "Only what surely never left is told as not sent",
    arguments: [
      (HTTPError.Code.couldNotConnect, true), (.tls, true), (.malformedRequest, true),
      (.cancelledUnsent, true), (.unanswered, false), (.tooLarge, false), (.cancelled, false),
    ])
  func fate(code: HTTPError.Code, nothingWasSent: Bool) {
    let error = HTTPError(code, "words")
    #expect(error.nothingWasSent == nothingWasSent)
    #expect(RequestError.http(error).nothingWasSent == nothingWasSent)
    // An earlier try may have been carried out, whatever became of the last.
    #expect(!RequestError.afterLoss(.http(error)).nothingWasSent)
  }

  @Test("A server that was not asked, or let nobody in, has done nothing")
  func unasked() {
    let fates = Self.errors.dropFirst(Self.codes.count).map(\.nothingWasSent)
    #expect(fates == [true, true, true, true, false, false, true, false, false, true])
  }

  @Test("A write whose fate is not known is never told as failed, and the other way round")
  func outcomes() {
    for error in Self.errors {
      switch error.outcome(wasSent: true) {
      case .unknown(let reason): #expect(reason == error.text)
      default: Issue.record("\(error) may have been carried out")
      }
      switch error.outcome(wasSent: false) {
      case .failed(let failure):
        #expect(failure.isTransient && failure.message == error.text)
      default: Issue.record("\(error) was not carried out")
      }
    }
  }

  @Test("Only faults of credentials are told as such, also behind a loss")
  func credentials() {
    for error in Self.errors {
      let isOfCredentials =
        switch error {
        case .credentials, .refused: true
        default: false
        }
      for shape in [error, .afterLoss(error), .afterLoss(.afterLoss(error))] {
        let failure = shape.failure(code: "x")
        #expect(failure.isOfCredentials == isOfCredentials)
        #expect(failure.type == (isOfCredentials ? .permissionIssue : .connectivityError))
        for isStart in [true, false] {
          let result = shape.failure(url: "https://t", isStart: isStart, words).result
          let names: [ConnectorFailure.Result] = [.noStartCredentials, .stoppedCredentials]
          #expect(names.contains(result) == isOfCredentials)
        }
      }
    }
  }

  @Test("A step that has begun is stopped, one that has not does not start")
  func results() {
    for error in Self.errors {
      let first = error.failure(url: "https://t", isStart: true, words)
      let later = error.failure(url: "https://t", isStart: false, words)
      if case .outdated = error {
        // That is the connector's own word for it.
      } else {
        #expect(!later.result.text.hasPrefix("no-start"), "\(error)")
      }
      #expect(first.message == later.message && first.hint == later.hint)
      #expect(first.serverWords == later.serverWords)
    }
  }

  @Test("What a person reads names the address, the server's words and what to do next")
  func texts() {
    for error in Self.errors {
      let failure = error.failure(url: "https://contoso.test/scim", isStart: true, words)
      #expect(failure.message.contains("https://contoso.test/scim"), "\(error)")
      #expect(!failure.hint.isEmpty && failure.hint.hasSuffix("."), "\(error)")
      if !error.isCancelled { #expect(!failure.serverWords.isEmpty, "\(error)") }
      #expect(!error.text.isEmpty)
      #expect(RequestError.afterLoss(error).text.hasPrefix(error.text))
    }
    let token = RequestError.credentials("no such file").failure(url: "u", isStart: true, words)
    #expect(token.message == "The token for u can't be read or used")
    #expect(token.hint == "Look at the file.")
    let refused = RequestError.refused("no").failure(url: "u", isStart: true, words)
    #expect(refused.message == "u refused the token" && refused.hint == "Ask for a new one.")
    let outdated = RequestError.outdated(words: "gone").failure(url: "u", isStart: false, words)
    #expect(outdated.result == .fullImportRequired && outdated.hint == "Run a full import.")
    let wait = RequestError.waitTooLong(seconds: 7200.9, words: "x").failure(
      url: "u", isStart: true, words)
    #expect(wait.message.contains("7200 s"))
    // The moment, and no setting that does not exist.
    let moment = Timestamp.now.adding(seconds: 7200).description.prefix(13)
    let later = Timestamp.now.adding(seconds: 7300).description.prefix(13)
    #expect([moment, later].contains { wait.message.contains("until \($0)") }, "\(wait.message)")
    #expect(!wait.hint.contains("allow"))
    #expect(wait.hint.contains("start the engine anew"), "What lifts it: \(wait.hint)")
  }

  @Test("Whether somebody stopped it is known through every wrapping")
  func cancelled() {
    let known = Self.errors.map(\.isCancelled)
    #expect(known == Self.errors.map { RequestError.afterLoss($0).isCancelled })
    #expect(known.count { $0 } == 4)
  }
}
