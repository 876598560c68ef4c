import Foundation
import GRDB
import JSON
import PasswordSync
import Secrets
import TestSupport
import Testing

@testable import Tenant

/// The one form in which a password's hash travels.
@Suite("Forms of credentials")
struct CredentialFormTests {
  private let passwords: TestPasswords

  init() async throws {
    passwords = try TestPasswords()
    _ = try await passwords.user("ada")
  }

  private static func item(_ data: String, _ more: String = "") -> String {
    """
    {"requestId":"\(UUID().uuidString)","sourceAnchor":"anchor of ada",
     "changeDate":"2026-01-31T12:00:00Z","credentialData":\(JSONValue.string(data).text)\(more)}
    """
  }

  private static func data(_ password: String, salt: [UInt8], iterations: Int) -> String {
    let hash = PasswordHash.ntHash(of: password)
    let derived = TransformedHash.derive(hash, salt: salt, iterations: iterations)
    let credential = Credential(salt: salt, iterations: iterations, derived: derived)
    return credential.encoded.withBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a text is of the form, read in the plainest way.
  private static func isRight(_ text: String) -> Bool {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, parts[0] == "v1;PPH1_MD4", parts[3].utf8.last == UInt8(ascii: ";")
    else { return false }
    func isHexadecimal(_ text: some StringProtocol, _ count: Int) -> Bool {
      text.utf8.count == count && text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
    guard isHexadecimal(parts[1], 20), isHexadecimal(parts[3].dropLast(), 64),
      let count = Int(parts[2]), String(count) == parts[2]
    else { return false }
    return (1000...100_000).contains(count)
  }

  @Test("A text with any one sign changed is of the form, or refused", arguments: 1...6)
  func damaged(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let text = Self.data("x", salt: random.bytes(10...10), iterations: 1000)
    let signs = ["0", "9", "a", "f", "A", "g", ",", ";", "+", "-", " ", "\0", "é", "", "00", "٣"]
    for _ in 0..<60 {
      var changed = Array(text).map(String.init)
      let place = Int.random(in: 0..<changed.count, using: &random)
      if random.chance(50) {
        changed[place] = random.choose(signs)
      } else {
        changed.insert(random.choose(signs), at: place)
      }
      let wrong = changed.joined()
      let results = await passwords.results(Self.item(wrong))
      #expect(results == [Self.isRight(wrong) ? 0 : 1], "\(wrong.debugDescription)")
    }
  }

  @Test(
    "Rounds are written as a number is", arguments: ["+1000", "01000", "1000.0", "1e3", " 1000"])
  func rounds(_ count: String) async throws {
    let text = Self.data("x", salt: Array(0..<10), iterations: 1000)
    #expect(await passwords.results(Self.item(text)) == [0])
    let other = text.replacing(",1000,", with: ",\(count),")
    #expect(await passwords.results(Self.item(other)) == [1])
  }

  @Test("Any salt and any number of rounds lets the same password in", arguments: 1...8)
  func salts(seed: Int) async throws {
    var random = SeededRandom(scattering: 50 + seed)
    let password = random.text(count: 1...6)
    let rounds = random.choose([1000, 1001, 3000])
    let text = Self.data(password, salt: random.bytes(10...10), iterations: rounds)
    #expect(await passwords.results(Self.item(text)) == [0])
    let outcome = try await passwords.signIn("ada", password)
    guard case .success = outcome else {
      Issue.record("\(password.debugDescription): \(outcome)")
      return
    }
    for other in [password + "x", password.uppercased() + "x", " " + password, "x"] {
      #expect(try await passwords.signIn("ada", other) == .wrongPassword)
    }
  }
}

/// Sign-ins, locks and passwords beside a few numbers.
@Suite("Any history of sign-ins")
struct SignInModelTests {
  private struct Account {
    var password: String?
    var mustChange = false
    var isEnabled = true
    var isThere = true
    var failures = 0
    var lockouts = 0
    var isLocked = false

    mutating func signIn(_ given: String, attempts: Int) -> String {
      guard isThere else { return "unknown" }
      guard isEnabled else { return "disabled" }
      guard password != nil else { return "wrong" }
      guard !isLocked else { return "locked" }
      guard given == password else {
        failures += 1
        guard failures >= attempts else { return "wrong" }
        (lockouts, isLocked) = (lockouts + 1, true)
        return "locked"
      }
      (failures, lockouts) = (0, 0)
      return mustChange ? "change" : "in"
    }
  }

  private static func word(_ outcome: SignInCheck.Outcome) -> String {
    switch outcome {
    case .success: "in"
    case .wrongPassword: "wrong"
    case .unknown: "unknown"
    case .disabled: "disabled"
    case .mustChange: "change"
    case .locked: "locked"
    }
  }

  @Test("Whoever signs in is answered as the attempts before demand", arguments: 1...25)
  func anyHistory(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let passwords = try TestPasswords()
    try await passwords.turn(.forcedChange, true)
    let id = try await passwords.user("ada")
    var account = Account(password: TestGraph.password)
    let attempts = Int.random(in: 1...4, using: &random)
    let policy = SignInCheck.Policy(attempts: attempts, seconds: 60, longest: 240)
    for _ in 0..<40 {
      switch Int.random(in: 0..<12, using: &random) {
      case 0, 1:
        try await give(&account, passwords, &random)
      case 2:
        account.isEnabled = account.isThere ? random.chance(70) : account.isEnabled
        guard account.isThere else { continue }
        _ = try await passwords.graph.send(
          "PATCH", "/users/\(id)", #"{"accountEnabled":\#(account.isEnabled)}"#)
      case 3:
        // The time of the lock passes.
        try await passwords.store.write {
          try $0.database.execute(sql: "UPDATE credential SET locked_until = 1")
        }
        account.isLocked = false
      case 4 where account.isThere:
        account.isThere = false
        _ = try await passwords.graph.send("DELETE", "/users/\(id)")
      case 4, 5:
        guard !account.isThere else { continue }
        account.isThere = true
        _ = try await passwords.graph.send("POST", "/directory/deletedItems/\(id)/restore")
      default:
        let known = ["one", "two", "Two", "", TestGraph.password]
        let given = random.choose(known + [account.password ?? "one"])
        let outcome = try await passwords.signIn("ada", given, policy: policy)
        #expect(Self.word(outcome) == account.signIn(given, attempts: attempts))
      }
    }
  }

  private func give(
    _ account: inout Account, _ passwords: TestPasswords, _ random: inout SeededRandom
  ) async throws {
    let (password, force) = (random.choose(["one", "two"]), random.chance(20))
    let more = force ? #","forcePasswordChangeOnLogon":true"# : ""
    let results = await passwords.results(TestPasswords.item("ada", password, more))
    #expect(results == [account.isThere ? 0 : 2])
    guard account.isThere else { return }
    // A new password opens no lock and forgets no attempt.
    (account.password, account.mustChange) = (password, force)
  }
}
