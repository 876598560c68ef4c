import ArgumentParser
import Directory
import Foundation
import Testing

@testable import SyncStore
@testable import lockstep

@Suite("The synchronization of passwords, as text and as JSON")
struct PasswordReportTests {
  private let start = Timestamp(milliseconds: 1_700_000_000_000)

  private func text(_ report: Report, width: Int = 160) throws -> String {
    try report.text(asJSON: false, width: width)
  }

  private func json(_ report: Report) throws -> [[String: Any]] {
    let text = try report.text(asJSON: true, width: nil)
    return try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
  }

  private var channel: PasswordChannelRow {
    PasswordChannelRow(
      id: 1, source: "ad", target: "tenant", domain: "contoso.test", state: .waiting, reason: "",
      intervalSeconds: 120, turnStarted: start, turnEnded: start, lastContact: start,
      fullStarted: start, fullEnded: start.adding(seconds: 75), fullDone: 200,
      byStatus: [.success: 190, .missingAttribute: 10], waiting: 3, retrying: 2)
  }

  private func row(_ name: String, isCurrent: Bool = true) -> PasswordRow {
    PasswordRow(
      id: .init(channel: 1, anchor: "g-" + name), dn: "CN=\(name),DC=contoso,DC=test",
      display: name, userPrincipalName: name + "@contoso.test", object: 1, targetObject: 2,
      status: isCurrent ? .success : .error, reason: isCurrent ? "" : "no\u{1B}[31m rights",
      changed: start, syncedChanged: isCurrent ? start : start.adding(seconds: -600),
      isCurrent: isCurrent, requested: start,
      answered: start, succeeded: start.adding(seconds: 61), attempts: isCurrent ? 0 : 2,
      due: isCurrent ? nil : start.adding(seconds: 240))
  }

  private func batch(_ anchor: String, answer: PasswordStatus?, ended: Bool = true)
    -> PasswordBatchRow
  {
    PasswordBatchRow(
      id: 1, channel: 1, started: start, ended: ended ? start : nil, error: "",
      lines: [
        .init(
          anchor: "g-other", dn: "CN=other", changed: start, request: "r0", answer: .success,
          words: ""),
        .init(
          anchor: anchor, dn: "CN=x", changed: start, request: "r1", answer: answer, words: ""),
      ])
  }

  @Test("A channel is shown with its state, its full synchronization and its accounts")
  func status() throws {
    let text = try text(PasswordReport.status([channel], now: start))
    for part in [
      "contoso.test: ad to tenant", "waiting", "120 s", "200 accounts read in 1:15",
      "Accounts      200", "Success: 190", "MissingAttribute: 10",
      "To be sent    3, 2 of them after a failure",
    ] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(!text.contains("Held back") && !text.contains("Outdated"))
    var doubtful = channel
    doubtful.doubted = 4
    doubtful.outdated = 2
    let held = try self.text(PasswordReport.status([doubtful], now: start))
    #expect(held.contains("Held back     4,"))
    let object = try #require(try json(PasswordReport.status([doubtful], now: start)).first)
    #expect(held.contains("Outdated      2 are kept back whose earlier password still signs in"))
    #expect(object["heldBack"] as? Int == 4 && object["outdated"] as? Int == 2)
    #expect(object["state"] as? String == "waiting")
    #expect(object["accounts"] as? [String: Int] == ["Success": 190, "MissingAttribute": 10])
  }

  @Test("Why a channel does not work is said beside its state")
  func reason() throws {
    var channel = channel
    channel.state = .paused
    channel.reason = "Staging mode is on\u{1B}[2J"
    channel.fullEnded = nil
    let text = try text(PasswordReport.status([channel], now: start))
    #expect(text.contains("paused: Staging mode is on") && !text.contains("\u{1B}"))
    #expect(text.contains("Last full     since"))
    #expect(
      try self.text(PasswordReport.status([], now: start)).contains("[password_sync]"))
  }

  @Test("The ledger lists each account with its status and lag, and fits its width")
  func list() throws {
    let report = PasswordReport.list(
      [row("ann"), row("bob", isCurrent: false)], hasMore: true, now: start.adding(seconds: 3600))
    let text = try text(report)
    #expect(text.contains("ann") && text.contains("Success") && text.contains(" 1 min "))
    #expect(text.contains("Error") && text.contains(" 1 h ") && text.contains("--limit"))
    for line in try self.text(report, width: 60).split(separator: "\n") {
      #expect(line.count <= 60)
    }
    let objects = try json(report)
    #expect(objects.map { $0["isCurrent"] as? Bool } == [true, false])
    #expect(objects[0]["lagSeconds"] as? Double == 61)
    #expect(
      try self.text(PasswordReport.list([], hasMore: false, now: start)).contains("No account"))
  }

  @Test(
    "An account is shown with its requests and what came of them",
    arguments: [
      (PasswordStatus?.some(.success), true, ", Success"), (nil, true, "the answer was lost"),
      (nil, false, "on its way"),
    ])
  func account(answer: PasswordStatus?, ended: Bool, words: String) throws {
    let report = PasswordReport.accounts(
      [(row("ann"), [batch("g-ann", answer: answer, ended: ended)])], now: start)
    let text = try text(report)
    #expect(text.contains(words))
    #expect(text.contains("has this password") && text.contains("1 min after the change"))
    #expect(!text.contains("CN=other"))
    let requests = try #require(try json(report).first?["requests"] as? [[String: Any]])
    #expect(requests.count == 1)
  }

  @Test("What failed is told in words that a terminal can bear, with the next try")
  func failed() throws {
    let text = try text(
      PasswordReport.accounts([(row("bob", isCurrent: false), [])], now: start))
    #expect(text.contains("Error: no") && !text.contains("\u{1B}"))
    #expect(text.contains("after 2 failures") && text.contains("has an older one"))
    var owed = row("bob", isCurrent: false)
    owed.syncedChanged = owed.changed
    let told = try self.text(PasswordReport.accounts([(owed, [])], now: start))
    #expect(told.contains("had this password since"))
  }

  @Test("The events about passwords are those of the original")
  func codes() {
    #expect(PasswordReport.eventCodes.contains(656) && PasswordReport.eventCodes.contains(0))
    #expect(!PasswordReport.eventCodes.contains(904))
  }

  @Test("The command line knows its parts, and refuses what it does not know")
  func parsing() throws {
    for words in [
      ["password-sync"], ["password-sync", "run"], ["password-sync", "full"],
      ["password-sync", "list", "--only", "older"], ["password-sync", "user", "ann", "--send"],
      ["password-sync", "events", "--json"],
    ] {
      #expect(throws: Never.self) { _ = try Lockstep.parseAsRoot(words) }
    }
    #expect(throws: (any Error).self) {
      _ = try Lockstep.parseAsRoot(["password-sync", "list", "--only", "odd"])
    }
  }

  @Test("A batch that failed as a whole has no time until its answer")
  func unanswered() throws {
    var answered = batch("g-ann", answer: .success)
    answered.ended = start.adding(seconds: 77)
    var failed = answered
    failed.error = "The tenant can't be reached"
    #expect(try text(PasswordBatchReport.list([answered], hasMore: false)).contains("1:17"))
    let told = try text(PasswordBatchReport.list([failed], hasMore: false))
    #expect(told.contains("can't be reached") && !told.contains("1:17"))
  }
}
